"""The trainings of a finish, run where trials run, and written down so that none is done twice.

The journal tells of each `finishing_training` when it begins, and `finishing_trained` when it has
ended: `key`, which says what was trained, `status`, `seconds` and `message`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tftune.execution.base import AbstractExecutor, Finished, Job
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.status import TrialStatus
from tftune.search.driver import outcome_of
from tftune.search.interrupts import signals_led_to
from tftune.search.run_settings import RunSettings
from tftune.support.texts import one_line, printable
from tftune.training.checkpoints import Checkpoint, load_checkpoint
from tftune.training.task import Outcome

_POLL_SECONDS = 1.0
PREFIX = "finish-"  # of the files in `checkpoints/`


@dataclass(frozen=True)
class Training:
    """What is to be run.

    Attributes:
        key: Says what it is; its file is named by it.
        job: Runs the task.
        task: A `RetrainTask`.
    """

    key: str
    job: Job
    task: Any


class Trainings:
    """Runs trainings, those that are done already left out.

    Args:
        executor: Runs them.
        recorder: Remembers them.
        folder: Of the run.
        run: Retries, as for trials.
        budget: Seconds of all of them.
        deadline: `time.monotonic()` at which the search ends.
    """

    def __init__(
        self,
        executor: AbstractExecutor,
        recorder: Recorder,
        folder: RunFolder,
        run: RunSettings,
        budget: float,
        deadline: float = math.inf,
    ) -> None:
        self.executor, self.recorder, self.folder, self.settings = executor, recorder, folder, run
        self.budget, self.deadline, self.interrupted = budget, deadline, False
        self.spent = 0.0
        self._running: dict[str, Training] = {}
        self._began: dict[str, float] = {}
        self._counted: set[str] = set()
        self._attempts: dict[str, int] = {}

    def file(self, key: str) -> Any:
        """Returns the file of a training."""
        return self.folder.checkpoint(f"{PREFIX}{key}")

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.budget - self.spent

    def spent_on(self, key: str) -> float:
        """Returns the seconds that a training took, 0 before its end."""
        record = self.recorder.state.finishing_trained.get(key)
        return 0.0 if record is None else float(record["seconds"] or 0.0)

    def count(self, keys: Sequence[str]) -> None:
        """Counts trainings of earlier sessions."""
        for key in keys:
            if key in self.recorder.state.finishing_trained and key not in self._counted:
                self._counted.add(key)
                self.spent += self.spent_on(key)

    def result(self, training: Training) -> Checkpoint:
        """Returns what a training has left."""
        return load_checkpoint(self.file(training.key))

    def is_done(self, key: str) -> bool:
        """Whether a training has ended, and its file is there if it was completed."""
        record = self.recorder.state.finishing_trained.get(key)
        if record is None:
            return False
        return record["status"] != TrialStatus.COMPLETED or bool(self.file(key).exists())

    def why_not(self, key: str) -> str:
        """Returns why a training has no result, or ""."""
        record = self.recorder.state.finishing_trained.get(key)
        if record is None:
            return "it was not run"
        if record["status"] == TrialStatus.COMPLETED:
            return ""
        return str(record["message"] or "it failed")

    def run(self, wanted: Sequence[Training], seconds: float = math.inf) -> str | None:
        """Runs trainings; returns None, or why they did not come to an end: `interrupted` or
        `timeout`.

        Args:
            wanted: The trainings; those that are done are only counted.
            seconds: That each may take at the most.
        """
        self.count([each.key for each in wanted])
        waiting = [each for each in wanted if not self.is_done(each.key)]
        if not waiting:
            return None
        self.executor.on_output = self.recorder.tell_output if self.recorder.shows_output else None
        with signals_led_to(self._on_signal):
            try:
                return self._loop(waiting, seconds)
            except KeyboardInterrupt:
                return "interrupted"
            finally:
                for key in self.executor.running:
                    self.executor.kill(key)
                self._running.clear()
                self.executor.on_output = None

    def _loop(self, waiting: list[Training], seconds: float) -> str | None:
        while waiting or self._running:
            if self.interrupted:
                return "interrupted"
            if time.monotonic() >= self.deadline:
                return "timeout"
            while waiting and len(self._running) < self.executor.slots:
                self._start(waiting.pop(0))
            self.recorder.journal.sync()
            for finished in self.executor.poll(self._stopper(seconds), _POLL_SECONDS):
                again = self._end(finished, seconds)
                waiting += [again] if again is not None else []
            self._end_overdue(seconds)
        return None

    def _start(self, training: Training) -> None:
        self._attempts[training.key] = self._attempts.get(training.key, 0) + 1
        self.recorder.write("finishing_training", key=training.key)
        self._running[training.task.trial_id] = training
        self._began[training.task.trial_id] = time.monotonic()
        self.executor.start(training.task.trial_id, training.job, training.task)

    def _stopper(self, seconds: float) -> Any:
        def on_report(key: str, epoch: dict[str, Any]) -> bool:
            if self.interrupted:
                raise KeyboardInterrupt
            return time.monotonic() - self._began[key] > seconds

        return on_report

    def _end_overdue(self, seconds: float) -> None:
        for key in list(self._running):
            if time.monotonic() - self._began[key] > seconds + _POLL_SECONDS:
                self.executor.kill(key)
                self._end(Finished(key, result=Outcome(TrialStatus.PRUNED)), seconds)

    def _end(self, finished: Finished, seconds: float) -> Training | None:
        """Writes down how a training ended; returns it if it is to be run again."""
        training, outcome = self._running.pop(finished.key), outcome_of(finished)
        retries = self.settings.max_retries_per_trial
        attempts = outcome.failure.attempts(retries) if outcome.failure else 1
        if self._attempts[training.key] < attempts:
            return training
        message = one_line(printable(outcome.message, 2000)[-300:]) if outcome.message else None
        if outcome.status is TrialStatus.PRUNED:
            message = f"it took more than the {seconds:.0f} s that were left"
        took = time.monotonic() - self._began[finished.key]
        self.recorder.write(
            "finishing_trained",
            key=training.key,
            status=outcome.status,
            seconds=round(outcome.seconds or took, 3),
            message=message,
        )
        self.count([training.key])
        return None

    def _on_signal(self) -> None:
        self.interrupted = True
        self.executor.wake()
        if self.executor.in_user_code:
            raise KeyboardInterrupt
