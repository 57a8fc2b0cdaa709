"""Runs every search method over a real journal in processes that kill themselves with SIGKILL, and
prints what became of them as JSON.

Run as a script, once: TensorFlow is imported, then each search is a fork of this process, so that a
kill costs milliseconds. The objective is the bowl of `searching`; everything else - oracle, driver,
journal, session - is the real thing.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import tftune.search.driver
from tests.oracles.searching import bowl, make
from tests.search.stand_ins import Tasks
from tftune.execution.inline import InlineExecutor
from tftune.journal.journal import read
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.oracles import ORACLES
from tftune.schedulers.base import NoScheduler
from tftune.search.driver import Driver
from tftune.search.plan import SearchPlan
from tftune.search.run_settings import RunSettings
from tftune.search.session import open_session
from tftune.training.task import Outcome

KILL_AFTER_RECORDS = (9, 23)  # in the first and the second session


class Killer:
    """A listener that ends this process, without any cleaning up, when so many records are written
    in this session.
    """

    def __init__(self, records: int) -> None:
        self.left = records

    def on_record(self, record: Record, state: SearchState) -> None:
        """Counts."""
        self.left -= not record.get("replayed", False)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def close(self) -> None:
        """Nothing to close."""


def evaluate(report: Any, task: tuple[int, float]) -> Outcome:
    """Two epochs; one trial of seven fails."""
    number, loss = task
    for epoch in (1, 2):
        report({"epoch": epoch, "metrics": {"score": loss + 1.0 - epoch / 2}})
    if number % 7 == 3:
        return Outcome("failed", message="out of memory")
    return Outcome("completed", score=loss, best_epoch=2, metrics={"score": loss}, seconds=1.0)


def run(name: str, folder: Path, killer: list[Killer]) -> None:
    """One session."""
    oracle = make(name, max_trials=12, max_consecutive_failed_trials=None)
    oracle._set_project_dir(None, None)
    settings = RunSettings(workers=0, max_consecutive_failed_trials=100)
    plan = SearchPlan(oracle, run=settings, task="bowl").at(2, {"fingerprint": "none"})
    scheduler = NoScheduler("min")
    recorder = open_session(RunFolder(folder), plan, oracle, scheduler, killer)

    def make_task(trial: Any, record: Any) -> tuple[int, float]:
        return record.number, bowl(oracle.space, trial.hyperparameters.values)

    tftune.search.driver.run_trial = evaluate
    Driver(oracle, scheduler, InlineExecutor(), recorder, Tasks(make_task), 2, settings).run()
    recorder.close()


def forked(name: str, folder: Path, killer: list[Killer]) -> int:
    """Runs one session in a fork of this process; returns its exit code, negative if a signal ended
    it.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            run(name, folder, killer)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def told(folder: Path) -> list[Any]:
    """What must be the same: everything but times and attempts."""
    state = SearchState().apply_all(read(folder / "journal.jsonl")[0])
    return [
        [trial.trial_id, trial.values, trial.status, trial.epochs, trial.score, trial.parent]
        for trial in state.trials.values()
    ]


def main(folder: Path) -> None:
    """Prints, for every method, the exit codes and the trials of an uninterrupted and of a twice
    killed search.
    """
    gc.freeze()  # or every driver makes a pass over TensorFlow's objects
    answers = {}
    for name in ORACLES:
        whole, killed = folder / f"{name}-whole", folder / f"{name}-killed"
        codes = [forked(name, whole, [])]
        codes += [forked(name, killed, [Killer(records)]) for records in KILL_AFTER_RECORDS]
        codes += [forked(name, killed, [])]
        answers[name] = {"codes": codes, "whole": told(whole), "killed": told(killed)}
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
