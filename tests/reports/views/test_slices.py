"""The view of slices: colours by fate or time, the edge, several runs in one chart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.slices import slices


def run(state: SearchState, name: str = "a") -> RunData:
    return RunData(name, state, [])


def marks_of(chart: Any) -> dict[str, Points]:
    assert isinstance(chart, Chart)
    return {mark.series: mark for mark in chart.marks if isinstance(mark, Points)}


def weak(values: dict[str, Any]) -> float:
    return float(values["weak"])


def test_there_is_a_chart_for_each_knob_on_its_scale() -> None:
    view = slices([run(state_of(20, weak))])
    assert [chart.x.label for chart in view.charts] == [knob["name"] for knob in KNOBS]
    assert [chart.x.scale for chart in view.charts][:2] == ["log", "linear"]
    assert view.charts[3].x.categories == ("a", "b")


def test_trials_are_coloured_by_fate_and_failed_ones_stand_at_the_edge() -> None:
    state = state_of(
        12,
        lambda values: None if values["weak"] > 0.9 else values["weak"],
        values=lambda number: {"weak": number / 10},
        knobs=KNOBS[1:2],
        status=lambda number: "pruned" if number < 4 else "completed",
    )
    view = slices([run(state)])
    marks = marks_of(view.charts[0])
    assert {series: len(mark.x) for series, mark in marks.items()} == {
        "failed": 2,
        "pruned": 4,
        "completed": 5,
        "best": 1,
    }
    assert marks["failed"].y == pytest.approx((-0.09, -0.09)) and marks["best"].y == (0.9,)
    assert marks["failed"].keys == ("0010", "0011")
    assert "2 failed trials without a score, at the edge of the charts." in view.sentences


def test_where_all_have_completed_they_are_coloured_by_time() -> None:
    marks = marks_of(slices([run(state_of(16, weak))]).charts[0])
    assert [len(mark.x) for mark in marks.values()] == [5, 5, 5, 1]
    assert list(marks) == ["first third", "second third", "last third", "best"]


def test_runs_are_laid_over_each_other() -> None:
    wide = [{**KNOBS[1], "max": 4.0}]
    runs = [run(state_of(9, weak, knobs=KNOBS[1:2]), "a"), run(state_of(9, weak, knobs=wide), "b")]
    view = slices(runs)
    chart = next(chart for chart in view.charts if chart.x.label == "weak")
    marks = marks_of(chart)
    assert list(marks) == ["a", "b"] and (chart.x.low, chart.x.high) == (0.0, 4.0)
    assert marks["a"].keys and not marks["b"].keys  # a trial of the first run has this id, too


def test_other_choices_of_another_run_have_a_chart_of_their_own() -> None:
    runs = []
    for name, choices in (("a", ["x", "y"]), ("b", ["x", "z"])):
        knobs = [{"name": "kind", "kind": "Choice", "values": choices}]
        values = {"values": lambda number, choices=choices: {"kind": choices[number % 2]}}
        runs.append(run(state_of(4, lambda _: 0.5, knobs=knobs, **values), name))  # type: ignore[arg-type]
    assert [chart.x.categories for chart in slices(runs).charts] == [("x", "y"), ("x", "z")]


def test_what_is_left_out_is_said() -> None:
    view = slices([run(state_of(400, weak))])
    assert "Of the 400 trials about 300 are shown" in view.sentences[0]
    assert max(len(mark.x) for chart in view.charts for mark in marks_of(chart).values()) <= 300


def test_the_best_at_an_end_of_a_range_are_told() -> None:
    state = state_of(
        40, weak, knobs=KNOBS[1:2], values=lambda number: {"weak": [0.0, 1.0][number % 2]}
    )
    (first, *_) = slices([run(state)]).sentences
    assert first.startswith("5 of the best 5 trials lie at the upper end of weak (1)")


def test_without_trials_or_knobs_it_says_so() -> None:
    assert slices([run(state_of(0, weak))]).why_not == "No trial has ended yet."
    none = state_of(3, lambda _: 0.5, knobs=[], values=lambda _: {})
    assert slices([run(none)]).why_not == "No knob was tuned."
