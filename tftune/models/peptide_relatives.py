"""The second peptide classifier: a network that asks the relatives of a peptide.

    Relatives                        votes of the training peptides, composition, 29 numbers (97)
    Dropout, Dense 128, normalised, relu
    Dropout, Dense 64, relu
    Dropout, Dense 1 sigmoid
    OwnRows                          what rows of the very sequence said, if there were any

It trains on each different sequence once, with the mean of its labels and the weight sqrt(count):
what a peptide was measured to be five times is not five peptides. A peptide of the training rows
does not see itself among its relatives. The optimizer is AdamW; its rate rises in the first 15 % of
the steps and falls to zero with a cosine (I. Loshchilov and F. Hutter, 2017 and 2019).

**A saved model contains the training peptides**, since they are the bank that is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tftune.models import knobs
from tftune.models.blocks import dropped, regularizer
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.knobs import Space
from tftune.models.optimizers import make_optimizer
from tftune.models.own_rows import OwnRows, fitted_concentration
from tftune.models.parts import activation_layer
from tftune.models.rank_metrics import AveragePrecision, ExactAUC, save_for_plain_keras
from tftune.models.raw_peptides import peptide_model
from tftune.models.relatives import Relatives
from tftune.models.schedules import Cosine
from tftune.models.training_sequences import TrainingSequences, training_sequences
from tftune.support.checks import check_count

BASELINE: dict[str, int | float | str | bool] = {
    "batch_normalization": False,
    "dropout": 0.4,
    "l2": 0.0,
    "learning_rate": 3e-3,
}
_CORE = {
    "optimizer": "adamw",
    "activation": "relu",
    "units": 128,
    "layers": 2,
    "batch_size": 128,
    "weight_decay": 0.1,
}
_SCHEDULE = Cosine(warmup=0.15, final=0.0)
CAPACITY = 10_000  # sequences
_OPTIMIZERS = ("adamw", "adam", "nadam", "sgd")


def declare_relatives_knobs(hp: Any, space: Space = "core") -> dict[str, Any]:
    """Declares the knobs of a space.

    Args:
        hp: The hyper-parameters to declare them in.
        space: `"core"` or `"full"`.

    Returns:
        The value of every knob of the full space but those of the schedule; in the core space the
        measured values stand for the others.

    Raises:
        UsageError: If there is no such space.
    """
    knobs.check_space(space)
    full = space == "full"
    values = {
        "batch_normalization": knobs.batch_normalization(hp, default=False),
        "dropout": knobs.dropout(hp, maximum=0.6, default=0.4),
        "l2": knobs.l2(hp, minimum=1e-6, maximum=1e-2, default=1e-5),
        "learning_rate": knobs.learning_rate(hp, minimum=3e-4, maximum=3e-2, default=3e-3),
    }
    if not full:
        # fixed values reach the builder
        return values | {name: hp.values.get(name, value) for name, value in _CORE.items()}
    knobs.learning_rate_schedule(hp, default="cosine")
    return values | {
        "optimizer": knobs.optimizer(hp, default="adamw", choices=_OPTIMIZERS),
        "weight_decay": knobs.weight_decay(hp, minimum=1e-3, maximum=1.0, default=0.1),
        "activation": knobs.activation(hp, choices=knobs.ACTIVATIONS[:5]),
        "units": knobs.units(hp, (32, 64, 128, 256), default=128),
        "layers": knobs.layers(hp, 1, 3, default=2),
        "batch_size": knobs.batch_size(hp, default=128),
    }


def build_peptide_relatives(
    hp: Any, width: int = 190, capacity: int = CAPACITY, space: Space = "core"
) -> Any:
    """Builds and compiles the network; its bank is filled when `PeptideRelatives` trains it.

    Input, output, loss and metrics are those of `build_peptide_cnn`. A saved model needs
    `import tftune.models.peptide_relatives` before `keras.models.load_model`.

    Args:
        hp: Where the knobs are declared and their values come from.
        width: Positions of a sequence, 1 or more.
        capacity: The most different training sequences.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Returns:
        A compiled `keras.Model`.

    Raises:
        UsageError: If `width`, `capacity` or `space` is impossible.
    """
    check_count("width", width, least=1)
    values = declare_relatives_knobs(hp, space)
    inputs = keras.Input((width,), dtype="int32", name="sequence")
    x, own = Relatives(capacity, width, name="relatives")(inputs)  # (batch, 97), (batch, 2)
    x = dropped(x, values["dropout"] / 2)
    for layer in range(values["layers"]):
        x = keras.layers.Dense(
            max(values["units"] // 2**layer, 1), kernel_regularizer=regularizer(values["l2"])
        )(x)
        if values["batch_normalization"]:
            x = keras.layers.BatchNormalization(momentum=0.9)(x)
        elif layer == 0:
            x = keras.layers.LayerNormalization()(x)
        x = activation_layer(values["activation"])(x)
        x = dropped(x, values["dropout"])
    x = keras.layers.Dense(1, activation="sigmoid", name="by_others")(x)
    outputs = OwnRows(name="hemolytic")([x, own])  # (batch, 1)
    model = keras.Model(inputs, outputs, name="peptide_relatives")
    decay = {"weight_decay": values["weight_decay"]} if values["weight_decay"] else {}
    model.compile(
        optimizer=make_optimizer(values["optimizer"], values["learning_rate"], **decay),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[
            ExactAUC(name="auc"),
            AveragePrecision(name="pr_auc"),
            keras.metrics.BinaryAccuracy(name="accuracy"),
        ],
        jit_compile=False,
    )
    save_for_plain_keras(model)
    model.optimizer.build(model.trainable_variables)
    return model


class PeptideRelatives(AbstractTunableModel):
    """The network as a `keras_tuner.HyperModel`, built by `build_peptide_relatives`.

    Args:
        width: Positions of a sequence, 1 or more.
        capacity: The most different training sequences, 1 or more.
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If an argument is impossible.

    Example:
        >>> from tftune.models.knobs import fixed_values
        >>> model = PeptideRelatives(width=50, capacity=100).build(fixed_values(**BASELINE))
        >>> sum(weight.shape.num_elements() for weight in model.trainable_weights)
        21121
    """

    default_batch_size = 128

    def __init__(self, width: int = 190, capacity: int = CAPACITY, space: Space = "core") -> None:
        check_count("width", width, least=1)
        check_count("capacity", capacity, least=1)
        super().__init__(space)
        self.width, self.capacity = width, capacity
        self.default_schedule = _SCHEDULE if space == "core" else None  # else there are knobs

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""
        declare_relatives_knobs(hp, self.space)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`, with an empty bank."""
        return build_peptide_relatives(hp, self.width, self.capacity, self.space)

    def prepare_fit(
        self, hp: Any, model: Any, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Fills the bank with the training rows of this call, and with nothing else; returns the
        call that trains on each of their sequences once.
        """
        found = training_sequences(arguments, options)
        fill_bank(model, found)
        return (), found.call(options)

    def end_fit(self, model: Any) -> None:
        """Forgets what was computed for this call."""
        _layer(model, Relatives).forget()

    def for_raw_input(self, model: Any, class_names: Sequence[str] | None = None) -> Any:
        """Returns the model that takes sequences of letters, as raw_peptides.py makes it."""
        return peptide_model(model, class_names)


def fill_bank(model: Any, found: TrainingSequences) -> None:
    """Fills the bank of a model, and lets it look up what it tells of the training sequences and of
    those that validate: labels of these are not looked at.

    Args:
        model: As `build_peptide_relatives` returned it.
        found: The training rows.
    """
    relatives = _layer(model, Relatives)
    votes = relatives.fill(found.codes, found.positives, found.counts)
    concentration = fitted_concentration(votes, found.positives, found.counts)
    _layer(model, OwnRows).concentration.assign(concentration)
    held: NDArray[Any] | None = _codes(found.validation)
    if held is not None:
        relatives.remember(np.unique(held.astype(np.uint8), axis=0))
    relatives.release()


def _codes(validation: Any) -> NDArray[Any] | None:
    first = validation[0] if isinstance(validation, tuple | list) and len(validation) else None
    return np.asarray(first) if hasattr(first, "__array__") and hasattr(first, "shape") else None


def _layer(model: Any, kind: type) -> Any:
    return next(layer for layer in model.layers if isinstance(layer, kind))
