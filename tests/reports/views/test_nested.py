"""The nested evaluation as a chart and tables, and on the honesty card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.test_nested import THREE, evaluated, fold
from tftune.reports.charts.chart import Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.honesty import honesty
from tftune.reports.views.nested import nested


def runs(search: Any) -> list[RunData]:
    return [RunData("a", search.state, search.records)]


def test_a_row_a_fold_and_the_mean_below(play: Callable[..., Any]) -> None:
    bounded = [{**each, "interval": [each["value"] - 0.05, 0.9]} for each in THREE]
    view = nested(runs(evaluated(play, bounded)))
    chart = view.charts[0]
    assert isinstance(chart, Chart)
    assert chart.y.categories == ("mean", "fold 3", "fold 2", "fold 1")
    marks = {mark.series: mark for mark in chart.marks if isinstance(mark, Points)}
    assert list(marks["validation score of the winner"].x) == [0.9, 0.8, 0.85]
    outer = marks["the same on the outer fold (95 % interval)"]
    assert list(outer.x) == [0.7, 0.8, 0.6] and list(outer.y) == [3, 2, 1]
    assert list(outer.low)[0] == 0.7 - 0.05
    assert marks["mean over the folds (95 % interval)"].y == [0]
    folds, winners = view.tables
    first = ("1", "60 + 20", "40", "4", "0.9", "0.7 [0.65, 0.9]", "0.2", "8.0 s")
    assert folds.rows[0] == first
    assert winners.rows == (("units", "8", "16", "24", "16"),)
    assert winners.header[-1] == "on all rows"
    assert view.sentences[-1] == "The interval over the rows is from 120 rows by Wilson."


def test_a_fold_without_a_value_leaves_no_mark(play: Callable[..., Any]) -> None:
    view = nested(runs(evaluated(play, [fold(1, 0.9, None), fold(2, 0.8, 0.5)], pooled=None)))
    assert view.tables[0].rows[0][5:7] == ("-", "-")
    chart = view.charts[0]
    assert isinstance(chart, Chart)
    outer = [mark for mark in chart.marks if isinstance(mark, Points)][1]
    assert list(outer.x) == [0.5] and list(outer.y) == [1]


def test_without_one_it_says_how_to_have_one(play: Callable[..., Any]) -> None:
    assert "--nested 5 (tftune.nested_evaluation)" in nested(runs(play())).why_not
    begun = nested(runs(evaluated(play, [], pooled=None)))
    assert begun.can_be_drawn and not begun.charts


def test_measured_optimism_stands_beside_the_estimate(play: Callable[..., Any]) -> None:
    view = honesty(runs(evaluated(play)))
    facts = dict(view.facts)
    assert facts["optimism, measured by nested evaluation"].startswith(
        "validation flattered by 0.15 (95 % interval -0.1786 to 0.4786: noise), in 3 outer folds"
    )
    assert any(each.startswith("Nested evaluation of the whole") for each in view.sentences)
    assert "optimism, measured by nested evaluation" not in dict(honesty(runs(play())).facts)
