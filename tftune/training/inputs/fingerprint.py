"""A digest of what a user passed, equal in every process for equal data: a resumed search is
compared by it.

Arrays count by kind of number, shape and content, wherever they stand; a function by its code, its
defaults and what it closes over; an object by its class and its attributes. What cannot be told
apart so, counts by its class alone.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tftune.training.inputs.pipeline import pipeline_text

_DEEPEST = 12


def fingerprint(*values: Any) -> str:
    """Returns the digest of some values.

    Example:
        >>> fingerprint(np.arange(3), {"a": 1}) == fingerprint(np.arange(3), {"a": 1})
        True
        >>> fingerprint(lambda: 1) == fingerprint(lambda: 2)
        False
    """
    digest = hashlib.sha256()
    for value in values:
        _add(digest, value, ())
    return digest.hexdigest()


def _add(digest: Any, value: Any, above: tuple[int, ...]) -> None:
    """Adds a value; one that holds itself, or lies very deep, counts by its class."""
    if id(value) in above or len(above) > _DEEPEST:
        digest.update(f"<{type(value).__name__}>".encode())
        return
    above = (*above, id(value))
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        digest.update(f"{type(value).__name__} {value!r};".encode())
    elif isinstance(value, np.generic):
        _add(digest, value.item(), above)
    elif isinstance(value, np.ndarray):
        _add_array(digest, value, above)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _add(digest, key, above)
            _add(digest, item, above)
    elif isinstance(value, list | tuple):
        digest.update(f"{len(value)} items;".encode())
        for item in value:
            _add(digest, item, above)
    elif isinstance(value, set | frozenset):
        digest.update("".join(sorted(map(repr, value))).encode())
    else:
        _add_object(digest, value, above)


def _add_array(digest: Any, array: np.ndarray, above: tuple[int, ...]) -> None:
    digest.update(f"{array.dtype} {array.shape}".encode())
    if array.dtype == object:
        for item in array.ravel():
            _add(digest, item, above)
    else:
        digest.update(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data)


def _add_object(digest: Any, value: Any, above: tuple[int, ...]) -> None:
    digest.update(f"{type(value).__module__}.{type(value).__qualname__}".encode())
    if isinstance(value, tf.data.Dataset):
        digest.update(pipeline_text(value).encode())
    elif isinstance(value, tf.RaggedTensor | tf.SparseTensor):
        for part in tf.nest.flatten(value, expand_composites=True):
            _add_array(digest, part.numpy(), above)
    elif isinstance(value, types.FunctionType):
        _add_function(digest, value, above)
    elif isinstance(value, types.MethodType):
        _add(digest, value.__func__, above)
        _add(digest, value.__self__, above)
    elif isinstance(value, type | types.BuiltinFunctionType | types.ModuleType):
        digest.update(getattr(value, "__qualname__", value.__name__).encode())
    elif hasattr(value, "to_numpy"):
        _add(digest, [str(name) for name in getattr(value, "columns", ())], above)
        _add_array(digest, np.asarray(value.to_numpy()), above)
    elif hasattr(value, "__array__"):
        _add_array(digest, np.asarray(value), above)
    elif hasattr(value, "tocsr"):
        rows = value.tocsr()
        for part in (rows.data, rows.indices, rows.indptr):
            _add_array(digest, part, above)
    else:
        _add(digest, _attributes(value), above)


def _attributes(value: Any) -> dict[str, Any]:
    """Returns what an object is made of, but locks, threads and the like."""
    try:
        state = vars(value)
    except TypeError:
        return {}
    return {
        name: item
        for name, item in sorted(state.items())
        if not (name.startswith("_") and type(item).__module__ in ("_thread", "threading", "queue"))
    }


def _add_function(digest: Any, function: types.FunctionType, above: tuple[int, ...]) -> None:
    _add_code(digest, function.__code__, above)
    _add(digest, function.__defaults__, above)
    _add(digest, function.__kwdefaults__, above)
    for cell in function.__closure__ or ():
        try:
            _add(digest, cell.cell_contents, above)
        except ValueError:  # an empty cell
            continue


def _add_code(digest: Any, code: types.CodeType, above: tuple[int, ...]) -> None:
    """Adds what a function does; its place in a file and its comments do not count."""
    digest.update(code.co_code)
    digest.update(" ".join((*code.co_names, *code.co_varnames)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _add_code(digest, constant, above)
        elif constant != code.co_consts[0] or not isinstance(constant, str):  # the docstring
            _add(digest, constant, above)
