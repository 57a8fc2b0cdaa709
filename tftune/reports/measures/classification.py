"""What a classifier got right and wrong: confusion matrix, accuracy, precision, recall, F1, and the
mistakes it was surest of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.reports.measures.intervals import (
    Measure,
    measure,
    percentiles,
    resamples,
    rounded,
    share,
)

MOST_MISTAKES = 16
MOST_CLASSES = 40  # of a confusion matrix and of a table


@dataclass(frozen=True)
class Answers:
    """What a classifier said of some rows, and what is true of them.

    Attributes:
        labels: The true class of each row, shape `(rows,)`.
        probabilities: Of each class, shape `(rows, classes)`.
        predicted: The class that is taken, shape `(rows,)`.
        rows: The number of each row in the data; rows without a finite prediction are left out.
        names: Of the classes.
        left_out: Numbers of the rows that were left out.
        notes: What a reader should know, in sentences.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    predicted: NDArray[np.int64]
    rows: NDArray[np.int64]
    names: tuple[str, ...]
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def binary(self) -> bool:
        """Whether there are two classes; the second is the positive one."""
        return len(self.names) == 2


def answers(labels: Any, probabilities: Any, names: Sequence[str] | None = None) -> Answers:
    """Returns labels and predictions of any usual form as `Answers`.

    Args:
        labels: Numbers of classes, shape `(rows,)` or `(rows, 1)`; or one column a class, one-hot
            or shares of which the largest counts.
        probabilities: One column, the probability of the second class; or one column a class.
        names: Of the classes; their numbers by default.

    Raises:
        UsageError: If the two do not fit together.

    Example:
        >>> found = answers([0, 1, 1], [[0.2], [0.7], [0.5]], ["no", "yes"])
        >>> found.predicted.tolist(), found.probabilities.round(1).tolist()
        ([0, 1, 0], [[0.8, 0.2], [0.3, 0.7], [0.5, 0.5]])
    """
    given = np.asarray(probabilities, np.float64)
    given = given.reshape(len(given), -1)
    if given.shape[1] == 1:
        given = np.concatenate([1 - given, given], axis=1)  # a tie is the first class, as in Keras
    truth, notes = classes_of(labels, given.shape)
    finite = np.isfinite(given).all(axis=1) & (truth >= 0)
    rows = np.flatnonzero(finite)
    left_out = np.flatnonzero(~finite)
    if len(left_out):
        notes.append(left_out_note(left_out, len(given), "label"))
    truth, given = truth[rows], given[rows]
    known = [str(name) for name in names or ()]
    if len(known) != given.shape[1]:
        known = [str(number) for number in range(given.shape[1])]
    return Answers(
        truth,
        given,
        given.argmax(axis=1) if len(given) else np.zeros(0, np.int64),
        rows,
        tuple(known),
        tuple(int(row) for row in left_out[:100]),
        tuple(notes),
    )


def left_out_note(rows: NDArray[np.int64], total: int, truth: str) -> str:
    """Returns the sentence about rows that are left out.

    Args:
        rows: Their numbers, at least one.
        total: How many rows there are.
        truth: What is known of a row: its label or its target.
    """
    shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
    return (
        f"{len(rows)} of {total} rows have no finite prediction or no {truth} (rows {shown}, "
        "counted from 0) and are left out; the numbers are about the others."
    )


def classes_of(given: Any, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], list[str]]:
    """Returns the class of each row, -1 where a label is NaN, and what there is to remark.

    Args:
        given: Labels, in any of the forms that `answers` takes.
        shape: Of the probabilities: rows and classes.

    Raises:
        UsageError: If the two do not fit together.

    Example:
        >>> classes_of([[0, 1], [1, 0]], (2, 2))[0].tolist()
        [1, 0]
    """
    labels = np.asarray(given)
    if labels.size and labels.dtype.kind not in "biuf":
        raise UsageError(
            f"The labels are no numbers. Expected numbers of classes or one column a class. "
            f"Received: {labels.dtype}. Encode them as for model.fit."
        )
    labels = labels.reshape(len(labels), -1).astype(np.float64)
    if len(labels) != shape[0] or labels.shape[1] not in (1, shape[1]):
        raise UsageError(
            f"Labels and predictions do not fit together. Expected labels of shape ({shape[0]},) "
            f"or {shape}. Received: {labels.shape}. Pass the labels of the same rows."
        )
    known = ~np.isnan(labels).any(axis=1)
    if labels.shape[1] == 1:
        column = np.where(known, labels[:, 0], -1)
        soft = bool(shape[1] == 2 and ((column > 0) & (column < 1)).any())
        whole = np.where(known, column > 0.5, -1).astype(np.int64) if soft else column
        whole = np.round(whole).astype(np.int64)
        if len(whole) and int(whole.max()) >= shape[1]:
            raise UsageError(
                f"A label names no class. Expected numbers from 0 to {shape[1] - 1}. Received: "
                f"{int(whole.max())}. Pass the labels that the model was trained on."
            )
    else:
        soft = bool((np.nanmax(labels, axis=1, initial=0) < 1)[known].any())
        whole = np.where(known, np.nan_to_num(labels).argmax(axis=1), -1).astype(np.int64)
    notes = ["Labels that are shares count as the class with the largest share."] if soft else []
    return whole, notes


