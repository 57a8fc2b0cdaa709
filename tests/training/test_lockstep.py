"""Folds in lock-step: each model trains as it would alone, the mean decides, and two halves equal
the whole.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tests.training.test_trial import X, Y, build, curve, run, task
from tftune.support import seeding
from tftune.training.checkpoints import load_checkpoint
from tftune.training.fitting import speed_up
from tftune.training.folds import assign_folds, select_fold
from tftune.training.settings import TrainingSettings
from tftune.training.task import TrialTask

FOLD_OF_ROW = assign_folds(Y, 3, seed=0)


def eager(hp: Any) -> keras.Model:
    """Tracing a graph for each fold would take longer than the training."""
    model = build(hp)
    model.run_eagerly = True
    return model


def folded(hypermodel: Any = eager, **changes: Any) -> TrialTask:
    settings = {
        "epochs": 3,
        "folds": 3,
        "plateau_patience": 1,
        "plateau_factor": 0.5,
        **changes.pop("settings", {}),
    }
    fields = {
        "arguments": (X, Y),
        "options": {"batch_size": 40},
        "objective": "val_loss",
        "direction": "min",
        "fold_of_row": FOLD_OF_ROW,
    }
    return task(hypermodel, **{**fields, "settings": TrainingSettings(**settings), **changes})


@pytest.mark.slow
def test_each_fold_trains_as_it_would_alone() -> None:
    """The witness is one call of Keras' `fit` over all epochs for each fold."""
    _, epochs = run(folded(build))
    for fold in range(3):
        keras.utils.set_random_seed(seeding.derive(0, 0, f"execution 0 fold {fold}"))
        model = build(keras_tuner.HyperParameters())
        speed_up(model, seeding.derive(0, 0, f"shuffle 0 fold {fold}"))
        rule = keras.callbacks.ReduceLROnPlateau(
            monitor="val_loss", mode="min", factor=0.5, patience=1, min_lr=1e-5
        )
        arguments, options = select_fold((X, Y), {"batch_size": 40}, FOLD_OF_ROW, fold)
        history = model.fit(*arguments, epochs=3, verbose=0, callbacks=[rule], **options).history
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            np.testing.assert_array_equal(
                [epoch["folds"][name][fold] for epoch in epochs], history[name], err_msg=name
            )


def test_the_score_is_the_best_mean_and_the_first_folds_weights_are_kept(
    tmp_path: Path,
) -> None:
    outcome, epochs = run(folded(checkpoint=str(tmp_path / "trial.npz")))
    means = [float(np.mean(epoch["folds"]["val_loss"])) for epoch in epochs]
    assert outcome.score == min(means) and outcome.best_epoch == int(np.argmin(means)) + 1
    best = epochs[outcome.best_epoch - 1]["folds"]["val_loss"]
    assert outcome.metrics["val_loss_std"] == pytest.approx(np.std(best, ddof=1))
    optimistic = np.mean(
        [min(epoch["folds"]["val_loss"][fold] for epoch in epochs) for fold in range(3)]
    )
    assert outcome.score >= optimistic
    model = build(keras_tuner.HyperParameters())
    saved = load_checkpoint(tmp_path / "trial.npz")
    assert saved.best is not None and len(saved.last) == 3 * len(saved.best)
    for variable, value in zip(model.variables, saved.best, strict=True):
        variable.assign(value)
    inside = FOLD_OF_ROW == 0
    assert model.evaluate(X[inside], Y[inside], verbose=0)[0] == pytest.approx(best[0], rel=1e-5)


