"""What every training of a trial shares: the model, the callbacks around it, going on from a
checkpoint and writing one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tftune.errors import UsageError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.models.scheduling import schedule_of
from tftune.training.batches import feed_fast
from tftune.training.callbacks import (
    BestEpoch,
    EarlyStopping,
    Report,
    Witness,
    finite,
    own_callbacks,
)
from tftune.training.checkpoints import Checkpoint, assign, load_checkpoint, variables_of
from tftune.training.described_model import add_layout, assets_of, describe_model
from tftune.training.fused_adam import fuse_adam
from tftune.training.inputs.arrival import first_batch
from tftune.training.keras_internals import build_optimizer, name_as_first
from tftune.training.notes import WEIGHTS_GONE, note
from tftune.training.plateau import ReduceLROnPlateau, say_left_out
from tftune.training.task import Outcome, TrialTask
from tftune.training.users_callbacks import acts_on


def build_model(hypermodel: Any, hp: Any) -> Any:
    """Builds a model and checks that it is one.

    Raises:
        UsageError: If the function returned anything but a Keras model.
    """
    name_as_first(_subclasses(keras.metrics.Metric))  # an unnamed `AUC()` is `auc` in each model
    model = hypermodel.build(hp)
    if not isinstance(model, keras.Model):
        raise UsageError(
            f"The model-building function must return a compiled Keras model. Received: {model!r} "
            f"of type {type(model).__name__}. "
            "Check that build(hp) ends with `return model`."
        )
    return model


def _subclasses(kind: Any) -> Iterator[Any]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def speed_up(model: Any, seed: int) -> None:
    """Lets `model.fit` take less time for the same numbers.

    Args:
        model: A Keras model.
        seed: Of the order of the rows.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:  # HyperModel.fit() may compile the model itself, or do without
        fuse_adam(optimizer)
    feed_fast(model, seed)


def best_epoch(task: TrialTask, report: Report, trainee: Any, witness: Witness) -> BestEpoch:
    """Returns the callback that reports a training's epochs and keeps the best one.

    Args:
        task: The trial.
        report: Takes each epoch's record.
        trainee: The `Trainee` that is trained.
        witness: Knows the weights that the validation was done with.
    """
    return BestEpoch(
        task.objective,
        task.direction,
        report,
        own_fit=not trainee.fits_as_keras,
        seldom=validates(task) and validates_seldom(task),
        witness=witness,
        keeps_last=task.settings.keep_weights == "last",
    )


def witness_of(users: Sequence[Any], trainee: Any) -> Witness:
    """Returns the callback that stands before the user's, and keeps what they may change.

    Args:
        users: The user's callbacks.
        trainee: The `Trainee` that is trained.
    """
    own_fit = not trainee.fits_as_keras  # it may bring callbacks of its own
    return Witness(
        tests=own_fit or acts_on(users, "on_test_begin", "on_test_end"),
        end=acts_on(users, "on_train_end"),
    )


def plateau_rule(task: TrialTask, users: Sequence[Any], scheduled: bool = False) -> list[Any]:
    """Returns the rule that lowers the learning rate, or nothing where it is switched off.

    Args:
        task: The trial.
        users: The user's callbacks, one of which may set the learning rate instead.
        scheduled: Whether the rate follows a schedule, which switches the rule off; that is said
            where somebody chose one, not where the model brings its usual one.
    """
    settings = task.settings
    if not settings.plateau_patience:
        return []
    if scheduled:
        if settings.has_schedule or schedule_of(task.hyperparameters.get("values", {})) is not None:
            say_left_out("a schedule sets it")
        return []
    return [
        ReduceLROnPlateau(
            validates(task),
            validates_seldom(task),
            users,
            factor=settings.plateau_factor,
            patience=settings.plateau_patience,
            min_lr=settings.minimum_learning_rate,
        )
    ]


def validates(task: TrialTask) -> bool:
    """Whether the call of `fit` asks for validation; a HyperModel's own `fit` may do otherwise."""
    options = task.options
    return (
        bool(task.settings.folds)
        or options.get("validation_data") is not None
        or bool(options.get("validation_split"))
    )


def validates_seldom(task: TrialTask) -> bool:
    """Whether the call of `fit` asks for validation after some epochs only."""
    frequency = task.options.get("validation_freq")
    return frequency is not None and not (np.ndim(frequency) == 0 and frequency == 1)


def early_stopping(task: TrialTask) -> list[Any]:
    """Returns the rule that ends a training, or nothing where it is switched off."""
    settings = task.settings
    if not settings.early_stopping_patience:
        return []
    return [
        EarlyStopping(
            monitor=task.objective,
            mode=task.direction,
            patience=settings.early_stopping_patience,
            min_delta=settings.early_stopping_min_delta,
        )
    ]


