"""How far a score is chance: intervals from the number of rows, and what choosing the best adds.

Example:
    >>> round(auc_error(0.8, 50, 50), 4), round(expected_top(10), 2)
    (0.0445, 1.55)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

from tftune.reports.analysis.trials import is_finite
from tftune.reports.measures.metric_names import measure_of, plain_name
from tftune.reports.measures.wilson import Z, wilson

_LEAST_BENDS = 4


def auc_error(auc: float, positives: int, negatives: int) -> float:
    """Returns the standard error of an area under the ROC curve (Hanley & McNeil 1982).

    Args:
        auc: Between 0 and 1.
        positives: Rows of the positive class, at least 1.
        negatives: The others, at least 1.
    """
    both_positive, both_negative = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    variance = (
        auc * (1 - auc)
        + (positives - 1) * (both_positive - auc * auc)
        + (negatives - 1) * (both_negative - auc * auc)
    ) / (positives * negatives)
    return math.sqrt(max(variance, 0.0))


@dataclass(frozen=True)
class Interval:
    """The interval of a score, 95 %.

    Attributes:
        low: Its lower end.
        high: Its upper end.
        method: How it was computed, in words.
    """

    low: float
    high: float
    method: str


def interval_of(
    metric: str, value: Any, split: str, data: Mapping[str, Any]
) -> tuple[Interval | None, str]:
    """Returns the interval of a metric on a split, from what the journal tells of the data, and
    why there is none.

    Args:
        metric: Its name, with or without `val_`.
        value: What it was.
        split: `validation` or `test`.
        data: What the header of the journal tells of the data.
    """
    plain = plain_name(metric)
    rows = data.get(split)
    if not is_finite(value) or not 0 <= value <= 1:
        return None, "no interval: this is no share between 0 and 1"
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        return None, f"no interval: the rows of the {split} split are not recorded"
    if is_accuracy(metric):
        return Interval(*wilson(value * rows, rows), f"Wilson, {rows:,} rows"), ""
    if not is_auc(metric):
        return None, f"no interval: none is known for {plain} from a number of rows alone"
    counts = data.get("positives")
    positives = counts.get(split) if isinstance(counts, Mapping) else None
    if not isinstance(positives, int) or not 0 < positives < rows:
        return None, "no interval: how many rows are positive is not recorded"
    half = Z * auc_error(value, positives, rows - positives)
    method = f"Hanley-McNeil, {positives:,} positive and {rows - positives:,} negative rows"
    return Interval(max(value - half, 0.0), min(value + half, 1.0), method), ""


def is_accuracy(metric: str) -> bool:
    """Returns whether a metric is the share of rows that are answered rightly."""
    return measure_of(metric) == "accuracy"


def is_auc(metric: str) -> bool:
    """Returns whether a metric is the area under the ROC curve."""
    return measure_of(metric) == "auc"


def expected_top(count: int) -> float:
    """Returns the expected greatest of `count` standard normal numbers, by Blom's approximation:
    the quantile at (n - 0.375) / (n + 0.25).
    """
    return NormalDist().inv_cdf((count - 0.375) / (count + 0.25)) if count > 1 else 0.0


def jitter(curve: Sequence[tuple[int, float]], epoch: int, around: int = 5) -> float | None:
    """Returns how much a curve jumps from epoch to epoch near one: the median of |v(e) - (v(e - 1)
    + v(e + 1)) / 2| divided by 0.6745 sqrt(1.5), which is the standard deviation of the noise where
    the curve is straight and its noise normal. None with fewer than 4 such points.

    Args:
        curve: Pairs of an epoch and a value.
        epoch: The middle.
        around: How many epochs on either side are looked at.

    Example:
        >>> flat = [(epoch, 0.8) for epoch in range(1, 8)]
        >>> jitter(flat, 4), jitter(flat[:3], 2)
        (0.0, None)
    """
    values = dict(curve)
    bends = [
        abs(values[each] - (values[each - 1] + values[each + 1]) / 2)
        for each in range(epoch - around, epoch + around + 1)
        if all(is_finite(values.get(near)) for near in (each - 1, each, each + 1))
    ]
    return median(bends) / (0.6745 * math.sqrt(1.5)) if len(bends) >= _LEAST_BENDS else None


@dataclass(frozen=True)
class Optimism:
    """By how much the best of many noisy scores is expected to flatter.

    Attributes:
        contenders: Trials within two standard deviations of the best: any of them may be as good.
        amount: The noise times the expected greatest of so many standard normal numbers.
    """

    contenders: int
    amount: float


def optimism_of(losses: Sequence[float], noise: float) -> Optimism:
    """Returns how far choosing the best flatters.

    Args:
        losses: Lower is better, one a trial; not empty.
        noise: Standard deviation of one score about its true value.

    Example:
        >>> optimism = optimism_of([0.10, 0.11, 0.12, 0.50], noise=0.01)
        >>> optimism.contenders, round(optimism.amount, 4)
        (3, 0.0087)
    """
    best = min(losses)
    contenders = sum(loss <= best + 2 * noise * (1 + 1e-9) for loss in losses)
    return Optimism(contenders, noise * expected_top(contenders))
