"""What anything is made of, as JSON can hold it, so that two runs of a script can be compared.

Equal things have equal forms in any process: order of keys, NumPy's numbers, lists and tuples make
no difference; large arrays are told by a digest; functions by what they do, not by their comments.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import hashlib
import inspect
import json
import math
import os
import sys
import time
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

MOST = 64  # entries of a list or an array that are kept; more are told by a digest
LONGEST = 200  # characters of a string
DEPTH = 6
SHALLOW = 2  # of an object that does not say itself what its settings are
LARGEST = 10_000  # entries of a mapping or a list that are looked at
# whose code is told by the version of the library
LIBRARIES = ("keras", "keras_tuner", "tensorflow", "tftune", "numpy", "builtins", "abc", "typing")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"  # whose bytecode it is
# where something is written, which changes no number
_OUTPUTS = {"verbose", "filepath", "log_dir", "filename", "backup_dir", "path", "root", "folder"}
_OUTPUTS |= {"directory", "file", "csv_file", "writer", "name"}
_STATE = ("model", "_model", "params", "validation_data", "_is_graph_network")  # Keras sets them
_A_DAY = 86_400.0


def digest(value: Any) -> str:
    """Returns a short digest of a JSON-able value."""
    text = json.dumps(value, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value: Any, depth: int = DEPTH) -> Any:
    """Returns the form of a value.

    Example:
        >>> plain({1: np.int64(2), 0: (np.float32(0.5), None)})
        {'1': 2, '0': [0.5, None]}
        >>> plain(lambda epoch: epoch + 1) == plain(lambda epoch: epoch + 1)
        True
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value if len(value) <= LONGEST else {"digest": digest(value), "length": len(value)}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if depth <= 0:
        return {"class": type(value).__name__}
    return _plain_parts(value, depth - 1)


def _plain_parts(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping) and len(value) > LARGEST:
        return {"class": type(value).__name__, "length": len(value)}
    if isinstance(value, Mapping):
        parts = {str(key): plain(item, depth) for key, item in value.items()}
        return parts if len(parts) <= MOST else {"digest": digest(parts), "length": len(parts)}
    if isinstance(value, set | frozenset):
        return sorted((plain(item, depth) for item in value), key=repr)
    if isinstance(value, list | tuple | range):
        return _plain_list(value, depth)
    if isinstance(value, type):
        return {"class": value.__name__, **code_of_class(value)}
    if isinstance(value, functools.partial):
        given = {"arguments": plain(value.args, depth), "keywords": plain(value.keywords, depth)}
        return {"partial": plain(value.func, depth), **given}
    if isinstance(value, types.FunctionType | types.MethodType):
        return code_of(value, depth)
    if isinstance(value, types.BuiltinFunctionType):
        return {"function": value.__name__}
    if hasattr(value, "__array__"):
        with contextlib.suppress(Exception):  # whatever a foreign object answers
            return _plain_array(np.asarray(value), depth)
    return _plain_object(value, depth)


def _plain_list(value: Any, depth: int) -> Any:
    if len(value) > MOST:
        numbers = _as_array(value)
        if numbers is not None:
            return _plain_array(numbers, depth)
        first = [plain(item, min(depth, SHALLOW)) for item in value[:LARGEST]]
        return {"digest": digest(first), "length": len(value)}
    return [plain(item, depth) for item in value]


def _as_array(value: Any) -> Any:
    try:
        array = np.asarray(value)
    except ValueError:  # of unequal lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def _plain_array(array: Any, depth: int) -> Any:
    if array.dtype.kind == "O":
        array = array.astype(str)
    if array.size <= MOST:
        return plain(array.tolist(), depth)
    if array.dtype.kind == "f":
        array = array.astype("float32")  # as training sees it
    elif array.dtype.kind in "iu":
        array = array.astype("int64")
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
    return {"digest": content, "shape": list(array.shape)}


