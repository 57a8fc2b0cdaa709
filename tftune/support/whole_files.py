"""Opens what is a file and not too long: no pipe that nobody writes into, no device without end.

Example:
    >>> reason = ""
    >>> try:
    ...     read_whole("/dev/null", limits.JSON)
    ... except DataError as error:
    ...     print(error)
    it is a device, where a file is read
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from tftune.errors import DataError
from tftune.support import limits
from tftune.support.files import special_kind


def open_whole(path: str | os.PathLike[str], most: limits.Limit | None) -> IO[bytes]:
    """Returns a file, opened for reading.

    Args:
        path: Its path; links are followed.
        most: How long it may be; None sets no limit.

    Raises:
        DataError: In a few words, to be put behind `Cannot read ...`: if it is absent, no file, may
            not be read or is too long.
    """
    try:
        # a pipe is opened without waiting for who writes into it
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError as error:
        raise DataError("there is no such file") from error
    except OSError as error:
        raise DataError(f"{error.strerror or error}") from error
    except ValueError as error:  # a name that no file can have
        raise DataError(f"{error}") from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            is_folder = stat.S_ISDIR(state.st_mode)
            kind = "a folder" if is_folder else special_kind(state.st_mode) or "no file"
            raise DataError(f"it is {kind}, where a file is read")
        if most is not None:
            most.check(state.st_size)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_whole(path: str | os.PathLike[str], most: limits.Limit) -> bytes:
    """Returns the content of a file.

    Args:
        path: Its path.
        most: How long it may be.

    Raises:
        DataError: As of `open_whole`.
    """
    with open_whole(path, most) as file:
        try:
            content = file.read(most.most() + 1)
        except OSError as error:
            raise DataError(f"{error.strerror or error}") from error
    most.check(len(content))  # it may have grown
    return content


def is_within(folder: Path, path: Path) -> bool:
    """Returns whether a path stays in a folder, whatever links it goes through.

    Example:
        >>> is_within(Path("runs/a"), Path("runs/a/b")), is_within(Path("runs/a"), Path("runs/b"))
        (True, False)
    """
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False
