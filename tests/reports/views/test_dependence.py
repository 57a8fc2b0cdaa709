"""The view of partial dependence: bands for numbers, points for choices, what is clear."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from tests.reports.analysis.drawn import state_of
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Band, Chart, Line, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.dependence import partial_dependence


def run(state: SearchState, name: str = "a") -> RunData:
    return RunData(name, state, [])


def score(values: dict[str, Any]) -> float:
    return -((math.log10(values["strong"]) + 2) ** 2) + 3.0 * (values["kind"] == "b")


def test_numbers_have_a_band_and_choices_points() -> None:
    view = partial_dependence([run(state_of(90, score))])
    charts = {chart.x.label: chart for chart in view.charts if isinstance(chart, Chart)}
    assert set(charts) == {"strong", "weak", "idle", "kind", "depth"}
    assert [type(mark) for mark in charts["strong"].marks] == [Band, Line]
    (points,) = charts["kind"].marks
    assert isinstance(points, Points) and points.low[1] > points.high[0]
    assert charts["strong"].x.scale == "log" and charts["kind"].x.categories == ("a", "b")
    assert "kind near b" in view.sentences[0] and "idle" not in view.sentences[0]
    assert any(
        each.startswith("Known only from the trials that had them: depth")
        for each in view.sentences
    )


@pytest.mark.parametrize(("direction", "best"), [("max", "b"), ("min", "a")])
def test_the_best_is_that_of_the_direction(direction: str, best: str) -> None:
    view = partial_dependence([run(state_of(60, score, direction))])
    assert f"kind near {best}" in view.sentences[0]


def test_noise_has_no_clear_effect() -> None:
    drawn = random.Random(3)
    view = partial_dependence([run(state_of(40, lambda _: drawn.random()))])
    assert view.sentences[0] == "No effect is larger than its uncertainty."


def test_the_least_number_of_trials_is_told() -> None:
    view = partial_dependence([run(state_of(60, score))])
    assert any("At least 15 trials are asked for" in each for each in view.sentences)
    few = partial_dependence([run(state_of(4, score))])
    assert few.why_not == (
        "There is no partial dependence: 4 trials have a score, and at least 15 are needed."
    )


def test_runs_are_laid_over_each_other() -> None:
    states = (state_of(40, score), state_of(50, score))
    view = partial_dependence([run(state, name) for state, name in zip(states, "ab", strict=True)])
    chart = next(each for each in view.charts if isinstance(each, Chart) and each.x.label == "weak")
    lines = [mark for mark in chart.marks if isinstance(mark, Line)]
    assert [line.series for line in lines] == ["a", "b"]
    assert [line.colour for line in lines] == ["run-0", "run-1"]
    assert view.sentences[0].startswith("a: ")
