"""The guard of what Keras does not promise: another version that lacks one of these names makes a
test here fail, and the slower way that is left gives the numbers of a plain `fit`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training import keras_internals
from tftune.training.batches import feed_fast
from tftune.training.checkpoints import variables_of
from tftune.training.fused_adam import fuse_adam
from tftune.training.graphs import Graphs, architecture
from tftune.training.keras_internals import (
    adam_state,
    is_made_of_layers,
    layers_of,
    name_as_first,
    set_steps_per_execution,
)

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def sequential() -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    return model


def functional() -> Any:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(inputs)))
    model.compile("adam", "mse")
    return model


class Own(keras.Model):
    """A model of the user's class."""

    def call(self, inputs: Any) -> Any:
        return inputs


def fitted(model: Any, epochs: int = 2) -> list[np.ndarray]:
    model.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)
    return variables_of(model)


def same(mine: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(mine, theirs, strict=True))


def test_an_unnamed_metric_is_named_as_the_first_was() -> None:
    name_as_first([keras.metrics.AUC])
    first, second = keras.metrics.AUC(), keras.metrics.AUC()
    name_as_first([keras.metrics.AUC])
    assert [first.name, second.name, keras.metrics.AUC().name] == ["auc", "auc_1", "auc"]


def test_without_keras_counters_the_names_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_internals, "global_state", None)
    keras.metrics.AUC()
    name_as_first([keras.metrics.AUC])
    assert keras.metrics.AUC().name.startswith("auc_")


def test_sequential_and_functional_models_are_made_of_layers() -> None:
    models = (sequential(), functional(), Own())
    assert [is_made_of_layers(model) for model in models] == [True, True, False]


def test_without_the_class_of_functional_models_they_share_no_graph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = functional()
    assert architecture(model) is not None
    monkeypatch.setattr(keras_internals, "Functional", None)
    assert architecture(model) is None and Graphs().adopt(model) is model
    assert architecture(sequential()) is not None


def test_layers_are_found_at_any_depth() -> None:
    inside = keras.layers.Dropout(0.5)
    wrapper = keras.layers.TimeDistributed(keras.Sequential([keras.Input((3,)), inside]))
    model = keras.Sequential([keras.Input((2, 3)), wrapper])
    found = layers_of(model)
    assert found is not None and inside in found and inside not in model.layers


def test_without_the_layers_there_is_no_shared_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        """A model of another version of Keras."""

    assert layers_of(Bare()) is None
    monkeypatch.setattr("tftune.training.graphs.layers_of", lambda model: None)
    model = sequential()
    assert architecture(model) is None and Graphs().adopt(model) is model


def test_adams_state_is_where_it_is_looked_for() -> None:
    optimizer, weights = keras.optimizers.Adam(0.1), keras.Variable(np.zeros((2, 1), "float32"))
    optimizer.build([keras.Variable(np.zeros(3, "float32")), weights])
    optimizer.apply([tf.zeros(3), tf.constant([[1.0], [3.0]])])
    state = adam_state(optimizer, weights)
    assert state is not None
    np.testing.assert_allclose(state[0].numpy(), [[0.1], [0.3]], rtol=1e-6)
    np.testing.assert_allclose(state[1].numpy(), [[0.001], [0.009]], rtol=1e-6)


@pytest.mark.parametrize("name", ["_get_variable_index", "_momentums", "_velocities"])
def test_without_adams_state_keras_updates_by_itself(name: str) -> None:
    class Renamed:
        """An Adam of another version of Keras."""

        def __getattr__(self, wanted: str) -> Any:
            if wanted == name:
                raise AttributeError(wanted)
            return [0]

    assert adam_state(Renamed(), None) is None


def test_keras_own_update_is_a_plain_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftune.training.fused_adam.adam_state", lambda *arguments: None)
    model = sequential()
    fuse_adam(model.optimizer)
    assert "update_step" in vars(model.optimizer)
    assert same(fitted(model), fitted(sequential()))


def test_the_steps_of_an_execution_are_changed_and_the_graph_is_traced_anew() -> None:
    model, plain = sequential(), sequential()
    fitted(model, epochs=1)
    traced = model.train_function
    set_steps_per_execution(model, 1)  # as it was
    assert model.train_function is traced is not None
    set_steps_per_execution(model, 5)
    weights = fitted(model, epochs=1)
    assert model.steps_per_execution == 5 and model.train_function not in (traced, None)
    assert same(weights, fitted(plain))


def test_where_the_steps_cannot_be_set_they_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        """A model of another version of Keras."""

        steps_per_execution = 1

    bare = Bare()
    set_steps_per_execution(bare, 5)
    assert bare.steps_per_execution == 1
    fast, slow = sequential(), sequential()
    feed_fast(fast, seed=0)
    monkeypatch.setattr("tftune.training.batches.set_steps_per_execution", lambda *arguments: None)
    feed_fast(slow, seed=0)
    for model in (fast, slow):
        model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert same(variables_of(fast), variables_of(slow))
