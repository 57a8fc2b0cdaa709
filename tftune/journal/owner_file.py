"""Stands in for the lock of a run folder where the file system has none (some network, cloud and
FUSE file systems): a file that tells which process is at work there.

The process touches its file every few seconds while it works. Whoever wants the folder looks at it:
on the same machine whether that process lives, from another machine how long ago it was touched, by
the clock of the file system. The file of a dead process is taken away.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tftune.support.files import UNFINISHED
from tftune.support.owners import is_of_this_machine, lives, this_process
from tftune.support.texts import printable

NAME = ".owner.json"
REFRESH_SECONDS = 10.0
STALE_SECONDS = 90.0  # an owner on another machine that was silent so long is dead
_LOOK_SECONDS = 1.0  # how often the owner looks whether the file is still its own
_PUT_BACK_SECONDS = 0.05
_LONGEST = 4096


class OwnerFile:
    """The file of the process that works in a folder.

    Args:
        folder: The run folder.

    Attributes:
        path: The file.

    Example:
        >>> with tempfile.TemporaryDirectory() as name:
        ...     first, second = OwnerFile(Path(name)), OwnerFile(Path(name))
        ...     answers = first.take(), second.take() is None, first.is_ours
        ...     first.release()
        >>> answers
        (None, False, True)
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._token = os.urandom(16).hex()
        self._looked, self._was_ours = 0.0, False
        self._ended = threading.Event()

    def take(self) -> str | None:
        """Makes the file; returns None, or words for the living process that has one.

        Raises:
            OSError: If the folder cannot be written.
        """
        while True:
            with contextlib.suppress(FileExistsError):
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps({**this_process(), "token": self._token}).encode())
                    file.flush()
                    os.fsync(handle)
                self._begin()
                return None
            state, told = _state(self.path), _told(self.path)
            if words := _living(told, _age(self.path, _clock_of(self.path.parent))):
                return words
            _take_away(self.path, state)

    def _begin(self) -> None:
        self._looked, self._was_ours = time.monotonic(), True
        threading.Thread(target=self._refresh, name="owner file", daemon=True).start()

    def _refresh(self) -> None:
        while not self._ended.wait(REFRESH_SECONDS):
            if self._holds():
                with contextlib.suppress(OSError):
                    os.utime(self.path)

    @property
    def is_ours(self) -> bool:
        """Whether no other process has taken the folder, which it may after a long silence."""
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked, self._was_ours = time.monotonic(), self._holds()
        return self._was_ours

    def _holds(self) -> bool:
        for pause in (_PUT_BACK_SECONDS, 0.0):
            try:
                if _read(self.path).get("token") == self._token:
                    return True
            except FileNotFoundError:
                pass
            except OSError:  # the file system does not answer: nobody has said otherwise
                return self._was_ours
            time.sleep(pause)  # who took it by mistake is putting it back
        return False

    def release(self) -> None:
        """Removes the file, if it is still ours; may be called twice."""
        self._ended.set()
        if self._holds():
            self.path.unlink(missing_ok=True)


def living_owner(path: Path) -> str | None:
    """Returns words for the living process that an owner file names, or None; nothing is written.

    Args:
        path: The file; it need not exist.
    """
    return _living(_told(path), _age(path, time.time()))


def _living(told: dict[str, Any], age: float) -> str | None:
    # a file that is not written yet counts by its age, too
    alive = lives(told) if is_of_this_machine(told) else age < STALE_SECONDS
    if not alive or age == math.inf:
        return None
    process, host = (printable(str(told.get(name, "?")), 60) for name in ("pid", "host"))
    return f"Process {process} on the machine {host} (seen {max(age, 0.0):.0f} s ago)"


def _age(path: Path, now: float) -> float:
    """Returns the seconds since the owner has touched its file; infinite if there is none."""
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _told(path: Path) -> dict[str, Any]:
    try:
        return _read(path)
    except OSError:
        return {}


def _read(path: Path) -> dict[str, Any]:
    """Returns what an owner file tells; nothing if it is not written yet."""
    with open(path, "rb") as file:
        content = file.read(_LONGEST)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _state(path: Path) -> tuple[int, int] | None:
    """Returns what tells a file from any other, and changes when its owner touches it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _clock_of(folder: Path) -> float:
    """Returns the time by the clock of a folder's file system, which may be another machine's."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=UNFINISHED) as file:
        return os.fstat(file.fileno()).st_mtime


def _take_away(path: Path, dead: tuple[int, int] | None) -> None:
    """Removes the file of a dead process, and of no other that took its place meanwhile, or of one
    that was silent and has touched it.
    """
    aside = path.with_name(f"{UNFINISHED}{os.urandom(16).hex()}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, aside)
        if _state(aside) != dead:
            _put_back(aside, path)
        aside.unlink(missing_ok=True)


def _put_back(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # its owner sees it, and stops
    except OSError:  # a file system without links
        os.rename(aside, path)
