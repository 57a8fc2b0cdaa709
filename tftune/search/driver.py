"""The driver loop: ask the oracle, run trials, record, tell the oracle; the one owner of oracle and
journal.
"""

from __future__ import annotations

import contextlib
import math
import time
from typing import Any, Protocol

from tftune.errors import MachineError, TftuneError
from tftune.execution.base import AbstractExecutor, Finished, Job
from tftune.journal.recorder import Recorder
from tftune.journal.records import Record
from tftune.journal.state import TrialRecord
from tftune.journal.status import FailureKind, TrialStatus
from tftune.oracles.core.oracle import Oracle
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.curves import LiveCurves
from tftune.search.fatal import fatal_error
from tftune.search.interrupts import jobs_under_way, old_objects_left_alone
from tftune.search.outcomes import check_not_refused, outcome_of
from tftune.search.proposals import Proposals
from tftune.search.run_settings import RunSettings
from tftune.space.search_space import Values
from tftune.support.sources import with_sources
from tftune.support.texts import printable
from tftune.support.tracebacks import LONGEST
from tftune.training.notes import SaidOnce
from tftune.training.task import Outcome
from tftune.training.trial import run_trial

INITIAL_EPOCH = "tuner/initial_epoch"
POLL_SECONDS = 1.0
SLOW_THINKING = 0.02  # share of a trial's time


class Tasks(Protocol):
    """What the driver needs besides oracle and executor: see `tftune.search.tasks.TrialTasks`."""

    def task_of(self, trial: Any, record: TrialRecord) -> Any:
        """Returns what the executor runs for a trial."""

    def first_epoch(self, values: Values) -> int:
        """Returns after how many epochs of its parent a trial begins."""

    def is_kept(self, trial_id: str) -> bool:
        """Whether something is kept of a trial's training that was interrupted."""

    def trial_has_ended(self, untold: set[str]) -> None:
        """Hears that a trial has ended; the trials in `untold` the oracle has not heard of."""


