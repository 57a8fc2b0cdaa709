"""Intervals where rows belong together: a bootstrap that draws groups of rows, not rows.

Equal inputs are no independent witnesses: drawn row by row, as if they were, they give intervals
that are too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.intervals import measure, percentiles, resamples

MOST_CLASSES = 12  # whose areas are drawn again
_CHUNK = 4_000_000  # numbers in memory at a time
Ends = tuple[float, float]


def group_weights(groups: NDArray[np.integer], seed: int, count: int) -> NDArray[np.float64]:
    """Returns how often each row is drawn when as many groups as there are, are drawn anew.

    Args:
        groups: The group of each row, numbers from 0, shape `(rows,)`.
        seed: Of the draws.
        count: How many times.

    Returns:
        Shape `(count, rows)`; rows of one group are drawn equally often. NaN where there is one
        group alone: it tells nothing of others.

    Example:
        >>> weights = group_weights(np.array([0, 0, 1]), seed=0, count=4)
        >>> bool((weights[:, 0] == weights[:, 1]).all()), (weights[:, 1] + weights[:, 2]).tolist()
        (True, [2.0, 2.0, 2.0, 2.0])
    """
    size = int(groups.max(initial=-1)) + 1
    if size < 2:
        return np.full((count, len(groups)), np.nan)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(size, np.full(size, 1 / size), size=count)
    return drawn[:, groups].astype(np.float64)


def are_grouped(groups: Any) -> bool:
    """Returns whether some rows belong together.

    Example:
        >>> are_grouped(np.array([0, 1, 1])), are_grouped(np.array([0, 1])), are_grouped(None)
        (True, False, False)
    """
    return groups is not None and int(np.max(groups, initial=-1)) + 1 < len(groups)


def grouped_draws(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    groups: NDArray[np.integer],
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """Returns what is measured on rows that are drawn again, group by group; the same draws for
    every model on the same rows, so that differences are paired.

    Args:
        labels: Numbers of classes, shape `(rows,)`.
        probabilities: Shape `(rows, classes)`.
        groups: The group of each row, numbers from 0, shape `(rows,)`.
        seed: Of the draws.

    Returns:
        `auc` and `macro_f1`, and of two classes also `average_precision`, shape `(draws,)` each;
        NaN where a draw has none.
    """
    classes = probabilities.shape[1]
    count = resamples(len(labels) * min(max(classes - 1, 1), MOST_CLASSES))
    numbers = [1] if classes == 2 else list(range(classes))
    predicted = probabilities.argmax(axis=1)
    drawn: dict[str, list[NDArray[np.float64]]] = {"macro_f1": []}
    rankings: list[Ranking] = []
    if classes <= MOST_CLASSES:
        drawn["auc"] = []
        rankings = [Ranking(labels == number, probabilities[:, number]) for number in numbers]
    if classes == 2:
        drawn["average_precision"] = []
    for weights in weights_of(groups, seed, count):
        drawn["macro_f1"].append(weighted_macro_f1(labels, predicted, weights, classes))
        areas = [ranking.areas(weights) for ranking in rankings]
        if rankings:
            drawn["auc"].append(_mean([each[0] for each in areas]))
        if classes == 2:
            drawn["average_precision"].append(areas[0][1])
    return {name: np.concatenate(parts) for name, parts in drawn.items()}


def weights_of(groups: NDArray[np.integer], seed: int, count: int) -> Iterator[NDArray[np.float64]]:
    """Yields `group_weights` in parts that fit into memory.

    Args:
        groups: The group of each row, numbers from 0, shape `(rows,)`.
        seed: Of the draws.
        count: How many times in all.
    """
    step = max(1, _CHUNK // max(len(groups), 1))
    for part, start in enumerate(range(0, count, step)):
        yield group_weights(groups, seed + 7919 * part, min(step, count - start))


def grouped_intervals(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    groups: NDArray[np.integer],
    seed: int = 0,
) -> dict[str, Ends]:
    """Returns the intervals (95 %) of what `grouped_draws` measures.

    Args:
        labels: As for `grouped_draws`.
        probabilities: Likewise.
        groups: Likewise.
        seed: Of the draws.
    """
    drawn = grouped_draws(labels, probabilities, groups, seed)
    return {name: percentiles(values) for name, values in drawn.items()}


class Ranking:
    """Rows in the order of their scores, for areas under curves of many weights.

    Args:
        positive: Whether each row is of the class, shape `(rows,)`.
        scores: How sure a model is of that, likewise.

    Example:
        >>> ranking = Ranking(np.array([False, True, True]), np.array([0.1, 0.1, 0.9]))
        >>> [area.tolist() for area in ranking.areas(np.ones((1, 3)))]  # ROC, average precision
        [[0.75], [0.8333333333333333]]
    """

    def __init__(self, positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
        self._order = np.argsort(-scores, kind="stable")
        self._hits = positive[self._order]
        # the last row of each threshold
        self._ends = np.flatnonzero(np.append(np.diff(scores[self._order]) != 0, True))

    def areas(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Returns the area under the ROC curve and the average precision, shape `(draws,)` each;
        NaN where a draw has no row of the class, or none but these.

        Args:
            weights: How often each row counts, shape `(draws, rows)`.
        """
        ordered = weights[:, self._order]
        true = np.cumsum(ordered * self._hits, axis=1)[:, self._ends]
        false = np.cumsum(ordered * ~self._hits, axis=1)[:, self._ends]
        there = (true[:, -1] > 0) & (false[:, -1] > 0)
        positives, others = (np.where(there, each[:, -1], np.nan) for each in (true, false))
        before = np.concatenate([np.zeros((len(true), 1)), true[:, :-1]], axis=1)
        steps = np.diff(false, axis=1, prepend=0)
        area = (steps * (true + before) / 2).sum(axis=1) / (positives * others)
        right = np.divide(true, true + false, out=np.ones_like(true), where=true + false > 0)
        rises = np.diff(true, axis=1, prepend=0) / positives[:, np.newaxis]
        return area, (rises * right).sum(axis=1)


