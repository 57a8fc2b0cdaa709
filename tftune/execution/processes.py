"""Child processes, several at a time: a job that crashes, hangs or is killed costs only itself.

A child stays for further jobs, which may use what earlier ones compiled; after a job that failed,
after 50 jobs, or when it has grown large, it makes place for a fresh one.
"""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from tftune.execution import machine
from tftune.execution.base import AbstractExecutor, Finished, Job, OnReport
from tftune.execution.child import Share, pickle_job
from tftune.execution.fork_server import Child
from tftune.support.checks import check_count

MEMORY_SECONDS = 0.25
LARGE = 2e9  # bytes: a child that has grown so large is not kept


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
        check_count("workers", slots, least=1)
        check_count("threads", threads, least=1)
        self.slots, self.threads, self.logs, self.memory = slots, threads, logs, memory
        self.gpus, self.jobs_per_child = list(gpus), jobs_per_child
        self._children: dict[str, Child] = {}
        self._idle: dict[int, Child] = {}
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
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
        message = ("job", pickle_job(function, arguments), str(log) if log else None)
        running = self._idle.pop(slot, None) or Child.fork(slot, self._share(slot))
        running.log, running.jobs, running.message = log, running.jobs + 1, message
        self._children[key] = running
        running.send(*message)  # `poll` sees it if the child was killed while it had nothing to do

    def _log_file(self, key: str) -> Path | None:
        if self.logs is None:
            return None
        self.logs.mkdir(parents=True, exist_ok=True)
        return self.logs / f"{key}.log"

    def _share(self, slot: int) -> Share:
        gpu = self.gpus[slot % len(self.gpus)] if self.gpus else None
        return Share(self._cores(slot), self.threads, gpu, self._scratch)

    def _cores(self, slot: int) -> list[int]:
        available = machine.cores()
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
        return self.memory is not None and self._children[key].resident() > self.memory * 1e9

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
            running.send("answer", on_report(key, value))
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
        old.end()
        fresh = Child.fork(old.slot, self._share(old.slot))
        fresh.log, fresh.jobs, fresh.message = old.log, 1, old.message
        self._children[key] = fresh
        fresh.connection.send(fresh.message)

    def _died(self, key: str) -> Finished:
        running = self._children.pop(key)
        error = running.last_words()
        running.end()
        return Finished(key, error=error)

    def _release(self, key: str, healthy: bool) -> None:
        """Keeps a child for the next job of its slot, or ends it."""
        running = self._children.pop(key)
        grown = LARGE if self.memory is None else min(LARGE, 0.5e9 * self.memory)
        if healthy and running.jobs < self.jobs_per_child and running.resident() < grown:
            self._idle[running.slot] = running
        else:
            running.end()

    def kill(self, key: str) -> None:
        """Kills the child of a job."""
        if key in self._children:
            running = self._children.pop(key)
            running.process.kill()
            running.end()

    @property
    def running(self) -> list[str]:
        """Keys of the jobs whose children live."""
        return list(self._children)

    def wake(self) -> None:
        """Ends the waiting of `poll`."""
        with suppress(OSError):
            os.write(self._wake_write, b"x")

    def close(self) -> None:
        """Kills all children."""
        for key in self.running:
            self.kill(key)
        for running in self._idle.values():
            running.end()
        self._idle.clear()
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._wake_read >= 0:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_read = self._wake_write = -1
