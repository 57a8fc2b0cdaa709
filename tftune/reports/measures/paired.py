"""Whether one of two models is better on the rows that both have answered, by a bootstrap that
draws the same rows for both, group by group where rows belong together.

Example:
    >>> labels = np.array([0, 1] * 20)
    >>> sure, guess = np.column_stack([1 - labels, labels]), np.full((40, 2), 0.5)
    >>> found = paired_difference("accuracy", "classification", labels, sure, guess)
    >>> found.first, found.second, found.better
    (1.0, 0.5, 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import answers
from tftune.reports.measures.comparison import Difference, McNemar, difference, mcnemar
from tftune.reports.measures.grouped import grouped_draws, weights_of
from tftune.reports.measures.intervals import resamples
from tftune.reports.measures.split_scores import LOSSES, SMALLEST, split_scores


@dataclass(frozen=True)
class Paired:
    """Two models on the same rows.

    Attributes:
        measure: What they are compared by.
        first: What the first is worth.
        second: What the second is worth.
        difference: Of the first less the second, with its 95 % interval.
        better: 1 or 2, which is better; 0 where the interval contains 0: this is noise.
        mcnemar: Of the rows that only one has right; None where there are no classes.
    """

    measure: str
    first: float
    second: float
    difference: Difference
    better: int
    mcnemar: McNemar | None = None


def paired_difference(
    name: str,
    kind: str,
    labels: Any,
    first: Any,
    second: Any,
    groups: Any = None,
    seed: int = 0,
) -> Paired | None:
    """Returns how two models differ, or None where the measure is not defined on the rows.

    Args:
        name: A measure of `split_scores`.
        kind: `classification` or `regression`.
        labels: As for `split_scores`.
        first: What the first model answers, as for `split_scores`.
        second: What the second answers.
        groups: The group of each row, shape `(rows,)`; None: none belong together.
        seed: Of the draws.
    """
    sides = [np.asarray(each, np.float64).reshape(len(each), -1) for each in (first, second)]
    units = np.arange(len(sides[0])) if groups is None else np.asarray(groups)
    rows = _answered(kind, labels, sides)
    if not len(rows):
        return None
    labels, sides = np.asarray(labels)[rows], [side[rows] for side in sides]
    units = np.unique(units[rows], return_inverse=True)[1].reshape(-1)
    values = [split_scores(kind, labels, side, units, seed)[name]["value"] for side in sides]
    if values[0] is None or values[1] is None:
        return None
    drawn = [_drawn(name, kind, labels, side, units, seed) for side in sides]
    between = difference(values[0] - values[1], drawn[0] - drawn[1])
    better = 0
    if between.low > 0 or between.high < 0:
        better = 1 if (between.low > 0) != (name in LOSSES) else 2
    test = None
    if kind == "classification":
        told = [answers(labels, side) for side in sides]
        test = mcnemar(*(each.predicted == each.labels for each in told))
    return Paired(name, values[0], values[1], between, better, test)


def _answered(kind: str, labels: Any, sides: list[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Returns the rows whose label is known and that both models have answered by numbers."""
    if kind == "classification":
        first, second = (answers(labels, side).rows for side in sides)
        return np.intersect1d(first, second)
    truth = np.asarray(labels, np.float64).reshape(len(sides[0]), -1)
    return np.flatnonzero(np.isfinite(np.hstack([truth, *sides])).all(axis=1))


def _drawn(
    name: str,
    kind: str,
    labels: Any,
    side: NDArray[np.float64],
    units: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    """Returns a measure on rows that are drawn again."""
    if name in ("auc", "average_precision", "macro_f1"):
        told = answers(labels, side)
        return grouped_draws(told.labels, told.probabilities, units, seed)[name]
    values = _of_rows(name, kind, labels, side)
    found = np.concatenate(list(_means(values, units, seed)))
    roots: NDArray[np.float64] = np.sqrt(found) if name == "rmse" else found
    return roots


def _means(
    values: NDArray[np.float64], groups: NDArray[np.int64], seed: int
) -> Iterator[NDArray[np.float64]]:
    for weights in weights_of(groups, seed, resamples(len(values))):
        yield weights @ values / weights.sum(axis=1)


def _of_rows(name: str, kind: str, labels: Any, side: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns what each row contributes to a measure that is a mean over rows."""
    if kind == "regression":
        wrong = np.asarray(labels, np.float64).reshape(len(side), -1) - side
        distance = np.abs(wrong) if name == "mae" else np.square(wrong)
        means: NDArray[np.float64] = distance.mean(axis=1)
        return means
    told = answers(labels, side)
    if name == "accuracy":
        right: NDArray[np.float64] = (told.predicted == told.labels).astype(np.float64)
        return right
    probabilities = told.probabilities[np.arange(len(told.labels)), told.labels]
    losses: NDArray[np.float64] = -np.log(np.clip(probabilities, SMALLEST, 1.0))
    return losses
