"""Shared graphs: the numbers are those of a plain `fit`, to the last bit, and what cannot be shared
is not.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import build_leaf_cnn
from tftune.models.peptide_cnn import build_peptide_cnn
from tftune.training.batches import feed_fast
from tftune.training.graphs import PROVEN, Graphs, architecture
from tftune.training.object_graph import describe

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(96, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def build(
    dropout: float = 0.3, l2: float = 1e-3, rate: float = 1e-2, units: int = 8, **changes: Any
) -> Any:
    keras.utils.clear_session()  # which also forgets the policy
    keras.config.set_dtype_policy(changes.pop("policy", "float32"))
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


@pytest.fixture(autouse=True)
def policy() -> Iterator[None]:
    yield
    keras.config.set_dtype_policy("float32")


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


@pytest.mark.slow
@pytest.mark.parametrize("several", [FEW, [*MORE, {}]], ids=["few", "more"])
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
@pytest.mark.slow
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


@pytest.mark.slow
def test_another_batch_size_in_the_same_model_is_trained_right() -> None:
    graphs = Graphs()
    for size in (16, 48, 16):
        assert train(graphs.adopt(build()), size)[0] == plain(size)[0]


@pytest.mark.slow
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
@pytest.mark.quick("schedule", "metric", "lambda")
def test_what_is_not_all_of_keras_has_a_graph_of_its_own(changes: dict[str, Any]) -> None:
    assert architecture(build()) is not None
    model = build(**changes)
    assert architecture(model) is None and Graphs().adopt(model) is model


@pytest.mark.slow
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


def changed(change: Any) -> Any:
    """A model of which something is set after it was made; it is compiled afterwards."""
    model = build()
    change(model)
    model.compile(model.optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model


def with_decay(**exclusions: Any) -> Any:
    optimizer = keras.optimizers.AdamW(1e-2, weight_decay=0.1)
    if exclusions:
        optimizer.exclude_from_weight_decay(**exclusions)
    return build(optimizer=optimizer)


def bias_excluded() -> Any:
    model = with_decay()
    model.optimizer.exclude_from_weight_decay(var_list=[model.layers[0].bias])
    return model


def adapted(rows: np.ndarray) -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    layer = keras.layers.Normalization()
    layer.adapt(rows)
    model = keras.Sequential([keras.Input((6,)), layer, keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def looked_up(words: list[str]) -> Any:
    keras.utils.clear_session()
    layers = [keras.Input((1,), dtype="string"), keras.layers.StringLookup(vocabulary=words)]
    model = keras.Sequential([*layers, keras.layers.Embedding(9, 2), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


def with_layer(make: Any, value: float) -> Any:
    def made() -> Any:
        keras.utils.clear_session()
        layer = make(value)
        layer.name = "other"  # or the layers after it are named otherwise
        return build(layer=layer)

    return made


def with_options(**options: Any) -> Any:
    return lambda: build(**options)


def with_change(change: Any) -> Any:
    return lambda: changed(change)


def set_on(path: str, value: Any) -> Any:
    """Returns what sets an attribute of a part of the model, such as `layers.1.momentum`."""

    def change(model: Any) -> None:
        *parts, last = path.split(".")
        for name in parts:
            model = model[int(name)] if name.isdigit() else getattr(model, name)
        setattr(model, last, value)

    return with_change(change)


layers, regularizers, optimizers = keras.layers, keras.regularizers, keras.optimizers
ACTIVE: dict[str, Any] = {
    "L2": lambda value: layers.Dense(8, activity_regularizer=regularizers.L2(value)),
    "L1L2": lambda value: layers.Dense(8, activity_regularizer=regularizers.L1L2(l2=value)),
    "layer": lambda value: layers.ActivityRegularization(l2=value),
    "frozen": lambda value: layers.Dense(
        8, kernel_regularizer=regularizers.L2(value), trainable=False
    ),
    "L1": lambda value: layers.Dense(8, kernel_regularizer=regularizers.L1(value)),
    "constraint": lambda value: layers.Dense(8, kernel_constraint=keras.constraints.MaxNorm(value)),
    "GaussianDropout": layers.GaussianDropout,
    "GaussianNoise": layers.GaussianNoise,
    "AlphaDropout": layers.AlphaDropout,
    "momentum": lambda value: layers.BatchNormalization(momentum=value),
    "seed": lambda value: layers.Dropout(0.5, seed=int(value * 10)),
    "of the layer's type": lambda value: layers.Dropout(
        0.5, dtype="float32" if value < 0.2 else "bfloat16"
    ),
}
OPTIMIZERS: dict[str, Any] = {
    "clipnorm": lambda value: optimizers.Adam(0.01, clipnorm=value),
    "clipvalue": lambda value: optimizers.SGD(0.01, clipvalue=value),
    "average": lambda value: optimizers.Adam(0.01, use_ema=True, ema_momentum=value),
    "accumulation": lambda value: optimizers.Adam(
        0.01, gradient_accumulation_steps=int(20 * value)
    ),
    "scale": lambda value: optimizers.Adam(0.01, loss_scale_factor=value),
    "decay": lambda value: optimizers.Adam(0.01, weight_decay=value),
}
UNLIKE: dict[str, tuple[Any, Any]] = {
    **{name: (with_layer(make, 0.1), with_layer(make, 0.3)) for name, make in ACTIVE.items()},
    **{
        name: (with_options(optimizer=make(0.1)), with_options(optimizer=make(0.3)))
        for name, make in OPTIMIZERS.items()
    },
    "excluded by name": (lambda: with_decay(var_names=["bias"]), with_decay),
    "other names": (
        lambda: with_decay(var_names=["bias"]),
        lambda: with_decay(var_names=["kernel"]),
    ),
    "excluded by list": (bias_excluded, with_decay),
    "set on the optimizer": (build, set_on("optimizer.clipnorm", 0.5)),
    "a private attribute": (build, set_on("optimizer._anything", 1)),
    "set on a layer": (build, set_on("layers.1.momentum", 0.5)),
    "frozen later": (build, set_on("layers.0.trainable", False)),
    "set on the model": (build, set_on("anything", 1)),
    "adapted": (lambda: adapted(X), lambda: adapted(X[:5] * 3)),
    "vocabulary": (lambda: looked_up(["a", "b"]), lambda: looked_up(["b", "a"])),
    "policy": (build, with_options(policy="mixed_bfloat16")),
    "at once": (build, with_options(steps_per_execution=2)),
    "compiled": (build, with_options(jit_compile=True)),
    "weight of the loss": (build, with_options(loss_weights=[2.0])),
    "smoothing": (
        with_options(loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1)),
        with_options(loss=keras.losses.BinaryCrossentropy(label_smoothing=0.2)),
    ),
    "threshold": (
        with_options(metrics=[keras.metrics.BinaryAccuracy(threshold=0.5)]),
        with_options(metrics=[keras.metrics.BinaryAccuracy(threshold=0.6)]),
    ),
    "weighted metrics": (build, with_options(metrics=[], weighted_metrics=["accuracy"])),
    "another optimizer": (build, with_options(optimizer=optimizers.Lion(0.01))),
}


OFTEN = ("L2", "excluded by name", "a private attribute", "frozen later", "adapted", "smoothing")


@pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in UNLIKE],
)
def test_models_that_differ_in_what_is_no_variable_share_no_graph(name: str) -> None:
    graphs = Graphs()
    for make in UNLIKE[name]:
        model = make()
        assert graphs.adopt(model) is model
    assert graphs.hits == 0


@pytest.mark.parametrize(
    "make",
    [
        with_decay,
        lambda: with_decay(var_names=["bias"]),
        lambda: adapted(X),
        with_layer(ACTIVE["L2"], 0.1),
        set_on("layers.1.momentum", 0.5),
        with_options(policy="mixed_bfloat16"),
        with_options(policy="mixed_float16"),
        with_options(jit_compile=True),
    ],
    ids=["decay", "excluded", "adapted", "activity", "set", "bfloat16", "float16", "compiled"],
)
@pytest.mark.quick("decay", "activity", "float16")
def test_models_that_are_alike_in_these_things_share_one(make: Any) -> None:
    graphs = Graphs()
    assert graphs.adopt(make()) is graphs.adopt(make()) and graphs.hits == 1


def spatial(rate: float) -> Any:
    """Two kinds of dropout, of which only the plain one's rate is a variable."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    parts = [layers.Conv1D(4, 2), layers.SpatialDropout1D(0.5), layers.Dropout(rate)]
    ends = [layers.Flatten(), layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((6,)), layers.Reshape((6, 1)), *parts, *ends])
    model.compile(optimizers.Adam(rate / 10), "binary_crossentropy")
    return model


