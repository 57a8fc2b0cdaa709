"""The guard of what Keras does not promise: another version that lacks one of these names makes a
test here fail, and the slower way that is left gives the numbers of a plain `fit`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training import keras_executions, keras_internals
from tftune.training.batches import feed_fast
from tftune.training.checkpoints import variables_of
from tftune.training.fused_adam import fuse_adam
from tftune.training.graphs import Graphs, architecture
from tftune.training.keras_executions import Executions
from tftune.training.keras_internals import (
    adam_state,
    build_optimizer,
    compilation_of,
    is_made_of_layers,
    is_validation_of_fit,
    name_as_first,
    profiles_batches,
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


def test_models_alike_are_alike_in_all_that_is_not_derived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each name that is left out differs between two models that are the same, or is not there."""
    descriptions = []
    for names in (keras_internals.DERIVED_ATTRIBUTES, frozenset()):
        monkeypatch.setattr("tftune.training.object_graph.DERIVED_ATTRIBUTES", names)
        models = []
        for _ in range(2):
            keras.utils.clear_session()
            models.append(functional())
            models[-1].optimizer.build(models[-1].trainable_variables)
        descriptions.append({architecture(model) for model in models})
    assert len(descriptions[0]) == 1 and None not in descriptions[0]
    assert len(descriptions[1]) == 2 or None in descriptions[1]


def test_where_a_derived_attribute_is_renamed_no_graph_is_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tftune.training.object_graph.DERIVED_ATTRIBUTES", frozenset())
    graphs, plain = Graphs(), fitted(sequential())
    for _ in range(2):
        keras.utils.clear_session()
        assert same(fitted(graphs.adopt(sequential())), plain)
    assert graphs.hits == 0


def test_the_variables_of_an_optimizer_are_made_once() -> None:
    model = sequential()
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")
    build_optimizer(model)
    number = len(model.optimizer.variables)
    build_optimizer(model)
    assert len(model.optimizer.variables) == number
    model.optimizer.build(model.trainable_variables)  # what Keras itself would do
    assert len(model.optimizer.variables) > number


def test_each_compilation_is_another() -> None:
    model = sequential()
    first = compilation_of(model)
    model.compile(model.optimizer, "mse")
    assert first is not None and compilation_of(model) is not first


@pytest.mark.parametrize(("batches", "looks"), [(0, False), (2, True)])
def test_tensorboard_tells_whether_it_profiles(tmp_path: Path, batches: int, looks: bool) -> None:
    callback = keras.callbacks.TensorBoard(str(tmp_path), profile_batch=batches)
    assert profiles_batches(callback) is looks and profiles_batches(object()) is True


def test_fit_asks_for_its_validation_by_this_name() -> None:
    asked: list[dict[str, Any]] = []

    class Asked(keras.Sequential):
        def evaluate(self, *arguments: Any, **options: Any) -> Any:
            asked.append(options)
            return super().evaluate(*arguments, **options)

    model = Asked([keras.layers.Dense(1)])
    model.compile(loss="mse")
    model.evaluate(X, Y, verbose=0)
    model.fit(X, Y, validation_data=(X, Y), verbose=0)
    assert [is_validation_of_fit(options) for options in asked] == [False, True]


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


def test_the_steps_of_an_execution_are_changed_and_back_and_each_is_traced_once() -> None:
    model, executions, plain = sequential(), Executions(), sequential()
    fitted(model, epochs=1)
    singly = model.train_function
    executions.set_steps(model, 1)  # as it was
    assert model.train_function is singly is not None
    executions.set_steps(model, 5)
    weights = fitted(model, epochs=1)
    at_once = model.train_function
    assert model.steps_per_execution == 5 and at_once not in (singly, None)
    assert same(weights, fitted(plain))
    executions.set_steps(model, 1)
    assert model.train_function is singly
    executions.set_steps(model, 5)
    assert model.train_function is at_once


def test_what_was_traced_before_another_compilation_is_not_used() -> None:
    model, executions = sequential(), Executions()
    traced: list[Any] = []
    for _ in range(2):
        executions.set_steps(model, 5)
        assert model.train_function not in traced
        traced.append(model.train_function)
        fitted(model, epochs=1)
        executions.set_steps(model, 1)
        assert executions.was_traced_for(model, 5)
        model.compile("adam", "mse")
        assert not executions.was_traced_for(model, 5)


def test_without_the_names_that_the_loop_needs_keras_makes_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = {"xla": sequential(), "names": sequential(), "usual": sequential()}
    models["xla"].compile("adam", "mse", jit_compile=True)
    for name, model in models.items():
        if name == "names":
            monkeypatch.setattr(keras_executions, "_RESULTS", "no_such_name")
        else:
            monkeypatch.undo()
        Executions().set_steps(model, 5, 2)
    assert [name for name, model in models.items() if model.train_function] == ["usual"]
    assert models["usual"].test_function is not None


def test_where_the_steps_cannot_be_set_they_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        """A model of another version of Keras."""

        steps_per_execution = 1

    bare = Bare()
    Executions().set_steps(bare, 5)
    assert bare.steps_per_execution == 1
    fast, slow = sequential(), sequential()
    feed_fast(fast, seed=0)
    monkeypatch.setattr(Executions, "set_steps", lambda *arguments: None)
    feed_fast(slow, seed=0)
    for model in (fast, slow):
        model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert same(variables_of(fast), variables_of(slow))


def test_names_inside_are_those_of_a_fresh_process() -> None:
    keras.layers.Dense(1)
    before = keras.layers.Dense(1).name
    with keras_internals.fresh_names():
        assert [keras.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    after = keras.layers.Dense(1).name
    assert int(after.rpartition("_")[2]) == int(before.rpartition("_")[2]) + 1
