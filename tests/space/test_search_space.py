"""The search space: exact steps, plain types, conditions, numbering."""

from __future__ import annotations

import itertools
import json
import math
import time

import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.space.knob import Knob
from tftune.space.search_space import SearchSpace, public_values

HP = keras_tuner.HyperParameters


def one(**knobs: tuple) -> SearchSpace:
    """A space of knobs given as name=(kind, args, kwargs)."""
    hp = HP()
    for name, (kind, args, kwargs) in knobs.items():
        getattr(hp, kind)(name, *args, **kwargs)
    return SearchSpace(hp)


def model_space() -> SearchSpace:
    """mlp: 3 units; cnn: 2 filters, and with pooling 2 pool sizes. 3 + 2 + 2 x 2 = 9."""
    hp = HP()
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Int("width", 1, 3)
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("width", 16, 32, step=16)
        hp.Boolean("pooling")
        with hp.conditional_scope("pooling", [True]):
            hp.Choice("pool_size", [2, 3])
    return SearchSpace(hp)


@pytest.mark.parametrize(
    ("low", "high", "step", "expected"),
    [
        (0, 1, 0.2, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 1, 0.1, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (0, 0.3, 0.1, [0.0, 0.1, 0.2, 0.3]),
        (0, 0.5, 0.05, [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]),
        (0, 1, 1 / 3, [0.0, 1 / 3, 2 / 3, 1.0]),
        (
            0,
            1,
            0.3,
            [0.0, 0.3, 0.6, 0.9],
        ),  # as KerasTuner documents: the end only if a step leads there
    ],
)
def test_stepped_floats_reach_their_end_without_noise(
    low: float, high: float, step: float, expected: list[float]
) -> None:
    """Hazard C6: KerasTuner's Float(0, 1, step=0.2) has 0.6000000000000001 and never 1.0."""
    knob = one(x=("Float", (low, high), {"step": step})).knobs[0]
    values = [knob.value_at(position) for position in range(knob.size or 0)]
    assert values == pytest.approx(expected, abs=0 if step != 1 / 3 else 1e-15)
    assert values[-1] == expected[-1]
    assert [knob.canonical(value + 1e-4) for value in values] == values


def test_logarithmic_steps() -> None:
    rate, batch = one(
        rate=("Float", (1e-3, 10), {"step": 10, "sampling": "log"}),
        batch=("Int", (2, 32), {"step": 2, "sampling": "log"}),
    ).knobs
    assert [rate.value_at(position) for position in range(rate.size or 0)] == [
        0.001,
        0.01,
        0.1,
        1.0,
        10.0,
    ]
    assert [batch.value_at(position) for position in range(batch.size or 0)] == [2, 4, 8, 16, 32]
    assert [batch.canonical(value) for value in (1, 3, 6, 13, 99)] == [2, 4, 8, 16, 32]
    mirrored = one(x=("Int", (1, 16), {"step": 2, "sampling": "reverse_log"})).knobs[0]
    assert [mirrored.value_at(position) for position in range(mirrored.size or 0)] == [
        1,
        9,
        13,
        15,
        16,
    ]
    assert [mirrored.canonical(value) for value in (1, 9, 13, 15, 16)] == [1, 9, 13, 15, 16]


@pytest.mark.parametrize("choices", [[True, False], [False, True]])
def test_a_choice_of_booleans_gives_booleans(choices: list[bool]) -> None:
    """Hazard C7: KerasTuner turns Choice([True, False]) into [1, 0]."""
    space = one(flag=("Choice", (choices,), {"default": True}))
    assert space.canonical({}) == {"flag": True} and type(space.canonical({})["flag"]) is bool
    assert {type(space.sample(np.random.default_rng(n))["flag"]) for n in range(9)} == {bool}
    assert space.config()["knobs"][0]["values"] == choices
    assert SearchSpace.from_config(space.config()).config() == space.config()


def test_a_condition_on_a_choice_of_booleans_holds() -> None:
    hp = HP()
    hp.Choice("flag", [True, False])
    with hp.conditional_scope("flag", [True]):
        hp.Int("units", 1, 4)
    space = SearchSpace(hp)
    assert space.cardinality() == 5
    assert space.active({"flag": False, "units": 3}) == {"flag": False}
    assert space.active({"flag": 1, "units": 3}) == {"flag": 1, "units": 3}


def test_a_nested_condition_needs_every_parent() -> None:
    """Hazard C10: KerasTuner's nested scopes; an inactive parent holds nothing open."""
    space = model_space()
    assert space.active({"model": "mlp", "width": 2, "pooling": True, "pool_size": 2}) == {
        "model": "mlp",
        "width": 2,
    }
    assert space.canonical({"model": "cnn", "pooling": True}) == {
        "model": "cnn",
        "width": 16,
        "pooling": True,
        "pool_size": 2,
    }
    assert space.canonical({"model": "mlp"}) == {"model": "mlp", "width": 1}


def test_one_name_with_two_ranges_is_refused() -> None:
    """Hazard C13: of two declarations KerasTuner silently takes the first."""
    hp = HP()
    hp.Choice("model", ["mlp", "cnn"])
    hp.Int("units", 1, 3)
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("units", 10, 20)
    with pytest.raises(UsageError, match="'units' is declared twice with different ranges"):
        SearchSpace(hp)


def test_one_name_declared_twice_alike_counts_once() -> None:
    hp = HP()
    hp.Choice("model", ["mlp", "cnn"])
    hp.Int("units", 1, 3)
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("units", 1, 3)
    assert SearchSpace(hp).cardinality() == 6


def test_values_are_plain_whatever_came_in() -> None:
    hp = HP()
    (
        hp.Int("i", 1, 9),
        hp.Float("f", 0, 1),
        hp.Choice("s", ["a", "b"]),
        hp.Boolean("b"),
        hp.Choice("n", [16, 32]),
    )
    space = SearchSpace(hp)
    given = {
        "i": np.int64(4),
        "f": np.float32(0.5),
        "s": np.str_("b"),
        "b": np.bool_(True),
        "n": np.int64(32),
    }
    values = space.canonical(given)
    assert values == {"i": 4, "f": 0.5, "s": "b", "b": True, "n": 32}
    assert [type(value) for value in values.values()] == [int, float, str, bool, int]
    assert json.loads(space.key(given)) == values


def test_canonical_clips_snaps_and_fills() -> None:
    space = one(i=("Int", (6, 13), {"step": 3, "default": 9}), f=("Float", (0.5, 2), {}))
    assert space.canonical({"i": 100, "f": -3, "unknown": 1}) == {"i": 12, "f": 0.5}
    assert space.canonical({"f": 2.0000001}) == {"i": 9, "f": 2.0}
    assert space.canonical({"i": 10.6}) == {"i": 12, "f": 0.5}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"f": math.nan}, "finite number"),
        ({"f": "x"}, "finite number"),
        ({"s": "c"}, "no such choice"),
    ],
)
def test_impossible_values_are_refused(values: dict, message: str) -> None:
    space = one(f=("Float", (0, 1), {}), s=("Choice", (["a", "b"],), {}))
    with pytest.raises(UsageError, match=message):
        space.canonical(values)


