"""One process at a time writes in a run folder: who does holds the lock on its journal.

The lock is the operating system's own (flock) on the file `journal.jsonl`, so it ends with the
process however that ends. Where the file system offers none, an owner file stands in for it
(`tftune.journal.owner_file`). A file may be removed, or replaced by another of the same name,
between opening and locking it; the lock counts only if the name still means the file that was
locked.

Who only wants to know whether a folder is at work (`is_held`) has to take a shared lock for a
moment: the system tells it in no other way. So who wants the folder tries for a moment longer.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import IO

from tftune.errors import RunFolderError
from tftune.journal.owner_file import NAME, STALE_SECONDS, OwnerFile, living_owner
from tftune.support.files import sweep

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

_PATIENCE = 0.3  # seconds; a look takes less than a thousandth
_PAUSE = 0.01
_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
_warned: set[Path] = set()


class FolderLock:
    """Makes this process the only one that writes in a run folder, and removes what one that was
    killed left unfinished there.

    Args:
        path: The file `journal.jsonl`; made, with its folder, if it is absent.

    Attributes:
        file: That file, open for appending.

    Raises:
        RunFolderError: If another process holds the lock, or the journal is no file; nothing has
            then been written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "journal.jsonl"
        >>> with FolderLock(path):
        ...     is_held(path)
        True
        >>> is_held(path)
        False
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = path.absolute()  # a trial in this process may change the directory
        self._owner: OwnerFile | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            self.file = _open_to_append(path)
            try:
                self._lock()
            except BaseException:
                self.file.close()
                raise
            if is_still(self.file, path):
                break
            self.release()  # the process that held the lock has removed it: `RunFolder.clear`
        sweep(path.parent, "checkpoints")

    def _lock(self) -> None:
        if self._has_system_lock():
            if words := living_owner(self._path.parent / NAME):
                raise _refused(self._path, words)
            return
        _warn_of_no_lock(self._path.parent)
        owner = OwnerFile(self._place.parent)
        if words := owner.take():
            raise _refused(self._path, words)
        self._owner = owner

    def _has_system_lock(self) -> bool:
        """Takes the system's lock; returns whether there is one.

        Raises:
            RunFolderError: If another process has it.
        """
        if fcntl is None:
            return False
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError as error:
                if error.errno not in _HELD:
                    return False
                if time.monotonic() >= end:
                    raise _refused(self._path, "Another process") from error
                time.sleep(_PAUSE)

    @property
    def in_place(self) -> bool:
        """Whether the folder still has this journal, and no other process took the folder."""
        return is_still(self.file, self._place) and (self._owner is None or self._owner.is_ours)

    def check(self) -> None:
        """Refuses to go on in a folder that may be another search's.

        Raises:
            RunFolderError: If the folder is no longer ours.
        """
        folder, name = self._path.parent, self._path.name
        if not is_still(self.file, self._place):
            raise RunFolderError(
                f"The run folder {folder} was removed, moved or replaced while a search was "
                f"writing in it. Expected {name} to stay in its place. Resume what was moved where "
                "it is now, or start again."
            )
        if self._owner is not None and not self._owner.is_ours:
            raise RunFolderError(
                f"The run folder {folder} was taken by another process, because this one was "
                f"silent for over {STALE_SECONDS:.0f} s. Expected {NAME} to name this process. "
                "What the other one has written stands; look at it with `tftune show`."
            )

    def release(self) -> None:
        """Gives up the lock and closes the file, also where a process that was forked from this one
        still has it open; may be called twice.
        """
        if self._owner is not None:
            self._owner.release()
        elif fcntl is not None and not self.file.closed:
            fcntl.flock(self.file, fcntl.LOCK_UN)
        self.file.close()

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Returns whether a process is writing in a run folder, as far as this machine can see. Nothing
    is written, and no search is hindered.

    Args:
        path: The file `journal.jsonl`.

    Raises:
        OSError: If it cannot be opened.
        RunFolderError: If it is no file.
    """
    with open_to_read(path) as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _HELD:
                    return True
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)  # now, even if a fork has the file open, too
    return living_owner(path.parent / NAME) is not None


def open_to_read(path: Path | str) -> IO[bytes]:
    """Opens a file that may be anything, and never waits for a writer as a pipe does.

    Raises:
        RunFolderError: If it is no plain file.
        OSError: If it cannot be opened.
    """
    return _opened(Path(path), os.O_RDONLY, "rb")


def _open_to_append(path: Path) -> IO[bytes]:
    follow_no_link = getattr(os, "O_NOFOLLOW", 0)  # what it leads to is not ours to write
    try:
        return _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | follow_no_link, "ab")
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise _no_file(path) from None
        raise


def _opened(path: Path, flags: int, mode: str) -> IO[bytes]:
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0), 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _no_file(path)
    return os.fdopen(handle, mode, buffering=0 if "a" in mode else -1)


def _no_file(path: Path) -> RunFolderError:
    return RunFolderError(
        f"The journal {path} is no file of its own: it is a folder, a pipe, a device or a link. "
        "Expected the file that tftune wrote. Restore it from a copy, or choose another run folder "
        "with --run-dir (directory=, project_name=)."
    )


def _refused(path: Path, who: str) -> RunFolderError:
    return RunFolderError(
        f"{who} is running a search in {path.parent}, or evaluates its best trial. Expected to be "
        "the only one. Nothing was changed. Wait for it to end, or choose another run folder with "
        "--run-dir (directory=, project_name=)."
    )


def _warn_of_no_lock(folder: Path) -> None:
    place = folder.absolute()
    if fcntl is not None and place not in _warned:
        _warned.add(place)
        warnings.warn(
            f"The file system of {folder} offers no locks. The file {NAME} stands in for one: it "
            "names the process at work, so that no second one writes there.",
            stacklevel=5,
        )


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
