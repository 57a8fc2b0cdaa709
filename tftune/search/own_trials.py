"""Trials that a subclass of `Tuner` runs itself, by `run_trial` or `_build_and_fit_model`: in the
driver's process, one after another, with journal and resuming.

The arguments of `search` go to `run_trial` as they are.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tftune.errors import UsageError
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus, loss_of
from tftune.search.returned import Result, outcome_of_result, read_result, reported_result
from tftune.search.tasks import TrialTasks
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.support.seeding import derive
from tftune.training.callback_paths import folder_of
from tftune.training.callbacks import BestEpoch, Report
from tftune.training.checkpoints import Checkpoint, assign, load_checkpoint, save_checkpoint
from tftune.training.described_model import add_layout, assets_of, describe_model, load_described
from tftune.training.evaluate import build_with_weights
from tftune.training.fitting import build_model, last_epoch
from tftune.training.notes import WEIGHTS_GONE, note
from tftune.training.task import Outcome, TrialTask
from tftune.training.trial import guarded, run_trial
from tftune.training.users_callbacks import users_callbacks

if TYPE_CHECKING:
    from tftune.search.hooks import TrialHooks
    from tftune.search.plan import SearchPlan


@dataclass
class OwnTrial:
    """A trial while the user's code runs it, and what that code has told so far.

    Attributes:
        tuner: Whose `run_trial` it is.
        trial: As `run_trial` gets it.
        record: The same trial in the journal.
        plan: With epochs and data.
        state: What the journal tells.
        arguments: Positional arguments of `search`.
        options: Keyword arguments of `search`.
        report: Takes each epoch's record and answers whether to stop.
        trains: Whether tftune trains a model for this trial now, which reports by itself.
        best: What the best epoch told by `on_epoch_end` brought, or None.
        pruned: Whether a scheduler has answered to stop.
    """

    tuner: TrialHooks
    trial: Any
    record: TrialRecord
    plan: SearchPlan
    state: SearchState
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    report: Report = lambda epoch: False
    trains: bool = False
    best: Result | None = None
    pruned: bool = False
    _told: int = 0
    _since: float = field(default_factory=time.perf_counter)

    def epoch_ended(self, model: Any, epoch: int, metrics: Mapping[str, Any]) -> None:
        """Notes an epoch that the user's code tells by `on_epoch_end`; the model of the best one is
        saved.
        """
        objective = self.tuner.oracle.objective
        if self.trains or objective.name not in metrics:
            return
        numbers = read_result(dict(metrics), objective, "on_epoch_end()").metrics
        score, now = numbers[objective.name], time.perf_counter()
        best = self.best.metrics[objective.name] if self.best is not None else np.nan
        loss, least = (loss_of(value, objective.direction) for value in (score, best))
        if np.isfinite(score) and not loss >= least:
            self.best = Result(numbers, epoch + 1)
            if isinstance(model, keras.Model) or self.tuner.overrides("save_model"):
                self.tuner.save_model(self.trial.trial_id, model, step=epoch)
        if epoch + 1 > self._told:
            self._told = epoch + 1
            told = {"epoch": epoch + 1, "metrics": numbers, "seconds": now - self._since}
            if self.report(told):
                self.pruned = True
                model.stop_training = True
        self._since = now


class OwnTasks(TrialTasks):
    """Makes the tasks of a tuner that runs its trials itself."""

    def __init__(
        self,
        tuner: TrialHooks,
        state: SearchState,
        plan: SearchPlan,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        super().__init__(tuner.oracle, state, tuner.folder, plan)
        self.tuner, self.arguments, self.options = tuner, arguments, options

    def task_of(self, trial: Any, record: TrialRecord) -> Any:
        """Returns the trial with what `search` was given."""
        given = (self.arguments, dict(self.options))
        return OwnTrial(self.tuner, trial, record, self.plan, self.state, *given)


class TrialFailedError(Exception):
    """A training by `Tuner.run_trial` failed; user code that called it may catch this."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


class TrialResults(list[Any]):
    """What `Tuner.run_trial` returns: a list with the History, as KerasTuner's does."""

    outcome: Outcome


def run_own_trial(report: Report, own: OwnTrial) -> Outcome:
    """Runs the user's code for one trial; never raises for a fault in it."""
    started, known = time.perf_counter(), own.trial.hyperparameters
    own.report = report
    # the oracle's trial stays as the journal has it: new knobs come to it as in a resumed search
    own.trial.hyperparameters = hp = CheckedHyperParameters.adopt(known)
    own.trial.metrics = type(own.trial.metrics)()  # what an earlier attempt told is gone
    own.tuner.own_trial = own
    try:
        outcome = guarded(lambda: _outcome(own))
    finally:
        own.tuner.own_trial, own.trial.hyperparameters = None, known
        own.trial.metrics = type(own.trial.metrics)()
    outcome.seconds = time.perf_counter() - started
    grown = len(hp.space) != len(known.space)
    outcome.hyperparameters = dict(hp.get_config()) if grown else None
    return outcome


def _outcome(own: OwnTrial) -> Outcome:
    tuner, objective = own.tuner, own.tuner.oracle.objective
    keras.utils.set_random_seed(derive(tuner.oracle.seed, own.record.number, "execution 0"))
    try:
        returned = tuner.run_trial(own.trial, *own.arguments, **own.options)
    except TrialFailedError as failed:
        return failed.outcome
    if isinstance(returned, TrialResults):
        return returned.outcome
    told = reported_result(own.trial, objective)
    if told is None:
        silent = returned is None and own.best is not None
        told = own.best if silent else read_result(returned, objective, "Tuner.run_trial()")
    outcome = outcome_of_result(told, objective)  # type: ignore[arg-type]
    if own.pruned and outcome.status is TrialStatus.COMPLETED:
        outcome.status = TrialStatus.PRUNED
    return outcome


