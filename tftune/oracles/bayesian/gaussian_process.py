"""A Gaussian process that is cheap: Matern 5/2, one length a knob, fitted by its marginal
likelihood with gradients.

C. E. Rasmussen, C. K. I. Williams: Gaussian Processes for Machine Learning, MIT Press 2006 (GPML in
the comments).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

Array = np.ndarray

_ROOT5 = math.sqrt(5.0)
_BOUNDS = {"length": (math.log(0.05), math.log(20.0)), "noise": (math.log(1e-6), math.log(1.0))}


class GaussianProcess:
    """y(x) ~ GP(0, s^2 (k(x, x') + v [x = x'])), k = (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r),
    r^2 = sum_j d_j^2 / l_j^2.

    d_j is the distance of two configurations in knob j, l_j its length; s^2 has a closed form. The
    lengths and the noise v maximise the likelihood times a prior: log l_j normal around log
    sqrt(number of knobs) / 2, log v normal around log 1e-3.

    Args:
        knob_of_column: The knob that each column of the features belongs to, shape (n_columns,).

    Example:
        >>> x = np.linspace(0, 1, 9)[:, None]
        >>> process = GaussianProcess(np.array([0])).fit(x, np.sin(6 * x[:, 0]))
        >>> mean, deviation = process.predict(np.array([[0.3]]))
        >>> abs(float(mean[0]) - math.sin(1.8)) < 0.02, float(deviation[0]) < 0.05
        (True, True)
    """

    def __init__(self, knob_of_column: Array) -> None:
        self.knobs, self._index = np.unique(knob_of_column, return_inverse=True)
        self.theta = self._prior_mean()  # log lengths and log noise

    def _prior_mean(self) -> Array:
        length = math.log(max(0.5 * math.sqrt(len(self.knobs)), 0.3))
        return np.array([length] * len(self.knobs) + [math.log(1e-3)])

    def fit(
        self,
        features: Array,
        targets: Array,
        theta: Sequence[float] | Array | None = None,
        iterations: int = 30,
    ) -> GaussianProcess:
        """Fits the process.

        Args:
            features: Shape (n, n_columns).
            targets: About standard normal, shape (n,).
            theta: Log lengths and log noise to begin with; those of the prior by default.
            iterations: Of L-BFGS at the most; 0 keeps `theta`.
        """
        self.features, self.targets = features, targets
        self._squares = self._squared_distances(features)
        begin = self._prior_mean() if theta is None else np.asarray(theta, dtype=float)
        if not iterations:
            return self._condition(begin)
        bounds = [_BOUNDS["length"]] * len(self.knobs) + [_BOUNDS["noise"]]
        found: Any = minimize(
            self._loss,
            begin,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": iterations},
        )
        return self._condition(found.x)

    def condition(self, features: Array, targets: Array, theta: Array) -> GaussianProcess:
        """Takes other results and keeps the lengths: a fit without iterations, but without the
        distances by knob that a gradient needs, in a fraction of the time.

        Args:
            features: Shape (n, n_columns).
            targets: About standard normal, shape (n,).
            theta: Log lengths and log noise.
        """
        self.features, self.targets, self.theta = features, targets, theta
        kernel = _matern(self._scaled_distances(features, features))
        kernel[np.diag_indices_from(kernel)] = 1.0 + math.exp(theta[-1]) + 1e-9
        return self._solve(kernel)

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Returns mean and standard deviation of the noiseless function, each of shape (m,) (GPML,
        equations 2.25 and 2.26).
        """
        cross = _matern(self._scaled_distances(features, self.features))  # (m, n)
        mean = cross @ self._weights
        half = solve_triangular(self._factor[0], cross.T, lower=True, check_finite=False)  # (n, m)
        variance = self._scale * np.maximum(1.0 - np.einsum("nm,nm->m", half, half), 1e-12)
        return mean, np.sqrt(variance)

    def smoothed(self) -> Array:
        """Returns what `predict` gives as the mean of the results themselves, shape (n,): K w =
        y - v w, with w = (K + v)^-1 y.
        """
        return np.asarray(self.targets - (math.exp(self.theta[-1]) + 1e-9) * self._weights)

    @property
    def noise(self) -> float:
        """The standard deviation of the noise, s sqrt(v)."""
        return math.sqrt(self._scale * math.exp(self.theta[-1]))

    def leave_one_out(self) -> Array:
        """Returns the mean that the others predict of each target, shape (n,): y_i - [K^-1 y]_i /
        [K^-1]_ii (GPML, equation 5.12).
        """
        inverse = cho_solve(self._factor, np.eye(len(self.targets)), check_finite=False)
        return np.asarray(self.targets - self._weights / np.diag(inverse))

    def _condition(self, theta: Array) -> GaussianProcess:
        self.theta = theta
        kernel, _ = self._kernel(theta)
        return self._solve(kernel)

    def _solve(self, kernel: Array) -> GaussianProcess:
        self._factor = cho_factor(kernel, lower=True, check_finite=False)
        self._weights = cho_solve(self._factor, self.targets, check_finite=False)
        self._scale = max(float(self.targets @ self._weights) / len(self.targets), 1e-12)  # s^2
        return self

    def _squared_distances(self, features: Array) -> Array:
        """Returns d_j^2 of all pairs, shape (n_knobs, n, n)."""
        # one knob at a time, without all differences: a choice among 1,000 has as many columns
        columns = [features[:, self._index == knob] for knob in range(len(self.knobs))]
        return np.stack([cdist(own, own, "sqeuclidean") for own in columns])

    def _kernel(self, theta: Array) -> tuple[Array, Array]:
        weights = np.exp(-2.0 * theta[:-1])  # 1 / l_j^2
        distances = np.sqrt(np.tensordot(weights, self._squares, axes=1))  # r, (n, n)
        kernel = _matern(distances)
        kernel[np.diag_indices_from(kernel)] += math.exp(theta[-1]) + 1e-9
        return kernel, distances

    def _loss(self, theta: Array) -> tuple[float, Array]:
        """Returns the negative log posterior, up to a constant, and its gradient (GPML, equations
        2.30 and 5.9, s^2 maximised out).
        """
        count = len(self.targets)
        kernel, distances = self._kernel(theta)
        try:
            factor = cho_factor(kernel, lower=True, check_finite=False)
        except np.linalg.LinAlgError:
            return 1e25, np.zeros_like(theta)
        weights = cho_solve(factor, self.targets, check_finite=False)
        scale = max(float(self.targets @ weights) / count, 1e-12)
        loss = 0.5 * count * math.log(scale) + float(np.log(np.diag(factor[0])).sum())
        inverse = cho_solve(factor, np.eye(count), check_finite=False)
        outer = 0.5 * (inverse - np.outer(weights, weights) / scale)  # d loss / d K
        slope = (
            outer * (5.0 / 3.0) * (1.0 + _ROOT5 * distances) * np.exp(-_ROOT5 * distances)
        )  # -d k / d (r^2 / 2) is 5/3 (...)
        by_length = np.exp(-2.0 * theta[:-1]) * np.tensordot(self._squares, slope, axes=2)
        by_noise = math.exp(theta[-1]) * np.trace(outer)
        prior, prior_slope = self._prior(theta)
        return loss + prior, np.append(by_length, by_noise) + prior_slope

    def _prior(self, theta: Array) -> tuple[float, Array]:
        deviations = np.array([1.0] * len(self.knobs) + [2.0])
        standard = (theta - self._prior_mean()) / deviations
        return 0.5 * float(standard @ standard), standard / deviations

    def _scaled_distances(self, left: Array, right: Array) -> Array:
        lengths = np.exp(self.theta[:-1])[self._index]
        a, b = left / lengths, right / lengths
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _matern(distances: Array) -> Array:
    scaled = _ROOT5 * distances
    return (1.0 + scaled + scaled**2 / 3.0) * np.exp(-scaled)
