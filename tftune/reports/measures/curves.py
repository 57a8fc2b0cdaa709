"""ROC and precision-recall curves, one class against the rest, with areas and their intervals.

The area under the ROC curve has DeLong's interval (DeLong, DeLong and Clarke-Pearson 1988), taken
on the scale of its logarithmic odds; the average precision, and the bands about both curves, those
of a bootstrap that draws each of the two classes anew.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import Answers
from tftune.reports.measures.intervals import (
    Measure,
    measure,
    percentiles,
    resamples,
    rounded,
    strata_weights,
)
from tftune.reports.measures.wilson import Z, wilson

MOST_POINTS = 200  # of a curve
MOST_CURVES = 12
BAND_POINTS = 41
_CHUNK = 4_000_000  # numbers in memory at a time


def curves(found: Answers, seed: int = 0) -> list[dict[str, Any]]:
    """Returns the curves of each class against the rest; of two classes only the second's.

    Of more than 12 classes those with the most rows have curves and an interval of the average
    precision; all have areas.

    Args:
        found: The answers.
        seed: Of the bootstrap.

    Returns:
        For each class `{"class", "rows", "roc_auc", "average_precision", "roc", "pr"}`; a curve is
        `{"x", "y", "band_x", "low", "high"}`, or None, as the areas are, where the test rows lack
        the class or all others.
    """
    numbers = [1] if found.binary else range(len(found.names))
    table = []
    sizes = np.bincount(found.labels, minlength=len(found.names))
    drawn = set(sorted(numbers, key=lambda number: -sizes[number])[:MOST_CURVES])
    points = max(24, MOST_POINTS // max(1, len(drawn) // 2))
    for number in numbers:
        positive = found.labels == number
        scores = found.probabilities[:, number]
        one: dict[str, Any] = {"class": found.names[number], "rows": int(positive.sum())}
        if not 0 < positive.sum() < len(positive):
            table.append(one | dict.fromkeys(("roc_auc", "average_precision", "roc", "pr")))
            continue
        one["roc_auc"] = roc_area(positive, scores)
        precision = average_precision(positive, scores)
        table.append(one)
        if number not in drawn:
            one |= {"average_precision": measure(precision), "roc": None, "pr": None}
            continue
        count = resamples(len(scores) * len(drawn))
        ends, bands = _resampled(positive, scores, seed, count)
        if precision > 1 - 1e-12:  # every resample would be perfect, too
            smaller = int(min(positive.sum(), (~positive).sum()))
            ends = wilson(smaller, smaller)
        one["average_precision"] = measure(precision, *ends)
        lines = roc_points(positive, scores), pr_points(positive, scores)
        for name, line, band in zip(("roc", "pr"), lines, bands, strict=True):
            one[name] = _thinned(*line, points) | band
    return table


def roc_area(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> Measure:
    """Returns the area under the ROC curve with DeLong's interval.

    Where no variance can be estimated, because the classes are apart altogether or one of them has
    a single row, the interval is Wilson's for as many rows as the smaller class has.
    """
    placed, others = _placements(positive, scores)
    return _area_interval([placed], [others])


def macro_area(found: Answers) -> Measure:
    """Returns the mean of the areas of all classes that are in the rows, with its interval: the
    contributions of each row to all of them are added up before their variance is taken.
    """
    parts = []
    for number in range(len(found.names)):
        positive = found.labels == number
        if 0 < positive.sum() < len(positive):
            placed, others = _placements(positive, found.probabilities[:, number])
            whole = np.empty(len(positive))
            area = placed.mean()
            whole[positive] = (placed - area) / len(placed)
            whole[~positive] = (others - area) / len(others)
            parts.append((area, whole))
    if not parts:
        return measure(None)
    value = float(np.mean([area for area, _ in parts]))
    spread = float(np.square(np.mean([whole for _, whole in parts], axis=0)).sum())
    smallest = min(
        int(size) for size in np.bincount(found.labels, minlength=len(found.names)) if size
    )
    return measure(value, *_logit_interval(value, spread, smallest))


def _placements(
    positive: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns for each positive row the share of the others below it, and for each of the others
    the share of the positive ones above it; equal scores count half.
    """
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    above, below = int(positive.sum()), int((~positive).sum())
    placed = (ranks[positive] - rankdata(scores[positive])) / below
    others = 1 - (ranks[~positive] - rankdata(scores[~positive])) / above
    return placed, others


