"""Rungs: the epochs at which successive halving compares trials, and who may go on."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.schedulers.base import Curves
from tftune.schedulers.values import best_until, epochs_since
from tftune.support.checks import check_count

SHARE_OF_EPOCHS = (
    10  # the first rung stands after a tenth of a training: real curves were in disorder before
)


def first_rung(min_epochs: int | None, max_epochs: int | None) -> int:
    """Returns the epochs before the first rung: `min_epochs`, or for None a tenth of `max_epochs`,
    at least 1.

    Raises:
        UsageError: If `min_epochs` is no integer of at least 1.

    Example:
        >>> first_rung(None, 20), first_rung(None, 5), first_rung(None, None), first_rung(3, 20)
        (2, 1, 1, 3)
    """
    if min_epochs is None:
        return max(1, (max_epochs or 0) // SHARE_OF_EPOCHS)
    check_count("min_epochs", min_epochs, least=1)
    return min_epochs


def rung_at(step: int, first: int, factor: int) -> int | None:
    """Returns k if epoch `step` is rung k, that is `first * factor**k`; None if it is no rung.

    Example:
        >>> [rung_at(step, first=2, factor=3) for step in (1, 2, 3, 6, 12, 18)]
        [None, 0, None, 1, None, 2]
    """
    rung, epoch = 0, first
    while epoch < step:
        rung, epoch = rung + 1, epoch * factor
    return rung if epoch == step else None


def rung_reached(curve: Sequence[float], step: int, first: int, factor: int) -> int | None:
    """Returns k of the last rung since the epoch before `step` that had a value; None without one.

    Example:
        >>> nan = float("nan")  # every second epoch validates
        >>> [rung_reached([nan, 0.5, nan, 0.6][:step], step, 1, 3) for step in (2, 4)]
        [0, 1]
        >>> [rung_reached([0.5, 0.5, 0.6][:step], step, 1, 3) for step in (1, 2, 3)]
        [0, None, 1]
    """
    rungs = [rung_at(epoch, first, factor) for epoch in epochs_since(curve, step)]
    return max((rung for rung in rungs if rung is not None), default=None)


def scores_at(step: int, curves: Curves, direction: str) -> list[float]:
    """Returns the best value by epoch `step` of all trials that have reached it, oriented; minus
    infinity for one without a value.

    Example:
        >>> scores_at(2, {"0000": [0.5, 0.4, 0.9], "0001": [0.8], "0002": [0.1, 0.3]}, "max")
        [0.5, 0.3]
    """
    return [best_until(curve, step, direction) for curve in curves.values() if len(curve) >= step]


def in_top(score: float, scores: Sequence[float], factor: int) -> bool:
    """Whether a score is among the top 1 / `factor` of `scores`, its own among them: the best
    floor(n / `factor`) of n, at least one.

    Equal scores share the better place.

    Example:
        >>> [in_top(score, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], factor=3) for score in (0.9, 0.8, 0.7)]
        [True, True, False]
        >>> in_top(0.9, [0.9, 0.8], factor=3)
        True
    """
    kept = max(1, len(scores) // factor)
    return score >= sorted(scores, reverse=True)[kept - 1]
