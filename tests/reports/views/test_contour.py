"""The view of contours: the two most important knobs, or a table where both are choices."""

from __future__ import annotations

import math
from typing import Any

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Cells, Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.contour import contour


def run(state: SearchState, name: str = "a") -> RunData:
    return RunData(name, state, [])


def score(values: dict[str, Any]) -> float:
    return math.log10(values["strong"]) + 3.0 * (values["kind"] == "b")


def test_the_map_shows_the_two_most_important_knobs() -> None:
    """A number stands on the horizontal axis, also where the choice matters more."""
    state = state_of(80, score, status=lambda number: "pruned" if number % 4 else "completed")
    view = contour([run(state)])
    (chart,) = view.charts
    assert isinstance(chart, Chart) and (chart.x.label, chart.y.label) == ("strong", "kind")
    cells, *points = chart.marks
    assert isinstance(cells, Cells) and len(cells.values) == len(cells.y) - 1 == 2
    assert all(isinstance(mark, Points) for mark in points)
    assert sum(len(mark.x) for mark in points if isinstance(mark, Points)) == 80
    assert "rank correlation 0.9" in view.sentences[0]


def test_two_choices_have_a_table_of_means() -> None:
    knobs = [
        {"name": "one", "kind": "Choice", "values": ["a", "b"]},
        {"name": "two", "kind": "Boolean"},
    ]
    state = state_of(
        12,
        lambda values: (values["one"] == "b") + 0.25 * values["two"],
        knobs=knobs,
        values=lambda number: {"one": "ab"[number % 2], "two": number % 3 == 0},
    )
    view = contour([run(state)])
    (table,) = view.tables
    assert not view.charts and table.header == ("one \\ two", "False", "True")
    assert table.rows == (("a", "0 (n = 4)", "0.25 (n = 2)"), ("b", "1 (n = 4)", "1.25 (n = 2)"))


def test_one_knob_has_no_contour() -> None:
    state = state_of(
        20,
        lambda values: values["weak"],
        knobs=KNOBS[1:2],
        values=lambda number: {"weak": number / 20},
    )
    assert contour([run(state)]).why_not == (
        "There is no contour: only weak had more than one value."
    )


def test_two_knobs_that_no_trial_had_together_are_not_taken() -> None:
    knobs = [
        {"name": "kind", "kind": "Choice", "values": ["a", "b"]},
        *(
            {
                "name": name,
                "kind": "Float",
                "min": 0.0,
                "max": 1.0,
                "sampling": "linear",
                "conditions": [{"parent": "kind", "values": [kind]}],
            }
            for name, kind in (("left", "a"), ("right", "b"))
        ),
    ]
    state = state_of(
        40,
        lambda values: values.get("left", 0.0) + values.get("right", 0.0),
        knobs=knobs,
        values=lambda number: {
            "kind": "ab"[number % 2],
            ("left", "right")[number % 2]: number * 7 % 40 / 40,
        },
    )
    (chart,) = contour([run(state)]).charts
    assert isinstance(chart, Chart) and {chart.x.label, chart.y.label} != {"left", "right"}


def test_too_few_trials_are_said_beside_the_chart_of_another_run() -> None:
    view = contour([run(state_of(40, score), "a"), run(state_of(3, score), "b")])
    assert [chart.title for chart in view.charts] == ["a"]
    assert "b: There is no contour: 3 trials have a score" in view.sentences[-1]
