"""What a tuner's constructor says of every model: as KerasTuner applies it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training.compiling import BuildRules

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
FIT: dict[str, Any] = {"validation_split": 0.25, "verbose": 0}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 6))])
    model.add(keras.layers.Dense(1))
    model.compile("adam", "mae", metrics=["mape"], run_eagerly=True)
    return model


def unbuilt(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(hp.Int("units", 1, 6)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def ruled(hypermodel: Any = build, **rules: Any) -> keras.Model:
    model = BuildRules(**rules).applied_to(get_hypermodel(hypermodel))
    return model.build(keras_tuner.HyperParameters())


def make(folder: Path, hypermodel: Any = build, **changes: Any) -> tftune.Tuner:
    given: dict[str, Any] = {"objective": "val_loss", "workers": 0, "directory": folder}
    return tftune.Tuner(hypermodel, "grid", **{**given, **changes})


def test_without_rules_the_hypermodel_stays_itself() -> None:
    hypermodel = get_hypermodel(build)
    assert BuildRules().applied_to(hypermodel) is hypermodel


def test_each_of_optimizer_loss_and_metrics_replaces_the_models_own() -> None:
    model = ruled(optimizer="rmsprop")
    assert type(model.optimizer) is keras.optimizers.RMSprop and model.loss == "mae"
    model = ruled(loss="mse")
    assert type(model.optimizer) is keras.optimizers.Adam and model.loss == "mse"
    history = model.fit(X, Y, verbose=0).history
    assert sorted(history) == ["loss", "mape"] and model.run_eagerly
    history = ruled(metrics=["mae", "accuracy"]).fit(X, Y, verbose=0).history
    assert sorted(history) == ["accuracy", "loss", "mae"]


def test_every_model_gets_an_optimizer_of_its_own() -> None:
    optimizer = keras.optimizers.Adam(0.25)
    first, second = ruled(optimizer=optimizer), ruled(optimizer=optimizer)
    first.fit(X, Y, verbose=0)
    assert first.optimizer is not second.optimizer and int(second.optimizer.iterations) == 0
    assert float(second.optimizer.learning_rate) == 0.25 and not optimizer.built


def test_a_model_that_was_not_compiled_is_compiled() -> None:
    def plain(hp: Any) -> keras.Model:
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])

    model = ruled(plain, optimizer="sgd", loss="mse", metrics=["mae"])
    assert sorted(model.fit(X, Y, verbose=0).history) == ["loss", "mae"]


@pytest.mark.quick("0")
@pytest.mark.parametrize("workers", [0, 1])
def test_a_search_trains_and_loads_by_the_rules(workers: int, tmp_path: Path) -> None:
    rules = {"optimizer": keras.optimizers.SGD(0.01), "loss": "mse", "metrics": ["mae"]}
    tuner = make(tmp_path, objective="val_mae", workers=workers, max_trials=2, **rules)
    assert (tuner.loss, tuner.metrics) == ("mse", ["mae"]) and tuner.hypermodel.build is build
    tuner.search(X, Y, **FIT)
    assert set(tuner.state.best().metrics) == {"loss", "mae", "val_loss", "val_mae"} | {
        "learning_rate"
    }
    assert tuner.get_best_models()[0].loss == "mse"


@pytest.mark.quick("build")
@pytest.mark.parametrize("hypermodel", [build, unbuilt])
def test_a_model_that_is_too_large_fails_its_trial(hypermodel: Any, tmp_path: Path) -> None:
    """Hazard B15: KerasTuner takes a model that builds itself for one without weights."""
    tuner = make(tmp_path, hypermodel, max_model_size=16, max_retries_per_trial=2)
    with pytest.warns(UserWarning, match="in a row"):
        tuner.search(X, Y, **FIT)
    for trial in tuner.state.trials.values():
        size = 3 * trial.values["units"] + trial.values["units"] + trial.values["units"] + 1
        assert (trial.status == "failed") == (size > 16) and trial.attempt == 1
        assert size <= 16 or f"Oversized model: {size} trainable weights" in str(trial.message)