def scaled(rate: float) -> Any:
    return build(rate=rate, policy="mixed_float16")


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [spatial, pytest.param(scaled, marks=pytest.mark.slow)],
    ids=["SpatialDropout1D", "mixed_float16"],
)
def test_other_layers_and_scaled_losses_train_as_with_a_graph_of_their_own(make: Any) -> None:
    graphs = Graphs()
    for value in (0.1, 0.4, 0.2):
        losses, weights = train(graphs.adopt(make(value)))
    plain_losses, plain_weights = train(make(0.2))
    assert losses == plain_losses and graphs.hits == 2 and np.isfinite(losses).all()
    for mine, theirs in zip(weights, plain_weights, strict=True):
        assert np.array_equal(mine, theirs)


def test_what_surrounds_a_model_tells_graphs_apart() -> None:
    graphs = Graphs()
    try:
        for epsilon in (1e-7, 1e-3):
            keras.config.set_epsilon(epsilon)
            model = build()
            assert graphs.adopt(model) is model
    finally:
        keras.config.set_epsilon(1e-7)


def test_an_l2_that_also_weighs_an_activity_is_no_variable() -> None:
    penalty = regularizers.L2(0.1)
    weighed = {"kernel_regularizer": penalty, "activity_regularizer": penalty}
    model = build(layer=layers.Dense(8, name="weighed", **weighed))
    assert Graphs().adopt(model) is model and penalty.l2 == 0.1


