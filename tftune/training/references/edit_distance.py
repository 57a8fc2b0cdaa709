"""Edit distances of one sequence to many at a time, in the bits of one machine word each.

G. Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic
programming", *Journal of the ACM* 46 (1999), in the form of H. Hyyrö (2001). A column of the table
of distances is kept as two words: the bits of the rows where it rises, and of those where it falls.

Example:
    >>> bank = Bank(np.array([[1, 2, 3, 0], [1, 3, 0, 0], [4, 4, 4, 4]], np.uint8))
    >>> bank.distances(np.array([1, 2, 3], np.uint8)).tolist()
    [0, 1, 4]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 64  # residues of a sequence that count: a machine word has so many bits
_ONE = np.uint64(1)


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


class Bank:
    """Sequences to which others are compared; of each the first 64 residues count.

    Args:
        codes: Shape `(rows, width)`; 0 is padding, at the end.

    Attributes:
        lengths: Of the sequences, at most 64, shape `(rows,)`.
    """

    def __init__(self, codes: NDArray[np.uint8]) -> None:
        codes = np.asarray(codes, np.uint8)[:, :LONGEST]
        self.lengths = lengths_of(codes)
        # the bits of a residue are the places where a sequence has it
        self._places = np.zeros((256, len(codes)), np.uint64)
        rows = np.arange(len(codes))
        for place in range(codes.shape[1]):
            inside = place < self.lengths
            self._places[codes[inside, place], rows[inside]] |= _ONE << np.uint64(place)
        self._last = _ONE << np.maximum(self.lengths - 1, 0).astype(np.uint64)

    def distances(self, sequence: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Returns the edit distance of a sequence to each of the bank, shape `(rows,)`.

        Args:
            sequence: Its residues without padding; the first 64 count.
        """
        rise = np.full(len(self.lengths), np.iinfo(np.uint64).max, np.uint64)
        fall = np.zeros_like(rise)
        distance = self.lengths.copy()
        for code in sequence[:LONGEST]:
            equal = self._places[int(code)]
            diagonal = equal | fall
            along = (((equal & rise) + rise) ^ rise) | equal
            up, down = fall | ~(along | rise), rise & along
            distance += (up & self._last) != 0
            distance -= (down & self._last) != 0
            up, down = (up << _ONE) | _ONE, down << _ONE
            rise, fall = down | ~(diagonal | up), up & diagonal
        distance[self.lengths == 0] = min(len(sequence), LONGEST)
        return distance
