"""Jobs on a Ray cluster, or on a Ray that is started on this machine for the search: scaling past
one machine is Ray's work.

An actor a slot, placed by Ray, runs each job in a child process. The driver waits for all actors at
once: each of them owes one answer, a report or an end, and Ray answers for an actor that died.

Who is to blame: a job that raises, exits, crashes or is ended by a signal other than SIGKILL ends
with an error. A job is *lost* if its actor or node died, or its child was ended by SIGKILL, which
only somebody else sends: a person, or the system out of memory.
"""

from __future__ import annotations

import dataclasses
import pickle
import queue
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle

from tftune.errors import UsageError
from tftune.execution.base import AbstractExecutor, Finished, Job, OnReport
from tftune.execution.machine import core_count
from tftune.execution.printed import Printer
from tftune.execution.ray_actor import LOG_OF_JOB, Ended, Parcel, Reported, SlotActor
from tftune.execution.ray_files import FileCarrier, bring_home
from tftune.execution.ray_session import RaySession, capacity
from tftune.execution.travel import pickle_job, to_bytes
from tftune.support.checks import check_count, check_number
from tftune.support.files import write_atomically

CLOSE_SECONDS = 10.0
START_FAILURES = (
    3  # deaths of actors in a row, none having been of use, after which the cluster is at fault
)


@dataclass
class _Waiting:
    key: str
    function: Job
    arguments: tuple[Any, ...]
    payload: bytes


@dataclass(eq=False)
class _Slot:
    actor: Any
    node: str | None = None  # None until the actor lives
    folder: str = ""
    busy: bool = True
    key: str | None = None  # of the job that runs; None if it was killed
    jobs: int = 0  # handed to the actor so far
    places: dict[str, str] = field(default_factory=dict)