class OwnL2(regularizers.L2):
    """A user's own."""


class OwnDropout(layers.Dropout):
    """A user's own."""


@pytest.mark.parametrize(
    "make",
    [
        with_layer(OwnDropout, 0.3),
        with_layer(lambda value: layers.Dense(8, kernel_regularizer=OwnL2(value)), 0.3),
        with_layer(lambda value: layers.Dense(8, activation=lambda x: x * value), 0.3),
        set_on("layers.0.call", lambda inputs: inputs),
        set_on("train_step", lambda data: {}),
        set_on("anything", OwnLayer()),
        lambda: looked_up(["a"]),
        with_layer(lambda value: layers.SpectralNormalization(layers.Dense(8)), 0.3),
    ],
    ids=["dropout", "penalty", "function", "call", "step", "object", "table", "unproven"],
)
@pytest.mark.quick("penalty", "function", "step", "table")
def test_what_cannot_be_told_has_a_graph_of_its_own(make: Any) -> None:
    model = make()
    assert architecture(model) is None and Graphs().adopt(model) is model


def recurrent(rate: float) -> Any:
    x = inputs = keras.Input((6, 2))
    x = layers.GaussianNoise(0.1)(layers.Masking()(x))
    lstm = layers.LSTM(2, return_sequences=True, dropout=0.2, kernel_regularizer=l2(rate))
    x = layers.Bidirectional(lstm)(x)
    x = layers.SimpleRNN(4, return_sequences=True)(layers.GRU(4, return_sequences=True)(x))
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 2, dropout=0.1)(x, x))
    x = layers.Add()([layers.Attention(dropout=0.1)([x, x]), layers.AdditiveAttention()([x, x])])
    x = layers.TimeDistributed(layers.Dense(4, kernel_regularizer=l2(rate)))(x)
    x = layers.Permute((2, 1))(layers.SpatialDropout1D(0.2)(x))
    return inputs, layers.AlphaDropout(0.1)(layers.GlobalAveragePooling1D()(x))


def sequences(rate: float) -> Any:
    x = inputs = keras.Input((12, 4))
    x = layers.Conv1D(4, 3, kernel_regularizer=l2(rate))(layers.ZeroPadding1D(2)(x))
    x = layers.UpSampling1D(2)(layers.MaxPooling1D(2)(x))
    x = layers.SeparableConv1D(4, 3, padding="same", depthwise_regularizer=l2(rate))(x)
    x = layers.DepthwiseConv1D(3, padding="same", depthwise_regularizer=l2(rate))(x)
    x = layers.AveragePooling1D(2)(layers.Conv1DTranspose(4, 2, strides=2)(x))
    x = layers.GroupNormalization(2, gamma_regularizer=l2(rate))(layers.Cropping1D(1)(x))
    x = layers.Softmax()(layers.EinsumDense("abc,cd->abd", output_shape=(12, 4))(x))
    x = layers.PReLU(alpha_regularizer=l2(rate), shared_axes=[1])(layers.LeakyReLU()(x))
    x = layers.ReLU()(layers.ELU()(x))
    return inputs, layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.Flatten()(x)])


