"""Curves coloured by fate, the best on top, losses of the best, logarithmic over decades."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.charts.chart import Chart, Line, Points
from tftune.reports.views.learning_curves import learning_curves


def lines_of(chart: Any) -> list[Line]:
    assert isinstance(chart, Chart)
    return [mark for mark in chart.marks if isinstance(mark, Line)]


def test_fates_have_colours_and_the_best_is_drawn_last(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, 0.75).trial(1, 0.5, "pruned")
    search.start(2)
    search.epoch(2, 1, 0.25)
    search.end(2, None, "failed")
    objective, losses = learning_curves([search.run()]).charts
    told = [(line.key, line.colour, line.faint) for line in lines_of(objective)]
    assert told == [
        ("0001", "pruned", True),
        ("0002", "failed", True),
        ("0000", "best", False),
    ]
    assert [(line.series, line.dashed) for line in lines_of(losses)][-2:] == [
        ("trial 0000, training", True),
        ("trial 0000, validation", False),
    ]


def test_a_continued_trial_is_joined_to_its_parent(draw: Callable[..., Any]) -> None:
    search = draw(search="hyperband").session().trial(0, 0.5)
    search.start(1, parent="0000", first_epoch=2)
    search.epoch(1, 3, 0.75)
    search.end(1, 0.75)
    view = learning_curves([search.run()])
    child = next(line for line in lines_of(view.charts[0]) if line.key == "0001")
    assert (child.x, child.y) == ([2, 3], [0.4, 0.75])
    assert any("1 trial went on from an earlier one" in each for each in view.sentences)
    loss = lines_of(view.charts[1])[-1]  # of the whole line of descent
    assert (loss.x, loss.series) == ([1, 2, 3], "trial 0000 > 0001, validation")


def test_losses_over_decades_have_a_logarithmic_axis(draw: Callable[..., Any]) -> None:
    search = draw("min").session()
    for number in range(3):
        search.start(number)
        for epoch in range(1, 5):
            search.epoch(number, epoch, 10.0**-epoch)
        search.end(number, 1e-4)
    chart = learning_curves([search.run()]).charts[0]
    assert isinstance(chart, Chart) and chart.y.scale == "log"


def test_of_many_trials_some_are_shown_and_that_is_said(draw: Callable[..., Any]) -> None:
    view = learning_curves([draw().session().trials(400).run()])
    shown = len(lines_of(view.charts[0]))
    assert 100 < shown <= 150
    assert " of 400 trials are shown" in view.sentences[0]


def test_trials_without_a_curve_are_counted(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, 0.5).trial(1, None)
    view = learning_curves([search.run()])
    told = "1 trial has no curve: no epoch gave a finite score."
    assert told in view.sentences


def test_without_epochs_the_reason_is_told(draw: Callable[..., Any]) -> None:
    search = draw().session()
    assert learning_curves([search.run()]).why_not == "No trial has ended yet."
    search.start(0)
    assert learning_curves([search.run()]).why_not == "No trial has finished an epoch."
    search.epoch(0, 1, float("nan"))
    assert learning_curves([search.run()]).why_not == "No epoch has given a finite score."


def test_the_best_epoch_of_the_best_trial_is_a_point(draw: Callable[..., Any]) -> None:
    chart = learning_curves([draw().session().trial(0, 0.5).run()]).charts[0]
    assert isinstance(chart, Chart)
    point = chart.marks[-1]
    assert isinstance(point, Points)
    assert (point.x, point.y, point.colour, point.keys) == ([1], [0.5], "best", ["0000"])
