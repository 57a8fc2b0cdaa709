"""The distribution of scores: what the best tenth spreads over, and how many fall where.

Example:
    >>> summary = summary_of([0.9, 0.8, 0.7, 0.6], "max")
    >>> summary.gap, summary.median
    (0.1, 0.75)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tftune.journal.status import loss_of

_LEAST_BINS, _MOST_BINS = 1, 30


@dataclass(frozen=True)
class Spread:
    """How scores are spread.

    Attributes:
        count: How many there are.
        best: The best.
        gap: How far the second best is behind, at least 0; None if there is none.
        ties: How many have the best score.
        median: The one in the middle.
        worst: The worst.
        tenth: How many the best tenth are, rounded up.
        tenth_quartiles: Lower quartile, median and upper quartile of them.
    """

    count: int
    best: float
    gap: float | None
    ties: int
    median: float
    worst: float
    tenth: int
    tenth_quartiles: tuple[float, float, float]


def summary_of(scores: Sequence[float], direction: str) -> Spread:
    """Returns how scores are spread.

    Args:
        scores: At least one.
        direction: `max` or `min`.
    """
    ranked = sorted(scores, key=lambda score: loss_of(score, direction))
    tenth = ranked[: math.ceil(len(ranked) / 10)]
    quartiles = quartiles_of(tenth)
    gap = round(abs(ranked[0] - ranked[1]), 12) if len(ranked) > 1 else None
    return Spread(
        len(ranked),
        ranked[0],
        gap,
        ranked.count(ranked[0]),
        median(ranked),
        ranked[-1],
        len(tenth),
        quartiles,
    )


def quartiles_of(values: Sequence[float]) -> tuple[float, float, float]:
    """Returns the quartiles, between the values where need be.

    Example:
        >>> quartiles_of([1.0, 2.0, 3.0, 4.0, 5.0]), quartiles_of([7.0])
        ((2.0, 3.0, 4.0), (7.0, 7.0, 7.0))
    """
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


def edges_of(values: Sequence[float], log: bool = False) -> list[float]:
    """Returns the edges of the bins of a histogram: as many as the root of the number of values,
    at most 30, evenly spaced or, on a logarithmic axis, in equal ratios.

    Example:
        >>> edges_of([0.0, 1.0, 2.0, 4.0]), edges_of([1.0, 10.0, 100.0, 100.0], log=True)
        ([0.0, 2.0, 4.0], [1.0, 10.0, 100.0])
    """
    low, high = min(values), max(values)
    if low == high:
        margin = abs(low) * 0.01 or 0.5
        return [low - margin, high + margin]
    count = min(max(math.ceil(math.sqrt(len(values))), _LEAST_BINS), _MOST_BINS)
    if log:
        ratio = math.log(high) - math.log(low)
        inner = [low * math.exp(ratio * index / count) for index in range(1, count)]
    else:
        inner = [low + (high - low) * index / count for index in range(1, count)]
    return [low, *(float(f"{edge:.12g}") for edge in inner), high]


def histogram(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Returns how many values fall into each bin; an inner edge belongs to the bin above it.

    Example:
        >>> histogram([0.0, 1.0, 2.0, 4.0], [0.0, 2.0, 4.0])
        [2, 2]
    """
    from bisect import bisect_right

    counts = [0] * (len(edges) - 1)
    for value in values:
        place = min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)
        counts[place] += 1
    return counts
