"""BOHB (Falkner, Klein & Hutter 2018): Hyperband's brackets, filled by a model instead of at
random.
"""

from __future__ import annotations

import bisect
import math

import numpy as np

from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.bayesian.density import KernelDensity
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.multifidelity.hyperband import HyperbandMethod
from tftune.oracles.multifidelity.reasons import RANDOM, proposed
from tftune.space.search_space import SearchSpace, Values, public_values
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import generator

_GOOD = 0.15  # q, the share of results that counts as good
_WIDENING = 3.0  # b_w


class BohbMethod(HyperbandMethod):
    """Runs Hyperband, but proposes configurations where good ones are relatively most frequent.

    For every budget b, a number of epochs, there are N_b results. The model is that of the largest
    budget with N_b >= N_min + 2. Kernel densities l and g are fitted to its N_l = max(N_min, q N_b)
    best results, q = 0.15, and to its N_g = max(N_min, N_b - N_l) worst. Of N_s = `candidates`
    draws from l, its kernels widened by b_w = 3, the one with the greatest l / g is proposed. A
    fraction rho of the configurations, and all while there is no model, are drawn at random.

    S. Falkner, A. Klein, F. Hutter: BOHB: robust and efficient hyperparameter optimization at
    scale, ICML 2018, PMLR 80:1437-1446.

    Two things are as we chose them: inactive knobs stand at their default, where the authors' code
    puts random values; the densities are our own (`density.py`), in the unit cube. A failed trial
    counts as the worst of its budget. Results of earlier searches count for the budget they name,
    or for R. A configuration that was tried is replaced by the nearest of 64 that were not.
    Everything else is as in `HyperbandMethod`.

    Args:
        max_epochs: R, the most epochs of one configuration, at least 1.
        factor: eta, the share kept is 1/eta, an integer of at least 2.
        iterations: How often the whole plan is run, each time with new configurations. With
            `max_trials`, the plan is instead broken off there, or repeated until then.
        sizes: How many configurations a bracket begins with: "table" or "algorithm", as in
            `HyperbandMethod`.
        random_fraction: rho, from 0 to 1. Defaults to 1/3.
        least_points: N_min, at least 2; None for the number of knobs plus 1.
        candidates: N_s, at least 1. Defaults to 64.

    Raises:
        UsageError: If a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 0.0, 1.0)
        >>> oracle = BohbOracle("val_loss", hyperparameters=hp, seed=0, max_epochs=9)
        >>> print(oracle.plan().splitlines()[-1])
        BOHB: a model proposes 67 % of the configurations once a budget has 4 results
    """

    def __init__(
        self,
        max_epochs: int = 81,
        factor: int = 3,
        iterations: int = 1,
        random_fraction: float = 1 / 3,
        least_points: int | None = None,
        candidates: int = 64,
        sizes: str = "table",
    ) -> None:
        check_count("least_points", least_points, least=2, optional=True)
        check_count("candidates", candidates, least=1)
        check_number("random_fraction", random_fraction, 0, 1, example=0.33)
        self.random_fraction, self.least_points, self.candidates = (
            float(random_fraction),
            least_points,
            candidates,
        )
        super().__init__(max_epochs, factor, iterations, sizes)

    def reset(self) -> None:
        """Empties all rungs."""
        super().reset()
        self._seen = 0  # ends that are among the results
        self._budgets: dict[int, list[tuple[float, int, Values, np.ndarray]]] = {}
        self._space: SearchSpace | None = None  # of the places

    @property
    def model_points(self) -> int:
        """N_min."""
        return self.least_points or sum(knob.size != 1 for knob in self.view.space.knobs) + 1

    def draw(self, trial_number: int) -> Values | None:
        """Returns the model's configuration or a random one; None if there is none left."""
        random = generator(self.view.seed, trial_number, "proposal")
        results = self._of_largest_budget()
        if not results or self.view.tried.exhausted or random.random() < self.random_fraction:
            self.reason = RANDOM
            return self.view.tried.draw_new(random)
        self.reason = proposed("two densities", len(results))
        places = np.array([place for _, _, _, place in results])
        best = self._best_candidate(places, random)
        return self.view.untried(self.view.space.from_unit(best), trial_number)

    def results_of_largest_budget(self) -> list[tuple[float, Values]]:
        """Returns losses and configurations of the largest budget with N_min + 2 results, best
        first; none if there is no such budget.
        """
        return [(loss, values) for loss, _, values, _ in self._of_largest_budget()]

    def _of_largest_budget(self) -> list[tuple[float, int, Values, np.ndarray]]:
        if self._space is not self.view.space:  # it has grown, or nothing was noted yet
            self._space, self._seen, self._budgets = self.view.space, 0, {}
            self._note_earlier()
        for trial_id in self.view.end_order[self._seen :]:
            trial = self.view.trials[trial_id]
            self._note(trial.hyperparameters.values, trial.score)
        self._seen = len(self.view.end_order)
        enough = [
            budget
            for budget, results in self._budgets.items()
            if len(results) >= self.model_points + 2
        ]
        return self._budgets[max(enough)] if enough else []

    def _note_earlier(self) -> None:
        for result in self.view.warm_start:
            failed = result["status"] == TrialStatus.FAILED
            self._note(result["values"], None if failed else result["score"])

    def _note(self, values: Values, score: float | None) -> None:
        """Enters a result among those of its budget, best first, of equals the earlier."""
        loss = math.inf
        if score is not None and math.isfinite(score):
            loss = loss_of(score, self.view.objective.direction)
        own = public_values(values)
        results = self._budgets.setdefault(int(values.get("tuner/epochs", self.max_epochs)), [])
        # the number keeps equal losses from comparing what cannot be compared
        entry = (loss, len(results), own, self.view.space.to_unit(own))
        bisect.insort(results, entry, key=lambda each: each[:2])

    def _best_candidate(self, places: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns the draw from l with the greatest l / g, in the unit cube.

        Args:
            places: Of the results, best first, shape (n, n_knobs).
            random: The source of random numbers.
        """
        good = max(self.model_points, math.floor(_GOOD * len(places)))
        bad = max(self.model_points, len(places) - good)
        choices = np.array(
            [
                0 if knob.ordered or not knob.choices else len(knob.choices)
                for knob in self.view.space.knobs
            ]
        )
        free = np.array([knob.size != 1 for knob in self.view.space.knobs])
        likely = KernelDensity(places[:good, free], choices[free])
        unlikely = KernelDensity(places[-bad:, free], choices[free])
        drawn = likely.draw(random, self.candidates, _WIDENING)
        ratio = np.log(np.maximum(likely(drawn), 1e-32)) - np.log(
            np.maximum(unlikely(drawn), 1e-32)
        )
        best: np.ndarray = places[0].copy()
        best[free] = drawn[int(np.argmax(ratio))]
        return best

    def plan(self) -> str:
        """Returns the brackets, the cost in epochs and when the model begins."""
        share, enough = f"{100 * (1 - self.random_fraction):.0f} %", self.model_points + 2
        told = f"a model proposes {share} of the configurations once a budget has {enough} results"
        total = self.expected_trials()
        if total is not None and total <= enough and not self.view.warm_start:
            told = f"all are drawn at random; {told}"
        return f"{super().plan()}\nBOHB: {told}"


class BohbOracle(BoundOracle[BohbMethod], max_trials=None):
    """BOHB as an oracle; its whole plan, unless `max_trials` is given."""