def train(own: OwnTrial, arguments: tuple[Any, ...], options: dict[str, Any]) -> TrialResults:
    """Trains a trial as a search without an own `run_trial` does.

    Args:
        own: The trial; its `hyperparameters` may have knobs that `run_trial` declared.
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`.

    Raises:
        TrialFailedError: If the training failed.
    """
    task = _task(own, arguments, options)
    history = keras.callbacks.History()
    history.epoch, history.history = [], {}

    def note(epoch: dict[str, Any]) -> bool:
        history.epoch.append(epoch["epoch"] - 1)
        for name, value in epoch["metrics"].items():
            history.history.setdefault(name, []).append(value)
        return own.report(epoch)

    own.trains = True
    try:
        by_user = own.tuner.overrides("_build_and_fit_model")
        outcome = guarded(lambda: _fit(own, note, task)) if by_user else run_trial(note, task)
    finally:
        own.trains = False
    if outcome.hyperparameters is not None:
        declared = CheckedHyperParameters.from_config(outcome.hyperparameters)
        own.trial.hyperparameters.merge(declared)
        own.trial.hyperparameters.values.update(declared.values)
    if outcome.status is TrialStatus.FAILED:
        raise TrialFailedError(outcome)
    results = TrialResults([history])
    results.outcome = outcome
    return results


def _task(own: OwnTrial, arguments: tuple[Any, ...], options: dict[str, Any]) -> TrialTask:
    tuner, options = own.tuner, dict(options)
    options.pop("verbose", None)
    planned = tuner.oracle.planned_epochs
    epochs = options.pop("epochs", None) or planned or 1
    plan = replace(own.plan, training=replace(own.plan.training, epochs=int(epochs)))
    given = (arguments, tuner.with_hooks(options, own.trial))
    tasks = TrialTasks(tuner.oracle, own.state, tuner.folder, plan, tuner.payload, *given)
    budget = own.trial.hyperparameters.values.get("tuner/epochs")  # of Hyperband
    record = replace(own.record, last_epoch=int(budget or epochs))
    # it may train more than once, or not at all
    return replace(tasks.task_of(own.trial, record), keeping=None)


def _fit(own: OwnTrial, report: Report, task: TrialTask) -> Outcome:
    """Trains by the user's `_build_and_fit_model`, with the callbacks of a trial."""
    tuner, objective, results = own.tuner, own.tuner.oracle.objective, []
    last = task.settings.keep_weights == "last"
    for execution in range(task.settings.executions_per_trial):
        keras.utils.set_random_seed(derive(task.seed, task.stream, f"execution {execution}"))
        told = report if execution == 0 else (lambda epoch: False)
        tracker = BestEpoch(task.objective, task.direction, told, keeps_last=last)
        options = {"verbose": 0, **task.options, "epochs": last_epoch(task)}
        options |= {"initial_epoch": task.first_epoch} if task.first_epoch else {}
        options["callbacks"] = [
            *users_callbacks(task, folder_of(task.trial_id, execution)),
            tracker,
        ]
        returned = tuner._build_and_fit_model(own.trial, *task.arguments, **options)
        source = "Tuner._build_and_fit_model()"
        results.append(read_result(returned, objective, source, last))
        own.pruned = own.pruned or tracker.pruned
        if execution == 0 and tracker.weights is not None and task.checkpoint is not None:
            saved = own_checkpoint(tracker.model, tracker.weights, {})
            save_checkpoint(task.checkpoint, saved)
    outcome = outcome_of_result(
        read_result([result.metrics for result in results], objective, ""), objective
    )
    outcome.best_epoch = results[0].best_epoch
    if own.pruned and outcome.status is TrialStatus.COMPLETED:
        outcome.status = TrialStatus.PRUNED
    return outcome


def build_and_fit(
    tuner: TrialHooks, trial: Any, arguments: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """Builds the model of a trial, lets it go on where its parent's best epoch was, and trains it
    as the HyperModel wishes; returns what that returned.
    """
    hypermodel, hp = tuner.hypermodel_to_build(), trial.hyperparameters
    model = build_model(hypermodel, hp)
    parent = hp.values.get("tuner/trial_id")
    if parent is not None:
        file = tuner.folder.checkpoint(str(parent))
        if not file.exists():
            note(WEIGHTS_GONE)
        elif (saved := load_checkpoint(file)).best is not None and model.built:
            assign(model, saved.best, "weights")
    return hypermodel.fit(hp, model, *arguments, **options)


def load_own_model(tuner: TrialHooks, trial_id: str, hp: Any) -> Any:
    """Returns the model of a trial as `save_model` or `run_trial` left it.

    Raises:
        UsageError: If nothing was saved.
    """
    file = tuner.folder.checkpoint(trial_id)
    if not file.exists():
        raise UsageError(
            f"The model of trial {trial_id} cannot be loaded: none was saved. Expected a run_trial "
            "that calls self.save_model(trial.trial_id, model), self.on_epoch_end(...) or "
            "super().run_trial(...). Override save_model and load_model to keep models your own "
            "way, or build and train one with get_best_hyperparameters()."
        )
    saved = load_checkpoint(file)
    if tuner.hypermodel is None:
        return load_described(saved)
    return build_with_weights(tuner.hypermodel_to_build(), hp, saved)


def own_checkpoint(model: Any, weights: list[np.ndarray], facts: dict[str, Any]) -> Checkpoint:
    """Returns the checkpoint of a model that user code has trained.

    Args:
        model: A Keras model.
        weights: Those to keep.
        facts: JSON-able.
    """
    description = add_layout(describe_model(model), model)
    return Checkpoint([], [], weights, facts, assets_of(model), description)
