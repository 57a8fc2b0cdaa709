"""The view of importance: what its sentences claim; numbers are tested with the analysis."""

from __future__ import annotations

import math
import random
from typing import Any

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Bars, Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.importance import importance


def run(state: SearchState, name: str = "a") -> RunData:
    return RunData(name, state, [])


def strongly(values: dict[str, Any]) -> float:
    return math.log10(values["strong"])


def test_the_most_important_knob_is_named() -> None:
    view = importance([run(state_of(60, strongly))])
    assert view.can_be_drawn
    assert view.sentences[0].startswith("strong matters most: 1.00 (")
    assert any("cannot be told apart" in each for each in view.sentences)
    assert any("refits sees" in each for each in view.sentences)
    (chart, conditional) = view.charts
    assert isinstance(chart, Chart) and chart.x.categories[0] == "strong"
    bars = [mark for mark in chart.marks if isinstance(mark, Bars)]
    points = [mark for mark in chart.marks if isinstance(mark, Points)]
    assert [mark.series.split()[0] for mark in bars] == ["fANOVA", "PED-ANOVA"]
    assert all(
        low <= y <= high
        for mark in points
        for low, y, high in zip(mark.low, mark.y, mark.high, strict=True)
    )
    assert bars[0].top == points[0].y and bars[0].right == bars[1].left
    assert "trials that have depth" in conditional.title
    assert view.tables[0].rows[0][0] == "strong"


def test_noise_is_called_what_it_is() -> None:
    drawn = random.Random(1)
    view = importance([run(state_of(20, lambda _: drawn.random(), knobs=KNOBS[:2]))])
    assert view.sentences[0].startswith("Which of ") and "intervals overlap" in view.sentences[0]


def test_too_few_trials_are_said_with_the_number_needed() -> None:
    view = importance([run(state_of(9, strongly))])
    assert "9 trials with a score are too few; 12 are needed." in view.why_not
    assert not view.charts
    assert "Trials with a score: 1." in importance([run(state_of(1, strongly))]).why_not


def test_each_run_has_a_chart_of_its_own() -> None:
    runs = [run(state_of(20, strongly, knobs=KNOBS[:2]), name) for name in ("a", "b")]
    view = importance([*runs, run(state_of(2, strongly), "c")])
    assert [chart.title for chart in view.charts] == ["a", "b"]
    assert [sentence[:2] for sentence in view.sentences if "most" in sentence] == ["a:", "b:"]


def test_constant_knobs_are_named() -> None:
    state = state_of(
        12,
        lambda values: values["weak"],
        knobs=KNOBS[:3],
        values=lambda number: {"strong": 0.1, "weak": number / 12, "idle": 1 + number % 3},
    )
    assert "Not judged, because always the same: strong." in importance([run(state)]).sentences
