"""Nested inputs - lists, tuples and dicts of arrays - and what counts as an array in them.

As in Keras, a list or tuple of arrays is several inputs. A list of numbers or of strings, nested or
not, is one array; Keras refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.support.checks import shortened


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """Applies a function to what is no list, tuple or mapping, and keeps the structure.

    Example:
        >>> map_leaves(len, {"a": "one", "b": ("three", None)})
        {'a': 3, 'b': (5, None)}
    """
    if value is None:
        return None
    if isinstance(value, Mapping):
        mapped = {key: map_leaves(function, item) for key, item in value.items()}
        return mapped if type(value) is dict else _remade(value, mapped)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_leaves(function, item) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(map_leaves(function, item) for item in value)
    return function(value)


def _remade(value: Mapping[Any, Any], mapped: dict[Any, Any]) -> Any:
    try:
        return type(value)(mapped)  # type: ignore[call-arg]
    except TypeError:  # a defaultdict, or a mapping of the user's with another constructor
        return mapped


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Yields every array of a nested input with its place, such as `['image']` or `[1]`; a lone
    array stands at "".

    Example:
        >>> [place for place, _ in leaves({"image": 1, "pair": (2, 3)})]
        ["['image']", "['pair'][0]", "['pair'][1]"]
    """
    if value is None:
        return
    if isinstance(value, Mapping):
        items = [(repr(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        yield "", value
        return
    for key, item in items:
        for place, leaf in leaves(item):
            yield f"[{key}]{place}", leaf


def first_leaf(value: Any) -> Any:
    """Returns the first array of a nested input: of several targets that whose classes count.

    Example:
        >>> first_leaf({"kind": 3, "size": 4})
        3
    """
    return next(leaf for _, leaf in leaves(value))


def taken_rows(value: Any, rows: Any) -> Any:
    """Returns a nested input with some of its rows, as arrays.

    Args:
        value: Arrays of shape (rows, ...), nested or not; None stays None.
        rows: Their numbers.

    Example:
        >>> taken_rows({"a": np.arange(4), "b": [np.ones(4)]}, [2, 0])
        {'a': array([2, 0]), 'b': [array([1., 1.])]}
    """
    numbers = np.asarray(rows, np.int64)
    return map_leaves(lambda leaf: np.asarray(leaf)[numbers], value)


def with_arrays(value: Any, name: str) -> Any:
    """Returns an input whose lists of numbers or strings have become arrays.

    Args:
        value: What the user gave.
        name: Of the argument, for the message.

    Raises:
        UsageError: If a list of numbers has rows of several lengths.

    Example:
        >>> with_arrays([[1, 2], [3, 4]], "x").shape
        (2, 2)
        >>> [len(part) for part in with_arrays([np.zeros(3), [1.0, 2.0, 3.0]], "x")]
        [3, 3]
    """
    if isinstance(value, Mapping):
        made = {key: with_arrays(item, f"{name}[{key!r}]") for key, item in value.items()}
        return made if type(value) is dict else _remade(value, made)
    if not isinstance(value, list | tuple) or not value:
        return value
    if _is_plain(value):
        return _as_array(value, name)
    parts = [with_arrays(item, f"{name}[{index}]") for index, item in enumerate(value)]
    if hasattr(value, "_fields"):
        return type(value)(*parts)
    return type(value)(parts)


def _is_plain(value: Any) -> bool:
    """Whether a list holds numbers, strings, or lists of them."""
    first = value[0]
    if isinstance(first, list | tuple) and first:
        return all(isinstance(item, list | tuple) for item in value) and _is_plain(first)
    return isinstance(first, int | float | complex | str | bytes | np.generic)


def _as_array(value: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise UsageError(
            f"{name} is a list whose rows have several lengths or kinds ({error}). Expected an "
            f"array, or lists of equal length. Received: {shortened(value)}. Pad the rows, for "
            "example with keras.utils.pad_sequences, or pass a tf.RaggedTensor."
        ) from None
    return array


def rows_of(leaf: Any) -> int | None:
    """Returns the rows of one array, or None for what has none."""
    shape = shape_of(leaf)
    return None if not shape else shape[0]


def shape_of(leaf: Any) -> tuple[int | None, ...] | None:
    """Returns the shape of an array, tensor, series or data frame; None if it has none."""
    shape = getattr(leaf, "shape", None)
    if shape is None:
        return None
    try:
        return tuple(None if size is None else int(size) for size in shape)
    except (TypeError, ValueError):  # of a tensor whose rank is not known
        return None
