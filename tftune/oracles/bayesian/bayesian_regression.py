"""Bayesian linear regression, its two precisions found by the marginal likelihood.

C. M. Bishop: Pattern Recognition and Machine Learning, Springer 2006, sections 3.3 to 3.5 (equation
numbers below).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import minimize

Array = np.ndarray

_BOUNDS = ((-12.0, 12.0), (-3.0, 14.0))  # of log alpha and log beta, for targets of variance 1
_PRIOR = np.array(
    [[0.0, 5.0], [4.0, 3.0]]
)  # mean and standard deviation of the logarithms: weak, they matter with very few data


class BayesianRegression:
    """y = w . phi + noise, w ~ N(0, I / alpha), noise ~ N(0, 1 / beta).

    The posterior of w is N(m, S): S^-1 = alpha I + beta Phi^T Phi, m = beta S Phi^T y (3.53, 3.54).
    Unless they are given, alpha and beta maximise p(y | alpha, beta), where y ~ N(0, Phi Phi^T /
    alpha + I / beta), times a weak log-normal prior.

    Args:
        basis: Phi, one row an observation, shape (n, d).
        targets: y, shape (n,).
        alpha: Precision of the weights; None to find it.
        beta: Precision of the noise; None to find it. Both or neither are given.

    Example:
        >>> phi = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
        >>> line = BayesianRegression(phi, np.array([0.0, 1.0, 2.0]), alpha=1e-6, beta=1e4)
        >>> mean, deviation = line.predict(np.array([[1.0, 3.0]]))
        >>> mean.round(3).tolist(), deviation.round(3).tolist()  # of the line, without the noise
        ([3.0], [0.015])
    """

    def __init__(
        self, basis: Array, targets: Array, alpha: float | None = None, beta: float | None = None
    ) -> None:
        left, singular, self._directions = np.linalg.svd(
            basis, full_matrices=False
        )  # Phi = left diag(singular) directions
        self._along = left.T @ targets
        self._squares = singular**2
        self._rest = (
            max(float(targets @ targets - self._along @ self._along), 0.0),
            len(targets) - len(singular),
        )
        if alpha is None or beta is None:
            found: Any = minimize(
                self._loss, _PRIOR[:, 0], jac=True, method="L-BFGS-B", bounds=_BOUNDS
            )
            alpha, beta = (math.exp(value) for value in found.x)
        self.alpha, self.beta = alpha, beta
        self._precision = (
            alpha + beta * self._squares
        )  # eigenvalues of S^-1 along the directions; alpha across them
        self.weights: Array = self._directions.T @ (beta * singular * self._along / self._precision)

    def predict(self, basis: Array) -> tuple[Array, Array]:
        """Returns mean and standard deviation of w . phi for every row, each of shape (n,), without
        the noise (3.58, 3.59).
        """
        along = basis @ self._directions.T
        across = np.maximum(
            np.einsum("nd,nd->n", basis, basis) - np.einsum("nd,nd->n", along, along), 0.0
        )
        variance = (along**2 / self._precision).sum(axis=1) + across / self.alpha
        return basis @ self.weights, np.sqrt(np.maximum(variance, 1e-12))

    def log_evidence(self, logarithms: Array) -> tuple[float, Array]:
        """Returns log p(y | alpha, beta) and its derivatives by log alpha and log beta.

        Along the left singular vectors of Phi, y has the variances s_i^2 / alpha + 1 / beta, across
        them 1 / beta.

        Args:
            logarithms: (log alpha, log beta).
        """
        signal, noise = self._squares * math.exp(-logarithms[0]), math.exp(-logarithms[1])
        variance = signal + noise
        rest, count = self._rest
        value = -0.5 * float((np.log(variance) + self._along**2 / variance).sum()) - 0.5 * (
            count * math.log(noise) + rest / noise
        )
        value -= 0.5 * (len(variance) + count) * math.log(2.0 * math.pi)
        by_variance = -0.5 * (1.0 / variance - (self._along / variance) ** 2)
        by_noise = float(by_variance.sum()) - 0.5 * (count / noise - rest / noise**2)
        return value, np.array([-float(by_variance @ signal), -noise * by_noise])

    def _loss(self, logarithms: Array) -> tuple[float, Array]:
        evidence, slope = self.log_evidence(logarithms)
        standard = (logarithms - _PRIOR[:, 0]) / _PRIOR[:, 1]
        return 0.5 * float(standard @ standard) - evidence, standard / _PRIOR[:, 1] - slope
