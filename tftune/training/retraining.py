"""A configuration trained once more after the search, on rows that are named and for a number of
epochs that is fixed; and what a kept model says of held-out rows.

No rule ends such a training: it looks at no validation split. Where the learning rate follows a
schedule, the schedule is that of the search, for the epochs it was tuned with. Where a plateau rule
lowered it, only the first training has the rule, on the rows that it holds out; the trainings on
more rows replay the rates of that one, epoch by epoch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cloudpickle
import keras
import numpy as np
from numpy.typing import NDArray

from tftune.errors import RunFolderError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.training.callbacks import Report
from tftune.training.checkpoints import Checkpoint, save_checkpoint, variables_of
from tftune.training.described_model import add_layout, assets_of, describe_model
from tftune.training.epoch_metrics import Logs, metrics_of
from tftune.training.evaluate import restore_model
from tftune.training.fitting import last_epoch, plateau_rule
from tftune.training.folds import inputs_and_targets, put_rows
from tftune.training.fresh_cut import whole_of
from tftune.training.growing import fit_in_parts, growth_of
from tftune.training.inputs.arrival import fit_arguments, input_signature
from tftune.training.inputs.leaves import first_leaf, taken_rows
from tftune.training.plateau import sets_the_rate
from tftune.training.predictions import batch_size_of, kind_of_model, predictions_of
from tftune.training.recipe import Trainee
from tftune.training.schedules import scheduled_rate
from tftune.training.task import Outcome, TrialTask
from tftune.training.trial import guarded
from tftune.training.users_callbacks import users_callbacks
from tftune.training.weight_averaging import WeightMean, take_mean

NOT_UNDERSTOOD = (
    "the model's one output is no probability, and no one number, of each row of arrays"
)


@dataclass(frozen=True)
class RetrainTask(TrialTask):
    """A training after the search; `last_epoch` is the fixed number of epochs.

    Attributes:
        train_rows: Which rows of train followed by validation are trained on.
        held_rows: Which rows are held out, whose answers are kept; none of the last training.
        window: Of how many last epochs the weights are averaged; 0 averages none.
        rates: The learning rate of each epoch, replayed; None leaves it to the rules of the search.
    """

    train_rows: Any = None
    held_rows: Any = None
    window: int = 0
    rates: tuple[float, ...] | None = None


class _Replay(keras.callbacks.Callback):
    """Sets the learning rate of each epoch to that of an earlier training."""

    def __init__(self, rates: Sequence[float]) -> None:
        super().__init__()
        self._rates = rates

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch < len(self._rates):
            self.model.optimizer.learning_rate = self._rates[epoch]


class _Follow(keras.callbacks.Callback):
    """Reports each epoch and keeps the learning rates."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report
        self.epochs, self.stopped, self.diverged = 0, False, False
        self.rates: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.rates.append(_rate_of(self.model))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        metrics = metrics_of(logs, self.model)
        self.epochs = epoch + 1
        if self._report({"epoch": self.epochs, "metrics": metrics, "seconds": 0.0}):
            self.stopped = self.model.stop_training = True
        if not math.isfinite(metrics.get("loss", 0.0)):
            self.diverged = self.model.stop_training = True


def run_retraining(report: Report, task: RetrainTask) -> Outcome:
    """Trains a configuration on the rows of a task; never raises for a fault of the user's code.

    The file of the task has the weights after the last epoch (`last`), their mean (`best`), and
    `answers` of the held-out rows: `last`; `mean`.

    Args:
        report: Takes each epoch's record and answers whether to stop.
        task: The training.
    """
    return guarded(lambda: _retrain(report, task))


def _retrain(report: Report, task: RetrainTask) -> Outcome:
    trainee = Trainee(task, "finish")
    model, call = trainee.model, _with_rows(task)
    users = [each for each in users_callbacks(task, task.trial_id) if _may_stay(each, task)]
    rate = scheduled_rate(call, trainee.schedule, model, users)
    held = None if task.held_rows is None else taken_rows(_whole(task)[0], task.held_rows)
    watched = task.rates is None and held is not None
    follow = _Follow(report)
    mean = WeightMean(last_epoch(task) - task.window + 1)
    rules: list[Any] = [*rate]
    if task.rates is not None and not rate:
        rules.append(_Replay(task.rates))
    own = [follow, *([mean] if task.window else [])]
    own += plateau_rule(call, users, bool(rate)) if watched else []
    options = {**call.options, "callbacks": [*rules, *users, *own], "epochs": last_epoch(task)}
    for callback in rate:
        callback.prepare(0)
    growth = growth_of(trainee, call, call.arguments, options)
    if growth is None:
        trainee.fit(*call.arguments, **options)
    else:
        rate[0].growth = growth.factor
        fit_in_parts(trainee, growth, call.arguments, options)
    if follow.diverged:
        message = "The training diverged: its loss was not a finite number."
        return Outcome(TrialStatus.FAILED, message=message, failure=FailureKind.DIVERGED)
    if follow.stopped or follow.epochs < last_epoch(task):
        return Outcome(TrialStatus.PRUNED, best_epoch=follow.epochs)
    _save(task, trainee, follow, mean, held, call)
    return Outcome(TrialStatus.COMPLETED, best_epoch=follow.epochs)


