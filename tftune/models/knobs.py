"""Knobs: what may be tuned, one function each; every function declares one hyper-parameter and
returns its value.

A knob is declared once under its own name, so a value fixed beforehand wins: `fixed_values(l2=0.0)`
switches L2 off although its logarithmic range cannot reach 0.

Example:
    >>> import keras_tuner
    >>> hp = keras_tuner.HyperParameters()
    >>> dropout(hp), learning_rate(hp)
    (0.2, 0.001)
    >>> sorted(hp.values)
    ['dropout', 'learning_rate']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras_tuner

from tftune.models.optimizers import OPTIMIZERS
from tftune.support.checks import check_choice

Space = Literal["core", "full"]
SPACES: tuple[Space, ...] = ("core", "full")
ACTIVATIONS = ("relu", "elu", "gelu", "silu", "tanh")


def check_space(space: str) -> None:
    """Refuses a name that is no space.

    Args:
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If it is neither.
    """
    check_choice("space", space, SPACES)


def fixed_values(**values: int | float | str | bool) -> keras_tuner.HyperParameters:
    """Returns hyper-parameters with the given values fixed; a builder declares the others around
    them.

    Args:
        **values: Value of each knob; they may lie outside the range that a search uses, as `l2=0.0`
            does.

    Example:
        >>> hp = fixed_values(l2=0.0)
        >>> l2(hp)
        0.0
    """
    hp = keras_tuner.HyperParameters()
    for name, value in values.items():
        hp.Fixed(name, value)
    return hp


def batch_normalization(hp: Any, default: bool = True) -> bool:
    """Whether batch normalisation stands between each linear map and its non-linearity.

    `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and variance over the batch;
    `beta` takes the place of the bias beneath, which is dropped (Ioffe & Szegedy 2015, section
    3.2).

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.

    Example:
        >>> batch_normalization(keras_tuner.HyperParameters())
        True
    """
    return bool(hp.Boolean("batch_normalization", default=default))


def dropout(hp: Any, maximum: float = 0.5, default: float = 0.2) -> float:
    """Share of activations set to zero while training, 0 to `maximum` (Srivastava et al. 2014).

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Largest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> dropout(keras_tuner.HyperParameters(), default=0.3)
        0.3
    """
    return float(hp.Float("dropout", 0.0, maximum, default=default))


def l2(hp: Any, minimum: float = 1e-6, maximum: float = 1e-2, default: float = 1e-5) -> float:
    """Strength of the L2 penalty, `strength * sum(weight ** 2)` added to the loss; searched on a
    logarithmic scale.

    A logarithmic range cannot reach 0; at 1e-6 the penalty is negligible here. A fixed 0
    (`fixed_values(l2=0.0)`) means no penalty.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest strength, above 0.
        maximum: Largest strength.
        default: Value of a search's first guess.

    Example:
        >>> l2(keras_tuner.HyperParameters())
        1e-05
    """
    return float(hp.Float("l2", minimum, maximum, sampling="log", default=default))


def learning_rate(
    hp: Any, minimum: float = 1e-4, maximum: float = 1e-2, default: float = 1e-3
) -> float:
    """Step size of the optimizer, searched on a logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest step size, above 0.
        maximum: Largest step size.
        default: Value of a search's first guess.

    Example:
        >>> learning_rate(keras_tuner.HyperParameters(), default=3e-3)
        0.003
    """
    return float(hp.Float("learning_rate", minimum, maximum, sampling="log", default=default))


def optimizer(hp: Any, default: str = "adam") -> str:
    """Name of the optimizer, a key of `tftune.models.optimizers.OPTIMIZERS`.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.

    Example:
        >>> optimizer(keras_tuner.HyperParameters())
        'adam'
    """
    return str(hp.Choice("optimizer", list(OPTIMIZERS), default=default))


def batch_size(hp: Any, minimum: int = 16, maximum: int = 128, default: int = 32) -> int:
    """Examples a training step, a power of two times `minimum`.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest examples.
        maximum: Most examples.
        default: Value of a search's first guess.

    Example:
        >>> batch_size(keras_tuner.HyperParameters())
        32
    """
    return int(hp.Int("batch_size", minimum, maximum, step=2, sampling="log", default=default))


def activation(hp: Any, default: str = "relu") -> str:
    """Name of the non-linearity of the hidden layers, one of `ACTIVATIONS`.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.

    Example:
        >>> activation(keras_tuner.HyperParameters())
        'relu'
    """
    return str(hp.Choice("activation", list(ACTIVATIONS), default=default))


def filters(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of filters of the first convolution, a power of two times `minimum`.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest filters.
        maximum: Most filters.
        default: Value of a search's first guess.

    Example:
        >>> filters(keras_tuner.HyperParameters(), 8, 32, default=16)
        16
    """
    return int(hp.Int("filters", minimum, maximum, step=2, sampling="log", default=default))


def units(hp: Any, choices: Sequence[int], default: int) -> int:
    """Number of units of the first hidden dense layer.

    Args:
        hp: The hyper-parameters to declare it in.
        choices: Numbers to choose among, in rising order; 0 stands for no such layer where the
            model allows that.
        default: Value of a search's first guess, one of `choices`.

    Example:
        >>> units(keras_tuner.HyperParameters(), (32, 64, 128, 256), default=256)
        256
    """
    return int(hp.Choice("units", list(choices), ordered=True, default=default))


def depth(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of blocks of convolution and pooling.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest blocks.
        maximum: Most blocks.
        default: Value of a search's first guess.

    Example:
        >>> depth(keras_tuner.HyperParameters(), 2, 5, default=4)
        4
    """
    return int(hp.Int("depth", minimum, maximum, default=default))
