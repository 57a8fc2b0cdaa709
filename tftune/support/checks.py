"""Checks of arguments: one message says what was wrong, what was expected, what was received and
what to do.
"""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable

from tftune.errors import UsageError
from tftune.support.texts import shown

_LONGEST_NAME = 100  # characters; comparing longer ones takes long


def check_count(name: str, value: object, least: int, optional: bool = False) -> None:
    """Checks that an argument is an integer of at least `least`, or None where that is allowed.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_count("factor", 1, least=2)  # doctest: +NORMALIZE_WHITESPACE
        Traceback (most recent call last):
        tftune.errors.UsageError: factor must be an integer of at least 2. Received: 1. Pass for
        example factor=2.
    """
    if value is None and optional:
        return
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)  # NumPy's, too
    if not whole or value < least:  # type: ignore[operator]
        expected = f"an integer of at least {least}{' or None' if optional else ''}"
        raise UsageError(
            f"{name} must be {expected}. Received: {shown(value)}. Pass for example {name}={least}."
        )


def check_number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    above: bool = False,
    below: bool = False,
    example: float = 0.5,
) -> None:
    """Checks that an argument is a finite number between two bounds.

    Args:
        name: Of the argument.
        value: What was given.
        low: Least number.
        high: Greatest number.
        above: Whether `low` itself is refused.
        below: Whether `high` itself is refused.
        example: A number to suggest.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_number("rate", 2, 0, 1, above=True)  # doctest: +NORMALIZE_WHITESPACE
        Traceback (most recent call last):
        tftune.errors.UsageError: rate must be a number above 0 and at most 1. Received: 2. Pass for
        example rate=0.5.
    """
    number = (
        float(value)
        if isinstance(value, numbers.Real) and not isinstance(value, bool)
        else math.nan
    )
    inside = (
        low <= number <= high and not (above and number == low) and not (below and number == high)
    )
    if not (inside and math.isfinite(number)):
        bounds = [f"{'above' if above else 'of at least'} {low:g}"] if low > -math.inf else []
        bounds += [f"{'below' if below else 'at most'} {high:g}"] if high < math.inf else []
        expected = f"a number {' and '.join(bounds)}" if bounds else "a finite number"
        raise UsageError(
            f"{name} must be {expected}. Received: {shown(value)}. Pass for example "
            f"{name}={example}."
        )


def check_choice(name: str, value: object, known: Iterable[str], optional: bool = False) -> None:
    """Checks that an argument is one of the known names, or None where that is allowed.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_choice("selection", "tournament", ["tournament", "rank"])
    """
    known = list(known)
    if value not in known and not (value is None and optional):
        raise UsageError(
            f"{name} must be one of {', '.join(known)}{' or None' if optional else ''}. Received: "
            f"{shown(value)}.{nearest(value, known)} Pass for example {name}={known[0]!r}."
        )


def check_flag(name: str, value: object) -> None:
    """Checks that an argument is True or False.

    Raises:
        UsageError: If it is neither.

    Example:
        >>> check_flag("scramble", True)
    """
    if not isinstance(value, bool):
        raise UsageError(
            f"{name} must be True or False. Received: {shown(value)}. Pass for example {name}=True."
        )


def nearest(text: object, known: Iterable[str]) -> str:
    """Returns ` Did you mean ...?` or nothing.

    Example:
        >>> nearest("--max-trial", ["--max-trials", "--seed"])
        " Did you mean '--max-trials'?"
    """
    if not isinstance(text, str) or len(text) > _LONGEST_NAME:
        return ""
    names = {str(name).casefold(): str(name) for name in known}
    near = difflib.get_close_matches(text.casefold(), names, n=1)
    found = [names[name] for name in near]
    return f" Did you mean {found[0]!r}?" if found else ""


def shortened(value: object, limit: int = 80) -> str:
    """Returns the `repr` of a value, cut where it is long: a message never quotes a whole array.

    Example:
        >>> shortened(list(range(1000)), limit=20)
        '[0, 1, 2, 3, 4, 5...'
    """
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape is not None and dtype is not None:
        return f"{type(value).__name__} of shape {tuple(shape)} and dtype {dtype}"
    if isinstance(value, list | tuple | dict | set | str | bytes) and len(value) > limit:
        items = list(value)[:limit] if isinstance(value, dict | set) else value[:limit]
        return " ".join(repr(items).split())[: limit - 3] + "..."
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
