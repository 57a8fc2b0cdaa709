"""Knobs and options as a person writes them, `lr=1e-3,dropout=0.2`: names made whole, values made
what the knob needs.

Knobs are given by their records, as a journal's header holds them, so that nothing slow is
imported.

Example:
    >>> knobs = [
    ...     {"name": "learning_rate", "kind": "Float", "min": 1e-4, "max": 1e-2},
    ...     {"name": "batch_normalization", "kind": "Boolean", "default": False},
    ... ]
    >>> configuration("lr=1e-3,bn=true", knobs)
    {'learning_rate': 0.001, 'batch_normalization': True}
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.cli.converters import FALSE, TRUE
from tftune.errors import UsageError
from tftune.support.checks import nearest

Records = Sequence[Mapping[str, Any]]
_NEXT_NAME = re.compile(
    r",(?=[^,=]+=)"
)  # a comma that begins another NAME=; others belong to a value
_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def split(text: str) -> dict[str, str]:
    """Returns the pairs of `NAME=VALUE,NAME=VALUE`.

    Raises:
        argparse.ArgumentTypeError: If one is no such pair, or a name stands twice.

    Example:
        >>> split('levels={"units": 4, "rate": 3}, design=lhs')
        {'levels': '{"units": 4, "rate": 3}', 'design': 'lhs'}
    """
    pairs: dict[str, str] = {}
    for piece in _NEXT_NAME.split(text):
        name, sign, value = (part.strip() for part in piece.partition("="))
        if not (name and sign and value):
            raise argparse.ArgumentTypeError(
                f"expected NAME=VALUE, several separated by commas. Received: {text!r}."
            )
        if name in pairs:
            raise argparse.ArgumentTypeError(f"{name!r} is given twice. Received: {text!r}.")
        pairs[name] = value
    return pairs


def configurations(text: str) -> tuple[str, ...]:
    """Converts `a=1,b=2; a=3` to a text for each configuration; knobs are looked at later."""
    return tuple(_said(split(piece)) for piece in text.split(";") if piece.strip()) or _nothing(
        text
    )


def pairs(text: str) -> tuple[str, ...]:
    """Converts `a=1,b=2` to a text for each pair; semicolons separate as commas do."""
    found = tuple(
        f"{name}={value}"
        for piece in text.split(";")
        if piece.strip()
        for name, value in split(piece).items()
    )
    return found or _nothing(text)


def _said(found: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in found.items())


def _nothing(text: str) -> tuple[str, ...]:
    raise argparse.ArgumentTypeError(f"expected NAME=VALUE. Received: {text!r}.")


def configuration(text: str, knobs: Records) -> dict[str, Any]:
    """Returns the values that a text gives to knobs.

    Args:
        text: `NAME=VALUE,NAME=VALUE`; a name may be shortened, see `knob_name`.
        knobs: Records of the knobs: name, kind, values, default.

    Raises:
        UsageError: If a name is unknown or stands for several knobs, or a value is none that the
            knob can have.
    """
    try:
        given = split(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"A configuration cannot be read: {error}") from None
    values: dict[str, Any] = {}
    for short, value in given.items():
        name = knob_name(short, [knob["name"] for knob in knobs])
        if name in values:
            raise UsageError(
                f"Knob {name!r} is given twice. Expected one value. Received: {text!r}."
            )
        values[name] = _value(value, [knob for knob in knobs if knob["name"] == name])
    return values


def joined(texts: Sequence[str], knobs: Records) -> dict[str, Any]:
    """Returns the values that several texts together give to knobs, such as those of a flag that is
    repeated.

    Raises:
        UsageError: See `configuration`.
    """
    return configuration(",".join(texts), knobs) if texts else {}


def knob_name(short: str, names: Sequence[str]) -> str:
    """Returns the knob that a name means: the name itself, else the only one that begins with it,
    else the only one with these initials.

    Raises:
        UsageError: If there is none, or more than one.

    Example:
        >>> knob_name("drop", ["dropout", "depth"]), knob_name("lr", ["learning_rate", "l2"])
        ('dropout', 'learning_rate')
    """
    names = list(dict.fromkeys(names))
    if short in names:
        return short
    key = short.casefold()
    found = [name for name in names if name.casefold().startswith(key)] or [
        name for name in names if _initials(name) == key
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"The name {short!r} may mean several knobs. Expected one of: {', '.join(found)}. "
            "Write more of the name."
        )
    raise UsageError(
        f"There is no knob {short!r}.{nearest(short, names)} Expected one of: {', '.join(names)}. "
        "Correct the name."
    )


def _initials(name: str) -> str:
    return "".join(word[0] for word in _WORDS.split(name) if word).casefold()


def _value(text: str, knobs: Records) -> Any:
    """Returns the value for knobs of one name; several stand under different conditions, and the
    first kind that fits counts.
    """
    for knob in knobs:
        value = _of_kind(text, knob)
        if value is not None:
            return value
    knob = knobs[0]
    expected = {"Int": "an integer", "Float": "a number", "Boolean": "true or false"}.get(
        knob["kind"]
    )
    if expected is None:
        expected = f"one of: {', '.join(map(str, _choices(knob)))}"
    raise UsageError(
        f"Knob {knob['name']!r} cannot be {text!r}. Expected {expected}. Correct the value."
    )


def _of_kind(text: str, knob: Mapping[str, Any]) -> Any:
    kind = knob["kind"]
    if kind in ("Int", "Float"):
        return _number(text, kind == "Int")
    choices = _choices(knob)
    said = [choice for choice in choices if str(choice) == text] or [
        choice for choice in choices if _means(text, choice)
    ]
    if said:
        return said[0]
    if kind == "Fixed" and isinstance(choices[0], int | float) and not isinstance(choices[0], bool):
        return _number(
            text, False
        )  # another number than it is fixed at: that is judged where both are known
    return text if kind == "Fixed" and isinstance(choices[0], str) else None


def _choices(knob: Mapping[str, Any]) -> list[Any]:
    if knob["kind"] == "Boolean":
        return [False, True]
    return [knob["default"]] if knob["kind"] == "Fixed" else list(knob["values"])


def _means(text: str, choice: Any) -> bool:
    if isinstance(choice, bool):
        return text.lower() in (TRUE if choice else FALSE)
    if isinstance(choice, int | float):
        return _number(text, False) == choice
    return False


def _number(text: str, whole: bool) -> int | float | None:
    try:
        value = int(text) if whole and "e" not in text.lower() and "." not in text else float(text)
        if not math.isfinite(value) or (whole and value != int(value)):
            return None
        return int(value) if whole else float(value)
    except (ValueError, OverflowError):  # also of more digits than a float holds
        return None


def option_value(what: str, text: str, annotation: str) -> Any:
    """Returns the value of an option of a search method or scheduler.

    Args:
        what: How a message calls it.
        text: As the person wrote it.
        annotation: The type that the constructor declares, such as `int | None`.

    Raises:
        UsageError: If it is not of the type.

    Example:
        >>> option_value("factor", "4", "int"), option_value("share", "1", "float | None")
        (4, 1.0)
        >>> option_value("levels", '{"units": 4}', "Any")
        {'units': 4}
    """
    kinds = [kind.strip() for kind in re.sub(r"\[[^\]]*\]", "", annotation).split("|")]
    if "None" in kinds and text.lower() == "none":
        return None
    if "bool" in kinds and text.lower() in (
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        *(() if "int" in kinds else ("0", "1")),
    ):
        return text.lower() in TRUE
    for kind in ("int", "float"):
        value = _number(text, kind == "int") if kind in kinds else None
        if value is not None:
            return value
    if "str" in kinds or "Literal" in kinds:
        return text
    if set(kinds) <= {"int", "float", "bool", "None"} and kinds != [""]:
        raise UsageError(
            f"{what} needs a value of type {annotation}. Received: {text!r}. Correct the value."
        )
    try:
        return json.loads(text)
    except ValueError:
        return text
