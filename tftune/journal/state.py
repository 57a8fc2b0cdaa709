"""What a search knows, folded from its journal record by record; reports and resuming see only
this.

Example:
    >>> state = SearchState()
    >>> for record in [
    ...     {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0},
    ...     {"kind": "start", "trial_id": "0000", "number": 0, "attempt": 1, "values": {"lr": 0.1},
    ...      "first_epoch": 0, "last_epoch": 2, "parent": None, "time": 1.0},
    ...     {"kind": "end", "trial_id": "0000", "status": "completed", "score": 0.8,
    ...      "best_epoch": 2, "metrics": {"val_auc": 0.8}, "message": None,
    ...      "seconds": 3.0, "parameters": 10, "time": 4.0},
    ... ]:
    ...     state.apply(record)
    >>> state.best().score, state.counts()
    (0.8, {'completed': 1, 'pruned': 0, 'failed': 0})
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tftune.errors import RunFolderError
from tftune.journal.finish_state import FinishState
from tftune.journal.measured_state import MeasuredState
from tftune.journal.records import Record
from tftune.journal.standing import Standing
from tftune.journal.status import TrialStatus
from tftune.journal.trial_record import InterruptedTrials, TrialRecord, TrialRecords

__all__ = ["SearchState", "TrialRecord", "TrialRecords"]


# written when the search has ended, perhaps on another day
_AFTERWARDS = (
    *("test", "evaluation", "references", "nested"),
    *("finishing", "finishing_training", "finishing_trained", "finished"),
)


@dataclass
class SearchState(FinishState, MeasuredState):
    """Everything the records tell, also what `FinishState` and `MeasuredState` have; `apply` takes
    the next one.

    Attributes:
        header: The first record.
        trials: The trials by their ids, in the order of their start; those that ended are kept
            packed, and looking one up makes a copy.
        finish: The record that says why the search ended, or None.
        wall_seconds: How long the search has taken, in all sessions.
        standing: Counts and ranking.
        interrupted: What attempts had told that another one followed.
        retries: How often a trial under way has failed and was tried again: an attempt that was
            interrupted is none.
        spaces: What trials declared that the space in the header lacks: configs of
            `keras_tuner.HyperParameters`, in order.
        repeats: Scores of trainings that repeat a trial on a fresh seed, by trial and round; NaN of
            one that failed. `repetitions` has their records.
        confirmed: The record of the last confirmation, or None: there was none, or trials with a
            score have ended since.
    """

    header: Record = field(default_factory=dict)
    trials: TrialRecords = field(default_factory=TrialRecords)
    finish: Record | None = None
    wall_seconds: float = 0.0
    standing: Standing = field(default_factory=Standing)
    spaces: list[dict[str, Any]] = field(default_factory=list)
    repeats: dict[tuple[str, int], float] = field(default_factory=dict)
    repetitions: dict[tuple[str, int], Record] = field(default_factory=dict)
    confirmed: Record | None = None
    interrupted: InterruptedTrials = field(default_factory=InterruptedTrials)
    retries: Counter[str] = field(default_factory=Counter)
    _session_started: float | None = None
    _earlier_sessions: float = 0.0

    def apply(self, record: Record) -> None:
        """Folds one record in; kinds it does not know are passed over.

        Raises:
            RunFolderError: If it does not fit those before it, as in a journal that lacks lines.
        """
        try:
            self._count_time(record)
            handler: Callable[[Record], None] | None = getattr(self, f"_on_{record['kind']}", None)
            if handler is not None:
                handler(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = {name: record[name] for name in ("kind", "trial_id", "epoch") if name in record}
            raise RunFolderError(
                "The journal is damaged: a record does not fit those before it "
                f"({type(error).__name__}: {error}). Expected a whole journal of tftune. Received: "
                f"{str(what)[:200]}. Restore the file from a copy, or start over with --overwrite "
                "(overwrite=True)."
            ) from error

    def apply_all(self, records: Iterable[Record]) -> SearchState:
        """Folds records in order and returns this state."""
        for record in records:
            self.apply(record)
        return self

    @property
    def direction(self) -> str:
        """`max` or `min`."""
        return str(self.header["objective"]["direction"])

    @property
    def objective(self) -> str:
        """Name of the metric that is searched for, such as `val_auc`."""
        return str(self.header["objective"]["name"])

    def ranked(self, count: int | None = None) -> list[TrialRecord]:
        """Trials with a score, best first, at most `count`; of equals the earlier first; a
        continued trial counts as one of its own; a confirmed winner is the first of all.
        """
        ranked = self.standing.ranked(count)
        if self.confirmed is not None:
            winner = self.confirmed["trial_id"]
            ranked = [winner, *(trial for trial in ranked if trial != winner)][:count]
        return [self.trials[trial] for trial in ranked]

    def best(self) -> TrialRecord | None:
        """The best trial so far, the confirmed winner if there is one, or None."""
        return next(iter(self.ranked(1)), None)

    def counts(self) -> dict[str, int]:
        """Number of trials that ended, by status."""
        return dict(self.standing.counts)

    def _count_time(self, record: Record) -> None:
        if record["kind"] == "session":
            self._earlier_sessions = self.wall_seconds
            self._session_started = record["time"]
        if record["kind"] in _AFTERWARDS or record.get("reason") == "finished":
            return  # perhaps on another day
        if self._session_started is not None and "time" in record:
            seconds = self._earlier_sessions + record["time"] - self._session_started
            self.wall_seconds = max(self.wall_seconds, seconds)  # clocks may be set back

    def _on_header(self, record: Record) -> None:
        if self.header:
            raise ValueError("a second header")
        self.header = record

    def _on_session(self, record: Record) -> None:
        self.finish = None

    def _on_start(self, record: Record) -> None:
        keys = ("trial_id", "number", "values", "first_epoch", "last_epoch", "parent", "attempt")
        self.interrupted.keep(self.trials.get(record["trial_id"]))
        self.trials[record["trial_id"]] = TrialRecord(
            **{key: record[key] for key in keys},
            started=record["time"],
            predicted=record.get("predicted"),
            reason=record.get("reason"),
        )
        self.standing.start(record["trial_id"])

    def _on_retry(self, record: Record) -> None:
        self.retries[record["trial_id"]] += 1

    def _on_space(self, record: Record) -> None:
        self.spaces.append(record["config"])
        trial = self.trials[record["trial_id"]]
        declared = record["config"].get("values") or {}
        # the trial had the new knobs, too
        trial.values = {
            **trial.values,
            **{name: declared[name] for name in declared if name not in trial.values},
        }

    def _on_continue(self, record: Record) -> None:
        self.interrupted.go_on(self.trials[record["trial_id"]], record["epoch"])

    def _on_epoch(self, record: Record) -> None:
        self.trials[record["trial_id"]].epochs.append((record["epoch"], record["metrics"]))

    def _on_end(self, record: Record) -> None:
        trial = self.trials[record["trial_id"]]
        trial.status = TrialStatus(record["status"])
        for key in ("score", "best_epoch", "metrics", "message", "seconds", "parameters"):
            setattr(trial, key, record[key])
        self.interrupted.forget(trial.trial_id)
        self.retries.pop(trial.trial_id, None)
        self.trials.settle(trial.trial_id)
        if trial.status.has_score:
            self.confirmed = self.finished = None  # the race was among others
        self.standing.end(
            trial.trial_id,
            trial.number,
            trial.status,
            trial.score,
            trial.seconds,
            self.direction,
        )

    def _on_repeated(self, record: Record) -> None:
        score = record["score"]
        place = record["trial_id"], record["round"]
        self.repeats[place] = math.nan if score is None else float(score)
        self.repetitions[place] = record

    def _on_confirmed(self, record: Record) -> None:
        self.confirmed = record
        if self.finished is not None and self.finished["trial_id"] != record["trial_id"]:
            self.finished = None  # it was made of another winner

    @property
    def is_tested(self) -> bool:
        """Whether the last use of the test split was of the model that is the result now."""
        best = self.best()
        if self.test is None or best is None or self.test["trial_id"] != best.trial_id:
            return False
        return self._tested is self._made

    def _on_test(self, record: Record) -> None:
        self.test, self._tested = record, self._made
        self.test_uses += 1

    def evaluation(self) -> Record | None:
        """The last evaluation of the best trial on the test split, or None: that of a trial which
        was the best once says nothing of today's.
        """
        best = self.best()
        found = [
            record
            for record in self.evaluations
            if record["split"] == "test" and best and record["trial_id"] == best.trial_id
        ]
        return found[-1] if found else None

    def _on_finish(self, record: Record) -> None:
        self.finish = record
