"""Which of two ways is better on rows that it did not choose on: the rows that validate, in two
halves, each of which judges what was chosen on the other.

Groups of rows stay whole, and so do rows with equal inputs. What is measured is the objective of
the search, or the measure nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures import classification
from tftune.reports.measures.grouped import Ranking, weighted_macro_f1
from tftune.reports.measures.paired import Paired, paired_difference
from tftune.reports.measures.split_scores import LOSSES, SMALLEST, split_scores
from tftune.search.references import deciding_measure
from tftune.training.folds import assign_folds, numbered
from tftune.training.references.fitting import Measured
from tftune.training.references.rows import groups_of

Answers = NDArray[Any]


@dataclass(frozen=True)
class Gain:
    """What a step is worth.

    Attributes:
        before: The measure without it.
        after: The measure with it.
        gain: How much better, positive is better.
        low: Lower end of the 95 % interval of the gain: a paired bootstrap by group.
        high: Its upper end.
        rows: On how many rows.
    """

    before: float
    after: float
    gain: float
    low: float
    high: float
    rows: int


class Judge:
    """Rows that are held out, with what is true of them.

    Args:
        kind: `classification` or `regression`.
        labels: As the models' predictions have them.
        columns: Of an answer.
        groups: A number for each row, equal for rows that belong together.
        objective: Name of the metric that is searched for.
        losses: Names of the model's losses, or none.
        seed: Of the halves and of all draws.

    Raises:
        UsageError: If the rows cannot be halved.

    Example:
        >>> labels = np.array([0, 1] * 10)
        >>> judge = Judge("classification", labels, 1, np.arange(20), "val_accuracy")
        >>> sure, wrong = labels.reshape(-1, 1) * 0.8 + 0.1, np.full((20, 1), 0.9)
        >>> found = judge.gain(wrong, sure)
        >>> judge.measure, found.before, found.after, round(found.gain, 6)
        ('accuracy', 0.5, 1.0, 0.5)
    """

    def __init__(
        self,
        kind: str,
        labels: Any,
        columns: int,
        groups: NDArray[np.int64],
        objective: str,
        losses: Sequence[str] = (),
        seed: int = 0,
    ) -> None:
        self.kind, self._seed = kind, seed
        labels = np.asarray(labels)
        if kind == "classification":
            labels = classification.classes_of(labels, (len(labels), max(columns, 2)))[0]
        self.labels = labels
        self.groups = np.unique(groups, return_inverse=True)[1].reshape(-1)
        plain = np.full((len(labels), columns), 1.0 / max(columns, 2))
        scores = split_scores(kind, labels, plain, self.groups, seed)
        measured = Measured(kind, labels, self.groups, {}, {"": scores})
        self.measure = deciding_measure(objective, tuple(losses), measured)
        self.lower_is_better = self.measure in LOSSES
        fold_of_row = assign_folds(labels, 2, seed, self.groups)
        self.halves = (np.flatnonzero(fold_of_row == 0), np.flatnonzero(fold_of_row == 1))

    def worth(self, answers: Answers, rows: Any = None) -> tuple[float, float]:
        """Returns what answers are worth, greater is better; of equals the smaller loss decides.

        Args:
            answers: Of the rows.
            rows: Which rows they are; None: all.
        """
        rows = slice(None) if rows is None else rows
        value = quick_value(self.measure, self.kind, self.labels[rows], answers)
        loss = "log_loss" if self.kind == "classification" else "mse"
        second = quick_value(loss, self.kind, self.labels[rows], answers)
        return (-value if self.lower_is_better else value), -second

    def worth_in_halves(self, answers: Answers) -> float:
        """Returns what answers of all rows are worth where each half has another model's: the mean
        over both.
        """
        each = [len(half) * self.worth(answers[half], half)[0] for half in self.halves]
        return sum(each) / len(self.labels)

    def value_of(self, labels: Any, answers: Answers) -> float:
        """Returns the measure of answers to other rows.

        Args:
            labels: Numbers of classes, or the targets.
            answers: To these rows.
        """
        return quick_value(self.measure, self.kind, labels, answers)

    def cross_fitted(self, choose: Callable[[Any], Callable[[Any], Answers]]) -> Answers:
        """Returns answers for all rows, those of each half chosen on the other.

        Args:
            choose: Given the rows to choose on, returns what answers for given rows.
        """
        parts = [
            (judged, np.asarray(choose(chosen)(judged), np.float64))
            for chosen, judged in (self.halves, self.halves[::-1])
        ]
        found = np.zeros((len(self.labels), *parts[0][1].shape[1:]))
        for rows, answers in parts:
            found[rows] = answers
        return found

    def gain(self, before: Answers, after: Answers, rows: Any = None) -> Gain | None:
        """Returns what came of it; None where the measure is not defined on a half of the rows.

        Each half may have been answered by another model, whose scores have another scale, so areas
        under a curve of both together would be those of no model: the mean of both halves counts.

        Args:
            before: Answers without a step, of all rows.
            after: Answers with it.
            rows: Which rows judge; None: all.
        """
        wanted = np.arange(len(self.labels)) if rows is None else np.asarray(rows)
        halves = [np.intersect1d(half, wanted) for half in self.halves]
        found = [self._paired(before, after, half) for half in halves if len(half)]
        pairs = [pair for pair in found if pair is not None]
        if not pairs or len(pairs) < len(found):
            return None
        counts = np.array([len(half) for half in halves if len(half)])
        return _mean_gain(pairs, counts, self.lower_is_better)

    def _paired(self, before: Answers, after: Answers, rows: NDArray[Any]) -> Paired | None:
        given = (self.kind, self.labels[rows], after[rows], before[rows], self.groups[rows])
        return paired_difference(self.measure, *given, self._seed)


def _mean_gain(pairs: Sequence[Paired], counts: NDArray[Any], lower_is_better: bool) -> Gain:
    """Returns the mean over halves; they are drawn apart, so the squares of their errors add up."""
    shares = counts / counts.sum()
    differences = [pair.difference for pair in pairs]
    before, after = (
        shares @ [getattr(pair, side) for pair in pairs] for side in ("second", "first")
    )
    change = shares @ [each.value for each in differences]
    below = np.hypot.reduce(shares * [each.value - each.low for each in differences])
    above = np.hypot.reduce(shares * [each.high - each.value for each in differences])
    if lower_is_better:
        change, below, above = -change, above, below
    low, high = float(change - below), float(change + above)
    return Gain(float(before), float(after), float(change), low, high, int(counts.sum()))


def quick_value(name: str, kind: str, labels: Any, answers: Answers) -> float:
    """Returns a measure of `split_scores` alone, without its interval; the worst of answers that
    are no numbers, and 0.5 for areas where the rows have none.

    Args:
        name: Of the measure.
        kind: `classification` or `regression`.
        labels: Numbers of classes, or the targets.
        answers: Probabilities, one column or one a class; or numbers.

    Example:
        >>> quick_value("accuracy", "classification", [0, 1], np.array([[0.2], [0.4]]))
        0.5
    """
    labels, told = np.asarray(labels), np.asarray(answers, np.float64)
    told = told.reshape(len(told), -1)
    if not np.isfinite(told).all():
        return float("inf") if name in LOSSES else float("-inf")
    if kind == "regression":
        wrong = labels.reshape(len(told), -1) - told
        if name == "mae":
            return float(np.abs(wrong).mean())
        return float(np.square(wrong).mean() ** (0.5 if name == "rmse" else 1.0))
    found, once = classification.answers(labels, told), np.ones((1, len(told)))
    classes = len(found.names)
    if name == "log_loss":
        of_truth = found.probabilities[np.arange(len(told)), found.labels]
        return float(-np.log(np.clip(of_truth, SMALLEST, 1.0)).mean())
    if name == "accuracy":
        return float((found.predicted == found.labels).mean())
    if name == "macro_f1":
        return float(weighted_macro_f1(found.labels, found.predicted, once, classes)[0])
    areas = [
        Ranking(found.labels == each, found.probabilities[:, each]).areas(once)
        for each in ([1] if classes == 2 else range(classes))
        if 0 < int((found.labels == each).sum()) < len(told)
    ]
    place = 1 if name == "average_precision" else 0
    return float(np.mean([float(each[place][0]) for each in areas] or [0.5]))


def units_of(groups: Any, inputs: Sequence[Any], rows: int) -> NDArray[np.int64]:
    """Returns a number for each row, equal for rows of one group and for rows with equal inputs,
    and so for all that hang together by either.

    Args:
        groups: Of each row, or None.
        inputs: Arrays of the rows, those of one row standing for it together.
        rows: How many rows.

    Example:
        >>> units_of(["a", "b", "b", "c"], [np.array([[1], [1], [2], [3]])], 4).tolist()
        [0, 0, 0, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    equal = np.zeros((rows, len(inputs)), np.int64)
    for column, array in enumerate(inputs):
        equal[:, column] = groups_of(np.asarray(array), rows)
    same = np.arange(rows) if not len(inputs) else groups_of(equal, rows)
    given = np.arange(rows) if groups is None else numbered(groups, rows)
    size = rows + rows
    places = (np.concatenate([given, given]), np.concatenate([rows + same, rows + same]))
    graph = coo_matrix((np.ones(len(places[0])), places), shape=(size, size))
    parts = connected_components(graph, directed=False)[1][given]
    _, first, numbers = np.unique(parts, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[numbers.reshape(-1)], np.int64)
