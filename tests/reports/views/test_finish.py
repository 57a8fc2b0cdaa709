"""The view of a finish: a point a step with its interval, and the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.test_finish import FINISHED
from tftune.reports.charts.chart import Chart, Points
from tftune.reports.views.finish import finish


def test_a_row_a_step_that_was_judged(draw: Callable[..., Any]) -> None:
    search = draw(workers=1).session().trial(0, 0.7).trial(1, 0.9)
    search.write("finished", **FINISHED)
    view = finish([search.finish().run()])
    (chart,), (table,) = view.charts, view.tables
    assert isinstance(chart, Chart) and view.can_be_drawn
    assert chart.x.label == "gain in accuracy"
    points = {mark.series: mark for mark in chart.marks if isinstance(mark, Points)}
    assert list(points["kept"].x) == [0.02, 0.02] and list(points["not kept"].x) == [-0.02]
    assert list(points["kept"].low) == [-0.01, -0.01]
    assert len(table.rows) == 4 and table.title == "The steps"


def test_a_gain_without_an_interval_is_a_point(draw: Callable[..., Any]) -> None:
    search = draw(workers=1).session().trial(0, 0.7).trial(1, 0.9)
    steps = [{**FINISHED["steps"][1], "low": None, "high": None}]
    search.write("finished", **{**FINISHED, "steps": steps})
    (chart,) = finish([search.finish().run()]).charts
    assert isinstance(chart, Chart)
    (points,) = [mark for mark in chart.marks if isinstance(mark, Points)]
    assert list(points.low) == list(points.x) == list(points.high) == [0.02]


def test_a_search_without_one_says_how_to_get_it(draw: Callable[..., Any]) -> None:
    view = finish([draw(workers=1).session().trial(0, 0.7).finish().run()])
    assert not view.can_be_drawn and "--finish" in view.why_not
