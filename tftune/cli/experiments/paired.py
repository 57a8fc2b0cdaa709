"""Two kinds of training over the same seeds: the mean of their differences and its 95 % interval.

With d_i the difference of seed i, n seeds and s their sample standard deviation, the interval is

    mean(d) -+ t(0.975, n - 1) * s * sqrt(1 / n + rho).

rho = 0 is Student's. Where each seed draws train and test rows anew from the same data, the
trainings share rows and their differences are alike, so that Student's interval is too narrow; then
rho = (test rows) / (train rows). C. Nadeau and Y. Bengio, "Inference for the Generalization Error",
*Machine Learning* 52 (2003).

Example:
    >>> found = paired([0.81, 0.82, 0.84], [0.80, 0.80, 0.81])
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3), found.verdict
    (0.02, -0.005, 0.045, 'noise')
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tftune.reports.measures.seeds import Spread, over_seeds


@dataclass(frozen=True)
class Paired:
    """The difference of two kinds of training.

    Attributes:
        mean: Of the differences; positive where the first is higher.
        low: Lower end of the 95 % interval; NaN of one seed.
        high: Its upper end.
    """

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`better` or `worse` where the interval leaves out 0, else `noise`; `one seed` where
        there is no interval.
        """
        if math.isnan(self.low):
            return "one seed"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "noise"


def paired(first: Sequence[float], second: Sequence[float], shared: float = 0.0) -> Paired:
    """Returns how much higher the first is than the second.

    Args:
        first: A score for each seed.
        second: The same of the other kind, for the same seeds in the same order.
        shared: rho, 0 for Student's interval.

    Example:
        >>> found = paired([0.81, 0.82, 0.84], [0.80, 0.80, 0.81], shared=1 / 8)
        >>> round(found.high, 3)  # 0.02 + 4.303 * 0.01 * sqrt(1 / 3 + 1 / 8)
        0.049
    """
    spread = widened([one - other for one, other in zip(first, second, strict=True)], shared)
    return Paired(spread.mean, spread.low, spread.high)


def widened(values: Sequence[float], shared: float) -> Spread:
    """Returns the mean of values over seeds with the same interval.

    Args:
        values: One for each seed.
        shared: rho, 0 for Student's interval.

    Example:
        >>> spread = widened([0.01, 0.02, 0.03], 1 / 8)
        >>> round(spread.low, 3), round(spread.high, 3)
        (-0.009, 0.049)
    """
    spread = over_seeds(values)
    wider = math.sqrt(1 + shared * spread.count)
    low = spread.mean - (spread.mean - spread.low) * wider
    high = spread.mean + (spread.high - spread.mean) * wider
    return replace(spread, low=low, high=high)
