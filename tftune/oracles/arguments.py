"""Checks on the options of a search method that are no counts; for counts see `tftune.oracles.base.check_count`."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tftune.errors import UsageError


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Checks that an argument is one of the known names.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_choice("selection", "tournament", ["tournament", "rank"])
    """
    known = list(known)
    if value not in known:
        raise UsageError(f"{name} must be one of {', '.join(known)}. Received: {value!r}. Pass for example {name}={known[0]!r}.")


def check_number(name: str, value: object, low: float, high: float = math.inf, above: bool = False, example: float | None = None) -> None:
    """Checks that an argument is a finite number from `low` to `high`, or above `low` up to `high`.

    Args:
        name: Of the argument.
        value: What was given.
        low: Least number.
        high: Greatest number.
        above: Whether `low` itself is refused.
        example: A number to suggest; None for `low`.

    Raises:
        UsageError: If it is not.

    Example:
        >>> check_number("mutation_rate", 0.1, 0.0, 1.0)
    """
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= high or (above and value == low):  # type: ignore[operator]
        least = f"{'above' if above else 'of at least'} {low}"
        most = "" if high == math.inf else f" and at most {high}"
        hint = f"Pass for example {name}={low if example is None else example}."
        raise UsageError(f"{name} must be a number {least}{most}. Received: {value!r}. {hint}")
