"""Random search without chance: what the best of n draws is on average, from all values of a table
or a large sample of a function.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln


def expected_best(values: np.ndarray, trials: int, replacement: bool = False) -> np.ndarray:
    """Returns the expectation of the least of n draws, n = 1 .. trials.

    With N values sorted, E[min] = v_1 + sum_k (v_(k+1) - v_k) P(the least draw is above the k-th),
    and that probability is C(N - k, n) / C(N, n) without replacement and (1 - k / N)^n with it.

    Args:
        values: All N values, any shape.
        trials: The largest n; without replacement at most N.
        replacement: Whether a value may be drawn twice.

    Example:
        >>> expected_best(np.array([1.0, 2.0, 3.0]), 3).round(3).tolist()
        [2.0, 1.333, 1.0]
        >>> expected_best(np.array([1.0, 2.0]), 2, replacement=True).tolist()
        [1.5, 1.25]
    """
    ordered = np.sort(np.asarray(values, dtype=float), axis=None)
    size, steps = ordered.size, np.diff(ordered)
    k = np.arange(1, size)
    means = []
    for n in range(1, trials + 1):
        above = (1.0 - k / size) ** n if replacement else _all_above(size, k, min(n, size))
        means.append(ordered[0] + float(steps @ above))
    return np.array(means)


def _all_above(size: int, k: np.ndarray, n: int) -> np.ndarray:
    """Returns C(size - k, n) / C(size, n)."""
    left = size - k
    possible = left >= n
    left = np.where(possible, left, n)
    logarithm = (
        gammaln(left + 1) - gammaln(left - n + 1) - gammaln(size + 1) + gammaln(size - n + 1)
    )
    return np.where(possible, np.exp(logarithm), 0.0)
