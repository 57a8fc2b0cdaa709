"""Every search method goes on after `kill -9` as if nothing had been; `tests/test_resume.py` does
the same with trials that train.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tftune.oracles import ORACLES


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script tells of every method."""
    script = Path(__file__).with_name("killed_search.py")
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("killed"))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }  # a fork has no other threads
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
@pytest.mark.timeout(300)  # the fixture runs all of them
@pytest.mark.parametrize("name", list(ORACLES))
def test_killed_twice_and_resumed_equals_uninterrupted(name: str, answers: dict[str, Any]) -> None:
    answer = answers[name]
    assert answer["codes"] == [0, -signal.SIGKILL, -signal.SIGKILL, 0]
    assert answer["killed"] == answer["whole"]
    statuses = [trial[2] for trial in answer["whole"]]
    assert len(statuses) >= 6 and "failed" in statuses and "running" not in statuses
