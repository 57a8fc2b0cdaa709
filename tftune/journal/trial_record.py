"""One trial as the journal tells it, and the trials of a search by their ids."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

from tftune.journal.status import TrialStatus
from tftune.support.packed import PackedMapping, Shapes


@dataclass(slots=True)
class TrialRecord:
    """One trial as the journal tells it.

    Attributes:
        trial_id: The id, four digits or more.
        number: The same as a number, from 0.
        values: Knob values, with the budget keys `tuner/...` of Hyperband.
        first_epoch: Epochs trained by the parent before this trial began; 0 of one that begins
            anew because the parent's weights are gone.
        last_epoch: The epoch at which this trial ends at the latest.
        parent: Id of the trial that this one continues, or None.
        attempt: 1, and one more after each retry or restart.
        status: What became of it.
        epochs: `(epoch, metrics)` pairs; epochs count from 1 and go on from the parent's.
        score: The objective at the best epoch, or None.
        best_epoch: That epoch, or None.
        metrics: All metrics at that epoch.
        message: Why it failed, or None.
        seconds: Wall-clock time of the last attempt, and of what it goes on from.
        parameters: Number of weights of the model, or None.
        started: Unix time at which the last attempt began.
        continued: The epoch after which the last attempt goes on where an earlier one was
            interrupted; 0 where it began anew.
        predicted: What the model of the search method expected of the score when it proposed the
            trial: `mean`, and `low` and `high` of an interval of about 68 %; None where it has no
            model, did not ask it, or is of an earlier version.
        reason: Why the search method proposed the trial, in a few words, or None.
    """

    trial_id: str
    number: int
    values: dict[str, Any]
    first_epoch: int = 0
    last_epoch: int | None = None
    parent: str | None = None
    attempt: int = 1
    status: TrialStatus = TrialStatus.RUNNING
    epochs: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    score: float | None = None
    best_epoch: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    message: str | None = None
    seconds: float | None = None
    parameters: int | None = None
    started: float = 0.0
    predicted: dict[str, float] | None = None
    reason: str | None = None
    continued: int = 0


_FIELDS = [item.name for item in fields(TrialRecord)]


class TrialRecords(PackedMapping[TrialRecord]):
    """Trials by their ids, in the order of their start; those that are settled are kept as JSON."""

    def __init__(self) -> None:
        super().__init__(self._to_bytes, self._from_bytes)
        self._shapes = Shapes()

    def _to_bytes(self, trial: TrialRecord) -> bytes:
        flat = self._shapes.flat
        content = {name: getattr(trial, name) for name in _FIELDS}
        content |= {"values": flat(trial.values), "metrics": flat(trial.metrics)}
        content["epochs"] = [[epoch, *flat(metrics)] for epoch, metrics in trial.epochs]
        return json.dumps(
            [*content.values()], separators=(",", ":"), default=lambda number: number.item()
        ).encode()  # NumPy's numbers

    def _from_bytes(self, name: str, packed: bytes) -> TrialRecord:
        content = dict(zip(_FIELDS, json.loads(packed), strict=True))
        content |= {key: self._shapes.mapping(content[key]) for key in ("values", "metrics")}
        content["status"] = TrialStatus(content["status"])
        content["epochs"] = [
            (epoch, self._shapes.mapping(metrics)) for epoch, *metrics in content["epochs"]
        ]
        return TrialRecord(**content)


class InterruptedTrials:
    """What attempts at trials had told before they were interrupted: an attempt may go on there.

    Example:
        >>> interrupted, again = InterruptedTrials(), TrialRecord("0000", 0, {}, attempt=2)
        >>> interrupted.keep(TrialRecord("0000", 0, {}, epochs=[(1, {}), (2, {})]))
        >>> interrupted.last(again)
        2
        >>> interrupted.go_on(again, 1)
        >>> again.epochs, again.continued
        ([(1, {})], 1)
    """

    def __init__(self) -> None:
        self._told: dict[str, list[tuple[int, dict[str, float]]]] = {}

    def keep(self, trial: TrialRecord | None) -> None:
        """Keeps what an attempt has told, now that there is another."""
        if trial is not None and trial.epochs:
            self._told[trial.trial_id] = trial.epochs

    def last(self, trial: TrialRecord) -> int:
        """Returns the last epoch that earlier attempts have told, with all before it; 0 where there
        is none.
        """
        first = last = trial.first_epoch
        for epoch, _ in self._told.get(trial.trial_id, ()):
            if epoch == last + 1:
                last = epoch
        return last if last > first else 0

    def go_on(self, trial: TrialRecord, epoch: int) -> None:
        """Gives a new attempt the epochs that count on, those up to the given one."""
        told = self._told.get(trial.trial_id, [])
        trial.continued, trial.epochs = epoch, [each for each in told if each[0] <= epoch]

    def forget(self, trial_id: str) -> None:
        """Forgets a trial that has ended."""
        self._told.pop(trial_id, None)