class Driver:
    """Runs a search until the oracle, the time or the user ends it.

    What follows from a failure is the table's in `tftune.journal.status`.

    Args:
        oracle: Proposes the trials.
        scheduler: Stops the hopeless ones.
        executor: Runs them.
        recorder: Remembers everything.
        tasks: Makes tasks from trials.
        epochs: Epochs of a trial whose oracle sets none.
        run: Limits, retries, the order in which results count.
        job: Runs a task; None trains it, as `tftune.training.trial.run_trial` does.
    """

    def __init__(
        self,
        oracle: Oracle[Any],
        scheduler: AbstractScheduler,
        executor: AbstractExecutor,
        recorder: Recorder,
        tasks: Tasks,
        epochs: int,
        run: RunSettings,
        job: Job | None = None,
    ) -> None:
        self.scheduler, self.executor, self.recorder = scheduler, executor, recorder
        self.tasks, self.epochs, self.settings, self._job = tasks, epochs, run, job
        self.interrupted = False
        self._proposals = Proposals(
            oracle, recorder.write, run.lag, recorder.journal.records, run.stop_when_flat
        )
        self._running: dict[str, Any] = {}
        self._limits: dict[str, float] = {}  # `time.monotonic()` at which a trial is ended
        self._curves = LiveCurves(recorder.state, run.lag) if scheduler.looks_at_curves else None
        self._failures_in_a_row = 0
        self._notes = SaidOnce(recorder)
        self._deadline = math.inf  # `time.monotonic()` at which the search ends
        for trial in recorder.state.trials.values():
            if trial.status.has_ended:
                scheduler.on_end(trial.trial_id, trial.status)

    def run(self) -> str:
        """Runs the search; returns why it ended: `done`, `flat`, `failures`, `timeout` or
        `interrupted`.
        """
        if self.settings.timeout is not None:
            self._deadline = time.monotonic() + self.settings.timeout
        with jobs_under_way(self.executor, self.recorder, self._on_signal):
            try:
                return self._loop()
            except KeyboardInterrupt:
                return "interrupted"
            except MachineError:
                raise  # who resumes goes on with the trials under way
            except TftuneError as error:
                self._end_all(str(error))
                raise

    def _loop(self) -> str:
        reason = self._fill_slots_or_end()
        if reason:
            return reason
        with old_objects_left_alone():  # now that trials have begun, which need not wait for it
            while not reason:
                self.recorder.journal.sync()
                for finished in self.executor.poll(self._on_report, self._wait_seconds()):
                    self._end(finished)
                self._end_overdue()
                reason = self._fill_slots_or_end()
        return reason

    def _fill_slots_or_end(self) -> str | None:
        reason = self._why_end()
        if reason is None:
            self._fill_slots()
        return reason or (None if self._running else self._how_done())

    def _how_done(self) -> str:
        """Returns why there is no further trial: there were all, or they no longer got better."""
        planned = self._proposals.oracle.expected_trials()
        are_all = planned is not None and len(self.recorder.state.trials) >= planned
        return "flat" if self._proposals.is_flat and not are_all else "done"

    def _why_end(self) -> str | None:
        if self.interrupted:
            return "interrupted"
        if time.monotonic() >= self._deadline:
            return "timeout"
        if self._failures_in_a_row >= self.settings.max_consecutive_failed_trials:
            return "failures"
        return None

    def _wait_seconds(self) -> float:
        next_end = min([self._deadline, *self._limits.values()])
        return max(0.0, min(POLL_SECONDS, next_end - time.monotonic()))

    def _fill_slots(self) -> None:
        while len(self._running) < self.executor.slots and not self.interrupted:
            trial = self._proposals.take()
            if trial is None:
                return
            self._start(trial)
        if self.executor.slots > 1 and self._is_thinking_slow():
            self._proposals.think_ahead()

    def _is_thinking_slow(self) -> bool:
        """Whether a free worker would wait for the oracle long enough to prefer a proposal that
        knows one result less.
        """
        mean = self.recorder.state.standing.mean_seconds
        # False before a trial has ended: the mean is NaN
        return self._proposals.thinking_seconds > SLOW_THINKING * mean

    def _start(self, trial: Any) -> None:
        values = dict(trial.hyperparameters.values)
        earlier = self.recorder.state.trials.get(trial.trial_id)
        self._running[trial.trial_id] = trial
        self.recorder.write(
            "start",
            trial_id=trial.trial_id,
            number=int(trial.trial_id),
            attempt=earlier.attempt + 1 if earlier else 1,
            values=values,
            first_epoch=self.tasks.first_epoch(values),
            last_epoch=values.get("tuner/epochs", self.epochs),
            parent=values.get("tuner/trial_id"),
            **({"kept": True} if self.tasks.is_kept(trial.trial_id) else {}),
            **self._proposals.noted(trial.trial_id),
        )
        record = self.recorder.state.trials[trial.trial_id]
        if self._curves is not None:
            self._curves.begin(record)
        if self.settings.trial_timeout is not None:
            self._limits[trial.trial_id] = time.monotonic() + self.settings.trial_timeout
        task = self.tasks.task_of(trial, record)
        self.executor.start(trial.trial_id, self._job or run_trial, task)

    def _on_report(self, key: str, epoch: dict[str, Any]) -> bool:
        if "continued" in epoch:
            self._go_on(key, epoch["continued"])
            return False
        self.recorder.write("epoch", trial_id=key, **epoch)
        if self.interrupted:
            raise KeyboardInterrupt
        if self._curves is not None:
            self._curves.add(key, epoch["epoch"], epoch["metrics"])
            if self.recorder.state.objective not in epoch["metrics"]:
                return False  # the question waits for the next epoch with validation
        if epoch["epoch"] <= self._running[key].hyperparameters.values.get(INITIAL_EPOCH, 0):
            return False  # its parent was asked after this epoch and went on
        curves = self._curves.seen_by(key) if self._curves is not None else {}
        stop = self.scheduler.should_stop(key, epoch["epoch"], curves)
        last = self.recorder.state.trials[key].last_epoch
        # who has reached the end is not stopped but done
        return stop and (last is None or epoch["epoch"] < last)

    def _go_on(self, key: str, epoch: int) -> None:
        """Writes down after which epoch an attempt goes on where another one was interrupted; 0 is
        none: it begins again, though something was kept.
        """
        self.recorder.write("continue", trial_id=key, epoch=epoch)
        if self._curves is not None:
            self._curves.begin(self.recorder.state.trials[key])

    def _end_overdue(self) -> None:
        for key in [key for key, limit in self._limits.items() if time.monotonic() >= limit]:
            self.executor.kill(key)
            message = (
                f"The trial was ended after {self.settings.trial_timeout:g} s, the limit of a "
                "trial (trial_timeout, --trial-timeout)."
            )
            self._end(
                Finished(
                    key,
                    result=Outcome(
                        TrialStatus.FAILED,
                        message=message,
                        failure=FailureKind.OVER_LIMIT,
                        seconds=float(self.settings.trial_timeout or 0.0),
                    ),
                )
            )

    def _end(self, finished: Finished) -> None:
        outcome = self._explained(outcome_of(finished))
        trial = self._running.pop(finished.key)
        self._limits.pop(finished.key, None)
        self._notes.say(outcome.notes)
        check_not_refused(outcome)
        if outcome.failure is FailureKind.FATAL:
            self._write_end(finished.key, outcome)
            message = f"Trial {finished.key} cannot run, and no other could. {outcome.message}"
            raise fatal_error(message, outcome.fatal)
        retries = self.settings.max_retries_per_trial
        attempts = outcome.failure.attempts(retries) if outcome.failure else 1
        if self.recorder.state.retries[finished.key] + 1 < attempts:
            self.recorder.write("retry", trial_id=finished.key, message=outcome.message)
            self._proposals.again(trial)
            return
        counts = outcome.failure is not None and outcome.failure.counts_in_a_row
        self._failures_in_a_row = self._failures_in_a_row + 1 if counts else 0
        self._conclude(finished.key, outcome)

    def _explained(self, outcome: Outcome) -> Outcome:
        """Returns an outcome whose message is short, printable, and has the user's source lines."""
        if outcome.message:
            code = getattr(self.tasks, "code", None)
            outcome.message = printable(with_sources(outcome.message, code), LONGEST)
        return outcome

    def _conclude(self, trial_id: str, outcome: Outcome) -> None:
        """Writes down how a trial ended and tells everybody."""
        if outcome.hyperparameters is not None:
            self.recorder.write("space", trial_id=trial_id, config=outcome.hyperparameters)
        record = self._write_end(trial_id, outcome)
        self.scheduler.on_end(trial_id, outcome.status)
        self._proposals.ended({**record, "space": outcome.hyperparameters})
        self.tasks.trial_has_ended(self._proposals.untold())

    def _write_end(self, trial_id: str, outcome: Outcome) -> Record:
        fields = ("status", "score", "best_epoch", "metrics", "message", "seconds", "parameters")
        return self.recorder.write(
            "end", trial_id=trial_id, **{name: getattr(outcome, name) for name in fields}
        )

    def _end_all(self, message: str) -> None:
        """Notes that the trials under way end with the search, which an error has ended for good;
        as far as the journal can still be written.
        """
        with contextlib.suppress(Exception):
            for trial_id in self._running:
                text = f"The search ended while the trial was running. {message}"
                self._write_end(trial_id, Outcome(TrialStatus.FAILED, message=text))

    def _on_signal(self) -> None:
        self.interrupted = True
        self.executor.wake()
        if self.executor.in_user_code:
            raise KeyboardInterrupt
