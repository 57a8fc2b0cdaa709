"""Grid search: sequences a reader can count by hand."""

from __future__ import annotations

import itertools
import time

import keras_tuner
import pytest

from tests.oracles.searching import all_values, conditional, end, mixed, search
from tftune.errors import UsageError
from tftune.oracles.sampling.grid import GridOracle

HP = keras_tuner.HyperParameters


def grid(
    hp: keras_tuner.HyperParameters, max_trials: int | None = None, **options: object
) -> GridOracle:
    return GridOracle(
        keras_tuner.Objective("score", "min"), max_trials=max_trials, hyperparameters=hp, **options
    )


def test_counts_in_mixed_radix() -> None:
    hp = HP()
    hp.Int("a", 1, 2)
    hp.Choice("b", ["x", "y", "z"])
    hp.Float("c", 0.0, 1.0)
    oracle = grid(hp, levels=2)
    expected = [
        dict(zip("abc", values, strict=True))
        for values in itertools.product([1, 2], ["x", "y", "z"], [0.0, 1.0])
    ]
    assert search(oracle) == expected
    assert oracle.create_trial("slot 0").status == "STOPPED"


def test_reaches_both_ends_of_every_range() -> None:
    values = search(grid(mixed(), levels=3), until=200)
    oracle = grid(mixed(), levels=3)
    last = oracle.method.grid.values(oracle.method.grid.size - 1)
    assert values[0]["rate"] == 1e-5 and last["rate"] == 1e-1
    assert values[0]["momentum"] == 0.5 and last["momentum"] == 0.99
    assert values[0]["units"] == 16 and last["units"] == 128
    assert values[0]["dropout"] == 0.0 and last["dropout"] == 0.5


def test_stepped_floats_reach_their_end_in_a_search() -> None:
    """Hazard C6: KerasTuner's grid never tries the end of Float(0, 1, step=0.2), and has
    0.6000000000000001.
    """
    hp = HP()
    hp.Float("x", 0, 1, step=0.2)
    assert [values["x"] for values in search(grid(hp))] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_conditional_spaces_have_no_repeats() -> None:
    values = search(grid(conditional()))
    assert values[:5] == [
        {"model": "mlp", "size": 0.0},
        {"model": "mlp", "size": 0.5},
        {"model": "mlp", "size": 1.0},
        {"model": "cnn", "size": 8, "pool": False},
        {"model": "cnn", "size": 8, "pool": True},
    ]
    assert len(values) == 11


def test_levels_for_single_knobs() -> None:
    hp = HP()
    hp.Int("units", 1, 1000)
    hp.Float("rate", 1e-4, 1e-2, sampling="log")
    assert (
        grid(hp, levels={"units": 2}).plan() == "the grid has 6 combinations, 2 x 3; all are tried"
    )
    assert search(grid(hp, levels={"units": 2, "rate": 2})) == [
        {"units": 1, "rate": 1e-4},
        {"units": 1, "rate": 1e-2},
        {"units": 1000, "rate": 1e-4},
        {"units": 1000, "rate": 1e-2},
    ]
    with pytest.raises(UsageError, match="levels must be"):
        grid(hp, levels=1)


def test_plan_warns_of_what_is_left_out() -> None:
    plan = grid(mixed(), max_trials=8).plan()
    assert "8 are tried, in a random order" in plan and "raise max_trials" in plan
    assert (
        "leaves the first knobs at their first values"
        in grid(mixed(), max_trials=8, order="counting").plan()
    )


def test_a_part_of_the_grid_is_spread_over_all_of_it() -> None:
    hp = HP()
    for name in "abcd":
        hp.Int(name, 0, 4)
    some = search(grid(hp, max_trials=60, seed=0))
    for name in "abcd":  # counting would leave a and b at 0
        counts = [sum(values[name] == level for values in some) for level in range(5)]
        assert (
            min(counts) >= 3 and sum(counts) == 60
        )  # a false alarm in 1,000 seeds, and the seed is fixed
    assert search(grid(hp, max_trials=60, seed=1)) != some
    assert [
        list(values.values()) for values in search(grid(hp, max_trials=2, order="counting"))
    ] == [[0, 0, 0, 0], [0, 0, 0, 1]]


def test_a_random_order_comes_to_every_combination_once() -> None:
    hp = HP()
    hp.Int("a", 0, 7)
    found = [values["a"] for values in search(grid(hp, order="random", seed=0))]
    assert sorted(found) == list(range(8)) and found != list(range(8))
    assert [values["a"] for values in search(grid(hp, max_trials=3, seed=0))] == found[:3]


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(
        UsageError, match="order must be one of counting, random or None. Received: 'backwards'"
    ):
        grid(mixed(), order="backwards")


def test_a_grid_too_large_to_list_is_counted_at_once() -> None:
    hp = HP()
    for index in range(40):
        hp.Int(f"x{index}", 0, 999)
    started = time.process_time()
    oracle = grid(hp)
    assert oracle.method.grid.size == 1000**40
    assert oracle.method.propose(0) == {f"x{index}": 0 for index in range(40)}
    assert (
        oracle.method.grid.values(10**6 + 7)["x39"] == 7
        and oracle.method.grid.values(10**6 + 7)["x37"] == 1
    )
    assert time.process_time() - started < 2


def test_knobs_found_during_the_search_enlarge_the_grid() -> None:
    hp = HP()
    hp.Boolean("norm")
    oracle = grid(hp)
    trial = oracle.create_trial("slot 0")
    trial.hyperparameters.Choice("activation", ["relu", "tanh"])  # as a model's build would
    end(oracle, trial)
    search(oracle)
    runs = all_values(oracle)
    assert runs[0] == {"norm": False, "activation": "relu"}
    assert len(runs) == 4 and len({tuple(sorted(values.items())) for values in runs}) == 4
