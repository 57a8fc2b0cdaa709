"""The shapes a learning curve may have: the parametric families of Domhan et al. (2015), each at a
fixed set of its parameters.

A family is used as offset + amplitude * shape. With offset and amplitude free, some of the paper's
eleven families are the same:

    name here     shape g(t), t in epochs             families of the paper (its parameters)
    pow3          -t^-alpha                           pow3 (alpha)
    pow4          -(t + delta)^-alpha                 pow4 (delta = b / a, alpha)
    hill3         t^eta / (kappa^eta + t^eta)         Hill3 (kappa, eta), MMF (1 / kappa, delta =
    eta), log power (e^b = kappa, c = -eta) weibull       1 - exp(-(t / kappa)^delta)
    Weibull (1 / kappa, delta), Janoschek (kappa^-delta, delta), exp4 (a, alpha = delta) ilog2
    -1 / log(t + 1)                     ilog2 vapor         exp(b / t + c log t)
    vapor pressure (b, c) log_log       log(log t + delta)                  log log linear (delta =
    b / a)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Array = NDArray[np.floating[Any]]
TWO_PARAMETERS, ONE_PARAMETER = 64, 16  # sets of parameters a family


def _log_scale(unit: Array, low: float, high: float) -> Array:
    return low * (high / low) ** unit


def _pow3(t: Array, u: Array, horizon: int) -> Array:
    return -(t ** -_log_scale(u[0], 0.05, 4.0))


def _pow4(t: Array, u: Array, horizon: int) -> Array:
    return -((t + _log_scale(u[0], 0.1, horizon)) ** -_log_scale(u[1], 0.05, 4.0))


def _hill3(t: Array, u: Array, horizon: int) -> Array:
    ratio = (t / _log_scale(u[0], 0.5, 2.0 * horizon)) ** _log_scale(u[1], 0.5, 4.0)
    return ratio / (1.0 + ratio)


def _weibull(t: Array, u: Array, horizon: int) -> Array:
    return -np.exp(-((t / _log_scale(u[0], 0.5, 2.0 * horizon)) ** _log_scale(u[1], 0.3, 3.0)))


def _ilog2(t: Array, u: Array, horizon: int) -> Array:
    grown: Array = -1.0 / np.log(t + 1.0)
    return grown


def _vapor(t: Array, u: Array, horizon: int) -> Array:
    grown: Array = np.exp(-_log_scale(u[0], 0.1, 10.0) / t + (u[1] - 0.5) * 0.5 * np.log(t))
    return grown


def _log_log(t: Array, u: Array, horizon: int) -> Array:
    return np.log(np.log(t) + _log_scale(u[0], 0.05, 20.0))


FAMILIES: dict[
    str, tuple[Callable[[Array, Array, int], Array], int]
] = {  # shape, number of parameters
    "pow3": (_pow3, 1),
    "pow4": (_pow4, 2),
    "hill3": (_hill3, 2),
    "weibull": (_weibull, 2),
    "ilog2": (_ilog2, 0),
    "vapor": (_vapor, 2),
    "log_log": (_log_log, 1),
}


@lru_cache(maxsize=8)
def shapes(horizon: int) -> tuple[Array, Array]:
    """Returns all shapes at the epochs 1 to `horizon`, and their prior probabilities.

    Each shape is 0 at epoch 1 and spans 1 from its least to its largest value, so that the
    amplitude is what a curve gains in all. The parameters of a family cover their ranges evenly on
    a log scale, as a Halton sequence; times are measured against the horizon.

    Args:
        horizon: The last epoch, at least 2.

    Returns:
        An array of a row an epoch and a column a shape, and the weight of each column: equal for
        all families, and within one.

    Example:
        >>> values, weights = shapes(10)
        >>> values.shape, bool((values[0] == 0).all()), round(float(weights.sum()), 6)
        ((10, 289), True, 1.0)
    """
    epochs = np.arange(1.0, horizon + 1.0)[:, None]
    columns, weights = [], []
    for shape, parameters in FAMILIES.values():
        count = (1, ONE_PARAMETER, TWO_PARAMETERS)[parameters]
        unit = (
            qmc.Halton(parameters, scramble=False).random(count + 1)[1:].T
            if parameters
            else np.zeros((0, 1))
        )  # the first is the corner
        values = shape(epochs, unit, horizon)
        values = values - values[0]
        columns.append(values / np.maximum(np.ptp(values, axis=0), np.finfo(float).tiny))
        weights.append(np.full(count, 1.0 / count / len(FAMILIES)))
    return np.concatenate(columns, axis=1), np.concatenate(weights)
