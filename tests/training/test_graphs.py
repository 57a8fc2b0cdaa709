"""Shared graphs: the numbers are those of a plain `fit`, to the last bit, and what cannot be shared
is not.
"""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import pytest

from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import build_leaf_cnn
from tftune.models.peptide_cnn import build_peptide_cnn
from tftune.training.batches import feed_fast
from tftune.training.graphs import Graphs, architecture

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(96, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def build(
    dropout: float = 0.3, l2: float = 1e-3, rate: float = 1e-2, units: int = 8, **changes: Any
) -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    penalty = keras.regularizers.L2(l2)  # one object in two layers
    layers: list[Any] = [
        keras.Input((6,)),
        keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty),
    ]
    layers += [
        keras.layers.BatchNormalization(),
        changes.pop("layer", None) or keras.layers.Dropout(dropout),
    ]
    layers += [
        keras.layers.Dense(4, kernel_regularizer=penalty),
        keras.layers.Dropout(dropout / 2),
        keras.layers.Dense(1, "sigmoid"),
    ]
    model = keras.Sequential(layers)
    options = {
        "optimizer": keras.optimizers.Adam(rate),
        "loss": "binary_crossentropy",
        "metrics": ["accuracy"],
        **changes,
    }
    model.compile(**options)
    return model


def train(model: Any, batch_size: int = 16) -> tuple[list[float], list[np.ndarray]]:
    feed_fast(model, seed=3)
    history = model.fit(
        X, Y, batch_size=batch_size, epochs=3, verbose=0, validation_data=(X[:32], Y[:32])
    )
    return [*history.history["loss"], *history.history["val_loss"]], [
        variable.numpy() for variable in model.variables
    ]


@functools.cache
def plain(batch_size: int = 16, **values: Any) -> tuple[list[float], list[np.ndarray]]:
    return train(build(**values), batch_size)


# Each plain training is a graph more to trace: 2 s.
FEW: list[dict[str, Any]] = [{}, {"dropout": 0.5, "l2": 0.1, "rate": 1e-3}, {}]
MORE = [
    {},
    {"dropout": 0.5, "rate": 1e-3},
    {"l2": 0.1, "dropout": 0.05},
    {"l2": 1e-5, "rate": 0.03},
]


@pytest.mark.parametrize(
    "several", [FEW, pytest.param([*MORE, {}], marks=pytest.mark.slow)], ids=["few", "more"]
)
def test_trainings_with_a_shared_graph_are_plain_ones_to_the_last_bit(
    several: list[dict[str, Any]],
) -> None:
    graphs = Graphs()
    for values in several:
        losses, weights = plain(**values)
        shared_losses, shared_weights = train(graphs.adopt(build(**values)))
        assert shared_losses == losses
        assert all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip(shared_weights, weights, strict=True)
        )
    assert graphs.hits == len(several) - 1


def leaf(**values: Any) -> tuple[Any, np.ndarray]:
    return build_leaf_cnn(fixed_values(**values), image_size=16), np.eye(3, dtype="float32")[
        [0, 1, 2] * 8
    ]


def peptide(**values: Any) -> tuple[Any, np.ndarray]:
    return build_peptide_cnn(fixed_values(**values), width=12), np.eye(2, dtype="float32")[
        [0, 1] * 12
    ][:, :1]


PIXELS, SEQUENCES = (
    RANDOM.integers(0, 256, (24, 16, 16, 3), dtype="uint8"),
    RANDOM.integers(0, 21, (24, 12), dtype="uint8"),
)


@pytest.mark.parametrize(
    ("make", "x"), [(leaf, PIXELS), (peptide, SEQUENCES)], ids=["leaf", "peptide"]
)
def test_the_models_of_the_programs_share_graphs_and_train_as_plain_ones(
    make: Any, x: np.ndarray
) -> None:
    graphs = Graphs()

    def trained(adopt: Any, **values: Any) -> list[Any]:
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        model, y = make(batch_normalization=True, **values)
        model = adopt(model)
        feed_fast(model, seed=3)
        history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_data=(x, y)).history
        return [history, [variable.numpy().tolist() for variable in model.variables]]

    trained(graphs.adopt, dropout=0.1, l2=1e-3, learning_rate=1e-3)
    values = {"dropout": 0.4, "l2": 1e-5, "learning_rate": 1e-2}
    assert trained(graphs.adopt, **values) == trained(lambda model: model, **values)
    assert graphs.hits == 1


def test_another_batch_size_in_the_same_model_is_trained_right() -> None:
    graphs = Graphs()
    for size in (16, 48, 16):
        assert train(graphs.adopt(build()), size)[0] == plain(size)[0]


def test_only_the_latest_architectures_are_kept() -> None:
    graphs = Graphs(most=2)
    first = graphs.adopt(build(units=4))
    for units in (5, 6):
        graphs.adopt(build(units=units))
    assert graphs.adopt(build(units=6)) is not None and graphs.hits == 1
    assert graphs.adopt(build(units=4)) is not first and graphs.hits == 1


def test_what_must_agree_apart_from_the_model_keeps_graphs_apart() -> None:
    graphs = Graphs()
    assert graphs.adopt(build(), "16") is not graphs.adopt(build(), "32")
    assert graphs.hits == 0


def two_penalties(first: Any, second: Any) -> Any:
    keras.utils.clear_session()
    layers = [
        keras.Input((6,)),
        keras.layers.Dense(4, kernel_regularizer=first),
        keras.layers.Dense(1, kernel_regularizer=second),
    ]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    return model


def test_one_penalty_of_two_layers_is_not_taken_for_two_penalties() -> None:
    graphs, both = Graphs(), keras.regularizers.L2(0.5)
    graphs.adopt(two_penalties(both, both))
    found = graphs.adopt(two_penalties(keras.regularizers.L2(0.25), keras.regularizers.L2(0.125)))
    assert [float(layer.kernel_regularizer.l2) for layer in found.layers] == [0.25, 0.125]
    assert graphs.hits == 0


def own_loss(y_true: Any, y_predicted: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y_true - y_predicted))


class OwnLayer(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs


@pytest.mark.parametrize(
    "changes",
    [
        {
            "optimizer": keras.optimizers.Adam(
                keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
            )
        },
        {"loss": own_loss},
        {"metrics": [own_loss]},
        {"layer": OwnLayer()},
        {"layer": keras.layers.Lambda(lambda x: x)},
        {"run_eagerly": True},
    ],
    ids=["schedule", "loss", "metric", "layer", "lambda", "eager"],
)
def test_what_is_not_all_of_keras_has_a_graph_of_its_own(changes: dict[str, Any]) -> None:
    assert architecture(build()) is not None
    model = build(**changes)
    assert architecture(model) is None and Graphs().adopt(model) is model


def test_structure_and_fixed_values_tell_architectures_apart() -> None:
    assert architecture(build()) == architecture(build(dropout=0.4, l2=0.5, rate=0.5))
    different = [
        {"units": 9},
        {"loss": "mse"},
        {"metrics": ["mse"]},
        {"dropout": 0.0},
        {"optimizer": keras.optimizers.Adam(0.01, beta_1=0.8)},
    ]
    assert (
        len({architecture(build(**changes)) for changes in [{}, *different]}) == len(different) + 1
    )
