"""The labels of the most similar training sequences, the nearer the heavier.

The similarity of two sequences is s = 1 - distance / longer length, with the edit distance; the
probability of a class is the mean of its shares among the 20 most similar different sequences, each
with the weight exp((s - 1) / 0.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.training.references.edit_distance import LONGEST, Bank, lengths_of

NEIGHBOURS = 20
TEMPERATURE = 0.1
MOST_PAIRS = 12_000_000  # of a query and a sequence of the bank: some seconds


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
        bank, shares = Bank(self._codes[kept]), self._shares[kept]
        lengths = np.minimum(lengths_of(different), LONGEST)
        found = np.empty((len(different), len(self.classes_)))
        count = min(self.neighbours, len(kept))
        for row, (sequence, length) in enumerate(zip(different, lengths, strict=True)):
            longer = np.maximum(np.maximum(bank.lengths, length), 1)
            similarity = 1 - bank.distances(sequence[:length]) / longer
            # of equally similar ones the earlier, whatever the machine
            nearest = np.argsort(-similarity, kind="stable")[:count]
            weights = np.exp((similarity[nearest] - 1) / self.temperature)
            found[row] = weights @ shares[nearest] / weights.sum()
        return found[places.reshape(-1)]

    def _kept(self, queries: int) -> NDArray[np.int64]:
        """Returns the sequences of the bank that are compared."""
        most = max(MOST_PAIRS // max(queries, 1), self.neighbours)
        if len(self._codes) <= most:
            return np.arange(len(self._codes))
        random = np.random.default_rng(self.seed)
        return np.sort(random.choice(len(self._codes), most, replace=False))
