"""Bayesian optimisation with a Gaussian process of our own, made to be cheap and to cope with
steps, choices and outliers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.oracles.bayesian.acquisition import log_expected_improvement, most_promising
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.gaussian_process import GaussianProcess
from tftune.oracles.bayesian.warping import WARPINGS, rank_agreement
from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_count
from tftune.support.seeding import generator

_CENTRES = 10  # best configurations around which candidates are sought
# below so many results the lengths are fitted for each proposal, then whenever there are 5 % more
_ALWAYS_FIT = 30
_MOST = 400  # results the process is conditioned on: the best half of them, and the latest

Array = np.ndarray


class FastGaussianProcessOracle(AbstractOracle):
    """Proposes the configuration with the greatest expected improvement under a Gaussian process.

    As in Snoek, Larochelle, Adams: Practical Bayesian Optimization of Machine Learning Algorithms,
    NeurIPS 2012: Matern 5/2, one length a knob, EI(x) = E[max(best - y(x), 0)]. Choices without
    order differ by 1 or not at all; stepped knobs are modelled at their steps only; no
    configuration is proposed twice. While other trials run, they are taken to give what the process
    predicts (kriging believer). Beyond 400 results the process sees the best 200 and the latest 200
    of the others, so that a proposal's cost stops growing.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        initial_points: Results before the process is asked; random configurations give them. None
            for one more than the tuned knobs, but at least 3 and at most 8: not a function of
            `max_trials`, so that a search can be extended.
        warping: What the process is fitted to: the losses (`"none"`), the normal quantiles of their
            ranks (`"copula"`), the logarithm of their distance to the best (`"logarithm"`), or what
            predicts best of these (`"adaptive"`, see `auto`). Defaults to `"none"`.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If `warping` is unknown or a number below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = FastGaussianProcessOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        3 are drawn at random, then a Gaussian process proposes
    """

    blas_threads: int | None = None

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        initial_points: int | None = None,
        warping: str = "none",
        **options: Any,
    ) -> None:
        check_count("initial_points", initial_points, least=1, optional=True)
        if warping not in (known := (*WARPINGS, "adaptive")):
            raise UsageError(
                f"warping must be one of {', '.join(known)}. Received: {warping!r}. Pass for "
                "example warping='none'."
            )
        self.warping = warping
        self._initial_points = initial_points
        super().__init__(objective, max_trials, hyperparameters, seed, **options)

    def reset(self) -> None:
        """Forgets the lengths."""
        self._thetas: dict[str, list[float]] = {}  # by warping
        self._fitted_at = 0
        self._encoding: Encoding | None = None

    def space_changed(self) -> None:
        """Fits the process to the larger space."""
        self.reset()

    def options(self) -> dict[str, Any]:
        """Returns the number of initial points and the warping."""
        return {"initial_points": self._initial_points, "warping": self.warping}

    @property
    def initial_points(self) -> int:
        """Results before the process is asked."""
        return self._initial_points or min(8, max(3, 1 + int(self.encoding.tuned.sum())))

    def plan(self) -> str:
        """Returns the size of the search and how many configurations are drawn."""
        return (
            f"{super().plan()}\n{self.initial_points} are drawn at random, then a Gaussian "
            "process proposes"
        )

    def memo(self) -> dict[str, Any] | None:
        """Returns the lengths, which the next fit begins with; resuming from them fits nothing."""
        return {"thetas": self._thetas, "fitted_at": self._fitted_at}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the lengths that `memo` described."""
        self._thetas, self._fitted_at = (
            {name: list(theta) for name, theta in memo["thetas"].items()},
            memo["fitted_at"],
        )

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the most promising configuration that was not tried, or EXHAUSTED."""
        if self.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.seed, trial_number, "proposal")
        if len(self.observations) < self.initial_points or not self.encoding.tuned.any():
            return self.tried.draw_new(draws) or Signal.EXHAUSTED
        with limited_threads(self.blas_threads):
            places = self._promising(draws)
        for place in places[:100]:
            values = self.space.from_unit(place)
            if values not in self.tried:
                return values
        return self.untried(self.space.from_unit(places[0]), trial_number) or Signal.EXHAUSTED

    @property
    def warpings(self) -> tuple[str, ...]:
        """The warpings among which a proposal chooses."""
        return tuple(WARPINGS) if self.warping == "adaptive" else (self.warping,)

    @property
    def encoding(self) -> Encoding:
        """How the process sees the space."""
        if self._encoding is None or self._encoding.space is not self.space:
            self._encoding = Encoding(self.space)
        return self._encoding

    def _promising(self, draws: np.random.Generator) -> Array:
        places, losses = self._data()
        process = self._fitted(self.encoding.features(places), losses)
        best = float(process.predict(process.features)[0].min())
        running = [public_values(trial.hyperparameters.values) for trial in self.unfinished()]
        if running:
            self._believe(process, self.encoding.features(self.encoding.places(running)))

        def score(candidates: Array) -> Array:
            mean, deviation = process.predict(self.encoding.features(candidates))
            return log_expected_improvement(mean, deviation, best)

        centres = places[np.argsort(losses, kind="stable")[:_CENTRES]]
        return most_promising(self.encoding, score, centres, draws)

    def _data(self) -> tuple[Array, Array]:
        """Returns places and losses of the results that the process sees."""
        losses = np.array([seen.loss for seen in self.observations])
        chosen = np.arange(len(losses))
        if len(losses) > _MOST:
            best = np.argsort(losses, kind="stable")[: _MOST // 2]
            latest = np.setdiff1d(chosen, best)[-(_MOST - len(best)) :]
            chosen = np.sort(np.concatenate([best, latest]))
        return self.encoding.places([self.observations[index].values for index in chosen]), losses[
            chosen
        ]

    def _fitted(self, features: Array, losses: Array) -> GaussianProcess:
        """Returns the process of the warping whose process ranks best the results that it has not
        seen.
        """
        count = len(self.observations)
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
        if len(processes) == 1:
            return processes[0]
        return max(processes, key=lambda process: rank_agreement(process.leave_one_out(), losses))

    @staticmethod
    def _believe(process: GaussianProcess, features: Array) -> None:
        believed = np.append(process.targets, process.predict(features)[0])
        process.fit(np.vstack([process.features, features]), believed, process.theta, iterations=0)
