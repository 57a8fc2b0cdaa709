"""One trial: from knob values to a learning curve, the weights of its best epoch and a score."""

from __future__ import annotations

import copy
import math
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cloudpickle
import keras
import keras_tuner
import numpy as np

from tftune import seeding
from tftune.errors import TftuneError, UsageError
from tftune.space import CheckedHyperParameters
from tftune.training.arrays import unshare
from tftune.training.batches import feed_fast
from tftune.training.callbacks import BestEpoch, EarlyStopping, ReduceLROnPlateau, Report, finite
from tftune.training.checkpoints import Checkpoint, assign, load_checkpoint, save_checkpoint, variables_of
from tftune.training.settings import TrainingSettings


@dataclass(frozen=True)
class TrialTask:
    """All that a trial needs, ready to travel to another process.

    Attributes:
        trial: The trial's id.
        stream: Number of the first trial of this lineage; with the seed it fixes every random stream.
        seed: The seed of the search.
        hypermodel: A `keras_tuner.HyperModel`, pickled by cloudpickle.
        hyperparameters: Config of `keras_tuner.HyperParameters` with the trial's values.
        objective: Name of the metric.
        direction: `max` or `min`.
        arguments: Positional arguments of `fit`, arrays shared.
        options: Keyword arguments of `fit`, arrays shared, the user's callbacks among them.
        settings: Early stopping, plateau rule, executions.
        first_epoch: Epochs that the parent has trained, by plan.
        last_epoch: Epoch at which the trial ends at the latest.
        parent_checkpoint: File to continue from, or None.
        checkpoint: File to write at the end, or None.
    """

    trial: str
    stream: int
    seed: int
    hypermodel: bytes
    hyperparameters: dict[str, Any]
    objective: str
    direction: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    settings: TrainingSettings = TrainingSettings()
    first_epoch: int = 0
    last_epoch: int | None = None
    parent_checkpoint: str | None = None
    checkpoint: str | None = None


@dataclass
class Outcome:
    """How a trial ended.

    Attributes:
        status: `completed`, `pruned` or `failed`.
        score: The objective at the best epoch, or the mean over executions.
        epoch: The best epoch, from 1.
        metrics: All finite metrics at that epoch.
        message: The traceback of a failure.
        diverged: The failure is the configuration's (no finite objective), not the code's.
        fatal: The failure is one that every trial would meet: the search should end with this message.
        parameters: Number of weights.
        seconds: Wall-clock time.
        hyperparameters: The config after building, if building declared knobs that were unknown.
    """

    status: str
    score: float | None = None
    epoch: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    message: str | None = None
    diverged: bool = False
    fatal: bool = False
    parameters: int | None = None
    seconds: float = 0.0
    hyperparameters: dict[str, Any] | None = None


def run_trial(report: Report, task: TrialTask) -> Outcome:
    """Trains one configuration; never raises for a fault of the configuration or of the user's code.

    Args:
        report: Takes each epoch's record and answers whether to stop.
        task: The trial.
    """
    started = time.perf_counter()
    try:
        outcome = _run_executions(report, task)
    except (keras_tuner.errors.FatalError, TftuneError) as error:
        outcome = Outcome("failed", message=str(error), fatal=True)
    except keras_tuner.errors.FailedTrialError as error:
        outcome = Outcome("failed", message=str(error), diverged=True)  # the model said so itself
    except Exception:
        outcome = Outcome("failed", message=traceback.format_exc())
    outcome.seconds = time.perf_counter() - started
    return outcome


def _run_executions(report: Report, task: TrialTask) -> Outcome:
    outcomes = [_run_execution(report if execution == 0 else _silent, task, execution) for execution in range(task.settings.executions)]
    first = outcomes[0]  # its weights are kept: picking the best of several would not match their mean
    scores = [outcome.score for outcome in outcomes if outcome.score is not None]
    if len(scores) == len(outcomes) > 1:
        first.score = float(np.mean(scores))
    return first


def _silent(epoch: dict[str, Any]) -> bool:
    return False


def _run_execution(report: Report, task: TrialTask, execution: int) -> Outcome:
    keras.utils.set_random_seed(seeding.derive(task.seed, task.stream, f"execution {execution}"))
    hypermodel = cloudpickle.loads(task.hypermodel)
    hp = CheckedHyperParameters.from_config(task.hyperparameters)
    known = len(hp.space)
    model = build_model(hypermodel, hp)
    tracker = BestEpoch(task.objective, task.direction, report)
    callbacks = _callbacks(task, tracker)
    done = _continue(task, model, callbacks) if task.parent_checkpoint else None
    if done is None or not done["stopped"]:
        feed_fast(model, seeding.derive(task.seed, task.stream, f"shuffle {execution}"))
        first_epoch = done["epochs_trained"] if done else task.first_epoch
        results = hypermodel.fit(hp, model, *unshare(task.arguments), **_fit_options(task, callbacks, first_epoch))
        _take_results(results, tracker, task)
    if execution == 0 and task.checkpoint is not None:
        save_checkpoint(task.checkpoint, _checkpoint(task, model, callbacks, done))
    outcome = _outcome(tracker)
    outcome.parameters = int(model.count_params())
    outcome.hyperparameters = hp.get_config() if len(hp.space) != known else None
    return outcome


