"""The names of a compiled model's metrics are those that `fit` logs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.keras_internals import compiled_arguments
from tftune.training.metric_names import check_objective_name, metric_names

X = np.zeros((8, 3), "float32")


def spread(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.std(y_pred)


def one_output() -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    metrics = ["acc", "mse", keras.metrics.AUC(name="area"), keras.metrics.Recall, spread]
    metrics[3] = keras.metrics.Recall(name="hits")
    model.compile("sgd", "binary_crossentropy", metrics=metrics, weighted_metrics=["mae"])
    return model


def two_outputs() -> keras.Model:
    inputs = keras.Input((3,))
    heads = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, heads)
    losses = {"left": "mse", "right": "mae"}
    model.compile("sgd", losses, metrics={"left": ["mae"], "right": ["mse"]})
    return model


@pytest.mark.parametrize("make", [one_output, two_outputs])
def test_fit_logs_no_other_names(make: Any) -> None:
    model = make()
    names = metric_names(model)
    targets = np.zeros((8, 1), "float32")
    y = targets if make is one_output else {"left": targets, "right": targets}
    logged = set(model.fit(X, y, verbose=0).history)
    assert names is not None and logged <= names
    assert make is two_outputs or logged == names - {
        f"weighted_{name}" for name in names if not name.startswith("weighted_")
    }


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.dense(x)


class Measuring(keras.Sequential):
    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return {"mine": keras.ops.sum(y_pred)}


def test_who_cannot_tell_is_not_asked() -> None:
    for model in (Subclassed(), Measuring([keras.Input((3,)), keras.layers.Dense(1)])):
        assert metric_names(model) is None  # not compiled
        model.compile("sgd", "mse", metrics=["mae"])
        assert metric_names(model) is None
        check_objective_name("val_anything", model)


def test_a_name_that_is_logged_passes_and_another_is_answered() -> None:
    model = one_output()
    for name in ("loss", "val_loss", "val_area", "hits", "val_spread", "learning_rate"):
        check_objective_name(name, model)
    with pytest.raises(UsageError, match="'val_aera' is not among.*Did you mean 'val_area'"):
        check_objective_name("val_aera", model)


def test_keras_keeps_the_arguments_of_compile() -> None:
    """Guards `compiled_arguments`; without it the public, serialized ones are used or nothing."""
    model = one_output()
    given = compiled_arguments(model)
    assert given is not None and given["loss"] == "binary_crossentropy"
    assert given["metrics"][1] == "mse" and given["weighted_metrics"] == ["mae"]
    assert compiled_arguments(keras.Sequential()) is None
