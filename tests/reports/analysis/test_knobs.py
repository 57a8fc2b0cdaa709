"""Which knobs were tuned, and which played a part: conditions, fixed ones, old journals."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.knobs import active_values, knobs_of


def a_state(*knobs: dict[str, Any], spaces: Any = (), values: Any = ()) -> SearchState:
    header = {"objective": {"name": "val_auc", "direction": "max"}, "space": {"knobs": [*knobs]}}
    state = SearchState(header=header, spaces=list(spaces))
    for number, each in enumerate(values):
        state.trials[f"{number:04d}"] = TrialRecord(f"{number:04d}", number, each)
    return state


def a_float(name: str, low: float, high: float, sampling: str = "linear", **more: Any) -> Any:
    knob = {"name": name, "kind": "Float", "min": low, "max": high, "step": None}
    return {**knob, "sampling": sampling, "default": low, "conditions": [], **more}


def a_choice(name: str, *values: Any, **more: Any) -> Any:
    return {"name": name, "kind": "Choice", "values": [*values], "conditions": [], **more}


def under(parent: str, *values: Any) -> Any:
    return {"conditions": [{"parent": parent, "values": [*values]}]}


def test_scales_follow_the_space() -> None:
    state = a_state(
        a_float("rate", 1e-4, 1e-2, "log"),
        a_float("mirrored", 1.0, 2.0, "reverse_log"),
        a_choice("optimizer", "sgd", "adam"),
        a_choice("batch", 64, 8),
        {"name": "norm", "kind": "Boolean", "default": True, "conditions": []},
        {"name": "units", "kind": "Int", "min": 4, "max": 8, "sampling": "linear"},
    )
    knobs = knobs_of(state)
    assert [(knob.name, knob.scale) for knob in knobs] == [
        ("rate", "log"),
        ("mirrored", "linear"),
        ("optimizer", "category"),
        ("batch", "category"),
        ("norm", "category"),
        ("units", "linear"),
    ]
    assert (knobs[0].low, knobs[0].high) == (1e-4, 1e-2)
    assert knobs[2].choices == ("sgd", "adam")
    assert knobs[3].choices == (8, 64)  # numbers ascend
    assert knobs[4].choices == (False, True)
    assert knobs[5].whole and not knobs[0].whole


def test_what_leaves_no_choice_is_left_out() -> None:
    fixed = {"name": "fixed", "kind": "Fixed", "default": 3, "conditions": []}
    state = a_state(fixed, a_choice("one", "a"), a_float("point", 2.0, 2.0))
    assert knobs_of(state) == ()
    trial = TrialRecord("0000", 0, {"fixed": 3, "one": "a", "point": 2.0, "tuner/epochs": 3})
    assert active_values(trial, state) == {}


def test_a_condition_that_does_not_hold_leaves_a_knob_out_and_its_children() -> None:
    state = a_state(
        a_choice("form", "a", "b"),
        a_choice("more", 1, 2, **under("form", "b")),
        a_float("depth", 0.0, 1.0, **under("more", 2)),
    )
    assert [knob.conditional for knob in knobs_of(state)] == [False, True, True]
    values = {"form": "a", "more": 2, "depth": 0.5}
    assert active_values(TrialRecord("0000", 0, values), state) == {"form": "a"}
    values["form"] = "b"
    assert active_values(TrialRecord("0000", 0, values), state) == values


def test_a_name_under_several_conditions_is_one_knob_with_all_its_values() -> None:
    state = a_state(
        a_choice("form", "a", "b"),
        a_float("size", 1.0, 2.0, **under("form", "a")),
        a_float("size", 4.0, 8.0, **under("form", "b")),
    )
    size = knobs_of(state)[1]
    assert (size.low, size.high, size.conditional) == (1.0, 8.0, True)
    assert active_values(TrialRecord("0000", 0, {"form": "b", "size": 5.0}), state)["size"] == 5.0


def test_what_trials_declared_later_follows_the_space() -> None:
    config = {"name": "late", "default": 1, "conditions": [], "min_value": 1, "max_value": 9}
    declared = {"class_name": "Int", "config": {**config, "step": None, "sampling": "log"}}
    state = a_state(a_choice("form", "a", "b"), spaces=[{"space": [declared]}])
    late = knobs_of(state)[1]
    broken = knobs_of(a_state(spaces=[{"space": [{"class_name": "Int", "config": {}}]}]))
    assert broken == ()
    assert (late.name, late.scale, late.low, late.high, late.whole) == ("late", "log", 1, 9, True)


def test_without_a_space_the_values_tell() -> None:
    values = [{"rate": 1e-4, "form": "a", "same": 1}, {"rate": 0.1, "form": "b", "same": 1}]
    state = a_state(values=values)
    del state.header["space"]
    assert [(knob.name, knob.scale) for knob in knobs_of(state)] == [
        ("rate", "log"),
        ("form", "category"),
    ]
    assert active_values(state.trials["0000"], state) == values[0]


def test_a_value_outside_its_range_widens_the_axis() -> None:
    state = a_state(a_float("rate", 1.0, 2.0), a_choice("form", "a", "b"), values=[])
    state.trials["0000"] = TrialRecord("0000", 0, {"rate": 4.0, "form": "c"})
    rate, form = knobs_of(state)
    assert rate.high == 4.0
    assert form.choices == ("a", "b", "c")


@pytest.mark.parametrize("value", [float("nan"), "text", True, 0.0])
def test_what_has_no_place_on_an_axis_has_no_position(value: Any) -> None:
    knob = knobs_of(a_state(a_float("rate", 1e-3, 1.0, "log")))[0]
    assert knob.position(value) is None
    assert knob.position(0.5) == 0.5


def test_true_and_one_are_different_choices() -> None:
    knob = knobs_of(a_state(a_choice("form", True, 1, "x")))[0]
    assert [knob.position(value) for value in (True, 1, "x", "y")] == [0.0, 1.0, 2.0, None]
    assert knob.axis().categories == ("True", "1", "x")
