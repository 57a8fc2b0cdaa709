"""DNGO: Bayesian optimisation in which a small network learns the basis and linear regression on it
tells how sure it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tftune.oracles.bayesian.acquisition import (
    first_untried,
    log_expected_improvement,
    most_promising,
)
from tftune.oracles.bayesian.basis_network import BasisNetwork
from tftune.oracles.bayesian.bayesian_regression import BayesianRegression
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.choices import initial_points_for
from tftune.oracles.bayesian.warping import WARPINGS, unwarped
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import phases
from tftune.oracles.core.prediction import Prediction
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_choice, check_count, check_number
from tftune.support.seeding import generator

Array = np.ndarray

_CENTRES = 10  # best configurations around which candidates are sought
_MOST = 1000  # results the network is trained on: the latest


class DngoMethod(SearchMethod):
    """Proposes the configuration with the greatest expected improvement under a Bayesian regression
    on a network's last hidden layer.

    J. Snoek, O. Rippel, K. Swersky, R. Kiros, N. Satish, N. Sundaram, M. Patwary, Prabhat, R. P.
    Adams: "Scalable Bayesian Optimization Using Deep Neural Networks", ICML 2015. For every
    proposal a network f(x) = w . phi(x) + b with three hidden layers of 50 tanh units is trained on
    all results, as a maximum a posteriori estimate. Then w and b give way to a Bayesian linear
    regression on phi(x) and a constant, with precisions alpha of the weights and beta of the noise
    that maximise the marginal likelihood:

        y(x) ~ N(m . phi(x), phi(x)^T K^-1 phi(x)), K = beta Phi^T Phi + alpha I, m = beta K^-1
        Phi^T y

    The time grows linearly with the number of results, where a Gaussian process takes the third
    power; beyond 1000 the latest are used. Different from the paper: no quadratic prior mean,
    precisions by optimisation instead of slice sampling, and the improvement is that of y without
    its noise 1 / beta. While other trials run, they are taken to give what the regression predicts.

    Args:
        initial_points: Results before the network is asked; random configurations give them. None
            for 10, or half of `max_trials` where that is less.
        epochs: Steps of Adam for one proposal, at least 1. Defaults to 100.
        learning_rate: Of Adam at first, above 0; it falls to 0. Defaults to 0.02.
        weight_decay: Precision of the prior of the network's weights over the number of results, at
            least 0. Defaults to 0.001.
        warping: Of the losses: `"none"` (standardised), `"copula"` (ranks to normal quantiles) or
            `"logarithm"` (of the distance to the best). Defaults to `"none"`, the safest: the
            others did better on tables of real searches and much worse on smooth functions.

    Raises:
        UsageError: If `warping` is unknown or a number outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = DngoOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        10 are drawn at random, then a network with Bayesian regression proposes
    """

    follows_max_trials = ("initial_points",)

    def __init__(
        self,
        initial_points: int | None = None,
        epochs: int = 100,
        learning_rate: float = 0.02,
        weight_decay: float = 1e-3,
        warping: str = "none",
    ) -> None:
        check_count("initial_points", initial_points, least=1, optional=True)
        check_count("epochs", epochs, least=1)
        check_number("learning_rate", learning_rate, 0.0, above=True, example=0.02)
        check_number("weight_decay", weight_decay, 0.0, example=0.001)
        check_choice("warping", warping, WARPINGS)
        self.epochs, self.learning_rate, self.weight_decay, self.warping = (
            epochs,
            learning_rate,
            weight_decay,
            warping,
        )
        self._initial_points = initial_points

    def begin(self, view: SearchView) -> None:
        """Settles the number of initial points."""
        super().begin(view)
        self.initial_points = self._initial_points or initial_points_for(view.max_trials)

    def plan(self) -> str:
        """Returns the size of the search and how many configurations are drawn."""
        how = ("drawn at random", "a network with Bayesian regression proposes")
        first = phases(self.view, self.expected_trials(), self.initial_points, *how)
        return f"{super().plan()}\n{first}"

    def memo(self) -> dict[str, Any] | None:
        """Returns nothing to remember: a proposal is a function of the results, and resuming need
        not repeat the earlier ones.
        """
        return {}

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the most promising configuration that was not tried, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.view.seed, trial_number, "proposal")
        encoding = Encoding(self.view.space)
        if len(self.view.observations) < self.initial_points or not encoding.tuned.any():
            values = self.view.tried.draw_new(draws)
            return Signal.EXHAUSTED if values is None else values
        with limited_threads(self.view.blas_threads):
            places, expected = self._promising(encoding, draws)
        values = first_untried(self.view, places, trial_number)
        if values is None:
            return Signal.EXHAUSTED
        self.prediction = expected(values)
        return values

    def _promising(
        self, encoding: Encoding, draws: np.random.Generator
    ) -> tuple[Array, Callable[[Values], Prediction]]:
        """Returns places, the most promising first, and what tells what is expected of values.

        Running trials tell it nothing, and one standard deviation with the noise is turned back
        into losses by `unwarped`.
        """
        seen = self.view.observations[-_MOST:]
        places, losses = (
            encoding.places([each.values for each in seen]),
            np.array([each.loss for each in seen]),
        )
        targets = WARPINGS[self.warping](losses)
        network = self._trained(_inputs(encoding, places), targets, draws)

        def basis(candidates: Array) -> Array:
            units = network.basis(_inputs(encoding, candidates))
            return np.hstack([units, np.ones((len(units), 1))])

        regression = fitted = BayesianRegression(basis(places), targets)
        best = float(regression.predict(basis(places))[0].min())
        running = encoding.places(
            [public_values(trial.hyperparameters.values) for trial in self.view.unfinished()]
        )
        if len(running):
            regression = _believing(regression, basis(places), targets, basis(running))

        def score(candidates: Array) -> Array:
            mean, deviation = regression.predict(basis(candidates))
            return log_expected_improvement(mean, deviation, best)

        centres = places[np.argsort(losses, kind="stable")[:_CENTRES]]

        def expected(values: Values) -> Prediction:
            mean, deviation = fitted.predict(basis(encoding.places([values])))
            spread = math.hypot(float(deviation[0]), fitted.beta**-0.5)
            warped = np.array([mean[0], mean[0] - spread, mean[0] + spread])
            return Prediction(*map(float, unwarped(self.warping, losses, warped)))

        return most_promising(encoding, score, centres, draws), expected

    def _trained(self, inputs: Array, targets: Array, draws: np.random.Generator) -> BasisNetwork:
        network = BasisNetwork(inputs.shape[1], draws)
        return network.fit(inputs, targets, self.epochs, self.learning_rate, self.weight_decay)


def _inputs(encoding: Encoding, places: Array) -> Array:
    """Returns features about 0, from -1 to 1, as a tanh unit likes them."""
    return 2.0 * encoding.features(places) - 1.0


def _believing(
    regression: BayesianRegression, basis: Array, targets: Array, running: Array
) -> BayesianRegression:
    """Returns the regression told that running trials give what it predicts: its mean stays, it is
    surer where they are.
    """
    believed = np.append(targets, regression.predict(running)[0])
    return BayesianRegression(
        np.vstack([basis, running]), believed, regression.alpha, regression.beta
    )


class DngoOracle(BoundOracle[DngoMethod]):
    """DNGO as an oracle."""
