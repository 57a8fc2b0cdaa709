"""Bayesian optimisation with a Gaussian process of our own, made to be cheap and to cope with
steps, choices and outliers.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.oracles.bayesian.acquisition import (
    first_untried,
    log_expected_improvement,
    most_promising,
)
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.gaussian_process import GaussianProcess
from tftune.oracles.bayesian.warping import WARPINGS, rank_agreement, unwarped
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import phases
from tftune.oracles.core.prediction import Prediction
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_choice, check_count
from tftune.support.seeding import generator

_CENTRES = 10  # best configurations around which candidates are sought
# below so many results the lengths are fitted for each proposal, then whenever there are 5 % more
_ALWAYS_FIT = 30
_MOST = 400  # results the process is conditioned on: the best half of them, and the latest

Array = np.ndarray


class FastGaussianProcessMethod(SearchMethod):
    """Proposes the configuration with the greatest expected improvement under a Gaussian process.

    As in Snoek, Larochelle, Adams: Practical Bayesian Optimization of Machine Learning Algorithms,
    NeurIPS 2012: Matern 5/2, one length a knob, EI(x) = E[max(best - y(x), 0)]. Choices without
    order differ by 1 or not at all; stepped knobs are modelled at their steps only; no
    configuration is proposed twice. While other trials run, they are taken to give what the process
    predicts (kriging believer). Beyond 400 results the process sees the best 200 and the latest 200
    of the others, so that a proposal's cost stops growing.

    Args:
        initial_points: Results before the process is asked; random configurations give them. None
            for one more than the tuned knobs, but at least 3 and at most 8: not a function of
            `max_trials`, so that a search can be extended.
        warping: What the process is fitted to: the losses (`"none"`), the normal quantiles of their
            ranks (`"copula"`), the logarithm of their distance to the best (`"logarithm"`), or what
            predicts best of these (`"adaptive"`, which is what `auto` does).

    Raises:
        UsageError: If `warping` is unknown or a number below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = FastGaussianProcessOracle("val_loss", 30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        3 are drawn at random, then a Gaussian process proposes
    """

    def __init__(self, initial_points: int | None = None, warping: str = "none") -> None:
        check_count("initial_points", initial_points, least=1, optional=True)
        check_choice("warping", warping, (*WARPINGS, "adaptive"))
        self._initial_points, self.warping = initial_points, warping

    def reset(self) -> None:
        """Forgets the lengths."""
        self._thetas: dict[str, list[float]] = {}  # by warping
        self._fitted_at = 0
        self._encoding: Encoding | None = None
        self._asked: tuple[Any, Array] | None = None  # the process of a proposal, and its losses

    def options(self) -> dict[str, Any]:
        """Returns the number of initial points and the warping."""
        return {"initial_points": self._initial_points, "warping": self.warping}

    @property
    def initial_points(self) -> int:
        """Results before the process is asked."""
        return self._initial_points or min(8, max(3, 1 + int(self.encoding.tuned.sum())))

    def plan(self) -> str:
        """Returns the size of the search and how many configurations are drawn."""
        how = ("drawn at random", "a Gaussian process proposes")
        first = phases(self.view, self.expected_trials(), self.initial_points, *how)
        return f"{super().plan()}\n{first}"

    def memo(self) -> dict[str, Any] | None:
        """Returns the lengths, which the next fit begins with; resuming from them fits nothing."""
        return {"thetas": self._thetas, "fitted_at": self._fitted_at}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the lengths that `memo` described."""
        self._thetas, self._fitted_at = (
            {name: list(theta) for name, theta in memo["thetas"].items()},
            memo["fitted_at"],
        )

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the most promising configuration that was not tried, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.view.seed, trial_number, "proposal")
        if len(self.view.observations) < self.initial_points or not self.encoding.tuned.any():
            values = self.view.tried.draw_new(draws)
            return Signal.EXHAUSTED if values is None else values
        with limited_threads(self.view.blas_threads):
            places = self._promising(draws)
        values = first_untried(self.view, places, trial_number)
        if values is None:
            return Signal.EXHAUSTED
        self.prediction = self._expected(values)
        return values

    @property
    def warpings(self) -> tuple[str, ...]:
        """The warpings among which a proposal chooses."""
        return tuple(WARPINGS) if self.warping == "adaptive" else (self.warping,)

    @property
    def encoding(self) -> Encoding:
        """How the process sees the space."""
        if self._encoding is None or self._encoding.space is not self.view.space:
            self._encoding = Encoding(self.view.space)
        return self._encoding

    def _promising(self, draws: np.random.Generator) -> Array:
        places, losses = self._data()
        process = self._fitted(self.encoding.features(places), losses)
        self._asked = (copy.copy(process), losses)  # before it believes anything
        best = float(process.predict(process.features)[0].min())
        running = [public_values(trial.hyperparameters.values) for trial in self.view.unfinished()]
        if running:
            self._believe(process, self.encoding.features(self.encoding.places(running)))

        def score(candidates: Array) -> Array:
            mean, deviation = process.predict(self.encoding.features(candidates))
            return log_expected_improvement(mean, deviation, best)

        centres = places[np.argsort(losses, kind="stable")[:_CENTRES]]
        return most_promising(self.encoding, score, centres, draws)

    def _expected(self, values: Values) -> Prediction | None:
        """Returns what the process of the last proposal expects of a configuration; running trials
        have told it nothing. What it predicts of the warped losses, and one standard deviation with
        its noise to either side, is turned back into losses by `unwarped`.
        """
        asked, self._asked = self._asked, None
        if asked is None:
            return None
        process, losses = asked
        mean, deviation = process.predict(self.encoding.features(self.encoding.places([values])))
        spread = math.hypot(float(deviation[0]), process.noise)
        middle = float(mean[0])
        warped = np.array([middle, middle - spread, middle + spread])
        return Prediction(*map(float, unwarped(self._warped_by, losses, warped)))

    def _data(self) -> tuple[Array, Array]:
        """Returns places and losses of the results that the process sees."""
        losses = np.array([seen.loss for seen in self.view.observations])
        chosen = np.arange(len(losses))
        if len(losses) > _MOST:
            best = np.argsort(losses, kind="stable")[: _MOST // 2]
            latest = np.setdiff1d(chosen, best)[-(_MOST - len(best)) :]
            chosen = np.sort(np.concatenate([best, latest]))
        return self.encoding.places(
            [self.view.observations[index].values for index in chosen]
        ), losses[chosen]

    def _fitted(self, features: Array, losses: Array) -> GaussianProcess:
        """Returns the process of the warping whose process ranks best the results that it has not
        seen.
        """
        count = len(self.view.observations)
        due = not self._thetas or count < _ALWAYS_FIT or count >= 1.05 * self._fitted_at
        self._fitted_at = count if due else self._fitted_at
        processes = []
        for name in self.warpings:
            process = GaussianProcess(self.encoding.knob_of_column)
            processes.append(
                process.fit(
                    features,
                    WARPINGS[name](losses),
                    self._thetas.get(name),
                    iterations=30 if due else 0,
                )
            )
            self._thetas[name] = process.theta.tolist()
        chosen = 0
        if len(processes) > 1:
            ranks = [rank_agreement(process.leave_one_out(), losses) for process in processes]
            chosen = max(range(len(ranks)), key=ranks.__getitem__)
        self._warped_by = self.warpings[chosen]
        return processes[chosen]

    @staticmethod
    def _believe(process: GaussianProcess, features: Array) -> None:
        believed = np.append(process.targets, process.predict(features)[0])
        process.fit(np.vstack([process.features, features]), believed, process.theta, iterations=0)


class FastGaussianProcessOracle(BoundOracle[FastGaussianProcessMethod]):
    """Bayesian optimisation with a cheap Gaussian process as an oracle."""