def weighted_macro_f1(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    weights: NDArray[np.float64],
    classes: int,
) -> NDArray[np.float64]:
    """Returns the mean F1 of the classes that have a weight, for each row of weights.

    Example:
        >>> labels, predicted = np.array([0, 0, 1]), np.array([0, 1, 1])
        >>> weighted_macro_f1(labels, predicted, np.ones((1, 3)), 2).round(4).tolist()
        [0.6667]
    """
    values = []
    for number in range(classes):
        of, taken = labels == number, predicted == number
        right, support = weights @ (of & taken), weights @ of
        whole = support + weights @ taken
        values.append(
            np.divide(2 * right, whole, out=np.full(len(weights), np.nan), where=support > 0)
        )
    return _mean(values)


def _mean(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Returns means over the classes; what has no value does not count."""
    table = np.array(values)
    there = np.isfinite(table)
    total = np.where(there, table, 0.0).sum(axis=0)
    counts = there.sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def grouped_bootstrap(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    groups: NDArray[np.integer],
    seed: int = 0,
) -> Ends:
    """Returns the interval of a statistic of weighted rows.

    Args:
        statistic: Of weights, shape `(draws, rows)`; a value for each draw.
        groups: The group of each row, numbers from 0, shape `(rows,)`.
        seed: Of the draws.

    Example:
        >>> values, groups = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
        >>> mean = lambda weights: weights @ values / weights.sum(axis=1)
        >>> grouped_bootstrap(mean, groups)
        (0.0, 1.0)
    """
    drawn = [statistic(weights) for weights in weights_of(groups, seed, resamples(len(groups)))]
    return percentiles(np.concatenate(drawn))


def with_groups(metrics: Mapping[str, Any], ends: Mapping[str, Ends]) -> dict[str, Any]:
    """Returns measures with the intervals of a bootstrap over groups in place of their own; a
    perfect value keeps its own, since every resample would be perfect, too.

    Example:
        >>> with_groups({"auc": {"value": 0.8, "low": 0.7, "high": 0.9}}, {"auc": (0.6, 0.95)})
        {'auc': {'value': 0.8, 'low': 0.6, 'high': 0.95}}
    """
    found = dict(metrics)
    for name, (low, high) in ends.items():
        value = (found.get(name) or {}).get("value")
        if value is not None and value < 1 - 1e-12:
            found[name] = measure(value, low, high)
    return found