def test_the_space_is_a_copy() -> None:
    """Hazard C12: KerasTuner changes the object that the user passed."""
    hp = HP()
    hp.Int("units", 1, 3)
    space = SearchSpace(hp)
    hp.Int("layers", 1, 3)
    space.hyperparameters.Int("more", 1, 3)
    assert space.names == ("units",)
    with pytest.raises(UsageError, match="must be a keras_tuner.HyperParameters"):
        SearchSpace({"units": 3})  # type: ignore[arg-type]


@pytest.mark.parametrize("sampling", ["linear", "log", "reverse_log"])
@pytest.mark.parametrize("kind", ["Int", "Float"])
@pytest.mark.parametrize("step", [None, 2])
def test_unit_cube_and_back(kind: str, sampling: str, step: int | None) -> None:
    space = one(x=(kind, (1, 100), {"sampling": sampling, "step": step}))
    knob = space.knobs[0]
    for place in np.linspace(0, 1, 41):
        value = knob.from_unit(place)
        assert 1 <= value <= 100 and type(value) is (int if kind == "Int" else float)
        assert knob.from_unit(knob.to_unit(value)) == pytest.approx(value, rel=1e-12)
        if knob.size is None:
            assert knob.to_unit(value) == pytest.approx(place, abs=1e-12)
    values = [knob.from_unit(place) for place in np.linspace(0, 1, 1001)]
    assert values == sorted(values)
    if sampling == "log" and step is None:
        assert values[500] == pytest.approx(10, abs=0.5)  # half of the range of the logarithm
    if knob.size is not None:
        last = knob.value_at(knob.size - 1)
        assert {values[0], values[-1]} == {knob.value_at(0), last}


