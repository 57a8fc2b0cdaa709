"""Whole groups of rows, drawn at random until there are about as many rows as are wanted.

Splitters that make K folds of groups lay the largest groups first, each into the same fold whatever
the seed: a single fold of them is no fresh cut. Here every order of the groups is as likely, and of
some draws that one is taken whose classes have the shares of all rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 20  # of which the one with the most usual shares of classes is taken


def drawn_rows(
    units: NDArray[np.int64], classes: NDArray[np.int64] | None, count: int, seed: int
) -> NDArray[np.int64]:
    """Returns the rows of groups that are drawn, in ascending order.

    A group joins if no more than `count` rows come together, so that one that is larger is never
    drawn; where all are, it is the smallest one.

    Args:
        units: The group of each row, from 0, without a gap.
        classes: The class of each row, from 0, or None.
        count: Rows that are wanted, at least 1.
        seed: From 0 to 2**31 - 1; equal seeds draw equal groups.

    Example:
        >>> drawn_rows(np.array([0, 0, 0, 1, 2, 2]), None, count=2, seed=0).tolist()
        [4, 5]
        >>> drawn_rows(np.array([0, 0, 0, 1, 1]), None, count=1, seed=0).tolist()
        [3, 4]
    """
    random = np.random.default_rng(seed)
    sizes = np.bincount(units)
    if sizes.min() > count:
        smallest = np.flatnonzero(sizes == sizes.min())
        return np.flatnonzero(units == random.choice(smallest)).astype(np.int64)
    members = _members(units, np.zeros(len(units), np.int64) if classes is None else classes)
    wanted = count * members.sum(axis=0) / len(units)
    draws = [_draw(random.permutation(len(sizes)), sizes, count) for _ in range(DRAWS)]
    # too few rows are as far from what is wanted as rows of the wrong class
    distances = [float(np.abs(members[drawn].sum(axis=0) - wanted).sum()) for drawn in draws]
    chosen = draws[int(np.argmin(distances))]
    return np.flatnonzero(np.isin(units, chosen)).astype(np.int64)


def _members(units: NDArray[np.int64], classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns how many rows of each class a group has, shape `(groups, classes)`."""
    found = np.zeros((int(units.max()) + 1, int(classes.max()) + 1), np.int64)
    np.add.at(found, (units, classes), 1)
    return found


def _draw(order: NDArray[np.int64], sizes: NDArray[np.int64], count: int) -> list[int]:
    drawn, rows = [], 0
    for group in order.tolist():
        if rows + sizes[group] <= count:
            drawn.append(group)
            rows += int(sizes[group])
    return drawn
