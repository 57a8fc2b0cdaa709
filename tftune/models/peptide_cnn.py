"""The peptide classifier: the convolutional network of the hyper-parameter chapter of "Deep
Learning for Molecules and Materials".

Width 190 and the baseline give exactly 60,929 parameters:

    Embedding(21, 16)                336   (190, 16)
    Conv1D 16x5, pool 4            1,296   (46, 16)
    Conv1D 16x3, pool 2              784   (22, 16)
    Conv1D 16x3, pool 2, flatten     784   (160,)
    Dense 256 relu                41,216
    Dense 64 tanh                 16,448
    Dense 1 sigmoid                   65

Convolutions and pooling are unpadded ("valid"), as there. Narrower sequences are filled on the
right with code 0, which is the padding of the data itself, up to the width that leaves one position
(44 for three blocks): a model of width 40 is one of width 44.

White, A. D. "Deep learning for molecules and materials", LiveCoMS 3 (2022); chapter "Hyperparameter
Tuning" by Mehrad Ansari.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tftune.models import knobs
from tftune.models.blocks import dropped, normalized, regularizer
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import Space
from tftune.models.optimizers import USUAL, make_optimizer
from tftune.models.rank_metrics import AveragePrecision, ExactAUC, save_for_plain_keras
from tftune.models.raw_peptides import peptide_model
from tftune.support.checks import check_count

CODES = 21  # padding and the 20 amino acids
EMBEDDING = 16
POOL_SIZES = (4, 2)  # of the first block, of every later block
KERNEL_SIZES = (5, 3)

BASELINE: dict[str, int | float | str | bool] = {
    "batch_normalization": False,
    "dropout": 0.0,
    "l2": 0.0,
    "learning_rate": 1e-3,
}
_CORE = {
    "optimizer": "adam",
    "activation": "relu",
    "filters": 16,
    "units": 256,
    "depth": 3,
    "batch_size": 64,
}


def minimum_width(depth: int) -> int:
    """Returns the narrowest input that leaves one position after `depth` blocks.

    Example:
        >>> minimum_width(3)
        44
    """
    width = 1
    for block in reversed(range(depth)):
        width = width * POOL_SIZES[min(block, 1)] + KERNEL_SIZES[min(block, 1)] - 1
    return width


def declare_peptide_knobs(hp: Any, space: Space = "core") -> dict[str, Any]:
    """Declares the knobs of a space.

    Args:
        hp: The hyper-parameters to declare them in.
        space: `"core"` or `"full"`.

    Returns:
        The value of every knob of the full space; in the core space the chapter's values stand for
        the others.

    Raises:
        UsageError: If there is no such space.
    """
    knobs.check_space(space)
    full = space == "full"
    values = {
        "batch_normalization": knobs.batch_normalization(hp),
        "dropout": knobs.dropout(hp, default=0.3),
        # two dense layers only; the chapter tries 0.01 and 0.1
        "l2": knobs.l2(hp, minimum=1e-5, maximum=1e-1, default=1e-3),
        "learning_rate": knobs.learning_rate(hp, maximum=3e-2 if full else 1e-2),
    }
    if not full:
        # fixed values reach the builder
        return values | {name: hp.values.get(name, value) for name, value in _CORE.items()}
    return values | {
        "optimizer": knobs.optimizer(hp, choices=USUAL),
        "activation": knobs.activation(hp, choices=knobs.ACTIVATIONS[:5]),
        "filters": knobs.filters(hp, 8, 64, default=16),
        "units": knobs.units(hp, (32, 64, 128, 256, 512), default=256),
        "depth": knobs.depth(hp, 1, 4, default=3),
        "batch_size": knobs.batch_size(hp, default=64),
    }


def build_peptide_cnn(hp: Any, width: int = 190, space: Space = "core") -> Any:
    """Builds and compiles the peptide classifier.

    Input: integers (batch, width), 0 = padding, 1 to 20 = amino acids. Output: probability of
    hemolysis (batch, 1). Metrics: `auc` and `pr_auc` (average precision), both exact, as
    scikit-learn has them, and `accuracy`; loss: binary cross-entropy. A saved model loads in plain
    Keras, with `keras.metrics.AUC` for the first two.

    Args:
        hp: Where the knobs are declared and their values come from.
        width: Positions of a sequence, 1 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Returns:
        A compiled `keras.Model`.

    Raises:
        UsageError: If `width` or `space` is impossible.
    """
    check_count("width", width, least=1)
    values = declare_peptide_knobs(hp, space)
    batch_normalization, activation, depth = (
        values["batch_normalization"],
        values["activation"],
        values["depth"],
    )

    inputs = keras.Input((width,), dtype="int32", name="sequence")
    x = inputs
    if width < minimum_width(depth):
        x = keras.ops.pad(x, ((0, 0), (0, minimum_width(depth) - width)))  # code 0 is padding
    x = keras.layers.Embedding(CODES, EMBEDDING)(x)  # (batch, width, 16)
    for block in range(depth):
        convolution = keras.layers.Conv1D(
            values["filters"], KERNEL_SIZES[min(block, 1)], use_bias=not batch_normalization
        )
        x = normalized(x, convolution, activation, batch_normalization)
        x = keras.layers.MaxPooling1D(POOL_SIZES[min(block, 1)])(x)
    x = keras.layers.Flatten()(x)
    for units, hidden_activation in ((values["units"], activation), (values["units"] // 4, "tanh")):
        x = dropped(x, values["dropout"])
        dense = keras.layers.Dense(
            units, use_bias=not batch_normalization, kernel_regularizer=regularizer(values["l2"])
        )
        x = normalized(x, dense, hidden_activation, batch_normalization)
    x = dropped(x, values["dropout"])
    outputs = keras.layers.Dense(1, activation="sigmoid", name="hemolytic")(x)  # (batch, 1)

    model = keras.Model(inputs, outputs, name="peptide_cnn")
    model.compile(
        optimizer=make_optimizer(values["optimizer"], values["learning_rate"]),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[
            ExactAUC(name="auc"),
            AveragePrecision(name="pr_auc"),
            keras.metrics.BinaryAccuracy(name="accuracy"),
        ],
        jit_compile=False,  # XLA, which Keras takes on a GPU, cannot keep all predictions
    )
    save_for_plain_keras(model)
    # otherwise the training step is traced a second time, for want of variables
    model.optimizer.build(model.trainable_variables)
    return model


class PeptideCNN(AbstractTunableModel):
    """The peptide classifier as a `keras_tuner.HyperModel`, built by `build_peptide_cnn`.

    Args:
        width: Positions of a sequence, 1 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> from tftune.models.knobs import fixed_values
        >>> PeptideCNN().build(fixed_values(**BASELINE)).count_params()
        60929
    """

    default_batch_size = 64

    def __init__(self, width: int = 190, space: Space = "core") -> None:
        check_count("width", width, least=1)
        super().__init__(space)
        self.width = width

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""
        declare_peptide_knobs(hp, self.space)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""
        return build_peptide_cnn(hp, self.width, self.space)

    def for_raw_input(self, model: Any, class_names: Sequence[str] | None = None) -> Any:
        """Returns the model that takes sequences of letters, as raw_peptides.py makes it."""
        return peptide_model(model, class_names)
