"""Which results a model is conditioned on when there are too many for it."""

from __future__ import annotations

import numpy as np


def best_and_latest(losses: np.ndarray, most: int) -> np.ndarray:
    """Returns the positions of at most `most` results in ascending order: half of them are the best
    results, half the latest of the others.

    Args:
        losses: Lower is better, in the order in which the results came, shape (n,).
        most: How many positions are wanted.

    Example:
        >>> best_and_latest(np.array([0.1, 0.5, 0.2, 0.9, 0.8]), 4).tolist()
        [0, 2, 3, 4]
    """
    everything = np.arange(len(losses))
    if len(losses) <= most:
        return everything
    best = np.argsort(losses, kind="stable")[: most // 2]
    latest = np.setdiff1d(everything, best)[-(most - len(best)) :]
    return np.sort(np.concatenate([best, latest]))
