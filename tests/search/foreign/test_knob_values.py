"""Values of other tools and of tables as values of a knob."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.search.foreign.knob_values import is_moved, value_of
from tftune.space.knob import Knob

RATE = Knob("rate", "Float", 0.01, low=1e-4, high=0.1, sampling="log")
UNITS = Knob("units", "Int", 8, low=8, high=64, step=8)
NORM = Knob("norm", "Boolean", False, choices=(False, True))
SIZE = Knob("size", "Choice", 16, choices=(16, 32))
MIXED = Knob("mixed", "Choice", "a", choices=("a", "1", 0.5))


@pytest.mark.parametrize(
    ("knob", "given", "expected"),
    [
        (RATE, 0.01, 0.01),
        (RATE, "0.01", 0.01),
        (RATE, "0.10000000000000002", 0.1),  # what a table rounds
        (RATE, 0.10000000000000002, 0.1),  # what a program computes
        (RATE, 0.1000001, None),
        (RATE, 1e-5, None),
        (RATE, "fast", None),
        (UNITS, 8.0, 8),
        (UNITS, "64", 64),
        (UNITS, "64.0", 64),
        (UNITS, 65, None),
        (UNITS, True, None),
        (NORM, "True", True),
        (NORM, "false", False),
        (NORM, 1, True),
        (NORM, "0.0", False),
        (NORM, 2, None),
        (SIZE, "16", 16),
        (SIZE, "32.0", 32),
        (SIZE, 16.0, 16),
        (SIZE, 10**5000, None),
        (MIXED, 1, "1"),
        (MIXED, "0.5", 0.5),
        (MIXED, "A", None),
    ],
    ids=lambda each: (
        each.name
        if isinstance(each, Knob)
        else str(each)[:20]
        if not isinstance(each, int) or abs(each) < 1e9
        else "huge"
    ),
)
def test_a_value_is_the_knob_s_or_none(knob: Knob, given: Any, expected: Any) -> None:
    found = value_of(knob, given)
    assert found == expected and (found is None) == (expected is None)
    assert (
        found is None
        or type(knob.canonical(found)) is type(knob.canonical(knob.default))
        or (knob is MIXED)
    )


@pytest.mark.parametrize(
    ("knob", "value", "expected"),
    [(UNITS, 16, False), (UNITS, 17, True), (RATE, 0.0123, False), (NORM, True, False)],
    ids=["step", "between", "no steps", "choice"],
)
def test_a_number_between_two_steps_is_known(knob: Knob, value: Any, expected: bool) -> None:
    assert is_moved(knob, value) is expected
