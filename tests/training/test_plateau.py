"""The plateau rule: what it watches is what the epochs have, and it gives way to what else sets the
learning rate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_trial import DATA, X, Y, run, task
from tftune.training.checkpoints import load_checkpoint, save_checkpoint
from tftune.training.plateau import ReduceLROnPlateau
from tftune.training.settings import TrainingSettings
from tftune.training.trial import Outcome

SETTINGS = {"epochs": 6, "plateau_patience": 1, "plateau_factor": 0.5, "early_stopping_patience": 0}
ALL = (X, Y)


def small(optimizer: Any = None, **compiled: Any) -> Any:
    """A model that need not be traced."""

    def build(hp: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
        chosen = optimizer() if optimizer else keras.optimizers.SGD(0.1)
        options = {"metrics": ["accuracy"], "run_eagerly": True, **compiled}
        model.compile(chosen, "binary_crossentropy", **options)
        return model

    return build


class Written(keras.callbacks.Callback):
    """Writes the metrics of validation as a test wants them."""

    def __init__(self, **metrics: list[float]) -> None:
        super().__init__()
        self.metrics = metrics

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for name, values in self.metrics.items():
            if name in logs:
                logs[name] = values[epoch]


def trained(hypermodel: Any = None, folds: bool = False, **options: Any) -> tuple[Outcome, Any]:
    """Trains a trial; returns how it ended and the learning rate and loss of each epoch."""
    objective = options.pop("objective", "val_loss")
    settings = TrainingSettings(**{**SETTINGS, **options.pop("settings", {})})
    fields: dict[str, Any] = {"arguments": ALL, "objective": objective, "direction": "min"}
    options = {"batch_size": 60, **options}
    if folds:
        fields |= {"settings": {**SETTINGS, "folds": 2}, "fold_of_row": np.arange(len(X)) % 2}
        job = folded(hypermodel or small(), options=options, **fields)
    else:
        job = task(hypermodel or small(), options=options, settings=settings, **fields)
    outcome, epochs = run(job)
    return outcome, [epoch["metrics"] for epoch in epochs]


def rates(epochs: list[dict[str, float]]) -> list[float]:
    return [round(metrics["learning_rate"], 6) for metrics in epochs]


class Validating(keras_tuner.HyperModel):
    """Adds the validation by itself."""

    def build(self, hp: Any) -> keras.Model:
        return small()(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, validation_data=ALL, **kwargs)


class Keeping(Validating):
    """Keeps the validation for itself, as in KerasTuner's guide."""

    def fit(
        self, hp: Any, model: Any, *args: Any, validation_data: Any = None, **kwargs: Any
    ) -> Any:
        model.fit(*args, **kwargs)
        return float(model.evaluate(*validation_data, verbose=0)[0])


RISING = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
FALLING = RISING[::-1]
HALVED = [0.1, 0.1, 0.05, 0.025, 0.0125, 0.00625]


@pytest.mark.parametrize(
    ("hypermodel", "options"),
    [
        (None, {"validation_data": ALL}),
        (None, {"validation_split": 0.5}),
        (None, {"validation_data": list(ALL)}),
        (Validating(), {}),
        (Validating(), {"objective": "loss"}),
    ],
)
def test_the_rule_watches_validation_wherever_it_comes_from(hypermodel: Any, options: Any) -> None:
    written = Written(loss=FALLING, val_loss=RISING)
    _, epochs = trained(hypermodel, callbacks=[written], **options)
    assert rates(epochs) == HALVED


@pytest.mark.parametrize("hypermodel", [None, Keeping()])
def test_without_validation_the_rule_watches_the_loss(hypermodel: Any) -> None:
    options = {"validation_data": ALL} if hypermodel else {"objective": "loss"}
    _, epochs = trained(hypermodel, callbacks=Written(loss=RISING), **options)
    assert rates(epochs) == HALVED


@pytest.mark.parametrize(("frequency", "folds"), [(2, False), ([2, 4, 6], False), (2, True)])
def test_all_rules_wait_for_the_next_epoch_with_validation(frequency: Any, folds: bool) -> None:
    data = {} if folds else {"validation_split": 0.5}
    outcome, epochs = trained(
        folds=folds,
        callbacks=Written(loss=FALLING, val_loss=RISING),
        validation_freq=frequency,
        **data,
    )
    assert outcome.status == "completed" and outcome.notes == [], outcome.message
    assert ["val_loss" in metrics for metrics in epochs] == [False, True] * 3
    assert rates(epochs) == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]
    assert (outcome.score, outcome.best_epoch) == (2.0, 2)


def test_patience_counts_epochs_with_validation() -> None:
    _, epochs = trained(
        callbacks=Written(val_loss=RISING * 2),
        validation_split=0.5,
        validation_freq=2,
        settings={"epochs": 12, "early_stopping_patience": 2},
    )
    assert len(epochs) == 6


def test_a_frequency_that_never_validates_is_an_error_that_says_so() -> None:
    outcome, _ = trained(validation_split=0.5, validation_freq=9)
    assert outcome.failure == "fatal"
    assert "with this validation_freq none of the 6 epochs validates" in str(outcome.message)


