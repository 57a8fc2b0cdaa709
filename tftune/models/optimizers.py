"""The six optimizers that the knob `optimizer` chooses among."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tftune.support.checks import check_choice, check_number


def sgd_with_momentum(learning_rate: float) -> Any:
    """Returns stochastic gradient descent with Nesterov momentum 0.9 (Sutskever et al. 2013)."""
    return keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True)


OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "sgd": sgd_with_momentum,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    # decoupled weight decay 0.004, Keras' default, besides the L2 knob
    "adamw": keras.optimizers.AdamW,
    "adagrad": keras.optimizers.Adagrad,
    "nadam": keras.optimizers.Nadam,
}


def make_optimizer(name: str, learning_rate: float) -> Any:
    """Returns a new optimizer.

    Args:
        name: A key of `OPTIMIZERS`.
        learning_rate: Step size, above 0.

    Raises:
        UsageError: If the name is unknown or the learning rate is not above 0.

    Example:
        >>> make_optimizer("sgd", 0.01).momentum
        0.9
    """
    check_choice("optimizer", name, OPTIMIZERS)
    check_number("learning_rate", learning_rate, low=0, above=True, example=0.001)
    return OPTIMIZERS[name](learning_rate)
