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
    return standard(np.log(gaps + _offset(gaps)))


def _offset(gaps: Array) -> float:
    """Returns what keeps the logarithm of the least gap finite."""
    return 0.05 * (float(np.median(gaps)) or float(gaps.max())) or 0.05


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


def unwarped(name: str, losses: Array, targets: Array) -> Array:
    """Returns the losses that warped values stand for.

    `none` and `logarithm` are turned round exactly; the logarithm knows no loss below `least -
    spread / 20`. `copula` keeps the ranks only: between the observed losses it is interpolated, and
    beyond them it goes on in a straight line with the slope from the end to the median.

    Args:
        name: Of the warping.
        losses: What was warped, finite, shape (n,).
        targets: Values on the warped scale, shape (m,).

    Example:
        >>> losses = np.array([0.3, 0.1, 50.0, 0.2])
        >>> [unwarped(name, losses, warp(losses)).round(9).tolist() == losses.tolist()
        ...  for name, warp in WARPINGS.items()]
        [True, True, True]
    """
    targets = np.asarray(targets, dtype=float)
    if name == "copula":
        return _between_ranks(losses, targets)
    if name == "none":
        return np.asarray(targets * (float(losses.std()) or 1.0) + losses.mean())
    gaps = losses - losses.min()
    offset = _offset(gaps)
    logarithms = np.log(gaps + offset)
    with np.errstate(over="ignore"):  # infinite is what it is then
        gap = np.exp(targets * (float(logarithms.std()) or 1.0) + logarithms.mean())
    return np.asarray(losses.min() + gap - offset)


def _between_ranks(losses: Array, targets: Array) -> Array:
    """Turns round the normal quantiles of ranks."""
    known, first = np.unique(copula(losses), return_index=True)
    values = losses[first]
    if len(known) == 1:
        return np.full(len(targets), values[0])
    found = np.interp(targets, known, values)
    middle = np.interp(0.0, known, values)  # the median
    for end, outside in ((0, targets < known[0]), (-1, targets > known[-1])):
        slope = (values[end] - middle) / known[end]
        found = np.where(outside, values[end] + slope * (targets - known[end]), found)
    return np.asarray(found)


WARPINGS = {"none": standard, "copula": copula, "logarithm": logarithm}
