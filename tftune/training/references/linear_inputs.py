"""Inputs as a linear model reads them: rows of numbers, pictures made smaller, texts as words.

Example:
    >>> pictures = np.arange(32, dtype=np.float32).reshape(1, 4, 8, 1)
    >>> block_means(pictures, (2, 2))[0, :, :, 0].tolist()
    [[5.5, 9.5], [21.5, 25.5]]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # pixels of a picture's side
MOST_FEATURES = 4096
_CHANNELS = (1, 3, 4)
_CHUNK = 256  # rows at a time


def linear_features(x: NDArray[Any]) -> NDArray[np.float32]:
    """Returns inputs as rows of numbers; what is not finite becomes NaN.

    Pictures, shape `(rows, height, width, channels)`, become the means of at most 16 x 16 blocks;
    of other inputs with more than 4,096 numbers a row the axes are averaged in blocks likewise, the
    longest first.

    Args:
        x: Shape `(rows, ...)`.

    Returns:
        Shape `(rows, features)`.
    """
    sides = smaller_sides(x.shape[1:])
    found = np.empty((len(x), int(np.prod(sides, dtype=np.int64))), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes NaN, too
        for start in range(0, len(x), _CHUNK):
            rows = block_means(np.asarray(x[start : start + _CHUNK], np.float32), sides)
            rows = rows.reshape(len(rows), -1)
            found[start : start + _CHUNK] = np.where(np.isfinite(rows), rows, np.float32(np.nan))
    return found


def smaller_sides(shape: Sequence[int]) -> tuple[int, ...]:
    """Returns the sides to which inputs of a shape are averaged.

    Example:
        >>> smaller_sides((128, 128, 3)), smaller_sides((28, 28)), smaller_sides((10_000, 8))
        ((16, 16, 3), (28, 28), (512, 8))
    """
    sides = [int(side) for side in shape]
    if len(sides) == 3 and sides[2] in _CHANNELS:
        return min(sides[0], SIDE), min(sides[1], SIDE), sides[2]
    while int(np.prod(sides)) > MOST_FEATURES:
        longest = int(np.argmax(sides))
        others = int(np.prod(sides)) // sides[longest]
        second = max([side for place, side in enumerate(sides) if place != longest], default=1)
        sides[longest] = max(MOST_FEATURES // others, min(second, sides[longest] - 1), 1)
    return tuple(sides)


def block_means(x: NDArray[np.float32], sides: Sequence[int]) -> NDArray[np.float32]:
    """Returns arrays whose axes but the first are averaged to so many blocks of nearly equal size.

    Args:
        x: Shape `(rows, ...)`.
        sides: How many blocks along each further axis.
    """
    for axis, side in enumerate(sides, start=1):
        length = x.shape[axis]
        if side == length:
            continue
        edges = np.linspace(0, length, side + 1).round().astype(np.int64)
        sums = np.add.reduceat(x, edges[:-1], axis=axis)
        shape = [1] * x.ndim
        shape[axis] = side
        x = (sums / np.diff(edges).reshape(shape)).astype(np.float32)
    return x


def words_of(side: NDArray[Any]) -> str:
    """Returns what a linear model is shown of an input, in words.

    Example:
        >>> words_of(np.zeros((2, 64, 64, 3))), words_of(np.zeros((2, 5)))
        ('pixels, averaged to 16 x 16', 'the standardised inputs')
    """
    if side.dtype.kind == "U":
        return "the words"
    sides, shape = smaller_sides(side.shape[1:]), tuple(side.shape[1:])
    what = "pixels" if len(shape) == 3 and shape[2] in _CHANNELS else "the standardised inputs"
    if sides == shape:
        return what
    return f"{what}, averaged to {' x '.join(map(str, sides[:2] if what == 'pixels' else sides))}"
