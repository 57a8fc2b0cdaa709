"""The different sequences of training rows, with the sum of their labels and how many each has.

Example:
    >>> rows = np.array([[1, 2], [3, 0], [1, 2]], np.uint8)
    >>> found = training_sequences((rows, np.array([[1.0], [0.0], [0.0]])), {})
    >>> found.codes.tolist(), found.positives.tolist(), found.counts.tolist()
    ([[1, 2], [3, 0]], [1.0, 0.0], [2.0, 1.0])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.support.texts import shown

# what is replaced: the rows are others
REPLACED = ("x", "y", "sample_weight", "class_weight", "validation_split")


@dataclass(frozen=True)
class TrainingSequences:
    """What a call of `fit` trains on, each sequence once.

    Attributes:
        codes: Different sequences in ascending order, shape `(sequences, width)`, uint8.
        positives: The sum of the labels of each, times the weights of its rows, float32.
        counts: The sum of the weights, without weights the number of rows.
        validation: What validates, `(x, y)` or `(x, y, weights)`; or None.
    """

    codes: NDArray[np.uint8]
    positives: NDArray[np.float32]
    counts: NDArray[np.float32]
    validation: Any

    def call(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the arguments of `fit`: the sequences, their mean labels and sqrt(count), scaled
        to a mean of 1, as weights.

        Args:
            options: Keyword arguments of the call that had all rows.
        """
        weights = np.sqrt(self.counts)
        return {
            **{name: value for name, value in options.items() if name not in REPLACED},
            "x": self.codes,
            "y": (self.positives / self.counts)[:, None],
            "sample_weight": (weights / weights.mean()).astype(np.float32),
            **({} if self.validation is None else {"validation_data": self.validation}),
        }


def training_sequences(arguments: Sequence[Any], options: Mapping[str, Any]) -> TrainingSequences:
    """Returns the different sequences of a call of `fit`. Rows of the weight 0 are left out, and
    so are those that `validation_split` takes to validate.

    Args:
        arguments: Positional arguments of `fit`; the first two at most are given so.
        options: Keyword arguments.

    Raises:
        UsageError: If the rows are no arrays of codes with a label each, from 0 to 1.
    """
    given = dict(zip(("x", "y"), arguments, strict=False)) | dict(options)
    x, y = given.get("x"), given.get("y")
    if not (_is_array(x) and _is_array(y)) or len(arguments) > 2:
        raise UsageError(
            "A network that asks relatives must see all training peptides before it trains. "
            "Expected fit(x, y) with arrays: codes of shape (rows, width) and labels. Received: x "
            f"{type(x).__name__}, y {type(y).__name__}. Make arrays of them."
        )
    x, y = np.asarray(x), np.asarray(y, np.float32)
    if x.ndim != 2 or y.size != len(x) or not len(x):
        raise UsageError(
            "Expected codes of shape (rows, width) and as many labels. Received: x of shape "
            f"{x.shape}, y of shape {y.shape}. Give each peptide one label."
        )
    labels = y.reshape(-1)
    if not ((labels >= 0) & (labels <= 1)).all():
        wrong = labels[~((labels >= 0) & (labels <= 1))][0]
        raise UsageError(
            f"A label says whether a peptide is hemolytic. Expected numbers from 0 to 1. Received: "
            f"{shown(float(wrong))}. Correct y."
        )
    weights = _weights(given, labels)
    validation, part = given.get("validation_data"), given.get("validation_split")
    rows = len(x)
    if validation is None and part:
        rows = int(len(x) * (1 - part))  # as Keras does it: the last rows validate
        held = (x[rows:], labels[rows:, None])
        validation = held if weights is None else (*held, weights[rows:])
    return _of_rows(
        x[:rows], labels[:rows], None if weights is None else weights[:rows], validation
    )


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "shape")


def _weights(given: Mapping[str, Any], labels: NDArray[np.float32]) -> NDArray[np.float32] | None:
    weights, of_classes = given.get("sample_weight"), given.get("class_weight")
    if weights is None and not of_classes:
        return None
    found = np.ones(len(labels), np.float32)
    if weights is not None:
        found *= np.asarray(weights, np.float32).reshape(-1)
    if of_classes:
        first, second = (float(of_classes.get(label, 1.0)) for label in (0, 1))
        found *= np.float32(first) * (1 - labels) + np.float32(second) * labels
    return found


def _of_rows(
    x: NDArray[Any],
    labels: NDArray[np.float32],
    weights: NDArray[np.float32] | None,
    validation: Any,
) -> TrainingSequences:
    weights = np.ones(len(x), np.float32) if weights is None else weights
    kept = weights > 0
    codes, numbers = np.unique(x[kept].astype(np.uint8), axis=0, return_inverse=True)
    numbers = numbers.reshape(-1)
    counts = np.bincount(numbers, weights=weights[kept], minlength=len(codes))
    positives = np.bincount(numbers, weights=(weights * labels)[kept], minlength=len(codes))
    return TrainingSequences(
        codes, positives.astype(np.float32), counts.astype(np.float32), validation
    )