class RayExecutor(AbstractExecutor):
    """Keeps up to `slots` actors busy.

    Other nodes need tftune and whatever the model imports; arrays and weights travel by themselves,
    but what the user's callbacks write stays on the node. Where slots are lost with a node, Ray is
    asked for others, and jobs wait for the first slot that is free.

    Args:
        slots: Jobs at a time, at least 1. Defaults to as many as the cluster has room for.
        threads: Processors of a job, and threads for one TensorFlow operation. Defaults to 1.
        address: None starts Ray on this machine for this search: no dashboard, and it listens on
            loopback only. `auto` or `HOST:PORT` joins a cluster that runs, of which this machine is
            a node.
        gpu_share: GPUs of a job: a part of one, or a whole number. Defaults to 0: Ray counts no
            GPUs, and a job sees those of its machine.
        logs: Folder for what failed jobs printed. None keeps only the last words, in the error.
        memory: Gigabytes (10^9 bytes) of a job's resident memory above which it is ended, or None.

    Raises:
        UsageError: If Ray is missing, the cluster cannot be reached or has no room for so many
            slots.
    """

    def __init__(
        self,
        slots: int | None = None,
        threads: int = 1,
        address: str | None = None,
        gpu_share: float = 0.0,
        logs: Path | None = None,
        memory: float | None = None,
    ) -> None:
        check_count("workers", slots, least=1, optional=True)
        check_count("threads", threads, least=1)
        _check_share(gpu_share)
        self.threads, self.gpu_share, self.logs, self.memory = threads, gpu_share, logs, memory
        self._slots: list[_Slot] = []
        self._waiting: list[_Waiting] = []
        self._arrivals: queue.SimpleQueue[tuple[_Slot, Any] | None] = queue.SimpleQueue()
        self._carrier, self._token, self._failures = FileCarrier(), secrets.token_hex(4), 0
        self._printer = Printer()
        self._session = RaySession(
            address, cpus=slots * threads if slots else max(core_count(), threads)
        )
        self._ray = self._session.ray
        try:
            self.slots = self._room(slots)
            self._node = self._ray.get_runtime_context().get_node_id()
            self._class = self._ray.remote(SlotActor)
            for _ in range(self.slots):
                self._open_slot()
        except BaseException:
            self.close()
            raise

    def _room(self, slots: int | None) -> int:
        room = capacity(self._ray.nodes(), self.threads, self.gpu_share)
        if room < (slots or 1):
            raise UsageError(
                f"The Ray cluster has room for {room} trials at a time with threads={self.threads} "
                f"and gpu_share={self.gpu_share:g}. "
                f"Received: workers={slots}. Pass fewer workers or threads or a smaller share, or "
                "add nodes to the cluster."
            )
        return slots or room

    def _open_slot(self) -> None:
        options = {
            "num_cpus": self.threads,
            "num_gpus": self.gpu_share,
            "max_restarts": 0,
            "max_task_retries": 0,
            "max_concurrency": 3,
        }
        slot = _Slot(
            self._class.options(**options).remote(self.threads, self._token, sys.path, self.memory)
        )
        self._slots.append(slot)
        self._expect(slot, slot.actor.where.remote())

    def _expect(self, slot: _Slot, answer: Any) -> None:
        answer.future().add_done_callback(lambda future: self._arrivals.put((slot, future)))

    def start(self, key: str, function: Job, *arguments: Any) -> None:
        """Hands a job to a free slot, or lets it wait for one.

        Raises:
            UsageError: If the function or an argument cannot travel to another process.
        """
        payload = to_bytes(pickle_job(function, arguments))
        self._waiting.append(_Waiting(key, function, arguments, payload))
        self._dispatch()

    def _dispatch(self) -> None:
        for slot in self._slots:
            if self._waiting and not slot.busy:
                self._begin(slot, self._waiting.pop(0))

    def _begin(self, slot: _Slot, job: _Waiting) -> None:
        slot.busy, slot.key = True, job.key
        if slot.node == self._node:
            parcel, slot.places = Parcel(job.payload), {}
        else:
            parcel, slot.places = self._carrier.pack(job.function, job.arguments, slot.folder)
        slot.jobs += 1
        self._expect(slot, slot.actor.begin.remote(parcel, slot.jobs))

    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        """Waits for reports and ends.

        Raises:
            UsageError: If actors cannot start, for example because a node lacks tftune.
        """
        try:
            arrivals = [self._arrivals.get(timeout=max(timeout, 0.0))]
        except queue.Empty:
            return []
        # who reports without pause cannot hold the driver here
        arrivals += [self._arrivals.get() for _ in range(self._arrivals.qsize())]
        ends = [self._receive(*arrival, on_report) for arrival in arrivals if arrival is not None]
        return [end for end in ends if end is not None]

    def _receive(self, slot: _Slot, future: Any, on_report: OnReport) -> Finished | None:
        if slot not in self._slots:
            return None
        try:
            message = future.result()
        except Exception as error:
            return self._lose(slot, error)
        if slot.node is None:
            slot.node, slot.folder = message
            self._failures = 0
        elif isinstance(message, Reported):
            self._show(slot.key, message.printed)
            stop = True if slot.key is None else on_report(slot.key, pickle.loads(message.content))
            self._expect(slot, slot.actor.next.remote(stop))
            return None
        slot.busy = False
        end = self._end(slot, message) if isinstance(message, Ended) else None
        self._dispatch()
        return end

    def _end(self, slot: _Slot, ended: Ended) -> Finished | None:
        key, slot.key = slot.key, None
        if key is None:
            return None
        self._show(key, ended.printed)
        bring_home(ended, slot.places)
        if ended.log is not None and self.logs is not None:
            write_atomically(self.logs / f"{key}.log", ended.log)
        end = ended.finished
        result = cloudpickle.loads(end.result.content) if end.result is not None else None
        return dataclasses.replace(end, key=key, result=result)

    def _show(self, key: str | None, printed: list[str]) -> None:
        if key is not None:
            log = "a log that is not kept" if self.logs is None else str(self.logs / f"{key}.log")
            self._printer.listener = self.on_output
            self._printer.show(key, [line.replace(LOG_OF_JOB, log) for line in printed])

    def _lose(self, slot: _Slot, error: Exception) -> Finished | None:
        """Gives up an actor that does not answer and asks for another."""
        self._slots.remove(slot)
        self._ray.kill(slot.actor)
        self._failures += slot.node is None
        if getattr(error, "actor_init_failed", False) or self._failures >= START_FAILURES:
            raise UsageError(
                "Ray cannot start tftune on a node. Expected the same versions of Python, Ray and "
                f"tftune on every node. Received: {error}"
            ) from error
        self._open_slot()
        if slot.key is None:
            return None
        return Finished(
            slot.key,
            error=f"The worker that ran the trial was lost: {type(error).__name__}: {error}",
            lost=True,
        )

    def kill(self, key: str) -> None:
        """Kills a job's child, or forgets a job that waits."""
        self._waiting = [job for job in self._waiting if job.key != key]
        for slot in self._slots:
            if slot.key == key:
                slot.key = None
                slot.actor.kill.remote(slot.jobs)

    @property
    def running(self) -> list[str]:
        """Keys of the jobs that run or wait for a slot."""
        return [slot.key for slot in self._slots if slot.key is not None] + [
            job.key for job in self._waiting
        ]

    def wake(self) -> None:
        """Ends the waiting of `poll`."""
        self._arrivals.put(None)

    def close(self) -> None:
        """Kills all jobs and actors, and ends Ray if it was started here."""
        slots, self._slots, self._waiting = self._slots, [], []
        if slots:
            alive = [slot.actor.close.remote() for slot in slots if slot.node is not None]
            if alive:
                self._ray.wait(alive, num_returns=len(alive), timeout=CLOSE_SECONDS)
            for slot in slots:
                self._ray.kill(slot.actor)
        self._session.close()


def _check_share(share: float) -> None:
    check_number("gpu_share", share, low=0)
    if share > 1 and share != int(share):
        raise UsageError(
            f"gpu_share must be a part of one GPU or a whole number of them. Received: {share!r}. "
            "Pass for example gpu_share=0.5."
        )
