"""Child processes, several at a time: a job that crashes, hangs or is killed costs only itself.

A child stays for further jobs, which may use what earlier ones compiled; after a job that failed,
after 50 jobs, or when it has grown large, it makes place for a fresh one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from tftune.errors import RunFolderError
from tftune.execution import machine
from tftune.execution.base import AbstractExecutor, Finished, Job, OnReport
from tftune.execution.child import Share
from tftune.execution.fork_server import STOPPED_LOOKS, Child
from tftune.execution.printed import Printer
from tftune.execution.travel import pickle_job
from tftune.support.checks import check_count
from tftune.support.files import own_folder
from tftune.support.refusals import told_as_refusal
from tftune.support.temporary import make_folder

MEMORY_SECONDS = 0.25
LARGE = 2e9  # bytes: a child that has grown so large is not kept


class ProcessExecutor(AbstractExecutor):
    """Keeps up to `slots` child processes busy.

    Args:
        slots: Jobs at a time, at least 1.
        threads: Threads for one TensorFlow operation in a child. Defaults to 1: more were measured
            slower on small models, and one thread makes a training repeat to the last bit.
        logs: Folder for what the children print; a job that ends well leaves none, unless it
            printed more than `on_output` was told. None keeps none.
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
        self._scratch = str(make_folder())
        self._printer = Printer()

    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Starts a child.

        Raises:
            UsageError: If the function or an argument cannot travel to another process.
        """
        slot = min(
            set(range(len(self._children) + 1))
            - {running.slot for running in self._children.values()}
        )
        job = pickle_job(function, arguments)
        with told_as_refusal("A child process"):
            running = self._idle.pop(slot, None) or Child.fork(slot, self._share(slot))
        self._children[key] = running
        # `poll` sees it if the child was killed while it had nothing to do
        running.give(job, self._printer.output_of_job(self._log_file(key)))

    def _log_file(self, key: str) -> Path | None:
        if self.logs is None:
            return None
        with suppress(OSError, RunFolderError):  # what is not logged costs no trial
            own_folder(self.logs)
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
        self._printer.listener = self.on_output
        for ready in wait(
            [self._wake_read, *self._watched()],
            timeout if self.memory is None else min(timeout, MEMORY_SECONDS),
        ):
            if ready == self._wake_read:
                os.read(self._wake_read, 1024)
        finished = [end for key in list(self._children) for end in self._hear(key, on_report)]
        self._look_after_idle()
        for key in list(self._children):
            if self._is_greedy(key):
                finished.append(self._end_greedy(key))
            elif self._children[key].stands_still():
                finished.append(self._end_stopped(key))
        return finished

    def _look_after_idle(self) -> None:
        for slot, idle in list(self._idle.items()):
            idle.read_printed()  # by a thread of an earlier job; nobody's any more
            if idle.channel.has_more() or (_speaks(idle) and idle.has_ended()):
                self._idle.pop(slot).end()  # somebody has killed it

    def _watched(self) -> Iterator[Any]:
        for running in [*self._children.values(), *self._idle.values()]:
            yield running.channel.connection
            if running.printing is not None:
                yield running.printing
            if running.is_watched:
                yield running.process.sentinel

    def _hear(self, key: str, on_report: OnReport) -> list[Finished]:
        """Takes what a child has printed and said; what it said before it died counts."""
        running = self._children[key]
        self._show(key, running)
        has_ended = _speaks(running) and running.has_ended()
        try:
            while running.channel.has_more():
                for message in running.channel.receive():
                    self._show(key, running)
                    end = self._receive(key, message, on_report)
                    if end is not None:
                        return [end]
                if not has_ended:
                    return []  # who reports without pause cannot hold the driver here
        except EOFError:
            has_ended = True
        if not has_ended:
            return []
        self._show(key, running)
        if running.job is not None and running.jobs > 1:
            self._replace(key)
            return []
        return [self._died(key)]

    def _show(self, key: str, running: Child) -> None:
        self._printer.show(key, running.read_printed())

    def _is_greedy(self, key: str) -> bool:
        return self.memory is not None and self._children[key].resident() > self.memory * 1e9

    def _end_greedy(self, key: str) -> Finished:
        self.kill(key)
        message = (
            f"The trial was ended: it used more than {self.memory:g} GB, the limit of a "
            "trial (trial_memory, --trial-memory)."
        )
        return Finished(key, error=message, over_limit=True)

    def _end_stopped(self, key: str) -> Finished:
        self.kill(key)
        message = (
            f"The child process was stopped (SIGSTOP) and did not go on within {STOPPED_LOOKS} s."
        )
        return Finished(key, error=message)

    def _receive(self, key: str, message: tuple[Any, ...], on_report: OnReport) -> Finished | None:
        running = self._children[key]
        kind, value, *rest = message
        running.job = None
        if kind == "begun":
            return None
        if kind == "report":
            running.channel.send(("answer", on_report(key, value)))
            return None
        # a trial that failed in the user's code is a job that did its duty
        failed = kind != "result" or bool(getattr(value, "failure", None))
        self._printer.end(key, running.output, failed)
        self._release(key, healthy=kind == "result" and all(rest))
        if kind == "result":
            return Finished(key, result=value)
        return Finished(key, error=str(value), raised=value if kind == "raised" else None)

    def _replace(self, key: str) -> None:
        """Gives a job to a fresh child: the one that had done others died before it began with
        this.
        """
        old = self._children.pop(key)
        old.end()
        fresh = Child.fork(old.slot, self._share(old.slot))
        self._children[key] = fresh
        if old.job is not None:
            fresh.give(old.job, old.output)

    def _died(self, key: str) -> Finished:
        running = self._children.pop(key)
        error = running.last_words()
        self._printer.end(key, running.output, failed=True)
        running.end(at_once=True)
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
            self._show(key, running)
            self._printer.end(key, running.output, failed=True)
            running.end(at_once=True)

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


def _speaks(running: Child) -> bool:
    return running.is_watched and bool(wait([running.process.sentinel], 0))
