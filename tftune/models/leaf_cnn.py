"""The leaf classifier: a compact convolutional network for small RGB photographs, trained from
scratch.

At 64 pixels and with the default knobs, 191,859 parameters:

    Rescaling, random flips, rotation, contrast   (64, 64, 3)
    Conv2D 16x5x5, stride 2, pool 2               (16, 16, 16)
    Conv2D 32x3x3, pool 2                         (8, 8, 32)
    Conv2D 64x3x3, pool 2                         (4, 4, 64)
    Conv2D 96x3x3, pool 2                         (2, 2, 96)
    Conv2D 128x3x3, average                       (128,)
    Dense 3 softmax

The stride of the first convolution pays for the depth: without it a training step took 2.7 times as
long (four blocks, one core). The full space knows two other bodies (`tftune.models.leaf_bodies`),
and random views whose strength is a knob (`tftune.models.augmentation`) in place of the flips.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tftune.models import knobs
from tftune.models.blocks import dropped, normalized, regularizer, varied
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import Space
from tftune.models.knobs.conditions import only_for
from tftune.models.leaf_bodies import BODIES, FILTER_FACTORS
from tftune.models.losses import make_loss
from tftune.models.optimizers import USUAL, make_optimizer
from tftune.models.picture_views import check_views, with_views
from tftune.models.raw_images import image_model
from tftune.support.checks import check_count

__all__ = ["BASELINE", "FILTER_FACTORS", "LeafCNN", "augmented", "build_leaf_cnn"]
__all__ += ["declare_leaf_knobs"]

MINIMUM_IMAGE_SIZE = 16
BASELINE: dict[str, int | float | str | bool] = {
    "batch_normalization": False,
    "dropout": 0.0,
    "l2": 0.0,
    "learning_rate": 1e-3,
}
VALUE_RANGE = (-1.0, 1.0)  # of the pixels that the first convolution sees
# what stands for the knobs that a space does not declare; None leaves Keras' own value
DEFAULTS: dict[str, Any] = {
    "optimizer": "adam",
    "weight_decay": None,
    "activation": "relu",
    "architecture": "compact",
    "augmentation": None,  # a strength, or None: flips, rotation and contrast
    "filters": 16,
    "units": 0,
    "depth": 5,
    "batch_size": 32,
    "loss": "cross_entropy",
    "label_smoothing": None,
}


def declare_leaf_knobs(hp: Any, space: Space = "core", earlier: bool = False) -> dict[str, Any]:
    """Declares the knobs of a space.

    Args:
        hp: The hyper-parameters to declare them in.
        space: `"core"` or `"full"`.
        earlier: Whether the full space is that of tftune 0.3, for a search that began with it: it
            had neither bodies, augmentation, schedules, weight decay nor losses.

    Returns:
        The value of every knob of the full space; where one is not declared, a proven value stands
        for it.

    Raises:
        UsageError: If there is no such space.
    """
    knobs.check_space(space)
    full = space == "full"
    values: dict[str, Any] = {
        "batch_normalization": knobs.batch_normalization(hp),
        "dropout": knobs.dropout(hp),
        "l2": knobs.l2(hp),
        "learning_rate": knobs.learning_rate(hp, maximum=3e-2 if full else 1e-2, default=2e-3),
    }
    if full:
        values |= {
            "optimizer": knobs.optimizer(hp, choices=USUAL),
            "activation": knobs.activation(hp, choices=knobs.ACTIVATIONS[:5]),
            "filters": knobs.filters(hp, 8, 32, default=16),
            "units": knobs.units(hp, (0, 32, 64, 128), default=0),
            "depth": knobs.depth(hp, 3, 5, default=5),
            "batch_size": knobs.batch_size(hp),
        }
    if full and not earlier:
        values |= {
            "weight_decay": knobs.weight_decay(hp),
            "loss": knobs.loss(hp, choices=("cross_entropy", "label_smoothing")),
            "label_smoothing": knobs.label_smoothing(hp),
            "architecture": knobs.architecture(hp),
        }
        with only_for(hp, "architecture", ("plain", "residual")):
            values["augmentation"] = knobs.augmentation(hp)
        knobs.learning_rate_schedule(hp, default="cosine")  # what trains finds it by its knobs
    # fixed values reach the builder
    others = {name: hp.values.get(name, DEFAULTS[name]) for name in DEFAULTS if name not in values}
    return values | others


def build_leaf_cnn(
    hp: Any,
    image_size: int = 64,
    classes: int = 3,
    space: Space = "core",
    earlier: bool = False,
) -> Any:
    """Builds and compiles the leaf classifier.

    Input: raw uint8 pixels (batch, image_size, image_size, 3). Output: probabilities (batch,
    classes). Labels are one-hot. Metrics: `accuracy` and `macro_f1`; loss: categorical
    cross-entropy, in the full space also with smoothed labels.

    Args:
        hp: Where the knobs are declared and their values come from.
        image_size: Height and width in pixels, 16 or more.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).
        earlier: Whether the full space is that of tftune 0.3.

    Returns:
        A compiled `keras.Model`.

    Raises:
        UsageError: If an argument is impossible.
    """
    check_count("image_size", image_size, least=MINIMUM_IMAGE_SIZE)
    check_count("classes", classes, least=2)
    values = declare_leaf_knobs(hp, space, earlier)
    inputs = keras.Input((image_size, image_size, 3), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)  # -1 to 1
    strength = values["augmentation"]
    x = augmented(x) if strength is None else varied(x, strength, VALUE_RANGE)
    # (batch, filters of the last block)
    x = keras.layers.GlobalAveragePooling2D()(BODIES[values["architecture"]](x, values))
    x = dropped(x, values["dropout"])
    if values["units"]:
        options = {
            "use_bias": not values["batch_normalization"],
            "kernel_regularizer": regularizer(values["l2"]),
        }
        x = normalized(
            x,
            keras.layers.Dense(values["units"], **options),
            values["activation"],
            values["batch_normalization"],
        )
        x = dropped(x, values["dropout"])
    # (batch, classes)
    outputs = keras.layers.Dense(classes, activation="softmax", name="disease")(x)

    model = keras.Model(inputs, outputs, name="leaf_cnn")
    decay = {"weight_decay": values["weight_decay"]}
    model.compile(
        optimizer=make_optimizer(values["optimizer"], values["learning_rate"], **decay),
        loss=make_loss(values["loss"], label_smoothing=values["label_smoothing"]),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.F1Score(average="macro", name="macro_f1"),
        ],
    )
    # otherwise the training step is traced a second time, for want of variables
    model.optimizer.build(model.trainable_variables)
    return model


def augmented(x: Any) -> Any:
    """Applies the random changes of a training picture under which a leaf keeps its class; at test
    time nothing is changed.

    A leaf may lie at any angle: the rotation raised the accuracy on held-out photographs from 0.74
    to 0.84 (mean of two folds of four of the training and validation splits, one run each, 30
    epochs).

    Args:
        x: Pictures (batch, height, width, 3) in -1 to 1.

    Returns:
        A tensor of the same shape.
    """
    x = keras.layers.RandomFlip("horizontal_and_vertical")(x)
    x = keras.layers.RandomRotation(0.5, fill_mode="reflect")(x)  # up to half a turn to either side
    return keras.layers.RandomContrast(0.25, value_range=(-1.0, 1.0))(x)


class LeafCNN(AbstractTunableModel):
    """The leaf classifier as a `keras_tuner.HyperModel`, built by `build_leaf_cnn`.

    Args:
        image_size: Height and width in pixels, 16 or more.
        classes: Number of classes, 2 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).
        views: Of how many views of a picture the prediction of the trained model is the mean: 1,
            the picture; 4, its flips; 8, its flips and quarter turns (`picture_views.py`). Training
            and its validation see one.

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> LeafCNN(image_size=64).space
        'core'
    """

    default_batch_size = 32
    views = 1
    _earlier = False

    def __init__(
        self, image_size: int = 64, classes: int = 3, space: Space = "core", views: int = 1
    ) -> None:
        check_count("image_size", image_size, least=MINIMUM_IMAGE_SIZE)
        check_count("classes", classes, least=2)
        check_views(views, image_size, image_size)
        super().__init__(space)
        self.image_size = image_size
        self.classes = classes
        if views != 1:  # else the model is told in a journal as before there were views
            self.views = views

    def with_earlier_knobs(self) -> LeafCNN:
        """Lets the full space be that of tftune 0.3, for a search that began with it."""
        self._earlier = True
        return self

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""
        declare_leaf_knobs(hp, self.space, self._earlier)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""
        return build_leaf_cnn(hp, self.image_size, self.classes, self.space, self._earlier)

    def for_prediction(self, model: Any) -> Any:
        """Returns the mean over the views of what a trained model predicts."""
        return with_views(model, self.views)

    def for_raw_input(self, model: Any, class_names: Sequence[str] | None = None) -> Any:
        """Returns the model that takes images of any size and depth, as raw_images.py makes it; its
        prediction is that of `for_prediction`.
        """
        return image_model(self.for_prediction(model), class_names)
