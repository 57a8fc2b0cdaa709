"""How near rows stand to those that a model was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.edit_distances import as_texts, nearest


@dataclass(frozen=True)
class Nearness:
    """Where rows stand to the training rows.

    Attributes:
        distances: Of each row to the nearest training row, in edits, shape `(n,)`.
        groups: A number per row, equal for equal rows, shape `(n,)`: rows of one group are not
            independent of each other.
    """

    distances: NDArray[np.int64]
    groups: NDArray[np.int64]


def nearness(x: NDArray[np.integer], train: NDArray[np.integer]) -> Nearness:
    """Returns how near sequences stand to the training sequences.

    Args:
        x: Codes 1..255, shape `(n, width)`, padded with zeros at the end.
        train: The same of the training split, of any width.

    Example:
        >>> train = np.array([[1, 2, 3], [4, 4, 4]], "uint8")
        >>> found = nearness(np.array([[1, 2, 0], [4, 4, 4], [1, 2, 0]], "uint8"), train)
        >>> found.distances.tolist(), found.groups.tolist()
        ([1, 0, 1], [0, 1, 0])
    """
    texts = as_texts(x)
    groups = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return Nearness(
        nearest(texts, as_texts(train)), np.array([groups[text] for text in texts], np.int64)
    )
