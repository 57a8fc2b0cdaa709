"""Parallel coordinates: axes by scale, empty where a knob played no part; all fates in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.views.parallel import parallel_coordinates


def test_axes_are_the_tuned_knobs_and_the_objective(draw: Callable[..., Any]) -> None:
    view = parallel_coordinates([draw().session().trials(6).run()])
    (chart,) = view.charts
    assert [(axis.label, axis.scale) for axis in chart.axes] == [  # type: ignore[union-attr]
        ("rate", "log"),
        ("optimizer", "category"),
        ("momentum", "linear"),
        ("val_auc", "linear"),
    ]


def test_a_knob_without_a_part_is_empty_and_the_best_is_last(draw: Callable[..., Any]) -> None:
    search = draw().session()
    for number, (optimizer, score) in enumerate([("adam", 0.75), ("sgd", 0.5), ("sgd", 0.25)]):
        search.trial(number, score)
        start = next(each for each in search.records if each.get("number") == number)
        start["values"] = {"rate": 0.01, "optimizer": optimizer, "momentum": 0.5, "seed": 7}
    (chart,) = parallel_coordinates([search.run()]).charts
    assert chart.keys == ("0002", "0001", "0000")  # type: ignore[union-attr]
    assert chart.rows == (  # type: ignore[union-attr]
        (0.01, 1.0, 0.5, 0.25),
        (0.01, 1.0, 0.5, 0.5),
        (0.01, 0.0, None, 0.75),
    )
    assert chart.colours == (0.0, 0.5, 1.0)  # type: ignore[union-attr]


def test_the_table_has_the_best_fifty_and_some_without_a_score(draw: Callable[..., Any]) -> None:
    view = parallel_coordinates([draw().session().trials(200).run()])
    (table,) = view.tables
    assert table.title == "50 of 200 trials, best first"
    assert [row[0] for row in table.rows] == [str(rank) for rank in range(1, 41)] + [""] * 10
    assert {row[2] for row in table.rows[40:]} == {"failed"}
    assert table.keys == tuple(row[1] for row in table.rows)
    assert any("without a score: in the table only" in each for each in view.sentences)


def test_of_many_trials_the_best_and_an_even_sample_are_drawn(draw: Callable[..., Any]) -> None:
    (chart,) = parallel_coordinates([draw().session().trials(600).run()]).charts
    assert len(chart.rows) == 250  # type: ignore[union-attr]
    assert chart.colours[-1] == 1.0 and chart.colours[0] == 0.0  # type: ignore[union-attr]


def test_of_many_knobs_those_most_related_are_shown(draw: Callable[..., Any]) -> None:
    knobs = [
        {"name": f"k{place}", "kind": "Float", "min": 0.0, "max": 1.0, "conditions": []}
        for place in range(20)
    ]
    search = draw(space={"knobs": knobs}).session().trials(40)
    scores = {each["trial_id"]: each["score"] for each in search.records if each["kind"] == "end"}
    for record in search.records:
        if record["kind"] == "start":
            record["values"] = {knob["name"]: search.random.random() for knob in knobs}
            record["values"]["k17"] = scores[record["trial_id"]] or 0.0
    view = parallel_coordinates([search.run()])
    labels = [axis.label for axis in view.charts[0].axes]  # type: ignore[union-attr]
    assert len(labels) == 15 and "k17" in labels
    assert view.sentences[0].startswith("14 of 20 knobs are shown")
    assert len(view.tables[0].header) == 6 + 20


def test_without_a_trial_there_is_nothing(draw: Callable[..., Any]) -> None:
    assert parallel_coordinates([draw().session().run()]).why_not == "No trial has started yet."