def pictures(rate: float) -> Any:
    x = inputs = keras.Input((8, 8, 3))
    x = layers.RandomRotation(0.2)(layers.RandomFlip()(layers.Rescaling(0.5)(x)))
    x = layers.RandomTranslation(0.1, 0.1)(layers.RandomContrast(0.2, value_range=(-3.0, 3.0))(x))
    x = layers.Conv2D(4, 3, kernel_regularizer=l2(rate))(layers.RandomZoom(0.1)(x))
    x = layers.BatchNormalization(beta_regularizer=l2(rate))(layers.ZeroPadding2D(1)(x))
    x = layers.UpSampling2D(2)(layers.MaxPooling2D(2)(x))
    x = layers.SeparableConv2D(4, 3, padding="same")(x)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.AveragePooling2D(2)(layers.Conv2DTranspose(4, 2, strides=2)(x))
    x = layers.SpatialDropout2D(0.2)(layers.Cropping2D(1)(x))
    both = [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)]
    return inputs, layers.Concatenate()(both)


def columns(rate: float) -> Any:
    inputs = keras.Input((6,))
    scaler = layers.Normalization()
    scaler.adapt(X)
    x = scaler(inputs)
    a = layers.Dense(4, kernel_regularizer=l2(rate), bias_regularizer=l2(rate / 2))(x)
    b = layers.Dense(4, kernel_regularizer=l2(rate))(x)
    x = layers.Average()([layers.Subtract()([layers.Multiply()([a, b]), b]), a])
    x = layers.Minimum()([layers.Maximum()([x, b]), a])
    x = layers.GaussianDropout(0.2)(layers.Concatenate()([x, layers.Dot(1)([x, b])]))
    x = layers.ActivityRegularization(l1=0.01)(layers.UnitNormalization()(x))
    x = layers.RepeatVector(2)(layers.Identity()(layers.Activation("tanh")(x)))
    return inputs, layers.Reshape((10,))(x)


def words(rate: float) -> Any:
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(9, 3, mask_zero=True, embeddings_regularizer=l2(rate))(inputs)
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3), layers.Dropout(rate)])
    return inputs, inner(layers.GlobalAveragePooling1D()(x))


ZOO = [recurrent, sequences, pictures, columns, words]


def l2(rate: float) -> Any:
    return regularizers.L2(rate)


def with_head(make: Any, rate: float) -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    inputs, x = make(rate)
    model = keras.Model(inputs, layers.Dense(1)(layers.Dropout(rate)(x)))
    model.compile(optimizers.Adam(rate / 10), "mse", metrics=["mae", keras.metrics.AUC()])
    return model


@pytest.mark.slow
def test_each_layer_that_is_called_proven_is_in_a_model_of_these_tests() -> None:
    tried: set[str] = set()
    for make in ZOO:
        found = describe([with_head(make, 0.1)])
        assert found is not None
        tried |= {type(part).__name__ for part in found.parts if isinstance(part, keras.Layer)}
    assert tried >= PROVEN


@pytest.mark.slow
@pytest.mark.parametrize("make", ZOO)
def test_every_layer_trains_with_a_shared_graph_as_plain_keras_does(make: Any) -> None:
    graphs, results = Graphs(), []
    model = with_head(make, 0.1)
    x = RANDOM.integers(0, 9, (20, *model.input_shape[1:]))
    x = x if make is words else x.astype("float32") / 9 - 0.5
    y = RANDOM.integers(0, 2, (20, 1)).astype("float32")
    for way in ("first", "shared", "fresh", "plain"):
        model = with_head(make, 0.1 if way == "first" else 0.3)
        if way in ("first", "shared"):
            model = graphs.adopt(model)
        if way != "plain":
            feed_fast(model, seed=1)
        options = {"epochs": 2, "batch_size": 6, "shuffle": False, "verbose": 0}
        history = model.fit(x, y, validation_data=(x, y), **options).history
        results.append((history, [variable.numpy().tolist() for variable in model.variables]))
    assert graphs.hits == 1 and results[1] == results[2] == results[3]
