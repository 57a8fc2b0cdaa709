"""One trial: from knob values to a learning curve, the weights of its best epoch and a score."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras_tuner
import numpy as np

from tftune.errors import MachineError, TftuneError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.support.refusals import full_disk
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
from tftune.training.keeping import KeptTrial
from tftune.training.lockstep import run_folds
from tftune.training.notes import collected_notes
from tftune.training.recipe import Trainee, train
from tftune.training.returned import take_returned
from tftune.training.schedules import scheduled_rate
from tftune.training.task import Outcome, TrialTask, fatal_kind
from tftune.training.training_state import Start
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
    kept = KeptTrial(task, report)
    outcome = guarded(lambda: _run_executions(report, task, kept))
    outcome.seconds += kept.seconds
    return outcome


def guarded(train: Callable[[], Outcome]) -> Outcome:
    """Runs a training and returns how it ended; what it raises becomes a failure of the trial.

    Args:
        train: Trains; may raise what user code raises.
    """
    started = time.perf_counter()
    with collected_notes() as notes:
        outcome = _outcome_or_failure(train)
    outcome.seconds = time.perf_counter() - started
    outcome.notes = list(dict.fromkeys([*outcome.notes, *notes]))  # run_trial() may train within
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
        if full := full_disk(error):  # no fault of the configuration: it is trained again
            return Outcome(TrialStatus.FAILED, message=str(full), failure=FailureKind.REFUSED)
        return Outcome(TrialStatus.FAILED, message=describe(error))


def _run_executions(report: Report, task: TrialTask, kept: KeptTrial) -> Outcome:
    run = run_folds if task.settings.folds else _run_execution
    kept.look()
    for execution in range(len(kept.done), task.settings.executions_per_trial):
        outcome = run(report if execution == 0 else _silent, task, execution, kept)
        if outcome.status is TrialStatus.FAILED or outcome.score is None:
            return outcome  # a mean of the others would pass over it
        if execution == 0 and outcome.status is not TrialStatus.COMPLETED:
            return outcome  # what was stopped once is not trained again
        kept.done.append(outcome)
    # its weights are kept: picking the best of several would not match their mean
    first, scores = kept.done[0], [each.score for each in kept.done if each.score is not None]
    return replace(first, score=float(np.mean(scores))) if len(scores) > 1 else first


def _silent(epoch: dict[str, Any]) -> bool:
    return False


def _run_execution(report: Report, task: TrialTask, execution: int, kept: KeptTrial) -> Outcome:
    trainee = Trainee(task, str(execution), _graphs)
    trainee.users = users = users_callbacks(task, folder_of(task.trial_id, execution))
    witness = witness_of(users, trainee)
    tracker = best_epoch(task, report, trainee, witness)
    rate = scheduled_rate(task, trainee.schedule, trainee.model, users)
    ours = [tracker, *plateau_rule(task, users, bool(rate)), *early_stopping(task)]
    ours += kept.keepers(execution, [trainee], [*rate, *ours])
    callbacks = [*rate, *([witness] if witness.is_needed else []), *users, *ours]
    for callback in ours:
        callback.set_model(trainee.model)  # for a loop of the user's own that does not

    def train_from(start: Start) -> None:
        arguments, options = fit_arguments(task, start.data)
        arguments, options = kept.read_on(arguments, options, start)
        for callback in rate:
            callback.prepare(start.epoch)  # for a loop that does not say when an epoch begins
        options |= {"callbacks": callbacks, "epochs": last_epoch(task)}
        options |= {"initial_epoch": start.epoch} if start.epoch else {}
        growth = growth_of(trainee, task, arguments, options)
        if growth is None:
            results = trainee.fit(*arguments, **options)
        else:
            rate[0].growth = growth.factor
            results = fit_in_parts(trainee, growth, arguments, options)
        take_returned(results, tracker, trainee.model, last_epoch(task))

    return train(task, execution, [trainee], callbacks, train_from, kept)
