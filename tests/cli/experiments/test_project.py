"""The lecture's assignment: equal budgets, what is concluded from scores made up, and a search that
is interrupted.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import pytest

from tftune.cli.experiments import project
from tftune.cli.experiments.project_budget import grid_levels
from tftune.cli.experiments.project_views import verdict_row, views_of
from tftune.reports.charts.chart import Band, Chart
from tftune.reports.charts.standalone import svg_file

OPTIONS = argparse.Namespace(max_trials=3, epochs=2)


def found(*bests: float, test: float, shift: float = 0.0) -> list[dict[str, Any]]:
    """Three seeds of a search whose best so far is `bests`, or 0.01 and 0.02 less."""
    return [
        {
            "best_so_far": [best - lower for best in bests],
            "validation": bests[-1] - lower,
            "test": test - lower + shift * place,
            "values": {"learning_rate": 1e-3, "dropout": 0.25, "l2": 1e-5},
            "seconds": 60.0,
        }
        for place, lower in enumerate((0.0, 0.01, 0.02))
    ]


BASELINES = {False: found(0.6, test=0.58), True: found(0.7, test=0.66)}
SEARCHES = {
    "grid": found(0.5, 0.7, 0.75, test=0.7),
    "gp": found(0.6, 0.8, 0.8, test=0.7, shift=0.001),
}


@pytest.mark.parametrize("trials", [1, 7, 8, 11, 12, 18, 26, 27, 100])
def test_a_grid_fits_into_the_trials_or_has_two_values_a_knob(trials: int) -> None:
    levels = grid_levels(trials)
    assert min(levels.values()) >= 2
    assert math.prod(levels.values()) <= max(trials, 8)


def test_a_grid_gives_the_learning_rate_more_values_first() -> None:
    assert grid_levels(12) == {"learning_rate": 3, "dropout": 2, "l2": 2}
    assert list(grid_levels(27).values()) == [3, 3, 3]


def test_methods_that_choose_their_own_epochs_are_refused() -> None:
    assert project.methods("random, tpe") == "random,tpe"
    with pytest.raises(argparse.ArgumentTypeError, match="unknown search method 'hyperband'"):
        project.methods("hyperband")
    with pytest.raises(argparse.ArgumentTypeError, match="each method once"):
        project.methods("gp,gp")


def test_a_difference_is_noise_where_its_interval_contains_nothing() -> None:
    clear = verdict_row("test", "b minus a", [0.5, 0.6, 0.7], [0.6, 0.71, 0.8])
    assert clear[2] == "+0.103" and clear[-1] == "higher"
    assert verdict_row("test", "b", [0.6, 0.71, 0.8], [0.5, 0.6, 0.7])[-1] == "lower"
    assert verdict_row("test", "b", [0.5, 0.6], [0.6, 0.6])[-1] == "noise"
    assert verdict_row("test", "b", [0.5], [0.6])[-1] == "one seed"  # which has no interval


def test_views_compare_methods_and_what_came_before_them() -> None:
    views = {view.name: view for view in views_of(BASELINES, SEARCHES, OPTIONS)}
    best = views["best-so-far"]
    row = best.tables[0].rows[0]
    assert row[:3] == ("grid", "3", "0.740") and row[6:] == ("+0.050", "3", "1.0")
    between, tuned = views["differences"].tables
    assert [cells[1] for cells in between.rows] == ["gp minus grid"] * 2
    assert tuned.rows[3][:2] == ("test", "gp minus untuned")
    assert len(views["winners"].tables[0].rows) == 6
    for view in views.values():
        assert all(svg_file(chart).startswith("<svg") for chart in view.charts)


def test_a_band_begins_where_every_seed_has_a_score() -> None:
    failed_first = found(0.5, 0.7, 0.75, test=0.7)
    failed_first[1]["best_so_far"][0] = None
    chart = views_of(BASELINES, {"grid": failed_first}, OPTIONS)[1].charts[0]
    assert isinstance(chart, Chart)
    bands = [mark for mark in chart.marks if isinstance(mark, Band)]
    assert list(bands[0].x) == [2, 3]


@pytest.mark.slow
def test_a_search_that_was_interrupted_goes_on_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tftune.cli.experiments.project_search import search_once
    from tftune.search import tuner

    monkeypatch.setenv("TFTUNE_CACHE", str(tmp_path / "cache"))
    options = argparse.Namespace(
        data="sample",
        data_dir=None,
        image_size=16,
        seed=0,
        epochs=1,
        max_trials=2,
        run_dir=tmp_path / "run",
    )
    real = tuner.Tuner.evaluate_best

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tuner.Tuner, "evaluate_best", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search_once(options, {"method": "random", "seed": 0})
    journal = tmp_path / "run" / "searches" / "random-0" / "journal.jsonl"
    before = journal.read_text()
    assert before.count('"kind":"end"') == 2
    monkeypatch.setattr(tuner.Tuner, "evaluate_best", real)
    result = search_once(options, {"method": "random", "seed": 0})
    assert len(result["best_so_far"]) == 2 and 0 <= result["test"] <= 1
    assert journal.read_text().startswith(before)  # nothing was trained again
    assert journal.read_text().count('"kind":"end"') == 2
