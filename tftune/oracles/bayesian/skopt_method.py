"""What the oracles on scikit-optimize share: its optimiser asked and told one trial at a time; see
`gp.py` and `forest.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tftune.oracles.bayesian import surrogate
from tftune.oracles.bayesian.blas import limited_threads
from tftune.oracles.bayesian.choices import DESIGNS, initial_points_for
from tftune.oracles.bayesian.skopt_space import SkoptSpace
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.phases import phases
from tftune.oracles.core.prediction import Prediction
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_choice, check_count
from tftune.support.seeding import derive

_SKOPT_DESIGN = {"hammersley": "hammersly"}  # as scikit-optimize spells it


class SkoptMethod(SearchMethod):
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

    Args:
        acquisition: One of `acquisitions`; None for the first.
        initial_design: One of `DESIGNS`: how the first configurations are drawn.
        initial_points: Their number, at least 1; None for 10, as in scikit-optimize, or half of
            `max_trials` where that is below 10.

    Raises:
        UsageError: If a name is unknown or a number is below its least.
    """

    follows_max_trials = ("initial_points",)
    acquisitions: ClassVar[tuple[str, ...]]
    model_name: ClassVar[str]

    def __init__(
        self,
        acquisition: str | None = None,
        initial_design: str = "random",
        initial_points: int | None = None,
    ) -> None:
        self.acquisition = self.acquisitions[0] if acquisition is None else acquisition
        check_choice("acquisition", self.acquisition, self.acquisitions)
        check_choice("initial_design", initial_design, DESIGNS)
        check_count("initial_points", initial_points, least=1, optional=True)
        self.initial_design, self._initial_points = initial_design, initial_points

    def begin(self, view: SearchView) -> None:
        """Settles the number of initial points."""
        super().begin(view)
        self.initial_points = self._initial_points or initial_points_for(view.max_trials)

    def reset(self) -> None:
        """Drops the optimiser."""
        self._optimizer: Any = None
        self._skopt: SkoptSpace | None = None
        self._optimizer_seed = self.view.seed
        self._asked = 0
        # the next configuration if no trial runs, and what is expected of it
        self._foreseen: tuple[Values, Any] | None = None

    def space_changed(self) -> None:
        """Starts a new optimiser, which is told all trials before it is asked."""
        self.reset()
        self._optimizer_seed = derive(self.view.seed, len(self.view.trials), "larger space")
        self._asked = len(self.view.trials)

    def plan(self) -> str:
        """Returns the size of the search and how many configurations the design draws."""
        at_random = self.initial_design == "random"
        drawn = "drawn at random" if at_random else f"drawn by the design {self.initial_design}"
        how = (drawn, f"{self.model_name} proposes ({self.acquisition})")
        first = phases(self.view, self.expected_trials(), self.initial_points, *how)
        return f"{super().plan()}\n{first}"

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the point that the acquisition function likes best, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        if not self._translator.dimensions:
            return self.view.space.canonical({})
        pending = [self._point(trial) for trial in self.view.unfinished()]
        with limited_threads(self.view.blas_threads):
            point = surrogate.ask_beside(self._ready_optimizer(), self._asked, pending)
        values = self._translator.values(point)
        fresh = self.view.untried(values, trial_number)
        self._asked += 1
        if fresh is None:
            return Signal.EXHAUSTED
        self.prediction = self._expected(fresh)
        return fresh

    def observe(self, trial: Any) -> None:
        """Fits the model to the trial that has ended, and to those kept back."""
        if self._translator.dimensions:
            with limited_threads(self.view.blas_threads):
                self._ready_optimizer()

    def memo(self) -> dict[str, Any] | None:
        """Returns the state of the optimiser besides its observations; resuming from it fits
        nothing.
        """
        packed = None if self._optimizer is None else surrogate.pack(self._optimizer)
        if packed is None:
            return None
        expected = None
        if packed["next"] is not None:
            expected = surrogate.expected(self._optimizer, packed["next"])
            self._foreseen = (self._translator.values(packed["next"]), expected)
        state = {"seed": self._optimizer_seed, "asked": self._asked, "expected": expected}
        return {**state, **packed}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the state that `memo` described; the observations are those of the trials that have
        ended.
        """
        self._optimizer_seed, self._asked = memo["seed"], memo["asked"]
        self._optimizer = self._build()
        surrogate.unpack(self._optimizer, memo, *self._told(self.view.observations))
        if memo["next"] is not None:  # an older memo does not tell what is expected
            self._foreseen = (self._translator.values(memo["next"]), memo.get("expected"))

    @property
    def _translator(self) -> SkoptSpace:
        if self._skopt is None or self._skopt.space is not self.view.space:
            self._skopt = SkoptSpace(self.view.space)
        return self._skopt

    def _expected(self, values: Values) -> Prediction | None:
        """Returns what the model expects of a configuration, in losses: its mean and one standard
        deviation to either side; it knows nothing of the lies about running trials.
        """
        known = self._foreseen
        if known is None or known[0] != values:
            point = self._translator.point(values)
            known = (values, surrogate.expected(self._optimizer, point))
        return None if known[1] is None else Prediction.normal(*known[1])

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
        if told < len(self.view.observations):
            self._foreseen = None
        surrogate.tell(self._optimizer, *self._told(self.view.observations[told:]))
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