def _save(
    task: RetrainTask, trainee: Trainee, follow: _Follow, mean: WeightMean, held: Any, call: Any
) -> None:
    model, answers = trainee.model, {}
    last = averaged = variables_of(model)
    if held is not None:
        answers["last"] = answers_of(model, held)
    if task.window:
        x, _ = inputs_and_targets(call.arguments, call.options)
        size = call.options.get("batch_size") or _batch_size(trainee)
        take_mean(model, mean, x, int(size), task.seed)
        averaged = variables_of(model)
        if held is not None:
            answers["mean"] = answers_of(model, held)
    facts = {"epochs_trained": follow.epochs, "rates": follow.rates}
    description = add_layout(trainee.described or describe_model(model), model)
    saved = Checkpoint(last, [], averaged, facts, assets_of(model), description, answers)
    save_checkpoint(str(task.checkpoint), saved)


def _batch_size(trainee: Trainee) -> int:
    of_knob = getattr(trainee.hypermodel, "batch_size", None)
    return int(of_knob(trainee.hp)) if callable(of_knob) else batch_size_of(trainee.model)


def _may_stay(callback: Any, task: RetrainTask) -> bool:
    """Whether a callback of the user's follows the training, too: not one that ends it, and where
    rates are replayed not one that sets them.
    """
    if isinstance(callback, keras.callbacks.EarlyStopping):
        return False
    return task.rates is None or not sets_the_rate(callback)


def _rate_of(model: Any) -> float:
    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    return float("nan") if rate is None else float(keras.ops.convert_to_numpy(rate))


def _whole(task: TrialTask) -> tuple[Any, Any, Any, dict[str, Any], tuple[Any, ...]]:
    """Returns inputs, targets and weights of train followed by validation, and the rest."""
    arguments, options = fit_arguments(replace(task, cut=None))
    return *whole_of(arguments, options), options, arguments


def _with_rows(task: RetrainTask) -> TrialTask:
    """Returns the task with the call of `fit` on its rows; those held out validate in the training
    whose rules look at a validation.
    """
    x, y, weights, options, arguments = _whole(task)
    held = ("validation_data", "validation_split", "sample_weight", "callbacks")
    rest = {name: value for name, value in options.items() if name not in held}
    parts = [taken_rows(each, task.train_rows) for each in (x, y)]
    arguments, rest = put_rows(arguments, rest, *parts)
    if weights is not None:
        rest["sample_weight"] = taken_rows(weights, task.train_rows)
    if task.held_rows is not None and task.rates is None:
        given = (x, y) if weights is None else (x, y, weights)
        rest["validation_data"] = tuple(taken_rows(each, task.held_rows) for each in given)
    return replace(task, arguments=arguments, options=rest)


def answers_of(model: Any, x: Any) -> NDArray[np.float32]:
    """Returns what a model answers to each row: probabilities, also of one with logits, or numbers,
    shape `(rows, columns)`.

    Args:
        model: Trained.
        x: Inputs, arrays of shape `(rows, ...)`, nested or not.
    """
    from scipy.special import expit, softmax

    told = np.asarray(model.predict(x, batch_size=batch_size_of(model), verbose=0), np.float32)
    told = told.reshape(len(told), -1)
    kind, logits = kind_of_model(model)
    if kind == "classification" and logits:
        told = expit(told) if told.shape[1] == 1 else softmax(told, axis=1)
    return np.asarray(told, np.float32)


def run_answers(report: Report, task: RetrainTask) -> Outcome:
    """Writes down what the kept model of a trial answers to the held-out rows, and what is true.

    Args:
        report: Not used; a job of an executor takes it.
        task: With the trial's weights as `parent_checkpoint`.
    """
    return guarded(lambda: _answer(task))


def _answer(task: RetrainTask) -> Outcome:
    signature = input_signature(task)
    model = restore_model(
        task.hypermodel, task.hyperparameters, str(task.parent_checkpoint), signature
    )
    x, y = (taken_rows(each, task.held_rows) for each in _whole(task)[:2])
    found = predictions_of(model, (x, y))
    if found is None:
        raise RunFolderError(f"It cannot be judged: {NOT_UNDERSTOOD}.")
    probabilities = answers_of(model, x)
    facts = {"kind": found.kind, "rows": len(first_leaf(y))}
    answers = {"best": probabilities, "labels": found.labels}
    save_checkpoint(str(task.checkpoint), Checkpoint([], [], None, facts, answers=answers))
    return Outcome(TrialStatus.COMPLETED)


def has_own_fit(hypermodel: bytes) -> bool:
    """Whether a HyperModel trains in its own way, so that only it knows what its rows mean.

    Args:
        hypermodel: Pickled by cloudpickle.
    """
    from tftune.training.inputs.call import is_plain_fit

    return not is_plain_fit(cloudpickle.loads(hypermodel))
