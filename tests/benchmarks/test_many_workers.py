"""Searches by several workers in made-up time, and what they lose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.many_workers import main, report
from benchmarks.worker_searches import durations, search_in_time, search_with_lag
from tests.benchmarks.small_table import write


class Counting:
    """Proposes 0, 1, 2, ..; notes what had been told when each was asked for."""

    def __init__(self, least: int = 0) -> None:
        self.known: list[list[int]] = []
        self._told: list[int] = []
        self._least = least  # trials before which nothing more is proposed

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        if len(self.known) > self._least and not self._told:
            return None  # waits for a first result
        self.known.append(list(self._told))
        number = len(self.known) - 1
        return number, {"x": number}

    def tell(self, trial: Any, loss: float) -> None:
        assert loss == 10.0 * trial
        self._told.append(trial)


def loss(values: Any) -> float:
    return 10.0 * float(values["x"])


def test_one_worker_knows_everything() -> None:
    asked = Counting()
    losses = search_in_time(asked, loss, 1, np.array([3.0, 1.0, 2.0]))
    assert losses == [0.0, 10.0, 20.0]
    assert asked.known == [[], [0], [0, 1]]


def test_results_come_in_the_order_of_the_ends() -> None:
    """Two workers: trial 1 ends at 1, trial 2 at 3, trial 0 at 4, trial 3 at 8."""
    asked = Counting(least=9)
    losses = search_in_time(asked, loss, 2, np.array([4.0, 1.0, 2.0, 5.0]))
    assert losses == [10.0, 20.0, 0.0, 30.0]
    assert asked.known == [[], [], [1], [1, 2]]


def test_a_method_that_waits_is_asked_again_after_the_next_result() -> None:
    asked = Counting(least=0)
    losses = search_in_time(asked, loss, 3, np.array([1.0, 1.0, 1.0, 1.0]))
    assert len(losses) == 4 and asked.known[:2] == [[], [0]]


def test_with_a_lag_only_older_trials_are_known() -> None:
    asked = Counting(least=9)
    losses = search_with_lag(asked, loss, 3, 6)
    assert losses == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    assert asked.known == [[], [], [], [0], [0, 1], [0, 1, 2]]


def test_durations_are_those_of_the_seed() -> None:
    first, again, other = durations(0, 50), durations(0, 50), durations(1, 50)
    assert (first == again).all() and (first != other).any() and (first > 0).all()


def test_the_table_tells_the_ratio_to_one_worker() -> None:
    same = {"method": "auto", "problem": "t", "seconds": 1.0, "lag": 0}
    results = [
        {**same, "workers": 1, "regrets": [0.4, 0.2, 0.1]},
        {**same, "workers": 8, "regrets": [0.4, 0.3, 0.14]},
        {**same, "workers": 8, "regrets": [0.4, 0.3, 0.16]},
    ]
    row = report(results, ["auto"], ["t"])["many-workers"].splitlines()[3]
    assert row.split("|")[1:4] == [" auto ", " 8 ", " 2 "] and "| 0.150 ± 0.010 | 1.5" in row


def test_the_command_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    results = tmp_path / "results.jsonl"
    command = ["--tables", str(tmp_path), "--methods", "random", "--trials", "4", "--seeds", "1"]
    command += ["--results", str(results)]
    assert main(command) == 0
    lines = results.read_text().splitlines()
    shown = capsys.readouterr().out
    assert len(lines) == 8 and all(len(json.loads(line)["regrets"]) == 3 for line in lines)
    assert "any, reproducible=8" in shown
    results.write_text("\n".join(lines[:5]) + "\n")
    assert main([*command, "--report"]) == 0
    assert main(command) == 0 and results.read_text().splitlines()[:5] == lines[:5]


def test_unknown_methods_and_missing_tables_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--methods", "dice", "--tables", str(tmp_path)])
    assert "There is no method dice." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--methods", "random", "--tables", str(tmp_path)])
    assert "There is no table in" in capsys.readouterr().err
