"""An objective that nothing can give is refused before a model is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import UsageError

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
trained: list[str] = []


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 6))])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse", metrics=["mae", "accuracy"])
    return model


def search(folder: Path, objective: Any, hypermodel: Any = build, **fit: Any) -> tftune.Tuner:
    given: dict[str, Any] = {"objective": objective, "max_trials": 1, "workers": 0}
    tuner = tftune.Tuner(hypermodel, "random", directory=folder, **given)
    tuner.search(X, Y, **{"verbose": 0, "validation_split": 0.25, **fit})
    return tuner


@pytest.mark.parametrize(
    ("objective", "fit", "message"),
    [
        (None, {}, 'No objective is given.*objective="val_loss"'),
        ("val_loss", {"validation_split": 0.0}, "needs validation data.*objective='loss'"),
        ("val_mae", {"validation_split": None, "validation_data": None}, "validation_split=0.2"),
        (["val_loss"], {"validation_split": 0}, "'val_loss' needs validation data"),
    ],
)
def test_it_is_refused_before_the_first_trial(
    objective: Any, fit: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        search(tmp_path, objective, **fit)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "meant"),
    [("val_acuracy", "val_accuracy"), ("mea", "mae"), ("val_los", "val_loss")],
)
def test_a_misspelt_one_is_refused_before_an_epoch(name: str, meant: str, tmp_path: Path) -> None:
    with pytest.raises(
        keras_tuner.errors.FatalError, match=f"'{name}' is not among.*Did you mean '{meant}'"
    ):
        search(tmp_path, keras_tuner.Objective(name, "min"))
    journal = (tmp_path / "search" / "journal.jsonl").read_text()
    assert '"kind":"end"' in journal and '"kind":"epoch"' not in journal


class Stepping(keras.Sequential):
    """Logs by a step of its own what no compiled metric tells."""

    def train_step(self, data: Any) -> Any:
        return {**super().train_step(data), "own": keras.ops.sum(data[0])}


def build_stepping(hp: Any) -> keras.Model:
    model = Stepping([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 1))])
    model.compile("sgd", "mse", run_eagerly=True)
    return model


class Logging(keras.callbacks.Callback):
    """Logs what no metric tells."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_own"] = 0.5


def test_where_the_model_cannot_tell_the_first_epoch_does(tmp_path: Path) -> None:
    own = keras_tuner.Objective("own", "min")
    assert search(tmp_path / "step", own, build_stepping).state.best().score is not None
    logged = keras_tuner.Objective("val_own", "min")
    found = search(tmp_path / "log", logged, callbacks=[Logging()], validation_split=None)
    assert found.state.best().score == 0.5
    with pytest.raises(UsageError, match="'own_' is not among.*Did you mean 'own'"):
        search(tmp_path / "wrong", keras_tuner.Objective("own_", "min"), build_stepping)


class Returning(keras_tuner.HyperModel):
    """Returns a number of its own."""

    def build(self, hp: Any) -> keras.Model:
        return build(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> float:
        return float(hp.get("units"))


def test_a_hypermodel_that_trains_by_itself_is_asked_nothing(tmp_path: Path) -> None:
    assert search(tmp_path / "none", None, Returning()).state.best().score >= 1.0
    named = keras_tuner.Objective("val_anything", "max")
    assert search(tmp_path / "named", named, Returning(), validation_split=None).state.best()
