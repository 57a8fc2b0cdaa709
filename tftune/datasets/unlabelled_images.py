"""Image files without labels, read as the training pictures are: the same decoder, two threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from tftune.datasets.image_files import Files, open_files
from tftune.datasets.image_folder import SUFFIXES
from tftune.datasets.images import decode, of_channels
from tftune.datasets.unlabelled import STDIN, Row, Rows
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.whole_files import read_whole

AT_ONCE = 64  # files in memory


def image_rows(words: list[str], shape: Any, stdin: bytes) -> Rows:
    """Returns the pixels of image files, of the images below folders and in .zip archives, and of
    one image on the standard input, shape `(height, width, channels)`, uint8.

    Args:
        words: Paths; `-` is the standard input.
        shape: Of one row, `{"shape": [height, width, 3 or 1], ...}`.
        stdin: What the standard input holds.
    """
    found = [row for word in words for row in _listed(word, stdin)]
    return Rows(len(found), _decoded(iter(found), tuple(shape["shape"])))


def _listed(word: str, stdin: bytes) -> Iterator[Row]:
    """Yields what a word means: the value is the bytes, or where they are read later."""
    path = Path(word)
    if word == STDIN:
        yield Row("stdin", stdin)
    elif os.path.isdir(word) or path.suffix.lower() == ".zip":
        yield from _below(word, path)
    elif not os.path.exists(word):  # False for a name that is too long, too
        yield Row(word, refused="there is no such file")
    else:
        yield Row(word, path)


def _below(word: str, path: Path) -> Iterator[Row]:
    try:
        files = open_files(path)
    except DataError as error:
        yield Row(word, refused=str(error))
        return
    names = [name for name in files.names if _is_image(name)]
    for name in names:
        yield Row(str(PurePath(word) / name), (files, name))
    for name in filter(_is_image, files.broken):
        yield Row(str(PurePath(word) / name), refused="the link leads nowhere")
    if not names and not files.broken:
        endings = ", ".join(SUFFIXES[:5])
        yield Row(word, refused=f"there is no image below it (no {endings} or the like)")


def _is_image(name: str) -> bool:
    return PurePath(name).suffix.lower() in SUFFIXES


def _decoded(rows: Iterator[Row], shape: tuple[int, int, int]) -> Iterator[Row]:
    with ThreadPoolExecutor(2) as pool:  # Pillow frees the interpreter
        while chunk := list(islice(rows, AT_ONCE)):
            yield from pool.map(lambda row: _pixels(row, shape), chunk)


def _pixels(row: Row, shape: tuple[int, int, int]) -> Row:
    if row.refused is not None:
        return row
    try:
        pixels = decode(row.name, _content(row.value), shape[:2])
    except DataError as error:
        reason = str(error).removeprefix(f"Cannot read the image {row.name}: ")
        return Row(row.name, refused=reason.partition(". Expected a whole")[0])
    return Row(row.name, of_channels(pixels, shape[2]))


def _content(value: bytes | Path | tuple[Files, str]) -> bytes | DataError:
    if isinstance(value, bytes):
        return value
    try:
        if isinstance(value, Path):
            return read_whole(value, limits.IMAGE)
        files, name = value
        return files.read(name)
    except DataError as error:
        return error
