"""What is to be predicted: classes or numbers, told by the loss of the model, else by the targets.

Example:
    >>> found = targets_of([np.array([0, 1, 2, 1])], ["sparse_categorical_crossentropy"], "")
    >>> found.kind, found.classes, found.parts[0].tolist()
    ('classification', 3, [0, 1, 2, 1])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.metric_names import measure_of
from tftune.training.references.rows import NotUnderstoodError

MOST_CLASSES = 1000
MOST_COLUMNS = 100  # of numbers to be predicted
_OF_CLASSES = ("crossentropy", "hinge", "dice", "focal", "divergence", "tversky")
_OF_NUMBERS = ("error", "huber", "cosh", "poisson", "mse", "mae", "mape", "msle")
_CLASS_MEASURES = ("accuracy", "auc", "f1", "precision", "recall", "crossentropy", "top_k")
_NUMBER_MEASURES = ("error", "mse", "mae", "rmse", "r2", "mape", "msle")


@dataclass(frozen=True)
class Targets:
    """The targets of several splits in one form.

    Attributes:
        kind: `classification` or `regression`.
        parts: Of each split: numbers of classes, shape `(rows,)`; or numbers, shape
            `(rows, columns)`.
        classes: How many classes there are; 0 of numbers.
        columns: Columns of the targets as they were given.
    """

    kind: str
    parts: tuple[NDArray[np.number], ...]
    classes: int = 0
    columns: int = 1


def targets_of(
    parts: Sequence[NDArray[np.generic]], losses: Sequence[str], objective: str
) -> Targets:
    """Returns the targets of several splits.

    Args:
        parts: Of each split, shape `(rows, ...)`.
        losses: Names of the model's losses; none where they are not known.
        objective: Name of the metric that is searched for.

    Raises:
        NotUnderstoodError: If a row has several labels.
    """
    arrays = [np.asarray(part) for part in parts]
    flat = [array.reshape(len(array), -1).astype(np.float64) for array in arrays]
    columns = {part.shape[1] for part in flat}
    if len(columns) != 1:
        raise NotUnderstoodError("the targets of the splits have several shapes")
    width = columns.pop()
    if not all(np.isfinite(part).all() for part in flat):
        raise NotUnderstoodError("a target is not finite")
    if _is_classes(flat, losses, objective):
        numbers_of_classes = any("sparse" in loss.lower() for loss in losses)
        if arrays[0].ndim > 2 or (width > 1 and numbers_of_classes):
            raise NotUnderstoodError("a row has several labels")
        return _classes(flat, width)
    if width > MOST_COLUMNS:
        raise NotUnderstoodError(f"{width:,} numbers a row are to be predicted")
    return Targets("regression", tuple(flat), columns=width)


def _is_classes(
    parts: Sequence[NDArray[np.float64]], losses: Sequence[str], objective: str
) -> bool:
    loss = " ".join(losses).lower()
    if any(word in loss for word in _OF_CLASSES):
        return True
    if any(word in loss for word in _OF_NUMBERS):
        return False
    metric = measure_of(objective).lower()
    if any(word in metric for word in _CLASS_MEASURES):
        return True
    if any(word in metric for word in _NUMBER_MEASURES):
        return False
    whole = all((part == np.round(part)).all() and (part >= 0).all() for part in parts)
    return whole and max(part.max(initial=0) for part in parts) < MOST_CLASSES


def _classes(parts: Sequence[NDArray[np.float64]], width: int) -> Targets:
    if width > 1:
        if not all(np.allclose(part.sum(axis=1), 1, atol=1e-2) for part in parts):
            raise NotUnderstoodError("a row has several labels")
        numbers = tuple(part.argmax(axis=1) for part in parts)
        return Targets("classification", numbers, width, width)
    column = [part[:, 0] for part in parts]
    least, most = (min(part.min() for part in column), max(part.max() for part in column))
    if least == -1 and most == 1:  # as hinge losses have them
        column, most = [(part > 0).astype(np.float64) for part in column], 1.0
    elif not all((part == np.round(part)).all() for part in column) and least >= 0 and most <= 1:
        column, most = [(part > 0.5).astype(np.float64) for part in column], 1.0
    if min(part.min() for part in column) < 0 or most >= MOST_CLASSES:
        raise NotUnderstoodError(f"the labels go from {least:g} to {most:g}")
    numbers = tuple(part.astype(np.int64) for part in column)
    return Targets("classification", numbers, max(int(most) + 1, 2), 1)
