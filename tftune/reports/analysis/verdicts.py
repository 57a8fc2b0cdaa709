"""High bias or high variance: where the distance of a model from what can be reached comes from.

With t what can be reached, T the training and V the validation value, all as losses, the distance
V - t is the avoidable bias T - t and the gap V - T (A. Ng: Machine Learning Yearning, 2018,
chapters 20 to 27). A part is called high if its 95 % interval lies above 0 and it is at least a
third of the distance. Nothing is wrong if the distance is not above 0, or is less than a fortieth
of the way from guessing to t.

Example:
    >>> bias, gap = Amount(0.14, 0.12, 0.16), Amount(0.01, -0.01, 0.03)
    >>> judged(bias, gap, whole=1.0).value
    'high bias'
    >>> judged(Amount(0.01, 0.005, 0.015), Amount(0.10, 0.08, 0.12), whole=1.0).value
    'high variance'
    >>> judged(Amount(0.14, 0.12, 0.16), Amount(0.15, 0.12, 0.18), whole=1.0).value
    'high bias and high variance'
    >>> judged(Amount(0.003, 0.0, 0.006), Amount(0.004, 0.001, 0.007), whole=1.0).value
    'neither'
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from tftune.reports.tables import format_value

PART = 1 / 3  # of the distance, from which on a part of it is high
NEAR = 1 / 40  # of the way from guessing to what can be reached: no distance to speak of


class Verdict(enum.StrEnum):
    """What is wrong with a model."""

    BIAS = "high bias"
    VARIANCE = "high variance"
    BOTH = "high bias and high variance"
    UNDER_TRAINED = "under-trained"
    NEITHER = "neither"
    UNKNOWN = "cannot be told"

    @property
    def has_bias(self) -> bool:
        """Whether remedies against bias are called for."""
        return self in (Verdict.BIAS, Verdict.BOTH, Verdict.UNDER_TRAINED)

    @property
    def has_variance(self) -> bool:
        """Whether remedies against variance are called for."""
        return self in (Verdict.VARIANCE, Verdict.BOTH)


@dataclass(frozen=True)
class Amount:
    """By how much something is worse than something else.

    Attributes:
        value: Above 0 where it is.
        low: Lower end of the 95 % interval; NaN where none is known.
        high: Its upper end.
        method: How the interval was computed, or why there is none.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    method: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_there(self) -> bool:
        """Whether it is more than chance: the interval lies above 0."""
        return self.is_known and self.low > 0

    def words(self) -> str:
        """Returns the number with its interval."""
        if not self.is_known:
            return format_value(self.value)
        return f"{format_value(self.value)} ({_short(self.low)} to {_short(self.high)})"


def _short(value: float) -> str:
    return f"{value:.3g}"


def judged(bias: Amount | None, gap: Amount, whole: float) -> Verdict:
    """Returns the verdict on two parts of a distance.

    Args:
        bias: By how much training falls short of what can be reached; None where that is unknown.
        gap: By how much validation falls short of training.
        whole: The way from guessing to what can be reached, in the same unit.
    """
    if bias is None:
        # a gap that is most of the validation loss is the fault, whatever can be reached
        return Verdict.VARIANCE if gap.is_there and gap.value >= PART * whole else Verdict.UNKNOWN
    distance = bias.value + gap.value
    if distance <= max(NEAR * whole, 0.0):
        return Verdict.NEITHER
    high = [each.is_there and each.value >= PART * distance for each in (bias, gap)]
    if all(high):
        return Verdict.BOTH
    if any(high):
        return Verdict.BIAS if high[0] else Verdict.VARIANCE
    return Verdict.UNKNOWN
