"""What runs on a node of a Ray cluster: an actor that holds one slot and starts a child process for
each job.

The actor itself runs no user code. A job that crashes ends its child, and the actor tells how; the
actor dies only with its node or by somebody's hand. The child comes from a fork server that has
imported TensorFlow and initialised nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle

from tftune.execution.base import Finished
from tftune.execution.fork_server import start_fork_server
from tftune.execution.processes import ProcessExecutor
from tftune.execution.ray_session import import_ray, scratch_folder
from tftune.execution.travel import PickledJob
from tftune.support.files import atomic_file
from tftune.support.temporary import claim, sweep_abandoned

JOB = "job"  # the one key of an actor's executor
OWN_VARIABLES = ("CUDA_VISIBLE_DEVICES", "TMPDIR")  # Ray's and ours on each node
LOG_OF_JOB = "{log of the job}"  # in lines for the user, who finds it elsewhere
LOG_LIMIT = 2**20  # bytes of a failed job's output that travel to the driver


@dataclass(frozen=True)
class Parcel:
    """A job on its way to a node.

    Attributes:
        payload: A `PickledJob` as bytes.
        files: Files that the job reads on this node: path -> reference to the content in Ray's
            object store.
        returns: Files that the job writes on this node and that travel back.
        temporary: Files that are of no use after the job.
    """

    payload: bytes
    files: dict[str, Any] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """A report of a job.

    Attributes:
        content: The report, pickled.
        printed: What the job has printed before it, in lines.
    """

    content: bytes
    printed: list[str]


@dataclass(frozen=True)
class Returned:
    """What a job returned.

    Attributes:
        content: The result, pickled.
        failure: Why the trial failed whose outcome it is, or None.
    """

    content: bytes
    failure: str | None


@dataclass(frozen=True)
class Ended:
    """The last message of a job.

    Attributes:
        finished: Its end; the result is a `Returned`, so that the actor need not import what it is
            made of.
        files: What the job wrote: path on the node -> content.
        log: What a failed job printed, or one that was not shown whole; or None.
        printed: What it has printed since its last report, in lines.
    """

    finished: Finished
    files: dict[str, bytes]
    log: bytes | None
    printed: list[str] = field(default_factory=list)


class SlotActor:
    """Runs one job at a time; of its methods, `begin` or `next` waits while `kill` may come
    between.

    Args:
        threads: Threads for one TensorFlow operation.
        token: Name of the search's folder on this node.
        paths: Where the driver finds its modules; those that this node has not do no harm.
        memory: Gigabytes of a child's resident memory above which its job is ended, or None.
    """

    def __init__(
        self, threads: int, token: str, paths: list[str], memory: float | None = None
    ) -> None:
        sys.path.extend(path for path in paths if path not in sys.path)
        self._scratch = scratch_folder(token)
        sweep_abandoned(self._scratch.parent)
        self._scratch.mkdir(mode=0o700, exist_ok=True)
        claim(self._scratch)
        # what is left behind by children that were killed goes with it
        os.environ["TMPDIR"] = tempfile.tempdir = str(self._scratch)
        self._logs = self._scratch / f"logs-{os.getpid()}"
        self._log = self._logs / f"{JOB}.log"
        self._children = _Children(1, threads, self._logs, memory)
        self._thread: threading.Thread | None = None
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._killed = 0  # the jobs up to this number are to end
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        start_fork_server()  # it imports TensorFlow while the driver is still busy

    def where(self) -> tuple[str, str]:
        """Returns the node's id and the folder for files on it."""
        return import_ray().get_runtime_context().get_node_id(), str(self._scratch)

    def begin(self, parcel: Parcel, number: int) -> Any:
        """Starts a job and returns what `next` would.

        Args:
            parcel: The job.
            number: Of the job, from 1: Ray may let `kill` overtake this call.
        """
        self._events, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, args=(parcel, number, self._events, self._answers), daemon=True
        )
        self._thread.start()
        return self._events.get()

    def next(self, answer: bool) -> Any:
        """Answers the last report and waits for the next one, a `Reported`, or for the end, an
        `Ended`.
        """
        self._answers.put(answer)
        return self._events.get()

    def kill(self, number: int) -> None:
        """Ends the job of this number at once, and those before it."""
        self._killed = max(self._killed, number)
        self._answers.put(True)
        self._children.wake()

    def close(self) -> None:
        """Ends the job and removes the files of the search from this node."""
        self.kill(sys.maxsize)
        if self._thread is not None:
            self._thread.join(10)
        self._children.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _run(
        self,
        parcel: Parcel,
        number: int,
        events: queue.SimpleQueue[Any],
        answers: queue.SimpleQueue[bool],
    ) -> None:
        printed: list[str] = []

        def on_report(key: str, message: bytes) -> bool:
            events.put(Reported(message, printed[:]))
            printed.clear()
            return answers.get()

        log = str(self._log)
        self._children.on_output = lambda key, line: printed.append(line.replace(log, LOG_OF_JOB))
        try:
            _unpack(parcel.files)
            self._children.start(JOB, run_pickled, parcel.payload)
            ends: list[Finished] = []
            while not ends and self._killed < number:
                ends = self._children.poll(on_report, timeout=60.0)
            self._children.kill(JOB)
            finished = ends[0] if ends else Finished(JOB, error="The job was killed.")
        except Exception:
            finished = Finished(JOB, error=traceback.format_exc())
        events.put(Ended(finished, _take(parcel.returns), self._take_log(), printed))
        _take(parcel.temporary)

    def _take_log(self) -> bytes | None:
        logs = _take([self._log])
        return next(iter(logs.values()))[-LOG_LIMIT:] if logs else None


class _Children(ProcessExecutor):
    """Knows which ends are not the job's doing."""

    def _died(self, key: str) -> Finished:
        process = self._children[key].process
        process.join(5)
        # nothing that a job does wrong ends it by this one
        killed = process.exitcode == -signal.SIGKILL
        return dataclasses.replace(super()._died(key), lost=killed)


def _end_with(raylet: int) -> None:
    """Ends this process with the node's own: Ray 2.60 was seen to leave an actor that waits, and so
    its job, running on for minutes.
    """
    while os.getppid() == raylet:
        time.sleep(1.0)
    os._exit(1)


def run_pickled(report: Any, payload: bytes) -> Returned:
    """Runs a job whose function, arguments, reports and result are pickled: only the child and the
    driver open them.
    """
    job: PickledJob = pickle.loads(payload)
    result = job.run_elsewhere(lambda message: report(cloudpickle.dumps(message)), OWN_VARIABLES)
    failure = getattr(result, "failure", None)
    return Returned(cloudpickle.dumps(result), str(failure) if failure else None)


def _unpack(files: dict[str, Any]) -> None:
    for path, reference in files.items():
        if not Path(path).exists():
            content = import_ray().get(reference)
            with atomic_file(path) as file:
                file.write(memoryview(content))


def _take(paths: Any) -> dict[str, bytes]:
    """Reads the files that exist, and removes them."""
    taken = {}
    for path in map(Path, paths):
        with contextlib.suppress(FileNotFoundError):
            taken[str(path)] = path.read_bytes()
            path.unlink()
    return taken
