"""The driver loop: ask the oracle, run trials, record, tell the oracle; the one owner of oracle and journal."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from tftune.errors import TftuneError, UsageError
from tftune.execution.base import AbstractExecutor, Finished
from tftune.journal import Record
from tftune.oracles.base import AbstractOracle
from tftune.recorder import Recorder
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.curves import curve_of, curves_of, place
from tftune.state import TrialRecord
from tftune.training.trial import Outcome, TrialTask, run_trial

POLL_SECONDS = 1.0


class Driver:
    """Runs a search until the oracle, the time or the user ends it.

    Args:
        oracle: Proposes the trials.
        scheduler: Stops the hopeless ones.
        executor: Runs them.
        recorder: Remembers everything.
        make_task: Turns a KerasTuner trial and its journal entry into a task.
        epochs: Epochs of a trial whose oracle sets none.
        retries: Further attempts for a trial that crashed; one that diverged is not tried again.
        failure_limit: Crashed trials in a row that end the search.
        deadline: `time.monotonic()` at which the search ends, or None.
        after_end: Called when a trial has ended and the oracle knows it.
    """

    def __init__(
        self,
        oracle: AbstractOracle,
        scheduler: AbstractScheduler,
        executor: AbstractExecutor,
        recorder: Recorder,
        make_task: Callable[[Any, TrialRecord], TrialTask],
        epochs: int,
        retries: int = 0,
        failure_limit: int = 3,
        deadline: float | None = None,
        after_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.oracle, self.scheduler, self.executor, self.recorder = oracle, scheduler, executor, recorder
        self.make_task, self.retries, self.failure_limit, self.deadline = make_task, retries, failure_limit, deadline
        self.epochs, self.after_end = epochs, after_end
        self.interrupted = False
        self._again: list[Any] = oracle.unfinished()  # trials of an earlier session that did not end
        self._running: dict[str, Any] = {}
        self._curves: dict[str, list[float]] = curves_of(recorder.state)
        self._crashes_in_a_row = 0
        self._exhausted = False
        self._events = len(restore_events(recorder.journal.records)[0])
        for trial in recorder.state.trials.values():
            if trial.status != "running":
                scheduler.on_end(trial.trial, trial.status)

    def run(self) -> str:
        """Runs the search; returns why it ended: `done`, `failures`, `timeout` or `interrupted`."""
        with self._signals():
            try:
                return self._loop()
            except KeyboardInterrupt:
                return "interrupted"
            finally:
                for key in self.executor.running:
                    self.executor.kill(key)

    def _loop(self) -> str:
        while True:
            reason = self._why_end()
            if reason:
                return reason
            self._fill_slots()
            if not self._running:
                return "done"
            self.recorder.journal.sync()
            for finished in self.executor.poll(self._on_report, self._wait_seconds()):
                self._end(finished)

    def _why_end(self) -> str | None:
        if self.interrupted:
            return "interrupted"
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return "timeout"
        if self._crashes_in_a_row >= self.failure_limit:
            return "failures"
        return None

    def _wait_seconds(self) -> float:
        if self.deadline is None:
            return POLL_SECONDS
        return max(0.0, min(POLL_SECONDS, self.deadline - time.monotonic()))

    def _fill_slots(self) -> None:
        while len(self._running) < self.executor.slots and not self.interrupted:
            trial = self._again.pop(0) if self._again else self._ask()
            if trial is None:
                return
            self._start(trial)

    def _ask(self) -> Any | None:
        if self._exhausted:
            return None
        trial = self.oracle.create_trial(f"slot {self._free_slot()}")
        if trial.status == "RUNNING":
            return trial
        if trial.status == "STOPPED":
            self._exhausted = not self._running  # Hyperband may replace a failure while others still run
        elif not self._running:
            raise TftuneError(f"{type(self.oracle).__name__} waits, but no trial is running. This is a fault of the oracle: report it.")
        return None

    def _free_slot(self) -> int:
        taken = set(self.oracle.ongoing_trials)
        return next(slot for slot in range(len(taken) + 1) if f"slot {slot}" not in taken)

    def _start(self, trial: Any) -> None:
        values = dict(trial.hyperparameters.values)
        earlier = self.recorder.state.trials.get(trial.trial_id)
        self._running[trial.trial_id] = trial
        self.recorder.write(
            "start",
            trial=trial.trial_id,
            number=int(trial.trial_id),
            attempt=earlier.attempt + 1 if earlier else 1,
            values=values,
            first_epoch=values.get("tuner/initial_epoch", 0),
            last_epoch=values.get("tuner/epochs", self.epochs),
            parent=values.get("tuner/trial_id"),
        )
        if earlier is None:
            self._events += 1
        record = self.recorder.state.trials[trial.trial_id]
        self._curves.pop(record.parent or "", None)  # the trial that continues it has its epochs
        self._curves[trial.trial_id] = curve_of(self.recorder.state, record)
        self.executor.start(trial.trial_id, run_trial, self.make_task(trial, record))

    def _on_report(self, key: str, epoch: dict[str, Any]) -> bool:
        self.recorder.write("epoch", trial=key, **epoch)
        if self.interrupted:
            raise KeyboardInterrupt
        place(self._curves[key], epoch["epoch"], epoch["metrics"], self.recorder.state.objective)
        stop = self.scheduler.should_stop(key, epoch["epoch"], self._curves)
        last = self.recorder.state.trials[key].last_epoch
        return stop and (last is None or epoch["epoch"] < last)  # who has reached the end is not stopped but done

    def _end(self, finished: Finished) -> None:
        outcome = finished.result if finished.error is None else Outcome("failed", message=finished.error)
        trial = self._running.pop(finished.key)
        if outcome.fatal:
            raise UsageError(f"Trial {finished.key} cannot run, and no other could. {outcome.message}")
        crashed = outcome.status == "failed" and not outcome.diverged
        if crashed and self.recorder.state.trials[finished.key].attempt <= self.retries:
            self.recorder.write("retry", trial=finished.key, message=outcome.message)
            self._again.append(trial)
            return
        self._crashes_in_a_row = self._crashes_in_a_row + 1 if crashed else 0
        self._record_end(finished.key, outcome)
        self._tell(trial, outcome)

    def _record_end(self, key: str, outcome: Outcome) -> None:
        if outcome.hyperparameters is not None:
            self.recorder.write("space", config=outcome.hyperparameters)
            self._events += 1
        fields = ("status", "score", "epoch", "metrics", "message", "seconds", "parameters")
        self.recorder.write("end", trial=key, **{name: getattr(outcome, name) for name in fields})
        self._events += 1
        self.scheduler.on_end(key, outcome.status)

    def _tell(self, trial: Any, outcome: Outcome) -> None:
        """Tells the oracle what the journal already knows, and notes down what it needs to go on without thinking again."""
        end = self.recorder.state.trials[trial.trial_id]
        fields = {name: getattr(end, name) for name in ("status", "score", "metrics", "message", "seconds")}
        record = {"trial": trial.trial_id, **fields, "epoch": end.best_epoch, "space": outcome.hyperparameters}
        self.oracle.end_from_record(record)
        memo = self.oracle.memo()
        if memo is not None:
            self.recorder.write("memo", events=self._events, state=memo)
        self.after_end()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the search between two steps of the driver, never inside one."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Python lets only the main thread handle signals
            return

        def handle(number: int, frame: FrameType | None) -> None:
            self.interrupted = True
            self.executor.wake()
            if self.executor.in_user_code:
                raise KeyboardInterrupt

        earlier = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)


def restore_events(records: Sequence[Record]) -> tuple[list[Record], dict[str, Any] | None, int]:
    """Picks from a journal what an oracle must hear again to know what it knew.

    Args:
        records: All records of a journal.

    Returns:
        The records of kind start (the first of each trial only), end and space, in order; the oracle's last memo or None; and the
        number of those records that the memo already covers.

    Example:
        >>> start = {"kind": "start", "trial": "0000", "attempt": 1}
        >>> restore_events([{"kind": "header"}, start, {**start, "attempt": 2}])
        ([{'kind': 'start', 'trial': '0000', 'attempt': 1}], None, 0)
    """
    events = [record for record in records if record["kind"] in ("end", "space") or (record["kind"] == "start" and record["attempt"] == 1)]
    memos = [record for record in records if record["kind"] == "memo"]
    return (events, memos[-1]["state"], memos[-1]["events"]) if memos else (events, None, 0)
