"""What a learning curve may do next: a mixture of fitted shapes, each with its uncertainty,
weighted by how well it explains the curve.

The model of one curve y_1 .. y_n, larger is better, in units of its spread:

    y_t = a + b g(t) + d(t) + e_t,   a ~ N(0, 2^2),   b ~ N(0, s_b^2),   d ~ GP(0, sigma^2 k),   e_t
    ~ N(0, sigma^2)

g is one of the shapes of `curve_shapes.py`. d is a slow drift, a random walk or a walk of the
slope: real curves wander off any smooth curve, and without it a long smooth piece would make the
fit far too sure. Given g, k, s_b and sigma all this is Gaussian, so a, b and d are integrated out
exactly, and g, k, s_b and sigma are summed over a fixed grid with their marginal likelihoods as
weights. Nothing is sampled to fit, so the same curve always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr

from tftune.schedulers.curve_shapes import Array, shapes

SIGMAS = np.geomspace(0.04, 1.0, 6)[:, None]  # noise, in units of the curve's spread
OFFSET_DEVIATION = 2.0  # of a, in the same unit
AMPLITUDE_DEVIATIONS = (
    0.5,
    2.0,
    8.0,
)  # s_b: what is yet to be gained may be far more than what has been
DRIFTS = (
    ("walk", 0.03, 0.0),
    ("walk", 0.3, 0.0),
    ("slope", 0.3, -1.0),
    ("slope", 3.0, -2.0),
)  # kind, scale, log of the prior
UNITS_OF_TIME = 20.0  # the drift's scales are for a horizon cut into so many pieces
SLOPE_MEMORY = 4.0  # in these pieces: how long a change of the slope lasts
RELATIVE_SPREAD = (
    0.1  # least spread, relative to the curve's level: a curve that has stood still may yet move
)
MOST_POINTS = 64  # longer curves are thinned


def drift_covariance(kind: str, scale: float, one: Array, other: Array) -> Array:
    """Returns k(s, t), times in pieces of the horizon: scale * min(s, t) for a walk, else that of
    an integrated Ornstein-Uhlenbeck process.

    Example:
        >>> times = np.array([1.0, 2.0])
        >>> drift_covariance("walk", 0.5, times, times).tolist()
        [[0.5, 0.5], [0.5, 1.0]]
    """
    s, t = one[:, None], other[None, :]
    if kind == "walk":
        walk: Array = scale * np.minimum(s, t)
        return walk
    memory = SLOPE_MEMORY
    transient = np.exp(-s / memory) + np.exp(-t / memory) - 1.0 - np.exp(-np.abs(s - t) / memory)
    slope: Array = scale * (2.0 * memory * np.minimum(s, t) + memory**2 * transient)
    return slope


class Extrapolation:
    """The fitted mixture of one curve.

    Args:
        curve: Values after the epochs 1, 2, ..., larger is better; NaN where there is none; at
            least one is a number.
        horizon: The last epoch to be foretold, beyond the curve.

    Example:
        >>> fit = Extrapolation([0.5, 0.7, 0.8, 0.85, 0.875], 10)
        >>> mean, deviation = fit.at(10)
        >>> 0.9 < mean < 1.0, 0.05 < deviation < 0.15
        (True, True)
    """

    def __init__(self, curve: Sequence[float], horizon: int) -> None:
        values = np.asarray(curve, dtype=float)
        known = _thin(np.flatnonzero(np.isfinite(values)))
        self.length, self.pieces = len(values), UNITS_OF_TIME / horizon
        self.level = float(np.median(values[known]))
        self.spread = (
            max(float(np.ptp(values[known])), RELATIVE_SPREAD * float(np.abs(values[known]).max()))
            or 1.0
        )
        self.basis, prior = shapes(horizon)
        self.times, self.known_basis = known + 1.0, self.basis[known]
        self.values = (values[known] - self.level) / self.spread
        self.inverses = [np.linalg.inv(self._noisy(kind, scale)) for kind, scale, _ in DRIFTS]
        parts = [
            [self._fit(inverse, deviation) for deviation in AMPLITUDE_DEVIATIONS]
            for inverse in self.inverses
        ]
        evidence, a, b, v_aa, v_ab, v_bb = (
            np.array([[part[i] for part in row] for row in parts]) for i in range(6)
        )
        evidence += (
            np.log(prior) + np.array([log_prior for _, _, log_prior in DRIFTS])[:, None, None, None]
        )
        self.weights = np.exp(evidence - logsumexp(evidence))  # indices: drift, s_b, sigma, shape
        self.mean, self.covariance = (a, b), (v_aa, v_ab, v_bb)

    def _noisy(self, kind: str, scale: float) -> Array:
        times = self.times * self.pieces
        return np.eye(len(times)) + drift_covariance(kind, scale, times, times)

    def _fit(self, inverse: Array, amplitude_deviation: float) -> tuple[Array, ...]:
        """Returns log evidence, posterior means of a and b and their covariance, for all sigmas and
        shapes.
        """
        y, g, precision = self.values, self.known_basis, SIGMAS**-2
        solved = np.einsum(
            "st,tk->sk", inverse, g
        )  # no BLAS: its threads cost more than they give at this size
        r_a, r_b = precision * (inverse @ y).sum(), precision * np.einsum("t,tk->k", y, solved)
        p_aa = precision * inverse.sum() + OFFSET_DEVIATION**-2
        p_ab = precision * solved.sum(axis=0)
        p_bb = precision * np.einsum("tk,tk->k", g, solved) + amplitude_deviation**-2
        determinant = p_aa * p_bb - p_ab**2
        a, b = (p_bb * r_a - p_ab * r_b) / determinant, (p_aa * r_b - p_ab * r_a) / determinant
        volume = (
            len(y) * np.log(SIGMAS**2)
            - np.linalg.slogdet(inverse)[1]
            + np.log(determinant)
            + 2.0 * np.log(amplitude_deviation)
        )
        evidence = -0.5 * (volume + precision * (y @ inverse @ y) - a * r_a - b * r_b)
        return evidence, a, b, p_bb / determinant, -p_ab / determinant, p_aa / determinant

    def _ahead(self, drift: int, epochs: Array) -> tuple[Array, Array, Array, Array]:
        """Returns, for some epochs, what the drift adds given a and b: the value is c + a p + b q +
        noise of covariance sigma^2 S.
        """
        kind, scale, _ = DRIFTS[drift]
        past, future, inverse = self.times * self.pieces, epochs * self.pieces, self.inverses[drift]
        cross = drift_covariance(kind, scale, future, past)
        gain = cross @ inverse
        rest = drift_covariance(kind, scale, future, future) - gain @ cross.T + np.eye(len(epochs))
        shape = self.basis[epochs.astype(int) - 1] - np.einsum("st,tk->sk", gain, self.known_basis)
        return gain @ self.values, 1.0 - gain.sum(axis=1), shape, rest

    def at(self, epoch: int) -> tuple[float, float]:
        """Returns mean and standard deviation of the value that will be measured after an epoch
        beyond the curve.
        """
        mean, variance = self._components(epoch)
        total = float((self.weights * mean).sum())
        deviation = float((self.weights * (variance + (mean - total) ** 2)).sum()) ** 0.5
        return self.level + self.spread * total, self.spread * deviation

    def quantile(self, epoch: int, probability: float) -> float:
        """Returns the value that an epoch beyond the curve will stay under with some probability,
        of the mixture itself.

        The mixture is far from a normal distribution: a few unlikely shapes make its standard
        deviation, not its middle.
        """
        mean, variance = self._components(epoch)
        deviation = np.sqrt(variance)
        low, high = float((mean - 10.0 * deviation).min()), float((mean + 10.0 * deviation).max())
        root = brentq(
            lambda value: (
                float((self.weights * ndtr((value - mean) / deviation)).sum()) - probability
            ),
            low,
            high,
            xtol=1e-6,
        )
        return self.level + self.spread * float(root)

    def _components(self, epoch: int) -> tuple[Array, Array]:
        """Returns mean and variance of each Gaussian of the mixture, in units of the spread;
        indices as `weights`.
        """
        parts = [self._ahead(drift, np.array([float(epoch)])) for drift in range(len(DRIFTS))]
        c, p, rest = (
            np.array([part[i].ravel()[0] for part in parts])[:, None, None, None] for i in (0, 1, 3)
        )
        q = np.array([part[2][0] for part in parts])[:, None, None, :]
        v_aa, v_ab, v_bb = self.covariance
        mean = c + self.mean[0] * p + self.mean[1] * q
        return mean, p**2 * v_aa + 2.0 * p * q * v_ab + q**2 * v_bb + SIGMAS**2 * rest

    def draw_best(self, generator: np.random.Generator, count: int) -> Array:
        """Returns draws of the best value from the epoch after the curve to the horizon."""
        epochs = _thin(np.arange(self.length, len(self.basis))) + 1.0
        uniforms = (
            np.arange(count) + generator.random(count)
        ) / count  # one in each slice: steadier than independent ones
        chosen = np.searchsorted(np.cumsum(self.weights), uniforms).clip(max=self.weights.size - 1)
        drifts, scales, sigmas, columns = np.unravel_index(chosen, self.weights.shape)
        v_aa, v_ab, v_bb = (each[drifts, scales, sigmas, columns] for each in self.covariance)
        mean_a, mean_b = (each[drifts, scales, sigmas, columns] for each in self.mean)
        normals = generator.standard_normal((2, count))
        a = mean_a + np.sqrt(v_aa) * normals[0]
        b = (
            mean_b
            + v_ab / v_aa * (a - mean_a)
            + np.sqrt(np.maximum(v_bb - v_ab**2 / v_aa, 0.0)) * normals[1]
        )
        noise = generator.standard_normal((count, len(epochs))) * SIGMAS[sigmas]
        best = np.empty(count)
        for drift in np.unique(drifts):
            mine = drifts == drift
            c, p, q, rest = self._ahead(int(drift), epochs)
            wander = np.einsum("ds,ts->dt", noise[mine], np.linalg.cholesky(rest))
            best[mine] = (
                c + a[mine, None] * p + b[mine, None] * q[:, columns[mine]].T + wander
            ).max(axis=1)
        return self.level + self.spread * best


def _thin(indices: NDArray[np.intp]) -> NDArray[np.intp]:
    """Returns at most `MOST_POINTS` of the indices, evenly spread, the first and the last among
    them.
    """
    if len(indices) <= MOST_POINTS:
        return indices
    chosen: NDArray[np.intp] = indices[
        np.linspace(0, len(indices) - 1, MOST_POINTS).round().astype(int)
    ]
    return chosen
