"""Declares a knob after a look at its range, so that a mistake is told in the words of its call."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar, cast

from tftune.errors import UsageError
from tftune.models.knobs.conditions import optional
from tftune.support.checks import check_choice, check_count, check_number
from tftune.support.texts import shown

Plain = TypeVar("Plain")


def real(
    hp: Any,
    name: str,
    minimum: float,
    maximum: float,
    default: float,
    log: bool = False,
    below: float = math.inf,
) -> float:
    """Declares a real number and returns its value; None where the knob does not apply, as in a
    `conditional_scope` of another value.

    Args:
        hp: The hyper-parameters to declare it in.
        name: Of the knob.
        minimum: Least value, 0 or more; above 0 on a logarithmic scale.
        maximum: Greatest value.
        default: Value of a search's first guess.
        log: Whether it is searched on a logarithmic scale.
        below: What every value is below.

    Raises:
        UsageError: If the range is none.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> real(hp, "dropout", 0.0, 0.5, 0.1, below=1.0)
        0.1
        >>> real(hp, "l2", 0.0, 0.1, 1e-3, log=True)  # doctest: +NORMALIZE_WHITESPACE
        Traceback (most recent call last):
        tftune.errors.UsageError: The knob 'l2' cannot be declared: minimum must be a number above
        0. Received: 0.0. Pass for example minimum=0.1.
    """
    with_bounds = {"high": below, "below": below < math.inf}
    _told(name, check_number, "minimum", minimum, 0, above=log, example=0.1, **with_bounds)
    _told(name, check_number, "maximum", maximum, minimum, example=0.5, **with_bounds)
    sampling = "log" if log else "linear"
    return plain(hp.Float(name, minimum, maximum, sampling=sampling, default=default), float)


def whole(
    hp: Any, name: str, minimum: int, maximum: int, default: int, doubles: bool = False
) -> int:
    """Declares a whole number and returns its value, or None as `real` does.

    Args:
        hp: The hyper-parameters to declare it in.
        name: Of the knob.
        minimum: Least value; 1 or more where it doubles.
        maximum: Greatest value.
        default: Value of a search's first guess.
        doubles: Whether the values are `minimum` times the powers of two.

    Raises:
        UsageError: If the range is none.

    Example:
        >>> import keras_tuner
        >>> whole(keras_tuner.HyperParameters(), "layers", 1, 4, 2)
        2
    """
    _told(name, check_count, "minimum", minimum, 1 if doubles else 0)
    _told(name, check_count, "maximum", maximum, minimum)
    options = {"step": 2, "sampling": "log"} if doubles else {}
    return plain(hp.Int(name, minimum, maximum, default=default, **options), int)


def choice(hp: Any, name: str, choices: Sequence[str], default: str, known: Collection[str]) -> str:
    """Declares a name among known ones and returns it, or None as `real` does.

    Args:
        hp: The hyper-parameters to declare it in.
        name: Of the knob.
        choices: Names to choose among.
        default: Value of a search's first guess, one of them.
        known: All names that there are.

    Raises:
        UsageError: If a choice is none of them, or the default none of the choices.

    Example:
        >>> import keras_tuner
        >>> choice(keras_tuner.HyperParameters(), "loss", ["mse"], "mse", ["mse", "mae"])
        'mse'
    """
    if isinstance(choices, str) or not choices:
        raise UsageError(
            f"The knob {name!r} cannot be declared: it needs names to choose among. Expected "
            f"choices=[...], of {', '.join(known)}. Received: {shown(choices)}. Pass a list."
        )
    for each in choices:
        _told(name, check_choice, "choices", each, known)
    _told(name, check_choice, "default", default, choices)
    return plain(hp.Choice(name, list(choices), default=default), str)


def plain(value: Any, kind: Callable[[Any], Plain]) -> Plain:
    """Returns the value of a knob as a plain one; None, of a knob that does not apply, stays.

    Example:
        >>> plain(1, float)
        1.0
    """
    return cast(Plain, optional(value, kind))


def _told(knob: str, check: Callable[..., None], *arguments: Any, **options: Any) -> None:
    try:
        check(*arguments, **options)
    except UsageError as error:
        raise UsageError(f"The knob {knob!r} cannot be declared: {error}") from None
