"""The rows of a split as a reference model reads them, whatever was given to `fit`; bounded, so
that all of it takes seconds.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tftune.training.inputs.functions import with_functions_called
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, rows_of, taken_rows
from tftune.training.inputs.transport import unshare

MOST_ROWS = 200_000  # of a split, as for the predictions of the network
MOST_STREAMED = 20_000  # rows that are read of a dataset, which may have no end
MOST_BYTES = 256_000_000  # of these
MOST_DRAWN = 1_000_000_000  # bytes of rows that are drawn from arrays
LONGEST = 20.0  # seconds in which a dataset is read
_NO_ARRAY = "the inputs are no plain array: they are ragged, sparse, or objects"


@dataclass(frozen=True)
class Rows:
    """Rows of a split.

    Attributes:
        x: The one array of the inputs, or None where there is no such thing.
        y: The one array of the targets.
        why_not: Why `x` is None, or "".
        notes: What a reader should know, in sentences.
    """

    x: Any
    y: NDArray[Any]
    why_not: str = ""
    notes: tuple[str, ...] = field(default=())


class NotUnderstoodError(Exception):
    """Data of which no reference model can be made; the message says why."""


def rows_of_data(x: Any, y: Any = None, batches: int | None = None, what: str = "rows") -> Rows:
    """Returns the rows of a split.

    Args:
        x: As for `fit`: arrays, a dataset of inputs and targets, a function that makes one.
        y: Targets of arrays.
        batches: How many batches of a dataset count; None: all.
        what: Of which split, for the notes.

    Raises:
        NotUnderstoodError: If they cannot be read a second time, or have no one target each.

    Example:
        >>> rows = rows_of_data(np.zeros((3, 2)), np.array([0, 1, 1]))
        >>> rows.x.shape, rows.y.tolist()
        ((3, 2), [0, 1, 1])
        >>> rows_of_data({"a": np.zeros(3), "b": np.zeros(3)}, np.zeros(3)).why_not
        'there are several inputs'
    """
    if kind_of(x) is InputKind.GENERATOR:
        raise NotUnderstoodError("a generator can be read only once")
    given, _ = with_functions_called((x,) if y is None else (x, y), {})
    given = tuple(map(unshare, given))  # what a generator gave is written down
    x, y = given[0], (given[1] if len(given) > 1 else None)
    kind = kind_of(x)
    if kind is InputKind.ARRAYS:
        return _of_arrays(x, y, what)
    if kind in (InputKind.DATASET, InputKind.LOADER, InputKind.GENERATOR):
        return _of_batches(iter(x), batches, what)
    if kind is InputKind.PYDATASET:
        count = x.num_batches or batches or 0
        return _of_batches((x[number] for number in range(count)), batches, what)
    raise NotUnderstoodError("the data are of a kind that cannot be read here")


def _of_arrays(x: Any, y: Any, what: str) -> Rows:
    inputs, targets = ([leaf for _, leaf in leaves(each)] for each in (x, y))
    if len(targets) != 1:
        raise NotUnderstoodError(
            "there are several targets a row" if targets else "there are no targets"
        )
    rows = rows_of(targets[0]) or 0
    if not rows:
        raise NotUnderstoodError("there are no rows")
    if rows > MOST_ROWS:
        return _of_some(x, y, rows, _room_for(inputs), what)
    labels = _target(targets[0])
    if len(inputs) != 1:
        return Rows(None, labels, "there are several inputs")
    return Rows(*_plain(inputs[0], labels))


def _room_for(inputs: list[Any]) -> int:
    """Returns how many rows of inputs are drawn: as many as there is room for."""
    size = sum(getattr(leaf, "nbytes", 0) // max(rows_of(leaf) or 1, 1) for leaf in inputs)
    return min(MOST_ROWS, max(MOST_DRAWN // max(size, 1), 1000))


def _of_some(x: Any, y: Any, rows: int, most: int, what: str) -> Rows:
    """Returns rows that are drawn at random, as many as are looked at."""
    kept = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
    x, y = (taken_rows(each, kept) for each in (x, y))
    note = f"Of {rows:,} rows ({what}) {most:,} were drawn at random."
    return replace(_of_arrays(x, y, what), notes=(note,))


def _target(leaf: Any) -> NDArray[Any]:
    array = np.asarray(leaf)
    if array.dtype.kind not in "biuf":
        raise NotUnderstoodError("the targets are no numbers")
    return array


def _plain(leaf: Any, labels: NDArray[Any]) -> tuple[Any, NDArray[Any], str]:
    """Returns an input as an array, the targets, and why it is none."""
    try:
        array: NDArray[Any] | None = leaf if isinstance(leaf, np.ndarray) else np.asarray(leaf)
    except Exception:  # a ragged tensor, a sparse matrix
        return None, labels, _NO_ARRAY
    if array is not None and array.dtype.kind in "OSU":
        array = _texts_or_numbers(array)
    if array is None or array.dtype.kind not in "biufU" or array.shape[:1] != labels.shape[:1]:
        return None, labels, _NO_ARRAY
    return array, labels, ""


def _texts_or_numbers(array: NDArray[Any]) -> NDArray[Any] | None:
    """Returns an array of objects or bytes as numbers or as texts, one a row; None for others."""
    flat = array.reshape(-1)[:100]
    if array.dtype.kind == "O" and not any(isinstance(each, str | bytes) for each in flat):
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):  # rows of several lengths
            return None
    if array.size != len(array):
        return None
    texts = [
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
        for each in array.reshape(-1).tolist()
    ]
    return np.array(texts)


def _of_batches(data: Iterable[Any], batches: int | None, what: str) -> Rows:
    inputs: list[Any] = []
    targets: list[NDArray[Any]] = []
    why_not, size, rows, begun = "", 0, 0, time.monotonic()
    notes: tuple[str, ...] = ()
    source: Iterator[Any] = iter(data)
    for batch in itertools.islice(source, batches):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        parts, found = ([leaf for _, leaf in leaves(each)] for each in (x, y))
        if len(found) != 1:
            raise NotUnderstoodError(
                "there are several targets a row" if found else "there are no targets"
            )
        targets.append(_target(found[0]))
        if not targets[-1].ndim:
            raise NotUnderstoodError("the dataset has no batches")
        rows += len(targets[-1])
        if len(parts) != 1:
            why_not, inputs = "there are several inputs", []
        elif not why_not:
            array, _, why_not = _plain(parts[0], targets[-1])
            inputs = [] if why_not else [*inputs, array]
            size += 0 if array is None else array.nbytes
        if rows >= MOST_STREAMED or size > MOST_BYTES or time.monotonic() - begun > LONGEST:
            notes = (f"Of the dataset ({what}) the first {rows:,} rows were read.",)
            break
    if not rows:
        raise NotUnderstoodError("the dataset has no rows")
    try:
        y, whole = np.concatenate(targets), np.concatenate(inputs) if inputs else None
    except ValueError:  # batches of several widths
        y, whole, why_not = np.concatenate(targets), None, "the batches have several shapes"
    return Rows(whole, y, why_not, notes)


def groups_of(x: Any, rows: int) -> NDArray[np.int64]:
    """Returns a number for each row, equal for equal inputs, shape `(rows,)`.

    Args:
        x: An array, or None: then all rows count as different.
        rows: How many there are.

    Example:
        >>> groups_of(np.array([[1, 2], [3, 4], [1, 2]]), 3).tolist()
        [0, 1, 0]
    """
    if x is None or len(x) != rows:
        return np.arange(rows)
    known: dict[bytes, int] = {}
    digests = (hashlib.blake2b(np.asarray(row).tobytes(), digest_size=16).digest() for row in x)
    return np.array([known.setdefault(digest, len(known)) for digest in digests], np.int64)
