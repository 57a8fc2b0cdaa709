"""The optimizers that the knob `optimizer` chooses among, and which settings each of them has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from tftune.errors import UsageError
from tftune.support.checks import check_choice, check_number


def sgd_with_momentum(
    learning_rate: float, momentum: float = 0.9, nesterov: bool = True, **others: Any
) -> Any:
    """Returns stochastic gradient descent with Nesterov momentum 0.9 (Sutskever et al. 2013),
    unless other settings are given.
    """
    return keras.optimizers.SGD(learning_rate, momentum=momentum, nesterov=nesterov, **others)


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": sgd_with_momentum,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    # decoupled weight decay 0.004, Keras' default, besides the L2 knob
    "adamw": keras.optimizers.AdamW,
    "adagrad": keras.optimizers.Adagrad,
    "nadam": keras.optimizers.Nadam,
    "adadelta": keras.optimizers.Adadelta,
    "adamax": keras.optimizers.Adamax,
}
# those that the spaces "full" of tftune's models choose among
USUAL = ("sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam")
ADAM_FAMILY = ("adam", "adamw", "nadam", "adamax")
# of which optimizers each setting is one
SETTINGS: dict[str, Sequence[str]] = {
    "momentum": ("sgd", "rmsprop"),
    "nesterov": ("sgd",),
    "beta_1": ADAM_FAMILY,
    "beta_2": ADAM_FAMILY,
    "epsilon": tuple(name for name in OPTIMIZERS if name != "sgd"),
    "weight_decay": tuple(OPTIMIZERS),
    "ema_momentum": tuple(OPTIMIZERS),
}


def make_optimizer(name: str, learning_rate: float, **settings: float | bool | None) -> Any:
    """Returns a new optimizer.

    Args:
        name: A key of `OPTIMIZERS`.
        learning_rate: Step size, above 0.
        **settings: Those of `SETTINGS` that the optimizer has; None leaves its default.
            `ema_momentum` switches on the moving average of the weights, `use_ema` of Keras, which
            is no momentum.

    Raises:
        UsageError: If the name is unknown, the learning rate is not above 0 or the optimizer lacks
            a setting.

    Example:
        >>> make_optimizer("sgd", 0.01).momentum
        0.9
        >>> make_optimizer("adam", 0.01, beta_1=0.8, momentum=None).beta_1
        0.8
    """
    check_choice("optimizer", name, OPTIMIZERS)
    check_number("learning_rate", learning_rate, low=0, above=True, example=0.001)
    given = {setting: value for setting, value in settings.items() if value is not None}
    for setting in given:
        check_choice("an optimizer's setting", setting, SETTINGS)
        if name not in SETTINGS[setting]:
            has = ", ".join(one for one, optimizers in SETTINGS.items() if name in optimizers)
            raise UsageError(
                f"The optimizer {name!r} has no {setting}. Expected only settings that it has: "
                f"{has}. Received: {setting}={given[setting]!r}. Leave it out, pass None, or "
                f"choose one of {', '.join(SETTINGS[setting])}."
            )
    if "ema_momentum" in given:
        given["use_ema"] = True
    return OPTIMIZERS[name](learning_rate, **given)
