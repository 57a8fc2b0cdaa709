"""The race that confirmed a winner, as a chart and a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.test_confirmation import CONFIRMED
from tftune.reports.analysis.worth import best_words
from tftune.reports.charts.chart import Chart, Points
from tftune.reports.views.best_so_far import best_so_far
from tftune.reports.views.confirmation import confirmation
from tftune.reports.views.honesty import honesty
from tftune.reports.views.scores import scores
from tftune.reports.views.story import story
from tftune.reports.views.timeline import timeline


def run_of(draw: Callable[..., Any]) -> Any:
    search = draw(workers=1).session().trial(0, 0.9).trial(1, 0.875).trial(2, 0.5)
    search.write("repeat", trial_id="0000", round=0, attempt=1)
    search.time += 4.0
    search.write("repeated", trial_id="0000", round=0, status="completed", score=0.5)
    search.write("confirmed", **CONFIRMED)
    return search.finish().run()


def test_the_winner_stands_on_top_with_the_interval_of_its_mean(draw: Callable[..., Any]) -> None:
    view = confirmation([run_of(draw)])
    chart = view.charts[0]
    assert isinstance(chart, Chart)
    assert chart.y.categories == ("trial 0002", "trial 0000", "trial 0001")
    marks = {mark.series: mark for mark in chart.marks if isinstance(mark, Points)}
    assert list(marks["score in the search"].x) == [0.875, 0.9, 0.5]
    assert list(marks["trained again on a fresh seed"].x) == [0.7, 0.8, 0.5, 0.25]
    mean = marks["mean of the winner's repeats (90 % interval)"]
    assert (mean.x, mean.y, mean.low, mean.high) == ([0.75], [2], [0.5], [1.0])
    assert view.tables[0].rows == (
        ("0001 (winner)", "2", "0.875", "0.7 0.8", "0.75", "0.7917", "lucky by 0.125"),
        ("0000", "2", "0.9", "0.5 (1 failed)", "0.5", "-", "lucky by 0.4"),
        ("0002", "1", "0.5", "0.25", "0.25", "0.375", "lucky by 0.25"),
    )
    assert view.sentences[-1] == (
        "The trainings took 2 rounds, on the same train and validation rows."
    )


def test_without_a_confirmation_it_says_how_to_have_one(draw: Callable[..., Any]) -> None:
    view = confirmation([draw().session().trial(0, 0.5).run()])
    assert "--confirm 3 (confirm=3)" in view.why_not


def test_its_time_is_told_apart(draw: Callable[..., Any]) -> None:
    view = timeline([run_of(draw)])
    assert "3 trials, and 1 training to confirm the winner" in view.sentences[0]
    assert "into trainings that confirm the winner" in view.sentences[1]


def test_no_view_calls_two_trials_the_best(draw: Callable[..., Any]) -> None:
    run = run_of(draw)  # trial 0000 has the best score, trial 0001 was confirmed
    told = "on fresh seeds trial 0001 was better than trial 0000"
    for view in (best_so_far([run]), scores([run])):
        assert any(told in sentence for sentence in view.sentences), view.name
    series = {mark.series for chart in scores([run]).charts for mark in chart.marks}
    assert "best score, not confirmed" in series and "best" not in series
    found = story([run])
    assert "Trial 0000 had the best score, 0.9, and lost to it there." in found.sentences[2]
    assert found.facts[0][0] == "confirmed trial's val_auc, validation"
    among = "number 2 of 3 scores"
    assert among in best_words(run.state) and among in found.sentences[3]
    assert among in dict(honesty([run]).facts)["validation score"]
