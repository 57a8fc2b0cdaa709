"""Particle swarm and differential evolution against Nevergrad on its own."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, end, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.population.nevergrad_engine import (
    NevergradEngine,
    differential_evolution,
    particle_swarm,
)
from tftune.support.seeding import derive

nevergrad = pytest.importorskip("nevergrad")
NAMES = ["pso", "differential-evolution"]
BUILDERS: dict[str, Callable[[], Any]] = {
    "pso": lambda: particle_swarm(5, 0.72, 1.19, 1.19),
    "differential-evolution": lambda: differential_evolution(5, 0.5, 0.8, 0.8),
}


def sphere(x: np.ndarray) -> float:
    return float(((x - 0.3) ** 2).sum())


def numbers() -> Any:
    hp = keras_tuner.HyperParameters()
    for number in range(4):
        hp.Float(f"x{number}", 0.0, 1.0)
    return hp


def plain(name: str, seed: int, count: int) -> list[list[float]]:
    """Nevergrad alone, by the names of its registry."""
    array = nevergrad.p.Array(shape=(4,), lower=0.0, upper=1.0)
    array.random_state = np.random.RandomState(derive(seed, 0, "population"))
    optimizer = nevergrad.optimizers.registry[
        {"pso": "RealSpacePSO", "differential-evolution": "DE"}[name]
    ](array)
    points = []
    for _ in range(count):
        candidate = optimizer.ask()
        points.append(candidate.value.tolist())
        optimizer.tell(candidate, sphere(candidate.value))
    return points


@pytest.mark.parametrize(("name", "population"), [("pso", 40), ("differential-evolution", 30)])
def test_proposes_what_nevergrad_proposes(name: str, population: int) -> None:
    oracle = ORACLES[name](
        keras_tuner.Objective("score", "max"), 100, numbers(), 3, population=population
    )
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial, -sphere(np.array(list(trial.hyperparameters.values.values()))))
    assert [
        list(trial.hyperparameters.values.values()) for trial in oracle.trials.values()
    ] == plain(name, 3, 100)


@pytest.mark.parametrize("name", NAMES)
def test_the_global_generator_of_numpy_is_left_alone(name: str) -> None:
    np.random.seed(0)
    state = np.random.get_state()[1].tolist()
    one = search(make(name, max_trials=12))
    assert np.random.get_state()[1].tolist() == state
    np.random.seed(1)
    assert search(make(name, max_trials=12)) == one


@pytest.mark.parametrize("name", NAMES)
def test_results_of_others_are_the_population(name: str) -> None:
    """No member is drawn at random where five are known; of five equals, differences are 0."""
    engine = NevergradEngine(BUILDERS[name](), 2, 0)
    for number in range(5):
        engine.tell_other(np.array([0.25, 0.75]), float(number))
    _, point = engine.ask()
    assert len(engine._optimizer.population) == 5
    if name == "differential-evolution":
        np.testing.assert_allclose(point, [0.25, 0.75])
    engine.tell_other(
        np.array([0.5, 0.5]), -1.0
    )  # in a full population it takes the place of the worst
    assert len(engine._optimizer.population) == 5
    assert sorted(member.loss for member in engine._optimizer.population.values()) == [
        -1.0,
        0.0,
        1.0,
        2.0,
        3.0,
    ]


@pytest.mark.parametrize("name", NAMES)
def test_slots_side_by_side_end_in_any_order(name: str) -> None:
    def run(pickled: bool) -> list[list[float]]:
        engine, running, points = NevergradEngine(BUILDERS[name](), 3, 1), [], []
        for number in range(40):
            running.append(engine.ask())
            points.append(running[-1][1].tolist())
            if len(running) == 3:
                ticket, point = running.pop(number % 3)
                engine.tell(ticket, sphere(point))
            if pickled:
                engine, running = pickle.loads(pickle.dumps((engine, running)))
        return points

    whole = run(pickled=False)
    assert run(pickled=True) == whole
    assert min(sphere(np.array(point)) for point in whole[20:]) < min(
        sphere(np.array(point)) for point in whole[:5]
    )


@pytest.mark.parametrize("name", NAMES)
def test_better_than_random(name: str) -> None:
    def best(method: str, seed: int) -> float:
        oracle = ORACLES[method](keras_tuner.Objective("score", "min"), 80, numbers(), seed)
        return min(bowl(oracle.space, values) for values in search(oracle))

    assert np.mean([best(name, seed) for seed in range(4)]) < 0.5 * np.mean(
        [best("random", seed) for seed in range(4)]
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pso", {"population": 1}, "population must be an integer of at least 2"),
        (
            "pso",
            {"omega": 1.5},
            "omega must be a number of at least 0 and at most 1. Received: 1.5",
        ),
        (
            "pso",
            {"phi_global": -1},
            "phi_global must be a number of at least 0 and at most 4. Received: -1",
        ),
        (
            "differential-evolution",
            {"population": 3},
            "population must be an integer of at least 4",
        ),
        (
            "differential-evolution",
            {"crossover": "twopoints"},
            "crossover must be a number of at least 0 and at most 1. Received: 'two",
        ),
        (
            "differential-evolution",
            {"weight": 3},
            "weight must be a number of at least 0 and at most 2",
        ),
    ],
)
def test_unusable_options_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ORACLES[name]("val_loss", hyperparameters=mixed(), **options)
