"""Real searches on disks that are full, or become read-only, each a small tmpfs in a mount
namespace of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def may_mount() -> bool:
    try:
        return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not may_mount(), reason="needs unshare and the right to mount: root in its own container"
    ),
]


def answers(place: Path, workers: int, sizes: list[int]) -> list[dict[str, Any]]:
    words = [str(place), str(workers), *map(str, sizes)]
    ended = subprocess.run(
        ["unshare", "-m", sys.executable, "-m", "tests.faults.full_disk", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TFTUNE_CACHE": str(place / "cache")},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def check(found: list[dict[str, Any]], sizes: list[int]) -> None:
    by_case = {each["case"]: each for each in found if "case" in each}
    for each in found:
        assert "Traceback" not in str(each["told"]), each
    met = [each for each in found if "size" in each]
    assert [each["size"] for each in met] == sizes
    for each in met:
        first, again = each["codes"]
        assert first in (0, 2, 3) and again == 0, each
        assert first == 0 or "No space left on device" in each["told"][0], each
        assert each["lost"] == each["twice"] == each["left"] == [], each
        assert {"best_model.keras", "summary.json", "trials.csv"} <= set(each["files"]), each
        assert each["completed"][1] == 3, each
    assert met[0]["codes"][0] == 2  # the smallest disk takes no whole search
    told = {name: (each["code"], each["told"]) for name, each in by_case.items()}
    assert told.get("no scratch", (0,))[0] == 0, told
    assert told["search"][0] == told["writable again"][0] == 0, told
    assert by_case["writable again"]["completed"] == 4
    for name in ("list", "show", "trials", "compare", "diagnose", "report"):
        assert told[name][0] == 0, told[name]
    for name in ("export", "finish", "--resume", "--overwrite"):
        code, words = told[name]
        assert code == 2 and "error: " in words, told[name]
        assert "Read-only file system" in words or "cannot be" in words, told[name]


def test_a_full_and_a_read_only_disk_cost_no_trial(tmp_path: Path) -> None:
    sizes = [28]
    check(answers(tmp_path, 0, sizes), sizes)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_a_disk_that_is_full_at_any_moment_costs_no_trial(tmp_path: Path, workers: int) -> None:
    sizes = [*range(4, 132, 12 if workers else 4)]
    check(answers(tmp_path, workers, sizes), sizes)
