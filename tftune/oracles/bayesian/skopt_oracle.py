"""What the oracles on scikit-optimize share: its optimiser asked and told one trial at a time; see
`gp.py` and `forest.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tftune.errors import UsageError
from tftune.oracles.bayesian import surrogate
from tftune.oracles.bayesian.skopt_space import SkoptSpace
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_count
from tftune.support.seeding import derive

DESIGNS = ("random", "sobol", "halton", "hammersley", "lhs", "grid")
_SKOPT_DESIGN = {"hammersley": "hammersly"}  # as scikit-optimize spells it


class SkoptOracle(AbstractOracle):
    """A surrogate model of scikit-optimize and an acquisition function propose; a subclass says
    which.

    - An objective to maximise is negated.
    - A failed trial, and one whose loss is beyond 1e100, is told as worst + 0.1 (worst - best) over
      the completed trials (0.1 |worst| or 0.1 where that is 0); before the first completed trial it
      is kept back.
    - While other trials run, they are taken to have given the best value so far (constant liar), so
      that no two slots get one point.
    - A configuration that was tried is replaced by the nearest of 64 that were not: scikit-optimize
      would repeat it.
    - Inactive knobs stand at their default.

    Attributes:
        acquisitions: Names that `acquisition` may have.
        model_name: What `plan` calls the model.
        blas_threads: Threads of linear algebra, on which the last bits of a fit depend; None for as
            many as it likes.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`; it is scikit-optimize's `random_state`.
        acquisition: One of `acquisitions`; None for the first.
        initial_design: One of `DESIGNS`: how the first configurations are drawn.
        initial_points: Their number, at least 1; None for 10, as in scikit-optimize, or half of
            `max_trials` where that is below 10.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If a name is unknown or a number is below its least.
    """

    acquisitions: ClassVar[tuple[str, ...]]
    model_name: ClassVar[str]
    blas_threads: int | None = None

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        acquisition: str | None = None,
        initial_design: str = "random",
        initial_points: int | None = None,
        **options: Any,
    ) -> None:
        self.acquisition = self.acquisitions[0] if acquisition is None else acquisition
        self.initial_design = initial_design
        _check_name("acquisition", self.acquisition, self.acquisitions)
        _check_name("initial_design", initial_design, DESIGNS)
        check_count("initial_points", initial_points, least=1, optional=True)
        self.initial_points = initial_points or (
            10 if max_trials is None else min(10, max(1, max_trials // 2))
        )
        super().__init__(objective, max_trials, hyperparameters, seed, **options)

    def reset(self) -> None:
        """Drops the optimiser."""
        self._optimizer: Any = None
        self._skopt: SkoptSpace | None = None
        self._optimizer_seed = self.seed
        self._asked = 0

    def space_changed(self) -> None:
        """Starts a new optimiser, which is told all trials before it is asked."""
        self.reset()
        self._optimizer_seed = derive(self.seed, len(self.trials), "larger space")
        self._asked = len(self.trials)

    def options(self) -> dict[str, Any]:
        """Returns acquisition, design and number of initial points."""
        return {
            "acquisition": self.acquisition,
            "initial_design": self.initial_design,
            "initial_points": self.initial_points,
        }

    def plan(self) -> str:
        """Returns the size of the search and how many configurations the design draws."""
        how = (
            "at random"
            if self.initial_design == "random"
            else f"by the design {self.initial_design}"
        )
        return (
            f"{super().plan()}\n{self.initial_points} are drawn {how}, then {self.model_name} "
            f"proposes ({self.acquisition})"
        )

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the point that the acquisition function likes best, or EXHAUSTED."""
        if self.tried.exhausted:
            return Signal.EXHAUSTED
        if not self._translator.dimensions:
            return self.space.canonical({})
        pending = [self._point(trial) for trial in self.unfinished()]
        with surrogate.limited_threads(self.blas_threads):
            point = surrogate.ask_beside(self._ready_optimizer(), self._asked, pending)
        values = self._translator.values(point)
        fresh = self.untried(values, trial_number)
        self._asked += 1
        return Signal.EXHAUSTED if fresh is None else fresh

    def observe(self, trial: Any) -> None:
        """Fits the model to the trial that has ended, and to those kept back."""
        if self._translator.dimensions:
            with surrogate.limited_threads(self.blas_threads):
                self._ready_optimizer()

    def memo(self) -> dict[str, Any] | None:
        """Returns the state of the optimiser besides its observations; resuming from it fits
        nothing.
        """
        if self._optimizer is None:
            return None
        return {
            "seed": self._optimizer_seed,
            "asked": self._asked,
            **surrogate.pack(self._optimizer),
        }

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the state that `memo` described; the observations are those of the trials that have
        ended.
        """
        self._optimizer_seed, self._asked = memo["seed"], memo["asked"]
        self._optimizer = self._build()
        surrogate.unpack(self._optimizer, memo, *self._told(self.observations))

    @property
    def _translator(self) -> SkoptSpace:
        if self._skopt is None or self._skopt.space is not self.space:
            self._skopt = SkoptSpace(self.space)
        return self._skopt

    def build_optimizer(self, dimensions: Sequence[Any], seed: int, design: str) -> Any:
        """Returns a new optimiser, made by a builder of `surrogate.py`.

        Args:
            dimensions: Of scikit-optimize.
            seed: Its `random_state`.
            design: Its name of `initial_design`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define build_optimizer(dimensions, seed, design)."
        )

    def _build(self) -> Any:
        design = _SKOPT_DESIGN.get(self.initial_design, self.initial_design)
        return self.build_optimizer(self._translator.dimensions, self._optimizer_seed, design)

    def _ready_optimizer(self) -> Any:
        """Returns the optimiser, told of every result."""
        if self._optimizer is None:
            self._optimizer = self._build()
        told = len(self._optimizer.Xi)
        surrogate.tell(self._optimizer, *self._told(self.observations[told:]))
        return self._optimizer

    def _point(self, trial: Any) -> list[Any]:
        return self._translator.point(public_values(trial.hyperparameters.values))

    def _told(self, observations: Sequence[Observation]) -> tuple[list[list[Any]], list[Any]]:
        """Returns points and losses; of EIps with the logarithm of seconds."""
        points = [self._translator.point(seen.values) for seen in observations]
        if self.acquisition != "EIps":
            return points, [seen.loss for seen in observations]
        return points, [
            [seen.loss, math.log(max(1.0 if seen.seconds is None else seen.seconds, 1e-3))]
            for seen in observations
        ]


def _check_name(argument: str, name: object, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(
            f"{argument} must be one of {', '.join(known)}. Received: {name!r}. Pass for example "
            f"{argument}={known[0]!r}."
        )
