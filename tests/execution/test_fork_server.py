"""Starting children: somebody may kill the fork server in that moment."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tftune.execution.fork_server import FORKSERVER

DRIVER = """
    import os, signal, sys, threading, time
    from multiprocessing.forkserver import _forkserver
    import psutil
    from tftune.execution.child import Share
    from tftune.execution.fork_server import Child

    first = Child.fork(0, Share([]))
    server = psutil.Process(_forkserver._forkserver_pid)
    server.suspend()
    while server.status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    threading.Timer(0.2, os.kill, (server.pid, signal.SIGKILL)).start()
    second = Child.fork(1, Share([]))
    print(_forkserver._forkserver_pid != server.pid, second.process.is_alive())
    for child in (first, second):
        child.end(at_once=True)
"""


@pytest.mark.skipif(not FORKSERVER, reason="this platform cannot fork")
def test_a_child_is_started_though_the_fork_server_is_killed_as_it_forks(tmp_path: Path) -> None:
    # so the fork servers have nothing to import; there is no job that needs it
    (tmp_path / "keras.py").write_text("raise ImportError('not here')\n")
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DRIVER)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert ended.stdout.split() == ["True", "True"], ended.stderr
