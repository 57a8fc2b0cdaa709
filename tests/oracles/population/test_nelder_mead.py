"""The simplex against SciPy's, point by point, and what is our own: restarts, parallel slots,
pickling.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np
import pytest
from scipy.optimize import minimize

from tests.oracles.searching import bowl, end, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles.population.nelder_mead import (
    SimplexEngine,
    SimplexOracle,
    first_simplex,
    simplex_moves,
)


def sphere(x: np.ndarray) -> float:
    return float(((x - np.linspace(0.3, 0.6, len(x))) ** 2).sum())


def rosenbrock(x: np.ndarray) -> float:
    z = 4 * x - 2
    return float((100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum())


def corner(x: np.ndarray) -> float:
    """Least in a corner, so that points are moved back to the side."""
    return float((x * np.arange(1, len(x) + 1)).sum())


def ragged(x: np.ndarray) -> float:
    """Many shrinks."""
    return float((x**2).sum() + 0.3 * np.cos(40 * x).sum())


def of_scipy(
    function: Callable[[np.ndarray], float], simplex: np.ndarray, count: int
) -> np.ndarray:
    """The points that SciPy evaluates."""
    seen: list[np.ndarray] = []

    def called(x: np.ndarray) -> float:
        seen.append(x.copy())
        return function(x)

    options = {"initial_simplex": simplex, "maxfev": count, "xatol": 0.0, "fatol": 0.0}
    minimize(
        called,
        simplex[0],
        method="Nelder-Mead",
        bounds=[(0.0, 1.0)] * len(simplex[0]),
        options=options,
    )
    return np.array(seen[:count])


def of_ours(function: Callable[[np.ndarray], float], simplex: np.ndarray, count: int) -> np.ndarray:
    """The points that our moves ask for."""
    moves = simplex_moves(simplex, 0.0)
    needed, _ = next(moves)
    seen = list(needed)
    while len(seen) < count:
        needed, _ = moves.send([function(point) for point in needed])
        seen += list(needed)
    return np.array(seen[:count])


@pytest.mark.parametrize("dimension", [1, 2, 5])
@pytest.mark.parametrize("function", [sphere, rosenbrock, corner, ragged])
def test_moves_as_scipys_simplex(function: Callable[[np.ndarray], float], dimension: int) -> None:
    simplex = first_simplex(np.linspace(0.4, 0.7, dimension), np.full(dimension, 0.25))
    theirs = of_scipy(function, simplex, 60)
    assert len(theirs) > 5  # fewer where it collapses in the corner
    np.testing.assert_array_equal(of_ours(function, simplex, len(theirs)), theirs)


def test_the_oracle_proposes_these_points() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    oracle = SimplexOracle(
        keras_tuner.Objective("score", "min"), 30, hp, 0, start=[{"x": 0.5, "y": 0.5}], size=0.25
    )
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial, sphere(np.array(list(trial.hyperparameters.values.values()))))
    points = np.array(
        [list(trial.hyperparameters.values.values()) for trial in oracle.trials.values()]
    )
    expected = of_scipy(sphere, np.array([[0.5, 0.5], [0.75, 0.5], [0.5, 0.75]]), 30)
    np.testing.assert_array_equal(
        points, expected
    )  # begins at the start configuration, which is not run twice


def test_moves_by_hand() -> None:
    """In one dimension: 0.5 and 0.75 reflect to 0.25, which is better; then 0, which is not."""
    moves = simplex_moves(np.array([[0.5], [0.75]]), 0.0)
    next(moves)
    assert moves.send([2.0, 3.0])[0] == [0.25]
    assert moves.send([1.0])[0] == [0.0]
    assert moves.send([4.0])[0] == [0.0]  # the simplex is 0.25 and 0.5; 0.5 reflected is 0
    assert moves.send([4.0])[0] == [0.375]  # contracted inside
    assert [point.tolist() for point in moves.send([5.0])[0]] == [
        [0.375]
    ]  # in vain: shrunk to the best


def ask_and_tell(engine: SimplexEngine, slots: int, count: int) -> list[np.ndarray]:
    """Runs `slots` points side by side, the oldest ends first."""
    running: list[tuple[Any, np.ndarray]] = []
    seen = []
    for _ in range(count):
        running.append(engine.ask())
        seen.append(running[-1][1])
        if len(running) == slots:
            ticket, point = running.pop(0)
            engine.tell(ticket, sphere(point))
    return seen


def test_parallel_slots_get_different_points_and_it_still_converges() -> None:
    engine = SimplexEngine(np.full(3, 0.25), np.full(3, 1e-3), seed=0)
    points = ask_and_tell(engine, slots=3, count=150)
    assert len({point.tobytes() for point in points}) == 150
    assert min(map(sphere, points)) < 1e-4


def test_a_collapsed_simplex_is_followed_by_another() -> None:
    engine = SimplexEngine(np.full(2, 0.25), np.full(2, 1e-2), seed=0)
    points = ask_and_tell(engine, slots=1, count=120)
    far = [number for number, point in enumerate(points) if number > 30 and sphere(point) > 0.05]
    assert far  # it left the minimum
    assert min(map(sphere, points[: far[0]])) < 1e-3  # after it had found it


def test_pickled_at_any_point_it_goes_on() -> None:
    def fresh() -> SimplexEngine:
        return SimplexEngine(np.full(2, 0.25), np.full(2, 0.05), seed=3)

    whole = np.array(ask_and_tell(fresh(), 1, 60))
    engine, seen = fresh(), []
    for _ in range(60):
        engine = pickle.loads(pickle.dumps(engine))
        ticket, point = engine.ask()
        engine = pickle.loads(pickle.dumps(engine))
        engine.tell(ticket, sphere(point))
        seen.append(point)
    np.testing.assert_array_equal(np.array(seen), whole)


def test_an_earlier_result_is_the_first_vertex() -> None:
    earlier = [
        {
            "values": {"rate": 1e-3, "units": 32},
            "score": 0.5,
            "status": "completed",
            "seconds": None,
        }
    ]
    oracle = make("nelder-mead", max_trials=3, warm_start=earlier)
    first, *others = search(oracle)
    assert first["rate"] == 1e-3 and first["units"] == 32
    places = [oracle.space.to_unit(values) for values in (first, *others)]
    assert [int((place != places[0]).sum()) for place in places[1:]] == [
        1,
        1,
    ]  # one knob moved each


def test_better_than_random_on_numbers() -> None:
    def best(name: str, seed: int) -> float:
        hp = keras_tuner.HyperParameters()
        for number in range(4):
            hp.Float(f"x{number}", 0.0, 1.0)
        oracle = make(name, seed=seed, max_trials=60)
        oracle = type(oracle)(keras_tuner.Objective("score", "min"), 60, hp, seed)
        return min(bowl(oracle.space, values) for values in search(oracle))

    assert np.mean([best("nelder-mead", seed) for seed in range(5)]) < 0.3 * np.mean(
        [best("random", seed) for seed in range(5)]
    )


@pytest.mark.parametrize("size", [0, 1.5, True, "big"])
def test_an_unusable_size_is_refused(size: Any) -> None:
    with pytest.raises(UsageError, match="size must be a number above 0 and at most 1. Received"):
        SimplexOracle("val_loss", hyperparameters=mixed(), size=size)
