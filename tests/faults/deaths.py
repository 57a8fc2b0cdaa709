"""How a process of a search kills itself while it writes a file, and how it starts a fork server
that need not import TensorFlow again.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing.forkserver
import multiprocessing.util
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tftune.support.files import UNFINISHED, write_atomically

ARMED = (
    ".armed"  # ending of a file beside the run folder that tells of which file's writing it dies
)


def arm(folder: Path, name: str, delay: float, passed: int) -> None:
    """Lets the driver of a run folder die.

    Args:
        folder: The run folder.
        name: A part of the name of the file in whose writing it dies, the one that the file has
            when it is whole.
        delay: Seconds between the opening of the file and the death; below 0 the driver dies in the
            moment in which the file gets its name.
        passed: How many writings are let pass before.
    """
    text = json.dumps({"name": name, "delay": delay, "passed": passed})
    write_atomically(Path(f"{folder}{ARMED}"), text)


def disarm(folder: Path) -> None:
    """Lets the driver live."""
    Path(f"{folder}{ARMED}").unlink(missing_ok=True)


def die_when_armed(folder: str) -> None:
    """Lets this process kill itself when it is armed and writes the file.

    Args:
        folder: The run folder.
    """
    process, armed = os.getpid(), f"{folder}{ARMED}"
    passed, is_looking = 0, False

    def kill(delay: float) -> None:
        time.sleep(delay)
        os.kill(process, signal.SIGKILL)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal passed
        told = json.loads(Path(armed).read_text())
        name, delay = told["name"], told["delay"]
        if event != ("open" if delay >= 0 else "os.rename"):
            return
        if not (name in str(arguments[1]) if delay < 0 else _is_written(name, arguments)):
            return
        passed += 1
        if passed <= told["passed"]:
            return
        if delay > 0:
            threading.Thread(target=kill, args=(delay,), daemon=True).start()
        else:
            kill(0.0)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal is_looking
        if event not in ("open", "os.rename") or is_looking or os.getpid() != process:
            return
        is_looking = True  # or it would hear of its own files
        try:
            if os.path.exists(armed):
                look(event, arguments)
        finally:
            is_looking = False

    sys.addaudithook(listen)


def _is_written(name: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a file is opened for writing that has this name, or gets it when it is whole."""
    path, mode, flags = str(arguments[0]), arguments[1], arguments[2] or 0
    if not ((mode and mode[0] in "wax") or flags & (os.O_WRONLY | os.O_RDWR)):
        return False
    if not os.path.basename(path).startswith(UNFINISHED):
        return name in path
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_name != "atomic_file":
        frame = frame.f_back
    return frame is not None and name in str(frame.f_locals.get("path"))


def start_fork_servers_from_here() -> None:
    """Lets the fork server be a fork of this process, which has imported TensorFlow, instead of a
    fresh Python: all the rest of it is as it always is.
    """
    spawn = multiprocessing.util.spawnv_passfds

    def fork(path: Any, arguments: Sequence[Any], passed: Sequence[int]) -> int:
        code = str(arguments[-1])
        if "forkserver" not in code:
            return int(spawn(path, arguments, passed))
        child = os.fork()
        if child:
            return child
        try:
            for descriptor in map(int, os.listdir("/proc/self/fd")):
                if descriptor > 2 and descriptor not in passed:
                    with contextlib.suppress(OSError):  # that of the listing itself
                        os.close(descriptor)
            multiprocessing.forkserver._forkserver.__init__()  # type: ignore[misc]
            exec(code, {})
        finally:
            os._exit(0)

    multiprocessing.util.spawnv_passfds = fork
