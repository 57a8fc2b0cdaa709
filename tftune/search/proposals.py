"""The driver's side of the oracle: it asks for trials, tells their ends, and notes in the journal
what a resumed search must repeat.

Two ways. By default the oracle hears of an end at once. In the reproducible way, with a lag L, it
hears the ends in the order of the trials' numbers, and trial n is proposed when it has heard
exactly the trials up to n - L: so what it proposes depends neither on the number of workers, at
most L, nor on who is faster. An oracle that waits for more, as Hyperband does at the end of a rung,
then hears one further end at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tftune.errors import TftuneError
from tftune.journal.records import Record
from tftune.oracles.core.oracle import Oracle
from tftune.search.flatness import Flatness

Write = Callable[..., Record]


class Proposals:
    """Trials to run, one after another.

    Args:
        oracle: Up to date with the journal, as `restore_events` tells it.
        write: Appends a record to the journal: `write(kind, **fields)`.
        lag: L of the reproducible way, at least 1; None tells each end at once.
        records: The journal so far.
        flat_after: Trials without a better one after which none is proposed any more, or None (see
            `tftune.search.flatness`).

    Attributes:
        thinking_seconds: How long the oracle took for its last proposal.
        exhausted: Whether there will be no further trial.
    """

    def __init__(
        self,
        oracle: Oracle[Any],
        write: Write,
        lag: int | None = None,
        records: Iterable[Record] = (),
        flat_after: int | None = None,
    ) -> None:
        self.oracle, self.write, self.lag = oracle, write, lag
        records = list(records)
        self._again: list[Any] = [
            trial
            for trial in oracle.unfinished()
            if trial.trial_id not in untold_ends(records, lag)
        ]
        self._ended: dict[int, dict[str, Any]] = {
            int(trial): end for trial, end in untold_ends(records, lag).items()
        }
        events = restore_events(records, lag)[0]
        self._events = len(events)
        ends = (event for event in events if event["kind"] == "end")
        self._flatness = Flatness(flat_after, oracle.objective.direction, ends)
        started = {record["trial_id"] for record in records if record["kind"] == "start"}
        self._only_proposed = {trial.trial_id for trial in self._again} - started
        self._heard = len(
            oracle.end_order
        )  # with a lag the ends are heard in order, so this is the number of the next
        self._spare: Any | None = None
        oracle.book.predicted.update(_noted("predicted", records, oracle.unfinished()))
        oracle.book.reasons.update(_noted("reason", records, oracle.unfinished()))
        self.thinking_seconds = 0.0
        self.exhausted = False

    def take(self) -> Any | None:
        """Returns the next trial to start, a `keras_tuner` trial; None if there is none now."""
        if self.is_flat:  # what had begun is finished, what was only thought of is not begun
            begun = (each for each in self._again if each.trial_id not in self._only_proposed)
            trial = next(begun, None)
            if trial is not None:
                self._again.remove(trial)
            return trial
        if self._again:
            return self._again.pop(0)
        spare, self._spare = self._spare, None
        return spare if spare is not None else self._create()

    def again(self, trial: Any) -> None:
        """Has a trial run once more, before any new one."""
        self._again.append(trial)

    def think_ahead(self) -> None:
        """Asks for one trial before a worker is free for it, and notes it down."""
        if self._again or self._spare is not None or self.is_flat:
            return
        self._spare = self._create()
        if self._spare is not None:
            self.write(
                "propose",
                trial_id=self._spare.trial_id,
                number=int(self._spare.trial_id),
                values=dict(self._spare.hyperparameters.values),
                **self.noted(self._spare.trial_id),
            )

    def noted(self, trial_id: str) -> dict[str, Any]:
        """Returns what the oracle's model expects of a trial and why it was proposed, as the fields
        `predicted` and `reason` of a record, as far as the method tells.
        """
        book = self.oracle.book
        found = {"predicted": book.predicted.get(trial_id), "reason": book.reasons.get(trial_id)}
        return {name: what for name, what in found.items() if what is not None}

    def ended(self, record: dict[str, Any]) -> None:
        """Takes the end of a trial, which the journal already has; the oracle hears of it when its
        turn comes.
        """
        if self.lag is None:
            self._tell(record)
        else:
            self._ended[int(record["trial_id"])] = record

    @property
    def is_flat(self) -> bool:
        """Whether the search ends because it no longer gets better."""
        return self._flatness.is_flat

    def untold(self) -> set[str]:
        """Returns the trials that ended and that the oracle has not heard of."""
        return {str(record["trial_id"]) for record in self._ended.values()}

    def _create(self) -> Any | None:
        while not self.exhausted and self._is_due() and not self.is_flat:
            began = time.perf_counter()
            trial = self.oracle.create_trial(f"slot {self._free_slot()}")
            self.thinking_seconds = time.perf_counter() - began
            if trial.status == "RUNNING":
                self._events += 1
                return trial
            waiting = len(self.oracle.trials) - len(self.oracle.end_order)
            if not self._hear_next():
                self.exhausted = (
                    trial.status == "STOPPED" and not waiting
                )  # Hyperband may replace a failure while others still run
                if trial.status != "STOPPED" and not waiting:
                    raise TftuneError(
                        f"{type(self.oracle).__name__} waits, but no trial is running. This is a "
                        "fault of the oracle: report it."
                    )
                return None
        return None

    def _is_due(self) -> bool:
        """With a lag: lets the oracle hear all ends that the next proposal may use; False if one of
        them is not there yet.
        """
        while self.lag is not None and self._heard <= len(self.oracle.trials) - self.lag:
            if not self._hear_next():
                return False
        return True

    def _hear_next(self) -> bool:
        record = self._ended.pop(self._heard, None)
        if record is not None:
            self.write("tell", trial_id=record["trial_id"])
            self._tell(record)
        return record is not None

    def _tell(self, record: Mapping[str, Any]) -> None:
        """Tells the oracle what the journal already knows, and notes down what it needs to go on
        without thinking again.
        """
        self.oracle.end_from_record(record)
        self._flatness.add(record)
        self._heard += 1
        self._events += 2 if record.get("space") else 1
        memo = self.oracle.memo()
        if memo is not None:
            self.write("memo", events=self._events, state=memo)

    def _free_slot(self) -> int:
        taken = set(self.oracle.ongoing_trials)
        return next(slot for slot in range(len(taken) + 1) if f"slot {slot}" not in taken)


def _noted(field: str, records: Sequence[Record], trials: Sequence[Any]) -> dict[str, Any]:
    """Returns what was noted in a field, when they were proposed, of trials that have not ended."""
    wanted = {trial.trial_id for trial in trials}
    return {
        record["trial_id"]: record[field]
        for record in records
        if record["kind"] in ("start", "propose")
        and record.get(field)
        and record["trial_id"] in wanted
    }


def restore_events(
    records: Sequence[Record], lag: int | None = None
) -> tuple[list[Record], dict[str, Any] | None, int]:
    """Picks from a journal what an oracle must hear again to know what it knew.

    Args:
        records: All records of a journal.
        lag: Of the reproducible way: then an end counts where the oracle was told of it.

    Returns:
        One record of kind start (or propose) a trial, and those of kind end and space, in order;
        the oracle's last memo or None; and the number of those records that the memo already
        covers.

    Example:
        >>> start = {"kind": "start", "trial_id": "0000", "attempt": 1}
        >>> restore_events([{"kind": "header"}, start, {**start, "attempt": 2}])
        ([{'kind': 'start', 'trial_id': '0000', 'attempt': 1}], None, 0)
    """
    events: list[Record] = []
    started: set[str] = set()
    untold: dict[str, list[Record]] = {}
    memos = [record for record in records if record["kind"] == "memo"]
    for record in records:
        kind = record["kind"]
        if kind in ("start", "propose") and record["trial_id"] not in started:
            started.add(record["trial_id"])
            events.append(record if kind == "start" else {**record, "kind": "start"})
        elif kind in ("space", "end") and lag is None:
            events.append(record)
        elif kind in ("space", "end"):
            untold.setdefault(record["trial_id"], []).append(record)
        elif kind == "tell" and lag is not None:
            events += untold.pop(record["trial_id"])
    return (events, memos[-1]["state"], memos[-1]["events"]) if memos else (events, None, 0)


def untold_ends(records: Sequence[Record], lag: int | None) -> dict[str, dict[str, Any]]:
    """Returns, by trial, the ends that a journal knows and the oracle has not heard; none without a
    lag.
    """
    if lag is None:
        return {}
    told = {record["trial_id"] for record in records if record["kind"] == "tell"}
    spaces = {
        record["trial_id"]: record["config"] for record in records if record["kind"] == "space"
    }
    ends = [
        record for record in records if record["kind"] == "end" and record["trial_id"] not in told
    ]
    return {end["trial_id"]: {**end, "space": spaces.get(end["trial_id"])} for end in ends}
