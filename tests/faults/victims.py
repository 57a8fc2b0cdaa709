"""The processes of a session, and the moments in which they write a file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tests.faults.warm_search import MARK
from tftune.support.files import UNFINISHED

_CREATED = 0x100  # IN_CREATE
_EVENT = struct.Struct("iIII")


def processes_of(mark: str) -> list[psutil.Process]:
    """Returns the processes of a search: a fork has its name, a fresh process its variable."""
    found = []
    for number in psutil.pids():
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(number)
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.name() == mark or process.environ().get(MARK) == mark:
                found.append(process)
    return found


def forked(driver: int) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """Returns the fork server of a driver and its children."""
    servers, children = [], []
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(driver).children():
            with contextlib.suppress(psutil.Error):
                command = " ".join(process.cmdline())
                if "forkserver" in command or "warm_search" in command:
                    servers.append(process)
    for server in servers:
        with contextlib.suppress(psutil.Error):
            children += server.children()
    return servers, children


def lives(process: psutil.Process) -> bool:
    """Whether a process runs."""
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def kill(processes: list[psutil.Process]) -> bool:
    """Kills processes; returns whether one of them lived and is dead now."""
    victims = [process for process in processes if lives(process)]
    for process in victims:
        with contextlib.suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + 10
    while any(map(lives, victims)):
        assert time.monotonic() < deadline, "a process outlives SIGKILL"
        time.sleep(0.005)
    return bool(victims)


class Watch:
    """Tells of files that are begun in a folder, in the moment in which they are.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_CLOEXEC)
        added = self._library.inotify_add_watch(self._descriptor, os.fsencode(folder), _CREATED)
        if added < 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")

    def names(self, seconds: float) -> Iterator[str]:
        """Yields the names of the files that are begun within some seconds."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return
        data, place = os.read(self._descriptor, 65536), 0
        while place < len(data):
            length = _EVENT.unpack_from(data, place)[3]
            place += _EVENT.size + length
            yield os.fsdecode(data[place - length : place].rstrip(b"\0"))

    def close(self) -> None:
        """Ends it."""
        os.close(self._descriptor)


def unfinished(folder: Path) -> set[str]:
    """Returns the files that somebody has begun and not finished."""
    return {str(path) for path in folder.rglob(f"{UNFINISHED}*")}


def shared_memory_of(processes: list[psutil.Process]) -> set[str]:
    """Returns the files in shared memory that processes use."""
    found = set()
    for process in processes:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
                if "/dev/shm/" in line and not line.endswith("(deleted)"):
                    found.add(line[line.index("/dev/shm/") :])
    return found


def temporary(folder: Path, drivers: Sequence[int]) -> set[str]:
    """Returns what lies among the temporary files of a search: at its own place, and at the one for
    sockets, which need short paths.
    """
    place = Path(f"{folder}.tmp")
    found = {str(path) for name in ("tftune-*", "pymp-*") for path in place.glob(name)}
    for driver in drivers:
        owned = Path("/tmp").glob(f"tftune-*/.owner-{driver}.json")
        found |= {str(path.parent) for path in owned}
    return found


def leftovers(folder: Path, drivers: Sequence[int]) -> set[str]:
    """Returns what a process that was killed may have left and nobody has removed: in the run
    folder and its checkpoints, and among temporary files.
    """
    kept = {str(path) for path in folder.rglob("*.unfinished")}
    return unfinished(folder) | kept | temporary(folder, drivers)
