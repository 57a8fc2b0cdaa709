"""Searches over their seeds: mean and interval of a score, and whether two kinds of search differ.

Example:
    >>> spread = over_seeds([0.8, 0.9, 1.0])
    >>> round(spread.mean, 4), round(spread.low, 4), round(spread.high, 4)  # 0.9 -+ 4.303 * 0.0577
    (0.9, 0.6516, 1.1484)
    >>> rank_test([1, 2, 3], [4, 5, 6])  # 2 of the 20 ways to order them are as extreme
    0.1
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """A score over several seeds.

    Attributes:
        count: How many seeds.
        mean: Of their scores.
        low: Lower end of the 95 % interval of the mean, by Student's t; NaN of one seed.
        high: Its upper end.
    """

    count: int
    mean: float
    low: float
    high: float


def over_seeds(scores: Sequence[float]) -> Spread:
    """Returns mean and interval of scores, at least one."""
    from scipy import stats

    count = len(scores)
    mean = math.fsum(scores) / count
    if count < 2:
        return Spread(count, mean, math.nan, math.nan)
    deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (count - 1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * deviation / math.sqrt(count)
    return Spread(count, mean, mean - half, mean + half)


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Returns the two-sided p-value of Mann and Whitney's test, which asks only for the order of
    the scores; exact where no two are equal.
    """
    from scipy import stats

    if len({*first, *second}) == 1:
        return 1.0
    return float(stats.mannwhitneyu(first, second, alternative="two-sided").pvalue)


def least_p(first: int, second: int) -> float:
    """Returns the least p-value that `rank_test` can give for so many seeds.

    Example:
        >>> least_p(3, 3), round(least_p(5, 5), 4)
        (0.1, 0.0079)
    """
    return min(2 / math.comb(first + second, first), 1.0)
