"""Processes that a child has started, such as the workers of a PyDataset: they end with it.

A child leads a session of its own, which what it starts belongs to and stays in when it dies.
"""

from __future__ import annotations

import contextlib
import multiprocessing.process
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import psutil

HAVE_SESSIONS = hasattr(os, "setsid")
EXIT_SECONDS = 5.0


def lead_session() -> None:
    """Makes this process, a child, the leader of a session; a terminal's Ctrl-C is not for it."""
    if HAVE_SESSIONS:
        with contextlib.suppress(OSError):
            os.setsid()


def end_own_session() -> None:
    """Ends what this process, a child, has started, and itself, when nobody else can."""
    if HAVE_SESSIONS and os.getsid(0) == os.getpid() == os.getpgrp():
        os.killpg(os.getpgrp(), signal.SIGKILL)


def has_left_over() -> bool:
    """Whether a job has left threads or processes behind, which its successor would meet."""
    threads = [
        thread
        for thread in threading.enumerate()
        if not thread.daemon and thread is not threading.main_thread()
    ]
    return bool(threads) or _has_processes()


def _has_processes() -> bool:
    if hasattr(os, "waitid"):
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False  # the usual case, in a microsecond
    return any(_is_running(process) for process in psutil.Process().children())


def _is_running(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def end_with_descendants(process: BaseProcess, at_once: bool) -> None:
    """Ends a child and everything that it has started, where it can be found.

    Args:
        process: The child, seen from the driver.
        at_once: False gives it some seconds to end by itself.
    """
    leader = process.pid
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(leader).children(recursive=True)
    if not at_once:
        process.join(EXIT_SECONDS)
    process.kill()
    process.join(EXIT_SECONDS)
    if process.is_alive():
        _let_go(process)
    for descendant in [*family, *_members_of_session(leader)]:
        with contextlib.suppress(psutil.Error):
            descendant.kill()


def _let_go(process: BaseProcess) -> None:
    """Gives up a child that cannot be killed, such as one that waits for a dead disk: Python would
    wait for it at its own end.
    """
    children: Any = getattr(multiprocessing.process, "_children", None)
    if isinstance(children, set):
        children.discard(process)


def _members_of_session(leader: int | None) -> Iterator[psutil.Process]:
    """Yields the processes of a session whose leader has ended."""
    if leader is None or not HAVE_SESSIONS or psutil.pid_exists(leader):
        return  # a stranger may have got the number
    for number in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(number) == leader:
                yield psutil.Process(number)
