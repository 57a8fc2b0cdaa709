"""One trial: from knob values to a learning curve, the weights of its best epoch and a score."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

import keras
import keras_tuner
import numpy as np

from tftune.errors import TftuneError, UsageError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.training.arrays import unshare
from tftune.training.callbacks import BestEpoch, Report
from tftune.training.fitting import (
    early_stopping,
    fit_options,
    last_epoch,
    plateau_rule,
    users_callbacks,
)
from tftune.training.graphs import Graphs
from tftune.training.lockstep import run_folds
from tftune.training.recipe import Trainee, train
from tftune.training.task import Outcome, TrialTask, fatal_kind

__all__ = ["Outcome", "TrialTask", "run_trial"]

_graphs = Graphs()


def run_trial(report: Report, task: TrialTask) -> Outcome:
    """Trains one configuration; never raises for a fault of the configuration or of the user's
    code.

    Args:
        report: Takes each epoch's record and answers whether to stop.
        task: The trial.
    """
    return guarded(lambda: _run_executions(report, task))


def guarded(train: Callable[[], Outcome]) -> Outcome:
    """Runs a training and returns how it ended; what it raises becomes a failure of the trial.

    Args:
        train: Trains; may raise what user code raises.
    """
    started = time.perf_counter()
    try:
        outcome = train()
    except (keras_tuner.errors.FatalError, TftuneError) as error:
        outcome = Outcome(
            TrialStatus.FAILED,
            message=str(error),
            failure=FailureKind.FATAL,
            fatal=fatal_kind(error),
        )
    except keras_tuner.errors.FailedTrialError as error:
        # the user's code said so itself
        outcome = Outcome(
            TrialStatus.FAILED,
            message=str(error) or type(error).__name__,
            failure=FailureKind.REJECTED,
        )
    except Exception:
        outcome = Outcome(TrialStatus.FAILED, message=traceback.format_exc())
    outcome.seconds = time.perf_counter() - started
    return outcome


def _run_executions(report: Report, task: TrialTask) -> Outcome:
    run = run_folds if task.settings.folds else _run_execution
    # its weights are kept: picking the best of several would not match their mean
    first = run(report, task, 0)
    if first.status is TrialStatus.PRUNED:
        return first  # what was stopped once is not trained again
    outcomes = [
        first,
        *(
            run(_silent, task, execution)
            for execution in range(1, task.settings.executions_per_trial)
        ),
    ]
    scores = [outcome.score for outcome in outcomes if outcome.score is not None]
    if len(scores) == len(outcomes) > 1:
        first.score = float(np.mean(scores))
    return first


def _silent(epoch: dict[str, Any]) -> bool:
    return False


def _run_execution(report: Report, task: TrialTask, execution: int) -> Outcome:
    trainee = Trainee(task, str(execution), _graphs)
    tracker = BestEpoch(task.objective, task.direction, report)
    monitor = "val_loss" if task.options.get("validation_data") is not None else "loss"
    callbacks = [
        *users_callbacks(task, task.trial_id),
        tracker,
        *plateau_rule(task, monitor),
        *early_stopping(task),
    ]

    def train_from(first_epoch: int) -> None:
        options = fit_options(task) | {"callbacks": callbacks, "epochs": last_epoch(task)}
        options |= {"initial_epoch": first_epoch} if first_epoch else {}
        _take_results(trainee.fit(*unshare(task.arguments), **options), tracker, task)

    return train(task, execution, [trainee], callbacks, train_from)


def _take_results(results: Any, tracker: BestEpoch, task: TrialTask) -> None:
    """Takes what a HyperModel's own `fit` returned, where it did not train with our callbacks."""
    if isinstance(results, keras.callbacks.History) and tracker.epochs_trained:
        return
    values = [
        _value(result, task.objective)
        for result in (results if isinstance(results, list) else [results])
    ]
    if not values:
        raise UsageError(
            "HyperModel.fit() returned an empty list. Expected a History, a number, a dict or a "
            "list of these."
        )
    tracker.score = float(np.mean(values))
    tracker.metrics = {task.objective: tracker.score}


def _value(result: Any, objective: str) -> float:
    if isinstance(result, keras.callbacks.History):
        result = {name: values[-1] for name, values in result.history.items()}
    if isinstance(result, dict) and objective in result:
        result = result[objective]
    if isinstance(result, bool) or not isinstance(result, int | float | np.number):
        raise UsageError(
            "HyperModel.fit() must return a History, a number, or a dict with the objective "
            f"{objective!r}. "
            f"Received: {result!r} of type {type(result).__name__}."
        )
    return float(result)
