"""The leaf classifier: a compact convolutional network for small RGB photographs, trained from scratch."""

from __future__ import annotations

from typing import Any

import keras

from tftune.models import knobs
from tftune.models.blocks import dropped, normalized, regularizer
from tftune.models.hypermodel import AbstractTunableModel, check_count
from tftune.models.knobs import Space
from tftune.models.optimizers import make_optimizer

MINIMUM_IMAGE_SIZE = 16
BASELINE: dict[str, int | float | str | bool] = {"batch_normalization": False, "dropout": 0.0, "l2": 0.0, "learning_rate": 1e-3}
_CORE = {"optimizer": "adam", "activation": "relu", "filters": 16, "units": 64, "depth": 4, "batch_size": 32}


def declare_leaf_knobs(hp: Any, space: Space = "core") -> dict[str, Any]:
    """Declares the knobs of a space.

    Args:
        hp: The hyper-parameters to declare them in.
        space: `"core"` or `"full"`.

    Returns:
        The value of every knob of the full space; in the core space proven values stand for the others.

    Raises:
        UsageError: If there is no such space.
    """
    knobs.check_space(space)
    full = space == "full"
    values = {
        "batch_normalization": knobs.batch_normalization(hp),
        "dropout": knobs.dropout(hp),
        "l2": knobs.l2(hp),
        "learning_rate": knobs.learning_rate(hp, maximum=3e-2 if full else 1e-2, default=2e-3),
    }
    if not full:
        return values | {name: hp.values.get(name, value) for name, value in _CORE.items()}  # fixed values reach the builder
    return values | {
        "optimizer": knobs.optimizer(hp),
        "activation": knobs.activation(hp),
        "filters": knobs.filters(hp, 8, 32, default=16),
        "units": knobs.units(hp, 32, 256, default=64),
        "depth": knobs.depth(hp, 3, 5, default=4),
        "batch_size": knobs.batch_size(hp),
    }


def build_leaf_cnn(hp: Any, image_size: int = 64, classes: int = 3, space: Space = "core") -> Any:
    """Builds and compiles the leaf classifier.

    Input: raw uint8 pixels (batch, image_size, image_size, 3). Output: probabilities (batch, classes).
    Labels are one-hot. Metrics: `accuracy` and `macro_f1`; loss: categorical cross-entropy.

    Args:
        hp: Where the knobs are declared and their values come from.
        image_size: Height and width in pixels, 16 or more.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Returns:
        A compiled `keras.Model`.

    Raises:
        UsageError: If an argument is impossible.
    """
    check_count("image_size", image_size, minimum=MINIMUM_IMAGE_SIZE)
    check_count("classes", classes, minimum=2)
    values = declare_leaf_knobs(hp, space)
    batch_normalization, activation = values["batch_normalization"], values["activation"]
    penalty = regularizer(values["l2"])

    inputs = keras.Input((image_size, image_size, 3), dtype="uint8", name="pixels")
    x = augmented(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs))  # -1 to 1
    for block in range(values["depth"]):
        width = values["filters"] * 2 ** min(block, 3)
        convolution = keras.layers.Conv2D(width, 3, padding="same", use_bias=not batch_normalization, kernel_regularizer=penalty)
        x = normalized(x, convolution, activation, batch_normalization)
        x = keras.layers.MaxPooling2D(2, padding="same")(x)  # halves the size, rounded up
    x = keras.layers.GlobalAveragePooling2D()(x)  # (batch, width)
    x = dropped(x, values["dropout"])
    dense = keras.layers.Dense(values["units"], use_bias=not batch_normalization, kernel_regularizer=penalty)
    x = dropped(normalized(x, dense, activation, batch_normalization), values["dropout"])
    outputs = keras.layers.Dense(classes, activation="softmax", name="disease")(x)  # (batch, classes)

    model = keras.Model(inputs, outputs, name="leaf_cnn")
    model.compile(
        optimizer=make_optimizer(values["optimizer"], values["learning_rate"]),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy"), keras.metrics.F1Score(average="macro", name="macro_f1")],
    )
    return model


def augmented(x: Any) -> Any:
    """Applies the random changes of a training picture under which a leaf keeps its class; at test time nothing is changed.

    Args:
        x: Pictures (batch, height, width, 3) in -1 to 1.

    Returns:
        A tensor of the same shape.
    """
    return keras.layers.RandomFlip("horizontal_and_vertical")(x)


class LeafCNN(AbstractTunableModel):
    """The leaf classifier as a `keras_tuner.HyperModel`; see `build_leaf_cnn`.

    Args:
        image_size: Height and width in pixels, 16 or more.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> LeafCNN(image_size=64).space
        'core'
    """

    default_batch_size = 32

    def __init__(self, image_size: int = 64, classes: int = 3, space: Space = "core") -> None:
        check_count("image_size", image_size, minimum=MINIMUM_IMAGE_SIZE)
        check_count("classes", classes, minimum=2)
        super().__init__(space)
        self.image_size = image_size
        self.classes = classes

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""
        declare_leaf_knobs(hp, self.space)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""
        return build_leaf_cnn(hp, self.image_size, self.classes, self.space)