def _plain_object(value: Any, depth: int) -> Any:
    config = getattr(value, "get_config", None)
    named = {"class": type(value).__name__, **code_of_class(type(value))}
    if hasattr(value, "count_params") and hasattr(value, "layers"):  # a model: names are counted
        return {**named, "layers": [type(layer).__name__ for layer in value.layers]}
    if config is not None:
        try:
            return {**named, **plain(_without_names(config()), depth)}
        except Exception:  # a get_config() of the user's
            pass
    return {**named, **settings_of(value, min(depth, SHALLOW))}


def _without_names(config: Any) -> Any:
    return {name: part for name, part in config.items() if name not in ("name", "seed")}


def settings_of(value: Any, depth: int = DEPTH) -> dict[str, Any]:
    """Returns the settings of an object: what its constructor takes, where the object keeps it
    under that name, else all its attributes.

    What Keras sets while it trains, where something is written to and times of the clock are no
    settings.
    """
    attributes = getattr(value, "__dict__", {})
    try:
        taken = [*inspect.signature(type(value).__init__).parameters.values()][1:]
    except (TypeError, ValueError):
        taken = []
    named = [
        each.name for each in taken if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    ]
    found = {
        name: attributes[key] for name in named for key in (name, f"_{name}") if key in attributes
    }
    kept = all(name in found for name in named) and named
    if not kept and type(value).__module__.split(".")[0] not in LIBRARIES:
        found = dict(attributes)
    return {
        name: plain(part, depth)
        for name, part in found.items()
        if name not in _STATE and name.strip("_") not in _OUTPUTS and not _is_time(part)
    }


def _is_time(value: Any) -> bool:
    return isinstance(value, float) and abs(value - time.time()) < _A_DAY


def code_of(function: Any, depth: int = DEPTH) -> dict[str, Any]:
    """Returns name and code of a function, with the values that it takes from around it.

    The code is told by its bytecode, so that comments and line breaks do not count.
    """
    function = inspect.unwrap(getattr(function, "__func__", function))
    name = getattr(function, "__name__", type(function).__name__)
    if _is_of_library(getattr(function, "__module__", "")) or not hasattr(function, "__code__"):
        return {"function": name}
    code = function.__code__
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    around = {free: _content(cell) for free, cell in cells}
    around |= {
        used: function.__globals__[used]
        for used in code.co_names
        if used in function.__globals__ and _is_telling(function.__globals__[used])
    }
    around |= {f"default {n}": part for n, part in enumerate(function.__defaults__ or ())}
    around |= function.__kwdefaults__ or {}
    given = {key: plain(part, depth - 1) for key, part in around.items() if part is not function}
    content = digest(_bytecode(code, function.__doc__))
    return {
        "function": name,
        "code": content,
        "python": PYTHON,
        **({"with": given} if given else {}),
    }


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _is_telling(value: Any) -> bool:
    """Whether a global that a function uses is data, or a function of the user's."""
    if isinstance(value, types.FunctionType):
        return not _is_of_library(value.__module__)
    return isinstance(value, bool | int | float | str | tuple)


def _is_of_library(module: str | None) -> bool:
    return str(module).split(".")[0] in LIBRARIES


def _bytecode(code: types.CodeType, text: str | None = None) -> list[Any]:
    constants = [
        _bytecode(part) if isinstance(part, types.CodeType) else _constant(part)
        for part in code.co_consts
        if not (isinstance(part, str) and part == text)
    ]
    return [code.co_code.hex(), constants, list(code.co_names)]


def _constant(value: Any) -> str:
    return repr(sorted(value, key=repr)) if isinstance(value, frozenset) else repr(value)


def code_of_class(kind: type, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Returns the code of a class of the user's, its bases among it; nothing for a library's.

    Args:
        kind: The class.
        without: Methods that do not count.
    """
    parts = {}
    for base in reversed(kind.__mro__):
        if _is_of_library(base.__module__):
            continue
        for name, member in vars(base).items():
            function = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if isinstance(function, types.FunctionType) and name not in without:
                parts[name] = _bytecode(function.__code__, function.__doc__)
    return {"code": digest(parts), "python": PYTHON} if parts else {}
