"""Checks of a scheduler's options: one message says what was wrong, what was expected, what was received and what to do."""

from __future__ import annotations

import math
import numbers

from tftune.errors import UsageError


def check_count(name: str, value: object, least: int, optional: bool = False) -> None:
    """Checks that an option is an integer of at least `least`, or None where that is allowed.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_count("factor", 1, least=2)
        Traceback (most recent call last):
        tftune.errors.UsageError: factor must be an integer of at least 2. Received: 1. Pass for example factor=2.
    """
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        expected = f"an integer of at least {least}{' or None' if optional else ''}"
        raise UsageError(f"{name} must be {expected}. Received: {value!r}. Pass for example {name}={least}.")


def check_number(name: str, value: object, above: float = -math.inf, below: float = math.inf, example: float = 0.5) -> None:
    """Checks that an option is a finite number strictly between two bounds.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_number("threshold", 2, above=0, below=1, example=0.05)
        Traceback (most recent call last):
        tftune.errors.UsageError: threshold must be a number between 0 and 1, both excluded. Received: 2. Pass for example threshold=0.05.
    """
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not math.isfinite(float(value)) or not above < float(value) < below:  # type: ignore[arg-type]
        between = f"a number between {above} and {below}, both excluded" if math.isfinite(above) else "a finite number"
        raise UsageError(f"{name} must be {between}. Received: {value!r}. Pass for example {name}={example}.")
