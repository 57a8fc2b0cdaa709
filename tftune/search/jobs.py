"""Jobs that are run where trials run, but after them: the trainings of a confirmation and of a
finish.

As many are under way as the executor has slots, one that crashed is tried again as often as a
trial, and Ctrl-C, SIGTERM and the deadline of the search end all of them; who derives from
`AbstractJobs` says what is to be run, and writes down what came of it.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from tftune.execution.base import AbstractExecutor, Finished, Job
from tftune.journal.recorder import Recorder
from tftune.search.interrupts import jobs_under_way
from tftune.search.outcomes import check_not_refused, outcome_of
from tftune.search.run_settings import RunSettings
from tftune.training.task import Outcome

_POLL_SECONDS = 1.0
Item = TypeVar("Item")


class AbstractJobs(ABC, Generic[Item]):
    """Runs jobs until there are no more.

    Args:
        executor: Runs them.
        recorder: Remembers them.
        run: Limits and retries, as for trials.
        deadline: `time.monotonic()` at which the search ends.
    """

    def __init__(
        self,
        executor: AbstractExecutor,
        recorder: Recorder,
        run: RunSettings,
        deadline: float = math.inf,
    ) -> None:
        self.executor, self.recorder, self.settings = executor, recorder, run
        self.deadline, self.interrupted = deadline, False
        self._limit = math.inf  # seconds after which a job is killed
        self._waiting: list[Item] = []
        self._running: dict[str, Item] = {}
        self._began: dict[str, float] = {}
        self._attempts: dict[str, int] = {}

    @abstractmethod
    def _more(self) -> Sequence[Item]:
        """Returns what is to be run now that nothing is under way; nothing ends the run."""

    @abstractmethod
    def _job_of(self, item: Item) -> tuple[Job, Any]:
        """Returns a function of `report` and of a task, and the task, whose `trial_id` is the same
        for each attempt.
        """

    @abstractmethod
    def _write_start(self, item: Item, attempt: int) -> None:
        """Writes down that an attempt begins, counted from 1 in this session."""

    @abstractmethod
    def _write_end(self, item: Item, outcome: Outcome, seconds: float) -> None:
        """Writes down what came of the last attempt, and how long that took."""

    @abstractmethod
    def _overdue(self) -> Outcome:
        """Returns what becomes of a job that was killed for its limit."""

    def _should_stop(self, seconds: float) -> bool:
        """Whether a job that reports an epoch after so many seconds is to stop; here never."""
        return False

    def _run_jobs(self) -> str | None:
        """Runs all; returns None, or why they did not come to their end: `interrupted` or
        `timeout`.
        """
        with jobs_under_way(self.executor, self.recorder, self._on_signal):
            try:
                return self._loop()
            except KeyboardInterrupt:
                return "interrupted"
            finally:
                self._running.clear()

    def _loop(self) -> str | None:
        while True:
            if not self._running and not self._waiting:
                self._waiting = list(self._more())
                if not self._waiting:
                    return None
            if self.interrupted:
                return "interrupted"
            if time.monotonic() >= self.deadline:
                return "timeout"
            while self._waiting and len(self._running) < self.executor.slots:
                self._start(self._waiting.pop(0))
            self.recorder.journal.sync()
            for finished in self.executor.poll(self._on_report, self._wait_seconds()):
                self._end(finished)
            self._end_overdue()

    def _start(self, item: Item) -> None:
        job, task = self._job_of(item)
        key = str(task.trial_id)
        self._attempts[key] = self._attempts.get(key, 0) + 1
        self._write_start(item, self._attempts[key])
        self._running[key], self._began[key] = item, time.monotonic()
        self.executor.start(key, job, task)

    def _end(self, finished: Finished) -> None:
        outcome, item = outcome_of(finished), self._running.pop(finished.key)
        check_not_refused(outcome)
        retries = self.settings.max_retries_per_trial
        attempts = outcome.failure.attempts(retries) if outcome.failure else 1
        if self._attempts[finished.key] < attempts:
            self._waiting.append(item)
            return
        self._write_end(item, outcome, time.monotonic() - self._began[finished.key])

    def _end_overdue(self) -> None:
        for key in list(self._running):
            if time.monotonic() >= self._began[key] + self._limit:
                self.executor.kill(key)
                self._end(Finished(key, result=self._overdue()))

    def _wait_seconds(self) -> float:
        ends = [self._began[key] + self._limit for key in self._running]
        return max(0.0, min(_POLL_SECONDS, min([self.deadline, *ends]) - time.monotonic()))

    def _on_report(self, key: str, epoch: dict[str, Any]) -> bool:
        if self.interrupted:
            raise KeyboardInterrupt
        return self._should_stop(time.monotonic() - self._began[key])

    def _on_signal(self) -> None:
        self.interrupted = True
        self.executor.wake()
        if self.executor.in_user_code:
            raise KeyboardInterrupt
