"""The digit classifier: a dense network of equal layers, for small pictures.

With 28 x 28 grey pixels and the baseline, 669,706 parameters:

    Rescaling, flatten                     (784,)
    Dense 512 relu           401,920       (512,)
    Dense 512 relu           262,656       (512,)
    Dense 10 softmax           5,130

The layers of the network have all the same number of nodes, as in the article from which
`python -m tftune.mnist knob-by-knob` takes its path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tftune.models import knobs
from tftune.models.blocks import dropped, noised, normalized, shifted
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import Space
from tftune.models.losses import make_loss
from tftune.models.optimizers import SETTINGS, make_optimizer
from tftune.models.parts import make_constraint, make_regularizer
from tftune.models.raw_images import image_model
from tftune.support.checks import check_choice, check_count

CHANNELS = (1, 3)
BASELINE: dict[str, int | float | str | bool] = {
    "batch_normalization": False,
    "dropout": 0.0,
    "l2": 0.0,
    "learning_rate": 1e-3,
}
# what stands for the knobs that a space does not declare; None leaves Keras' own value
DEFAULTS: dict[str, Any] = {
    "layers": 2,
    "nodes": 512,
    "inner_nodes": None,  # of all layers but the first, where they differ
    "activation": "relu",
    "initializer": "glorot_uniform",
    "optimizer": "adam",
    **dict.fromkeys(SETTINGS),
    "batch_size": 64,
    "loss": "cross_entropy",
    "label_smoothing": None,
    "l1": 0.0,
    "activity_l2": 0.0,
    "input_noise": 0.0,
    "shift": 0.0,
    "weight_constraint": "none",
    "max_norm": None,
    "smallest_norm": None,
    "largest_norm": None,
}


def declare_digit_knobs(hp: Any, space: Space = "core") -> dict[str, Any]:
    """Declares the knobs of a space.

    Args:
        hp: The hyper-parameters to declare them in.
        space: `"core"` or `"full"`.

    Returns:
        The value of every knob of the full space; in the core space defaults stand for the others.

    Raises:
        UsageError: If there is no such space.
    """
    knobs.check_space(space)
    full = space == "full"
    values: dict[str, Any] = {
        "batch_normalization": knobs.batch_normalization(hp),
        "dropout": knobs.dropout(hp),
        "l2": knobs.l2(hp),
        "learning_rate": knobs.learning_rate(hp, maximum=1e-1 if full else 1e-2),
    }
    if full:
        values |= {
            "layers": knobs.layers(hp, 1, 4, default=2),
            "nodes": knobs.nodes(hp, 32, 1024, default=512),
            "activation": knobs.activation(hp),
            "initializer": knobs.initializer(hp),
            "optimizer": knobs.optimizer(hp),
            "momentum": knobs.momentum(hp),
            "nesterov": knobs.nesterov(hp),
            "beta_1": knobs.beta_1(hp),
            "beta_2": knobs.beta_2(hp),
            "epsilon": knobs.epsilon(hp),
            "weight_decay": knobs.weight_decay(hp),
            "batch_size": knobs.batch_size(hp, 16, 512, default=64),
            "loss": knobs.loss(hp),
            "label_smoothing": knobs.label_smoothing(hp),
            "l1": knobs.l1(hp),
            "activity_l2": knobs.activity_l2(hp),
            "input_noise": knobs.input_noise(hp),
            "shift": knobs.shift(hp),
            "weight_constraint": knobs.weight_constraint(hp),
            "max_norm": knobs.max_norm(hp),
            "smallest_norm": knobs.smallest_norm(hp),
            "largest_norm": knobs.largest_norm(hp),
        }
        knobs.learning_rate_schedule(hp)  # what trains finds it by its knobs
    # fixed values reach the builder
    others = {name: hp.values.get(name, DEFAULTS[name]) for name in DEFAULTS if name not in values}
    return values | others


def build_digit_mlp(
    hp: Any,
    height: int = 28,
    width: int = 28,
    channels: int = 1,
    classes: int = 10,
    space: Space = "core",
) -> Any:
    """Builds and compiles the digit classifier.

    Args:
        hp: Where the knobs are declared and their values come from.
        height: Rows of a picture.
        width: Columns of a picture.
        channels: 1 for grey pictures, 3 for coloured ones.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Returns:
        What `digit_network` returns.

    Raises:
        UsageError: If an argument is impossible.
    """
    return digit_network(declare_digit_knobs(hp, space), height, width, channels, classes)


def digit_network(
    values: Mapping[str, Any],
    height: int = 28,
    width: int = 28,
    channels: int = 1,
    classes: int = 10,
) -> Any:
    """Builds and compiles the digit classifier of given values.

    Input: raw uint8 pixels (batch, height, width, channels). Output: probabilities (batch,
    classes). Labels are one-hot. Metrics: `accuracy` and `macro_f1`.

    Args:
        values: Of knobs; `BASELINE` and `DEFAULTS` stand for those that are left out.
        height: Rows of a picture.
        width: Columns of a picture.
        channels: 1 for grey pictures, 3 for coloured ones.
        classes: Number of classes, 2 or more.

    Returns:
        A compiled `keras.Model`.

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> digit_network({"layers": 1, "nodes": 32}, 8, 8).count_params()  # 65 * 32 + 33 * 10
        2410
    """
    _check(height, width, channels, classes)
    values = {**DEFAULTS, **BASELINE, **values}
    inputs = keras.Input((height, width, channels), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1 / 255)(inputs)  # 0 to 1
    x = noised(shifted(x, values["shift"]), values["input_noise"])
    x = keras.layers.Flatten()(x)
    for layer in range(values["layers"]):
        nodes = values["nodes"] if layer == 0 else values["inner_nodes"] or values["nodes"]
        x = normalized(
            x, _dense(nodes, values), values["activation"], values["batch_normalization"]
        )
        x = dropped(x, values["dropout"])
    outputs = keras.layers.Dense(classes, activation="softmax", name="digit")(x)

    model = keras.Model(inputs, outputs, name="digit_mlp")
    settings = {name: values[name] for name in SETTINGS}
    model.compile(
        optimizer=make_optimizer(values["optimizer"], values["learning_rate"], **settings),
        loss=make_loss(values["loss"], label_smoothing=values["label_smoothing"]),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.F1Score(average="macro", name="macro_f1"),
        ],
    )
    # otherwise the training step is traced a second time, for want of variables
    model.optimizer.build(model.trainable_variables)
    return model


def _dense(nodes: int, values: Mapping[str, Any]) -> Any:
    norms = (values[name] for name in ("max_norm", "smallest_norm", "largest_norm"))
    return keras.layers.Dense(
        nodes,
        use_bias=not values["batch_normalization"],
        kernel_initializer=values["initializer"],
        kernel_regularizer=make_regularizer(values["l1"], values["l2"]),
        activity_regularizer=make_regularizer(l2=values["activity_l2"]),
        kernel_constraint=make_constraint(values["weight_constraint"], *norms),
    )


def _check(height: int, width: int, channels: int, classes: int) -> None:
    check_count("height", height, least=1)
    check_count("width", width, least=1)
    check_choice("channels", str(channels), [str(number) for number in CHANNELS])
    check_count("classes", classes, least=2)


class DigitMLP(AbstractTunableModel):
    """The digit classifier as a `keras_tuner.HyperModel`, built by `build_digit_mlp`.

    Args:
        height: Rows of a picture.
        width: Columns of a picture.
        channels: 1 for grey pictures, 3 for coloured ones.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> from tftune.models.knobs import fixed_values
        >>> DigitMLP().build(fixed_values(**BASELINE)).count_params()
        669706
    """

    default_batch_size = 64

    def __init__(
        self,
        height: int = 28,
        width: int = 28,
        channels: int = 1,
        classes: int = 10,
        space: Space = "core",
    ) -> None:
        _check(height, width, channels, classes)
        super().__init__(space)
        self.height, self.width, self.channels = height, width, channels
        self.classes = classes

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""
        declare_digit_knobs(hp, self.space)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""
        return build_digit_mlp(hp, self.height, self.width, self.channels, self.classes, self.space)

    def for_raw_input(self, model: Any, class_names: Sequence[str] | None = None) -> Any:
        """Returns the model that takes images of any size and depth, as raw_images.py makes it."""
        return image_model(model, class_names)
