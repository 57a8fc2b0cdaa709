"""A program with its trials on Ray, from the command line to the summary."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="Ray is not installed: pip install 'tftune[ray]'",
)
def test_a_program_trains_on_a_ray_of_this_machine(tmp_path: Path) -> None:
    options = (
        "--data sample --search random --max-trials 3 --epochs 2 --workers ray "
        "--trial-timeout 300 --trial-memory 8 --json --quiet"
    )
    command = [
        sys.executable,
        "-m",
        "tftune.hemolysis",
        *options.split(),
        "--run-dir",
        str(tmp_path / "run"),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=560)
    assert ended.returncode == 0, ended.stderr[-3000:]
    summary = json.loads(ended.stdout)
    assert summary["trials"] == {"completed": 3, "pruned": 0, "failed": 0}
    session = json.loads((tmp_path / "run" / "journal.jsonl").read_text().splitlines()[1])
    assert session["kind"] == "session" and session["workers"] == "ray"
    assert (tmp_path / "run" / "best_model.keras").stat().st_size > 0
