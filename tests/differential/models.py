"""Models of layers: `build(hp)` for each kind that the cases name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tests.differential import data, own_models
from tests.differential.case import told

layers = keras.layers
Build = Callable[[Any], Any]
RATES = ({"rate": 0.2}, {"rate": 0.7})  # of two trials that may share a graph


def rate_of(hp: Any) -> float:
    """The knob of such trials."""
    return float(hp.Float("rate", 0.1, 0.9, default=0.4))


def dense(
    optimizer: Callable[[], Any] | str = "adam",
    text: str = "Sequential",
    between: Callable[[Any], Sequence[Any]] = lambda hp: (),
    loss: Any = "binary_crossentropy",
    outputs: int = 1,
    activation: str | None = "sigmoid",
    policy: str | None = None,
    width: int = 6,
    **compiling: Any,
) -> Build:
    """A `Sequential` of two Dense layers.

    Args:
        optimizer: A name, or a function that makes one; it may take `hp`.
        text: What the table says of it.
        between: Returns the layers between the two; given `hp`.
        loss: As for `compile`.
        outputs: Of the last layer.
        activation: Likewise.
        policy: Dtype policy to set while building.
        width: Of the inputs.
        **compiling: As for `compile`; `metrics` and `weighted_metrics` are functions, which
            return them.
    """

    def build(hp: Any) -> Any:
        if policy is not None:
            keras.config.set_dtype_policy(policy)
        inside = [layers.Dense(5, activation="tanh"), *between(hp)]
        last = layers.Dense(outputs, activation, dtype="float32")
        model = keras.Sequential([keras.Input((width,)), *inside, last])
        options = {
            name: value() if name in ("metrics", "weighted_metrics") else value
            for name, value in compiling.items()
        }
        made = optimizer if isinstance(optimizer, str) else optimizer()
        model.compile(made, loss, **options)
        return model

    return told(text, build)


def between(text: str, *make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Dense layers with what the functions make of `hp` between them."""
    return dense(text=f"Sequential, {text}", between=lambda hp: [each(hp) for each in make])


def tuned(make: Callable[[Any], Any], text: str, **options: Any) -> Build:
    """The same with an optimizer made from `hp`."""
    return told(text, lambda hp: dense(lambda: make(hp), text, **options)(hp))


def classifier(text: str = "Sequential, three classes", **compiling: Any) -> Build:
    """The same for three classes."""
    options = {"metrics": lambda: ["accuracy"], **compiling}
    loss = "sparse_categorical_crossentropy"
    return dense(text=text, loss=loss, outputs=3, activation="softmax", **options)


def _two(inputs: Any, outputs: Any, names: bool = True) -> tuple[Any, list[Any]]:
    left, right = keras.Input((4,), name="left"), keras.Input((2,), name="right")
    joined = layers.Concatenate()([layers.Dense(4, "relu")(left), layers.Dense(3, "relu")(right)])
    number = layers.Dense(1, "sigmoid", name="number" if names else None)(joined)
    kind = layers.Dense(3, "softmax", name="kind" if names else None)(joined)
    return inputs(left, right), outputs(number, kind)


LOSSES = {"number": "mse", "kind": "sparse_categorical_crossentropy"}


def two_lists(hp: Any) -> Any:
    """Functional, two inputs and two outputs, lists"""
    model = keras.Model(*_two(lambda *x: list(x), lambda *y: list(y)))
    weights = [1.0, hp.Float("weight", 0.1, 1.0, default=0.3)]
    model.compile(
        "adam", list(LOSSES.values()), metrics=[["mae"], ["accuracy"]], loss_weights=weights
    )
    return model


def two_dicts(hp: Any) -> Any:
    """Functional, two inputs and two outputs, dicts; losses weighted"""
    model = keras.Model(
        *_two(lambda a, b: {"left": a, "right": b}, lambda a, b: {"number": a, "kind": b})
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        LOSSES,
        metrics={"number": ["mae"], "kind": ["accuracy"]},
        loss_weights={"number": 0.5, "kind": 2.0},
    )
    return model


def two_unnamed(hp: Any) -> Any:
    """Functional, two outputs without names"""
    model = keras.Model(*_two(lambda *x: list(x), lambda *y: list(y), names=False))
    model.compile("sgd", list(LOSSES.values()), metrics=[["mae"], ["accuracy"]])
    return model


def two_weighted(hp: Any) -> Any:
    """Functional, two outputs, weighted metrics"""
    model = keras.Model(*_two(lambda *x: list(x), lambda *y: list(y)))
    model.compile(
        "adam", list(LOSSES.values()), metrics=[["mae"], []], weighted_metrics=[[], ["accuracy"]]
    )
    return model


def two_in_one_out(hp: Any) -> Any:
    """Functional, two inputs by name, one output"""
    inputs, (number, _) = _two(lambda a, b: {"left": a, "right": b}, lambda *y: list(y))
    model = keras.Model(inputs, number)
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return model


def shared_layer(hp: Any) -> Any:
    """Functional, a layer used twice, a model inside"""
    inputs = keras.Input((6,))
    halves = layers.Dense(6, "relu")
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(4, "relu")], name="inner")
    joined = layers.Add()([inner(halves(inputs)), inner(halves(halves(inputs)))])
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(joined))
    model.compile("adam", "binary_crossentropy")
    return model


def frozen(hp: Any) -> Any:
    """Functional, some layers frozen"""
    inputs = keras.Input((6,))
    first = layers.Dense(6, "relu", trainable=False)(inputs)
    hidden = layers.BatchNormalization(trainable=False)(first)
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(hidden))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    return model


def convolutional(hp: Any) -> Any:
    """Convolutions of uint8 images, random flips and shifts"""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal"),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def pooled(hp: Any) -> Any:
    """Pooling of images in the process' data format"""
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Rescaling(1 / 255), layers.GlobalAveragePooling2D()]
    )
    model.add(layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def unbuilt(hp: Any) -> Any:
    """Sequential without an Input"""
    model = keras.Sequential([layers.Dense(5, "relu"), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def adapted(hp: Any) -> Any:
    """Sequential, Normalization adapted with a knob's scale"""
    normalization = layers.Normalization()
    normalization.adapt(data.X[: data.TRAIN] * hp.Float("scale", 0.1, 10.0, default=1.0))
    model = keras.Sequential([keras.Input((6,)), normalization, layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


def looked_up(hp: Any) -> Any:
    """Strings through StringLookup and Embedding"""
    lookup = layers.StringLookup(vocabulary=np.unique(data.WORDS).tolist())
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup, layers.Embedding(6, 3)])
    model.add(layers.Flatten())
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    return model


def vectorized(hp: Any) -> Any:
    """Texts through an adapted TextVectorization"""
    vectorization = layers.TextVectorization(max_tokens=8, output_sequence_length=4)
    vectorization.adapt(data.TEXTS[: data.TRAIN, 0])
    model = keras.Sequential([keras.Input((1,), dtype="string"), vectorization])
    model.add(layers.Embedding(8, 3))
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    return model


measured = dense(
    lambda: keras.optimizers.Adam(0.02),
    "Sequential, rmse as metric",
    metrics=lambda: ["accuracy", own_models.rmse],
    weighted_metrics=lambda: ["mse"],
)
