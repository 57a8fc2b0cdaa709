"""The value that a knob has where another tool, or a table, says something else for it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from tftune.space.knob import Knob, Value

_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NEAR = 1e-6  # of a step or a number: what a table rounds away
_LAST = 1e-12  # of a number: its last digits
_MISSING = ("", "nan", "none", "null", "n/a", "na", "<na>")
_TRUE, _FALSE = ("true", "1", "1.0", "yes"), ("false", "0", "0.0", "no")


def value_of(knob: Knob, given: Any) -> Value | None:
    """Returns the value that a knob has where another tool says `given`, or None if it can have
    none such.

    Example:
        >>> value_of(Knob("norm", "Boolean", False, choices=(False, True)), "true")
        True
        >>> value_of(Knob("rate", "Float", 0.1, low=0.1, high=1.0), "1e9") is None
        True
    """
    if knob.choices:
        return _choice(knob.choices, given)
    number = number_of(given)
    if number is None:
        return None
    # a table rounds, and what a program computes by logarithms misses an end by the last digits
    slack = (_NEAR if isinstance(given, str) else _LAST) * min(
        max(abs(knob.low), abs(knob.high)), abs(number)
    )
    if not knob.low - slack <= number <= knob.high + slack:
        return None
    return min(max(number, knob.low), knob.high)


def is_moved(knob: Knob, value: Value) -> bool:
    """Returns whether a value that `value_of` returned stands between two steps.

    Example:
        >>> is_moved(Knob("units", "Int", 8, low=8, high=64, step=8), 17)
        True
    """
    if isinstance(value, str) or knob.choices:
        return False
    step = float(knob.step or 1) if knob.kind == "Int" or knob.sampling == "linear" else abs(value)
    width = step if knob.kind == "Int" or knob.step is not None else abs(value)
    return abs(float(knob.canonical(value)) - value) > _NEAR * width


def is_missing(given: Any) -> bool:
    """Returns whether a table says by this that a knob had no value.

    Example:
        >>> is_missing("NaN"), is_missing(None), is_missing("relu")
        (True, True, False)
    """
    return given is None or (isinstance(given, str) and given.strip().lower() in _MISSING)


def _choice(choices: Sequence[Value], given: Any) -> Value | None:
    same = [choice for choice in choices if type(choice) is type(given) and choice == given]
    text, number = _text(given), number_of(given)
    same += [choice for choice in choices if str(choice) == text]
    for choice in choices:
        if isinstance(choice, bool):
            same += [choice] * (text.lower() in (_TRUE if choice else _FALSE))
        elif isinstance(choice, int | float) and number is not None and number == choice:
            same.append(choice)
    return same[0] if same else None


def _text(given: Any) -> str:
    try:
        return str(given)
    except ValueError:  # an integer of too many digits
        return ""


def number_of(given: Any) -> int | float | None:
    """Returns a finite number that a float can hold, also where a text says it, or None."""
    if isinstance(given, bool):
        return None
    if isinstance(given, str):
        try:
            given = int(given) if _WHOLE.fullmatch(given) else float(given)
        except ValueError:
            return None
    if not isinstance(given, int | float):
        return None
    try:
        return given if math.isfinite(given) else None
    except OverflowError:
        return None
