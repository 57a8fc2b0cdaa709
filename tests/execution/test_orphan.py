"""A fork server ends with its driver, also while it imports TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tftune.execution.fork_server import FORKSERVER
from tftune.testing.executors import is_alive, wait_until

DRIVER = """
    import os, signal, sys, time
    from multiprocessing.forkserver import _forkserver
    from pathlib import Path
    from tftune.execution.fork_server import start_fork_server
    from tftune.execution.orphan import VARIABLE

    os.environ["PYTHONPATH"] = os.pathsep.join([sys.argv[1], os.environ["PYTHONPATH"]])
    start_fork_server()
    print(_forkserver._forkserver_pid, VARIABLE in os.environ, flush=True)
    while sys.argv[2] == "imports" and not Path(sys.argv[1], "begun").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
"""

KERAS = """
    import ctypes, pathlib, sys, time
    pathlib.Path(__file__).with_name("begun").touch()
    if sys.platform.startswith("linux"):
        ctypes.PyDLL(None).sleep(60)  # no thread runs meanwhile, as where a large library is loaded
    time.sleep(60)
"""


@pytest.mark.skipif(not FORKSERVER, reason="this platform cannot fork")
@pytest.mark.parametrize("moment", ["at once", "imports"])
def test_a_fork_server_ends_with_its_driver_while_it_imports(tmp_path: Path, moment: str) -> None:
    (tmp_path / "keras.py").write_text(textwrap.dedent(KERAS))
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(DRIVER))
    command = [sys.executable, str(script), str(tmp_path), moment]
    paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
    driver = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **paths}
    )
    assert driver.stdout is not None
    with driver.stdout:
        server, told = driver.stdout.readline().split()
    driver.wait(30)
    assert told == "False"  # the user's environment stays as it is
    assert wait_until(lambda: not is_alive(int(server)), 10)
