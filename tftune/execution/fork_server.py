"""Starting child processes, and a child as the driver sees it.

Children come from a fork server that has imported TensorFlow and initialised nothing, so one starts
in some 20 ms. On Windows, which cannot fork, each child is spawned and imports TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import multiprocessing
import multiprocessing.forkserver
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from tftune.execution import child

FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
LOG_TAIL = 2000  # characters of a dead child's output that its message quotes


def start_fork_server() -> None:
    """Starts the fork server before there is a job: it imports TensorFlow while this process does
    so itself, instead of afterwards.
    """
    if FORKSERVER:
        _context()
        multiprocessing.forkserver.ensure_running()


def _context() -> Any:
    if not FORKSERVER:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tftune.execution.preload"])
    return context


@dataclass
class Child:
    """A child process, seen from the driver.

    Attributes:
        process: The process.
        connection: The driver's end of the pipe to it.
        slot: Number of the slot whose jobs it does.
        log: File that takes what its job prints, or None.
        jobs: How many it was given.
        message: Its job, until it has begun with it.
    """

    process: BaseProcess
    connection: Connection
    slot: int
    log: Path | None = None
    jobs: int = 0
    message: tuple[Any, ...] | None = None

    @classmethod
    def fork(cls, slot: int, share: child.Share) -> Child:
        """Starts a child that waits for its first job.

        Args:
            slot: Number of its slot.
            share: What it may use of the machine.
        """
        context = _context()
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=child.main, args=(theirs, share), daemon=True)
        with _main_module_hidden():
            process.start()
        theirs.close()
        return cls(process, ours, slot)

    def send(self, *message: Any) -> None:
        """Sends a message; none to a child that is gone, which the driver sees when it reads."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def resident(self) -> float:
        """Returns its resident memory in bytes; 0 if it has just ended."""
        with contextlib.suppress(psutil.Error):
            return float(psutil.Process(self.process.pid).memory_info().rss)
        return 0.0

    def last_words(self) -> str:
        """Returns how a child ended that did not say so itself, and what it printed last."""
        self.process.join(5)
        code = self.process.exitcode
        how = (
            f"was ended by signal {signal.Signals(-code).name}"
            if code is not None and code < 0
            else f"ended with exit code {code}"
        )
        hint = " The system may have run out of memory." if code == -signal.SIGKILL else ""
        printed = (
            self.log.read_text(errors="replace")[-LOG_TAIL:].strip()
            if self.log and self.log.exists()
            else ""
        )
        tail = f"\nIt last printed:\n{printed}" if printed else ""
        return f"The child process {how} before it could report.{hint}{tail}"

    def end(self) -> None:
        """Lets it end, and ends it if it does not."""
        self.send("end")
        self.connection.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextlib.contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keeps children from importing the user's script again: a script without a main guard would
    start itself over.
    """
    main = sys.modules["__main__"]
    spec: importlib.machinery.ModuleSpec | None = getattr(main, "__spec__", None)
    file = getattr(main, "__file__", None)
    main.__spec__ = None
    if file is not None:
        del main.__file__
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file
