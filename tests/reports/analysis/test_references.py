"""Tables of reference models from the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.references_played import with_references
from tftune.reports.analysis.references import best_reference, notes_of, tables_of, verdict_of
from tftune.reports.analysis.worth import known_rows, validation_worth


def test_the_network_stands_above_the_references(play: Callable[..., Any]) -> None:
    search = play(data={"validation": 100})
    search.trial(0, [0.7, 0.9])
    test, validation = tables_of(with_references(search).state)
    assert [row.name for row in test.rows] == [
        "the network, trial 0000",
        "majority class",
        "logistic regression",
    ]
    assert test.deciding == "accuracy" and test.measures == ("accuracy", "auc")
    assert test.best is not None and test.best.metrics["accuracy"]["value"] == 0.8
    assert test.of == "100 rows, 90 different inputs"
    assert test.verdict == (
        "The network less logistic regression, accuracy: 0.020 (-0.030 to 0.070), which is noise."
    )
    network = validation.rows[0]
    assert network.is_network and network.metrics["accuracy"]["value"] == 0.9
    assert network.metrics["accuracy"]["low"] is not None  # Wilson's, of 100 rows
    assert best_reference(search.state) == [("logistic regression", 0.75)]


def test_a_verdict_names_who_is_favoured(play: Callable[..., Any]) -> None:
    for better, words in ((1, "the network"), (2, "logistic regression")):
        search = play()
        search.trial(0, [0.7])
        record = with_references(search, better).state.references["test"]
        assert verdict_of(record).endswith(f"in favour of {words}.")


def test_a_difference_without_an_interval_is_no_verdict() -> None:
    between = {"value": 0.25, "low": None, "high": None, "p": 1.0}
    pair = {"with": "mean", "measure": "accuracy", "difference": between, "better": 0}
    assert verdict_of({"comparison": pair}) == "The network less mean, accuracy: 0.250."


def test_a_refit_had_more_rows_than_the_references(play: Callable[..., Any]) -> None:
    search = with_references(play())
    refit = {"step": "refit", "status": "kept"}
    member = {"trial_id": "0000", "checkpoint": "finish-0000-finished", "weight": 1}
    for steps, members, noted in (
        ([refit], [member], True),
        ([{**refit, "status": "not kept"}], [member], False),
        ([refit], [{**member, "checkpoint": "0000"}], False),  # not in the ensemble
    ):
        search.write("finished", trial_id="0000", steps=steps, members=members)
        test, validation = tables_of(search.state)
        assert bool(test.notes) == noted and not validation.notes


def test_the_line_of_another_measure_is_not_drawn(play: Callable[..., Any]) -> None:
    search = play(objective={"name": "val_auc", "direction": "max"})
    assert best_reference(with_references(search).state) == []


def test_why_there_are_none_is_told(play: Callable[..., Any]) -> None:
    search = play()
    search.write("references", split="validation", models=[], notes=["There are none."])
    assert tables_of(search.state) == [] and notes_of(search.state) == ["There are none."]


def test_counted_rows_give_the_score_an_interval(play: Callable[..., Any]) -> None:
    """The header of a user's own search does not tell how many rows are positive."""
    search = play(data={"validation": 100}, objective={"name": "val_auc", "direction": "max"})
    search.trial(0, [0.8])
    best = search.state.best()
    assert validation_worth(search.state, best).interval is None
    with_references(search)
    assert known_rows(search.state)["positives"]["validation"] == 40
    assert validation_worth(search.state, best).interval is not None
