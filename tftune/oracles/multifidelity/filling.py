"""Fills the first rung of a search that pauses trials: a Gaussian process says which new
configurations promise most, given how those before were ranked on a rung.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.oracles.bayesian.acquisition import first_untried, log_expected_improvement
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.gaussian_process import GaussianProcess
from tftune.oracles.bayesian.subset import best_and_latest
from tftune.oracles.bayesian.warping import copula
from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.view import SearchView
from tftune.oracles.multifidelity.ladder import Result
from tftune.oracles.multifidelity.reasons import RANDOM, proposed
from tftune.space.search_space import Values
from tftune.support.seeding import generator

Array = np.ndarray

_MOST = 200  # results the process is conditioned on: the best half of them, and the latest
_FIT_AGAIN = 1.1  # the lengths are fitted again when there are so many times the results
_ITERATIONS = 8  # of a fit that begins with the last lengths
_CANDIDATES = 300  # at random, and as many near good ones
_MOVED = (0.5, 0.1)  # share of the knobs that are moved, and how far


class Filler:
    """Proposes new configurations.

    The losses are replaced by the normal quantiles of their ranks, so that neither a diverged
    training nor the scale of a rung matters; a failed trial is the worst. Running trials are taken
    to give what the process predicts. Of 300 random candidates and 300 near the best tenth, the one
    with the greatest expected improvement is proposed.

    Args:
        view: Of the search.
        random_fraction: Share of the configurations that is drawn at random, 0 to 1.

    Attributes:
        reason: How the last configuration came about.
    """

    reason = ""

    def __init__(self, view: SearchView, random_fraction: float) -> None:
        self._view, self._random_fraction = view, random_fraction
        self.forget()

    def forget(self) -> None:
        """Forgets the lengths, as for another space."""
        self._theta: list[float] | None = None
        self._fitted_at = 0
        self._encoding: Encoding | None = None

    def memo(self) -> dict[str, Any]:
        """Returns what the next proposal depends on besides the results, JSON-able."""
        return {"theta": self._theta, "fitted_at": self._fitted_at}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets what `memo` described."""
        self._theta, self._fitted_at = memo["theta"], memo["fitted_at"]

    @property
    def _encoded(self) -> Encoding:
        if self._encoding is None or self._encoding.space is not self._view.space:
            self._encoding = Encoding(self._view.space)
        return self._encoding

    def draws_at_random(
        self, groups: Sequence[Sequence[Result]], random: np.random.Generator
    ) -> bool:
        """Whether the next configuration is drawn at random; this takes one number of `random`."""
        by_chance = random.random() < self._random_fraction
        nothing = not groups or not self._encoded.tuned.any()
        return by_chance or nothing or bool(self._view.tried.exhausted)

    def draw(
        self, groups: Sequence[Sequence[Result]], running: Sequence[Result], trial_number: int
    ) -> Values | None:
        """Returns a new configuration, or None if there is none left.

        Args:
            groups: Results that can be compared with each other, each group of one rung; empty for
                a configuration at random.
            running: Configurations whose results are not known yet.
            trial_number: Of the trial that gets it.
        """
        random = generator(self._view.seed, trial_number, "proposal")
        self.reason = RANDOM
        if self.draws_at_random(groups, random):
            return self._view.tried.draw_new(random)
        count = sum(map(len, groups))
        self.reason = proposed("the Gaussian process", count)
        with limited_threads(self._view.blas_threads):
            places = self._promising(groups, running, random)
        return first_untried(self._view, places, trial_number)

    def _promising(
        self,
        groups: Sequence[Sequence[Result]],
        running: Sequence[Result],
        random: np.random.Generator,
    ) -> Array:
        """Returns candidates, the most promising first."""
        encoding = self._encoded
        results = [result for group in groups for result in group]
        targets = np.concatenate(
            [copula(np.array([_rank_or_loss(result) for result in group])) for group in groups]
        )
        chosen = best_and_latest(targets, _MOST)
        places, targets = self._places([results[row] for row in chosen]), targets[chosen]
        process = self._fitted(encoding.features(places), targets, len(results))
        best = float(process.smoothed().min())
        if running:
            features = encoding.features(self._places(running))
            believed = np.append(process.targets, process.predict(features)[0])
            process.condition(np.vstack([process.features, features]), believed, process.theta)
        good = places[np.argsort(targets, kind="stable")[: max(1, len(targets) // 10)]]
        near = good[random.integers(len(good), size=_CANDIDATES)]
        near = encoding.mutate(near, _MOVED[1], _MOVED[0], random)
        drawn = random.random((_CANDIDATES, places.shape[1]))
        candidates = encoding.snap(np.vstack([drawn, near]))
        mean, deviation = process.predict(encoding.features(candidates))
        scores = log_expected_improvement(mean, deviation, best)
        return np.asarray(candidates[np.argsort(-scores, kind="stable")])

    def _places(self, results: Sequence[Result]) -> Array:
        """Returns the places of configurations; each is computed once."""
        for result in results:
            if result.place is None:
                result.place = self._encoded.places([result.values])[0]
        return np.array([result.place for result in results])

    def _fitted(self, features: Array, targets: Array, count: int) -> GaussianProcess:
        """Returns the process; its lengths are fitted when there are a tenth more results, or
        those of another rung."""
        process = GaussianProcess(self._encoded.knob_of_column)
        if self._theta is not None and 1.0 <= count / self._fitted_at < _FIT_AGAIN:
            return process.condition(features, targets, np.array(self._theta))
        process.fit(features, targets, self._theta, _ITERATIONS)
        self._theta, self._fitted_at = process.theta.tolist(), count
        return process


def _rank_or_loss(result: Result) -> float:
    return result.loss if result.rank is None else result.rank
