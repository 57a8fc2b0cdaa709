"""The numbers of the two tasks: what a run tells, the tables, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.two_tasks import ROWS, command_of, main, tasks_table, told_by


def result(row: str, seed: int, accuracy: float, reference: float) -> dict[str, Any]:
    summary = {
        "wall_seconds": 90.0,
        "best": {"score": 0.875},
        "test": {"accuracy": accuracy},
        "references": {"test": {"models": {"majority class": {"accuracy": {"value": reference}}}}},
    }
    return {"row": row, "seed": seed, **told_by(summary)}


def test_a_row_has_means_intervals_minutes_and_its_references_below() -> None:
    runs = [result("leaves quick", seed, 0.9 + seed / 100, 0.25) for seed in range(3)]
    lines = tasks_table(runs, "beans").splitlines()[2:]
    # the standard error of 0.90, 0.91, 0.92 is 0.00577; t with two degrees of freedom is 4.303
    expected = "| leaves quick | the network | 3 | 0.910 (0.885 to 0.935) | - | 0.875 | 1.5 | - |"
    assert lines[0] == expected
    assert lines[1].startswith("| leaves quick | majority class | 3 | 0.250 (0.250 to 0.250) |")
    assert tasks_table(runs, "hemolysis") == ""


def test_the_tables_are_of_all_that_the_results_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "tasks.jsonl"
    held = [result("leaves quick", 0, 0.8, 0.25), result("leaves quick", 0, 0.9, 0.25)]
    held += [{**result("leaves best", 3, 0.95, 0.25), "processor_minutes": 100.0}]
    results.write_text("".join(json.dumps(each) + "\n" for each in held), encoding="utf-8")
    assert main(["--rows", "leaves quick", "--seeds", "1", "--results", str(results)]) == 0
    told = capsys.readouterr().out
    assert "| leaves quick | the network | 1 | 0.900 |" in told
    assert "| leaves best | the network | 1 | 0.950 | - | 0.875 | 1.5 | 100.0 |" in told


@pytest.mark.parametrize("row", ROWS)
def test_a_rows_command_is_understood_by_its_program(row: str) -> None:
    from importlib import import_module

    module, *arguments = command_of(row, 1)
    options = import_module(module).PROGRAM.options().parse(arguments, {})
    assert options.seed == 1


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--rows", "leaves slow"])
    assert "There is no row 'leaves slow'" in capsys.readouterr().err
