"""The interval of a score over the rows of several folds, each of which a model of its own has
answered.

A share of right answers is that of all rows, with Wilson's interval, or that of a bootstrap over
groups.
Scores that order rows cannot be pooled so, because two models' scores have different scales
(T. Fawcett, *Pattern Recognition Letters* 27, 2006): the mean over the folds is taken, and the rows
of each fold are drawn anew.

Example:
    >>> fold = FoldAnswers.of([0, 1], [[0.1], [0.9]])
    >>> pooled_interval("accuracy", [fold] * 50)["low"]
    0.963007
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.classification import Answers, answers
from tftune.reports.measures.grouped import are_grouped, grouped_bootstrap, grouped_draws
from tftune.reports.measures.intervals import percentiles
from tftune.reports.measures.metric_names import measure_of
from tftune.reports.measures.wilson import wilson


@dataclass(frozen=True)
class FoldAnswers:
    """What one model has answered on the rows of a fold.

    Attributes:
        found: Labels and probabilities; rows without either are left out.
        units: A number for each of these rows, from 0, equal for equal inputs.
    """

    found: Answers
    units: NDArray[np.int64]

    @classmethod
    def of(cls, labels: Any, probabilities: Any, groups: Any = None) -> FoldAnswers:
        """Returns the answers of a fold.

        Args:
            labels: As for `tftune.reports.measures.classification.answers`.
            probabilities: Likewise.
            groups: A number for each row, equal for equal inputs; None where all differ.
        """
        found = answers(labels, probabilities)
        given = np.arange(len(probabilities)) if groups is None else np.asarray(groups)
        return cls(found, np.unique(given[found.rows], return_inverse=True)[1].reshape(-1))


def pooled_interval(metric: str, folds: Sequence[FoldAnswers]) -> dict[str, Any] | None:
    """Returns `low`, `high`, `rows` and `method` of the interval of 95 %; None of a metric for
    which none is known, and where a fold has no rows.

    Args:
        metric: Its name, with or without `val_`.
        folds: The answers in each fold.
    """
    name, rows = measure_of(metric), sum(len(fold.units) for fold in folds)
    if not all(len(fold.units) for fold in folds):
        return None
    grouped = any(are_grouped(fold.units) for fold in folds)
    if name == "accuracy":
        right = np.concatenate([fold.found.predicted == fold.found.labels for fold in folds])
        if grouped:
            low, high = grouped_bootstrap(lambda weights: _share(weights, right), _joined(folds))
            method = "a bootstrap over groups of equal inputs"
        else:
            (low, high), method = wilson(int(right.sum()), rows), "Wilson"
    else:
        draws = [
            grouped_draws(fold.found.labels, fold.found.probabilities, fold.units, number).get(name)
            for number, fold in enumerate(folds)
        ]
        if any(each is None for each in draws):
            return None
        kept = min(len(each) for each in draws)  # type: ignore[arg-type]
        mean = np.mean([each[:kept] for each in draws], axis=0)  # type: ignore[index]
        low, high = percentiles(mean)
        method = "a bootstrap of each fold" + (" over groups of equal inputs" if grouped else "")
    if not np.isfinite([low, high]).all():
        return None
    ends = {"low": round(float(low), 6), "high": round(float(high), 6)}
    return {**ends, "rows": rows, "method": method}


def _share(weights: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    total: NDArray[np.float64] = weights @ right / weights.sum(axis=1)
    return total


def _joined(folds: Sequence[FoldAnswers]) -> NDArray[np.int64]:
    parts, start = [], 0
    for fold in folds:
        parts.append(fold.units + start)
        start = int(parts[-1].max()) + 1
    return np.concatenate(parts)
