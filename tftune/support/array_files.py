"""Reads .npz files of NumPy: what an array says of itself is looked at before it is read, and only
the arrays that are wanted are.

Pickles are never loaded. Members that are no arrays are left alone.

Example:
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/data.npz"
    >>> np.savez(path, x=np.zeros((4, 2)), y=np.arange(4))
    >>> with open_arrays(path) as arrays:
    ...     arrays.told["x"].shape, arrays.read("y").tolist()
    ((4, 2), [0, 1, 2, 3])
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import DataError
from tftune.support import limits
from tftune.support.archives import Archive, open_archive
from tftune.support.texts import one_line, shown

_BEGINNING = 16_384  # bytes; NumPy reads no header of more than 10,000
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_SIDES = 32


@dataclass(frozen=True)
class Told:
    """What an array says of itself.

    Attributes:
        shape: Its shape.
        dtype: Its type.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """How many sides it has."""
        return len(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype} of shape {shown(self.shape, 60)}"


class ArrayFile:
    """The arrays of an .npz file.

    Args:
        archive: The file.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._members = {
            info.filename.removesuffix(".npy"): info
            for info in archive.infolist()
            if info.filename.endswith(".npy")
        }

    @cached_property
    def told(self) -> dict[str, Told]:
        """What each array says of itself, by name.

        Raises:
            DataError: In a few words, if one of them is damaged or is none that is read.
        """
        found: dict[str, Told] = {}
        for name, info in self._members.items():
            with self._opened(name) as member:
                if (told := _described(member, info.file_size)) is not None:
                    found[name] = told
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def read(self, name: str) -> NDArray[Any]:
        """Returns an array.

        Raises:
            DataError: In a few words, if it is absent, damaged or none that is read.
        """
        with self._opened(name) as member:
            if _described(member, self._members[name].file_size) is None:
                raise ValueError("it is no array")
            member.seek(0)
            found: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
            member.read(1)  # compares the checksum
            return found

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._archive.open(self._members[name]) as member:
                yield member
        except Exception as error:  # damaged archives raise many kinds
            raise DataError(f"its array {shown(name, 60)}: {_reason(error)}") from error

    def __enter__(self) -> ArrayFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()


def open_arrays(
    path: str | os.PathLike[str], most: limits.Limit | None = limits.BYTES
) -> ArrayFile:
    """Opens an .npz file, as a context.

    Args:
        path: Its path.
        most: How much all its members together may hold; None sets no limit.

    Raises:
        DataError: In a few words, to be put behind `Cannot read ...`: if it is no whole file or
            holds more than is read.
    """
    return ArrayFile(open_archive(path, most, "it is no .npz file, or not a whole one"))


def read_all(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Returns all arrays of an .npz file.

    Raises:
        DataError: As of `open_arrays`.
    """
    with open_arrays(path) as arrays:
        return {name: arrays.read(name) for name in arrays.told}


def _described(member: IO[bytes], size: int) -> Told | None:
    """Returns what an .npy file tells of its array, None if it is no such file.

    Args:
        member: Is read at its beginning.
        size: Its length.

    Raises:
        Exception: Of many kinds, as NumPy raises them.
    """
    beginning = member.read(_BEGINNING)
    if not beginning.startswith(np.lib.format.MAGIC_PREFIX):
        return None
    stream = io.BytesIO(beginning)
    read = _READERS.get(np.lib.format.read_magic(stream))
    if read is None:
        raise ValueError("it is of a version that is not read")
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    if dtype.itemsize == 0 or len(shape) > _SIDES or min(shape, default=0) < 0:
        raise ValueError(f"{one_line(f'{dtype} of shape {shown(shape, 60)}', 120)} is not read")
    told, held = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if told != held:
        raise ValueError(f"it tells of {told:,} bytes and holds {held:,}")
    return Told(tuple(map(int, shape)), dtype)


def _reason(error: Exception) -> str:
    if isinstance(error, DataError):
        return str(error)
    text = one_line(str(error), 200)
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
