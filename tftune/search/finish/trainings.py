"""The trainings of a finish, run where trials run, and written down so that none is done twice.

The journal tells of each `finishing_training` when it begins, and `finishing_trained` when it has
ended: `key`, which says what was trained, `status`, `seconds` and `message`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tftune.execution.base import AbstractExecutor, Job
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.status import TrialStatus
from tftune.search.jobs import AbstractJobs
from tftune.search.run_settings import RunSettings
from tftune.support.texts import one_line, printable
from tftune.training.checkpoints import Checkpoint, load_checkpoint
from tftune.training.task import Outcome

_GRACE = 1.0  # seconds in which a training that is asked to stop may do so
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


class Trainings(AbstractJobs[Training]):
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
        super().__init__(executor, recorder, run, deadline)
        self.folder, self.budget, self.spent = folder, budget, 0.0
        self._seconds = math.inf  # that each may take
        self._counted: set[str] = set()

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
            seconds: That each may take at the most: it is asked to stop then, and killed soon
                after.
        """
        self.count([each.key for each in wanted])
        self._waiting = [each for each in wanted if not self.is_done(each.key)]
        self._seconds, self._limit = seconds, seconds + _GRACE
        return self._run_jobs() if self._waiting else None

    def _more(self) -> Sequence[Training]:
        return ()

    def _job_of(self, item: Training) -> tuple[Job, Any]:
        return item.job, item.task

    def _write_start(self, item: Training, attempt: int) -> None:
        self.recorder.write("finishing_training", key=item.key)

    def _write_end(self, item: Training, outcome: Outcome, seconds: float) -> None:
        message = one_line(printable(outcome.message, 2000)[-300:]) if outcome.message else None
        if outcome.status is TrialStatus.PRUNED:
            message = f"it took more than the {self._seconds:.0f} s that were left"
        self.recorder.write(
            "finishing_trained",
            key=item.key,
            status=outcome.status,
            seconds=round(outcome.seconds or seconds, 3),
            message=message,
        )
        self.count([item.key])

    def _overdue(self) -> Outcome:
        return Outcome(TrialStatus.PRUNED)

    def _should_stop(self, seconds: float) -> bool:
        return seconds > self._seconds
