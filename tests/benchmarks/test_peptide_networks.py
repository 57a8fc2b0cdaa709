"""The tables say what the results say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peptide_networks import FAMILIES, difference, main, means_table


def told(auc: float) -> dict[str, Any]:
    worth = {"auc": auc, "accuracy": auc / 2}
    return {"validation": worth, "test": worth, "seconds": 1.0}


RESULTS = [
    {
        "family": family,
        "split": "grouped",
        "seed": seed,
        "source": "sample",
        "models": {name: told(0.8 + better + seed / 10)},
    }
    for seed in (0, 1)
    for family, name, better in (
        ("relatives", "relatives", 0.02 + seed / 50),
        ("references", "random forest", 0.0),
    )
]


def test_differences_are_paired_by_split() -> None:
    lines = means_table(RESULTS, ["grouped"]).splitlines()
    assert lines[2].startswith("| grouped | relatives | 0.8800 | 0.4400 | 0.8800 | 0.4400 |")
    assert "+0.0300 ± 0.0100" in lines[2] and "| - |" in lines[3]


def test_one_split_has_no_standard_error() -> None:
    assert difference([0.02]) == "+0.0200"


@pytest.mark.slow
def test_it_runs_and_goes_on(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("TFTUNE_CACHE", str(tmp_path))
    arguments = ["--data", "sample", "--splits", "random", "--seeds", "1"]
    arguments += ["--networks", "2", "--epochs", "2"]
    results = tmp_path / "results.jsonl"
    assert main([*arguments, "--results", str(results)]) == 0
    assert "relatives, mean of 2" in capsys.readouterr().out
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert {line["family"] for line in lines} == set(FAMILIES)
    assert main([*arguments, "--results", str(results)]) == 0
    assert len(results.read_text().splitlines()) == len(lines)
