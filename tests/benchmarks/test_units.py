"""Units are computed by several processes, and each costs only itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.units import run_missing


def square(unit: dict[str, int]) -> dict[str, int]:
    """Fails for 3."""
    if unit["x"] == 3:
        raise ValueError("three")
    return {"y": unit["x"] ** 2}


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order_and_a_failure_is_told(
    tmp_path: Path, jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "results.jsonl"
    units = [{"x": x} for x in range(5)]
    found = run_missing(units, square, path, jobs)
    assert found == [{"x": x, "y": x * x} for x in (0, 1, 2, 4)]
    assert "FAILED: 3: three" in capsys.readouterr().err
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(kept, key=lambda each: each["x"]) == found
    assert run_missing(units[:3], square, path, jobs) == found[:3]
    assert len(path.read_text().splitlines()) == 4
