"""What a pair of curves shows by its form: still getting better, diverged, rough, flat, overfitted.

Each sign is a function of the points of one trial, pairs of an epoch and a value, and says "" where
it is not there.

Example:
    >>> slope = slope_of([(epoch, 0.5 + 0.01 * epoch) for epoch in range(1, 13)])
    >>> round(slope.value, 4), slope.low > 0
    (0.01, True)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tftune.journal.status import loss_of
from tftune.reports.analysis.curves import Points
from tftune.reports.analysis.noise import jitter
from tftune.reports.analysis.words import percent
from tftune.reports.tables import format_value

LEAST_OF_A_SLOPE = 5  # points
_PART = 3  # a slope is that of the last third
_TIMES_NOISE = 2.0
_STILL = 0.05  # of all that was learnt: less than that in the last third is no progress
_WORSE = 2.0  # times the least training loss, at which a training counts as diverged
_ROUGH_RISES, _ROUGH_SIZE = 1 / 3, 0.1


@dataclass(frozen=True)
class Slope:
    """How fast a curve changes at its end.

    Attributes:
        value: By how much an epoch, of least squares.
        low: Lower end of its 95 % interval, by Student's t; that takes the epochs for independent.
        high: Its upper end.
        epochs: Over how many epochs.
    """

    value: float
    low: float
    high: float
    epochs: int


def slope_of(points: Points) -> Slope | None:
    """Returns the slope of the last third of a curve, at least 5 points of it; None of fewer."""
    from scipy import stats

    if len(points) < LEAST_OF_A_SLOPE:
        return None
    tail = points[-max(LEAST_OF_A_SLOPE, math.ceil(len(points) / _PART)) :]
    found = stats.linregress([epoch for epoch, _ in tail], [value for _, value in tail])
    half = float(stats.t.ppf(0.975, len(tail) - 2)) * float(found.stderr)
    value = float(found.slope)
    return Slope(value, value - half, value + half, len(tail))


def improving(points: Points, direction: str) -> bool | None:
    """Returns whether a curve still gets better at its end; None where that cannot be told.

    What it gains in its last third must be a twentieth of all that it gained. Fewer than 5 points
    have no interval: then every epoch must have been better than the one
    before.

    Args:
        points: Of the curve.
        direction: `max` or `min`.

    Example:
        >>> improving([(1, 0.9), (2, 0.7), (3, 0.6)], "min"), improving([(1, 0.9)], "min")
        (True, None)
        >>> improving([(epoch, 0.5) for epoch in range(1, 10)], "max")
        False
    """
    if len(points) < 2:
        return None
    losses = [(epoch, loss_of(value, direction)) for epoch, value in points]
    slope = slope_of(losses)
    if slope is None:
        pairs = zip(losses, losses[1:], strict=False)
        return all(later < earlier for (_, earlier), (_, later) in pairs)
    # a curve that only creeps has stopped improving, however surely it creeps
    values = [value for _, value in losses]
    gained = -slope.value * slope.epochs
    return slope.high < 0 and gained >= _STILL * (max(values) - min(values))


def diverged(values: Sequence[float]) -> str:
    """Returns in words that a training loss went away, or "".

    Args:
        values: Of all epochs, those that are not finite among them.

    Example:
        >>> diverged([0.7, 0.5, math.nan])
        'the training loss stopped being a number at epoch 3'
        >>> diverged([0.7, 0.3, 1.5])
        'the training loss ended at 1.5, after it had been down to 0.3'
        >>> diverged([0.7, 0.5, 0.4])
        ''
    """
    for place, value in enumerate(values, 1):
        if not math.isfinite(value):
            return f"the training loss stopped being a number at epoch {place}"
    if len(values) < 2:
        return ""
    least, last = min(values), values[-1]
    if last > values[0] and last > _WORSE * abs(least):
        return (
            f"the training loss ended at {format_value(last)}, after it had been down to "
            f"{format_value(least)}"
        )
    return ""


def rough(points: Points) -> str:
    """Returns in words that a training loss jumps instead of falling, or "": the sign of a learning
    rate that is too high.

    It does where it rises in a third of the steps or more and the jumps are a tenth of the loss.

    Example:
        >>> rough([(epoch, 1.0 + 0.5 * (epoch % 2)) for epoch in range(1, 11)])
        'the training loss rose in 4 of 9 steps, by jumps of 48 % of itself'
    """
    values = [value for _, value in points]
    steps = len(values) - 1
    size = jitter(points, points[len(points) // 2][0], around=len(points)) if points else None
    if steps < LEAST_OF_A_SLOPE or size is None:
        return ""
    rises = sum(later > earlier for earlier, later in zip(values, values[1:], strict=False))
    share = size / abs(median(values)) if median(values) else 0.0
    if rises < _ROUGH_RISES * steps or share < _ROUGH_SIZE:
        return ""
    jumps = f"by jumps of {percent(share)} of itself"
    return f"the training loss rose in {rises} of {steps} steps, {jumps}"


def flat(points: Points, direction: str) -> str:
    """Returns in words that a training curve has stopped improving, or "".

    Example:
        >>> flat([(epoch, 0.5 + 0.01 * (-1) ** epoch) for epoch in range(1, 16)], "min")
        'training has stopped improving: over the last 5 epochs its slope cannot be told from 0'
    """
    slope = slope_of(points)
    if slope is None or improving(points, direction):
        return ""
    if not slope.low <= 0 <= slope.high:
        return f"training has all but stopped improving over the last {slope.epochs} epochs"
    return (
        f"training has stopped improving: over the last {slope.epochs} epochs its slope cannot be "
        "told from 0"
    )


@dataclass(frozen=True)
class Overfit:
    """That validation got worse while training went on getting better.

    Attributes:
        epoch: The best epoch of validation, after which it did.
        by: By how much it was worse at the end, the median of the last three epochs.
        noise: Standard deviation of one epoch; NaN where it cannot be told.
    """

    epoch: int
    by: float
    noise: float

    def words(self, what: str) -> str:
        """Returns it in words."""
        return (
            f"it overfits from epoch {self.epoch} on: {what} was {format_value(self.by)} worse at "
            "the end, while training went on getting better"
        )


def overfits(training: Points, validation: Points, direction: str) -> Overfit | None:
    """Returns from which epoch on a trial overfits, or None.

    Validation must be worse at the end than at its best by more than twice its noise from epoch to
    epoch, and training better at the end than at that epoch.

    Args:
        training: The curve of a measure on the training split.
        validation: The same measure on the validation split.
        direction: `max` or `min`.

    Example:
        >>> training = [(epoch, 1 / epoch) for epoch in range(1, 11)]
        >>> validation = [(epoch, 0.5 + (epoch - 4) ** 2 / 50) for epoch in range(1, 11)]
        >>> overfits(training, validation, "min").epoch
        4
    """
    seen = dict(training)
    common = [(epoch, value) for epoch, value in validation if epoch in seen]
    if len(common) < 3:
        return None
    losses = [(epoch, loss_of(value, direction)) for epoch, value in common]
    best_epoch, best = min(losses, key=lambda point: point[1])
    after = [value for epoch, value in losses if epoch > best_epoch][-3:]
    if not after:
        return None
    worse = median(after) - best
    noise = jitter(common, best_epoch)
    learnt = loss_of(seen[common[-1][0]], direction) < loss_of(seen[best_epoch], direction)
    # the best of many noisy values is too good by itself
    limit = _TIMES_NOISE * noise if noise is not None else 0.0
    least = 0.0 if noise is not None else 0.02 * abs(best)
    if not learnt or worse <= max(limit, least):
        return None
    return Overfit(best_epoch, worse, math.nan if noise is None else noise)
