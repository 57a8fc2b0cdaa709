"""Arrays that travel to child processes as memory-mapped files: written once, or not at all if they
are one already.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class SharedArray:
    """A reference to a `.npy` file that stands for the array in it."""

    path: str

    def load(self) -> np.ndarray:
        """Returns the array, memory-mapped and read-only."""
        array: np.ndarray = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return array


def share(value: Any, folder: Path) -> Any:
    """Replaces every array in nested tuples, lists and dicts by a `SharedArray`, written below
    `folder` where needed.

    Example:
        >>> import tempfile
        >>> shared = share((np.arange(3), {"epochs": 2}), Path(tempfile.mkdtemp()))
        >>> unshare(shared)[0].tolist(), shared[1]
        ([0, 1, 2], {'epochs': 2})
    """
    if isinstance(value, np.ndarray) and value.dtype != object:
        return _as_file(value, folder)
    if isinstance(value, tuple | list):
        return type(value)(share(item, folder) for item in value)
    if isinstance(value, dict):
        return {key: share(item, folder) for key, item in value.items()}
    return value


def unshare(value: Any) -> Any:
    """Puts arrays, memory-mapped, where `share` left references to them."""
    if isinstance(value, SharedArray):
        return value.load()
    if isinstance(value, tuple | list):
        return type(value)(unshare(item) for item in value)
    if isinstance(value, dict):
        return {key: unshare(item) for key, item in value.items()}
    return value


def _as_file(array: np.ndarray, folder: Path) -> SharedArray:
    if _is_whole_file(array):
        return SharedArray(str(array.filename))  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"array-{len(list(folder.iterdir()))}.npy"
    np.save(path, array, allow_pickle=False)
    return SharedArray(str(path))


def _is_whole_file(array: np.ndarray) -> bool:
    if (
        not isinstance(array, np.memmap)
        or array.filename is None
        or not str(array.filename).endswith(".npy")
    ):
        return False
    whole = np.load(array.filename, mmap_mode="r", allow_pickle=False)
    return all(
        getattr(whole, name) == getattr(array, name)
        for name in ("shape", "dtype", "strides", "offset")
    )
