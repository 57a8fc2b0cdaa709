"""Whether one model is better than another, or the difference is noise: paired tests on the rows
that both have answered, and a comparison of searches over their seeds.

Example:
    >>> test = mcnemar([True] * 9 + [False], [False] * 9 + [True])
    >>> test.only_first, test.only_second, round(test.p, 4)  # 2 * (1 + 10) / 2**10
    (9, 1, 0.0215)
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

RESAMPLES = 1000
LEVEL = 0.95
Score = Callable[[Any, Any], float]


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test: of the rows that only one of two models has right, each has half if
    they are equally good.

    Attributes:
        only_first: Rows that only the first has right.
        only_second: Rows that only the second has right.
        p: Two-sided.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first_right: Any, second_right: Any) -> McNemar:
    """Returns McNemar's exact test of two models on the same rows.

    Args:
        first_right: Whether the first model has each row right, shape (rows,).
        second_right: The same for the second.
    """
    import numpy as np
    from scipy import stats

    first, second = np.asarray(first_right, bool), np.asarray(second_right, bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    total = only_first + only_second
    p = float(stats.binomtest(only_first, total, 0.5).pvalue) if total else 1.0
    return McNemar(only_first, only_second, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values that are corrected for their number by Holm's method, in the same order."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(order):
        least = max(least, min((len(p_values) - rank) * p_values[place], 1.0))
        corrected[place] = least
    return corrected


@dataclass(frozen=True)
class Difference:
    """A paired bootstrap of the first score less the second.

    Attributes:
        value: On all rows.
        low: Lower end of the 95 % interval.
        high: Its upper end.
        p: Two-sided; it cannot be less than 2 / (resamples + 1).
    """

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Metric:
    """What models are compared by.

    Attributes:
        name: For people.
        higher_is_better: Whether it is.
        score: Returns it from labels, shape (rows,), and answers, shape (rows, classes).
    """

    name: str
    higher_is_better: bool
    score: Score


def resampled_scores(
    score: Score,
    labels: Any,
    answers: Sequence[Any],
    resamples: int = RESAMPLES,
    seed: int = 0,
    groups: Any = None,
) -> np.ndarray:
    """Returns the scores of several models on the same resamples of the rows.

    Args:
        score: Of labels and the answers of one model.
        labels: Shape (rows,).
        answers: Of each model, shape (rows, classes).
        resamples: How many are drawn.
        seed: Of the draws.
        groups: A number for each row, from 0, equal for rows that are drawn together, shape
            (rows,); None: each row is drawn alone.

    Returns:
        Shape (models, resamples); NaN where a resample has no score.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    scores = np.full((len(answers), resamples), math.nan)
    for place in range(resamples):
        if groups is None:
            rows = generator.integers(0, len(labels), len(labels))
        else:
            size = int(np.max(groups)) + 1
            often = np.bincount(generator.integers(0, size, size), minlength=size)
            rows = np.repeat(np.arange(len(labels)), often[groups])
        for model, answer in enumerate(answers):
            scores[model, place] = safely(score, labels[rows], answer[rows])
    return scores


def safely(score: Score, labels: Any, answers: Any) -> float:
    """Returns a score, or NaN where the rows have none, such as rows of one class only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(score(labels, answers))
        except (ValueError, ZeroDivisionError):
            return math.nan


def difference(value: float, drawn: Any) -> Difference:
    """Returns the interval and the p-value of a difference from its resamples.

    Args:
        value: The difference on all rows.
        drawn: Of the resamples; NaN is left out.
    """
    import numpy as np

    drawn = np.asarray(drawn, float)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Difference(value, math.nan, math.nan, 1.0)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    below, above = int((drawn <= 0).sum()), int((drawn >= 0).sum())
    p = min(2 * (1 + min(below, above)) / (len(drawn) + 1), 1.0)
    return Difference(value, float(low), float(high), p)


def classes_of(answers: Any) -> np.ndarray:
    """Returns the class of each row: of one column, of the second class, beyond one half."""
    import numpy as np

    answers = np.asarray(answers)
    if answers.ndim == 1 or answers.shape[1] == 1:
        second: np.ndarray = answers.reshape(len(answers)) > 0.5  # a tie is the first, as in Keras
        return second.astype(int)
    found: np.ndarray = answers.argmax(axis=1)
    return found


def metric_for(objective: str, answers: Any, classes: bool = True) -> Metric:
    """Returns the metric of a test split that is nearest to an objective.

    Args:
        objective: Name of a metric of Keras, such as `val_auc`.
        answers: Shape (rows, columns).
        classes: Whether labels are numbers of classes, else what is to be predicted.
    """
    import numpy as np

    if not classes:
        return Metric("mean absolute error", False, _absolute_error)
    name = objective.removeprefix("val_").lower()
    width = 1 if np.ndim(answers) == 1 else np.shape(answers)[1]
    if any(word in name for word in ("pr_auc", "average_precision", "auprc")) and width < 3:
        return Metric("average precision", True, _average_precision)
    if "auc" in name:
        return Metric("auc", True, _auc)
    if "f1" in name:
        return Metric("macro F1", True, _macro_f1)
    if "loss" in name or "crossentropy" in name:
        return Metric("log loss", False, _log_loss)
    return Metric("accuracy", True, accuracy)


def is_classes(labels: Any) -> bool:
    """Whether labels are numbers of classes."""
    import numpy as np

    labels = np.asarray(labels)
    return bool(labels.dtype.kind in "biu" or (labels == np.round(labels)).all())


def accuracy(labels: Any, answers: Any) -> float:
    """Returns the share of rows whose class is right."""
    return float((classes_of(answers) == labels).mean())


def _absolute_error(labels: Any, answers: Any) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(labels, answers.reshape(len(labels), -1)[:, 0]))


def _of_second(answers: Any) -> Any:
    """Returns the probability of the second of two classes."""
    return answers.reshape(len(answers), -1)[:, -1]


def _auc(labels: Any, answers: Any) -> float:
    flat = answers.reshape(len(answers), -1)
    if flat.shape[1] <= 2:
        return _area(labels == 1, flat[:, -1])
    areas = [_area(labels == place, flat[:, place]) for place in range(flat.shape[1])]
    return math.fsum(areas) / len(areas)


def _area(positive: Any, scores: Any) -> float:
    """Returns the share of pairs of a positive and another row that are the right way round, equal
    scores counted half, by Mann and Whitney's sum of ranks; scikit-learn's takes 20 times as long.
    """
    from scipy import stats

    count = int(positive.sum())
    others = len(positive) - count
    ranks = stats.rankdata(scores)[positive].sum()
    return float(ranks - count * (count + 1) / 2) / (count * others)


def _average_precision(labels: Any, answers: Any) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(labels, _of_second(answers)))


def _macro_f1(labels: Any, answers: Any) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(labels, classes_of(answers), average="macro"))


def _log_loss(labels: Any, answers: Any) -> float:
    import numpy as np

    flat = answers.reshape(len(answers), -1)
    whole = np.hstack([1 - flat, flat]) if flat.shape[1] == 1 else flat
    told = whole[np.arange(len(labels)), np.asarray(labels, int)]
    return float(-np.log(np.clip(told, 1e-7, 1.0)).mean())  # as Keras clips
