"""The lecture's assignment: equal budgets, curves of the best so far, verdicts by intervals."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import pytest

from tftune import beans
from tftune.cli.experiments.project import EXPERIMENT, methods
from tftune.cli.experiments.project_budget import grid_levels
from tftune.cli.experiments.project_views import views_of
from tftune.cli.program import main
from tftune.journal.run_folder import ExperimentFolder

OPTIONS = argparse.Namespace(max_trials=3, epochs=2, methods="grid,random,gp", seeds=3, seed=0)


def baseline(score: float) -> dict[str, Any]:
    return {"validation": score, "test": score - 0.01, "seconds": 1.0}


def search(*so_far: float) -> dict[str, Any]:
    values = {"learning_rate": 0.001, "dropout": 0.1, "l2": 1e-5}
    return {
        "best_so_far": list(so_far),
        "validation": so_far[-1],
        "test": so_far[-1] - 0.02,
        "values": values,
        "seconds": 9.0,
    }


def test_a_grid_fits_into_the_trials_and_favours_the_learning_rate() -> None:
    for trials in (8, 12, 18, 27, 50):
        levels = grid_levels(trials)
        assert 8 <= math.prod(levels.values()) <= trials
        assert levels["learning_rate"] == max(levels.values())


def test_each_method_is_told_with_its_verdict() -> None:
    searches = {
        "grid": [search(0.5, 0.6, 0.60), search(0.5, 0.6, 0.61), search(0.5, 0.6, 0.62)],
        "random": [search(0.5, 0.6, 0.70), search(0.5, 0.6, 0.71), search(0.5, 0.6, 0.72)],
        "gp": [search(0.5, 0.6, 0.70), search(0.5, 0.6, 0.75), search(0.5, 0.6, 0.66)],
    }
    plain = {each: [baseline(0.5 + 0.1 * each)] * 3 for each in (False, True)}
    views = {view.name: view for view in views_of(plain, searches, OPTIONS)}
    rows = [row for view in views.values() for table in view.tables for row in table.rows]
    told = {(row[0], row[1]): row[-1] for row in rows if row[0] in ("validation", "test")}
    assert any("random" in pair[1] and "grid" in pair[1] for pair in told)
    (of_methods,) = [
        verdict
        for (split, pair), verdict in told.items()
        if split == "test" and "random" in pair and "grid" in pair
    ]
    assert of_methods not in ("noise", "one seed")  # 0.1 in every seed
    assert "trial" in views["best-so-far"].charts[0].x.label


@pytest.mark.parametrize("text", ["grid,grid", "hyperband", "gird"])
def test_a_method_that_cannot_be_compared_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="(?i)expected"):
        methods(text)


def test_ten_seeds_are_the_default() -> None:
    assert EXPERIMENT.seeds == 10


@pytest.mark.slow
def test_the_assignment_searches_and_writes_what_it_found(tmp_path: Any) -> None:
    arguments = "project --data sample --image-size 16 --epochs 1 --seeds 2 --max-trials 2 -q"
    folder = ExperimentFolder(tmp_path / "run")
    assert main(beans.PROGRAM, [*arguments.split(), "--run-dir", str(folder.path)]) == 0
    document = json.loads(folder.table.read_text())
    assert len(document["measurements"]) == 2 * 2 + 2 * 3
    assert {
        len(each["result"].get("best_so_far", [1, 2])) for each in document["measurements"]
    } == {2}
    assert len(list(folder.searches.rglob("journal.jsonl"))) == 6
