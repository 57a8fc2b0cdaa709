"""The labels of the most similar training sequences, the nearer the heavier.

The similarity of two sequences is s = 1 - distance / longer length, with the edit distance; the
probability of a class is the mean of its shares among the 20 most similar different sequences, each
with the weight exp((s - 1) / 0.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.edit_distances import as_texts, distances

NEIGHBOURS = 20
TEMPERATURE = 0.1
MOST_PAIRS = 12_000_000  # of a query and a sequence of the bank: some seconds
_BLOCK = 256  # queries that are compared with the bank at a time


class EditNeighbours:
    """A classifier with the interface of scikit-learn.

    Args:
        neighbours: How many of the most similar sequences count.
        temperature: How fast the weight falls with the similarity.
        seed: Of the choice of sequences, where there are too many pairs.

    Example:
        >>> codes = np.array([[1, 2, 3], [1, 2, 3], [5, 6, 7], [5, 6, 8]], np.uint8)
        >>> model = EditNeighbours(neighbours=1).fit(codes, np.array([0, 1, 1, 1]))
        >>> model.predict_proba(np.array([[1, 2, 0], [5, 6, 7]], np.uint8)).tolist()
        [[0.5, 0.5], [0.0, 1.0]]
    """

    def __init__(
        self, neighbours: int = NEIGHBOURS, temperature: float = TEMPERATURE, seed: int = 0
    ) -> None:
        self.neighbours, self.temperature, self.seed = neighbours, temperature, seed

    def fit(self, codes: Any, labels: Any) -> EditNeighbours:
        """Takes the different sequences of the training split with the shares of their labels.

        Args:
            codes: Shape `(rows, width)`; 0 is padding, at the end.
            labels: Numbers of classes, shape `(rows,)`.
        """
        codes, labels = np.asarray(codes, np.uint8), np.asarray(labels, np.int64)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        self._codes, groups = np.unique(codes, axis=0, return_inverse=True)
        shares = np.zeros((len(self._codes), len(self.classes_)))
        np.add.at(shares, (groups.reshape(-1), numbers), 1.0)
        self._shares = shares / shares.sum(axis=1, keepdims=True)
        return self

    def predict_proba(self, codes: Any) -> NDArray[np.float64]:
        """Returns the probability of each class, shape `(rows, classes)`."""
        different, places = np.unique(np.asarray(codes, np.uint8), axis=0, return_inverse=True)
        kept = self._kept(len(different))
        bank, shares = as_texts(self._codes[kept]), self._shares[kept]
        queries = as_texts(different)
        blocks = [
            self._of_block(queries[start : start + _BLOCK], bank, shares)
            for start in range(0, len(queries), _BLOCK)
        ]
        return np.concatenate(blocks)[places.reshape(-1)]

    def _of_block(
        self, queries: list[str], bank: list[str], shares: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        lengths = np.array([len(text) for text in bank])
        longer = np.maximum(lengths, [[max(len(text), 1)] for text in queries])
        similarity = 1 - distances(queries, bank) / longer
        # of equally similar ones the earlier, whatever the machine
        nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : self.neighbours]
        weights = np.exp((np.take_along_axis(similarity, nearest, 1) - 1) / self.temperature)
        found: NDArray[np.float64] = np.einsum("qn,qnc->qc", weights, shares[nearest])
        found /= weights.sum(axis=1, keepdims=True)
        return found

    def _kept(self, queries: int) -> NDArray[np.int64]:
        """Returns the sequences of the bank that are compared."""
        most = max(MOST_PAIRS // max(queries, 1), self.neighbours)
        if len(self._codes) <= most:
            return np.arange(len(self._codes))
        random = np.random.default_rng(self.seed)
        return np.sort(random.choice(len(self._codes), most, replace=False))
