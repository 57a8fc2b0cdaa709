"""Texts of unknown origin: which encoding, how long, and one line after another.

What would fill the memory is refused while it is still bytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from tftune.errors import DataError
from tftune.support import limits
from tftune.support.whole_files import read_whole

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE = re.compile("[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]+")  # str.splitlines breaks at others, too
_WIDEST = 4  # bytes of a character in memory, where one of them is not ASCII


def lines(text: str) -> Iterator[str]:
    """Yields the lines of a text with their ends.

    Example:
        >>> list(lines("a\\r\\n\\rb\\x0b"))
        ['a\\r\\n', '\\r', 'b\\x0b']
    """
    return (found.group() for found in _LINE.finditer(text))


def decoded(path: Path) -> str:
    """Returns the text of a file: UTF-8, UTF-16 and UTF-32 by their marks, else UTF-8 or Latin-1.

    Raises:
        DataError: If the file cannot be read, is no text or holds more than is read.
    """
    try:
        content = read_whole(path, limits.TEXT)
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}. Expected a readable text file.") from error
    return decoded_bytes(content, path)


def decoded_bytes(content: bytes, path: Path) -> str:
    """Returns the text of a file's content, as `decoded` does.

    Args:
        content: What was read.
        path: What to call it in a message.

    Raises:
        DataError: If it is no text, or holds more than is read.
    """
    try:
        check_text(content)
    except DataError as error:
        raise DataError(
            f"Cannot read {path}: {error}. Expected a table or a FASTA file of peptides."
        ) from error
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:200]:  # Windows, without a mark
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    for attempt in (encoding,) if encoding else ("utf-8", "latin-1"):
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not content.startswith(b"PK\x03\x04"):
            return text
    raise DataError(
        f"Cannot read {path}: it is no text file. Expected a table with the columns sequence,label "
        "or a FASTA file, in UTF-8, UTF-16 or Latin-1. Save a table of a spreadsheet as CSV."
    )


def check_text(content: bytes) -> None:
    """Refuses a text that would fill the memory.

    Args:
        content: What was read.

    Raises:
        DataError: In a few words, to be put behind `Cannot read ...`.
    """
    limits.TEXT.check(len(content) * (1 if content.isascii() else _WIDEST))
    limits.LINES.check(max(content.count(b"\n"), content.count(b"\r")))
    _check_lines(content)


def _check_lines(content: bytes) -> None:
    """Refuses a content with a line that is too long, by looking for line ends at its distance."""
    most, place = limits.LINE.most(), 0
    while len(content) - place > most:
        end = max(content.rfind(mark, place, place + most + 1) for mark in (b"\n", b"\r"))
        if end < 0:
            ends = [content.find(mark, place) for mark in (b"\n", b"\r")]
            limits.LINE.check(min([end for end in ends if end >= 0] or [len(content)]) - place)
        place = end + 1