def test_unit_vectors_have_one_entry_a_knob() -> None:
    space = model_space()
    vector = space.to_unit({"model": "mlp", "width": 3})
    assert vector.shape == (5,) and space.from_unit(vector) == {"model": "mlp", "width": 3}
    with pytest.raises(UsageError, match="must have 5 entries"):
        space.from_unit([0.5])


def test_integers_are_drawn_evenly() -> None:
    """Chi-square with 9 degrees of freedom: a fair draw exceeds 27.9 once in 1000."""
    space = one(x=("Int", (1, 10), {}))
    generator = np.random.default_rng(0)
    counts = np.bincount([space.sample(generator)["x"] for _ in range(2000)], minlength=11)[1:]
    assert ((counts - 200) ** 2 / 200).sum() < 27.9


def test_cardinality_is_exact() -> None:
    assert model_space().cardinality() == 9
    assert one(x=("Float", (0, 1), {})).cardinality() is None
    assert one(x=("Float", (2, 2), {})).cardinality() == 1
    assert one(x=("Int", (1, 1000), {"sampling": "log"})).cardinality() == 1000
    assert SearchSpace(HP()).cardinality() == 1


def test_a_knob_that_is_never_active_does_not_count() -> None:
    hp = HP()
    hp.Int("n", 1, 3)
    with hp.conditional_scope("n", [5]):
        hp.Float("never", 0, 1)
    assert SearchSpace(hp).cardinality() == 3


def test_numbering_meets_every_configuration_once() -> None:
    space = model_space()
    counter = space.configurations()
    values = [counter.values(number) for number in range(9)]
    assert values == [
        {"model": "mlp", "width": 1},
        {"model": "mlp", "width": 2},
        {"model": "mlp", "width": 3},
        {"model": "cnn", "width": 16, "pooling": False},
        {"model": "cnn", "width": 16, "pooling": True, "pool_size": 2},
        {"model": "cnn", "width": 16, "pooling": True, "pool_size": 3},
        {"model": "cnn", "width": 32, "pooling": False},
        {"model": "cnn", "width": 32, "pooling": True, "pool_size": 2},
        {"model": "cnn", "width": 32, "pooling": True, "pool_size": 3},
    ]
    assert [counter.number(each) for each in values] == list(range(9))
    assert counter.number({"model": "mlp", "width": 7}) is None
    with pytest.raises(UsageError, match="no configuration 9"):
        counter.values(9)


