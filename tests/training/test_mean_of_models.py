"""One model that answers with the mean of several."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.evaluate import save_model
from tftune.training.mean_of_models import mean_of_models

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def told_by(model: keras.Model, x: Any = X) -> Any:
    return np.asarray(model(x))


def made(units: int, activation: str | None, loss: Any, sequential: bool = True) -> keras.Model:
    layers = [keras.layers.Dense(4, name="same"), keras.layers.BatchNormalization()]
    layers.append(keras.layers.Dense(units, activation=activation))
    if sequential:
        model = keras.Sequential([keras.Input((3,)), *layers], name="network")
    else:
        inputs = outputs = keras.Input((3,), name="numbers")
        for layer in layers:
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs, name="network")
    model.compile("adam", loss, metrics=["mae"])
    return model


@pytest.mark.parametrize("sequential", [True, False])
def test_it_answers_with_the_weighted_mean(sequential: bool) -> None:
    models = [made(1, "sigmoid", "binary_crossentropy", sequential) for _ in range(3)]
    answers = [told_by(model, X) for model in models]
    whole = mean_of_models(models, [2, 1, 1])
    wanted = answers[0] / 2 + answers[1] / 4 + answers[2] / 4
    assert np.allclose(told_by(whole, X), wanted, atol=1e-6)
    assert whole.name == "network" and whole.compiled


def test_logits_are_averaged_as_probabilities() -> None:
    from scipy.special import expit, softmax

    binary = [made(1, None, keras.losses.BinaryCrossentropy(from_logits=True)) for _ in range(2)]
    told = np.mean([expit(told_by(model, X)) for model in binary], axis=0)
    assert np.allclose(expit(told_by(mean_of_models(binary, [1, 1]), X)), told, atol=1e-5)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    several = [made(3, None, loss) for _ in range(2)]
    told = np.mean([softmax(told_by(model, X), axis=1) for model in several], axis=0)
    answers = told_by(mean_of_models(several, [1, 1]), X)
    assert np.allclose(softmax(answers, axis=1), told, atol=1e-5)


def test_several_inputs_keep_their_names() -> None:
    def two() -> keras.Model:
        inputs = {name: keras.Input((3,), name=name) for name in ("left", "right")}
        joined = keras.layers.Concatenate()(list(inputs.values()))
        model = keras.Model(inputs, keras.layers.Dense(1)(joined))
        model.compile("adam", "mse")
        return model

    models, x = [two(), two()], {"left": X, "right": -X}
    told = np.mean([told_by(model, x) for model in models], axis=0)
    assert np.allclose(told_by(mean_of_models(models, [1, 1]), x), told, atol=1e-6)


class Own(keras.Model):
    """A model of a class of the user's."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.dense(x)


def test_models_of_a_class_of_the_users_are_joined_by_the_signature() -> None:
    models = [Own(), Own()]
    for model in models:
        model.compile("adam", "mse")
        model(X)
    told = np.mean([np.asarray(model(X)) for model in models], axis=0)
    whole = mean_of_models(models, [1, 1], {"shape": [3], "dtype": "float32"})
    assert np.allclose(told_by(whole, X), told, atol=1e-6)


@pytest.mark.slow
def test_it_is_one_file_that_opens_without_tftune(tmp_path: Path) -> None:
    models = [made(3, "softmax", "categorical_crossentropy", False) for _ in range(3)]
    whole = mean_of_models(models, [1, 2, 3])
    wanted = told_by(whole, X)
    save_model(whole, tmp_path / "mean.keras")
    np.save(tmp_path / "x.npy", X)
    code = (
        "import sys, keras, numpy as np; folder = sys.argv[1];"
        "model = keras.models.load_model(folder + '/mean.keras');"
        "np.save(folder + '/told.npy', model.predict(np.load(folder + '/x.npy'), verbose=0));"
        "assert not any(name.startswith('tftune') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True)
    assert np.allclose(np.load(tmp_path / "told.npy"), wanted, atol=1e-6)


def test_a_mean_needs_as_many_weights_as_models() -> None:
    with pytest.raises(UsageError, match="as many weights as models"):
        mean_of_models([], [])
