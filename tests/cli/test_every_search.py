"""Every search method and every scheduler through the program, as a person runs it; all of them
slow, see the README.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(folder: Path, *arguments: str) -> dict[str, object]:
    """Runs the peptides' program on generated data and returns its summary."""
    command = [
        sys.executable,
        "-m",
        "tftune.hemolysis",
        "--data",
        "sample",
        "--epochs",
        "2",
        "--run-dir",
        str(folder),
        "--json",
        "--quiet",
    ]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", list(ORACLES))
def test_search(name: str, tmp_path: Path) -> None:
    summary = run(tmp_path / "run", "--search", name, "--max-trials", "6")
    trials = summary["trials"]
    assert summary["search"] == name and isinstance(trials, dict) and trials["failed"] == 0
    assert (
        1 < trials["completed"] <= 6 if name in ("hyperband", "bohb") else trials["completed"] == 6
    )


@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_scheduler(name: str, tmp_path: Path) -> None:
    summary = run(
        tmp_path / "run",
        "--search",
        "random",
        "--scheduler",
        name,
        "--max-trials",
        "4",
        "--epochs",
        "4",
    )
    trials = summary["trials"]
    assert summary["scheduler"] == name and isinstance(trials, dict)
    assert trials["failed"] == 0 and trials["completed"] + trials["pruned"] == 4
