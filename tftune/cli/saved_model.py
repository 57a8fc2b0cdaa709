"""How a saved model is loaded: which modules of tftune must be imported before."""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tftune.errors import DataError
from tftune.support import limits
from tftune.support.archives import open_archive, read_member
from tftune.support.tensorflow_import import quiet_import


def loading_words(path: Path) -> str:
    """Returns the Python that loads a `.keras` file.

    Args:
        path: The file; one that cannot be read needs nothing, as far as is known.

    Example:
        >>> loading_words(Path("runs/leaves/best_model.keras"))
        'keras.models.load_model("runs/leaves/best_model.keras")'
    """
    imports = "".join(f"import {module}; " for module in modules_of(path))
    return f"{imports}keras.models.load_model({in_python(path)})"


def load_saved(path: Path) -> Any:
    """Returns the model of a `.keras` file, after importing what defines its layers.

    Args:
        path: The file.

    Raises:
        RunFolderError: If the file is none, needs what is not known here, or would run code, read
            other files or fill the memory.
        Exception: Of any other kind, as Keras raises it.
    """
    with quiet_import():
        import keras

        from tftune.training.saved_file import check_saved
    # a file may name any module: only those are imported that do nothing but define layers
    for module in (name for name in modules_of(path) if name.startswith("tftune.models.")):
        with contextlib.suppress(ImportError):  # of another version: Keras names what is missing
            importlib.import_module(module)
    check_saved(path)
    return keras.models.load_model(path, safe_mode=True)


def modules_of(path: Path) -> list[str]:
    """Returns the modules of tftune that define layers of a `.keras` file, in alphabetical order;
    none where the file cannot be read.
    """
    try:
        with open_archive(path) as archive:
            config = json.loads(read_member(archive, "config.json", limits.JSON))
        return sorted({name for name in _modules(config) if name.split(".")[0] == "tftune"})
    except (DataError, ValueError, RecursionError):
        return []


def _modules(config: Any) -> Iterator[str]:
    if isinstance(config, dict):
        if isinstance(module := config.get("module"), str):
            yield module
        for value in config.values():
            yield from _modules(value)
    elif isinstance(config, list):
        for value in config:
            yield from _modules(value)


def in_python(path: Path) -> str:
    """Returns a path as Python reads it.

    Example:
        >>> print(in_python(Path("runs/a b")), in_python(Path('a"b')))
        "runs/a b" 'a"b'
    """
    text = repr(str(path))
    return f'"{path}"' if text == f"'{path}'" and '"' not in text else text
