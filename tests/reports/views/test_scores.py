"""Scores by rank and their distribution, of one search by fate, of several as shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.charts.chart import Bars, Chart, Line
from tftune.reports.views.scores import scores


def test_rank_gap_and_distribution(draw: Callable[..., Any]) -> None:
    search = draw().session().trial(0, 0.25).trial(1, 0.75).trial(2, 0.5, "pruned").trial(3, None)
    view = scores([search.run()])
    assert view.sentences == (
        "The best val_auc is 0.75 (trial 0001); the second best is 0.25 behind (trial 0002). The "
        "median of 3 is 0.5.",
        "1 trial failed and has no score.",
    )
    ranks, distribution = view.charts
    assert isinstance(ranks, Chart) and isinstance(distribution, Chart)
    told = {mark.series: (mark.x, mark.y, mark.keys) for mark in ranks.marks}  # type: ignore[union-attr]
    assert told["best"] == ([1], [0.75], ["0001"])
    assert told["pruned"] == ([2], [0.5], ["0002"])
    assert told["completed"] == ([3], [0.25], ["0000"])
    bars = {mark.series: mark for mark in distribution.marks if isinstance(mark, Bars)}
    assert (bars["completed"].left, bars["completed"].top) == ([0.25, 0.5], [1, 1])
    assert (bars["pruned"].bottom, bars["pruned"].top) == ([1], [2])  # upon the completed one


def test_the_lowest_loss_is_the_first(draw: Callable[..., Any]) -> None:
    search = draw("min").session().trial(0, 0.25).trial(1, 0.75)
    assert scores([search.run()]).tables[0].rows[0][2:5] == ("0.25", "0.5", "0.75")


def test_ties_are_told(draw: Callable[..., Any]) -> None:
    view = scores([draw().session().trial(0, 0.5).trial(1, 0.5).run()])
    assert "2 trials share it" in view.sentences[0]
    view = scores([draw().session().trial(0, 0.5).run()])
    assert view.sentences == ("The best val_auc is 0.5 (trial 0000); no other trial has a score.",)


def test_several_searches_are_shares_laid_over_each_other(draw: Callable[..., Any]) -> None:
    runs = [draw().session().trial(0, 0.25).trial(1, 0.5).run(name) for name in ("a", "b")]
    view = scores(runs)
    line = view.charts[1].marks[1]  # type: ignore[union-attr]
    assert isinstance(line, Line)
    assert (line.x, line.y, line.series, line.colour) == ([0.25, 0.5], [50, 100], "b", "run-1")
    assert [row[0] for row in view.tables[0].rows] == ["a", "b"]


def test_searches_on_other_rows_are_said_to_differ(draw: Callable[..., Any]) -> None:
    def run(fingerprint: str) -> Any:
        data = {"fingerprint": fingerprint}
        return draw(data=data).session().trial(0, 0.5).run(fingerprint)

    told = "1, 2 were not all scored on the same rows"
    assert scores([run("1"), run("2")]).sentences[-1].startswith(told)
    assert not any("same rows" in each for each in scores([run("1"), run("1")]).sentences)
