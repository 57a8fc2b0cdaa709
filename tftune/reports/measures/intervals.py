"""Intervals of what is measured on a finite number of rows; all of them cover 95 %.

A share of rows has Wilson's interval, an area under a curve of ranks DeLong's, everything else the
percentiles of a bootstrap whose seed is fixed, so that the same rows give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.wilson import wilson

Measure = dict[str, Any]  # {"value", "low", "high"}, each None where it is not defined

LEVEL = 0.95
RESAMPLES = 1000
WORK = 5_000_000  # rows times resamples: large data need fewer of these


def measure(value: float | None, low: float | None = None, high: float | None = None) -> Measure:
    """Returns a number with its interval as JSON holds it; what is not finite is None.

    Example:
        >>> measure(0.5, 0.25, float("nan"))
        {'value': 0.5, 'low': 0.25, 'high': None}
    """
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high)}


def rounded(value: float | None) -> float | None:
    """Returns a number with six significant digits, or None where it is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.6g}")


def share(count: float, total: float) -> Measure:
    """Returns a share of rows with Wilson's interval; None of no rows."""
    return measure(count / total if total else None, *wilson(count, total))


def resamples(rows: int) -> int:
    """Returns how often so many rows are drawn again: 1,000 times, or fewer of many rows."""
    return int(min(RESAMPLES, max(50, WORK // max(rows, 1))))


def percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    """Returns the middle 95 % of what a bootstrap gave; resamples without a value are passed over.

    Args:
        values: Shape `(resamples,)`.
    """
    found = values[np.isfinite(values)]
    if len(found) < 2:
        return math.nan, math.nan
    low, high = np.percentile(found, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], float], rows: int, seed: int = 0
) -> tuple[float, float]:
    """Returns the bootstrap interval of a statistic of the rows.

    Args:
        statistic: Of the numbers of the rows that were drawn, shape `(rows,)`.
        rows: How many there are.
        seed: Of the draws.

    Example:
        >>> data = np.arange(100.0)
        >>> low, high = bootstrap(lambda drawn: data[drawn].mean(), 100)
        >>> 43 < low < 46 and 53 < high < 56
        True
    """
    if rows < 2:
        return math.nan, math.nan
    random = np.random.default_rng(seed)
    drawn = (random.integers(0, rows, rows) for _ in range(resamples(rows)))
    return percentiles(np.array([statistic(numbers) for numbers in drawn]))


def strata_weights(strata: NDArray[np.integer], seed: int, count: int) -> NDArray[np.float64]:
    """Returns how often each row is drawn when each stratum is drawn from anew, as large as it is.

    Args:
        strata: The stratum of each row, shape `(rows,)`.
        seed: Of the draws.
        count: How many times.

    Returns:
        Shape `(count, rows)`.

    Example:
        >>> strata_weights(np.array([0, 0, 1]), seed=0, count=5)[:, 2].tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    random = np.random.default_rng(seed)
    weights = np.zeros((count, len(strata)))
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        drawn = random.integers(0, len(rows), (count, len(rows)))
        drawn += len(rows) * np.arange(count)[:, np.newaxis]  # a block of counters for each time
        counted = np.bincount(drawn.reshape(-1), minlength=drawn.size)
        weights[:, rows] = counted.reshape(count, len(rows))
    return weights
