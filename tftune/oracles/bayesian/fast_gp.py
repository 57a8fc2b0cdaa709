"""Bayesian optimisation with a Gaussian process of our own, made to be cheap and to cope with
steps, choices and outliers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.oracles.bayesian.acquisition import first_untried, most_promising
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.subset import best_and_latest
from tftune.oracles.bayesian.user_prior import UserPrior
from tftune.oracles.bayesian.views import Views
from tftune.oracles.bayesian.warping import WARPINGS
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import phases
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_choice, check_count, check_flag
from tftune.support.seeding import generator

_CENTRES = 10  # best configurations around which candidates are sought
# below so many results the lengths are fitted for each proposal, then whenever there are 5 % more
_ALWAYS_FIT = 30
# results that several processes, or a single one, are conditioned on at the most
_MOST, _MOST_OF_ONE = 200, 400
_SEVERAL = ("averaged", "adaptive")  # of these warpings there are several processes

Array = np.ndarray


class FastGaussianProcessMethod(SearchMethod):
    """Proposes the configuration with the greatest expected improvement under a Gaussian process.

    As in Snoek, Larochelle, Adams: Practical Bayesian Optimization of Machine Learning Algorithms,
    NeurIPS 2012: Matern 5/2, one length a knob, EI(x) = E[max(best - y(x), 0)]. Choices without
    order differ by 1 or not at all; stepped knobs are modelled at their steps only; no
    configuration is proposed twice. Trials that are running are taken to give what the process
    predicts (kriging believer). Of more than 400 results (`"averaged"`: 200) the process sees so
    many, half of them the best and half the latest others, so that a proposal's cost stops growing.

    Args:
        initial_points: Results of random configurations before the process is asked, at least 1.
            None for one more than the tuned knobs, but at least 3 and at most 8: not a function of
            `max_trials`, so that a search can be extended.
        warping: What the process is fitted to: the losses (`"none"`), the normal quantiles of their
            ranks (`"copula"`) or the logarithm of their distance to the best (`"logarithm"`). With
            `"averaged"`, as in `auto`, there is a process for each, and the logarithms of their
            expected improvements are averaged; with `"adaptive"` the one that predicts best counts.
        around_start: Whether to look for good configurations near the start configurations, too
            (see `user_prior.py`); needs at least one. Only the knobs that they name count.

    Raises:
        UsageError: If `warping` is unknown or a number below its least; when the search begins, if
            `around_start` has no start configuration.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = FastGaussianProcessOracle("val_loss", 30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        3 are drawn at random, then a Gaussian process proposes
    """

    def __init__(
        self,
        initial_points: int | None = None,
        warping: str = "none",
        around_start: bool = False,
    ) -> None:
        check_count("initial_points", initial_points, least=1, optional=True)
        check_choice("warping", warping, (*WARPINGS, *_SEVERAL))
        check_flag("around_start", around_start)
        self._initial_points, self.warping = initial_points, warping
        self.around_start = around_start

    def begin(self, view: SearchView) -> None:
        """Called once; refuses `around_start` without a start configuration."""
        if self.around_start and not view.start:
            raise UsageError(
                "around_start has nothing to search around. Expected a start configuration. "
                "Received: none. Pass for example start=[{'rate': 0.01}], or --start rate=0.01."
            )
        super().begin(view)

    def reset(self) -> None:
        """Forgets the lengths."""
        self._thetas: dict[str, list[float]] = {}  # by warping
        self._weights: list[float] | None = None  # of the processes
        self._fitted_at = 0
        self._encoding: Encoding | None = None
        self._places: list[Array] = []  # of the results, as far as they were looked at

    def options(self) -> dict[str, Any]:
        """Returns the number of initial points, the warping, and `around_start` if it is set, which
        the journals of earlier versions lack.
        """
        around = {"around_start": True} if self.around_start else {}
        return {"initial_points": self._initial_points, "warping": self.warping, **around}

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
        return {"thetas": self._thetas, "weights": self._weights, "fitted_at": self._fitted_at}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the lengths that `memo` described."""
        self._thetas = {name: list(theta) for name, theta in memo["thetas"].items()}
        self._weights, self._fitted_at = memo.get("weights"), memo["fitted_at"]

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the most promising configuration that was not tried, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.view.seed, trial_number, "proposal")
        if len(self.view.observations) < self.initial_points or not self.encoding.tuned.any():
            values = self._drawn(trial_number, draws)
            return Signal.EXHAUSTED if values is None else values
        with limited_threads(self.view.blas_threads):
            views, places = self._promising(draws)
            values = first_untried(self.view, places, trial_number)
            if values is None:
                return Signal.EXHAUSTED
            self.prediction = views.expected(self.encoding.features(self.encoding.places([values])))
        return values

    @property
    def warpings(self) -> tuple[str, ...]:
        """The warpings whose processes propose together."""
        return tuple(WARPINGS) if self.warping in _SEVERAL else (self.warping,)

    @property
    def encoding(self) -> Encoding:
        """How the process sees the space."""
        if self._encoding is None or self._encoding.space is not self.view.space:
            self._encoding, self._places = Encoding(self.view.space), []
        return self._encoding

    @property
    def _prior(self) -> UserPrior | None:
        if not self.around_start:
            return None
        prior = UserPrior(self.view.start, self.encoding)
        return prior if prior else None

    def _drawn(self, trial_number: int, draws: np.random.Generator) -> Values | None:
        """Returns a configuration at random; every second one is drawn from the user's prior, while
        the results speak for it.
        """
        prior = self._prior
        if prior is not None and trial_number % 2 == 0 and prior.weight(*self._data()) > 0:
            return self.view.untried(self.view.space.from_unit(prior.draw(draws)), trial_number)
        return self.view.tried.draw_new(draws)

    def _promising(self, draws: np.random.Generator) -> tuple[Views, Array]:
        """Returns what the processes see and the most promising places, best first."""
        places, losses = self._data()
        encoding, prior = self.encoding, self._prior
        views = self._fitted(encoding.features(places), losses)
        running = [public_values(trial.hyperparameters.values) for trial in self.view.unfinished()]
        if running:
            views.believe(encoding.features(encoding.places(running)))
        weight = 0.0 if prior is None else prior.weight(places, losses)

        def score(candidates: Array) -> Array:
            promise = views.log_improvement(encoding.features(candidates))
            if prior is None or not weight:
                return promise
            return promise + weight * prior.log_density(candidates)

        centres = places[np.argsort(losses, kind="stable")[:_CENTRES]]
        return views, most_promising(encoding, score, centres, draws)

    def _data(self) -> tuple[Array, Array]:
        """Returns places and losses of the results that the process sees."""
        seen, encoding = self.view.observations, self.encoding
        losses = np.array([each.loss for each in seen])
        self._places.extend(encoding.places(each.values for each in seen[len(self._places) :]))
        chosen = best_and_latest(losses, _MOST if self.warping == "averaged" else _MOST_OF_ONE)
        return np.array([self._places[index] for index in chosen]), losses[chosen]

    def _fitted(self, features: Array, losses: Array) -> Views:
        """Returns the processes; their lengths are fitted when there are enough new results."""
        count = len(self.view.observations)
        due = not self._thetas or count < _ALWAYS_FIT or count >= 1.05 * self._fitted_at
        seen = (self.warpings, self.encoding.knob_of_column, features, losses, self._thetas)
        averages = self.warping == "averaged"
        if due:
            views, self._fitted_at = Views.fitted(*seen, averages=averages), count
        else:
            views = Views(*seen, self._weights if averages else None, averages)
        self._thetas, self._weights = views.thetas, views.weights
        return views


class FastGaussianProcessOracle(BoundOracle[FastGaussianProcessMethod]):
    """Bayesian optimisation with a cheap Gaussian process as an oracle."""
