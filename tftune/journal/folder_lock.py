"""One process at a time writes in a run folder: who does holds the lock on its journal.

The lock is the operating system's own (flock) on the file `journal.jsonl`, so it ends with the
process however that ends. A file may be removed, or replaced by another of the same name, between
opening and locking it; the lock counts only if the name still means the file that was locked.

Who only wants to know whether a folder is at work (`is_held`) has to take a shared lock for a
moment: the system tells it in no other way. So who wants the folder tries for a moment longer.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import IO

from tftune.errors import RunFolderError
from tftune.support.files import sweep

try:
    import fcntl
except ImportError:  # Windows has no flock; two drivers on one run folder are then not detected
    fcntl = None  # type: ignore[assignment]

_PATIENCE = 0.3  # seconds; a look takes less than a thousandth
_PAUSE = 0.01
_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


def open_locked(path: Path) -> IO[bytes]:
    """Opens a journal for appending, as the only process to write in its folder, and removes what
    one that was killed left unfinished there.

    Args:
        path: The file `journal.jsonl`; made, with its folder, if it is absent.

    Raises:
        RunFolderError: If another process holds the lock; nothing has then been written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = open(path, "ab", buffering=0)  # noqa: SIM115 - handed to the caller
        try:
            _lock(file, path)
        except BaseException:
            file.close()
            raise
        if is_still(file, path):
            if fcntl is not None:  # else another one may be at work
                sweep(path.parent, "checkpoints")
            return file
        file.close()  # the process that held the lock has removed it, as `RunFolder.clear` does


def is_held(path: Path) -> bool | None:
    """Returns whether a process of this machine is writing in a run folder; None where the system
    cannot tell. Nothing is written, and no search is hindered.

    Args:
        path: The file `journal.jsonl`.

    Raises:
        OSError: If it cannot be opened.
    """
    if fcntl is None:
        return None
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:  # held, or a file system without locks
            return True if error.errno in _HELD else None
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)  # now, even if a fork has the file open, too
    return False


def _lock(file: IO[bytes], path: Path) -> None:
    if fcntl is None:
        return
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno in _HELD and time.monotonic() < end:
                time.sleep(_PAUSE)
                continue
            raise RunFolderError(
                f"Another process is running a search in {path.parent}, or evaluates its best "
                "trial. Expected to be the only one. Nothing was changed. Wait for it to end, or "
                "choose another run folder with --run-dir (directory=, project_name=)."
            ) from error


def is_still(file: IO[bytes], path: Path) -> bool:
    """Returns whether a path means the file that is open.

    Args:
        file: An open file.
        path: Its path when it was opened.
    """
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def unlock(file: IO[bytes]) -> None:
    """Gives up the lock and closes the file; also where a process that was forked from this one
    still has it open.
    """
    if fcntl is not None and not file.closed:
        fcntl.flock(file, fcntl.LOCK_UN)
    file.close()
