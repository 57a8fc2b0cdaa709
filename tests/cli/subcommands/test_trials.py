"""`tftune trials`: every trial, sorted and chosen, as a table, CSV and JSON."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import HOSTILE, Command, played, write
from tests.cli.subcommands.test_show import CONDITIONAL
from tftune.reports.tables import write_trials_csv


@pytest.fixture
def run(tftune: Command) -> Path:
    """A run with trials of every kind."""
    search = played(0.25, 0.75, None)
    search.pruned(3, [0.5])
    search.start(4)
    return write(search, Path("run")).path


def ids(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_a_table_has_every_trial_in_the_order_of_its_start(tftune: Command, run: Path) -> None:
    output = tftune("trials", run)
    assert output.splitlines()[0].split() == [
        *("trial", "status", "val_accuracy", "best_epoch", "seconds", "batch_normalization"),
        *("dropout", "optimizer", "units", "failure"),
    ]
    assert ids(output) == ["0000", "0001", "0002", "0003", "0004"]
    assert output.splitlines()[3].endswith("ValueError: negative units")
    assert output.splitlines()[5].split()[:2] == ["0004", "running"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--sort", "score"], ["0001", "0003", "0000", "0002", "0004"]),
        (["--sort", "score", "--reverse"], ["0000", "0003", "0001", "0002", "0004"]),
        (["--sort", "dropout", "--reverse"], ["0004", "0003", "0002", "0001", "0000"]),
        (["--sort", "val_accuracy"], ["0000", "0003", "0001", "0002", "0004"]),
        (["--sort", "status"], ["0000", "0001", "0002", "0003", "0004"]),
        (["--reverse"], ["0004", "0003", "0002", "0001", "0000"]),
        (["--status", "failed"], ["0002"]),
        (["--status", "failed", "--status", "pruned"], ["0002", "0003"]),
    ],
)
def test_trials_are_sorted_and_chosen(
    tftune: Command, run: Path, words: list[str], expected: list[str]
) -> None:
    assert ids(tftune("trials", run, *words)) == expected
    found = tftune.json("trials", run, *words)["trials"]
    assert [trial["trial_id"] for trial in found] == expected


def test_the_best_of_a_loss_is_the_least(tftune: Command) -> None:
    write(played(0.5, 0.25, objective={"name": "val_loss", "direction": "min"}), Path("run"))
    assert ids(tftune("trials", "run", "--sort", "score")) == ["0001", "0000"]


def test_csv_is_that_of_the_run_folder(tftune: Command, run: Path, tmp_path: Path) -> None:
    from tftune.journal.run_folder import RunFolder
    from tftune.reports.run_data import read_run

    write_trials_csv(read_run(RunFolder(run)).state, tmp_path / "trials.csv")
    assert tftune("trials", run, "--csv") == (tmp_path / "trials.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(tftune("trials", run, "--csv", "--sort", "score"))))
    assert rows[0]["trial_id"] == "0001"


def test_json_has_all_that_is_known_of_a_trial(tftune: Command, run: Path) -> None:
    first, *_, last = tftune.json("trials", run)["trials"]
    assert first["values"]["optimizer"] == "adam" and first["metrics"] == {"val_accuracy": 0.25}
    assert last["status"] == "running" and last["score"] is None


def test_a_knob_that_plays_no_part_is_an_empty_cell(tftune: Command) -> None:
    search = played(space={"knobs": CONDITIONAL})
    search.trial(0, [0.5], values={"optimizer": "adam", "momentum": 0.5})
    search.trial(1, [0.5], values={"optimizer": "sgd", "momentum": 0.5})
    write(search, Path("run"))
    lines = tftune("trials", "run").splitlines()
    assert lines[1].split()[-1] == "adam" and lines[2].split()[-1] == "0.5"


def test_wrong_words_and_no_trials_are_told(tftune: Command, run: Path) -> None:
    tftune("trials", run, "--sort", "dropuot", code=2)
    assert "There is no column 'dropuot' to sort by." in tftune.told
    assert "Did you mean 'dropout'?" in tftune.told
    tftune("trials", run, "--status", "lost", code=2)
    tftune("trials", run, "--csv", "--json", code=2)
    write(played(), Path("none"))
    assert tftune("trials", "none") == "" and "There are no trials in none." in tftune.told
    tftune("trials", "none", "--status", "failed")
    assert "There are no trials that are failed in none." in tftune.told
    assert tftune.json("trials", "none")["trials"] == []


def test_hostile_values_stay_on_one_line(tftune: Command) -> None:
    search = played()
    search.trial(0, [0.5], values={HOSTILE: HOSTILE, "z": "x" * 10_000})
    search.failure(1, HOSTILE)
    write(search, Path("run"))
    output = tftune("trials", "run")
    assert len(output.splitlines()) == 3 and "\x1b" not in output and len(output) < 2000
