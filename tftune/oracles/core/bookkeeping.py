"""The lifecycle of a trial - started, retried, ended - and the events that tell it. Knows neither
files nor locks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.oracles.core.given import check_names, fix_knobs, start_configurations
from tftune.oracles.core.hooks import OracleHooks
from tftune.oracles.core.objective import direction_of
from tftune.oracles.core.observations import Observations
from tftune.oracles.core.results import is_finite, trial_event
from tftune.oracles.core.storage import SilentDisplay
from tftune.oracles.core.trial_table import TrialTable, new_trial
from tftune.oracles.core.tried import Tried
from tftune.space.search_space import SearchSpace, Value, Values
from tftune.support.seeding import generator

RUNNING, INVALID, COMPLETED, FAILED = (
    "RUNNING",
    "INVALID",
    "COMPLETED",
    "FAILED",
)  # keras_tuner's names


class TrialBook(OracleHooks):
    """The part of `AbstractOracle` that keeps the books."""

    hyperparameters: Any  # keras_tuner.Oracle's; not typed
    autosave = True
    start: tuple[Values, ...] = ()
    warm_start: tuple[Mapping[str, Any], ...] = ()
    fixed: Mapping[str, Value] = {}

    def _forget(self) -> None:
        """Empties everything that trials fill; without lambdas, so that an oracle can be pickled."""
        self.trials = TrialTable()
        self._open: dict[str, None] = {}  # ids of the trials that have not ended, in order
        self.ongoing_trials: dict[str, Any] = {}
        self.start_order: list[str] = []
        self.end_order: list[str] = []
        self.pruned: set[str] = set()
        self.tuner_ids: set[str] = set()
        self.trial_seconds: dict[str, float] = {}
        self._run_times: dict[str, int] = {}
        self._interruptions: dict[str, int] = {}
        self._retry_queue: list[str] = []
        self._id_to_hash: dict[str, str] = {}
        self._events: list[dict[str, Any]] = []
        self._space: SearchSpace | None = None
        self._tried: Tried | None = None
        self._observations: Observations | None = None
        self._starts: list[Values] | None = None
        self._display = SilentDisplay()

    @property
    def space(self) -> SearchSpace:  # type: ignore[override]
        """The space as it is now."""
        if self._space is None:
            self._space = SearchSpace(self.hyperparameters)
        return self._space

    @property
    def tried(self) -> Tried:  # type: ignore[override]
        """The configurations that a trial had, of this search or an earlier one."""
        if self._tried is None:
            self._tried = Tried(self.space)
            again = {self.space.key(start) for start in self._given_first()}
            for result in self.warm_start:
                if self.space.key(result["values"]) not in again:
                    self._tried.add(result["values"])
            for trial in self.trials.values():
                self._tried.add(trial.hyperparameters.values)
        return self._tried

    @property
    def observations(self) -> Observations:  # type: ignore[override]
        """The results so far, those of earlier searches first; losses are lower where better."""
        if self._observations is None:
            self._observations = Observations(self.space, self.objective.direction, self.warm_start)
            for trial_id in self.end_order:
                self._observe(self.trials[trial_id])
        return self._observations

    def next_start(self) -> Values | None:
        """Returns the first configuration to begin with that no trial had: those given, then the
        best of an earlier search; or None.
        """
        if self._starts is None:
            self._starts = self._given_first()
        while self._starts and self._starts[0] in self.tried:
            self._starts.pop(0)
        return dict(self._starts[0]) if self._starts else None

    def untried(self, values: Mapping[str, Value], trial_number: int) -> Values | None:
        """Returns the configuration, or if it was tried the nearest of 64 random ones that were
        not; None if there is none.
        """
        return self.tried.nearest_new(
            values, generator(self.seed, trial_number, "instead of a repeat")
        )

    def _given_first(self) -> list[Values]:
        """Returns the configurations to begin with, whether tried or not; none while the space is
        not known.
        """
        best = self._best_earlier()
        given = start_configurations(self.start, self.space) if self.space.knobs else []
        return given + ([self.space.canonical(best["values"])] if best is not None else [])

    def _best_earlier(self) -> Mapping[str, Any] | None:
        sign = -1.0 if self.objective.direction == "max" else 1.0
        completed = [result for result in self.warm_start if result["status"] == "completed"]
        return min(completed, key=lambda result: sign * result["score"], default=None)

    def check_given(self) -> None:
        """Checks what was given beforehand, as soon as the space is known.

        Raises:
            UsageError: If a name is unknown or a value none that the knob can have.
        """
        check_names("A fixed knob", self.fixed, self.space)
        start_configurations(self.start, self.space)
        for result in self.warm_start:
            self.space.canonical(result["values"])

    def _observe(self, trial: Any) -> None:
        status = (
            "failed"
            if trial.status == FAILED
            else "pruned"
            if trial.trial_id in self.pruned
            else "completed"
        )
        seconds = self.trial_seconds.get(trial.trial_id)
        self.observations.add(
            trial.hyperparameters.values, trial.score, status, seconds, trial.trial_id
        )

    def unfinished(self) -> list[Any]:
        """Returns the trials that were started and did not end, in the order of their numbers."""
        return [
            trial
            for trial in map(self.trials.__getitem__, self._open)
            if trial.status in (RUNNING, INVALID)
        ]

    def _extend_space(self, new: list[Any], compute: bool = True) -> None:
        self.hyperparameters.merge(new)
        self.hyperparameters = fix_knobs(self.hyperparameters, self.fixed)
        self._space = self._tried = self._observations = self._starts = None
        if self.trials:
            self._note({"kind": "space", "config": self.hyperparameters.get_config()})
            if compute:
                self.space_changed()

    def _new_knobs(self, hyperparameters: keras_tuner.HyperParameters) -> list[Any]:
        return [
            hp
            for hp in hyperparameters.space
            if not self.hyperparameters._exists(hp.name, hp.conditions)
        ]

    def _start(self, values: Mapping[str, Value]) -> Any:
        if not self.trials:
            self._note({"kind": "space", "config": self.hyperparameters.get_config()})
        trial = new_trial(
            self.space.to_hyperparameters(values), f"{len(self.trials):04d}", RUNNING
        )  # ids that sort
        self.tried.add(values)
        self.trials[trial.trial_id] = trial
        self.start_order.append(trial.trial_id)
        self._open[trial.trial_id] = None
        self._note(
            {
                "kind": "start",
                "trial_id": trial.trial_id,
                "values": dict(trial.hyperparameters.values),
            }
        )
        return trial

    def _note(self, event: dict[str, Any]) -> None:
        if self.autosave:
            self._events.append(event)

    def _add_metrics(self, trial: Any, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            if not trial.metrics.exists(name):
                direction = (
                    self.objective.direction
                    if name == self.objective.name
                    else direction_of(name) or "min"
                )
                trial.metrics.register(name, direction=direction)
            trial.metrics.metrics[name].update(float(value), step=step)

    def _apply_end(self, trial: Any, record: Mapping[str, Any]) -> None:
        """Writes what an end record tells into a trial."""
        if record.get("seconds") is not None:
            self.trial_seconds[trial.trial_id] = float(record["seconds"])
        step, score = record.get("best_epoch") or 0, record.get("score")
        self._add_metrics(trial, record.get("metrics") or {}, step)
        trial.message = record.get("message")
        if record["status"] == "failed" or not is_finite(score):
            trial.status, trial.score = FAILED, None
            return
        trial.status, trial.score, trial.best_step = COMPLETED, float(score), step  # type: ignore[arg-type]
        if record["status"] == "pruned":
            self.pruned.add(trial.trial_id)

    def _conclude(self, trial: Any, compute: bool = True) -> None:
        """Ends a trial for good."""
        if trial.status == INVALID:
            trial.status = FAILED
        self.end_order.append(trial.trial_id)
        self._open.pop(trial.trial_id, None)
        if self.autosave:
            event = trial_event(trial, self.trial_seconds.get(trial.trial_id))
            self._note({**event, "status": "pruned"} if trial.trial_id in self.pruned else event)
        self._release(trial)
        if self._observations is not None:
            self._observe(trial)
        if compute:
            self.observe(trial)
        if not self.autosave:
            self.trials.settle(trial.trial_id)

    def _release(self, trial: Any) -> None:
        self.ongoing_trials = {
            slot: ongoing
            for slot, ongoing in self.ongoing_trials.items()
            if ongoing.trial_id != trial.trial_id
        }

    def _queue_retry(self, trial: Any) -> None:
        self._clear(trial)
        self._retry_queue.append(trial.trial_id)
        self._release(trial)

    @staticmethod
    def _clear(trial: Any) -> None:
        """Drops the metrics of an earlier run, or keras_tuner would count the old values again."""
        trial.metrics, trial.score, trial.best_step = type(trial.metrics)(), None, 0

    def _take_retry(self) -> Any | None:
        if not self._retry_queue:
            return None
        trial = self.trials[self._retry_queue.pop(0)]
        trial.status, trial.message = RUNNING, None
        return trial

    def _known(self, trial_id: str) -> Any:
        if trial_id not in self.trials:
            raise UsageError(
                f"There is no such trial. Expected one of the {len(self.trials)} started. "
                f"Received: {trial_id!r}."
            )
        return self.trials[trial_id]

    def _open_trial(self, trial_id: str) -> Any:
        trial = self._known(trial_id)
        if trial.status in (COMPLETED, FAILED) and trial_id in self.end_order:
            raise UsageError(
                f"Trial {trial_id!r} has ended before, {trial.status}. Expected a running trial. "
                "End each trial once."
            )
        return trial