def build_model(hypermodel: Any, hp: Any) -> Any:
    """Builds a model and checks that it is one.

    Raises:
        UsageError: If the function returned anything but a Keras model.
    """
    model = hypermodel.build(hp)
    if not isinstance(model, keras.Model):
        raise UsageError(
            f"The model-building function must return a compiled Keras model. Received: {model!r} of type {type(model).__name__}. "
            "Check that build(hp) ends with `return model`."
        )
    return model


def _callbacks(task: TrialTask, tracker: BestEpoch) -> list[Any]:
    settings, users = task.settings, copy.deepcopy(task.options.get("callbacks") or [])
    for callback in users:
        if isinstance(callback, keras.callbacks.TensorBoard):
            callback.log_dir = f"{callback.log_dir}/{task.trial}"  # a folder a trial, for subclasses too
    ours: list[Any] = []
    if settings.plateau_patience:
        monitor = "val_loss" if task.options.get("validation_data") is not None else "loss"
        rule = {"factor": settings.plateau_factor, "patience": settings.plateau_patience, "min_lr": settings.minimum_learning_rate}
        ours.append(ReduceLROnPlateau(monitor=monitor, mode="min", **rule))
    if settings.early_stopping_patience:
        ours.append(EarlyStopping(monitor=task.objective, mode=task.direction, patience=settings.early_stopping_patience))
    return [*users, tracker, *ours]


def _own(callbacks: list[Any]) -> Iterator[Any]:
    return (callback for callback in callbacks if isinstance(callback, EarlyStopping | ReduceLROnPlateau))


def _fit_options(task: TrialTask, callbacks: list[Any], first_epoch: int) -> dict[str, Any]:
    options = {"verbose": 0, **unshare({name: value for name, value in task.options.items() if name != "callbacks"})}
    options |= {"callbacks": callbacks, "epochs": task.last_epoch or task.settings.epochs}
    if first_epoch:
        options["initial_epoch"] = first_epoch
    return options


def _continue(task: TrialTask, model: Any, callbacks: list[Any]) -> dict[str, Any]:
    """Puts the parent's weights, optimizer and counters in place; returns the facts of its checkpoint."""
    saved = load_checkpoint(str(task.parent_checkpoint))
    if not model.built:
        inputs = unshare(task.arguments[0] if task.arguments else task.options["x"])
        model(np.asarray(inputs[:1]))  # a subclassed model has no variables before it has seen a batch
    model.optimizer.build(model.trainable_variables)
    assign(model, saved.last, "weights")
    assign(model.optimizer, saved.optimizer, "optimizer state")
    for callback in callbacks:
        if isinstance(callback, BestEpoch):
            callback.set_state(saved.facts["best"], saved.best)
            callback.epochs_trained = saved.facts["epochs_trained"]
    for callback, state in zip(_own(callbacks), saved.facts["callbacks"], strict=True):
        callback.resumed = state
    return saved.facts


def _checkpoint(task: TrialTask, model: Any, callbacks: list[Any], done: dict[str, Any] | None) -> Checkpoint:
    tracker = next(callback for callback in callbacks if isinstance(callback, BestEpoch))
    planned = task.last_epoch or task.settings.epochs
    facts = {
        "epochs_trained": tracker.epochs_trained,
        "best": tracker.get_state(),
        "callbacks": [callback.get_state() for callback in _own(callbacks)],
        "stopped": bool(done and done["stopped"]) or 0 < tracker.epochs_trained < planned,
    }
    return Checkpoint(variables_of(model), variables_of(model.optimizer), tracker.weights, facts)


def _take_results(results: Any, tracker: BestEpoch, task: TrialTask) -> None:
    """Takes what a HyperModel's own `fit` returned, where it did not train with our callbacks."""
    if isinstance(results, keras.callbacks.History) and tracker.epochs_trained:
        return
    values = [_value(result, task.objective) for result in (results if isinstance(results, list) else [results])]
    if not values:
        raise UsageError("HyperModel.fit() returned an empty list. Expected a History, a number, a dict or a list of these.")
    tracker.score = float(np.mean(values))
    tracker.metrics = {task.objective: tracker.score}


def _value(result: Any, objective: str) -> float:
    if isinstance(result, keras.callbacks.History):
        result = {name: values[-1] for name, values in result.history.items()}
    if isinstance(result, dict) and objective in result:
        result = result[objective]
    if isinstance(result, bool) or not isinstance(result, int | float | np.number):
        raise UsageError(
            f"HyperModel.fit() must return a History, a number, or a dict with the objective {objective!r}. "
            f"Received: {result!r} of type {type(result).__name__}."
        )
    return float(result)


def _outcome(tracker: BestEpoch) -> Outcome:
    if not math.isfinite(tracker.score):
        message = f"The training diverged: {tracker.objective} was not a finite number in any epoch."
        return Outcome("failed", message=message, diverged=True)
    status = "pruned" if tracker.pruned else "completed"
    return Outcome(status, tracker.score, tracker.best_epoch, finite(tracker.metrics))
