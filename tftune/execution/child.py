"""What runs in a child process: it pins itself to its share of the machine, does one job and reports through a pipe.

If the driver dies, the pipe closes and the child ends at once: no training is left behind.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from tftune.errors import TftuneError


@dataclass(frozen=True)
class Share:
    """A child's part of the machine.

    Attributes:
        cores: Numbers of the cores to run on; empty leaves the choice to the system.
        threads: Threads for one TensorFlow operation.
        gpu: Number of the only GPU that it sees; None lets it see all.
    """

    cores: list[int]
    threads: int = 1
    gpu: str | None = None


def main(connection: Connection, payload: bytes, share: Share, log: str | None) -> None:
    """Runs one job.

    Args:
        connection: Carries `("report", message)`, then `("result", value)`, `("raised", error)` or `("error", text)`; brings the answers
            to reports.
        payload: The function and its arguments, pickled by cloudpickle.
        share: What to use of the machine.
        log: File that takes what the job prints, or None to let it through.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver alone decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if log is not None:
        _redirect(log)
    if share.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, share.cores)
    if share.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = share.gpu  # read when TensorFlow first looks for devices, which it has not done yet
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, answers), daemon=True).start()

    def report(message: Any) -> bool:
        connection.send(("report", message))
        return answers.get()

    try:
        _share_machine(share.threads)
        function, arguments = cloudpickle.loads(payload)
        reply: tuple[str, Any] = ("result", function(report, *arguments))
    except TftuneError as error:
        reply = ("raised", error)
    except BaseException:
        reply = ("error", traceback.format_exc())
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError):
        connection.send_bytes(cloudpickle.dumps(reply))
    os._exit(0)  # no interpreter shutdown: TensorFlow's takes time and can hang


def _redirect(log: str) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _listen(connection: Connection, answers: queue.SimpleQueue[bool]) -> None:
    try:
        while True:
            answers.put(connection.recv())
    except (EOFError, OSError):
        os._exit(1)  # the driver is gone


def _share_machine(threads: int) -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else 2)
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)
