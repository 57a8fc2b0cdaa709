"""Coarse to fine: a wide search, then narrower ones around the best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.phases import counted
from tftune.oracles.core.view import SearchView
from tftune.oracles.strategies.narrowing import all_tried, narrowed
from tftune.oracles.strategies.staged import Stage, StagedMethod
from tftune.support.checks import check_count, check_number

TRIALS = 10  # of a stage where there is no limit of trials


class CoarseToFineMethod(StagedMethod):
    """Searches the whole space, then a box around the best result, then a smaller one, each by
    another oracle of your choice.

    In stage s = 0, 1, ..., S - 1 every number keeps the share shrink^s of its range, on its own
    scale, centred at the best result so far and moved where it would reach beyond the range; so the
    box may leave the one before, if the best lies at its edge. Ordered choices and stepped numbers
    keep the steps that the box meets, choices without an order the best ceil(shrink^s size) values.
    A knob that the best result does not have is centred at the best result that has it. After S
    stages all begins anew with the whole space. Where a stage has no untried configuration the next
    begins.

    A stage waits for the trials of the one before: any number of workers gives the same boxes, and
    with an inner oracle that does not depend on results the same trials.

    References:
        J. Bergstra, Y. Bengio: Random search for hyper-parameter optimization. Journal of Machine
        Learning Research 13:281-305, 2012, section 1, on how people combine manual search, which
        finds promising regions, with grid search.

    Args:
        inner: The search method of every stage, a name in `ORACLES`; one that is no strategy and
            gives trials no budget, as Hyperband does.
        inner_options: Options of the search method inside.
        stages: S, at least 1. Defaults to 3.
        shrink: What the next stage keeps of every range, above 0 and below 1. Defaults to 0.5.
        trials_per_stage: At least 1, start configurations counted in the first stage. Defaults to
            `max_trials` / S, rounded up; with `max_trials=None` to 10. A search that is resumed
            keeps its number.

    Raises:
        UsageError: If an argument is outside its range, or the inner oracle is refused.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-5, 1e-1, sampling="log")
        >>> oracle = CoarseToFineOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        3 stages of 10 trials by sobol; each keeps 0.5 of every range, around the best
    """

    follows_max_trials = ("trials_per_stage",)

    def __init__(
        self,
        inner: str = "sobol",
        inner_options: Mapping[str, Any] | None = None,
        stages: int = 3,
        shrink: float = 0.5,
        trials_per_stage: int | None = None,
    ) -> None:
        check_count("stages", stages, least=1)
        check_count("trials_per_stage", trials_per_stage, least=1, optional=True)
        check_number("shrink", shrink, 0, 1, above=True, below=True, example=0.5)
        self.stages, self.shrink = stages, float(shrink)
        self._trials_per_stage = trials_per_stage
        super().__init__(inner, inner_options)

    def begin(self, view: SearchView) -> None:
        """Settles how many trials a stage has."""
        super().begin(view)
        trials = view.max_trials
        usual = TRIALS if trials is None else -(-trials // self.stages)
        self.trials_per_stage = self._trials_per_stage or usual

    def plan(self) -> str:
        """Returns the size of the search and its stages."""
        how = f"{self.stages} stages of {counted(self.trials_per_stage, 'trial')} by {self.inner}"
        text = (
            f"{super().plan()}\n{how}; each keeps {self.shrink:g} of every range, around the best"
        )
        total = self.expected_trials()
        begun = self.stages if total is None else -(-total // self.trials_per_stage)
        return text if begun >= self.stages else f"{text}; the search ends in stage {begun}"

    @property
    def patience(self) -> int:
        """A round: the whole space is among its stages."""
        return self.stages + 1

    def stage(self, index: int, trial_number: int) -> Stage | None:
        """Returns the box of stage `index`, or None if it was tried entirely."""
        width = self.shrink ** (index % self.stages)
        part = narrowed(self.view.space, self.view.observations, width)
        if all_tried(part, self.view.tried):
            return None
        started = trial_number if index == 0 else 0
        return Stage(part, max(1, self.trials_per_stage - started))


class CoarseToFineOracle(BoundOracle[CoarseToFineMethod]):
    """A coarse-to-fine search as an oracle."""
