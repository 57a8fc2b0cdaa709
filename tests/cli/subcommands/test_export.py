"""`tftune export`: what is written where, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reports.test_trial_files import KNOBS
from tftune.cli.command import main
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a run of two trials, one of which has not ended."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / "a run"
    folder.mkdir(parents=True)
    objective = {"name": "val_auc", "direction": "max"}
    journal = Journal(folder / "journal.jsonl")
    journal.append({"kind": "header", "objective": objective, "space": {"knobs": KNOBS}, "time": 0})
    for number in range(2):
        start = {"kind": "start", "trial_id": f"{number:04d}", "number": number, "attempt": 1}
        values = {"rate": 0.01, "units": 8, "kind": "a", "depth": 1 + number}
        rest = {"first_epoch": 0, "last_epoch": 2, "parent": None, "time": 1.0}
        journal.append({**start, "values": values, **rest})
    end = {"kind": "end", "trial_id": "0000", "status": "completed", "score": 0.5, "metrics": {}}
    rest = {"best_epoch": 1, "message": None, "seconds": 1.0, "parameters": 3, "time": 2.0}
    journal.append({**end, **rest})
    journal.close()
    return "a run"


def test_several_files_are_written_at_once(run: str, capsys: Any, tmp_path: Path) -> None:
    names = ["new folder/a.db", "a.csv", "a.parquet"]
    assert (
        main(["export", run, "--optuna", names[0], "--csv", names[1], "--parquet", names[2]]) == 0
    )
    assert all((tmp_path / name).stat().st_size > 0 for name in names)
    assert (tmp_path / "a.csv").read_text().startswith("trial_id,status,score,")
    assert capsys.readouterr().out.splitlines() == [f"{name}: 2 trials" for name in names]


def test_a_file_that_is_there_is_left_alone(run: str, capsys: Any, tmp_path: Path) -> None:
    """Nor is anything else written then."""
    (tmp_path / "a.csv").write_text("mine")
    assert main(["export", run, "--optuna", "a.log", "--csv", "a.csv"]) == 2
    assert (tmp_path / "a.csv").read_text() == "mine" and not (tmp_path / "a.log").exists()
    assert "pass --overwrite" in capsys.readouterr().err
    assert main(["export", run, "--csv", "a.csv", "--overwrite"]) == 0
    assert (tmp_path / "a.csv").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to export"),
        (["--output", "x"], "--output says where the model goes"),
        (["--csv", "a", "--parquet", "./a"], "Two exports go to one file"),
        (["--csv", "runs"], "is a folder"),
        (["--csv", "runs/a run/journal.jsonl/x"], "cannot be"),
        (["--csv", "a" * 300], "cannot be"),
    ],
)
def test_what_cannot_be_written_is_said(
    arguments: list[str], message: str, run: str, capsys: Any
) -> None:
    assert main(["export", run, *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error


def test_an_unknown_run_is_said(tmp_path: Path, capsys: Any, run: str) -> None:
    assert main(["export", "a ru", "--csv", "a.csv"]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_the_model_is_copied_and_a_file_that_is_there_is_left(
    run: str, tmp_path: Path, capsys: Any
) -> None:
    model, copy = Path("runs", run, "best_model.keras"), tmp_path / "copy.keras"
    model.write_bytes(b"a model")
    words = ["export", run, "--format", "keras", "--output", str(copy)]
    assert main(words) == 0 and copy.read_bytes() == b"a model"
    assert capsys.readouterr().out == f"{copy}\n"
    model.write_bytes(b"another")
    assert main(words) == 2 and copy.read_bytes() == b"a model"
    assert "exists already" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0 and copy.read_bytes() == b"another"


@pytest.mark.parametrize("words", [("--csv",), ("--format", "keras", "--output")], ids=str)
def test_nothing_is_written_into_the_folder_of_a_search_at_work(
    run: str, capsys: Any, words: tuple[str, ...]
) -> None:
    folder = RunFolder(Path("runs", run))
    folder.best_model.write_bytes(b"a model")
    before = sorted(folder.path.iterdir())
    with Journal(folder.journal):
        assert main(["export", run, *words, str(folder.path / "new")]) == 2
    assert "Another process" in capsys.readouterr().err
    assert sorted(folder.path.iterdir()) == before