def confusion(found: Answers) -> NDArray[np.int64]:
    """Returns the confusion matrix: a row for each true class, a column for each predicted one.

    Example:
        >>> confusion(answers([0, 1, 1], [[0.2], [0.7], [0.5]])).tolist()
        [[1, 0], [1, 1]]
    """
    classes = len(found.names)
    cells = np.bincount(found.labels * classes + found.predicted, minlength=classes**2)
    return cells.reshape(classes, classes).astype(np.int64)


def accuracy(found: Answers) -> Measure:
    """Returns the share of rows that are right, with Wilson's interval."""
    return share(int((found.labels == found.predicted).sum()), len(found.labels))


def per_class(found: Answers, seed: int = 0) -> tuple[list[dict[str, Any]], Measure]:
    """Returns precision, recall and F1 of each class, and the mean of the F1.

    Precision and recall are shares and have Wilson's interval; F1 that of a bootstrap over rows. A
    class without a row in the test data has no recall and no F1, and does not count in the mean.

    Args:
        found: The answers.
        seed: Of the bootstrap.

    Returns:
        `{"class", "rows", "predicted", "precision", "recall", "f1"}` for each class, and the mean.
    """
    cells = confusion(found)
    values, drawn = _f1(cells[np.newaxis])[0], _f1(_drawn(cells, seed))
    table = []
    for number, name in enumerate(found.names):
        right, support = int(cells[number, number]), int(cells[number].sum())
        predicted = int(cells[:, number].sum())
        table.append(
            {
                "class": name,
                "rows": support,
                "predicted": predicted,
                "precision": share(right, predicted),
                "recall": share(right, support),
                "f1": measure(values[number], *percentiles(drawn[:, number])),
            }
        )
    return table, measure(_mean(values[np.newaxis])[0], *percentiles(_mean(drawn)))


def _drawn(cells: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Returns confusion matrices of rows drawn anew: a row is known by its cell alone."""
    total, size = int(cells.sum()), len(cells)
    if total < 2 or size > 4 * MOST_CLASSES:
        return np.zeros((0, size, size), np.int64)
    filled = np.flatnonzero(cells)
    count = resamples(size**2)
    counts = np.random.default_rng(seed).multinomial(
        total, cells.reshape(-1)[filled] / total, size=count
    )
    drawn = np.zeros((count, size * size), np.int64)
    drawn[:, filled] = counts
    return drawn.reshape(count, size, size)


def _f1(cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns the F1 of each class in each of several confusion matrices; NaN without a row."""
    right: NDArray[np.float64] = np.diagonal(cells, axis1=1, axis2=2).astype(np.float64)
    support, predicted = cells.sum(axis=2), cells.sum(axis=1)
    whole = np.where(support > 0, support + predicted, 1).astype(np.float64)
    values: NDArray[np.float64] = np.where(support > 0, 2 * right / whole, np.nan)
    return values


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.isfinite(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    means: NDArray[np.float64] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def mistakes(found: Answers, most: int = MOST_MISTAKES) -> list[dict[str, Any]]:
    """Returns the wrong answers that the model was surest of, the surest first.

    Example:
        >>> [wrong["row"] for wrong in mistakes(answers([0, 1, 1], [[0.9], [0.1], [0.8]]))]
        [0, 1]
    """
    wrong = np.flatnonzero(found.labels != found.predicted)
    sure = found.probabilities[wrong, found.predicted[wrong]]
    # of equally sure ones the earlier
    return [
        {
            "row": int(found.rows[place]),
            "true": int(found.labels[place]),
            "predicted": int(found.predicted[place]),
            "probability": rounded(found.probabilities[place, found.predicted[place]]),
        }
        for place in wrong[np.argsort(-sure, kind="stable")][:most]
    ]
