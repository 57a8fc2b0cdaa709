"""The path of the article on a dense network for MNIST: one group of knobs after the other, each
with the best so far kept.

Where the article's text and its code differ, the text is followed here, and `AS_CODED` holds what
the code does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tftune.models.optimizers import ADAM_FAMILY, OPTIMIZERS, SETTINGS

Values = Mapping[str, Any]  # of knobs

START: Values = {
    "layers": 1,
    "nodes": 32,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 128,
}
LAYERS, NODES = (1, 2, 3), (32, 128, 512)
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
PENALTIES: tuple[Values, ...] = (
    {},
    {"l2": 1e-6},
    {"l2": 1e-5},
    {"l2": 1e-4},
    {"l2": 1e-3},
    {"l1": 1e-7},
    {"l1": 1e-6},
    {"l1": 1e-5},
    {"l1": 1e-4},
)
DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
SHIFTS = (0.0, 0.04, 0.08, 0.12)
# what a knob is worth where nothing is said of it
IMPLICIT: Values = {"momentum": 0.0, "beta_1": 0.9, "dropout": 0.0, "shift": 0.0}
KERAS_RATES = {"sgd": 1e-2}  # where Keras' own default is not 0.001


@dataclass(frozen=True)
class Step:
    """One step of the path.

    Attributes:
        name: A word for files.
        title: For people.
        label: Of the axis of its values.
        options: What is tried, given the best values so far; each replaces some of them. Nothing,
            where the knob does not exist beside them.
        text: What one option is called.
    """

    name: str
    title: str
    label: str
    options: Callable[[Values], list[Values]]
    text: Callable[[Values], str]


def _optimizer(name: str) -> Values:
    values = {"optimizer": name, "learning_rate": KERAS_RATES.get(name, 1e-3)}
    # Keras' own, where tftune's default is momentum 0.9
    return values | ({"momentum": 0.0, "nesterov": False} if name == "sgd" else {})


def momentum_knob(optimizer: str) -> str | None:
    """Returns which knob is the momentum of an optimizer; None where it has none.

    Example:
        >>> momentum_knob("sgd"), momentum_knob("nadam"), momentum_knob("adagrad")
        ('momentum', 'beta_1', None)
    """
    if optimizer in SETTINGS["momentum"]:
        return "momentum"
    return "beta_1" if optimizer in ADAM_FAMILY else None


def _momenta(best: Values) -> list[Values]:
    knob = momentum_knob(best["optimizer"])
    return [] if knob is None else [{knob: value} for value in MOMENTA]


def _penalty_text(values: Values) -> str:
    return next((f"{name.upper()} {value:g}" for name, value in values.items()), "none")


def _one(knob: str, values: tuple[Any, ...]) -> Callable[[Values], list[Values]]:
    return lambda best: [{knob: value} for value in values]


def _value_text(values: Values) -> str:
    (value,) = values.values()
    return f"{value:g}"


STEPS = (
    Step(
        "layers-and-nodes",
        "Layers and nodes",
        "layers x nodes",
        lambda best: [{"layers": layers, "nodes": nodes} for layers in LAYERS for nodes in NODES],
        lambda values: f"{values['layers']} x {values['nodes']}",
    ),
    Step(
        "optimizer",
        "Optimizer",
        "optimizer, at Keras' own learning rate",
        lambda best: [_optimizer(name) for name in OPTIMIZERS],
        lambda values: str(values["optimizer"]),
    ),
    Step(
        "batch-size", "Batch size", "examples a step", _one("batch_size", BATCH_SIZES), _value_text
    ),
    Step(
        "learning-rate",
        "Learning rate",
        "learning rate",
        _one("learning_rate", LEARNING_RATES),
        _value_text,
    ),
    Step("momentum", "Momentum", "momentum (of Adam and its kin: beta 1)", _momenta, _value_text),
    Step(
        "regularisation",
        "Regularisation",
        "penalty on the weights",
        lambda best: [dict(penalty) for penalty in PENALTIES],
        _penalty_text,
    ),
    Step(
        "dropout", "Dropout", "share of activations dropped", _one("dropout", DROPOUTS), _value_text
    ),
)

# the article does not shift its pictures; a network of dense layers gains by it
BEYOND = (
    Step(
        "shift",
        "Random shifts, which the article does not have",
        "largest shift, a share of the picture",
        _one("shift", SHIFTS),
        _value_text,
    ),
)

# the article's code beside its text, on plain gradient descent and on two layers
_SGD = {**START, **_optimizer("sgd"), "nodes": 128}
AS_CODED: Mapping[str, Values] = {
    "SGD without momentum": _SGD,
    "SGD, momentum 0.9 (the text)": {**_SGD, "momentum": 0.9},
    "SGD, ema_momentum 0.9 with use_ema (the code)": {**_SGD, "ema_momentum": 0.9},
    "3 layers of 32 nodes (the text)": {**START, "layers": 3},
    "3 layers, inner ones of 784 nodes (the code)": {**START, "layers": 3, "inner_nodes": 784},
}
