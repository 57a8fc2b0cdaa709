"""Arrays that travel to child processes as memory-mapped files: written once, or not at all if they
are one already.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tftune.support.files import own_folder, save_array
from tftune.support.refusals import told_as_refusal


@dataclass(frozen=True)
class SharedFile:
    """A reference to a file that a trial reads, wherever it runs."""

    path: str


@dataclass(frozen=True)
class SharedArray(SharedFile):
    """A reference to a `.npy` file that stands for the array in it."""

    def load(self) -> np.ndarray:
        """Returns the array, memory-mapped and read-only."""
        array: np.ndarray = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return array

    @classmethod
    def write(cls, array: np.ndarray, folder: Path) -> SharedArray:
        """Writes an array, unless it is the whole of such a file already.

        Args:
            array: Of any dtype but `object`.
            folder: Where the file goes.
        """
        if _is_whole_file(array):
            return cls(str(array.filename))  # type: ignore[attr-defined]
        with told_as_refusal(folder):
            path = new_file(folder, ".npy")
            save_array(path, array)
        return cls(str(path))


@dataclass(frozen=True)
class SharedBytes:
    """An array of a dtype that NumPy's files do not know, such as bfloat16.

    Attributes:
        content: Its bytes.
        dtype: Its dtype.
        shape: Its shape.
    """

    content: SharedArray
    dtype: Any
    shape: tuple[int, ...]

    @classmethod
    def write(cls, array: np.ndarray, folder: Path) -> SharedBytes:
        """Writes an array of any dtype but `object`."""
        content = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
        return cls(SharedArray.write(content, folder), array.dtype, array.shape)

    def load(self) -> np.ndarray:
        """Returns the array."""
        array: np.ndarray = np.frombuffer(self.content.load().tobytes(), self.dtype)
        return array.reshape(self.shape)


@dataclass(frozen=True)
class SharedStrings:
    """An array of Python strings, or bytes, as one file of text.

    Attributes:
        text: All of them in a row, UTF-8.
        ends: Where each ends.
        shape: Of the array.
        binary: Whether they are bytes.
    """

    text: SharedArray
    ends: SharedArray
    shape: tuple[int, ...]
    binary: bool

    @classmethod
    def write(cls, array: np.ndarray, folder: Path) -> SharedStrings:
        """Writes an array of `str` or of `bytes`.

        Example:
            >>> import tempfile
            >>> words = np.array(["melittin", "", "magainin"], dtype=object)
            >>> SharedStrings.write(words, Path(tempfile.mkdtemp())).load().tolist()
            ['melittin', '', 'magainin']
        """
        items = array.ravel().tolist()
        binary = bool(items) and isinstance(items[0], bytes)
        parts = items if binary else [item.encode() for item in items]
        text = np.frombuffer(b"".join(parts), dtype=np.uint8)
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        shared = [SharedArray.write(part, folder) for part in (text, ends)]
        return cls(shared[0], shared[1], array.shape, binary)

    def load(self) -> np.ndarray:
        """Returns the array, of dtype `object`."""
        text, ends = self.text.load().tobytes(), self.ends.load().tolist()
        parts = [text[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
        items: list[Any] = parts if self.binary else [part.decode() for part in parts]
        result = np.empty(len(items), dtype=object)
        result[:] = items
        return result.reshape(self.shape)


def new_file(folder: Path, suffix: str) -> Path:
    """Returns a path in a folder, which is made, that no other file has."""
    return own_folder(folder) / f"{uuid.uuid4().hex[:12]}{suffix}"


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