def test_a_training_that_ends_before_its_validation_fails_alone() -> None:
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    outcome, _ = trained(validation_split=0.5, validation_freq=2, callbacks=Stop())
    assert outcome.failure == "rejected" and "ended after epoch 1" in str(outcome.message)
    misspelt, _ = trained(validation_split=0.5, validation_freq=2, objective="val_acuracy")
    assert misspelt.failure == "fatal" and "'val_acuracy' is not among" in str(misspelt.message)


class Halving(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of the user's own."""

    def __call__(self, step: Any) -> Any:
        return 0.1 * keras.ops.power(0.5, keras.ops.cast(step, "float32") / 2)

    def get_config(self) -> dict[str, Any]:
        return {}


SCHEDULES = keras.optimizers.schedules
OPTIMIZERS = {
    "cosine": lambda: keras.optimizers.Adam(SCHEDULES.CosineDecay(0.1, 12)),
    "exponential": lambda: keras.optimizers.SGD(SCHEDULES.ExponentialDecay(0.1, 2, 0.5)),
    "own": lambda: keras.optimizers.SGD(Halving()),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(Halving())),
    "function": lambda: keras.optimizers.SGD(lambda: 0.1),
}


@pytest.mark.quick("scaled-False", "cosine-False")
@pytest.mark.parametrize(
    ("name", "folds"), [*((name, False) for name in OPTIMIZERS), ("exponential", True)]
)
def test_a_rate_that_cannot_be_set_is_left_alone(name: str, folds: bool) -> None:
    data = {} if folds else {"validation_split": 0.5}
    written = Written(val_loss=RISING)
    outcome, epochs = trained(small(OPTIMIZERS[name]), folds=folds, callbacks=written, **data)
    assert outcome.status == "completed", outcome.message
    assert len(outcome.notes) == 1 and "a schedule in the optimizer sets it" in outcome.notes[0]
    seen = rates(epochs)
    if name == "function":
        assert seen == [0.1] * 6
    elif name == "cosine":
        assert seen == sorted(seen, reverse=True) and len(set(seen)) == 6
    else:  # one step an epoch less where a half of the rows validates
        assert seen[1] / seen[0] == pytest.approx(0.5**0.5, rel=1e-3)


class WarmUp(keras.callbacks.Callback):
    """Sets the rate by itself, as no list of Keras' classes can tell."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = 0.01 + float(self.model.optimizer.learning_rate)


@pytest.mark.parametrize(
    ("callback", "reason", "seen"),
    [
        (
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            "your callback LearningRateScheduler",
            [0.09, 0.081, 0.0729, 0.06561, 0.059049, 0.053144],
        ),
        (
            keras.callbacks.ReduceLROnPlateau(factor=0.1, patience=2),
            "your callback ReduceLROnPlateau",
            [0.1, 0.1, 0.1, 0.01, 0.01, 0.001],
        ),
        (WarmUp(), "something else", [0.11, 0.12, 0.13, 0.14, 0.15, 0.16]),
    ],
)
def test_a_callback_that_sets_the_rate_goes_before(callback: Any, reason: str, seen: Any) -> None:
    outcome, epochs = trained(callbacks=[Written(val_loss=RISING), callback], validation_split=0.5)
    assert rates(epochs) == seen
    assert len(outcome.notes) == 1 and reason in outcome.notes[0]


@pytest.mark.slow
def test_a_schedule_is_the_same_in_two_halves_and_counters_of_old_files_count(
    tmp_path: Path,
) -> None:
    def job(**changes: Any) -> Any:
        return task(**{"options": DATA, "objective": "val_loss", "direction": "min", **changes})

    for name in ("exponential", "constant"):
        hypermodel = small(OPTIMIZERS.get(name))
        whole = [metrics["learning_rate"] for metrics in _metrics(job(hypermodel=hypermodel))]
        path = tmp_path / f"{name}.npz"
        first = _metrics(job(hypermodel=hypermodel, last_epoch=3, checkpoint=str(path)))
        saved = load_checkpoint(path)
        for counter in ("monitor", "left_out"):  # which version 0.1 did not write
            del saved.facts["callbacks"][0][counter]
        save_checkpoint(path, saved)
        rest = _metrics(job(hypermodel=hypermodel, first_epoch=3, parent_checkpoint=str(path)))
        assert [metrics["learning_rate"] for metrics in first + rest] == whole


def _metrics(job: Any) -> list[dict[str, float]]:
    outcome, epochs = run(job)
    assert outcome.status == "completed", outcome.message
    return [epoch["metrics"] for epoch in epochs]


def test_a_nan_is_no_improvement_and_no_end() -> None:
    rule = ReduceLROnPlateau(validates=True, patience=2, factor=0.5)
    model = small()(None)
    rule.set_model(model)
    for epoch, value in enumerate([float("nan"), 2.0, 1.0, float("nan"), 3.0]):
        rule.on_epoch_end(epoch, {"val_loss": value})
    assert rule.best == 1.0 and float(model.optimizer.learning_rate) == pytest.approx(0.05)
