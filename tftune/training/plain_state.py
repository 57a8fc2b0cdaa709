"""Plain data as JSON and arrays: what an object counts with, kept and put back exactly.

Plain are None, booleans, numbers, strings and paths, arrays of numbers, and lists, tuples,
dictionaries and sets of these, of exactly these types: a masked array, say, has more to it.

Example:
    >>> arrays: dict[str, np.ndarray] = {}
    >>> packed = pack({"wait": 2, "best": [0.5, np.zeros(3)]}, "0", arrays)
    >>> unpack(packed, arrays)
    {'wait': 2, 'best': [0.5, array([0., 0., 0.])]}
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import numpy as np

_SIMPLE = (type(None), bool, int, float, str)
_SEQUENCES = {"tuple": tuple, "set": set, "frozenset": frozenset}


class NotPlainError(Exception):
    """Something is no plain data; the message is the name of its class."""


def pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """Returns plain data as JSON-able data; the arrays among them go to `arrays`.

    Args:
        value: Plain data.
        name: Of the value, with which the names of its arrays begin.
        arrays: Takes the arrays, copied.

    Raises:
        NotPlainError: If something in it is not plain.
    """
    if type(value) in _SIMPLE:
        return value
    is_array = type(value) is np.ndarray or isinstance(value, np.generic)
    if is_array and value.dtype.kind in "biufc":
        key = f"{name}/{len(arrays)}"
        arrays[key] = np.array(value)
        return {"scalar" if isinstance(value, np.generic) else "array": key}
    if type(value) is list:
        return [pack(item, name, arrays) for item in value]
    for kind, of in _SEQUENCES.items():
        if type(value) is of:
            return {kind: [pack(item, name, arrays) for item in value]}
    if type(value) is dict:
        return {"dict": [[pack(item, name, arrays) for item in pair] for pair in value.items()]}
    if isinstance(value, PurePath):
        return {"path": str(value)}
    raise NotPlainError(type(value).__name__)


def unpack(packed: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Returns what `pack` was given.

    Args:
        packed: What it returned.
        arrays: Those that it filled in.
    """
    if isinstance(packed, list):
        return [unpack(item, arrays) for item in packed]
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "array":
        return arrays[content]
    if kind == "scalar":
        return arrays[content][()]
    if kind == "path":
        return Path(content)
    items = [unpack(item, arrays) for item in content]
    if kind == "dict":
        return dict(items)
    return _SEQUENCES[kind](items)
