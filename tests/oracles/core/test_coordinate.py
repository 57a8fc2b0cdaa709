"""Knobs as libraries see them: every value comes back from its coordinate."""

from __future__ import annotations

import pytest

from tftune.oracles.core.coordinate import Coordinate
from tftune.space.search_space import Knob

KNOBS = {
    "real": (
        Knob("rate", "Float", 0.1, low=0.1, high=10.0, sampling="log"),
        1.0,
        1.0,
        ("real", 0.1, 10.0, True),
    ),
    "mirrored": (
        Knob("momentum", "Float", 0.5, low=0.5, high=0.75, sampling="reverse_log"),
        0.75,
        0.5,
        ("real", 0.5, 0.75, True),
    ),
    "integer": (Knob("layers", "Int", 1, low=1, high=6, step=1), 3, 3, ("integer", 1, 6, False)),
    "counted": (
        Knob("units", "Int", 16, low=16, high=64, step=16),
        48,
        2,
        ("integer", 0, 3, False),
    ),
    "powers": (
        Knob("width", "Int", 8, low=8, high=64, step=2, sampling="log"),
        32,
        2,
        ("integer", 0, 3, False),
    ),
    "choice": (
        Knob("optimizer", "Choice", "sgd", choices=("sgd", "adam")),
        "adam",
        "adam",
        ("choice", 0, 0, False),
    ),
}


@pytest.mark.parametrize("name", KNOBS)
def test_values_and_coordinates(name: str) -> None:
    knob, value, coordinate, (kind, low, high, log) = KNOBS[name]
    axis = Coordinate(knob)
    assert (
        axis.encode(value) == pytest.approx(coordinate)
        if isinstance(coordinate, float)
        else axis.encode(value) == coordinate
    )
    assert axis.decode(axis.encode(value)) == value and type(
        axis.decode(axis.encode(value))
    ) is type(value)
    assert (axis.kind, axis.low, axis.high, axis.log) == (kind, low, high, log)


def test_a_coordinate_outside_by_rounding_is_clipped() -> None:
    assert Coordinate(KNOBS["real"][0]).decode(10.000000001) == 10.0
    assert Coordinate(KNOBS["mirrored"][0]).decode(0.4999999999) == 0.75
