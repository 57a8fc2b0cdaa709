"""From a word of the command line to a value: each converter raises `argparse.ArgumentTypeError`,
whose message is shown as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tftune.support.checks import nearest
from tftune.support.files import expanded
from tftune.support.registry import Registry
from tftune.support.texts import shown

Convert = Callable[[str], Any]
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def integer(least: int, most: int | None = None) -> Convert:
    """Returns a converter of text to an integer within bounds.

    Example:
        >>> integer(1)("8")
        8
    """

    def convert(text: str) -> int:
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"expected an integer {bounds}. Received: {text!r}.")
        return value

    return convert


def number(least: float, below: float = float("inf"), least_is_allowed: bool = False) -> Convert:
    """Returns a converter of text to a number above `least`, or equal to it if that is allowed, and
    below `below`.
    """

    def convert(text: str) -> float:
        bounds = f"{'of at least' if least_is_allowed else 'above'} {least:g}" + (
            f" and below {below:g}" if below < float("inf") else ""
        )
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not (least < value < below or (least_is_allowed and value == least)):
            raise argparse.ArgumentTypeError(f"expected a number {bounds}. Received: {text!r}.")
        return value

    return convert


def one_of(names: Iterable[str], kind: str) -> Convert:
    """Returns a converter that takes known names, and proposes the nearest for an unknown one; a
    registry also knows what other tools call its entries.
    """
    known = list(names)
    other = names.suggestion if isinstance(names, Registry) else None

    def convert(text: str) -> str:
        if text in known:
            return text
        hint = nearest(text, known) if other is None else other(text)
        raise argparse.ArgumentTypeError(
            f"unknown {kind} {shown(text)}.{hint} Expected one of: {', '.join(known)}."
        )

    return convert


def several_of(names: Iterable[str], kind: str) -> Convert:
    """Returns a converter that takes known names with commas between them, each once.

    Example:
        >>> several_of(("relu", "sigmoid"), "activation")("sigmoid, relu")
        'sigmoid,relu'
    """
    one = one_of(names, kind)

    def convert(text: str) -> str:
        found: list[str] = [one(part.strip()) for part in text.split(",")]
        if len(set(found)) < len(found):
            noun = kind.split()[-1]
            raise argparse.ArgumentTypeError(f"expected each {noun} once. Received: {text!r}.")
        return ",".join(found)

    return convert


def source(text: str) -> str:
    """Converts where data come from: a name, or a path, in which `~` is the user's home.

    Example:
        >>> source("sample")
        'sample'
    """
    is_path = text.startswith("~") or "\0" in text or not text.strip()
    return str(place(text)) if is_path else text


def place(text: str) -> Path:
    """Converts a path, in which `~` is the user's home. None is empty: that would be the current
    folder, where a variable of the shell has no value.

    Example:
        >>> place("runs/first")
        PosixPath('runs/first')
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(
            f"expected a path. Received: {text!r}. Is a variable of the shell empty? A dot is the "
            "current folder."
        )
    if "\0" in text:
        raise argparse.ArgumentTypeError(f"expected a path. Received: {shown(text)}.")
    return expanded(text)


def switch(text: str) -> bool:
    """Converts the value of an environment variable that stands for a flag without a value.

    Example:
        >>> switch("on"), switch("No")
        (True, False)
    """
    if text.lower() not in (*TRUE, *FALSE):
        raise argparse.ArgumentTypeError(
            f"expected 1 or 0, true or false, yes or no, on or off. Received: {text!r}."
        )
    return text.lower() in TRUE
