"""Ranges at the edges of what a computer can tell apart: each method proposes inside, or the space
refuses in words.
"""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import end, make_named
from tests.oracles.test_contract import NAMES
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.space.search_space import SearchSpace

# Arguments of `Int` or `Float`, told by the type of the first.
EXTREMES: dict[str, tuple[Any, ...]] = {
    "tiny_log": (1e-300, 1e-290, None, "log"),
    "denormal": (5e-324, 1e-310, None, "linear"),
    "denormal_log": (5e-324, 1e-310, None, "log"),
    "whole_line": (-1e308, 1e308, None, "linear"),
    "whole_log": (1e-308, 1e308, None, "log"),
    "huge": (0, 2**60, None, "linear"),
    "signed": (-(2**61), 2**61, None, "linear"),
    "beyond_floats": (2**53 + 1, 2**53 + 5, None, "linear"),
    "huge_log": (1, 2**60, None, "log"),
    "huge_reverse": (1, 2**60, None, "reverse_log"),
    "huge_step": (0, 2**60, 2**40, "linear"),
    "doubled": (1, 2**60, 2, "log"),
    "one_point": (1.0, 1.0, None, "linear"),
    "one_point_log": (1e-3, 1e-3, None, "log"),
    "one_integer": (3, 3, None, "linear"),
    "step_beyond": (0.0, 1.0, 5.0, "linear"),
    "integer_step_beyond": (1, 10, 100, "linear"),
    "ratio_beyond": (1.0, 2.0, 10, "log"),
    "tiny_ratios": (1e-300, 1e-290, 10, "log"),
    "tiny_steps": (0.0, 1.0, 1e-12, "linear"),
    "reverse": (1e-5, 1e5, None, "reverse_log"),
    "reverse_tiny": (1e-300, 1.0, None, "reverse_log"),
    "reverse_ratios": (1e-5, 1e5, 10, "reverse_log"),
    "close_log": (1.0, 1.0 + 1e-9, None, "log"),
}


def declared(*names: str) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    for name in names:
        low, high, step, sampling = EXTREMES[name]
        declare = hp.Int if isinstance(low, int) else hp.Float
        declare(name, low, high, step=step, sampling=sampling)
    hp.Boolean("flag")
    return hp


def check_inside(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name in EXTREMES:
            low, high = EXTREMES[name][:2]
            assert type(value) is type(low) and low <= value <= high, (name, value)


@pytest.mark.parametrize("name", NAMES)
def test_every_method_proposes_inside(name: str) -> None:
    oracle = make_named(
        name,
        objective=keras_tuner.Objective("score", "min"),
        hyperparameters=declared(*EXTREMES),
        seed=0,
        max_trials=7,
    )
    for number in range(7):
        trial = oracle.create_trial("slot")
        assert trial.status == "RUNNING"
        check_inside(trial.hyperparameters.values)
        end(oracle, trial, float(7 * number % 5))


@pytest.mark.parametrize("name", EXTREMES)
def test_places_and_values_are_each_others_reverse(name: str) -> None:
    knob = SearchSpace(declared(name)).knobs[0]
    low, high = EXTREMES[name][:2]
    for place in (0.0, 1e-9, 0.25, 0.5, 0.75, 1.0 - 1e-9, 1.0):
        value: Any = knob.from_unit(place)
        assert low <= value <= high and knob.canonical(value) == value
        there = knob.to_unit(value)
        assert 0.0 <= there <= 1.0 and math.isfinite(there)
        assert knob.from_unit(there) == pytest.approx(value, rel=1e-6)
    assert knob.size is None or knob.value_at(knob.size - 1) <= high


def test_integers_that_floats_leave_out_are_all_reached() -> None:
    knob = SearchSpace(declared("beyond_floats")).knobs[0]
    assert knob.size == 5
    reached = [knob.from_unit(place / 10 + 0.05) for place in range(10)]
    assert reached == sorted([*range(2**53 + 1, 2**53 + 6)] * 2)


@pytest.mark.quick("forest-*")
@pytest.mark.parametrize(
    ("name", "knob"),
    [
        ("gp", "tiny_log"),
        ("gp", "signed"),
        ("forest", "tiny_log"),
        ("forest", "denormal"),
        ("forest", "whole_line"),
        ("tpe", "tiny_log"),
        ("tpe", "close_log"),
    ],
)
def test_models_of_other_libraries_learn_from_places(name: str, knob: str) -> None:
    """scikit-optimize raised a ValueError for `Float(1e-300, 1e-290, sampling="log")`."""
    oracle = ORACLES[name](
        objective=keras_tuner.Objective("score", "min"),
        hyperparameters=declared(knob),
        seed=0,
        max_trials=6,
        initial_points=3,
    )
    tried = []
    for number in range(6):
        trial = oracle.create_trial("slot")
        check_inside(trial.hyperparameters.values)
        tried.append(trial.hyperparameters.values[knob])
        end(oracle, trial, float(number))
    assert len(set(tried)) > 3


@pytest.mark.parametrize(
    ("range_", "message"),
    [
        ((0, 2**63), "fewer than 2\\*\\*63 integers of 64 bits"),
        ((-(2**63), 2**63 - 1), "fewer than 2\\*\\*63 integers"),
        ((1.0, 1.0 + 4e-16), "so narrow that floats hardly tell its values apart"),
        ((1e15, 1e15 + 1.0), "Tune the difference from one end"),
        ((0.0, math.inf), "needs finite ends"),
        ((math.nan, 1.0), "needs finite ends"),
    ],
)
def test_what_no_computer_can_walk_is_refused_in_words(range_: Any, message: str) -> None:
    hp = keras_tuner.HyperParameters()
    declare = hp.Int if isinstance(range_[0], int) else hp.Float
    declare("knob", *range_)
    with pytest.raises(UsageError, match=message):
        SearchSpace(hp)
