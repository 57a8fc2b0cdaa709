"""Texts from elsewhere made fit for a line: short, printable, and quoted for a shell.

Example:
    >>> one_line("first\\n  second"), quoted("runs/my run"), shown(list(range(10_000)))
    ('first second', "'runs/my run'", '[0, 1, 2, 3, 4, 5, ...]')
"""

from __future__ import annotations

import reprlib
import shlex
from collections.abc import Iterable
from typing import Any

from tftune.errors import printable

__all__ = ["as_text", "command_line", "one_line", "printable", "quoted", "shown"]


def one_line(text: str, most: int = 300) -> str:
    """Returns a text on one line, its white space as single blanks, cut at its end.

    Example:
        >>> one_line("a long message of someone", most=12)
        'a long mess\u2026'
    """
    line = " ".join(printable(text[: 8 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "\u2026"


def as_text(value: Any) -> Any:
    """Returns plain data whose texts UTF-8 can hold: bytes of a file's name that are no text are
    spelt.

    Example:
        >>> as_text({"source": "a\\udcff.csv", "sizes": [1, 2]})
        {'source': 'a\\\\udcff.csv', 'sizes': [1, 2]}
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {as_text(key): as_text(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(as_text, value))
    return value


class _Short(reprlib.Repr):
    """Knows sizes instead of contents: of arrays, frames, and whatever else has a shape."""

    def repr1(self, x: Any, level: int) -> str:
        """Returns the short form of one object."""
        shape = getattr(x, "shape", None)
        if not isinstance(x, type) and isinstance(shape, tuple) and len(shape) > 0:
            dtype = getattr(x, "dtype", None)
            return f"<{type(x).__name__} of shape {shape}{f' and dtype {dtype}' if dtype else ''}>"
        return super().repr1(x, level)


def shown(value: object, most: int = 200) -> str:
    """Returns `repr(value)` as a message quotes it: the same for what is short, else its beginning
    and end; of arrays the shape.

    Example:
        >>> shown(0.5), shown({"units": 4}), len(shown("x" * 100_000))
        ('0.5', "{'units': 4}", 200)
    """
    short = _Short()
    short.maxstring = short.maxother = short.maxlong = most
    if isinstance(value, dict):
        short.maxdict = max(short.maxdict, 8)
    try:
        text = " ".join(short.repr(value).split("\n"))
    except Exception:  # such as an integer of too many digits
        text = f"<{type(value).__name__} that cannot be shown>"
    return printable(text, most)


def quoted(word: str) -> str:
    """Returns a word as a shell reads it again, whatever characters it has.

    Example:
        >>> quoted("runs/a"), quoted("$HOME"), quoted("a\\x1bb")
        ('runs/a', "'$HOME'", "$'a\\\\x1bb'")
    """
    if printable(word) == word and "\n" not in word and "\t" not in word:
        return shlex.quote(word)
    escaped = "".join(_escaped(character) for character in word)
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if "\ud800" <= character <= "\udfff":  # a byte of a name that is no text
        return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
    plain = printable(character) == character and character not in "\n\t"
    return character if plain else character.encode("unicode_escape").decode()


def command_line(words: Iterable[object]) -> str:
    """Returns a command line that can be copied into a shell.

    Example:
        >>> command_line(["tensorboard", "--logdir", "runs/my run"])
        "tensorboard --logdir 'runs/my run'"
    """
    return " ".join(quoted(str(word)) for word in words)
