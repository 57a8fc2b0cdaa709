"""Knobs in words, conditional and declared ones too."""

from __future__ import annotations

import pytest

from tftune.journal.state import SearchState
from tftune.reports.analysis.knobs import knob_records
from tftune.reports.knob_words import condition_words, inactive, range_words


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        ({"kind": "Int", "min": 1, "max": 8, "step": 1, "sampling": "linear"}, "1 to 8"),
        ({"kind": "Int", "min": 1, "max": 8, "step": 2, "sampling": "log"}, "1 to 8, log, step 2"),
        ({"kind": "Float", "min": 0.0, "max": 1.0, "step": 0.25}, "0 to 1, step 0.25"),
        ({"kind": "Boolean"}, "False, True"),
        ({"kind": "Fixed", "default": "x"}, "always x"),
        ({"kind": "Choice", "values": ["a", 2, 0.5]}, "a, 2, 0.5"),
    ],
)
def test_ranges_are_told_by_kind(knob: dict, words: str) -> None:
    assert range_words(knob) == words


def test_many_and_long_values_are_cut() -> None:
    text = range_words({"kind": "Choice", "values": ["x" * 10_000 + str(i) for i in range(99)]})
    assert len(text) <= 120
    assert range_words({"kind": "Choice", "values": list(range(14))}).endswith("11 and 2 more")


def test_a_knob_is_active_where_one_of_its_declarations_is() -> None:
    def under(value: str, name: str = "rate", parent: str = "form") -> dict:
        return {"name": name, "conditions": [{"parent": parent, "values": [value]}]}

    form = {"name": "form", "conditions": []}
    knobs = [form, under("a"), under("b"), under("c", "other"), under("x", "deep", "other")]
    assert inactive(knobs, {"form": "b", "rate": 1, "other": "x", "deep": 1}) == {"other", "deep"}
    assert inactive(knobs, {"form": "c", "rate": 1, "other": "x", "deep": 1}) == {"rate"}
    assert condition_words(under("a")) == "where form is a" and condition_words(form) == ""


def test_knobs_that_trials_declared_are_there_once() -> None:
    config = {
        "class_name": "Int",
        "config": {
            "name": "layers",
            "default": 1,
            "conditions": [],
            "min_value": 1,
            "max_value": 3,
            "step": 1,
            "sampling": "linear",
        },
    }
    odd = {"class_name": "Odd", "config": {"name": "odd"}}
    state = SearchState(header={"space": {"knobs": [{"name": "units", "conditions": []}]}})
    state.spaces = [{"space": [config, odd]}, {"space": [config]}]
    assert [knob["name"] for knob in knob_records(state)] == ["units", "layers"]
    assert knob_records(SearchState()) == []
