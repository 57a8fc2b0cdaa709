"""What a machine refuses, told as one message: no room on a disk, no right to write, a name that is
too long, no more processes.

Example:
    >>> with told_as_refusal("runs/a/summary.json"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    ...
    tftune.errors.MachineError: runs/a/summary.json: No space left on device. Expected room on ...
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from tftune.errors import MachineError
from tftune.support.texts import shown

_ROOM = "room on its disk. Make room, then go on"
_RIGHT = "a place that can be written. Allow it or choose another place, then go on"
_PROCESSES = "room for another process. End others or raise the limit (ulimit -u), then go on"
_FILES = "to be allowed more open files. Raise the limit (ulimit -n), then go on"
_FOLDER = "its folder to be there. Restore it or choose another place, then go on"
_EXPECTED = {
    "ENOSPC": _ROOM,
    "EDQUOT": _ROOM,
    "EFBIG": "a disk that takes files of this size. Choose another place, then go on",
    "EROFS": _RIGHT,
    "EACCES": _RIGHT,
    "EPERM": _RIGHT,
    "ENAMETOOLONG": "a shorter name. Choose one",
    "ELOOP": "no link in its place. Remove the link, then go on",
    "ENOENT": _FOLDER,
    "ENOTDIR": _FOLDER,
    "EISDIR": "a file. Remove the folder that bears its name, then go on",
    "ESTALE": _FOLDER,
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "EAGAIN": _PROCESSES,
    "ENOMEM": "memory. Use fewer workers or end other processes, then go on",
    "EIO": "a disk that works. Look at it, then go on",
}
_BY_NUMBER = {getattr(errno, name): text for name, text in _EXPECTED.items()}


def is_refusal(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error is the machine's and not a fault of a program."""
    return isinstance(error, OSError) and error.errno in _BY_NUMBER


def refusal(error: OSError, place: Path | str | None = None) -> MachineError:
    """Returns what the machine refused as our error.

    Args:
        error: Of which `is_refusal` holds.
        place: Where; the file that the error names is told first.
    """
    named = error.filename if isinstance(error.filename, str | bytes | os.PathLike) else None
    where = os.fsdecode(named) if named else (str(place) if place is not None else "The system")
    told = where if where.isprintable() and len(where) < 400 else shown(where)
    return MachineError(
        f"{told}: {error.strerror or error}. Expected {_BY_NUMBER[error.errno or 0]}: what was "
        "done is kept."
    )


def full_disk(error: BaseException) -> MachineError | None:
    """Returns our error if a disk was full where somebody else's code writes, or None.

    Args:
        error: What that code raised; of h5py and TensorFlow it has the system's words, but not its
            number.
    """
    for number in (errno.ENOSPC, errno.EDQUOT):
        if isinstance(error, OSError) and error.errno == number:
            return refusal(error, "A callback or the model")
        if os.strerror(number) in str(error):
            return refusal(OSError(number, os.strerror(number)), "A callback or the model")
    return None


@contextlib.contextmanager
def told_as_refusal(place: Path | str) -> Iterator[None]:
    """Turns what the machine refuses inside into a `MachineError`.

    Args:
        place: What is written, for the message.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, MachineError) or not is_refusal(error):
            raise
        raise refusal(error, place) from error