@pytest.mark.slow
def test_two_halves_equal_the_whole_on_folds(tmp_path: Path) -> None:
    whole, all_epochs = run(folded(checkpoint=str(tmp_path / "whole.npz")))
    _, first = run(folded(last_epoch=2, checkpoint=str(tmp_path / "half.npz")))
    rest, second = run(
        folded(
            first_epoch=2,
            parent_checkpoint=str(tmp_path / "half.npz"),
            checkpoint=str(tmp_path / "rest.npz"),
        )
    )
    assert curve(first + second) == curve(all_epochs)
    assert (rest.score, rest.best_epoch, rest.metrics) == (
        whole.score,
        whole.best_epoch,
        whole.metrics,
    )
    assert (
        len({epoch["metrics"]["learning_rate"] for epoch in all_epochs}) > 1
    )  # the plateau rule acted
    ends = [load_checkpoint(tmp_path / name) for name in ("whole.npz", "rest.npz")]
    for group in ("last", "optimizer", "best"):
        for one, other in zip(*(getattr(end, group) for end in ends), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_early_stopping_and_the_scheduler_act_on_the_mean() -> None:
    outcome, epochs = run(folded(settings={"epochs": 8, "early_stopping_patience": 1}))
    means = [epoch["metrics"]["val_loss"] for epoch in epochs]
    worse = [number for number in range(1, len(means)) if means[number] >= min(means[:number])]
    assert (
        outcome.status == "completed" and len(epochs) < 8 and worse == [len(means) - 1]
    )  # ended by the first mean that was no better
    outcome, epochs = run(folded(), stop=lambda epoch: epoch["epoch"] == 2)
    assert outcome.status == "pruned" and len(epochs) == 2 and outcome.score is not None


@pytest.mark.slow
def test_the_seed_decides_and_executions_repeat_all_folds() -> None:
    one, other, different = (
        curve(run(folded(seed=seed, settings={"epochs": 1}))[1]) for seed in (0, 0, 1)
    )
    assert one == other != different
    single, _ = run(folded(settings={"epochs": 1}))
    mean, epochs = run(folded(settings={"epochs": 1, "executions_per_trial": 2}))
    assert mean.score != single.score and len(epochs) == 1


class Follower(keras.callbacks.Callback):
    """Notes what it is told and asks to stop after its second epoch; all copies write to one."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told, self.epochs = told, 0

    def __deepcopy__(self, memo: Any) -> Follower:
        return Follower(self.told)

    def on_train_begin(self, logs: Any = None) -> None:
        self.told.append("begin")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.told.append(f"epoch {epoch}")
        self.epochs += 1
        self.model.stop_training = self.epochs == 2

    def on_train_end(self, logs: Any = None) -> None:
        self.told.append("end")


@pytest.mark.slow
def test_a_users_callback_sees_one_training_a_fold_and_all_must_ask_to_end() -> None:
    told: list[str] = []
    outcome, epochs = run(folded(options={"batch_size": 40, "callbacks": [Follower(told)]}))
    assert outcome.status == "completed" and len(epochs) == 2
    assert told == [*["begin", "epoch 0"] * 3, *["epoch 1"] * 3, *["end"] * 3]


class OneStops(keras.callbacks.Callback):
    """Only the copy of one fold asks to stop."""

    def __init__(self, copies: list[int]) -> None:
        super().__init__()
        self.copies, self.mine = copies, len(copies)

    def __deepcopy__(self, memo: Any) -> OneStops:
        self.copies.append(1)
        return copy.copy(OneStops(self.copies))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = self.mine == 1


@pytest.mark.slow
def test_one_fold_that_asks_to_stop_does_not_end_the_others() -> None:
    _, epochs = run(folded(options={"batch_size": 40, "callbacks": [OneStops([])]}))
    assert len(epochs) == 3


@pytest.mark.slow
def test_an_unnamed_metric_has_one_name_in_all_folds_and_trials() -> None:
    """Keras calls the second unnamed AUC of a process `auc_1`, if nothing is done."""

    def unnamed(hp: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.AUC()])
        return model

    keras.metrics.AUC()
    for _ in range(2):
        outcome, epochs = run(
            folded(unnamed, objective="val_auc", direction="max", settings={"epochs": 1})
        )
        assert outcome.status == "completed" and len(epochs[0]["folds"]["val_auc"]) == 3
        assert {"auc", "val_auc"} <= set(epochs[0]["metrics"])


def test_a_fold_that_diverges_fails_the_trial_without_a_crash() -> None:
    def explode(hp: Any) -> keras.Model:
        model = build(hp)
        model.compile(keras.optimizers.SGD(math.inf), "mse", metrics=["mse"], run_eagerly=True)
        return model

    outcome, epochs = run(folded(explode))
    assert outcome.status == "failed" and outcome.failure == "diverged" and len(epochs) == 1


def test_a_fit_of_ones_own_that_ignores_the_epochs_is_refused() -> None:
    class Own(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            return build(hp)

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return 0.5

    outcome, _ = run(folded(Own()))
    assert (
        outcome.failure == "fatal"
        and "With folds, HyperModel.fit() is called once an epoch and must pass"
        in str(outcome.message)
    )


def test_a_missing_objective_is_fatal_on_folds_too() -> None:
    outcome, _ = run(folded(objective="val_f1"))
    assert outcome.failure == "fatal" and "'val_f1' is not among the metrics" in str(
        outcome.message
    )
