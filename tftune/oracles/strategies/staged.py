"""What the strategies share: a search in stages, each by another oracle in a part of the space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tftune.errors import UsageError
from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles import ORACLES
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.oracle import Oracle
from tftune.oracles.core.trial_table import KerasTunerStatus
from tftune.oracles.core.view import SearchView
from tftune.oracles.strategies.narrowing import contains
from tftune.space.search_space import SearchSpace, Values, public_values
from tftune.support.seeding import derive, generator
from tftune.support.signatures import parameters_of

_GIVEN_BY_STAGE = (
    "objective",
    "max_trials",
    "hyperparameters",
    "seed",
    "max_consecutive_failed_trials",
)


class Stage(NamedTuple):
    """What the next oracle inside is to do.

    Attributes:
        part: Its part of the space, as `SearchSpace.config` describes it.
        trials: How many it may propose; None for no limit.
        options: Arguments of its class besides the user's.
    """

    part: Mapping[str, Any]
    trials: int | None
    options: Mapping[str, Any] = {}


class StagedMethod(SearchMethod):
    """Parent of the strategies; a subclass writes `stage` and `patience`.

    A stage ends when its oracle has no further proposal; the next begins when all trials have
    ended, since it depends on the best of them. Every oracle inside is told the results so far that
    lie in its part of the space. Where `patience` stages in a row have nothing new, a configuration
    is drawn at random.

    Args:
        inner: Name in `ORACLES` of the oracle inside; one that is neither a strategy nor gives
            trials a budget, as Hyperband does.
        inner_options: Its further arguments.

    Raises:
        UsageError: If the oracle inside is not known, cannot stand inside, or refuses its
            arguments.
    """

    def __init__(self, inner: str, inner_options: Mapping[str, Any] | None) -> None:
        self.inner, self.inner_options = inner, dict(inner_options or {})
        self._check_inner()

    def begin(self, view: SearchView) -> None:
        """Refuses wrong options of the oracle inside now, not in the first trial."""
        super().begin(view)
        self._make(Stage(view.space.config(), 1))

    def stage(self, index: int, trial_number: int) -> Stage | None:
        """Returns what stage `index`, counted from 0 without end, is to do, or None if there is
        nothing untried to do.

        Args:
            index: Of the stage.
            trial_number: Of its first trial.
        """
        raise NotImplementedError(f"{type(self).__name__} must define stage(index, trial_number).")

    @property
    def patience(self) -> int:
        """Stages in a row without anything new after which a configuration is drawn at random; at
        least 1.
        """
        raise NotImplementedError(f"{type(self).__name__} must define patience.")

    def may_begin(self) -> bool:
        """Whether the next stage has the results that it needs: from all trials, but the first
        stage needs none.
        """
        return self._index == 0 or not self.view.unfinished()

    def reset(self) -> None:
        """Goes back to the first stage."""
        self._index = 0
        self._search: Oracle[Any] | None = None
        self._ids: dict[str, str] = {}  # our trials of this stage: their ids inside
        self._told = 0  # how many observations the oracle inside knows
        self._without_score = [  # ids of the trials that ended so
            trial_id for trial_id in self.view.end_order if not self.view.status(trial_id).has_score
        ]

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of this stage or of the next; WAIT between stages while
        trials are running.
        """
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        for _ in range(self.patience + 1):
            answer = self._ask(trial_number)
            if answer is not Signal.EXHAUSTED:
                return answer
            if not self.may_begin():
                return Signal.WAIT
            self._begin(trial_number)
        values = self.view.tried.draw_new(generator(self.view.seed, trial_number, "restart"))
        return Signal.EXHAUSTED if values is None else values

    def observe(self, trial: Any) -> None:
        """Tells the oracle inside: one of its own trials has ended, or another one has a result."""
        if self._search is not None and trial.trial_id in self._ids:
            self._search.end_from_record(
                {
                    "trial_id": self._ids[trial.trial_id],
                    "status": self.view.status(trial.trial_id),
                    "score": trial.score,
                    "best_epoch": trial.best_step,
                    "seconds": self.view.seconds(trial.trial_id),
                }
            )
        if not self.view.status(trial.trial_id).has_score:
            self._without_score.append(trial.trial_id)
        self._tell()

    def _begin(self, trial_number: int) -> None:
        stage = self.stage(self._index, trial_number)
        self._index += 1
        self._ids, self._told, self._search = {}, 0, None
        if stage is None:
            return
        search = self._search = self._make(stage)
        self._tell()
        # One that runs, or failed before any other had a result, is no observation.
        failed = [self.view.trials[trial_id] for trial_id in self._without_score]
        for trial in [*failed, *self.view.unfinished()]:
            values = self.view.space.canonical(public_values(trial.hyperparameters.values))
            if contains(search.space, values):
                search.tried.add(values)

    def _tell(self) -> None:
        """Tells the oracle inside the results that are not its own and lie in its part."""
        search = self._search
        if search is None:
            return
        for seen in self.view.observations[self._told :]:
            if seen.trial_id in self._ids or not contains(search.space, seen.values):
                continue
            search.tried.add(seen.values)
            failed = seen.status == TrialStatus.FAILED
            status = TrialStatus.FAILED if failed else TrialStatus.COMPLETED
            score = None if failed else loss_of(seen.loss, self.view.objective.direction)
            search.observations.add(seen.values, score, status, seen.seconds, None)
        self._told = len(self.view.observations)

    def _ask(self, trial_number: int) -> Values | Signal:
        """Returns what the oracle inside proposes, in the terms of the whole space."""
        if self._search is None:
            return Signal.EXHAUSTED
        trial = self._search.create_trial(f"trial {trial_number}")
        if trial.status != KerasTunerStatus.RUNNING:
            waits = trial.status == KerasTunerStatus.IDLE
            return Signal.WAIT if waits else Signal.EXHAUSTED
        values = self.view.untried(public_values(trial.hyperparameters.values), trial_number)
        if values is None:
            return Signal.EXHAUSTED
        if contains(self._search.space, values):
            # It may differ from what was proposed, by rounding or because it was tried.
            trial.hyperparameters.values = dict(values)
        self._ids[f"{trial_number:04d}"] = trial.trial_id
        return values

    def _make(self, stage: Stage) -> Oracle[Any]:
        made: Oracle[Any] = ORACLES[self.inner](
            objective=self.view.objective,
            max_trials=stage.trials,
            hyperparameters=SearchSpace.from_config(stage.part).hyperparameters,
            seed=derive(self.view.seed, self._index, "stage"),
            max_consecutive_failed_trials=None,
            **{**stage.options, **self.inner_options},
        )
        made.blas_threads = self.view.blas_threads
        return made

    def _check_inner(self) -> None:
        ORACLES.summary(self.inner)  # refuses an unknown name
        kind = ORACLES[self.inner]
        method = kind.method_class
        if issubclass(method, StagedMethod) or method.places_starts:
            raise UsageError(
                "inner must be a search method that is no strategy and gives trials no budget. "
                f"Received: {self.inner!r}. "
                "Pass for example inner='random'."
            )
        known = [name for name in parameters_of(kind) if name not in _GIVEN_BY_STAGE]
        if unknown := [name for name in self.inner_options if name not in known]:
            raise UsageError(
                f"inner_options must be arguments of the search method {self.inner!r}. Expected "
                f"some of: {', '.join(known)}. Received: {self.inner_options!r}. Remove or rename "
                f"{unknown[0]!r}."
            )
