"""The book of trials: which were started, run again and ended, and what they tell of the space.

Knows neither the search method nor files nor locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.given import check_names, fix_knobs, start_configurations
from tftune.oracles.core.judging import add_metrics, is_finite, judge
from tftune.oracles.core.observations import Observations
from tftune.oracles.core.prediction import Prediction
from tftune.oracles.core.trial_table import KerasTunerStatus, TrialTable, new_trial
from tftune.oracles.core.tried import Tried
from tftune.space.keras_tuner_internals import is_declared
from tftune.space.search_space import SearchSpace, Value, Values


class TrialBook:
    """Keeps the trials of one search, as `keras_tuner` trials.

    Args:
        hyperparameters: The search space, which the book may let grow.
        objective: Name and direction.
        start: Configurations to begin with.
        warm_start: Results of earlier searches.
        fixed: Knobs that are not tuned, with their values.

    Attributes:
        trials: By id, in the order of their start.
        ongoing: The trial of each slot that runs one.
        start_order, end_order: Ids in the order of the starts and of the ends.
        pruned: Ids of the trials that a scheduler stopped.
        seconds: Of trials, where that was told.
        runs: How often a trial was run.
        interruptions: In how many runs of a trial the process died.
        retries: Ids of the trials to be run once more, the next one first.
        predicted: What the method's model expects of open trials, as a journal holds it.
        reasons: Why open trials were proposed.
    """

    def __init__(
        self,
        hyperparameters: Any,
        objective: Any,
        start: Sequence[Mapping[str, Value]] = (),
        warm_start: Sequence[Mapping[str, Any]] = (),
        fixed: Mapping[str, Value] | None = None,
    ) -> None:
        self.hyperparameters, self.objective = hyperparameters, objective
        self._start, self._warm_start, self._fixed = start, warm_start, dict(fixed or {})
        self.trials = TrialTable()
        self.ongoing: dict[str, Any] = {}
        self.start_order, self.end_order = list[str](), list[str]()
        self.pruned: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.runs: dict[str, int] = {}
        self.interruptions: dict[str, int] = {}
        self.retries: list[str] = []
        self.predicted, self.reasons = dict[str, dict[str, float]](), dict[str, str]()
        self._open: dict[str, None] = {}  # ids of the trials that have not ended, in order
        self._forget_space()

    def _forget_space(self) -> None:
        self._space: SearchSpace | None = None
        self._tried: Tried | None = None
        self._observations: Observations | None = None
        self._starts: list[Values] | None = None

    # What the trials tell.

    @property
    def space(self) -> SearchSpace:
        """The space as it is now."""
        if self._space is None:
            self._space = SearchSpace(self.hyperparameters)
        return self._space

    @property
    def tried(self) -> Tried:
        """The configurations that a trial had, of this search or an earlier one."""
        if self._tried is None:
            self._tried = Tried(self.space)
            again = {self.space.key(start) for start in self._given_first()}
            for result in self._warm_start:
                if self.space.key(result["values"]) not in again:
                    self._tried.add(result["values"])
            for trial in self.trials.values():
                self._tried.add(trial.hyperparameters.values)
        return self._tried

    @property
    def observations(self) -> Observations:
        """The results so far, those of earlier searches first; losses are lower where better."""
        if self._observations is None:
            self._observations = Observations(
                self.space, self.objective.direction, self._warm_start
            )
            for trial_id in self.end_order:
                self._observe(self.trials[trial_id])
        return self._observations

    def status(self, trial: Any) -> TrialStatus:
        """Returns what became of a trial; one that is to be run again is running."""
        if trial.status == KerasTunerStatus.FAILED:
            return TrialStatus.FAILED
        if trial.status == KerasTunerStatus.COMPLETED:
            pruned = trial.trial_id in self.pruned
            return TrialStatus.PRUNED if pruned else TrialStatus.COMPLETED
        return TrialStatus.RUNNING

    def unfinished(self) -> list[Any]:
        """Returns the trials that were started and did not end, in the order of their numbers."""
        started = map(self.trials.__getitem__, self._open)
        return [trial for trial in started if self.status(trial) is TrialStatus.RUNNING]

    def next_start(self) -> Values | None:
        """Returns the first configuration to begin with that no trial had: those given, then the
        best of an earlier search; or None.
        """
        if self._starts is None:
            self._starts = self._given_first()
        while self._starts and self._starts[0] in self.tried:
            self._starts.pop(0)
        return dict(self._starts[0]) if self._starts else None

    def check_given(self) -> None:
        """Checks what was given beforehand, as soon as the space is known.

        Raises:
            UsageError: If a name is unknown or a value none that the knob can have.
        """
        check_names("A fixed knob", self._fixed, self.space)
        start_configurations(self._start, self.space)
        for result in self._warm_start:
            self.space.canonical(result["values"])

    def best(self, count: int = 1) -> list[Any]:
        """Returns the best trials that have a score, best first, of equals the earlier first."""
        scored = [trial for trial in self.trials.values() if self.status(trial).has_score]
        direction = self.objective.direction
        return sorted(scored, key=lambda trial: loss_of(trial.score, direction))[:count]

    def _given_first(self) -> list[Values]:
        """Returns the configurations to begin with, whether tried or not; none while the space is
        not known.
        """
        best = self._best_earlier()
        given = start_configurations(self._start, self.space) if self.space.knobs else []
        return given + ([self.space.canonical(best["values"])] if best is not None else [])

    def _best_earlier(self) -> Mapping[str, Any] | None:
        direction = self.objective.direction
        completed = [
            result for result in self._warm_start if result["status"] == TrialStatus.COMPLETED
        ]
        return min(completed, key=lambda result: loss_of(result["score"], direction), default=None)

    def _observe(self, trial: Any) -> None:
        values, seconds = trial.hyperparameters.values, self.seconds.get(trial.trial_id)
        self.observations.add(values, trial.score, self.status(trial), seconds, trial.trial_id)

    # What happens to trials.

    def new_knobs(self, hyperparameters: keras_tuner.HyperParameters) -> list[Any]:
        """Returns the knobs that the space does not have yet."""
        known = self.hyperparameters
        return [hp for hp in hyperparameters.space if not is_declared(known, hp)]

    def grow(self, knobs: list[Any]) -> None:
        """Adds knobs to the space."""
        self.hyperparameters.merge(knobs)
        self.hyperparameters = fix_knobs(self.hyperparameters, self._fixed)
        self._forget_space()

    def start(self, values: Mapping[str, Value]) -> Any:
        """Starts the next trial and returns it."""
        trial_id = f"{len(self.trials):04d}"  # ids that sort
        hyperparameters = self.space.to_hyperparameters(values)
        trial = new_trial(hyperparameters, trial_id, KerasTunerStatus.RUNNING)
        self.tried.add(values)
        self.trials[trial_id] = trial
        self.start_order.append(trial_id)
        self._open[trial_id] = None
        return trial

    def note(self, trial_id: str, prediction: Prediction | None, reason: str | None) -> None:
        """Notes what is expected of a trial and why it was proposed, if anything."""
        if reason is not None:
            self.reasons[trial_id] = reason
        score = prediction.of_score(self.objective.direction) if prediction else None
        if score is not None:
            self.predicted[trial_id] = score

    def open_trial(self, trial_id: str) -> Any:
        """Returns a trial that has not ended.

        Raises:
            UsageError: If it is unknown or has ended.
        """
        if trial_id not in self.trials:
            raise UsageError(
                f"There is no such trial. Expected one of the {len(self.trials)} started. "
                f"Received: {trial_id!r}."
            )
        trial = self.trials[trial_id]
        if self.status(trial).has_ended and trial_id in self.end_order:
            raise UsageError(
                f"Trial {trial_id!r} has ended before, {trial.status}. Expected a running trial. "
                "End each trial once."
            )
        return trial

    def report(self, trial_id: str, metrics: Mapping[str, float], step: int) -> Any:
        """Notes what a running trial reports at a step, and returns the trial.

        Raises:
            UsageError: If the trial is unknown or has ended, or the objective is missing.
        """
        trial = self.open_trial(trial_id)
        if self.objective.name not in metrics:
            raise UsageError(
                f"The objective is missing in the metrics of trial {trial_id}. Expected "
                f"{self.objective.name!r}. Received: {sorted(metrics)}. Compile the model with "
                "this metric or choose another objective."
            )
        add_metrics(trial, self.objective, metrics, step)
        return trial

    def apply(self, trial: Any, record: Mapping[str, Any]) -> None:
        """Writes what an end record tells into a trial."""
        if record.get("seconds") is not None:
            self.seconds[trial.trial_id] = float(record["seconds"])
        step, score = record.get("best_epoch") or 0, record.get("score")
        add_metrics(trial, self.objective, record.get("metrics") or {}, step)
        trial.message = record.get("message")
        if record["status"] == TrialStatus.FAILED or not is_finite(score):
            trial.status, trial.score = KerasTunerStatus.FAILED, None
            return
        trial.status, trial.best_step = KerasTunerStatus.COMPLETED, step
        trial.score = float(record["score"])
        if record["status"] == TrialStatus.PRUNED:
            self.pruned.add(trial.trial_id)

    def end_run(self, trial: Any, reported: Any, max_retries: int) -> bool:
        """Ends a run of a trial; returns whether that is its end, too, or it waits for another run.

        Args:
            trial: The trial of this book.
            reported: The trial as a tuner knows it: knobs, status and message.
            max_retries: Further runs of a trial that is INVALID.
        """
        trial.hyperparameters = reported.hyperparameters
        trial.status, trial.message = reported.status, reported.message
        if trial.status == KerasTunerStatus.COMPLETED:
            judge(trial, self.objective)
        self.runs[trial.trial_id] = self.runs.get(trial.trial_id, 0) + 1
        invalid = trial.status == KerasTunerStatus.INVALID
        if invalid and self.runs[trial.trial_id] <= max_retries:
            self.run_again(trial)
            return False
        return True

    def end(self, trial: Any) -> None:
        """Ends a trial for good."""
        if trial.status == KerasTunerStatus.INVALID:
            trial.status = KerasTunerStatus.FAILED
        self.end_order.append(trial.trial_id)
        self._open.pop(trial.trial_id, None)
        self.predicted.pop(trial.trial_id, None)
        self.reasons.pop(trial.trial_id, None)
        self._release(trial)
        if self._observations is not None:
            self._observe(trial)

    def run_again(self, trial: Any) -> None:
        """Lets a trial wait for its next run."""
        # The metrics of the last run must go, or keras_tuner would count the old values again.
        trial.metrics, trial.score, trial.best_step = type(trial.metrics)(), None, 0
        self.retries.append(trial.trial_id)
        self._release(trial)

    def take_retry(self) -> Any | None:
        """Returns the next trial that waits for another run, running, or None."""
        if not self.retries:
            return None
        trial = self.trials[self.retries.pop(0)]
        trial.status, trial.message = KerasTunerStatus.RUNNING, None
        return trial

    def _release(self, trial: Any) -> None:
        ids = {slot: other.trial_id for slot, other in self.ongoing.items()}
        for slot in [slot for slot, trial_id in ids.items() if trial_id == trial.trial_id]:
            del self.ongoing[slot]
