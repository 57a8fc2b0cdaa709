"""What a trial costs beside its training: a search of many trials that train nothing, by the real
driver, run folder, journal and oracle.

    python -m benchmarks.many_trials --trials 10000

To be run in a process of its own, whose memory nothing else has used. `benchmarks.overheads` does
so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.trainers.job import RESULT
from tftune.execution.base import Job
from tftune.execution.inline import InlineExecutor
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import TrialRecord
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.support.checks import check_count
from tftune.training.task import Outcome, TrialTask

LEAST_TRIALS = 20
WARM_UP = 20  # trials of an earlier search: what is imported on first use belongs to no trial


class UntrainedExecutor(InlineExecutor):
    """Gives each trial a score instead of a training.

    Args:
        epochs: Reports of a trial.
    """

    def __init__(self, epochs: int = 1) -> None:
        super().__init__()
        self.epochs = epochs

    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Remembers the trial, but not the function that would train it."""
        super().start(key, self._score, *arguments)

    def _score(self, report: Any, task: TrialTask) -> Outcome:
        metrics = {"loss": (task.hyperparameters["x"] - 0.3) ** 2}
        for epoch in range(1, self.epochs + 1):
            report({"epoch": epoch, "metrics": metrics, "seconds": 0.0})
        return Outcome(
            "completed", score=metrics["loss"], best_epoch=self.epochs or 1, metrics=metrics
        )


@dataclass
class Marks:
    """Processor time, memory and descriptors at chosen trials.

    Attributes:
        at: Numbers of ended trials at which to look.
        seconds: Processor time of this process, by number.
        bytes: Its resident memory, by number.
        descriptors: Its open files, pipes and sockets, by number.
        servers: Resident memory and descriptors of the processes that it has started itself, the
            fork server above all, by number.
        ended: Trials so far.
    """

    at: set[int]
    seconds: dict[int, float] = field(default_factory=dict)
    bytes: dict[int, int] = field(default_factory=dict)
    descriptors: dict[int, int] = field(default_factory=dict)
    servers: dict[int, tuple[int, int]] = field(default_factory=dict)
    ended: int = 0

    def count(self) -> None:
        """Counts one ended trial."""
        self.ended += 1
        if self.ended in self.at:
            self.look()

    def look(self) -> None:
        """Notes what has been used."""
        process = psutil.Process()
        self.seconds[self.ended] = time.process_time()
        self.bytes[self.ended] = process.memory_info().rss
        self.descriptors[self.ended] = process.num_fds()
        started = process.children()
        self.servers[self.ended] = (
            sum(each.memory_info().rss for each in started),
            sum(each.num_fds() for each in started),
        )


def block_of(trials: int) -> int:
    """Returns the number of trials at the beginning and at the end that are compared: a tenth, at
    most a thousand.

    Example:
        >>> block_of(10_000), block_of(60)
        (1000, 6)
    """
    return min(1000, trials // 10)


def measure(trials: int, folder: Path, epochs: int = 1) -> dict[str, float]:
    """Runs a search by random search and tells what it cost.

    Args:
        trials: At least 20.
        folder: A new folder, which becomes the run folder.
        epochs: Epochs that each trial reports, 0 or more.

    Returns:
        `processor_ms` and `wall_ms` a trial, the journal forced to the disk; `slowdown`, the
        processor time of the last trials over that of the first (see `block_of`); and `growth_kb`,
        the growth of the resident memory from the end of the first of these trials to the last
        trial, in 1000 bytes a trial.

    Raises:
        UsageError: If a number is too small.

    Example:
        >>> sorted(measure(20, Path(tempfile.mkdtemp()) / "run"))
        ['growth_kb', 'processor_ms', 'slowdown', 'wall_ms']
    """
    check_count("trials", trials, least=LEAST_TRIALS)
    check_count("epochs", epochs, least=0)
    with tempfile.TemporaryDirectory() as scratch:
        _search(WARM_UP, Path(scratch) / "warm-up", epochs, Marks(set()))
    block = block_of(trials)
    marks = Marks({block, trials - block, trials})
    wall, processor = _search(trials, folder, epochs, marks)
    first, last = (
        marks.seconds[block] - marks.seconds[0],
        marks.seconds[trials] - marks.seconds[trials - block],
    )
    return {
        "processor_ms": 1e3 * processor / trials,
        "wall_ms": 1e3 * wall / trials,
        "slowdown": last / first,
        "growth_kb": (marks.bytes[trials] - marks.bytes[block]) / 1e3 / (trials - block),
    }


class UntrainedTasks:
    """Tasks that nobody trains; each end is counted."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    def task_of(self, trial: Any, record: TrialRecord) -> TrialTask:
        """Returns a task without a model."""
        return TrialTask(trial.trial_id, 0, 0, b"", dict(record.values), "loss", "min")

    def first_epoch(self, values: Mapping[str, Any]) -> int:
        """Returns after how many epochs of its parent a trial begins: it has no parent."""
        return 0

    def is_kept(self, trial_id: str) -> bool:
        """Returns whether an interrupted training is kept: never."""
        return False

    def trial_has_ended(self, untold: set[str]) -> None:
        """Counts."""
        self.marks.count()


def _search(trials: int, folder: Path, epochs: int, marks: Marks) -> tuple[float, float]:
    """Runs a search to its end; returns its seconds of wall-clock and of processor time."""
    import keras_tuner  # here: `benchmarks.overheads` imports this file, and is to be light

    from tftune.search.driver import Driver
    from tftune.search.plan import SearchPlan
    from tftune.search.run_settings import RunSettings
    from tftune.search.session import open_session

    objective = keras_tuner.Objective("loss", "min")
    oracle = ORACLES["random"](
        objective=objective, max_trials=trials, hyperparameters=_space(), seed=0
    )
    oracle._set_project_dir(None, None)  # as Tuner does: the journal is the one record
    scheduler = SCHEDULERS["none"]("min")
    plan = SearchPlan(oracle, run=RunSettings(workers=1), task="many-trials", data={})
    recorder = open_session(RunFolder(folder), plan, oracle, scheduler)
    driver = Driver(
        oracle,
        scheduler,
        UntrainedExecutor(epochs),
        recorder,
        UntrainedTasks(marks),
        epochs,
        plan.run,
    )
    began = time.perf_counter(), time.process_time()
    marks.look()
    try:
        reason = driver.run()
    finally:
        recorder.close()
    ended = time.perf_counter(), time.process_time()
    if (reason, marks.ended) != ("done", trials):
        raise RuntimeError(
            f"The search ended with {reason!r} after {marks.ended} of {trials} trials."
        )
    return ended[0] - began[0], ended[1] - began[1]


def _space() -> Any:
    import keras_tuner

    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0, 1)
    hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")
    hp.Int("units", 1, 64)
    hp.Choice("activation", ["relu", "tanh"])
    return hp


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and prints one line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.many_trials",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--trials", type=int, default=10_000, metavar="N", help="trials (default 10000)"
    )
    parser.add_argument(
        "--epochs", type=int, default=1, help="epochs that each trial reports (default 1)"
    )
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        print(
            RESULT + json.dumps(measure(options.trials, Path(folder) / "run", options.epochs)),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
