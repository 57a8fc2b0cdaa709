"""Fixed features of a peptide: what a forest looks at.

Example:
    >>> codes = np.array([[1, 2, 1, 0]], np.uint8)
    >>> found = peptide_features(codes)[0]
    >>> len(found), [round(float(found[place]), 3) for place in (0, 1, 420)]  # the last: length
    (481, [0.667, 0.333, 3.0])
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RESIDUES = 20
FIRST = 3


def peptide_features(codes: Any) -> NDArray[np.float32]:
    """Returns the features of each peptide: shares of the 20 residues and of the 400 pairs of
    neighbours, the length, and which residues the first three are.

    Args:
        codes: Shape `(rows, width)`, 1 to 20; 0 is padding, at the end.

    Returns:
        Shape `(rows, 481)`.
    """
    codes = np.asarray(codes).astype(np.int64)
    rows, width = codes.shape
    lengths = lengths_of(codes.astype(np.uint8))
    numbers = np.arange(rows)[:, np.newaxis]
    single = np.zeros((rows, RESIDUES + 1), np.float32)
    np.add.at(single, (np.broadcast_to(numbers, codes.shape), codes), 1.0)
    pairs = np.zeros((rows, (RESIDUES + 1) ** 2), np.float32)
    if width > 1:
        places = codes[:, :-1] * (RESIDUES + 1) + codes[:, 1:]
        np.add.at(pairs, (np.broadcast_to(numbers, places.shape), places), 1.0)
    # what has padding in it is no pair
    pairs = pairs.reshape(rows, RESIDUES + 1, RESIDUES + 1)[:, 1:, 1:].reshape(rows, -1)
    first = np.zeros((rows, FIRST, RESIDUES + 1), np.float32)
    for place in range(min(FIRST, width)):
        first[np.arange(rows), place, codes[:, place]] = 1.0
    parts = [
        single[:, 1:] / np.maximum(lengths, 1)[:, np.newaxis],
        pairs / np.maximum(lengths - 1, 1)[:, np.newaxis],
        lengths[:, np.newaxis],
        first[:, :, 1:].reshape(rows, -1),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def lengths_of(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Returns how many residues each sequence has.

    Args:
        codes: Shape `(rows, width)`; 0 is padding, at the end.

    Example:
        >>> lengths_of(np.array([[1, 2, 0], [0, 0, 0]], np.uint8)).tolist()
        [2, 0]
    """
    there = codes != 0
    last = codes.shape[1] - there[:, ::-1].argmax(axis=1)
    return np.where(there.any(axis=1), last, 0).astype(np.int64)
