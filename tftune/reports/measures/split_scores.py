"""What some predictions are worth on a split: the usual measures, each with its interval.

Example:
    >>> found = split_scores("classification", [0, 1, 1, 0], [[0.2], [0.7], [0.4], [0.1]])
    >>> [(name, each["value"]) for name, each in found.items()][:3]
    [('accuracy', 0.75), ('macro_f1', 0.733333), ('auc', 1.0)]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import accuracy, answers, per_class
from tftune.reports.measures.curves import average_precision, curves, macro_area, roc_area
from tftune.reports.measures.grouped import (
    are_grouped,
    grouped_bootstrap,
    grouped_intervals,
    with_groups,
)
from tftune.reports.measures.intervals import Measure, measure
from tftune.reports.measures.wilson import wilson

SMALLEST = 1e-7  # of a probability in a logarithm, as in Keras
LOSSES = ("log_loss", "mse", "mae", "rmse")  # lower is better


def split_scores(
    kind: str, labels: Any, predicted: Any, groups: Any = None, seed: int = 0
) -> dict[str, Measure]:
    """Returns the measures of predictions on a split.

    Accuracy has Wilson's interval, everything else that of a bootstrap over groups of rows. Where
    no rows belong together, all but the loss have the intervals of
    `tftune.reports.measures.evaluation`: equal answers have equal intervals in all tables.

    Args:
        kind: `classification` or `regression`.
        labels: Numbers of classes, shape `(rows,)`; or the targets, shape `(rows, columns)`.
        predicted: Probabilities, one column or one a class; or the predicted numbers.
        groups: The group of each row, numbers from 0, shape `(rows,)`; None: none belong together.
        seed: Of all draws.

    Returns:
        `accuracy`, `macro_f1`, `auc` (of several classes the mean), of two classes
        `average_precision`, and `log_loss`; or `mae`, `rmse` and `mse`.
    """
    if kind == "regression":
        return _of_numbers(labels, predicted, groups, seed)
    found = answers(labels, predicted)
    units = np.arange(len(found.labels)) if groups is None else np.asarray(groups)[found.rows]
    units = np.unique(units, return_inverse=True)[1].reshape(-1)
    values: dict[str, Measure] = {
        "accuracy": accuracy(found),
        "macro_f1": per_class(found, seed)[1],
        "auc": macro_area(found),
    }
    if found.binary:
        positive: NDArray[np.bool_] = np.asarray(found.labels == 1)
        scores = found.probabilities[:, 1]
        both = 0 < int(positive.sum()) < len(found.labels)
        values["auc"] = roc_area(positive, scores) if both else measure(None)
        value = average_precision(positive, scores) if both else None
        values["average_precision"] = measure(value, *_perfect(positive, value))
    together = are_grouped(units)
    constant = bool((found.probabilities == found.probabilities[:1]).all())
    if constant and values["auc"]["value"] is not None:
        values["auc"] = measure(0.5)  # of any rows, so no interval
    if together or constant:  # a draw within each class would leave constant answers as they are
        ends = grouped_intervals(found.labels, found.probabilities, units, seed)
        ends = {name: each for name, each in ends.items() if name != "auc" or not constant}
        values = with_groups(values, ends)
    elif values.get("average_precision", {}).get("value") is not None:
        values["average_precision"] = curves(found, seed)[0]["average_precision"]
    told = found.probabilities[np.arange(len(found.labels)), found.labels]
    losses = -np.log(np.clip(told, SMALLEST, 1.0))
    return {**values, "log_loss": _mean_of(losses, units, seed)}


def _perfect(positive: NDArray[np.bool_], value: float | None) -> tuple[float, float]:
    """Returns the interval of a perfect average precision, which no resample shows."""
    smaller = int(min(positive.sum(), (~positive).sum()))
    perfect = value is not None and value > 1 - 1e-12
    return wilson(smaller, smaller) if perfect else (float("nan"), float("nan"))


def _of_numbers(labels: Any, predicted: Any, groups: Any, seed: int) -> dict[str, Measure]:
    truth, guess = (np.asarray(each, np.float64) for each in (labels, predicted))
    truth, guess = truth.reshape(len(truth), -1), guess.reshape(len(guess), -1)
    finite = np.flatnonzero(np.isfinite(np.hstack([truth, guess])).all(axis=1))
    wrong = truth[finite] - guess[finite]
    units = np.arange(len(truth)) if groups is None else np.asarray(groups)
    units = np.unique(units[finite], return_inverse=True)[1].reshape(-1)
    square = _mean_of(np.square(wrong).mean(axis=1), units, seed)
    roots = [None if square[end] is None else square[end] ** 0.5 for end in square]
    distance = _mean_of(np.abs(wrong).mean(axis=1), units, seed)
    return {"mae": distance, "rmse": measure(*roots), "mse": square}


def _mean_of(values: NDArray[np.float64], groups: NDArray[np.int64], seed: int) -> Measure:
    """Returns a mean over rows, with its interval."""
    if not len(values):
        return measure(None)

    def means(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = weights @ values / weights.sum(axis=1)
        return found

    return measure(float(values.mean()), *grouped_bootstrap(means, groups, seed))
