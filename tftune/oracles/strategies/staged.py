"""What the strategies share: a search in stages, each by another oracle over a part of the space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.bookkeeping import COMPLETED, FAILED, RUNNING
from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.oracles.strategies.narrowing import contains
from tftune.space.search_space import SearchSpace, Values, public_values
from tftune.support.seeding import derive, generator


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


class StagedOracle(AbstractOracle):
    """Parent of the strategies; a subclass writes `stage` and `patience`.

    A stage ends when its oracle has no further proposal; the next begins when all trials have
    ended, since it depends on the best of them. Every oracle inside is told the results so far that
    lie in its part of the space. Where `patience` stages in a row have nothing new, a configuration
    is drawn at random.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        inner: Name in `ORACLES` of the oracle inside; one that is neither a strategy nor gives
            trials a budget, as Hyperband does.
        inner_options: Its further arguments.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If the oracle inside is not known, cannot stand inside, or refuses its
            arguments.
    """

    blas_threads: int | None = None

    def __init__(
        self,
        objective: Any,
        max_trials: int | None,
        hyperparameters: Any,
        seed: int | None,
        inner: str,
        inner_options: Mapping[str, Any] | None,
        **options: Any,
    ) -> None:
        self.inner, self.inner_options = inner, dict(inner_options or {})
        self._check_inner()
        super().__init__(objective, max_trials, hyperparameters, seed, **options)
        self._make(
            Stage(self.space.config(), 1)
        )  # refuses wrong options now, not in the first trial

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
        return self._index == 0 or not self.unfinished()

    def reset(self) -> None:
        """Goes back to the first stage."""
        self._index = 0
        self._search: AbstractOracle | None = None
        self._ids: dict[str, str] = {}  # our trials of this stage: their ids inside
        self._told = 0  # how many observations the oracle inside knows

    def space_changed(self) -> None:
        """Begins anew in the larger space."""
        self.reset()

    def options(self) -> dict[str, Any]:
        """Returns the oracle inside and its arguments."""
        return {"inner": self.inner, "inner_options": self.inner_options}

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of this stage or of the next; WAIT between stages while
        trials are running.
        """
        if self.tried.exhausted:
            return Signal.EXHAUSTED
        for _ in range(self.patience + 1):
            answer = self._ask(trial_number)
            if answer is not Signal.EXHAUSTED:
                return answer
            if not self.may_begin():
                return Signal.WAIT
            self._begin(trial_number)
        values = self.tried.draw_new(generator(self.seed, trial_number, "restart"))
        return Signal.EXHAUSTED if values is None else values

    def observe(self, trial: Any) -> None:
        """Tells the oracle inside: one of its own trials has ended, or another one has a result."""
        if self._search is not None and trial.trial_id in self._ids:
            status = (
                "failed"
                if trial.status == FAILED
                else "pruned"
                if trial.trial_id in self.pruned
                else "completed"
            )
            seconds, inside = self.trial_seconds.get(trial.trial_id), self._ids[trial.trial_id]
            self._search.end_from_record(
                {
                    "trial_id": inside,
                    "status": status,
                    "score": trial.score,
                    "best_epoch": trial.best_step,
                    "seconds": seconds,
                }
            )
        self._tell()

    def _begin(self, trial_number: int) -> None:
        stage = self.stage(self._index, trial_number)
        self._index += 1
        self._ids, self._told, self._search = {}, 0, None
        if stage is None:
            return
        search = self._search = self._make(stage)
        self._tell()
        for trial in self.trials.values():
            if trial.status != COMPLETED:  # running, or failed before any other had a result
                values = self.space.canonical(public_values(trial.hyperparameters.values))
                if contains(search.space, values):
                    search.tried.add(values)

    def _tell(self) -> None:
        """Tells the oracle inside the results that are not its own, as far as they lie in its part."""
        search, sign = self._search, -1.0 if self.objective.direction == "max" else 1.0
        if search is None:
            return
        for result in self.observations[self._told :]:
            if result.trial_id not in self._ids and contains(search.space, result.values):
                search.tried.add(result.values)
                if result.status == "failed":
                    search.observations.add(result.values, None, "failed", result.seconds, None)
                else:
                    search.observations.add(
                        result.values, sign * result.loss, "completed", result.seconds, None
                    )
        self._told = len(self.observations)

    def _ask(self, trial_number: int) -> Values | Signal:
        """Returns what the oracle inside proposes, in the terms of the whole space."""
        if self._search is None:
            return Signal.EXHAUSTED
        trial = self._search.create_trial(f"trial {trial_number}")
        if trial.status != RUNNING:
            return Signal.WAIT if trial.status == "IDLE" else Signal.EXHAUSTED
        values = self.untried(public_values(trial.hyperparameters.values), trial_number)
        if values is None:
            return Signal.EXHAUSTED
        if contains(self._search.space, values):
            trial.hyperparameters.values = dict(
                values
            )  # it may differ, by rounding or because it was tried
        self._ids[f"{trial_number:04d}"] = trial.trial_id
        return values

    def _make(self, stage: Stage) -> AbstractOracle:
        try:
            made: AbstractOracle = ORACLES[self.inner](
                objective=self.objective,
                max_trials=stage.trials,
                hyperparameters=SearchSpace.from_config(stage.part).hyperparameters,
                seed=derive(self.seed, self._index, "stage"),
                max_consecutive_failed_trials=None,
                **{**stage.options, **self.inner_options},
            )
        except TypeError as error:
            raise UsageError(
                f"inner_options must be arguments of the search method {self.inner!r}. Received: "
                f"{self.inner_options!r}. "
                f"Python says: {error}. Correct their names."
            ) from error
        made.blas_threads = self.blas_threads  # type: ignore[attr-defined]  # those that fit models have it
        return made

    def _check_inner(self) -> None:
        ORACLES.summary(self.inner)  # refuses an unknown name
        kind = ORACLES[self.inner]
        if issubclass(kind, StagedOracle) or kind.places_starts:
            raise UsageError(
                "inner must be a search method that is no strategy and gives trials no budget. "
                f"Received: {self.inner!r}. "
                "Pass for example inner='random'."
            )
