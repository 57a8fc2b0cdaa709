"""Remedies against bias and variance: which there are, what applies each, and which of them the
trials of a search support.

The lists are those of A. Ng, Machine Learning Yearning (2018), chapters 25 and 27. A knob supports
a remedy if the forest that has learnt from the trials expects a better score in the direction of
the remedy, most of its trees agreeing; among those the most important knob comes first.

Example:
    >>> [remedy.name for remedy in REMEDIES if remedy.against == "bias"][:3]
    ['a larger network', 'train longer', 'a better optimizer and learning rate']
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """One remedy.

    Attributes:
        name: What it is.
        against: `bias`, `variance` or `mismatch`.
        kinds: Of knobs that apply it, keys of `knob_kinds.KINDS`.
        change: Where such a knob goes: `up`, `down`, `on` (a switch), or `any`.
        knobs: Functions of `tftune.models.knobs` that bring such a knob.
        options: Options of the programs that apply it without a knob.
        arguments: The same for a `Tuner`: what it, or its `search`, is given.
        note: What is to be known of it, a sentence without its full stop, or "".
    """

    name: str
    against: str
    kinds: tuple[str, ...] = ()
    change: str = "any"
    knobs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    note: str = ""


LARGER, LONGER, MORE_DATA, STOP_EARLIER = (
    "a larger network",
    "train longer",
    "more training data",
    "early stopping",
)
SIZES = ("units", "filters", "depth", "layers", "nodes")
REMEDIES = (
    Remedy(LARGER, "bias", ("size",), "up", SIZES),
    Remedy(
        LONGER,
        "bias",
        ("epochs",),
        "up",
        options=("--epochs", "--early-stopping-patience"),
        arguments=("epochs", "early_stopping_patience"),
    ),
    Remedy(
        "a better optimizer and learning rate",
        "bias",
        ("rate", "schedule", "optimizer", "batch"),
        "any",
        ("learning_rate", "learning_rate_schedule", "optimizer", "momentum", "batch_size"),
    ),
    Remedy(
        "less regularisation",
        "bias",
        ("dropout", "penalty"),
        "down",
        ("dropout", "l2"),
        note="the price is more variance",
    ),
    Remedy(
        "batch normalisation",
        "bias",
        ("normalization",),
        "on",
        ("batch_normalization",),
        note="it lets higher learning rates train",
    ),
    Remedy(
        "another architecture",
        "bias",
        ("architecture",),
        "any",
        ("activation",),
        note="layers of another kind are a change of build(hp)",
    ),
    Remedy(
        MORE_DATA,
        "variance",
        options=("--data",),
    ),
    Remedy(
        "data augmentation",
        "variance",
        ("augmentation",),
        "up",
        ("shift", "input_noise"),
        note="layers of keras.layers such as RandomFlip or GaussianNoise, in build(hp)",
    ),
    Remedy(
        "L2 or L1 regularisation",
        "variance",
        ("penalty", "constraint"),
        "up",
        ("l2", "l1", "activity_l2", "weight_decay", "weight_constraint"),
    ),
    Remedy("dropout", "variance", ("dropout",), "up", ("dropout",)),
    Remedy(
        STOP_EARLIER,
        "variance",
        options=("--early-stopping-patience",),
        arguments=("early_stopping_patience",),
        note="the weights of the best epoch are kept anyway, so it mostly saves time",
    ),
    Remedy("batch normalisation", "variance", ("normalization",), "on", ("batch_normalization",)),
    Remedy(
        "a smaller network",
        "variance",
        ("size",),
        "down",
        SIZES,
        note="it risks more bias; stronger regularisation of a large network is often better",
    ),
    Remedy(
        "another architecture",
        "variance",
        ("architecture",),
        "any",
        ("activation",),
        note="layers of another kind are a change of build(hp)",
    ),
    Remedy(
        "training and validation data like those of the test",
        "mismatch",
        options=("--split", "--data"),
        note="look at the mistakes: tftune evaluate RUN --recorded",
    ),
)
