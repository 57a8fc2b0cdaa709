"""`tftune import`: what a source holds, what fits a run, and the table that is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import HOSTILE, Command, played, write
from tests.search.foreign.sources import database, project

ROWS = "units,lr,val_accuracy\n8,0.1,0.5\n16,0.01,0.75\n"


@pytest.fixture
def rows(tftune: Command) -> str:
    """A table in the empty folder."""
    Path("rows.csv").write_text(ROWS)
    return "rows.csv"


def test_a_source_is_shown_with_its_knobs(tftune: Command, rows: str) -> None:
    output = tftune("import", rows, "--column", "val_accuracy")
    assert output.splitlines() == [
        "rows.csv: table",
        "trials: 2 completed",
        "score: 0.5 to 0.75; objective val_accuracy; direction not told (say it with --direction)",
        "",
        "knob   trials  values",
        "units       2  8 to 16",
        "lr          2  0.01 to 0.1",
    ]
    database(Path("s.db"))
    assert "s.db: Optuna study 'one'\ntrials: 2 completed, 1 pruned, 1 failed; 1 running left" in (
        tftune("import", "s.db")
    )
    project(Path("p"), [{"values": {"units": 8}}])
    assert "objective val_loss; direction min" in tftune("import", "p")


def test_json_has_every_trial(tftune: Command, rows: str) -> None:
    told = tftune.json("import", rows, "--column", "val_accuracy", "--direction", "max")
    assert (told["kind"], told["objective"], told["direction"]) == ("table", "val_accuracy", "max")
    assert told["trials"][1]["values"] == {"units": "16", "lr": "0.01"}
    assert told["trials"][1]["score"] == 0.75


def test_a_table_is_written_with_names_and_objective_of_here(tftune: Command, rows: str) -> None:
    words = ["--column", "val_accuracy", "--objective", "val_auc", "--direction", "max"]
    output = tftune("import", rows, *words, "--rename", "lr=learning_rate", "--csv", "a b.csv")
    assert output.endswith("a b.csv: 2 trials. Start from them: --warm-start 'a b.csv'\n")
    assert Path("a b.csv").read_text().splitlines()[:2] == [
        "trial_id,status,score,seconds,objective,direction,units,learning_rate",
        "line 2,completed,0.5,,val_auc,max,8,0.1",
    ]
    again = tftune("import", "a b.csv")
    assert "objective val_auc; direction max" in again and "learning_rate" in again
    tftune("import", rows, *words, "--csv", "a b.csv", code=2)
    assert "is there already, and is left as it is" in tftune.told
    tftune("import", rows, *words, "--csv", "a b.csv", "--overwrite")


def test_what_fits_the_space_of_a_run_is_told(tftune: Command, rows: str) -> None:
    write(played(0.5), Path("runs/one"))
    Path("rows.csv").write_text("units,lr,val_accuracy\n8,0.1,0.5\n9999,0.01,0.75\n")
    output = tftune("import", rows, "--column", "val_accuracy", "--run", "one")
    assert "1 of 2 trials fit the run's space." in output
    assert "- 1 of 2 trials left out: units 9999 is outside " in output
    assert "- not a knob here, dropped: 'lr'" in output
    told = tftune.json("import", rows, "--column", "val_accuracy", "--run", "one")
    assert told["fitting"]["trials"] == 1 and len(told["fitting"]["misfits"]) == 3
    Path("rows.csv").write_text("units,score,direction\n8,0.5,min\n")
    tftune("import", rows, "--run", "one", code=2)
    assert "(min) there, val_accuracy (max) now" in tftune.told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--column", "accuracy"], "has no column 'accuracy'. Did you mean 'val_accuracy'?"),
        (["--objective", "loss"], "has no column with a score. Expected one called 'loss' or 's"),
        (["--column", "val_accuracy", "--rename", "unit=a"], "knob 'unit'. Did you mean 'units'?"),
        (["--column", "val_accuracy", "--rename", "lr=units"], "Two knobs would be called units"),
        (["--column", "val_accuracy", "--rename", "lr"], "--rename cannot be read: expected NAME"),
        (["--column", "val_accuracy", "--csv", "rows.csv/x"], "cannot be written: "),
        (["--column", "val_accuracy", "--run", "absent"], "is not a run folder"),
    ],
)
def test_what_is_wrong_is_one_message(
    tftune: Command, rows: str, words: list[str], said: str
) -> None:
    tftune("import", rows, *words, code=2)
    assert said in tftune.told and "Traceback" not in tftune.told


def test_another_direction_than_the_source_says_is_refused(tftune: Command) -> None:
    database(Path("s.db"))
    tftune("import", "s.db", "--direction", "max", code=2)
    assert "s.db (Optuna study 'one') says min. Received: --direction max." in tftune.told
    tftune("import", "absent.db", code=2)
    assert "There is no 'absent.db'" in tftune.told


def test_hostile_names_and_values_stay_on_one_line(tftune: Command) -> None:
    quoted = HOSTILE.replace('"', '""')
    Path("rows.csv").write_text(f'"{quoted}",score\n"{quoted}",0.5\n', errors="ignore")
    output = tftune("import", "rows.csv", "--csv", "out.csv")
    assert len(output.splitlines()) == 8 and "\x1b" not in output
