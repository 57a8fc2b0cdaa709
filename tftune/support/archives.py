"""Opens .zip archives whose directory tells nothing that would fill the memory.

What a member says of its size binds it: Python unpacks no more than that.
"""

from __future__ import annotations

import io
import os
import zipfile
from typing import IO

from tftune.errors import DataError, UsageError
from tftune.support import limits
from tftune.support.texts import shown
from tftune.support.whole_files import open_whole

_ENTRY = b"PK\x01\x02"  # begins an entry of the directory
_DIRECTORY = 256  # bytes of an entry, at the most on the average
_ENCRYPTED = 1


class Archive(zipfile.ZipFile):
    """An archive whose file is closed with it.

    Args:
        file: Opened for reading.
        size: Its length.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        super().__init__(_Careful(file, size))
        self.fp = file  # the directory is read, and members need no care

    def close(self) -> None:
        """Closes the archive and its file."""
        super().close()
        self._file.close()


def open_archive(
    path: str | os.PathLike[str],
    most: limits.Limit | None = limits.BYTES,
    what: str = "it is no whole archive",
) -> Archive:
    """Returns an archive, opened for reading.

    Args:
        path: Its path.
        most: How much all members together may hold; None sets no limit.
        what: How a message says that it is none.

    Raises:
        DataError: In a few words, to be put behind `Cannot read ...`: if it is no whole archive,
            has too many members, is encrypted, has two members of one name, or unpacks to more
            than is read.
    """
    file = open_whole(path, None)
    try:
        size = file.seek(0, os.SEEK_END)
        try:
            archive = Archive(file, size)
        except UsageError:  # of a limit's variable
            raise
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise DataError(what) from error
        _check(archive, size, most)
    except BaseException:
        file.close()
        raise
    return archive


def _check(archive: Archive, size: int, most: limits.Limit | None) -> None:
    members = archive.infolist()
    limits.MEMBERS.check(len(members))
    if any(info.flag_bits & _ENCRYPTED for info in members):
        raise DataError("it is encrypted")
    names = archive.NameToInfo
    if len(names) < len(members):
        double = next(info.filename for info in members if names[info.filename] is not info)
        raise DataError(f"it has two members of the name {shown(double)}")
    unpacked = sum(info.file_size for info in members)
    if most is not None:
        most.check(unpacked)
    if unpacked > limits.HARMLESS:
        limits.RATIO.check(unpacked / max(size, 1))


class _Careful(io.BufferedIOBase):
    """A file of which no directory of too many entries is read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    def read(self, size: int | None = -1, /) -> bytes:
        left = self._size - self._file.tell()
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > _DIRECTORY * limits.MEMBERS.most():
            raise DataError(f"its directory has {wanted:,} bytes, more than is read")
        content = self._file.read(wanted)
        if content.startswith(_ENTRY):
            limits.MEMBERS.check(content.count(_ENTRY))
        return content

    def seek(self, place: int, whence: int = 0, /) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def read_member(archive: Archive, name: str | zipfile.ZipInfo, most: limits.Limit) -> bytes:
    """Returns a member unpacked.

    Args:
        archive: As `open_archive` returns it.
        name: Of the member.
        most: How long it may be.

    Raises:
        DataError: In a few words, if there is no such member, or it is damaged or too long.
    """
    try:
        info = archive.getinfo(name) if isinstance(name, str) else name
    except KeyError:
        raise DataError(f"it has no {shown(name)}") from None
    most.check(info.file_size)
    try:
        return archive.read(info)
    except Exception as error:  # damaged archives raise many kinds
        raise DataError(f"{info.filename[:80]}: {error}") from error
