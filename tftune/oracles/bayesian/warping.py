"""Losses made fit for a Gaussian process, which expects about normal targets: one bad trial must
not flatten all others.

Example:
    >>> losses = np.array([0.3, 0.1, 50.0, 0.2])
    >>> copula(losses).round(2).tolist()
    [0.32, -1.15, 1.15, -0.32]
    >>> np.argsort(logarithm(losses)).tolist()
    [1, 3, 0, 2]
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

Array = np.ndarray


def copula(losses: Array) -> Array:
    """Returns the normal quantiles of the ranks, Phi^-1((rank - 1/2) / n); equal losses share a
    rank.

    A Gaussian copula, as in Salinas, Shen, Perrone: A Quantile-based Approach for Hyperparameter
    Transfer Learning, ICML 2020. Any increasing change of the losses leaves it as it is.

    Args:
        losses: Finite, shape (n,).
    """
    return np.asarray(ndtri((rankdata(losses) - 0.5) / len(losses)))


def logarithm(losses: Array) -> Array:
    """Returns log(loss - least + spread / 20), standardised; the spread is the median less the
    least loss.

    It keeps how far apart good results are, and looks at them closely where many are bad.

    Args:
        losses: Finite, shape (n,).
    """
    gaps = losses - losses.min()
    return standard(np.log(gaps + 0.05 * (float(np.median(gaps)) or float(gaps.max()) or 1.0)))


def standard(losses: Array) -> Array:
    """Returns the losses less their mean, over their standard deviation.

    Args:
        losses: Finite, shape (n,).
    """
    deviation = float(losses.std())
    return np.asarray((losses - losses.mean()) / (deviation if deviation > 0 else 1.0))


def rank_agreement(predicted: Array, losses: Array) -> float:
    """Returns the correlation of the ranks of predictions and losses, -1 to 1, in which the good
    results weigh most.

    The weight of rank r among n results is exp(-r / (0.3 n)). Ranks can be compared whatever the
    warping of the predictions was.

    Args:
        predicted: Shape (n,).
        losses: Shape (n,).

    Example:
        >>> losses = np.array([0.1, 0.2, 0.3, 0.4])
        >>> last_two, first_two = losses[[0, 1, 3, 2]], losses[[1, 0, 2, 3]]  # interchanged
        >>> 1 > rank_agreement(last_two, losses) > rank_agreement(first_two, losses)
        True
    """
    left, right = rankdata(predicted), rankdata(losses)
    weights = np.exp(-right / (0.3 * len(losses)))
    left, right = (
        left - np.average(left, weights=weights),
        right - np.average(right, weights=weights),
    )
    both = np.average(left * left, weights=weights) * np.average(right * right, weights=weights)
    return float(np.average(left * right, weights=weights) / np.sqrt(both)) if both > 0 else -1.0


WARPINGS = {"none": standard, "copula": copula, "logarithm": logarithm}
