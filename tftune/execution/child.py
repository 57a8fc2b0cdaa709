"""What runs in a child process: it pins itself to its share of the machine, does jobs and reports
through a pipe.

If the driver dies, the pipe closes and the child ends at once: no training is left behind.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from tftune.errors import TftuneError, UsageError
from tftune.execution.base import Job
from tftune.support.tensorflow_import import prefer_fast_kernels
from tftune.support.tracebacks import describe


@dataclass(frozen=True)
class Share:
    """A child's part of the machine.

    Attributes:
        cores: Numbers of the cores to run on; empty leaves the choice to the system.
        threads: Threads for one TensorFlow operation.
        gpu: Number of the only GPU that it sees; None lets it see all.
        scratch: Folder for temporary files; None leaves the choice to the system. TensorFlow leaves
            some behind in a process that is ended.
    """

    cores: list[int]
    threads: int = 1
    gpu: str | None = None
    scratch: str | None = None


def pickle_job(function: Job, arguments: tuple[Any, ...]) -> bytes:
    """Returns a job as it travels to a child.

    Raises:
        UsageError: If the function or an argument cannot travel.
    """
    try:
        return bytes(cloudpickle.dumps((function, arguments)))
    except Exception as error:
        raise UsageError(
            f"A trial cannot be sent to a child process: {type(error).__name__}: {error}. Expected "
            "a model builder, callbacks and data that cloudpickle can pickle; a tf.data.Dataset "
            "cannot be. Pass NumPy arrays, or run trials in this process with workers=0."
        ) from error


def main(connection: Connection, share: Share) -> None:
    """Runs jobs, one after another, until it is told to end or the driver is gone.

    Args:
        connection: Brings `("job", payload, log)`, what `pickle_job` returned and the file that
            takes what the job prints (None lets it through);
            `("answer", stop)` to a report; and `("end",)`. Carries for each job `("begun", None)`,
            any number of `("report", message)` and one of `("result", value)`, `("raised", error)`,
            `("error", text)`.
        share: What to use of the machine.
    """
    # Ctrl-C reaches the whole group; the driver alone decides
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    prefer_fast_kernels()  # where there is no fork server, TensorFlow is not imported yet
    if share.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, share.cores)
    if share.gpu is not None:
        # read when TensorFlow first looks for devices, which it has not done yet
        os.environ["CUDA_VISIBLE_DEVICES"] = share.gpu
    if share.scratch is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = share.scratch
    inbox = _Inbox(connection)
    printed = (os.dup(1), os.dup(2))
    payload, log = inbox.jobs.get()
    for number in itertools.count():
        connection.send(("begun", None))
        _redirect(log, printed)
        reply = _run(
            payload,
            inbox.report,
            prepare=_forget_last_job if number else lambda: _share_machine(share.threads),
        )
        sys.stdout.flush()
        sys.stderr.flush()
        with contextlib.suppress(OSError):
            connection.send_bytes(cloudpickle.dumps(reply))
        payload, log = inbox.jobs.get()


def _run(
    payload: bytes, report: Callable[[Any], bool], prepare: Callable[[], None]
) -> tuple[str, Any]:
    try:
        prepare()
        function, arguments = cloudpickle.loads(payload)
        return ("result", function(report, *arguments))
    except TftuneError as error:
        return ("raised", error)
    except BaseException as error:
        return ("error", describe(error))


class _Inbox:
    """Sorts what the driver sends; ends the process when the driver says so or is gone."""

    def __init__(self, connection: Connection) -> None:
        self.jobs: queue.SimpleQueue[tuple[bytes, str | None]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._connection = connection
        threading.Thread(target=self._listen, daemon=True).start()

    def report(self, message: Any) -> bool:
        """Sends a report and returns the driver's answer."""
        self._connection.send(("report", message))
        return self._answers.get()

    def _listen(self) -> None:
        try:
            while True:
                kind, *content = self._connection.recv()
                if kind == "end":
                    os._exit(0)  # no interpreter shutdown: TensorFlow's takes time and can hang
                elif kind == "job":
                    self.jobs.put(tuple(content))
                else:
                    self._answers.put(content[0])
        except (EOFError, OSError):
            os._exit(1)  # the driver is gone


def _forget_last_job() -> None:
    """Gives a job the names and random streams that it would find in a fresh process."""
    import keras

    keras.utils.clear_session()


def _redirect(log: str | None, printed: tuple[int, int]) -> None:
    if log is None:
        for own, original in zip((1, 2), printed, strict=True):
            os.dup2(original, own)
        return
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _share_machine(threads: int) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else 2)
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
    # a pass over TensorFlow's objects takes 0.25 s, and Keras' clear_session makes one between two
    # jobs
    gc.freeze()
