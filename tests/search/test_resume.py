"""A search that is killed, whole process tree and all, goes on as if nothing had been."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tftune.journal.journal import read
from tftune.journal.state import SearchState
from tftune.oracles import ORACLES
from tftune.support.tensorflow_import import VARIABLE

SCRIPT = Path(__file__).with_name("small_search.py")


def launch(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    # Those of a child, for trials in the driver's process too: others round otherwise.
    kernels = {**os.environ, VARIABLE: "1"}
    return subprocess.Popen(
        command,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kernels,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=200)
    return process.returncode, out + err


def wait_for(folder: Path, ended: int, process: subprocess.Popen[str], before: int = 0) -> None:
    """Waits until so many trials have ended and another one has reported an epoch.

    Of `before` records, which an earlier process left, the last one may be such an epoch: it says
    nothing of this process.
    """
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        assert process.poll() is None, finish(process)
        with contextlib.suppress(FileNotFoundError):
            records = read(folder / "journal.jsonl")[0]
            if (
                len(records) > before
                and sum(record["kind"] == "end" for record in records) >= ended
                and records[-1]["kind"] == "epoch"
            ):
                return
        time.sleep(0.02)
    pytest.fail("the search did not get that far")


def kill_in_trial(
    folder: Path, ended: int, process: subprocess.Popen[str], before: int = 0
) -> None:
    """Kills the whole process tree while a trial has reported an epoch and not its end.

    A trial's last epoch and its end are milliseconds apart: the tree is stopped, then its journal
    asked; if the trial is over, it goes on.
    """
    while True:
        wait_for(folder, ended, process, before)
        os.killpg(process.pid, signal.SIGSTOP)
        # The signal alone does not say when.
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if read(folder / "journal.jsonl")[0][-1]["kind"] == "epoch":
            # The driver, the fork server and the child in mid-trial.
            os.killpg(process.pid, signal.SIGKILL)
            return
        os.killpg(process.pid, signal.SIGCONT)


def told(folder: Path) -> list[tuple[Any, ...]]:
    """What must be the same: everything but times and attempts."""
    state = SearchState().apply_all(read(folder / "journal.jsonl")[0])
    return [
        (
            trial.trial_id,
            trial.values,
            trial.status,
            trial.epochs,
            trial.score,
            trial.best_epoch,
            trial.parent,
        )
        for trial in state.trials.values()
    ]


# Once is enough for methods that remember nothing. A second kill of Hyperband hits a trial that
# continues another.
KILLS = {"gp": (1, 5), "hyperband": (1, 5), "hyperband:2": (1, 2)}
SEARCHES = ["hyperband:2", *ORACLES]


@pytest.mark.slow  # a minute each; quick sisters: tests/faults, tests/oracles/core/test_killed.py
@pytest.mark.timeout(300)  # each process imports TensorFlow
@pytest.mark.parametrize("search", SEARCHES)
def test_killed_and_resumed_equals_uninterrupted(search: str, tmp_path: Path) -> None:
    kills = KILLS.get(search, (3,))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    # Inline, meanwhile: the trials are the same, and it is sooner done.
    uninterrupted = launch(search, whole, 0)
    for ended in kills:
        journal = killed / "journal.jsonl"
        before = len(read(journal)[0]) if journal.exists() else 0
        process = launch(search, killed, 1, 0.15)
        kill_in_trial(killed, ended, process, before)
        finish(process)
    for process in (uninterrupted, launch(search, killed, 1)):
        code, output = finish(process)
        assert code == 0, output
    assert told(killed) == told(whole)
    state = SearchState().apply_all(read(killed / "journal.jsonl")[0])
    # Each kill hit a trial, which began again; a slow machine may let two hit the same one.
    assert sum(trial.attempt - 1 for trial in state.trials.values()) == len(kills)
    assert state.finish is not None and state.finish["reason"] == "done"
    assert (killed / "summary.json").exists() and list((killed / "checkpoints").iterdir()) != []


@pytest.mark.slow  # quick sister: tests/cli/test_program.py
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupt_ends_cleanly_and_keeps_the_state(
    number: signal.Signals, tmp_path: Path
) -> None:
    process = launch("random", tmp_path / "run", 2, 0.15)
    wait_for(tmp_path / "run", 1, process)
    os.kill(process.pid, number)
    code, output = finish(process)
    assert (
        code == 1
        and "SearchInterrupted: The search was interrupted after" in output
        and "Call search() again" in output
    )
    state = SearchState().apply_all(read(tmp_path / "run" / "journal.jsonl")[0])
    assert state.finish is not None and state.finish["reason"] == "interrupted"
    assert (tmp_path / "run" / "trials.csv").exists() and not (tmp_path / "run" / "data").exists()


@pytest.mark.slow
def test_an_interrupt_of_inline_trials_ends_cleanly_too(tmp_path: Path) -> None:
    process = launch("random", tmp_path / "run", 0, 0.15)
    wait_for(tmp_path / "run", 1, process)
    os.kill(process.pid, signal.SIGINT)
    code, output = finish(process)
    assert code == 1 and "SearchInterrupted" in output
    code, output = finish(launch("random", tmp_path / "run", 0))
    assert code == 0, output
    assert len(told(tmp_path / "run")) == 7