def last_epoch(task: TrialTask) -> int:
    """Returns the epochs after which a trial ends at the latest, those of its parent included."""
    return task.last_epoch or task.settings.epochs


class Together:
    """The variables of several models, or optimizers, as if they were one's."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.variables = [variable for part in parts for variable in part.variables]


def resume(
    task: TrialTask, models: Sequence[Any], callbacks: Sequence[Any]
) -> dict[str, Any] | None:
    """Puts the parent's weights, optimizers and counters in place.

    Args:
        task: The trial; one without a parent starts afresh.
        models: The model of the trial, or one a fold.
        callbacks: In the order in which `checkpoint_of` was given them.

    Returns:
        The facts of the parent's checkpoint, or None without a parent.
    """
    if task.restarts:
        note(WEIGHTS_GONE)
    if task.parent_checkpoint is None:
        return None
    saved = load_checkpoint(task.parent_checkpoint)
    for model in models:
        complete(model, task)
    assign(Together(models), saved.last, "weights")
    assign(Together(optimizers_of(models)), saved.optimizer, "optimizer state")
    for callback in callbacks:
        if isinstance(callback, BestEpoch):
            callback.set_state(saved.facts["best"], saved.best)
            callback.epochs_trained = saved.facts["epochs_trained"]
            # then it is not trained on, and ends as stopped again
            callback.pruned = saved.facts.get("pruned", False)
    states = saved.facts["callbacks"]
    for callback, state in zip(own_callbacks(callbacks), states, strict=True):
        callback.resumed = state
    return saved.facts


def complete(model: Any, task: TrialTask) -> None:
    """Makes all variables that the checkpoint has values for."""
    if not model.built:
        # a subclassed model has no variables before it has seen a batch
        model(first_batch(task))
    build_optimizer(model)


def optimizers_of(models: Sequence[Any]) -> list[Any]:
    """Returns the models' optimizers; one that is trained in a loop of its own may have none."""
    optimizers = [getattr(model, "optimizer", None) for model in models]
    return [optimizer for optimizer in optimizers if optimizer is not None]


def checkpoint_of(
    task: TrialTask,
    models: Sequence[Any],
    callbacks: Sequence[Any],
    done: dict[str, Any] | None,
    described: dict[str, Any] | None = None,
) -> Checkpoint:
    """Returns what `resume` needs, and the weights of the best epoch.

    Args:
        task: The trial.
        models: The model of the trial, or one a fold.
        callbacks: All of them; among them one `BestEpoch`.
        done: What `resume` returned.
        described: What the first model was when it was built (see `describe_model`); None looks at
            it now.
    """
    tracker = next(callback for callback in callbacks if isinstance(callback, BestEpoch))
    facts = {
        "epochs_trained": tracker.epochs_trained,
        "best": tracker.get_state(),
        "pruned": tracker.pruned,
        "callbacks": [callback.get_state() for callback in own_callbacks(callbacks)],
        "stopped": bool(done and done["stopped"]) or 0 < tracker.epochs_trained < last_epoch(task),
    }
    optimizer = variables_of(Together(optimizers_of(models)))
    return Checkpoint(
        _last_weights(models, callbacks),
        optimizer,
        tracker.weights,
        facts,
        assets_of(models[0]),
        add_layout(described or describe_model(models[0]), models[0]),
    )


def _last_weights(models: Sequence[Any], callbacks: Sequence[Any]) -> list[np.ndarray]:
    """Returns the weights after the last epoch, before a callback of the user's changed them."""
    seen = [callback.last for callback in callbacks if isinstance(callback, Witness)]
    if seen and all(weights is not None for weights in seen):
        return [array for weights in seen for array in weights or []]
    return variables_of(Together(models))


def outcome_of(tracker: BestEpoch, model: Any) -> Outcome:
    """Returns how a training ended."""
    parameters = int(model.count_params()) if model.built else None
    if not math.isfinite(tracker.score):
        epoch = "its last epoch" if tracker.keeps_last else "any epoch"
        message = f"The training diverged: {tracker.objective} was not a finite number in {epoch}."
        return Outcome(
            TrialStatus.FAILED,
            message=message,
            failure=FailureKind.DIVERGED,
            parameters=parameters,
        )
    status = TrialStatus.PRUNED if tracker.pruned else TrialStatus.COMPLETED
    return Outcome(
        status, tracker.score, tracker.best_epoch, finite(tracker.metrics), parameters=parameters
    )
