"""The score by distance to the nearest training row: what a model has learnt, and what it only
remembers.

Rows of equal inputs are drawn together, for their errors are the same: B. Efron and R. Tibshirani,
*An Introduction to the Bootstrap*, 1993, chapter 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import Answers
from tftune.reports.measures.grouped import Ranking, group_weights
from tftune.reports.measures.intervals import Measure, measure, percentiles, resamples
from tftune.reports.measures.wilson import wilson

LEAST = 5  # inputs of the rarer class, below which a bootstrap says nothing of an area
# edits, both ends included; None is no end
DISTANCES = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 8), (9, None))


def by_distance(
    found: Answers,
    distances: NDArray[np.int64],
    groups: NDArray[np.int64],
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Returns the score of the rows at each distance from the training rows, and of all.

    Args:
        found: The answers.
        distances: Of each row of the data to the nearest training row, shape `(n,)`.
        groups: Number of the input of each row, equal for equal ones, shape `(n,)`.
        seed: Of the bootstrap.

    Returns:
        For each of `DISTANCES` that has rows, and last for all rows: `from` and `to`, None without
        an end; `rows`; `inputs`, how many of them differ; `class_rows`, those of each class;
        `accuracy`, and `auc` of two classes, each with the interval (95 %) of a bootstrap that
        draws inputs; Wilson's where all or no rows are right, which a bootstrap cannot doubt. An
        area has none where a class has fewer than 5 inputs.

    Example:
        >>> from tftune.reports.measures.classification import answers
        >>> found = answers([0, 1, 1], [[0.2], [0.7], [0.4]])
        >>> table = by_distance(found, np.array([0, 0, 12]), np.array([0, 1, 2]))
        >>> [(one["from"], one["to"], one["rows"], one["accuracy"]["value"]) for one in table]
        [(0, 0, 2, 1.0), (9, None, 1, 0.0), (0, None, 3, 0.666667)]
    """
    distances, groups = distances[found.rows], groups[found.rows]
    table = []
    for low, high in (*DISTANCES, (0, None)):
        inside = distances >= low
        if high is not None:
            inside &= distances <= high
        if inside.any():
            ends = {"from": low, "to": high}
            table.append(ends | _scores(found, np.flatnonzero(inside), groups, seed))
    return table


def _scores(
    found: Answers, rows: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> dict[str, Any]:
    labels = found.labels[rows]
    right = (labels == found.predicted[rows]).astype(np.float64)
    names, places = np.unique(groups[rows], return_inverse=True)
    inputs = places.reshape(-1)
    drawn = group_weights(inputs, seed, resamples(len(rows)))
    return {
        "rows": len(rows),
        "inputs": len(names),
        "class_rows": np.bincount(labels, minlength=len(found.names)).tolist(),
        "accuracy": _measure(float(right.mean()), drawn @ right / drawn.sum(axis=1), len(names)),
        "auc": _auc(labels == 1, found.probabilities[rows, 1], inputs, drawn)
        if found.binary
        else None,
    }


def _measure(value: float, drawn: NDArray[np.float64], inputs: int) -> Measure:
    if value in (0.0, 1.0):
        return measure(value, *wilson(value * inputs, inputs))
    return measure(value, *percentiles(drawn))


def _auc(
    positive: NDArray[np.bool_],
    scores: NDArray[np.float64],
    inputs: NDArray[np.int64],
    drawn: NDArray[np.float64],
) -> Measure:
    if positive.all() or not positive.any():
        return measure(None)
    ranking = Ranking(positive, scores)
    value = float(ranking.areas(np.ones((1, len(scores))))[0][0])
    rarer = min(len(np.unique(inputs[positive])), len(np.unique(inputs[~positive])))
    if rarer < LEAST:
        return measure(value)
    return _measure(value, ranking.areas(drawn)[0], rarer)
