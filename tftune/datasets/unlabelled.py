"""Rows of input without labels, as a person has them: image files, sequences, arrays.

A row that cannot be read is told and the others are read all the same; nothing is held in memory
but names and one chunk of rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from tftune.errors import DataError
from tftune.support import limits
from tftune.support.texts import shown

STDIN = "-"


@dataclass(frozen=True)
class Row:
    """One input.

    Attributes:
        name: What the user calls it: a path, a sequence, a place in a file.
        value: What a model takes for it; None where it is refused.
        refused: Why it cannot be answered, or None.
        facts: More to show of it, such as the sequence.
    """

    name: str
    value: Any = None
    refused: str | None = None
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Rows to be read one after another.

    Attributes:
        count: How many there are.
        rows: Yields them.
    """

    count: int
    rows: Iterator[Row]


class Reader(Protocol):
    """Reads the words of a command line for one kind of input."""

    def __call__(self, words: list[str], shape: Any, stdin: bytes) -> Rows:
        """Returns the rows that words mean.

        Args:
            words: Paths, or what the reader takes for a row itself; `-` is the standard input.
            shape: The structure of one row: `{"shape": [...], "dtype": ...}`, or a dict or list of
                such.
            stdin: What the standard input holds, if a word is `-`.
        """


def array_rows(words: list[str], shape: Any, stdin: bytes) -> Rows:
    """Returns the rows of .npy files, and of .npz files with one array, one called `x`, or one for
    each input of the model.
    """
    found: list[Row | tuple[str, Any]] = []
    for word in words:
        try:
            found.append((word, _arrays(word, shape)))
        except DataError as error:
            found.append(Row(word, refused=str(error)))
    sizes = [1 if isinstance(each, Row) else _length(each[1]) for each in found]
    return Rows(sum(sizes), _each_row(found))


def _each_row(found: list[Row | tuple[str, Any]]) -> Iterator[Row]:
    for each in found:
        if isinstance(each, Row):
            yield each
            continue
        name, arrays = each
        for number in range(_length(arrays)):
            row = (
                {key: array[number] for key, array in arrays.items()}
                if isinstance(arrays, dict)
                else arrays[number]
            )
            yield Row(f"{name}[{number}]", row)


def _length(arrays: Any) -> int:
    return len(next(iter(arrays.values())) if isinstance(arrays, dict) else arrays)


def _arrays(word: str, shape: Any) -> Any:
    """Returns the array of a file, or a dict of arrays, with rows of the model's shape.

    Raises:
        DataError: If it has none.
    """
    path = Path(word)
    if word == STDIN:
        raise DataError("arrays are read from files: pass a .npy or .npz file")
    if not os.path.exists(word):  # False for a name that is too long, too
        raise DataError("there is no such file")
    held = _held(path)
    if isinstance(shape, dict) and "dtype" not in shape:
        return _named(held, shape)
    if isinstance(shape, list):
        raise DataError("the model takes a list of inputs; use tftune.load_run(RUN).predict")
    name = "x" if "x" in held else next(iter(held), "")
    if len(held) != 1 and name != "x":
        raise DataError(f"expected one array, or one called x. Received: {shown(list(held))}")
    return _fitting(held[name], shape)


def _held(path: Path) -> dict[str, Any]:
    import numpy as np  # here, because `--help` must not wait for it

    from tftune.support.array_files import read_all
    from tftune.support.whole_files import open_whole

    try:
        with open_whole(path, limits.BYTES) as file:
            is_array = file.read(len(np.lib.format.MAGIC_PREFIX)) == np.lib.format.MAGIC_PREFIX
    except DataError as error:
        folder = "it is a folder, where a .npy or .npz file is read"
        raise DataError(folder if path.is_dir() else str(error)) from error
    if not is_array:
        try:
            return read_all(path)
        except DataError as error:
            raise DataError(f"it is no whole .npy or .npz file of numbers: {error}") from error
    try:
        return {"": np.load(path, allow_pickle=False, mmap_mode="r")}
    except Exception as error:  # damaged files raise many kinds
        raise DataError("it is no whole .npy or .npz file, or holds Python objects") from error


def _named(held: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    if missing := sorted(set(shape) - set(held)):
        raise DataError(f"it has no array {', '.join(missing)}. Received: {shown(list(held))}")
    arrays = {name: _fitting(held[name], part) for name, part in shape.items()}
    if len({len(array) for array in arrays.values()}) > 1:
        raise DataError("its arrays have different numbers of rows")
    return arrays


def _fitting(array: Any, shape: Any) -> Any:
    """Returns an array of rows; a single row becomes one."""
    wanted = None if shape is None else tuple(shape["shape"])
    if wanted is None:
        if array.ndim == 0:
            raise DataError("it holds a single number")
        return array
    if _same(array.shape, wanted):
        return array[None]
    if _same(array.shape[1:], wanted) and array.ndim:
        return array
    raise DataError(f"expected rows of shape {wanted}. Received: an array of shape {array.shape}")


def _same(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        size in (None, own) for own, size in zip(shape, wanted, strict=True)
    )


def chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Yields rows in lists of at most `size`."""
    while chunk := list(islice(rows, size)):
        yield chunk
