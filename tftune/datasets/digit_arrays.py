"""Pictures of digits as arrays: the file layout of `keras.datasets`, checked word by word.

A file is an .npz archive with `x_train`, `y_train`, `x_test` and `y_test`; `x` has the shape
`(n, height, width)`, `(n, height, width, 1)` or `(n, height, width, 3)`, `y` the shape `(n,)` or
`(n, 1)`. MNIST is so, and everything else that Keras ships in this layout.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import DataError
from tftune.support.array_files import open_arrays

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
LAYOUT = "Expected an .npz file with the arrays x_train, y_train, x_test and y_test"
SMALLEST_SIDE, LARGEST_SIDE = 4, 256  # pixels; a dense network of more is not to be had
MOST_CLASSES = 1000
_SHAPES = "(n, height, width), (n, height, width, 1) or (n, height, width, 3)"
_NAMED = 10  # names in a message

Arrays = dict[str, NDArray[Any]]


def read_arrays(
    path: Path, expected: str = LAYOUT, wanted: Collection[str] | None = None
) -> Arrays:
    """Returns arrays of an .npz file; pickled objects are refused, never loaded.

    Args:
        path: The file.
        expected: What to say was expected, where it is none.
        wanted: Names of those that are read, as far as they are there; None reads all.

    Raises:
        DataError: If it is no whole .npz file, holds objects or more than is read (see
            `tftune.support.limits`).
    """
    try:
        with open_arrays(path) as arrays:
            names = [name for name in arrays.told if wanted is None or name in wanted]
            return {name: arrays.read(name) for name in names}
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. {expected} of numbers. Replace it.") from (
            error
        )


def read_layout(path: Path) -> tuple[Arrays, int]:
    """Returns pixels and labels of a file in the layout of `keras.datasets`.

    Returns:
        `x_train` and `x_test` uint8, shape `(n, height, width, channels)`, `y_train` and `y_test`
        int64, shape `(n,)`; and the number of classes.

    Raises:
        DataError: If an array is missing or not as described; names file, array and what is wrong.
    """
    found = read_arrays(path, wanted=ARRAYS)
    if missing := [name for name in ARRAYS if name not in found]:
        raise DataError(
            f"{path} lacks {', '.join(missing)}. {LAYOUT}. Received: "
            f"{', '.join(list(found)[:_NAMED]) or 'none of them'}. Write it with numpy.savez(file, "
            "x_train=..., y_train=..., x_test=..., y_test=...)."
        )
    arrays: Arrays = {}
    for part in ("train", "test"):
        x, y = found[f"x_{part}"], found[f"y_{part}"]
        arrays[f"x_{part}"] = pixels_of(x, f"x_{part} of {path}")
        arrays[f"y_{part}"] = labels_of(y, f"y_{part} of {path}", len(x))
    train, test = arrays["x_train"].shape[1:], arrays["x_test"].shape[1:]
    if train != test:
        raise DataError(
            f"The pictures of {path} differ in size. Expected one for both parts. Received: "
            f"x_train {train}, x_test {test}. Resize one of them."
        )
    return arrays, _count_classes(arrays["y_train"], arrays["y_test"], path)


def pixels_of(x: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Returns pictures as bytes, shape `(n, height, width, channels)`.

    Args:
        x: Whole numbers 0 to 255; or floats 0 to 1, only 0 and 1, or booleans, all of which are
            multiplied by 255.
        name: What to call it in a message.

    Raises:
        DataError: If shape, type or values are others.

    Example:
        >>> pixels_of(np.full((1, 4, 4), 0.5), "x").shape
        (1, 4, 4, 1)
    """
    given = x.shape
    if x.ndim == 3:
        x = x[..., np.newaxis]
    sides_fit = x.ndim == 4 and all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in x.shape[1:3])
    if not sides_fit or x.shape[3] not in (1, 3) or not len(x):
        raise DataError(
            f"{name} is no array of pictures. Expected the shape {_SHAPES} with sides of "
            f"{SMALLEST_SIDE} to {LARGEST_SIDE} pixels and at least one picture. Received: the "
            f"shape {given}. Reshape it."
        )
    if x.dtype == np.uint8 and x.max() > 1:
        return x
    if x.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds no numbers. Expected uint8, or floats from 0 to 1. Received: {x.dtype}. "
            "Convert it."
        )
    x = x.astype(np.float64)
    low, high = float(x.min()), float(x.max())
    if not (low >= 0 and high <= 255):  # true for NaN as well
        raise DataError(
            f"{name} holds impossible pixels. Expected whole numbers 0 to 255, or floats 0 to 1. "
            f"Received: values from {low:g} to {high:g}. Rescale it."
        )
    scaled = x * 255 if high <= 1 else x
    if high > 1 and not np.array_equal(scaled, np.rint(scaled)):
        raise DataError(
            f"{name} holds fractions beyond 1. Expected whole numbers 0 to 255, or floats 0 to 1. "
            f"Received: values from {low:g} to {high:g}. Divide them by their greatest value."
        )
    rounded: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return rounded


def labels_of(y: NDArray[Any], name: str, rows: int) -> NDArray[np.int64]:
    """Returns labels as whole numbers, shape `(n,)`.

    Args:
        y: Numbers of classes, shape `(n,)` or `(n, 1)`.
        name: What to call it in a message.
        rows: How many there must be.

    Raises:
        DataError: If shape, type or values are others.

    Example:
        >>> labels_of(np.array([[3], [0]]), "y", 2).tolist()
        [3, 0]
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (rows,):
        raise DataError(
            f"{name} does not fit its pictures. Expected the shape ({rows},), a number a picture. "
            f"Received: the shape {y.shape}. Of one-hot labels take y.argmax(axis=1)."
        )
    whole = y.dtype.kind in "iu" or (y.dtype.kind == "f" and np.array_equal(y, np.rint(y)))
    if not whole:
        raise DataError(
            f"{name} holds no whole numbers. Expected numbers of classes, 0, 1, 2 ... Received: "
            f"{y.dtype}. Number the classes."
        )
    outside = np.flatnonzero((y < 0) | (y >= MOST_CLASSES))
    if len(outside):
        raise DataError(
            f"{name} holds a label out of range. Expected 0 to {MOST_CLASSES - 1} at the most. "
            f"Received: {y[outside[0]]} in row {outside[0]}. Number the classes from 0."
        )
    return y.astype(np.int64)


def _count_classes(train: NDArray[np.int64], test: NDArray[np.int64], path: Path) -> int:
    counts = np.bincount(train)
    absent = np.flatnonzero(counts == 0)
    if len(counts) < 2 or len(absent):
        raise DataError(
            f"y_train of {path} must hold every class from 0 to its greatest label, two or more. "
            f"Received: the greatest {len(counts) - 1}"
            + (f", and none of {_listed(absent)}" if len(absent) else "")
            + ". Number the classes without gaps, or repair the label."
        )
    if test.max() >= len(counts):
        raise DataError(
            f"y_test of {path} holds a label that y_train has not. Expected 0 to "
            f"{len(counts) - 1}. Received: {test.max()} in row {test.argmax()}. Repair the label."
        )
    return len(counts)


def _listed(numbers: Sequence[int] | NDArray[np.integer]) -> str:
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return ", ".join(map(str, numbers[:_NAMED])) + more
