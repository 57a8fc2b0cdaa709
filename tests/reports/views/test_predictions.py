"""The view of predictions: points against the diagonal, and why there are none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.analysis.drawn import state_of
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Chart, Line, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.predictions import predictions


def run(state: SearchState, name: str = "a") -> RunData:
    return RunData(name, state, [])


def state_with(count: int = 20, **options: Any) -> SearchState:
    """Every third trial is far outside its interval; the first 4 have none."""

    def predicted(number: int, values: dict[str, Any]) -> Any:
        shift = 5.0 if number % 3 == 0 else 0.0
        mean = values["weak"] + shift
        return {"mean": mean, "low": mean - 0.1, "high": mean + 0.1} if number >= 4 else None

    return state_of(count, lambda values: values["weak"], predicted=predicted, **options)


def test_what_came_stands_against_what_was_predicted() -> None:
    view = predictions([run(state_with())])
    (chart,) = view.charts
    assert isinstance(chart, Chart)
    diagonal, points = chart.marks
    assert isinstance(diagonal, Line) and diagonal.x == diagonal.y and diagonal.dashed
    assert isinstance(points, Points) and len(points.x) == len(points.low) == 16
    assert points.keys[0] == "0004"
    assert view.sentences[0] == "11 of 16 inside the 68 % interval: about as many as expected."
    assert "rank correlation" in view.sentences[1]


def test_what_lies_far_beyond_the_scores_is_drawn_at_the_edge_and_told() -> None:
    (chart,) = predictions([run(state_with())]).charts
    assert isinstance(chart, Chart)
    points = chart.marks[-1]
    assert isinstance(points, Points) and max(points.y) < 2.5 < 5.0
    assert any("predicted 5." in text for text in points.hover)


def test_pruned_trials_are_shown_and_not_counted() -> None:
    state = state_with(status=lambda number: "pruned" if number % 2 else "completed")
    view = predictions([run(state)])
    assert any(each.startswith("8 pruned trials not counted") for each in view.sentences)
    assert " of 8 inside" in view.sentences[0] and "too few trials to judge" in view.sentences[0]
    (chart,) = view.charts
    assert [getattr(mark, "series", "") for mark in chart.marks][1:] == ["pruned", "completed"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("search", "reason"),
    [
        ("random", "random has no model that predicts scores"),
        ("auto", "No prediction of auto is in the journal"),
        (None, "the search method has no model"),
    ],
)
def test_why_there_is_nothing_is_said(search: Any, reason: str) -> None:
    state = state_of(4, lambda values: values["weak"])
    state.header = {**state.header, "search": search}
    assert reason in predictions([run(state)]).why_not


def test_a_run_without_a_model_stands_beside_one_with_it() -> None:
    other = state_of(4, lambda values: values["weak"])
    other.header = {**other.header, "search": "random"}
    view = predictions([run(other, "random"), run(state_with(), "auto")])
    assert [chart.title for chart in view.charts] == ["auto"]
    assert view.sentences[-1].startswith("random: random has no model")
