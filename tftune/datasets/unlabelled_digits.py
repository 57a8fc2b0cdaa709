"""Pictures of digits without labels: image files as for leaves, and arrays as MNIST has them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import PurePath
from typing import Any

from tftune.datasets.unlabelled import Row, Rows, array_rows
from tftune.datasets.unlabelled_images import image_rows
from tftune.errors import DataError

ARRAY_SUFFIXES = (".npy", ".npz")


def digit_rows(words: list[str], shape: Any, stdin: bytes) -> Rows:
    """Returns the pixels of image files, folders and archives of them, and of .npy and .npz files
    with an array `(n, height, width)` or a single picture.

    Args:
        words: Paths; `-` is one image on the standard input.
        shape: Of one row, `{"shape": [height, width, channels], ...}`.
        stdin: What the standard input holds.
    """
    parts = []
    for word in words:
        is_array = PurePath(word).suffix.lower() in ARRAY_SUFFIXES
        parts.append((_array if is_array else image_rows)([word], shape, stdin))
    return Rows(sum(part.count for part in parts), chain.from_iterable(part.rows for part in parts))


def _array(words: list[str], shape: Any, stdin: bytes) -> Rows:
    height, width, channels = shape["shape"]
    if channels == 1:  # as MNIST has it
        flat = array_rows(words, {**shape, "shape": [height, width]}, stdin)
        first = next(flat.rows, None)
        if first is not None and first.refused is None:
            return Rows(flat.count, _pixels(chain([first], flat.rows)))
    found = array_rows(words, shape, stdin)
    return Rows(found.count, _pixels(found.rows))


def _pixels(rows: Iterator[Row]) -> Iterator[Row]:
    from tftune.datasets.digit_arrays import pixels_of

    for row in rows:
        if row.refused is not None:
            yield row
            continue
        try:
            yield Row(row.name, pixels_of(row.value[None], "it")[0])
        except DataError as error:
            yield Row(row.name, refused=str(error))
