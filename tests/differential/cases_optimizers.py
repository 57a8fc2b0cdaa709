"""Cases whose optimizer is what is special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tests.differential import data
from tests.differential.case import EXACT, Case
from tests.differential.models import dense, tuned

optimizers, schedules = keras.optimizers, keras.optimizers.schedules


def of(name: str, make: Callable[[], Any], **options: Any) -> Case:
    """The usual model and data with an optimizer."""
    return Case(name, dense(make, f"Sequential, {name}"), data.arrays, EXACT, **options)


class Sawtooth(schedules.LearningRateSchedule):
    """Falls for three steps, then begins again."""

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step."""
        return 0.05 / (1.0 + tf.cast(step % 3, "float32"))

    def get_config(self) -> dict[str, Any]:
        """Returns nothing: it has no settings."""
        return {}


class Signs(optimizers.Optimizer):
    """An optimizer of the user's: goes by the gradients' signs."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Changes a variable."""
        self.assign_sub(variable, tf.cast(learning_rate, variable.dtype) * tf.sign(gradient))


def excluding(hp: Any) -> Any:
    """AdamW that leaves biases, or nothing, out of the weight decay."""
    optimizer = optimizers.AdamW(0.02, weight_decay=0.3)
    if hp.Boolean("exclude", default=False):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])
    return optimizer


decayed = dense(
    lambda: optimizers.Adam(schedules.CosineDecay(0.05, 12)),
    "Sequential, Adam with CosineDecay",
)
RULE = {"plateau_patience": 1, "plateau_factor": 0.5, "minimum_learning_rate": 1e-5}
PLATEAU = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_lr=1e-5, mode="min")

CASES = [
    of("SGD", lambda: optimizers.SGD(0.1)),
    of("SGD with Nesterov momentum", lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True)),
    of("RMSprop, centered", lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5)),
    of("Adam, amsgrad", lambda: optimizers.Adam(0.02, amsgrad=True)),
    of("Adam, other constants", lambda: optimizers.Adam(0.02, 0.8, 0.95, 1e-3, weight_decay=0.1)),
    Case(
        "AdamW with the exclusions of two trials",
        tuned(excluding, "Sequential, AdamW with exclusions by a knob"),
        data.arrays,
        EXACT,
        values=({"exclude": True}, {"exclude": False}),
        quick=(),
    ),
    Case(
        "Adam with the decay of two trials",
        tuned(
            lambda hp: optimizers.Adam(0.02, weight_decay=hp.Float("decay", 0.001, 0.5)),
            "Sequential, weight decay by a knob",
        ),
        data.arrays,
        EXACT,
        values=({"decay": 0.01}, {"decay": 0.4}),
    ),
    Case(
        "the optimizers of two trials",
        tuned(
            lambda hp: {"adam": optimizers.Adam, "sgd": optimizers.SGD}[
                hp.Choice("optimizer", ["adam", "sgd"])
            ](hp.Float("learning_rate", 1e-3, 1.0, default=0.1)),
            "Sequential, optimizer and learning rate by knobs",
        ),
        data.arrays,
        EXACT,
        values=(
            {"optimizer": "adam", "learning_rate": 0.01},
            {"optimizer": "sgd", "learning_rate": 0.5},
            {"optimizer": "adam", "learning_rate": 0.05},
        ),
    ),
    of("Adamax", lambda: optimizers.Adamax(0.02)),
    of("Nadam", lambda: optimizers.Nadam(0.02)),
    of("Adagrad", lambda: optimizers.Adagrad(0.1)),
    of("Adadelta", lambda: optimizers.Adadelta(1.0)),
    of("Adafactor", lambda: optimizers.Adafactor(0.05)),
    of("Ftrl", lambda: optimizers.Ftrl(0.1, l1_regularization_strength=0.01)),
    of("Lion", lambda: optimizers.Lion(0.01)),
    of("Lamb", lambda: optimizers.Lamb(0.02)),
    of("an optimizer of the user's", lambda: Signs(0.01)),
    of("EMA, Adam", lambda: optimizers.Adam(0.05, use_ema=True, ema_momentum=0.8), quick=(0,)),
    of(
        "EMA, SGD, overwritten",
        lambda: optimizers.SGD(0.2, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    ),
    of("clipped norms", lambda: optimizers.Adam(0.05, clipnorm=0.05)),
    of("clipped values", lambda: optimizers.SGD(0.5, clipvalue=0.02)),
    of("clipped global norm", lambda: optimizers.RMSprop(0.02, global_clipnorm=0.05)),
    of("accumulated gradients", lambda: optimizers.Adam(0.05, gradient_accumulation_steps=2)),
    Case("CosineDecay", decayed, data.arrays, EXACT),
    Case(
        "CosineDecay beside the plateau rule",
        decayed,
        data.contrary,
        EXACT | {"epochs": 5},
        tuner={"plateau_patience": 1},
        quick=(0,),
    ),
    of(
        "ExponentialDecay in steps",
        lambda: optimizers.SGD(schedules.ExponentialDecay(0.5, 4, 0.5, staircase=True)),
    ),
    of(
        "PiecewiseConstantDecay",
        lambda: optimizers.Adam(schedules.PiecewiseConstantDecay([3, 9], [0.1, 0.01, 0.001])),
    ),
    of("a schedule of the user's", lambda: optimizers.Adam(Sawtooth())),
    Case(
        "the plateau rule",
        dense(lambda: optimizers.SGD(0.2)),
        data.contrary,
        EXACT | {"epochs": 6},
        tuner=RULE,
        plain={"callbacks": [PLATEAU]},
    ),
    Case(
        "the plateau rule and validation_split",
        dense(lambda: optimizers.SGD(0.2)),
        data.without_validation(data.contrary),
        EXACT | {"epochs": 6, "validation_split": 0.25},
        tuner=RULE,
        plain={"callbacks": [PLATEAU]},
    ),
    Case(
        "early stopping",
        dense(lambda: optimizers.SGD(0.2)),
        data.contrary,
        EXACT | {"epochs": 8},
        tuner={"early_stopping_patience": 2},
        plain={"callbacks": [keras.callbacks.EarlyStopping("val_loss", patience=2, mode="min")]},
        quick=(0,),
    ),
    Case(
        "early stopping with a least gain",
        dense(lambda: optimizers.SGD(0.2)),
        data.arrays,
        EXACT | {"epochs": 8},
        tuner={"early_stopping_patience": 2, "early_stopping_min_delta": 0.05},
        plain={"callbacks": [keras.callbacks.EarlyStopping("val_loss", 0.05, 2, mode="min")]},
        quick=(),
    ),
]
