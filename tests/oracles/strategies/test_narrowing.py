"""Parts of a search space: every kind of knob, narrowed and held."""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import conditional, finite
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.tried import Tried
from tftune.oracles.strategies.narrowing import all_tried, contains, narrowed
from tftune.space.search_space import Knob, SearchSpace


def part_of(declare: Any, values: Any, width: float) -> Knob:
    """The one knob that `declare` declares, narrowed around a value; the best of several comes
    first.
    """
    hp = keras_tuner.HyperParameters()
    declare(hp)
    values = values if isinstance(values, list) else [values]
    seen = [
        Observation({"x": value}, float(loss), "completed") for loss, value in enumerate(values)
    ]
    return SearchSpace.from_config(narrowed(SearchSpace(hp), seen, width)).knobs[0]


def all_values(knob: Knob) -> list[Any]:
    return [knob.value_at(position) for position in range(knob.size or 0)]


@pytest.mark.parametrize(
    ("best", "width", "low", "high"),
    [
        (0.5, 0.5, 0.25, 0.75),
        (0.0, 0.5, 0.0, 0.5),
        (1.0, 0.25, 0.75, 1.0),
        (0.9, 0.5, 0.5, 1.0),
        (0.3, 1.0, 0.0, 1.0),
    ],
)
def test_a_float_keeps_its_share_and_stays_in_range(
    best: float, width: float, low: float, high: float
) -> None:
    knob = part_of(lambda hp: hp.Float("x", 0.0, 1.0), best, width)
    assert (knob.low, knob.high) == pytest.approx((low, high))


def test_a_logarithmic_float_is_narrowed_on_its_scale() -> None:
    knob = part_of(lambda hp: hp.Float("x", 1e-4, 1.0, sampling="log"), 1e-2, 0.5)
    assert (knob.low, knob.high, knob.sampling) == (pytest.approx(1e-3), pytest.approx(1e-1), "log")


@pytest.mark.parametrize(
    ("declare", "best", "width", "expected"),
    [
        (lambda hp: hp.Int("x", 1, 8), 4, 0.5, [2, 3, 4, 5, 6]),
        (lambda hp: hp.Int("x", 1, 8), 8, 0.5, [5, 6, 7, 8]),
        (lambda hp: hp.Int("x", 16, 128, step=16), 64, 0.25, [48, 64, 80]),
        (lambda hp: hp.Int("x", 1, 3), 2, 0.25, [2]),
        (lambda hp: hp.Float("x", 0.0, 0.5, step=0.1), 0.2, 0.5, [0.1, 0.2, 0.3]),
        (
            lambda hp: hp.Float("x", 1e-4, 1.0, step=10, sampling="log"),
            1e-2,
            0.5,
            [1e-3, 1e-2, 1e-1],
        ),
        (lambda hp: hp.Choice("x", [1, 2, 4, 8, 16, 32]), 32, 0.5, [8, 16, 32]),
        (lambda hp: hp.Choice("x", ["a", "b", "c", "d"]), ["c", "a", "b"], 0.5, ["a", "c"]),
        (lambda hp: hp.Choice("x", ["a", "b", "c", "d"]), ["c"], 0.5, ["a", "c"]),
        (lambda hp: hp.Choice("x", ["a", "b", "c"]), ["b", "c", "a"], 0.25, ["b"]),
        (lambda hp: hp.Boolean("x"), [True, False], 0.5, [True]),
        (lambda hp: hp.Boolean("x"), [True, False], 0.75, [False, True]),
        (lambda hp: hp.Fixed("x", 3), 3, 0.5, [3]),
    ],
)
def test_finite_knobs_keep_their_steps(
    declare: Any, best: Any, width: float, expected: list[Any]
) -> None:
    knob = part_of(declare, best, width)
    assert all_values(knob) == expected and [type(value) for value in all_values(knob)] == [
        type(value) for value in expected
    ]
    known = best if isinstance(best, list) else [best]
    assert knob.default == known[0]


def test_reverse_logarithmic_steps_stay_those_of_the_whole() -> None:
    def declare(hp: Any) -> None:
        hp.Float("x", 0.01, 10.0, step=10, sampling="reverse_log")

    hp = keras_tuner.HyperParameters()
    declare(hp)
    whole = all_values(SearchSpace(hp).knobs[0])
    assert set(all_values(part_of(declare, whole[1], 0.5))) <= set(whole)


def test_a_knob_that_the_best_does_not_have_is_centred_at_the_best_that_has_it() -> None:
    seen = [
        Observation({"model": "mlp", "size": 1.0}, 0.1, "completed"),
        Observation({"model": "cnn", "size": 32, "pool": True}, 0.2, "completed"),
        Observation({"model": "cnn", "size": 8, "pool": False}, 0.05, "failed"),
    ]
    narrow = SearchSpace.from_config(narrowed(SearchSpace(conditional()), seen, 0.5))
    assert [all_values(knob) for knob in narrow.knobs] == [["mlp"], [0.5, 1.0], [24, 32], [True]]


def test_held_knobs_stand_still() -> None:
    space = SearchSpace(conditional())
    held = {"model": "cnn", "size": 16, "pool": True}
    part = SearchSpace.from_config(narrowed(space, [], 1.0, ["pool"], held))
    assert [
        part.configurations().values(number)["pool"] for number in range(part.configurations().size)
    ] == [False, True]
    assert (
        part.cardinality() == 2 and contains(part, held) and not contains(part, {**held, "size": 8})
    )
    parent = SearchSpace.from_config(narrowed(space, [], 1.0, ["model"], held))
    assert parent.cardinality() == 2 and contains(
        parent, {"model": "mlp", "size": 0.0}
    )  # at its default


def test_contains_refuses_a_choice_that_is_gone() -> None:
    seen = [Observation({"layers": 1, "activation": "tanh", "norm": True}, 0.0, "completed")]
    part = SearchSpace.from_config(narrowed(SearchSpace(finite()), seen, 0.5))
    assert contains(part, {"layers": 1, "activation": "tanh", "norm": True})
    assert not contains(part, {"layers": 1, "activation": "relu", "norm": True})


def test_all_tried_counts_the_part_only() -> None:
    space = SearchSpace(finite())
    tried = Tried(space)
    part = narrowed(space, [], 1.0, ["norm"], {"layers": 2, "activation": "relu"})
    for norm in (False, True):
        assert not all_tried(part, tried)
        tried.add({"layers": 2, "activation": "relu", "norm": norm})
    assert all_tried(part, tried) and not all_tried(space.config(), tried)
