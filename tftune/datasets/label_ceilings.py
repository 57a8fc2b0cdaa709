"""Equal inputs with different labels: no model can be right about all of them, and this is the most
that one can reach.

A model answers equal inputs equally. The best answer is the share of each class among the rows of
an input: by it as many rows are right as can be, the log-loss is least, and the rows of a class
stand before the others as far as inputs can tell them apart (the lemma of Neyman and Pearson), so
that the area under the ROC curve is greatest.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ceiling:
    """What equal inputs with different labels cost.

    Attributes:
        inputs: How many inputs carry different labels.
        rows: How many rows these have.
        accuracy: The greatest.
        auc: The greatest area under the ROC curve; of more than two classes the mean over each
            against the others; None where there is one class.
        log_loss: The least mean of -log p of the true class.
    """

    inputs: int
    rows: int
    accuracy: float
    auc: float | None
    log_loss: float

    def summary(self) -> dict[str, Any]:
        """Returns the ceilings as `summary.json` holds them."""
        auc = None if self.auc is None else round(self.auc, 6)
        return {
            "accuracy": round(self.accuracy, 6),
            "auc": auc,
            "log_loss": round(self.log_loss, 6),
        }


def ceiling(groups: NDArray[np.integer], labels: NDArray[np.integer]) -> Ceiling:
    """Returns what no model can exceed on some rows.

    Args:
        groups: Number of the input of each row, equal for equal inputs, shape `(n,)`, one row at
            least.
        labels: Number of the class of each row, shape `(n,)`.

    Example:
        >>> found = ceiling(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]))
        >>> found.inputs, found.rows, found.accuracy, found.auc
        (1, 2, 0.75, 0.875)
        >>> round(found.log_loss / float(np.log(2)), 6)  # half of the rows cost one bit
        0.5
    """
    _, inputs = np.unique(groups, return_inverse=True)
    names, classes = np.unique(labels, return_inverse=True)
    rows, totals = len(labels), np.bincount(inputs.reshape(-1))
    # only what occurs is counted: a table of all inputs and classes may be too large
    cells = inputs.reshape(-1).astype(np.int64) * len(names) + classes.reshape(-1)
    cells, counts = np.unique(cells, return_counts=True)
    of_input, of_class = np.divmod(cells, len(names))
    of_all = totals[of_input]
    shares = counts / of_all
    most = np.zeros_like(totals)
    np.maximum.at(most, of_input, counts)
    mixed = most < totals
    order = np.argsort(of_class, kind="stable")
    ends = np.searchsorted(of_class[order], np.arange(len(names) + 1))
    found = [order[begin:end] for begin, end in itertools.pairwise(ends)]
    # of two classes the area of the second is that of the first
    judged = range(1 if len(names) == 2 else 0, len(names) if len(names) > 1 else 0)
    areas = [
        _area(shares[cells], counts[cells], of_all[cells], rows)
        for cells in (found[one] for one in judged)
    ]
    return Ceiling(
        int(mixed.sum()),
        int(totals[mixed].sum()),
        float(most.sum() / rows),
        float(np.mean(areas)) if areas else None,
        abs(float((counts * np.log(shares)).sum() / rows)),
    )


def _area(
    scores: NDArray[np.float64],
    positives: NDArray[np.int64],
    totals: NDArray[np.int64],
    rows: int,
) -> float:
    """Returns the area under the ROC curve of the inputs that have a class, in several rows each:
    the chance that a row of the class has a higher score than another row, half of it where they
    are equal. All other rows have the score 0.
    """
    _, rank = np.unique(scores, return_inverse=True)
    right = np.bincount(rank.reshape(-1), weights=positives)
    wrong = np.bincount(rank.reshape(-1), weights=totals - positives)
    below = rows - totals.sum() + np.cumsum(wrong) - wrong
    return float((right * (below + wrong / 2)).sum() / (right.sum() * (rows - right.sum())))
