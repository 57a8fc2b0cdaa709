"""A scheduler asked about real curves, one trial after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tftune.journal.status import TrialStatus
from tftune.schedulers.base import AbstractScheduler


class Stopped(NamedTuple):
    """What became of a trial.

    Attributes:
        number: Of its curve.
        epochs: How many it was trained.
        pruned: Whether the scheduler stopped it.
        best: Its highest value in these epochs.
    """

    number: int
    epochs: int
    pruned: bool
    best: float


def run_through(
    rule: AbstractScheduler,
    curves: Sequence[Sequence[float]],
    order: Sequence[int] | None = None,
    epochs: int | None = None,
) -> list[Stopped]:
    """Returns what becomes of trials whose values are to be high.

    Args:
        rule: A scheduler, new.
        curves: Of whole trainings.
        order: Numbers of the curves, as the trials come; all of them by default.
        epochs: After so many in all no trial begins; the last may go beyond. None for no end.

    Example:
        >>> from tftune.schedulers.threshold import ThresholdScheduler
        >>> rule = ThresholdScheduler("max", lower=0.6)
        >>> run_through(rule, [[0.5, 0.55, 0.7], [0.5, 0.65, 0.6]])[0]
        Stopped(number=0, epochs=2, pruned=True, best=0.55)
    """
    seen: dict[str, list[float]] = {}
    told: list[Stopped] = []
    for number in range(len(curves)) if order is None else order:
        if epochs is not None and sum(each.epochs for each in told) >= epochs:
            break
        name = f"{len(told):04d}"
        seen[name], pruned = [], False
        for step, value in enumerate(curves[number], 1):
            seen[name].append(value)
            if step < len(curves[number]) and rule.should_stop(name, step, seen):
                pruned = True
                break
        rule.on_end(name, TrialStatus.PRUNED if pruned else TrialStatus.COMPLETED)
        told.append(Stopped(number, len(seen[name]), pruned, max(seen[name])))
    return told