def _area_interval(placed: list[NDArray[np.float64]], others: list[NDArray[np.float64]]) -> Measure:
    area = float(placed[0].mean())
    sizes = len(placed[0]), len(others[0])
    if min(sizes) < 2:
        spread = 0.0
    else:
        spread = float(placed[0].var(ddof=1) / sizes[0] + others[0].var(ddof=1) / sizes[1])
    return measure(area, *_logit_interval(area, spread, min(sizes)))


def _logit_interval(area: float, variance: float, smallest: int) -> tuple[float, float]:
    if variance <= 1e-18 or not 0 < area < 1:
        return wilson(area * smallest, smallest)
    odds = math.log(area / (1 - area))
    half = Z * math.sqrt(variance) / (area * (1 - area))
    low, high = odds - half, odds + half
    return 1 / (1 + math.exp(-max(low, -700.0))), 1 / (1 + math.exp(-min(high, 700.0)))


def average_precision(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Returns the area under the precision-recall curve, as scikit-learn's
    `average_precision_score` defines it.
    """
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(positive, scores))


def roc_points(
    positive: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the false positive rates and the true positive rates of all thresholds."""
    from sklearn.metrics import roc_curve

    x, y, _ = roc_curve(positive, scores)
    return x, y


def pr_points(
    positive: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns recall and precision of all thresholds, by growing recall."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, scores)
    return recall[::-1], precision[::-1]


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64], most: int) -> dict[str, Any]:
    """Returns a curve of at most so many points, with its ends."""
    if len(x) > most:
        kept = np.unique(np.linspace(0, len(x) - 1, most).round().astype(np.int64))
        x, y = x[kept], y[kept]
    return {"x": _numbers(x), "y": _numbers(y)}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [rounded(round(float(value), 4)) for value in values]


def _resampled(
    positive: NDArray[np.bool_], scores: NDArray[np.float64], seed: int, count: int
) -> tuple[tuple[float, float], tuple[dict[str, Any], dict[str, Any]]]:
    """Returns the interval of the average precision and the bands about both curves."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # a threshold each
    hits = positive[order]
    grid = np.linspace(0, 1, BAND_POINTS)
    areas, roc, precision = [], [], []
    step = max(1, _CHUNK // len(scores))
    for part, start in enumerate(range(0, count, step)):
        weights = strata_weights(
            hits.astype(np.int64), seed + 7919 * part, min(step, count - start)
        )
        true = np.cumsum(weights * hits, axis=1)[:, ends]
        false = np.cumsum(weights * ~hits, axis=1)[:, ends]
        recall, rate = true / true[:, -1:], false / false[:, -1:]
        right = np.divide(true, true + false, out=np.ones_like(true), where=true + false > 0)
        areas.append((np.diff(recall, axis=1, prepend=0) * right).sum(axis=1))
        for row in range(len(weights)):
            roc.append(np.interp(grid, np.append(0, rate[row]), np.append(0, recall[row])))
            first = np.searchsorted(recall[row], grid, side="left").clip(max=len(ends) - 1)
            precision.append(right[row][first])
    return percentiles(np.concatenate(areas)), (
        _band(grid, np.array(roc)),
        _band(grid, np.array(precision)),
    )


def _band(grid: NDArray[np.float64], values: NDArray[np.float64]) -> dict[str, Any]:
    low, high = np.percentile(values, [2.5, 97.5], axis=0)
    return {"band_x": _numbers(grid), "low": _numbers(low), "high": _numbers(high)}
