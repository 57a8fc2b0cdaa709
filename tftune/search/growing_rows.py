"""Which rows a learning curve over growing training sets trains on, and for how many epochs.

Example:
    >>> sizes_of((0.25, 0.5, 1), rows=1000), sizes_of((100, 1.0), rows=1000)
    ([250, 500, 1000], [100, 1000])
    >>> steady_epochs(10, rows=250, whole=1000)
    40
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tftune.errors import UsageError
from tftune.support.texts import shown

_MOST_CLASSES = 1000  # more different targets are no classes


def sizes_of(sizes: Sequence[float], rows: int) -> list[int]:
    """Returns numbers of rows in rising order.

    Args:
        sizes: Shares above 0 up to 1 (1 itself is all rows), or whole numbers of rows from 2 on.
        rows: Of the whole training set.

    Raises:
        UsageError: If a size is neither, or more than there are.
    """
    found = set()
    for size in sizes:
        count = round(size * rows) if 0 < size <= 1 else size
        if not 2 <= count <= rows or count != int(count):
            raise UsageError(
                f"A size is a share above 0 up to 1, or a number of rows from 2 to {rows:,}. "
                f"Received: {shown(size)}. Pass for example 0.25,0.5,1."
            )
        found.add(int(count))
    if not found:
        raise UsageError("There is no size to train on. Expected for example 0.25,0.5,1.")
    return sorted(found)


def steady_epochs(epochs: int, rows: int, whole: int) -> int:
    """Returns in how many epochs of a part there are as many steps as in so many of the whole."""
    return math.ceil(epochs * whole / rows)


def nested_order(y: Any, random: np.random.Generator) -> np.ndarray:
    """Returns an order of the rows whose every beginning has the classes in their shares.

    Args:
        y: Targets: classes, one-hot rows, or numbers, which are drawn evenly.
        random: Where the order comes from.

    Example:
        >>> order = nested_order(np.array([0] * 6 + [1] * 3), np.random.default_rng(0))
        >>> [int((order[:count] >= 6).sum()) for count in (3, 6, 9)]
        [1, 2, 3]
    """
    labels = np.asarray(keras.tree.flatten(y)[0])
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.reshape(len(labels), -1).argmax(axis=1)
    labels = labels.reshape(len(labels), -1)[:, 0]
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) > min(_MOST_CLASSES, len(labels) // 2):
        return random.permutation(len(labels))
    keys = np.empty(len(labels))
    for number in range(len(classes)):
        rows = random.permutation(np.flatnonzero(numbers == number))
        keys[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.lexsort((random.random(len(labels)), keys))
