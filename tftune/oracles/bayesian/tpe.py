"""Tree-structured Parzen estimator (Bergstra et al. 2011), by Optuna."""

from __future__ import annotations

from typing import Any

from tftune.errors import UsageError
from tftune.oracles.bayesian.choices import initial_points_for
from tftune.oracles.bayesian.parzen import ParzenStudy
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import phases
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_count
from tftune.support.seeding import derive


class ParzenMethod(SearchMethod):
    """Models where good configurations lie and where bad ones lie, and proposes where good ones are
    relatively most frequent.

    The results are split at the gamma-quantile y* of their losses. Parzen estimators give the
    densities l(x) = p(x | y < y*) of the good ones and g(x) = p(x | y >= y*) of the others; of
    `candidates` draws from l, the one with the greatest l(x) / g(x) is proposed, which has the
    greatest expected improvement. gamma is Optuna's: the best 10 % of the results, at most 25 of
    them. A conditional knob is modelled from the trials in which it was active, an unordered choice
    by weights, an ordered one by its position.

    J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl: Algorithms for hyper-parameter optimization,
    NeurIPS 24, 2011. S. Watanabe: Tree-structured Parzen estimator: understanding its algorithm
    components and their roles for better empirical performance, arXiv:2304.11127, 2023.

    Optuna's `TPESampler` does the work. For each trial it is made anew with a seed of (`seed`,
    trial number): the proposals are those of an Optuna study with the same results and this seed,
    not the sequence of one sampler. Running trials count as bad (constant liar), failed ones as
    worse than the worst, those that a scheduler stopped as worse than every completed one. A
    configuration that was tried is replaced by the nearest of 64 that were not.

    Args:
        initial_points: Results, at least 1, before which configurations are drawn at random; None
            for 10, as in Optuna, or half of `max_trials` where that is below 10.
        candidates: Draws from l, at least 1. Defaults to 24.
        multivariate: Whether one density is fitted over all knobs; otherwise one for each knob.
            Defaults to True.
        group: Whether knobs that are active together get a density of their own, where a space is
            conditional; otherwise a knob that is not always active is modelled alone. Needs
            `multivariate`. Defaults to False.

    Raises:
        UsageError: If Optuna is not installed, a number is below its least, or `group` is set
            without `multivariate`.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = ParzenOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        10 are drawn at random, then Parzen estimators propose (best of 24 candidates)
    """

    follows_max_trials = ("initial_points",)

    def __init__(
        self,
        initial_points: int | None = None,
        candidates: int = 24,
        multivariate: bool = True,
        group: bool = False,
    ) -> None:
        check_count("initial_points", initial_points, least=1, optional=True)
        check_count("candidates", candidates, least=1)
        if group and not multivariate:
            raise UsageError(
                "group=True needs multivariate=True. Received: multivariate=False. Pass "
                "multivariate=True or group=False."
            )
        self._initial_points = initial_points
        self.candidates, self.multivariate, self.group = candidates, multivariate, group

    def begin(self, view: SearchView) -> None:
        """Settles the number of initial points."""
        super().begin(view)
        self.initial_points = self._initial_points or initial_points_for(view.max_trials)
        self._new_study()  # says now that Optuna is missing, not in the first trial

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the candidate with the greatest l / g, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        study = self._told_study()
        running = [public_values(trial.hyperparameters.values) for trial in self.view.unfinished()]
        fresh = self.view.untried(
            study.ask(derive(self.view.seed, trial_number, "proposal"), running), trial_number
        )
        return Signal.EXHAUSTED if fresh is None else fresh

    def reset(self) -> None:
        """Drops the study."""
        self._study: ParzenStudy | None = None
        self._told = 0

    def memo(self) -> dict[str, Any] | None:
        """Returns nothing to remember: a proposal is a function of the results."""
        return {}

    def plan(self) -> str:
        """Returns the size of the search and how many configurations are drawn at random."""
        then = f"Parzen estimators propose (best of {self.candidates} candidates)"
        how = ("drawn at random", then)
        first = phases(self.view, self.expected_trials(), self.initial_points, *how)
        return f"{super().plan()}\n{first}"

    def __getstate__(self) -> dict[str, Any]:
        # modules do not travel; the results do
        return {**self.__dict__, "_study": None, "_told": 0}

    def _new_study(self) -> ParzenStudy:
        return ParzenStudy(
            self.view.space, self.initial_points, self.candidates, self.multivariate, self.group
        )

    def _told_study(self) -> ParzenStudy:
        """Returns the study, told of every result."""
        if self._study is None:
            self._study, self._told = self._new_study(), 0
        new = self.view.observations[self._told :]
        self._study.tell(new)
        self._told += len(new)
        return self._study


class ParzenOracle(BoundOracle[ParzenMethod]):
    """The tree-structured Parzen estimator as an oracle."""
