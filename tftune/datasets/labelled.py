"""Rows with their labels, as they are looked at for leaks: from whatever source, whole or split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.edit_distances import NEAR, close_pairs
from tftune.datasets.picture_hashes import alike, least_correlation, small_copies
from tftune.errors import DataError

MOST_CLASSES = 1000  # more different whole numbers are targets


@dataclass(frozen=True)
class Labelled:
    """Rows with their labels.

    Attributes:
        source: Where they came from, as the user said it.
        kind: `sequences`, `pictures` or `rows`: what near means for them.
        inputs: A number per row, equal for equal inputs, shape `(n,)`, 0, 1, ... by first
            appearance.
        labels: The class of each row, shape `(n,)`; or the target, where there are no classes.
        classes: Their names; empty where the labels are targets, one where there are no labels.
        parts: Which of `splits` each row is in, shape `(n,)`.
        splits: Their names; one, `all`, where the source has none.
        names: Of the rows, such as their files.
        texts: Of the different inputs, where these are sequences.
        pixels: Of the different inputs, where these are pictures, shape
            `(inputs, height, width, channels)`.
        remarks: What a reader should know, in sentences.
    """

    source: str
    kind: str
    inputs: NDArray[np.int64]
    labels: NDArray[Any]
    classes: tuple[str, ...]
    parts: NDArray[np.int64]
    splits: tuple[str, ...]
    names: Sequence[str]
    texts: Sequence[str] = ()
    pixels: NDArray[np.uint8] | None = None
    remarks: tuple[str, ...] = field(default=())

    def near_pairs(self) -> NDArray[np.int64] | None:
        """Returns pairs of different inputs that are nearly equal, shape `(pairs, 2)`: sequences
        within one edit, pictures that look alike; None where near has no meaning.
        """
        if self.kind == "sequences":
            pairs = list(close_pairs(self.texts, NEAR))
            return np.array(pairs, np.int64).reshape(-1, 2)
        if self.pixels is None:
            return None
        return alike(small_copies(self.pixels), least=least_correlation(self.pixels))


def classes_of_labels(given: NDArray[Any], rows: int, name: str) -> tuple[NDArray[Any], list[str]]:
    """Returns labels of any usual form as numbers of classes, with the names of the classes; no
    names where they are targets, numbers that are not whole or too many different ones.

    Args:
        given: Shape `(rows,)` or `(rows, 1)`: whole numbers, texts, truth values or targets; or a
            column a class.
        rows: How many there must be.
        name: What to call them in a message.

    Raises:
        DataError: If they do not fit the rows, or are of another kind.

    Example:
        >>> classes_of_labels(np.array(["no", "yes", "no"]), 3, "y")
        (array([0, 1, 0]), ['no', 'yes'])
        >>> classes_of_labels(np.array([[0, 1], [1, 0]]), 2, "y")
        (array([1, 0]), ['0', '1'])
    """
    y = np.asarray(given)
    fits = y.ndim in (1, 2) and len(y) == rows and y.size and y.dtype.kind in "biufUS"
    if not fits:
        raise DataError(
            f"{name} does not fit its inputs. Expected {rows:,} labels: numbers, texts or a column "
            f"a class. Received: {y.dtype} of shape {y.shape}. Give a label for each input."
        )
    if y.ndim == 2 and y.shape[1] > 1:
        _check_columns(y, name)
        return y.argmax(axis=1), [str(number) for number in range(y.shape[1])]
    y = y.reshape(rows)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise DataError(
            f"{name} holds labels that are not finite. Expected numbers or texts. Received: "
            f"{y[~np.isfinite(y)][0]} in row {int(np.flatnonzero(~np.isfinite(y))[0])}. Remove "
            "such rows."
        )
    names, numbers = np.unique(y, return_inverse=True)
    whole = y.dtype.kind != "f" or np.array_equal(y, np.rint(y))
    if y.dtype.kind not in "US" and (not whole or len(names) > MOST_CLASSES):
        return y.astype(np.float64), []
    words = [str(int(one)) if y.dtype.kind == "f" else str(one) for one in names]
    return numbers.reshape(-1).astype(np.int64), words


def joined_labels(parts: Sequence[NDArray[Any]], source: str) -> NDArray[Any]:
    """Returns the labels of all splits, shape `(rows, columns)`.

    Args:
        parts: Of each split.
        source: What to call them in a message.

    Raises:
        DataError: If they differ in columns.
    """
    flat = [part.reshape(len(part), -1) for part in parts]
    if len({part.shape[1] for part in flat}) > 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise DataError(
            f"The labels of {source} differ in shape. Expected the same columns in each split. "
            f"Received: {shapes}. Write them alike."
        )
    return np.concatenate(flat)


def as_text(x: NDArray[Any]) -> NDArray[np.str_]:
    """Returns bytes as texts.

    Example:
        >>> as_text(np.array(["blé".encode(), b"rice"])).tolist()
        ['blé', 'rice']
    """
    return np.char.decode(x, "utf-8", "replace")


def _check_columns(y: NDArray[Any], name: str) -> None:
    numbers = y.astype(np.float64) if y.dtype.kind in "biuf" else np.full(y.shape, np.nan)
    one = (numbers >= 0).all(axis=1) & np.isclose(numbers.sum(axis=1), 1, atol=1e-3)
    if not one.all():
        row = int(np.flatnonzero(~one)[0])
        raise DataError(
            f"{name} has several columns, and not one class a row. Expected a column a class, with "
            f"numbers from 0 that add up to 1 in each row. Received: {y[row][:5].tolist()} in row "
            f"{row}. Give one column at a time, such as y[:, 0]."
        )
