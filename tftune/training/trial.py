"""One trial: from knob values to a learning curve, the weights of its best epoch and a score."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np

from tftune.errors import MachineError, TftuneError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.support.tracebacks import describe
from tftune.training.callback_paths import folder_of
from tftune.training.callbacks import Report
from tftune.training.fitting import (
    best_epoch,
    early_stopping,
    last_epoch,
    plateau_rule,
    witness_of,
)
from tftune.training.graphs import Graphs
from tftune.training.growing import fit_in_parts, growth_of
from tftune.training.inputs.arrival import fit_arguments
from tftune.training.lockstep import run_folds
from tftune.training.notes import collected_notes
from tftune.training.recipe import Trainee, train
from tftune.training.returned import take_returned
from tftune.training.schedules import scheduled_rate
from tftune.training.task import Outcome, TrialTask, fatal_kind
from tftune.training.users_callbacks import users_callbacks

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
    with collected_notes() as notes:
        outcome = _outcome_or_failure(train)
    outcome.seconds, outcome.notes = time.perf_counter() - started, notes
    return outcome


def _outcome_or_failure(train: Callable[[], Outcome]) -> Outcome:
    try:
        return train()
    except MachineError as error:
        return Outcome(TrialStatus.FAILED, message=str(error), failure=FailureKind.REFUSED)
    except (keras_tuner.errors.FatalError, TftuneError) as error:
        return Outcome(
            TrialStatus.FAILED,
            message=str(error),
            failure=FailureKind.FATAL,
            fatal=fatal_kind(error),
        )
    except keras_tuner.errors.FailedTrialError as error:
        # the user's code said so itself
        message = str(error) or type(error).__name__
        return Outcome(TrialStatus.FAILED, message=message, failure=FailureKind.REJECTED)
    except Exception as error:
        return Outcome(TrialStatus.FAILED, message=describe(error))


def _run_executions(report: Report, task: TrialTask) -> Outcome:
    run = run_folds if task.settings.folds else _run_execution
    # its weights are kept: picking the best of several would not match their mean
    first = run(report, task, 0)
    if first.status is not TrialStatus.COMPLETED or first.score is None:
        return first  # what was stopped once is not trained again
    scores = [first.score]
    for execution in range(1, task.settings.executions_per_trial):
        outcome = run(_silent, task, execution)
        if outcome.status is TrialStatus.FAILED or outcome.score is None:
            return outcome  # a mean of the others would pass over it
        scores.append(outcome.score)
    if len(scores) > 1:
        first.score = float(np.mean([score for score in scores if score is not None]))
    return first


def _silent(epoch: dict[str, Any]) -> bool:
    return False


def _run_execution(report: Report, task: TrialTask, execution: int) -> Outcome:
    trainee = Trainee(task, str(execution), _graphs)
    users = users_callbacks(task, folder_of(task.trial_id, execution))
    witness = witness_of(users, trainee)
    tracker = best_epoch(task, report, trainee, witness)
    rate = scheduled_rate(task, trainee.schedule, trainee.model, users)
    ours = [tracker, *plateau_rule(task, users, bool(rate)), *early_stopping(task)]
    callbacks = [*rate, *([witness] if witness.is_needed else []), *users, *ours]
    for callback in ours:
        callback.set_model(trainee.model)  # for a loop of the user's own that does not

    def train_from(first_epoch: int) -> None:
        arguments, options = fit_arguments(task, first_epoch)
        for callback in rate:
            callback.prepare(first_epoch)  # for a loop that does not say when an epoch begins
        options |= {"callbacks": callbacks, "epochs": last_epoch(task)}
        options |= {"initial_epoch": first_epoch} if first_epoch else {}
        growth = growth_of(trainee, task, arguments, options)
        if growth is None:
            results = trainee.fit(*arguments, **options)
        else:
            rate[0].growth = growth.factor
            results = fit_in_parts(trainee, growth, arguments, options)
        take_returned(results, tracker, trainee.model, last_epoch(task))

    return train(task, execution, [trainee], callbacks, train_from)
