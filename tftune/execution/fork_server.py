"""Starting child processes, and a child as the driver sees it.

Children come from a fork server that has imported TensorFlow and initialised nothing, so one starts
in some 20 ms. On Windows, which cannot fork, each child is spawned and imports TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.machinery
import multiprocessing
import multiprocessing.forkserver
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import util
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from tftune.execution import child
from tftune.execution.channel import Channel
from tftune.execution.descendants import end_with_descendants
from tftune.execution.orphan import driver_told
from tftune.execution.printed import JobOutput
from tftune.execution.travel import PickledJob
from tftune.support.temporary import make_folder

FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
LOG_TAIL = 2000  # characters of a dead child's output that its message quotes
PIPE_SIZE = 2**20  # bytes that a child can print before it waits for the driver
LONGEST_PLACE = 50  # bytes: what is added to it must fit into the 104 of a socket's path
STOPPED_LOOKS = 60  # at so many in a row, a second apart, a child that stands still is given up
FORKS = 5  # attempts to start a child
_LOOK_SECONDS = 1.0
_FORK_SECONDS = 0.1


def start_fork_server() -> None:
    """Starts the fork server before there is a job: it imports TensorFlow while this process does
    so itself, instead of afterwards.
    """
    if FORKSERVER:
        _context()


def _context() -> Any:
    if not FORKSERVER:
        return multiprocessing.get_context("spawn")
    _place_sockets()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tftune.execution.preload"])
    with driver_told():
        multiprocessing.forkserver.ensure_running()
    return context


@functools.cache
def _place_sockets() -> None:
    """Lets the fork server's socket lie where it is swept if this process is killed, and where its
    path is not too long for one.
    """
    place = Path(tempfile.gettempdir())
    if len(os.fsencode(place)) > LONGEST_PLACE and os.access("/tmp", os.W_OK):
        place = Path("/tmp")
    folder = make_folder(place=place)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        util.get_temp_dir()  # made once a process, with the first socket
    finally:
        tempfile.tempdir = before
    # after that folder, which has priority -100
    util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-101)


@dataclass
class Child:
    """A child process, seen from the driver.

    Attributes:
        process: The process.
        channel: The way to it.
        printing: The driver's end of the pipe that is its stdout and stderr, or None.
        slot: Number of the slot whose jobs it does.
        output: What its job has printed.
        jobs: How many it was given.
        job: Its job, until it has begun with it.
        is_watched: Whether its sentinel tells its death: not where the fork server was killed.
        stopped: At how many looks in a row it stood still, as after SIGSTOP.
        looked: `time.monotonic()` of the last look.
    """

    process: BaseProcess
    channel: Channel
    printing: Connection | None
    slot: int
    output: JobOutput = field(default_factory=lambda: JobOutput(None))
    jobs: int = 0
    job: PickledJob | None = None
    is_watched: bool = True
    stopped: int = 0
    looked: float = 0.0

    @classmethod
    def fork(cls, slot: int, share: child.Share) -> Child:
        """Starts a child that waits for its first job.

        Args:
            slot: Number of its slot.
            share: What it may use of the machine.
        """
        for _ in range(FORKS - 1):
            with contextlib.suppress(EOFError, ConnectionError):
                return cls._forked(slot, share)
            time.sleep(_FORK_SECONDS)  # until it can be seen that there is no fork server
        return cls._forked(slot, share)

    @classmethod
    def _forked(cls, slot: int, share: child.Share) -> Child:
        """Starts a child, or fails where somebody kills the fork server meanwhile; a child of its
        that has begun then ends with its pipe.
        """
        context = _context()
        ours, theirs = context.Pipe(duplex=True)
        # Windows lets nobody wait for what is no message
        printing, prints = context.Pipe(duplex=False) if FORKSERVER else (None, None)
        process = context.Process(target=child.main, args=(theirs, prints, share), daemon=True)
        try:
            with _main_module_hidden():
                process.start()
        except BaseException:
            ours.close()
            if printing is not None:
                printing.close()
            raise
        finally:
            theirs.close()
            if prints is not None:
                prints.close()
        if printing is not None:
            _widen(printing)
        return cls(process, Channel(ours), printing, slot)

    def give(self, job: PickledJob, output: JobOutput) -> None:
        """Sends a job.

        Args:
            job: The job.
            output: Takes what it prints.
        """
        self.job, self.output, self.jobs = job, output, self.jobs + 1
        self.channel.send(("job", job))

    def resident(self) -> float:
        """Returns its resident memory in bytes; 0 if it has just ended."""
        with contextlib.suppress(psutil.Error):
            return float(psutil.Process(self.process.pid).memory_info().rss)
        return 0.0

    def has_ended(self) -> bool:
        """Whether the process is no more, once its sentinel has spoken.

        The fork server's death makes the sentinel speak, too; the child lives on and is heard by
        its pipe.
        """
        self.process.join(0)
        gone = True
        with contextlib.suppress(psutil.Error):
            gone = psutil.Process(self.process.pid).status() == psutil.STATUS_ZOMBIE
        self.is_watched = gone
        return gone

    def stands_still(self) -> bool:
        """Whether it was stopped and nobody lets it go on. Looks are counted, not seconds: who
        stops the driver, too, lets both go on.
        """
        if time.monotonic() - self.looked < _LOOK_SECONDS:
            return False
        self.looked, is_stopped = time.monotonic(), False
        with contextlib.suppress(psutil.Error):
            is_stopped = psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED
        self.stopped = self.stopped + 1 if is_stopped else 0
        return self.stopped >= STOPPED_LOOKS

    def read_printed(self) -> list[str]:
        """Returns the next lines of what it has printed, clean; none if there is nothing now."""
        if self.printing is None:
            return []
        try:
            if not self.printing.poll(0):
                return []
            data = os.read(self.printing.fileno(), PIPE_SIZE)
        except OSError:
            data = b""
        if not data:  # nobody holds the other end any more
            self.printing.close()
            self.printing = None
        return self.output.feed(data)

    def last_words(self) -> str:
        """Returns how a child ended that did not say so itself, and what it printed last."""
        self.process.join(5)
        code = self.process.exitcode
        hint = " The system may have run out of memory." if code == -signal.SIGKILL else ""
        printed = self.output.last_words(LOG_TAIL)
        tail = f"\nIt last printed:\n{printed}" if printed else ""
        return f"The child process {_how(code)} before it could report.{hint}{tail}"

    def end(self, at_once: bool = False) -> None:
        """Lets it end, and ends it if it does not, with all that it has started.

        Args:
            at_once: Do not wait for it.
        """
        self.channel.send(("end",))
        end_with_descendants(self.process, at_once)
        self.channel.close()
        if self.printing is not None:
            self.printing.close()
            self.printing = None


def _how(code: int | None) -> str:
    if code is None or code == child.CUT_OFF:
        return (
            "lost its connection to the search (does the model or a callback close files that it "
            "has not opened?)"
        )
    if code >= 0:
        return f"ended with exit code {code}"
    known = -code in set(signal.Signals)
    return f"was ended by signal {signal.Signals(-code).name if known else -code}"


def _widen(pipe: Any) -> None:
    """Lets a child print more while the driver is busy, where the system can."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)


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
