"""Knobs that hold a network back: dropout, noise, views of pictures, penalties, constraints of the
weights.

A logarithmic range cannot reach 0; at its lower end a penalty is negligible. A fixed 0, as in
`fixed_values(l1=0.0)`, means no penalty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.models.knobs.conditions import only_for
from tftune.models.knobs.ranges import choice, real

CONSTRAINTS = ("none", "max_norm", "unit_norm", "min_max_norm")


def dropout(hp: Any, maximum: float = 0.5, default: float = 0.2) -> float:
    """Share of activations set to zero while training, 0 to `maximum` (Srivastava et al. 2014).

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Largest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> dropout(keras_tuner.HyperParameters(), default=0.3)
        0.3
    """
    return real(hp, "dropout", 0.0, maximum, default, below=1.0)


def input_noise(hp: Any, maximum: float = 0.5, default: float = 0.0) -> float:
    """Standard deviation of Gaussian noise that is added to the inputs while training.

    For small noise and the squared error this is a penalty on the gradient of the output with
    respect to the input (Bishop 1995). `tftune.models.blocks.noised` adds it.

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Largest deviation, in units of the inputs, which should be of the order of 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> input_noise(keras_tuner.HyperParameters(), default=0.1)
        0.1
    """
    return real(hp, "input_noise", 0.0, maximum, default)


def shift(hp: Any, maximum: float = 0.15, default: float = 0.0) -> float:
    """Largest random shift of a picture while training, a share of its height and width.

    Each picture of each epoch is moved up or down and left or right by a random share of at most
    this much, so a network that does not know of neighbouring pixels learns that a moved digit is
    the same digit (Simard, Steinkraus & Platt 2003). `tftune.models.blocks.shifted` moves it.

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Largest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> shift(keras_tuner.HyperParameters(), default=0.08)
        0.08
    """
    return real(hp, "shift", 0.0, maximum, default, below=1.0)


def augmentation(hp: Any, maximum: float = 1.0, default: float = 0.5) -> float:
    """Strength of the random views that pictures are shown in while training, from 0, the picture
    as it is, to 1: any angle, both flips, sections of a third to all of the area, other colours.

    One number stands for all of them, so that a search has one knob more and not seven. The formula
    is that of `tftune.models.augmentation.Augmentation`, which `tftune.models.blocks.varied` puts
    into a model. The more epochs a trial has, the greater is the strength that pays.

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Greatest strength, at most 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> augmentation(keras_tuner.HyperParameters(), default=0.8)
        0.8
    """
    return real(hp, "augmentation", 0.0, maximum, default)


def l2(hp: Any, minimum: float = 1e-6, maximum: float = 1e-2, default: float = 1e-5) -> float:
    """Strength of the L2 penalty, `strength * sum(weight ** 2)` added to the loss; searched on a
    logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest strength, above 0; at 1e-6 the penalty is negligible here.
        maximum: Largest strength.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> l2(keras_tuner.HyperParameters())
        1e-05
    """
    return _penalty(hp, "l2", minimum, maximum, default)


def l1(hp: Any, minimum: float = 1e-7, maximum: float = 1e-3, default: float = 1e-6) -> float:
    """Strength of the L1 penalty, `strength * sum(abs(weight))`, which drives weights to 0
    (Tibshirani 1996); searched on a logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest strength, above 0.
        maximum: Largest strength.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> l1(keras_tuner.HyperParameters())
        1e-06
    """
    return _penalty(hp, "l1", minimum, maximum, default)


def activity_l1(
    hp: Any, minimum: float = 1e-7, maximum: float = 1e-3, default: float = 1e-6
) -> float:
    """Strength of an L1 penalty on what a layer puts out, not on its weights: activations become
    sparse (Glorot, Bordes & Bengio 2011). Searched on a logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest strength, above 0.
        maximum: Largest strength.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> activity_l1(keras_tuner.HyperParameters())
        1e-06
    """
    return _penalty(hp, "activity_l1", minimum, maximum, default)


def activity_l2(
    hp: Any, minimum: float = 1e-7, maximum: float = 1e-2, default: float = 1e-6
) -> float:
    """Strength of an L2 penalty on what a layer puts out: activations stay small (Merity, McCann &
    Socher 2017). Searched on a logarithmic scale.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Smallest strength, above 0.
        maximum: Largest strength.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> activity_l2(keras_tuner.HyperParameters())
        1e-06
    """
    return _penalty(hp, "activity_l2", minimum, maximum, default)


def _penalty(hp: Any, name: str, minimum: float, maximum: float, default: float) -> float:
    return real(hp, name, minimum, maximum, default, log=True)


def weight_constraint(hp: Any, default: str = "none", choices: Sequence[str] = CONSTRAINTS) -> str:
    """Name of the constraint that the weights of each unit obey after each step, for
    `tftune.models.parts.make_constraint`.

    `max_norm` bounds the length of a unit's incoming weights by the knob `max_norm` (Srebro &
    Shraibman 2005; Srivastava et al. 2014), `unit_norm` makes it 1, `min_max_norm` holds it between
    the knobs `smallest_norm` and `largest_norm`.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among, of `CONSTRAINTS`.

    Example:
        >>> import keras_tuner
        >>> weight_constraint(keras_tuner.HyperParameters())
        'none'
    """
    return choice(hp, "weight_constraint", choices, default, CONSTRAINTS)


def max_norm(
    hp: Any, minimum: float = 0.5, maximum: float = 5.0, default: float = 3.0
) -> float | None:
    """Greatest length of a unit's weights; exists beside `weight_constraint` = `max_norm` only.

    Args:
        hp: The hyper-parameters to declare it in; declare `weight_constraint` first.
        minimum: Least value, above 0.
        maximum: Greatest value.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> weight_constraint(hp, default="max_norm"), max_norm(hp)
        ('max_norm', 3.0)
    """
    with only_for(hp, "weight_constraint", ("max_norm",)):
        return real(hp, "max_norm", minimum, maximum, default, log=True)


def smallest_norm(hp: Any, maximum: float = 1.0, default: float = 0.0) -> float | None:
    """Least length of a unit's weights; exists beside `weight_constraint` = `min_max_norm` only.

    Args:
        hp: The hyper-parameters to declare it in; declare `weight_constraint` first.
        maximum: Greatest value of this least length.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> weight_constraint(hp), smallest_norm(hp)
        ('none', None)
    """
    with only_for(hp, "weight_constraint", ("min_max_norm",)):
        return real(hp, "smallest_norm", 0.0, maximum, default)


def largest_norm(
    hp: Any, minimum: float = 1.0, maximum: float = 5.0, default: float = 3.0
) -> float | None:
    """Greatest length of a unit's weights; exists beside `weight_constraint` = `min_max_norm` only.

    Args:
        hp: The hyper-parameters to declare it in; declare `weight_constraint` first.
        minimum: Least value, not below that of `smallest_norm`.
        maximum: Greatest value.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> weight_constraint(hp, default="min_max_norm"), largest_norm(hp)
        ('min_max_norm', 3.0)
    """
    with only_for(hp, "weight_constraint", ("min_max_norm",)):
        return real(hp, "largest_norm", minimum, maximum, default, log=True)
