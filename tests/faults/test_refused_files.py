"""Whatever file of a run folder the machine refuses: one message, an exit code, and who resumes
when the cause is gone loses no completed trial.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_program import small_program
from tftune.cli import command
from tftune.cli.program import main
from tftune.journal.journal import read
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState

WORDS = ["--epochs", "1", "--workers", "0", "--max-trials", "3", "--seed", "1", "--data", "sample"]
RUN = Path("runs") / "points-random"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def search(*words: str) -> int:
    return main(small_program(), ["--search", "random", *WORDS, *words])


def completed(folder: Path = RUN) -> list[str]:
    """The trials that have completed, as often as the journal tells it."""
    try:
        records = read(folder / "journal.jsonl")[0]
    except FileNotFoundError:
        return []
    return [each["trial_id"] for each in records if each.get("status") == "completed"]


def refusing(name: str, number: int = errno.ENOSPC) -> Callable[..., Any]:
    """What takes a file's name, and refuses one."""
    real = os.replace

    def replace(source: Any, target: Any, **options: Any) -> None:
        if Path(target).name == name:
            raise OSError(number, os.strerror(number), str(target))
        real(source, target, **options)

    return replace


@pytest.mark.quick("0001*", "predictions*")
@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("0001.npz", 1),  # of the second trial's weights
        ("trials.csv", 3),
        ("summary.json", 3),
        ("best_model.keras", 3),
        ("predictions.npz", 3),
    ],
)
def test_a_refused_file_ends_the_search_and_is_written_by_who_resumes(
    name: str, done: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("os.replace", refusing(name))
        assert search() == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told and f"{name}: No space left on device. Expected room" in told
    assert "Go on with:\n  python -m tftune.points" in told
    assert len(completed()) == done and not list(RUN.rglob(".writing-*"))
    assert search("--resume") == 0
    assert completed() == ["0000", "0001", "0002"] and RunFolder(RUN).best_model.exists()
    tests = [each for each in read(RUN / "journal.jsonl")[0] if each["kind"] == "test"]
    assert len(tests) == 1  # the test split is used once
    assert all((RUN / each).exists() for each in ("summary.json", "trials.csv", "predictions.npz"))


@pytest.mark.filterwarnings("default")
def test_a_refused_report_or_log_costs_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("TFTUNE_REPORT", "1")
    monkeypatch.setattr("os.replace", refusing("report.html"))
    monkeypatch.setattr("tftune.reports.events.EventFile.summary", refuse)
    with pytest.warns(UserWarning) as warned:
        assert search() == 0
    told = " ".join(str(each.message) for each in warned)
    assert "The results are written, but report.html is not: OSError: [Errno 28]" in told
    assert "TensorBoardLog failed and is switched off: OSError: [Errno 28]" in told
    assert completed() == ["0000", "0001", "0002"]


@pytest.mark.quick("9")
@pytest.mark.parametrize("after", [1, 9])
def test_a_refused_journal_keeps_what_it_has(
    after: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tftune.journal.journal import Journal

    real, written = Journal.append, []

    def append(journal: Journal, record: Any) -> None:
        if len(written) >= after:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(record)
        real(journal, record)

    with monkeypatch.context() as full:
        full.setattr(Journal, "append", append)
        assert search() == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told and "journal.jsonl: No space left on device" in told
    assert len(read(RUN / "journal.jsonl")[0]) == after
    assert search("--resume") == 0 and completed() == ["0000", "0001", "0002"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_search(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.mkdir

    def refuse(path: Path, *words: Any, **options: Any) -> None:
        if "runs" in path.parts:  # not of the cache, which may be empty yet
            raise OSError(errno.EROFS, "Read-only file system", "runs/points-random")
        real(path, *words, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert search() == 2
    told = capsys.readouterr().err
    assert "error: runs/points-random: Read-only file system. Expected a place that can be" in told
    monkeypatch.undo()
    monkeypatch.chdir(place)
    assert search("--run-dir", "x" * 300) == 2
    assert "File name too long. Expected a shorter name" in capsys.readouterr().err


def test_a_folder_that_is_removed_meanwhile_is_told_and_not_made_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import shutil

    def remove(hp: Any) -> None:
        if (RUN / "checkpoints" / "0000.npz").exists():
            shutil.rmtree(RUN)

    assert main(small_program(remove), ["--search", "random", *WORDS]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told and "was removed, moved or replaced" in told
    assert search() == 0 and completed() == ["0000", "0001", "0002"]


def test_a_clock_that_is_set_back_makes_nothing_negative(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.time()
    monkeypatch.setattr("time.time", lambda: began - 100 * (time.monotonic() % 1000))
    assert search() == 0
    monkeypatch.setattr("time.time", lambda: began - 10**6)
    assert search("--resume", "--max-trials", "4") == 0
    records = read(RUN / "journal.jsonl")[0]
    times = [each["time"] for each in records]
    assert times == sorted(times) and completed() == ["0000", "0001", "0002", "0003"]
    state = SearchState().apply_all(records)
    assert 0 <= state.wall_seconds < 900
    assert all(trial.seconds >= 0 for trial in state.trials.values())
    capsys.readouterr()
    assert command.main(["show", str(RUN)]) == 0
    assert not re.search(r"\s-\d", capsys.readouterr().out)
