"""Counts what a picture's file is made of, before Pillow reads it one part after another: a file
may hold millions of parts of a few bytes, or tell the same pixels thousands of times.

Example:
    >>> check_parts(b"GIF89a" + bytes(7) + b"!\\xfe\\x01a\\x01b\\x00,")
    >>> check_parts(b"\\x89PNG\\r\\n\\x1a\\n" + (bytes(4) + b"tEXt" + bytes(4)) * 100_001)
    Traceback (most recent call last):
    tftune.errors.DataError: it has 100,001 parts, and at most 100,000 are read; if you trust it, \
set TFTUNE_MAX_PARTS
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tftune.support import limits

_SCAN = b"\xff\xda"  # begins a scan of a JPEG; never within one


def check_parts(content: bytes) -> None:
    """Refuses a file of too many parts.

    Args:
        content: Of a picture in any format.

    Raises:
        DataError: In a few words.
    """
    parts = next((each for mark, each in _PARTS.items() if content.startswith(mark)), None)
    most = limits.PARTS.most()
    count = 0
    for count, _ in enumerate(parts(content) if parts else (), start=1):
        if count > most:
            break
    limits.PARTS.check(count)


def check_scans(content: bytes, pixels: int) -> None:
    """Refuses a JPEG that tells its pixels too often.

    Args:
        content: Of a picture in any format.
        pixels: How many it has.

    Raises:
        DataError: In a few words.
    """
    if content.startswith(b"\xff\xd8"):
        limits.SCANS.check(content.count(_SCAN) * pixels)


def _chunks(content: bytes) -> Iterator[None]:
    """Of a PNG: length, name, content, checksum."""
    place = 8
    while place < len(content):
        place += 12 + int.from_bytes(content[place : place + 4])
        yield


def _segments(content: bytes) -> Iterator[None]:
    """Of a JPEG, up to its pixels: mark, length with itself, content."""
    place = 2
    while place < len(content) and content[place : place + 2] != _SCAN:
        is_mark = content[place] == 0xFF and content[place + 1 : place + 2] != b"\xff"
        place += 2 + int.from_bytes(content[place + 2 : place + 4]) if is_mark else 1
        yield


def _blocks(content: bytes) -> Iterator[None]:
    """Of a GIF, up to its pixels: extensions of blocks, each with its length before it; and
    whatever else Pillow passes over, byte by byte.
    """
    place = 13 + (3 * (2 << (content[10] & 7)) if content[10:11] >= b"\x80" else 0)
    while place < len(content) and content[place : place + 1] != b",":
        yield
        is_extension = content[place : place + 1] == b"!"
        place += 2 if is_extension else 1
        while is_extension and (length := content[place : place + 1]):
            place += 1 + length[0]
            yield
            if not length[0]:
                break


_PARTS: dict[bytes, Callable[[bytes], Iterator[None]]] = {
    b"\x89PNG\r\n\x1a\n": _chunks,
    b"\xff\xd8": _segments,
    b"GIF8": _blocks,
}
