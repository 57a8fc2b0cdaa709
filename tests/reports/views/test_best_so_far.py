"""The best so far: steps, seconds without pauses, random search, several searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.charts.chart import Chart, Line
from tftune.reports.views.best_so_far import best_so_far


def line(chart: Any, series: str) -> Line:
    assert isinstance(chart, Chart)
    return next(
        mark for mark in chart.marks if isinstance(mark, Line) and mark.series.startswith(series)
    )


def test_steps_by_trials_and_by_seconds_without_the_pause(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, 0.5).trial(1, 0.25)
    search.finish("interrupted").session(pause=1e6).trial(2, 0.75).trial(3, 0.5)
    by_trials, by_time = best_so_far([search.finish().run()]).charts
    best = line(by_trials, "best so far")
    assert (best.x, best.y) == ([1.0, 3.0, 4.0], [0.5, 0.75, 0.75])
    best = line(by_time, "best so far")
    assert (best.x, best.y) == ([2.0, 6.0, 8.0], [0.5, 0.75, 0.75])


def test_random_search_is_expected_to_reach(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, 0.5).trial(1, 0.25).trial(2, 0.75)
    view = best_so_far([search.run()])
    expected = line(view.charts[0], "random search")
    assert expected.x == [1.0, 2.0, 3.0]
    assert [round(value, 4) for value in expected.y] == [0.5, 0.6667, 0.75]
    by_time = line(view.charts[1], "random search")
    assert by_time.x == [1.0, 2.0, 3.0]  # two seconds a trial, two workers
    assert any(sentence.startswith("Random search: of 3 trials") for sentence in view.sentences)
    assert "C(n - i, k - 1) / C(n, k)" in view.sentences[-1]


def test_without_random_trials_the_reason_stands_there(draw: Callable[..., Any]) -> None:
    view = best_so_far([draw(search="sobol").session().trials(5).run()])
    told = "What random search would have reached cannot be told: the method sobol draws none"
    assert any(sentence.startswith(told) for sentence in view.sentences)
    assert not any("C(n" in sentence for sentence in view.sentences)


def test_a_random_search_is_laid_beside_a_guided_one(draw: Callable[..., Any]) -> None:
    guided = draw(search="tpe").session().trials(9).run("guided")
    beside = draw().session().trials(12).run("beside")
    chart = best_so_far([guided, beside]).charts[0]
    names = [mark.series for mark in chart.marks if isinstance(mark, Line)]
    assert names == ["best of guided", "best of beside", "random search, expected (beside)"]
    assert line(chart, "best of beside").colour == "run-1"


def test_searches_for_other_objectives_have_a_chart_of_their_own(draw: Callable[..., Any]) -> None:
    runs = [draw(direction).session().trials(4).run(direction) for direction in ("max", "min")]
    charts = best_so_far(runs).charts
    assert [(chart.name, chart.title) for chart in charts] == [
        ("best-by-trials", "By trials: max"),
        ("best-by-time", "By time: max"),
        ("best-by-trials-2", "By trials: min"),
        ("best-by-time-2", "By time: min"),
    ]


def test_losses_fall(draw: Callable[..., Any]) -> None:
    search = draw("min").session().trial(0, 0.5).trial(1, 0.25).trial(2, None)
    best = line(best_so_far([search.run()]).charts[0], "best so far")
    assert (best.x, best.y) == ([1.0, 2.0, 3.0], [0.5, 0.25, 0.25])


def test_a_far_off_score_is_told_and_not_drawn(draw: Callable[..., Any]) -> None:
    search = draw().session().trials(8).trial(8, -1e9)
    view = best_so_far([search.run()])
    assert any("1 trial with a score of -1e+09 or worse" in each for each in view.sentences)
    values = [value for mark in view.charts[0].marks for value in mark.y]  # type: ignore[union-attr]
    assert min(values) >= 0.0


def test_where_all_failed_there_is_nothing_to_draw(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, None)
    assert best_so_far([search.run()]).why_not == (
        "No trial has a score: all that have ended failed."
    )
    assert best_so_far([draw().session().run()]).why_not == "No trial has ended yet."
