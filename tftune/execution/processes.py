"""Child processes, several at a time: a job that crashes, hangs or is killed costs only itself.

Children come from a fork server that has imported TensorFlow and initialised nothing, so one starts
in some 20 ms. A child stays for further jobs, which may use what earlier ones compiled; after a job
that failed, after 50 jobs, or when it has grown large, it makes place for a fresh one. On Windows,
which cannot fork, each child is spawned and imports TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import multiprocessing
import multiprocessing.forkserver
import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import cloudpickle
import psutil

from tftune.errors import UsageError
from tftune.execution import child
from tftune.execution.base import AbstractExecutor, Finished, Job, OnReport

FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
MEMORY_SECONDS = 0.25
LARGE = 2e9  # bytes: a child that has grown so large is not kept
LOG_TAIL = 2000  # characters of a dead child's output that its message quotes


@dataclass
class _Child:
    process: BaseProcess
    connection: Connection
    slot: int
    log: Path | None = None
    jobs: int = 0
    message: tuple[Any, ...] | None = None  # the job, until the child has begun with it


class ProcessExecutor(AbstractExecutor):
    """Keeps up to `slots` child processes busy.

    Args:
        slots: Jobs at a time, at least 1.
        threads: Threads for one TensorFlow operation in a child. Defaults to 1: more were measured
            slower on small models, and one thread makes a training repeat to the last bit.
        logs: Folder for what the children print; a job that ends well leaves none. None lets the
            output through.
        memory: Gigabytes (10^9 bytes) of a child's resident memory above which its job is ended, or
            None. Looked at four times a second.
        jobs_per_child: Jobs after which a child makes place for a fresh one; 1 gives each job a
            process of its own.
        gpus: Numbers of the GPUs to spread the children over, one each; empty leaves the choice to
            TensorFlow.
    """

    def __init__(
        self,
        slots: int,
        threads: int = 1,
        logs: Path | None = None,
        memory: float | None = None,
        gpus: Sequence[str] = (),
        jobs_per_child: int = 50,
    ) -> None:
        for name, value in (("workers", slots), ("threads", threads)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise UsageError(
                    f"{name} must be an integer of at least 1. Received: {name}={value!r}. Use "
                    "workers=0 to run inline."
                )
        self.slots, self.threads, self.logs, self.memory, self.gpus = (
            slots,
            threads,
            logs,
            memory,
            list(gpus),
        )
        self.jobs_per_child = jobs_per_child
        self._children: dict[str, _Child] = {}
        self._idle: dict[int, _Child] = {}
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._context = _context()
        self._scratch = tempfile.mkdtemp(prefix="tftune-")

    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Starts a child.

        Raises:
            UsageError: If the function or an argument cannot travel to another process.
        """
        slot = min(
            set(range(len(self._children) + 1))
            - {running.slot for running in self._children.values()}
        )
        log = self._log_file(key)
        message = ("job", _pickled(function, arguments), str(log) if log else None)
        running = self._idle.pop(slot, None) or self._fork(slot)
        running.log, running.jobs, running.message = log, running.jobs + 1, message
        self._children[key] = running
        with contextlib.suppress(
            OSError
        ):  # it was killed while it had nothing to do; `poll` will see it
            running.connection.send(message)

    def _fork(self, slot: int) -> _Child:
        ours, theirs = self._context.Pipe(duplex=True)
        process = self._context.Process(
            target=child.main, args=(theirs, self._share(slot)), daemon=True
        )
        with _main_module_hidden():
            process.start()
        theirs.close()
        return _Child(process, ours, slot)

    def _log_file(self, key: str) -> Path | None:
        if self.logs is None:
            return None
        self.logs.mkdir(parents=True, exist_ok=True)
        return self.logs / f"{key}.log"

    def _share(self, slot: int) -> child.Share:
        gpu = self.gpus[slot % len(self.gpus)] if self.gpus else None
        return child.Share(self._cores(slot), self.threads, gpu, self._scratch)

    def _cores(self, slot: int) -> list[int]:
        if not hasattr(os, "sched_getaffinity"):
            return []
        available = sorted(os.sched_getaffinity(0))
        if self.slots * self.threads != len(available):
            # pinning pays where the children fill the machine; otherwise the system knows better
            return []
        return available[slot * self.threads : (slot + 1) * self.threads]

    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        """Waits for reports and ends; a child that died without a word is a job that ended with an
        error.
        """
        by_connection = {running.connection: key for key, running in self._children.items()}
        finished: list[Finished] = []
        for ready in wait(
            [*by_connection, self._wake_read],
            timeout if self.memory is None else min(timeout, MEMORY_SECONDS),
        ):
            if ready == self._wake_read:
                os.read(self._wake_read, 1024)
                continue
            key = by_connection[ready]  # type: ignore[index]
            end = self._receive(key, on_report)
            if end is not None:
                finished.append(end)
        return finished + [
            self._end_greedy(key) for key in list(self._children) if self._is_greedy(key)
        ]

    def _is_greedy(self, key: str) -> bool:
        return self.memory is not None and _resident(self._children[key]) > self.memory * 1e9

    def _end_greedy(self, key: str) -> Finished:
        self.kill(key)
        message = (
            f"The trial was ended: it used more than {self.memory:g} GB, the limit of a "
            "trial (trial_memory, --trial-memory)."
        )
        return Finished(key, error=message, over_limit=True)

    def _receive(self, key: str, on_report: OnReport) -> Finished | None:
        running = self._children[key]
        try:
            kind, value = pickle.loads(running.connection.recv_bytes())
        except (EOFError, OSError):
            if running.message is None or running.jobs == 1:
                return self._died(key)
            self._replace(key)
            return None
        running.message = None
        if kind == "begun":
            return None
        if kind == "report":
            answer = on_report(key, value)
            with contextlib.suppress(OSError):
                running.connection.send(("answer", answer))
            return None
        self._release(key, healthy=kind == "result")
        if kind == "result":
            if running.log is not None:
                running.log.unlink(missing_ok=True)
            return Finished(key, result=value)
        return Finished(key, error=str(value), raised=value if kind == "raised" else None)

    def _replace(self, key: str) -> None:
        """Gives a job to a fresh child: the one that had done others died before it began with
        this.
        """
        old = self._children.pop(key)
        self._end(old)
        fresh = self._fork(old.slot)
        fresh.log, fresh.jobs, fresh.message = old.log, 1, old.message
        self._children[key] = fresh
        fresh.connection.send(fresh.message)

    def _died(self, key: str) -> Finished:
        running = self._children[key]
        running.process.join(5)
        code = running.process.exitcode
        how = (
            f"was ended by signal {signal.Signals(-code).name}"
            if code is not None and code < 0
            else f"ended with exit code {code}"
        )
        hint = " The system may have run out of memory." if code == -signal.SIGKILL else ""
        tail = (
            running.log.read_text(errors="replace")[-LOG_TAIL:].strip()
            if running.log and running.log.exists()
            else ""
        )
        self._forget(key)
        return Finished(
            key,
            error=f"The child process {how} before it could report.{hint}"
            + (f"\nIt last printed:\n{tail}" if tail else ""),
        )

    def _release(self, key: str, healthy: bool) -> None:
        """Keeps a child for the next job of its slot, or ends it."""
        running = self._children.pop(key)
        grown = LARGE if self.memory is None else min(LARGE, 0.5e9 * self.memory)
        if healthy and running.jobs < self.jobs_per_child and _resident(running) < grown:
            self._idle[running.slot] = running
        else:
            self._end(running)

    def _forget(self, key: str) -> None:
        self._end(self._children.pop(key))

    def _end(self, running: _Child) -> None:
        with contextlib.suppress(OSError):
            running.connection.send(("end",))
        running.connection.close()
        running.process.join(5)
        if running.process.is_alive():
            running.process.kill()
            running.process.join()

    def kill(self, key: str) -> None:
        """Kills the child of a job."""
        if key in self._children:
            self._children[key].process.kill()
            self._forget(key)

    @property
    def running(self) -> list[str]:
        """Keys of the jobs whose children live."""
        return list(self._children)

    def wake(self) -> None:
        """Ends the waiting of `poll`."""
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    def close(self) -> None:
        """Kills all children."""
        for key in self.running:
            self.kill(key)
        for running in self._idle.values():
            self._end(running)
        self._idle.clear()
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._wake_read >= 0:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_read = self._wake_write = -1


def _context() -> Any:
    if not FORKSERVER:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tftune.execution.preload"])
    return context


def start_fork_server() -> None:
    """Starts the fork server before there is a job: it imports TensorFlow while this process does
    so itself, instead of afterwards.
    """
    if FORKSERVER:
        _context()
        multiprocessing.forkserver.ensure_running()


def _resident(running: _Child) -> float:
    """Returns a child's resident memory in bytes; 0 if it has just ended."""
    with contextlib.suppress(psutil.Error):
        return float(psutil.Process(running.process.pid).memory_info().rss)
    return 0.0


def _pickled(function: Job, arguments: tuple[Any, ...]) -> bytes:
    try:
        return cloudpickle.dumps((function, arguments))
    except Exception as error:
        raise UsageError(
            f"A trial cannot be sent to a child process: {type(error).__name__}: {error}. Expected "
            "a model builder, callbacks and data "
            "that cloudpickle can pickle; a tf.data.Dataset cannot be. Pass NumPy arrays, or run "
            "trials in this process with workers=0."
        ) from error


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
