"""Lanes of the workers, sessions, where the time went, and energy as an estimate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.charts.chart import Bars, Chart, Rule
from tftune.reports.views.timeline import timeline


def test_bars_stand_in_lanes_by_fate(draw: Callable[..., Any]) -> None:
    search = draw().session()
    search.start(0)
    search.start(1)
    search.epoch(0, 1, 0.5)
    search.end(0, 0.5)
    search.epoch(1, 1, 0.5)
    search.end(1, 0.5, "pruned")
    chart = timeline([search.run()]).charts[0]
    assert isinstance(chart, Chart)
    assert chart.y.categories == ("worker 2", "worker 1")
    told = {
        mark.series: (mark.left, mark.right, mark.bottom, mark.keys)
        for mark in chart.marks
        if isinstance(mark, Bars)
    }
    assert told == {
        "completed": ([0.0], [1.0], [0.6], ["0000"]),
        "pruned": ([0.0], [2.0], [-0.4], ["0001"]),
    }


def test_sessions_are_separated_and_repeated_work_is_told(draw: Callable[..., Any]) -> None:
    search = draw(workers=1).session()
    search.start(0)
    search.epoch(0, 1, 0.5)
    search.session(pause=1e6)
    search.start(0, attempt=2)
    search.epoch(0, 1, 0.5)
    search.epoch(0, 2, 0.5)
    search.end(0, 0.5)
    view = timeline([search.run()])
    rules = [mark for mark in view.charts[0].marks if isinstance(mark, Rule)]  # type: ignore[union-attr]
    assert [(rule.at, rule.text) for rule in rules] == [(1.0, "session 2")]
    assert view.sentences[0] == (
        "The search took 3.0 s in 2 sessions with 1 worker: 1 trial (1 attempt more was needed)."
    )
    assert [row[1:] for row in view.tables[0].rows] == [("2.0", "67 %"), ("1.0", "33 %")]


@pytest.mark.parametrize(
    ("text", "watts", "energy"),
    [(None, "10 W", "(0.011 Wh)"), ("360", "360 W", "(0.4 Wh)"), ("much", "10 W", "(0.011 Wh)")],
)
def test_energy_is_an_estimate_whose_assumption_can_be_changed(
    draw: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    watts: str,
    energy: str,
) -> None:
    if text is None:
        monkeypatch.delenv("TFTUNE_WATTS", raising=False)
    else:
        monkeypatch.setenv("TFTUNE_WATTS", text)
    view = timeline([draw().session().trial(0, 0.5).trial(1, 0.5).run()])  # 4 worker-seconds
    assert view.facts[0][0] == "energy, estimated"
    assert energy in view.facts[0][1]
    assert f"assumes that a worker draws {watts}" in view.sentences[-1]
    assert any("was passed over" in each for each in view.sentences) is (text == "much")
