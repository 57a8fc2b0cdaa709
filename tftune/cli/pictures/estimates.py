"""Numbers over seeds: a mean with its interval, and whether a difference is noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tftune.reports.measures.seeds import over_seeds


class Estimate(NamedTuple):
    """A mean and its 95 % interval (Student's t over the seeds)."""

    mean: float
    low: float
    high: float

    def told(self, digits: int = 3) -> str:
        """Returns it as a person reads it.

        Example:
            >>> Estimate(0.5, 0.4, 0.6).told(2)
            '0.50 (0.40 to 0.60)'
        """
        return f"{self.mean:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"

    @property
    def verdict(self) -> str:
        """Of a difference: `lower` or `higher` where the interval leaves out 0, else `noise`."""
        return "higher" if self.low > 0 else "lower" if self.high < 0 else "noise"


def estimate(values: Sequence[float] | np.ndarray[Any, Any]) -> Estimate:
    """Returns the mean of independent values and its interval, which one value does not have.

    Example:
        >>> estimate([1.0, 2.0, 3.0]).told()  # 2 +- 4.303 * 1 / sqrt(3)
        '2.000 (-0.484 to 4.484)'
        >>> estimate([0.5, 0.5]).verdict, estimate([-1.0, 1.0]).verdict
        ('higher', 'noise')
        >>> estimate([0.5]).verdict  # one value tells nothing of the noise
        'noise'
    """
    spread = over_seeds(np.asarray(values, dtype=float).tolist())
    return Estimate(spread.mean, spread.low, spread.high)


def estimates(rows: np.ndarray[Any, Any]) -> tuple[list[float], list[float], list[float]]:
    """Returns mean and both ends of the interval for each column of an array, a row a seed."""
    found = [estimate(column) for column in np.asarray(rows, dtype=float).T]
    means, lows, highs = zip(*found, strict=True)
    return list(means), list(lows), list(highs)
