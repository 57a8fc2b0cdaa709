"""Starting children: somebody may kill the fork server in that moment."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import forkserver
from typing import Any

import psutil
import pytest

from tftune.execution import fork_server
from tftune.execution.channel import Channel
from tftune.execution.child import Share
from tftune.execution.fork_server import FORKSERVER, Child
from tftune.execution.processes import ProcessExecutor
from tftune.testing.executors import double, wait_until

pytestmark = pytest.mark.skipif(not FORKSERVER, reason="this platform cannot fork")


class Processes:
    """A context whose processes do not start a few times, as where the fork server is killed."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures, self.pipes = failures, list[Any]()

    def Pipe(self, duplex: bool) -> Any:
        pipe = fork_server.multiprocessing.Pipe(duplex)
        self.pipes.append(pipe)
        return pipe

    def Process(self, **options: Any) -> Any:
        return self

    def start(self) -> None:
        if self.failures:
            raise self.failures.pop()


@pytest.mark.parametrize(
    ("failures", "error"),
    [
        ([EOFError("unexpected EOF"), ConnectionRefusedError()], None),
        ([EOFError("unexpected EOF")] * fork_server.FORKS, EOFError),
        ([PermissionError(13, "no")], PermissionError),
    ],
    ids=["twice", "always", "refused"],
)
def test_a_child_is_started_again_where_the_fork_server_was_killed(
    monkeypatch: pytest.MonkeyPatch, failures: list[Exception], error: type[Exception] | None
) -> None:
    context = Processes(list(failures))
    monkeypatch.setattr(fork_server, "_context", lambda: context)
    monkeypatch.setattr(fork_server, "_FORK_SECONDS", 0.0)
    if error is not None:
        with pytest.raises(error):
            Child.fork(0, Share([]))
        assert all(end.closed for pipe in context.pipes for end in pipe)
        return
    child = Child.fork(0, Share([]))
    assert isinstance(child.channel, Channel) and child.channel.connection is context.pipes[-2][0]
    # a child of which nobody knows ends with its pipe, and does no job of the other
    assert all(end.closed for pipe in context.pipes[:-2] for end in pipe)
    child.channel.close()
    assert child.printing is not None
    child.printing.close()


@pytest.mark.slow  # the second fork server imports TensorFlow
def test_a_search_goes_on_where_the_fork_server_is_killed_as_it_forks() -> None:
    executor = ProcessExecutor(1)
    try:
        assert executor.call(double, 1) == 2
        executor.close()
        executor = ProcessExecutor(1)
        server = psutil.Process(forkserver._forkserver._forkserver_pid)  # type: ignore[attr-defined]
        server.suspend()
        assert wait_until(lambda: server.status() == psutil.STATUS_STOPPED)
        threading.Timer(0.5, os.kill, (server.pid, signal.SIGKILL)).start()
        assert executor.call(double, 2) == 4
    finally:
        executor.close()
