"""Knobs of the descent: the optimizer and what only some optimizers have, the batch, the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.models.knobs.conditions import only_for, optional
from tftune.models.knobs.ranges import choice, real, whole
from tftune.models.optimizers import ADAM_FAMILY, OPTIMIZERS, SETTINGS

LOSSES = ("cross_entropy", "kl_divergence", "label_smoothing")
# 1 - beta is what matters: these lie evenly on its logarithmic scale
BETAS_2 = (0.9, 0.97, 0.99, 0.997, 0.999, 0.9997)


def optimizer(hp: Any, default: str = "adam", choices: Sequence[str] = tuple(OPTIMIZERS)) -> str:
    """Name of the optimizer, a key of `tftune.models.optimizers.OPTIMIZERS`.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among. Adadelta's learning rate scales a step that fits without it,
            so that it needs about 1, and Adagrad's falls with the steps, so that it needs about
            0.01: beside one range for all of them the search finds this out.

    Example:
        >>> import keras_tuner
        >>> optimizer(keras_tuner.HyperParameters())
        'adam'
    """
    return choice(hp, "optimizer", choices, default, OPTIMIZERS)


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
        >>> import keras_tuner
        >>> learning_rate(keras_tuner.HyperParameters(), default=3e-3)
        0.003
    """
    return real(hp, "learning_rate", minimum, maximum, default, log=True)


def momentum(hp: Any, maximum: float = 0.99, default: float = 0.9) -> float | None:
    """Share of the last step that is made again, `v = momentum * v - rate * gradient` (Polyak
    1964); exists beside SGD and RMSprop only.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        maximum: Greatest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> optimizer(hp, default="sgd"), momentum(hp)
        ('sgd', 0.9)
    """
    with only_for(hp, "optimizer", SETTINGS["momentum"]):
        return real(hp, "momentum", 0.0, maximum, default, below=1.0)


def nesterov(hp: Any, default: bool = True) -> bool | None:
    """Whether the gradient is taken where the momentum leads (Nesterov 1983; Sutskever et al.
    2013); exists beside SGD only.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> optimizer(hp), nesterov(hp)
        ('adam', None)
    """
    with only_for(hp, "optimizer", SETTINGS["nesterov"]):
        value = hp.Boolean("nesterov", default=default)
    return optional(value, bool)


def beta_1(
    hp: Any, minimum: float = 0.5, maximum: float = 0.99, default: float = 0.9
) -> float | None:
    """How slowly Adam forgets gradients, `m = beta_1 * m + (1 - beta_1) * gradient` (Kingma & Ba
    2015); exists beside Adam, AdamW, Nadam and Adamax only.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        minimum: Least value.
        maximum: Greatest value, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> beta_1(keras_tuner.HyperParameters())
        0.9
    """
    with only_for(hp, "optimizer", ADAM_FAMILY):
        return real(hp, "beta_1", minimum, maximum, default, below=1.0)


def beta_2(hp: Any, choices: Sequence[float] = BETAS_2, default: float = 0.999) -> float | None:
    """How slowly Adam forgets squares of gradients, `v = beta_2 * v + (1 - beta_2) * gradient ** 2`
    (Kingma & Ba 2015); exists beside Adam, AdamW, Nadam and Adamax only.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        choices: Values to choose among, rising; by default evenly on the logarithmic scale of 1 -
            beta_2.
        default: Value of a search's first guess, one of `choices`.

    Example:
        >>> import keras_tuner
        >>> beta_2(keras_tuner.HyperParameters())
        0.999
    """
    with only_for(hp, "optimizer", ADAM_FAMILY):
        value = hp.Choice("beta_2", list(choices), ordered=True, default=default)
    return optional(value, float)


def epsilon(
    hp: Any, minimum: float = 1e-8, maximum: float = 1e-1, default: float = 1e-7
) -> float | None:
    """What an adaptive optimizer adds to the root it divides by: the larger, the more it is plain
    momentum (Kingma & Ba 2015); searched on a logarithmic scale. SGD has none.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        minimum: Least value, above 0.
        maximum: Greatest value.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> epsilon(keras_tuner.HyperParameters())
        1e-07
    """
    with only_for(hp, "optimizer", SETTINGS["epsilon"]):
        return real(hp, "epsilon", minimum, maximum, default, log=True)


def weight_decay(
    hp: Any,
    minimum: float = 1e-5,
    maximum: float = 1e-1,
    default: float = 4e-3,
    optimizers: Sequence[str] = ("adamw",),
) -> float | None:
    """Share, times the learning rate, that each weight loses in a step, apart from the gradient
    (Loshchilov & Hutter 2019); searched on a logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in; declare `optimizer` first, if it is a knob.
        minimum: Least value, above 0.
        maximum: Greatest value.
        default: Value of a search's first guess.
        optimizers: Beside which it exists. Every optimizer of Keras can decay weights; Adam that
            does is AdamW.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> optimizer(hp, default="adamw"), weight_decay(hp)
        ('adamw', 0.004)
    """
    with only_for(hp, "optimizer", optimizers):
        return real(hp, "weight_decay", minimum, maximum, default, log=True)


def batch_size(hp: Any, minimum: int = 16, maximum: int = 128, default: int = 32) -> int:
    """Examples a training step, a power of two times `minimum`.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest examples.
        maximum: Most examples.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> batch_size(keras_tuner.HyperParameters())
        32
    """
    return whole(hp, "batch_size", minimum, maximum, default, doubles=True)


def loss(hp: Any, default: str = "cross_entropy", choices: Sequence[str] = LOSSES) -> str:
    """Name of the loss of a classifier, for `tftune.models.losses.make_loss`.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among, of `LOSSES`.

    Example:
        >>> import keras_tuner
        >>> loss(keras_tuner.HyperParameters())
        'cross_entropy'
    """
    return choice(hp, "loss", choices, default, LOSSES)


def label_smoothing(
    hp: Any, minimum: float = 0.01, maximum: float = 0.3, default: float = 0.1
) -> float | None:
    """Share of each label that is spread evenly over all classes (Szegedy et al. 2016); exists
    beside `loss` = `label_smoothing` only.

    Args:
        hp: The hyper-parameters to declare it in; declare `loss` first, if it is a knob.
        minimum: Least share, above 0.
        maximum: Greatest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> loss(hp, default="label_smoothing"), label_smoothing(hp)
        ('label_smoothing', 0.1)
    """
    with only_for(hp, "loss", ("label_smoothing",)):
        return real(hp, "label_smoothing", minimum, maximum, default, below=1.0)
