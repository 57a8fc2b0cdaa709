"""A trial on K folds: K models in lock-step, one epoch each by turns, so that each epoch has a mean
that rules can act on.

What is reported, searched for and stopped by is the mean over the folds after each epoch. The best
epoch is the best of that mean curve, one epoch for all folds: a best epoch for each fold would make
the score optimistic. Early stopping and the scheduler act on the mean; the plateau rule lowers each
model's learning rate on that model's own `val_loss`, as it does when one model is trained. A
callback of the user's is copied for each fold; the trial ends when the copies of all folds have
asked for it.

The weights that are kept, and evaluated on test, are those of the first fold's model at the best
epoch: it has not seen the rows of the first fold, and its test score is that of one model trained
on (K - 1) / K of the rows, not of a mean of K models.

The K models are in memory together. An optimizer with `use_ema` takes its averages over as weights
after each epoch, because each epoch is a call of `fit`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.training.callback_paths import folder_of
from tftune.training.callbacks import Report, as_one_training
from tftune.training.epoch_metrics import Logs, metrics_of
from tftune.training.fitting import (
    best_epoch,
    early_stopping,
    last_epoch,
    plateau_rule,
    witness_of,
)
from tftune.training.folds import inputs_and_targets, select_fold
from tftune.training.fresh_cut import other_folds
from tftune.training.growing import growth_of
from tftune.training.inputs.arrival import fit_arguments
from tftune.training.inputs.leaves import first_leaf
from tftune.training.inputs.transport import unshare
from tftune.training.keeping import KeptTrial
from tftune.training.recipe import Trainee, train
from tftune.training.returned import check_told, returned_metrics
from tftune.training.schedules import scheduled_rate
from tftune.training.task import Outcome, TrialTask
from tftune.training.training_state import Start
from tftune.training.users_callbacks import users_callbacks


class _Metrics(keras.callbacks.Callback):
    """Keeps the metrics of the epochs of one call of `fit`."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs.append(metrics_of(logs, self.model))


class _Fold(Trainee):
    """One of the K models, trained an epoch at a time.

    Args:
        task: The trial.
        execution: Which of its repetitions, from 0.
        number: Which fold it validates on, from 0.
        fold_of_row: Fold of each row.
    """

    def __init__(
        self, task: TrialTask, execution: int, number: int, fold_of_row: NDArray[np.int64]
    ) -> None:
        super().__init__(task, f"{execution} fold {number}")
        self.task, self.number = task, number
        self._fold_of_row = fold_of_row
        self.users = users = users_callbacks(task, folder_of(task.trial_id, execution, number))
        self.witness = witness_of(users, self)
        self._rate = scheduled_rate(task, self.schedule, self.model, users)
        self.plateau = plateau_rule(task, users, bool(self._rate))
        self._metrics = _Metrics()
        self._ends = [as_one_training(callback) for callback in [*users, *self.plateau]]
        before = [self.witness] if self.witness.is_needed else []
        self._callbacks = [*self._rate, *before, *users, self._metrics, *self.plateau]

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Trains one epoch, counted from 0, and returns its metrics.

        Raises:
            UsageError: If the HyperModel's own `fit` did not train exactly this epoch with our
                callbacks.
        """
        self._metrics.epochs.clear()
        call = fit_arguments(self.task, epoch)
        arguments, options = select_fold(*call, self._fold_of_row, self.number)
        options |= {"callbacks": self._callbacks, "initial_epoch": epoch, "epochs": epoch + 1}
        growth = growth_of(self, self.task, arguments, options)
        if growth is not None:
            options["batch_size"] = growth.size(epoch)
            self._rate[0].growth = growth.factor
        results = self.fit(*arguments, **options)
        if len(self._metrics.epochs) != 1:
            raise UsageError(
                "With folds, HyperModel.fit() is called once an epoch and must pass callbacks, "
                "initial_epoch and epochs on to model.fit(). "
                f"Expected one epoch. Received: {len(self._metrics.epochs)} epochs. Pass **kwargs "
                "on, or search with folds=0."
            )
        self.wants_to_stop = self.wants_to_stop or bool(self.model.stop_training)
        return self._metrics.epochs[0] | returned_metrics(results, self.task.objective)

    def finish(self) -> None:
        """Lets the callbacks know that the training has ended."""
        for end in self._ends:
            end()


def run_folds(report: Report, task: TrialTask, execution: int, kept: KeptTrial) -> Outcome:
    """Trains one configuration on all folds.

    Args:
        report: Takes each epoch's record: `metrics` are the means over the folds with
            `<objective>_std`, the sample standard deviation of the objective, added; `folds` has
            the values of each fold. Answers whether to stop.
        task: The trial, with `fold_of_row`.
        execution: Which of its repetitions, from 0.
        kept: What is kept of the trial.
    """
    fold_of_row = _folds_of(task)
    folds = [_Fold(task, execution, number, fold_of_row) for number in range(task.settings.folds)]
    of_folds: dict[str, list[float]] = {}
    tracker = best_epoch(
        task,
        lambda epoch: report({**epoch, "folds": dict(of_folds)}),
        folds[0],
        folds[0].witness,
    )
    rules = early_stopping(task)
    callbacks = [
        tracker,
        *rules,
        *(rule for fold in folds for rule in fold.plateau),
        *(fold.witness for fold in folds),
    ]

    keepers = kept.keepers(execution, folds, list(callbacks))

    def train_from(start: Start) -> None:
        _train_in_turns(task, folds, [tracker, *rules, *keepers], start.epoch, of_folds)
        check_told(tracker, last_epoch(task))

    return train(task, execution, folds, [*callbacks, *keepers], train_from, kept)


def _folds_of(task: TrialTask) -> NDArray[np.int64]:
    """Returns the fold of each row: as the search has cut them, or anew."""
    fold_of_row = np.asarray(unshare(task.fold_of_row))
    if task.cut is None:
        return fold_of_row
    y = first_leaf(inputs_and_targets(*fit_arguments(task))[1])
    return other_folds(np.asarray(y), fold_of_row, task.cut, unshare(task.groups))


def _train_in_turns(
    task: TrialTask,
    folds: list[_Fold],
    rules: list[Any],
    first_epoch: int,
    of_folds: dict[str, list[float]],
) -> None:
    """Trains until the last epoch or until a rule ends it; the rules see the mean and the first
    fold's model.
    """
    model = folds[0].model
    for rule in rules:
        rule.set_model(model)
        rule.on_train_begin()
    for epoch in range(first_epoch, last_epoch(task)):
        for rule in rules:
            rule.on_epoch_begin(epoch)
        of_folds.clear()
        of_folds.update(_by_metric([fold.train_epoch(epoch) for fold in folds]))
        means = _means(of_folds, task.objective)
        model.stop_training = all(fold.wants_to_stop for fold in folds)
        for rule in rules:
            rule.on_epoch_end(epoch, dict(means))
        if model.stop_training:
            break
    for fold in folds:
        fold.finish()


def _by_metric(metrics: list[dict[str, float]]) -> dict[str, list[float]]:
    """Returns the values of all folds, of metrics that all of them have."""
    return {
        name: [values[name] for values in metrics]
        for name in metrics[0]
        if all(name in values for values in metrics)
    }


def _means(of_folds: dict[str, list[float]], objective: str) -> dict[str, float]:
    means = {name: float(np.mean(values)) for name, values in of_folds.items()}
    if objective in of_folds:
        means[f"{objective}_std"] = float(np.std(of_folds[objective], ddof=1))
    return means
