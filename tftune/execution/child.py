"""What runs in a child process: it pins itself to its share of the machine, does jobs and reports
through a pipe.

If the driver dies, the pipe closes and the child ends at once, with all that it has started: no
training is left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import itertools
import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from tftune.errors import TftuneError
from tftune.execution import channel
from tftune.execution.descendants import end_own_session, has_left_over, lead_session
from tftune.execution.travel import PickledJob
from tftune.support.tensorflow_import import prefer_fast_kernels
from tftune.support.tracebacks import describe
from tftune.training import process_settings

CUT_OFF = 70  # exit code of a child that cannot reach its driver any more


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


def main(connection: Connection, output: Connection | None, share: Share) -> None:
    """Runs jobs, one after another, until it is told to end or the driver is gone.

    Args:
        connection: Brings `("job", job)`, a `PickledJob`; `("answer", stop)` to a report; and
            `("end",)`. Carries for each job `("begun", None)`, any number of `("report", message)`
            and one of `("result", value, clean)`, `("raised", error)`, `("error", text)`; clean is
            whether the child is as good as new for another job.
        output: Takes what jobs print; None lets it through.
        share: What to use of the machine.
    """
    try:
        _serve(connection, output, share)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(CUT_OFF)  # a thread that the job has left would keep the process


def _serve(connection: Connection, output: Connection | None, share: Share) -> None:
    lead_session()
    # Ctrl-C reaches the whole group; the driver alone decides
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    multiprocessing.current_process().daemon = False  # or a job could start no processes
    prefer_fast_kernels()  # where there is no fork server, TensorFlow is not imported yet
    if share.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, share.cores)
    own = _own_variables(share)
    printing = _Printing(output)
    inbox = _Inbox(connection)
    defaults: process_settings.Settings | None = None
    for number in itertools.count():
        job = inbox.jobs.get()
        inbox.send(("begun", None))
        printing.begin()

        def prepare(job: PickledJob = job, number: int = number) -> None:
            nonlocal defaults
            job.surroundings.enter(own)
            if number:
                _forget_last_job()
                return
            known = set(os.environ)
            _share_machine(share.threads)
            own.update(set(os.environ) - known)  # TensorFlow was imported only now
            defaults = process_settings.capture()

        reply = _run(job, inbox.report, prepare, lambda: defaults)
        printing.flush()
        inbox.send(reply)


def _own_variables(share: Share) -> set[str]:
    """Sets the variables of the environment that are this child's own; returns their names."""
    # what the imports have set in the fork server, before any job
    preload = sys.modules.get("tftune.execution.preload")
    own = set(getattr(preload, "set_by_imports", ()))
    if share.gpu is not None:
        # read when TensorFlow first looks for devices, which it has not done yet
        os.environ["CUDA_VISIBLE_DEVICES"] = share.gpu
        own.add("CUDA_VISIBLE_DEVICES")
    if share.scratch is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = share.scratch
        own.add("TMPDIR")
    return own


def _run(
    job: PickledJob,
    report: Callable[[Any], bool],
    prepare: Callable[[], None],
    defaults: Callable[[], process_settings.Settings | None],
) -> tuple[Any, ...]:
    try:
        prepare()
        result = job.run(report, defaults())
        return ("result", result, not has_left_over())
    except TftuneError as error:
        return ("raised", error)
    except BaseException as error:
        return ("error", describe(error))


class _Inbox:
    """Sorts what the driver sends; ends the process when the driver says so or is gone."""

    def __init__(self, connection: Connection) -> None:
        self.jobs: queue.SimpleQueue[PickledJob] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._connection, self._process = connection, os.getpid()
        self._file = os.fstat(connection.fileno()) if not channel.WHOLE else None
        threading.Thread(target=self._listen, daemon=True).start()

    def report(self, message: Any) -> bool:
        """Sends a report and returns the driver's answer."""
        _flush_python()  # what was printed before is shown before
        self.send(("report", message))
        return self._answers.get()

    def send(self, message: tuple[Any, ...]) -> None:
        """Sends a message; ends the process where that is not possible."""
        if os.getpid() != self._process:
            os._exit(1)  # a copy that a job has forked: the trial is not its own
        try:
            if self._file is not None:  # a job that closes all files may have opened others
                now = os.fstat(self._connection.fileno())
                if not os.path.samestat(now, self._file):
                    raise OSError("the connection to the driver was closed")
            channel.send(self._connection, _pickle(message))
        except OSError:
            os._exit(CUT_OFF)

    def _listen(self) -> None:
        try:
            while True:
                kind, *content = self._connection.recv()
                if kind == "end":
                    os._exit(0)  # no interpreter shutdown: TensorFlow's takes time and can hang
                elif kind == "job":
                    self.jobs.put(content[0])
                else:
                    self._answers.put(content[0])
        except (EOFError, OSError):
            with contextlib.suppress(OSError):
                end_own_session()
            os._exit(1)  # the driver is gone
        except BaseException:
            traceback.print_exc()
            os._exit(CUT_OFF)


def _pickle(message: tuple[Any, ...]) -> bytes:
    try:
        return bytes(cloudpickle.dumps(message))
    except Exception as error:
        if message[0] == "report":
            raise
        return bytes(cloudpickle.dumps(("error", describe(error))))


class _Printing:
    """Leads stdout and stderr, Python's and those of native code, to the driver."""

    def __init__(self, output: Connection | None) -> None:
        self._output = output
        self._python = (sys.stdout, sys.stderr)

    def begin(self) -> None:
        """Gives a job a stdout and a stderr that work, whatever an earlier one did to them."""
        sys.stdout, sys.stderr = self._python
        if self._output is None:
            return
        for descriptor in (1, 2):
            os.dup2(self._output.fileno(), descriptor)
        self._python = (_writer(1), _writer(2))
        sys.stdout, sys.stderr = self._python

    def flush(self) -> None:
        """Sends on what is held back, also in native code."""
        _flush_python()
        with contextlib.suppress(Exception):  # Windows' libraries have names of their own
            ctypes.CDLL(None).fflush(None)


def _writer(descriptor: int) -> Any:
    return open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def _flush_python() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a job may close or replace them
            stream.flush()


def _forget_last_job() -> None:
    """Gives a job the names and random streams that it would find in a fresh process."""
    import keras

    keras.utils.clear_session()


def _share_machine(threads: int) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else 2)
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
    # a pass over TensorFlow's objects takes 0.25 s, and Keras' clear_session makes one between two
    # jobs
    gc.freeze()
