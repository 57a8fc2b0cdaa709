"""The star discrepancy of points of the unit square, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def star_discrepancy(points: Array) -> float:
    """Returns the largest difference, over all boxes [0, a) x [0, b), between the share of the
    points inside and the area.

    D*(P) = sup over a, b of | #{p in P : p_1 < a, p_2 < b} / n - a b |. The difference is largest
    where a side of the box touches a point, or is 1: with the points on the sides left out where
    the box has too few, and counted where it has too many. That makes (n + 1)^2 boxes.

    H. Niederreiter: Random Number Generation and Quasi-Monte Carlo Methods, SIAM 1992, chapter 2.
    It is the error bound of Koksma and Hlawka; `scipy.stats.qmc.discrepancy(points,
    method="L2-star")` is another measure, the root of the mean of the squares of the same
    differences, and its other methods have other boxes.

    Args:
        points: Shape (n, 2), in [0, 1].

    Example:
        One point in the middle: the box up to it, with it, has all points and a quarter of the
        area. Four points in the middles of four squares:

        >>> star_discrepancy(np.array([[0.5, 0.5]]))
        0.75
        >>> star_discrepancy(np.array([[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]]))
        0.4375
    """
    count = len(points)
    across, up = (np.append(np.unique(points[:, column]), 1.0) for column in (0, 1))
    x, y = np.searchsorted(across, points[:, 0]), np.searchsorted(up, points[:, 1])
    at = np.zeros((len(across), len(up)))
    np.add.at(at, (x, y), 1.0)
    closed = at.cumsum(axis=0).cumsum(axis=1) / count  # p_1 <= a, p_2 <= b
    opened = np.zeros_like(closed)
    opened[1:, 1:] = closed[:-1, :-1]  # p_1 < a, p_2 < b; all points where both sides are 1
    area = across[:, None] * up[None, :]
    return float(max((area - opened).max(), (closed - area).max()))
