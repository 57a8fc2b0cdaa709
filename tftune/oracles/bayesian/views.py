"""Gaussian processes that see the same losses in several ways, and what they promise together."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import numpy as np

from tftune.oracles.bayesian.acquisition import log_expected_improvement
from tftune.oracles.bayesian.gaussian_process import GaussianProcess
from tftune.oracles.bayesian.warping import WARPINGS, rank_agreement, unwarped
from tftune.oracles.core.prediction import Prediction

Array = np.ndarray

_TEMPERATURE = 0.1  # so much less rank agreement makes the weight of a process e times smaller
_ITERATIONS = 30  # of a fit at the most
_LEAST = 0.05  # a process with less of the best one's weight is left out


class Views:
    """One Gaussian process for each warping of the losses.

    Their logarithms of the expected improvement are averaged. A process weighs exp(a / 0.1), where
    a is its rank agreement: the rank correlation, in which good results weigh most, of the results
    with what it predicts of each from the others. One with less than 0.05 of the greatest weight
    is left out.

    Args:
        names: Of the warpings.
        knob_of_column: The knob that each column of the features belongs to.
        features: Of the results, shape (n, n_columns).
        losses: Lower is better, shape (n,).
        thetas: Lengths and noise of the processes, by warping.
        weights: Of the processes, in the order of the names; None computes them.
        averages: False gives all the weight to the process that agrees best.

    Attributes:
        thetas: Lengths and noise of the processes, by warping.
        weights: Of the processes, one a warping; their sum is 1.

    Example:
        >>> x = np.linspace(0, 1, 9)[:, None]
        >>> losses = (x[:, 0] - 0.3) ** 2
        >>> views = Views.fitted(["none", "copula"], np.array([0]), x, losses)
        >>> promise = views.log_improvement(np.array([[0.3], [0.9]]))
        >>> bool(promise[0] > promise[1])
        True
    """

    def __init__(
        self,
        names: Sequence[str],
        knob_of_column: Array,
        features: Array,
        losses: Array,
        thetas: Mapping[str, Sequence[float]],
        weights: Sequence[float] | None = None,
        averages: bool = True,
    ) -> None:
        self._names, self._losses, self._averages = names, losses, averages
        self.thetas = {name: list(thetas[name]) for name in names}
        self._processes = [
            GaussianProcess(knob_of_column).condition(
                features, WARPINGS[name](losses), np.array(self.thetas[name])
            )
            for name in names
        ]
        self._unbelieving = list(map(copy.copy, self._processes))
        self._bests = [float(process.smoothed().min()) for process in self._processes]
        self.weights = self._weighed() if weights is None else list(weights)

    @classmethod
    def fitted(
        cls,
        names: Sequence[str],
        knob_of_column: Array,
        features: Array,
        losses: Array,
        begin: Mapping[str, Sequence[float]] | None = None,
        averages: bool = True,
    ) -> Views:
        """Returns the processes, their lengths fitted.

        Args:
            names: Of the warpings.
            knob_of_column: As above.
            features: As above.
            losses: As above.
            begin: Lengths and noise to begin with, by warping; those of the prior where there are
                none.
            averages: As above.
        """
        thetas = {
            name: GaussianProcess(knob_of_column)
            .fit(features, WARPINGS[name](losses), (begin or {}).get(name), _ITERATIONS)
            .theta.tolist()
            for name in names
        }
        return cls(names, knob_of_column, features, losses, thetas, averages=averages)

    @property
    def trusted(self) -> int:
        """The position of the process that ranks best the results that it has not seen."""
        return int(np.argmax(self.weights))

    def _weighed(self) -> list[float]:
        if len(self._processes) == 1:
            return [1.0]
        ranks = np.array(
            [rank_agreement(each.leave_one_out(), self._losses) for each in self._processes]
        )
        if not self._averages:
            return [float(place == ranks.argmax()) for place in range(len(ranks))]
        weights = np.exp((ranks - ranks.max()) / _TEMPERATURE)
        weights = np.where(weights < _LEAST, 0.0, weights)
        return list(map(float, weights / weights.sum()))

    def believe(self, features: Array) -> None:
        """Takes running trials to give what each process predicts (kriging believer).

        Args:
            features: Of the running trials, shape (m, n_columns).
        """
        for process in self._processes:
            believed = np.append(process.targets, process.predict(features)[0])
            joined = np.vstack([process.features, features])
            process.condition(joined, believed, process.theta)

    def log_improvement(self, features: Array) -> Array:
        """Returns the weighted mean over the processes of the logarithm of the expected
        improvement, each on its own scale, shape (n,).
        """
        total = np.zeros(len(features))
        for process, best, weight in zip(self._processes, self._bests, self.weights, strict=True):
            if weight:
                total += weight * log_expected_improvement(*process.predict(features), best)
        return total

    def expected(self, features: Array) -> Prediction:
        """Returns what the trusted process expects of a configuration; running trials have told it
        nothing. What it predicts of the warped losses, and one standard deviation with its noise
        to either side, is turned back into losses by `unwarped`.

        Args:
            features: Of the configuration, shape (1, n_columns).
        """
        process = self._unbelieving[self.trusted]
        mean, deviation = process.predict(features)
        spread, middle = math.hypot(float(deviation[0]), process.noise), float(mean[0])
        warped = np.array([middle, middle - spread, middle + spread])
        return Prediction(*map(float, unwarped(self._names[self.trusted], self._losses, warped)))
