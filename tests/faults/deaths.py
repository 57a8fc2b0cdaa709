"""How a process of a search kills itself while it writes a file, and how it starts a fork server
that need not import TensorFlow again.
"""

from __future__ import annotations

import contextlib
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

from tftune.support.files import UNFINISHED

ARMED = ".armed"  # ending of a file that tells how many writings are let pass before the death


def die(name: str, delay: float, folder: str) -> None:
    """Lets this process kill itself while it writes a file, from when it is armed on.

    Args:
        name: A part of the file's name, the one it has when it is whole.
        delay: Seconds between the opening of the file and the death; below 0 the process dies in
            the moment in which the file gets its name.
        folder: The run folder; a file beside it arms.
    """
    process, armed, passed = os.getpid(), f"{folder}{ARMED}", 0

    def kill() -> None:
        time.sleep(max(delay, 0.0))
        os.kill(process, signal.SIGKILL)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal passed
        if event != ("open" if delay >= 0 else "os.rename") or os.getpid() != process:
            return
        is_it = name in str(arguments[1]) if delay < 0 else _is_written(name, arguments)
        if not is_it or not os.path.exists(armed):
            return
        passed += 1
        if passed <= int(Path(armed).read_text() or 0):
            return
        if delay > 0:
            threading.Thread(target=kill, daemon=True).start()
        else:
            kill()

    sys.addaudithook(listen)


def _is_written(name: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a file is opened for writing that has this name, or gets it when it is whole."""
    path, mode, flags = str(arguments[0]), arguments[1], arguments[2] or 0
    if not ((mode and mode[0] in "wax") or flags & (os.O_WRONLY | os.O_RDWR)):
        return False
    if not os.path.basename(path).startswith(UNFINISHED):
        return name in path
    frame: FrameType | None = sys._getframe(2)
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