def test_numbering_agrees_with_brute_force() -> None:
    """Conditions on several values of one parent, and a parent that is conditional itself."""
    hp = HP()
    hp.Int("layers", 1, 5)
    with hp.conditional_scope("layers", [2, 3, 4]):
        hp.Choice("kind", ["a", "b"])
        with hp.conditional_scope("kind", ["b"]):
            hp.Int("units", 1, 4)
    with hp.conditional_scope("layers", [4, 5]):
        hp.Boolean("skip")
    space = SearchSpace(hp)
    ranges = {"layers": range(1, 6), "kind": "ab", "units": range(1, 5), "skip": (False, True)}
    every = {
        space.key(dict(zip(ranges, values, strict=True)))
        for values in itertools.product(*ranges.values())
    }
    counter = space.configurations()
    assert {space.key(counter.values(number)) for number in range(counter.size)} == every
    assert space.cardinality() == len(every) == 1 + 5 + 5 + 5 * 2 + 2


def test_astronomic_spaces_are_counted_at_once() -> None:
    hp = HP()
    for index in range(30):
        hp.Int(f"x{index}", 1, 1000)
        with hp.conditional_scope(f"x{index}", [7]):
            hp.Boolean(f"y{index}")
    started = time.process_time()
    counter = SearchSpace(hp).configurations()
    assert counter.size == 1001**30
    assert counter.number(counter.values(counter.size // 3)) == counter.size // 3
    assert time.process_time() - started < 2


def test_an_infinite_space_has_no_numbering() -> None:
    with pytest.raises(UsageError, match="infinite space"):
        one(x=("Float", (0, 1), {})).configurations()


def test_config_fingerprint_and_difference() -> None:
    space = model_space()
    again = SearchSpace.from_config(json.loads(json.dumps(space.config())))
    assert (
        again.config() == space.config()
        and again.fingerprint() == space.fingerprint()
        and again.difference(space.config()) == []
    )
    assert len(space.fingerprint()) == 64
    old = one(units=("Int", (8, 64), {}), rate=("Float", (0, 1), {}))
    new = one(units=("Int", (8, 128), {}), drop=("Boolean", (), {}))
    assert new.difference(old.config()) == [
        "knob 'rate' is gone",
        "knob 'units': max was 64, is 128",
        "knob 'drop' is new",
    ]
    swapped = one(rate=("Float", (0, 1), {}), units=("Int", (8, 64), {}))
    assert swapped.difference(old.config()) == [
        "the order of the knobs was ['units', 'rate'], is ['rate', 'units']"
    ]
    assert swapped.fingerprint() != old.fingerprint()


def test_to_hyperparameters_keeps_the_budget() -> None:
    values = {"model": "mlp", "width": 2, "tuner/epochs": 3}
    hp = model_space().to_hyperparameters(values)
    assert hp.values == values and hp.get("width") == 2
    assert public_values(hp.values) == {"model": "mlp", "width": 2}


def test_defaults_are_snapped_into_the_range() -> None:
    assert one(x=("Int", (0, 10), {"step": 5, "default": 7})).canonical({}) == {"x": 5}
    assert one(x=("Float", (0.0, 1.0), {})).canonical({}) == {"x": 0.0}
    assert one(x=("Boolean", (), {"default": True}), y=("Fixed", ("a",), {})).canonical({}) == {
        "x": True,
        "y": "a",
    }


def test_spread_reaches_both_ends() -> None:
    assert Knob("x", "Float", 0.0, low=1e-5, high=1e-1, sampling="log").spread(5) == (
        1e-5,
        1e-4,
        1e-3,
        1e-2,
        1e-1,
    )
    assert Knob("x", "Int", 1, low=1, high=1000, sampling="log").spread(4) == (1, 10, 100, 1000)
    assert Knob("x", "Int", 1, low=1, high=2, sampling="log").spread(4) == (1, 2)
    assert Knob("x", "Int", 1, low=0, high=10, step=1).spread(3) == (0, 5, 10)


@pytest.mark.parametrize("levels", [1, 0, True, 2.5, {"x": 1}, {"typo": 3}])
def test_impossible_levels_are_refused(levels: object) -> None:
    with pytest.raises(UsageError, match="levels must be an integer of at least 2"):
        one(x=("Float", (0, 1), {})).grid(levels)  # type: ignore[arg-type]
