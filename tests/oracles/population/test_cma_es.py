"""CMA-ES against the library `cmaes` on its own, and what the adapter adds: starts, restarts, late
results, places of choices.
"""

from __future__ import annotations

import pickle
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles.population.cma_es import CovarianceEngine, CovarianceOracle, default_population
from tftune.support.seeding import derive

cmaes = pytest.importorskip("cmaes")
SMOOTH = np.zeros(3)


def sphere(x: np.ndarray) -> float:
    return float(((x - 0.3) ** 2).sum())


def run(engine: CovarianceEngine, count: int) -> np.ndarray:
    """Asks and tells one point at a time."""
    points = []
    for _ in range(count):
        ticket, point = engine.ask()
        points.append(point)
        engine.tell(ticket, sphere(point))
    return np.array(points)


def test_proposes_what_cmaes_proposes() -> None:
    bounds = np.array([[0.0, 1.0]] * 3)
    strategy = cmaes.CMA(
        mean=np.full(3, 0.5), sigma=0.2, bounds=bounds, n_max_resampling=30, population_size=6
    )
    expected, told = [], []
    for number in range(1, 61):
        strategy.reseed_rng(derive(5, number, "draw"))
        point = strategy.ask()
        expected.append(point)
        told.append((point, sphere(point)))
        if len(told) == 6:
            strategy.tell(told)
            told = []
    np.testing.assert_array_equal(run(CovarianceEngine(SMOOTH, 5, 6, 0.2), 60), np.array(expected))
    assert min(map(sphere, expected)) < 1e-3


def test_population_of_hansens_tutorial() -> None:
    assert [default_population(count) for count in (1, 2, 5, 10, 20)] == [4, 6, 8, 10, 12]


def test_pickled_at_any_point_it_goes_on() -> None:
    """A pickled strategy of `cmaes` forgets its generator, and its covariance is rounded."""
    engine, points = CovarianceEngine(SMOOTH, 0, 4, 0.2), []
    for _ in range(60):
        engine = pickle.loads(pickle.dumps(engine))
        ticket, point = engine.ask()
        points.append(point)
        engine.tell(ticket, sphere(point))
    np.testing.assert_array_equal(np.array(points), run(CovarianceEngine(SMOOTH, 0, 4, 0.2), 60))


def test_starts_at_the_best_point_known() -> None:
    engine = CovarianceEngine(SMOOTH, 0, 10, 0.01)
    engine.tell_other(np.array([0.9, 0.9, 0.9]), 2.0)
    engine.tell_other(np.array([0.1, 0.2, 0.8]), 1.0)
    np.testing.assert_allclose(run(engine, 10).mean(axis=0), [0.1, 0.2, 0.8], atol=0.02)


def test_a_late_result_changes_nothing() -> None:
    """Five points asked for, four make the generation; the fifth arrives after it."""
    one, other = CovarianceEngine(SMOOTH, 0, 4, 0.2), CovarianceEngine(SMOOTH, 0, 4, 0.2)
    for engine in (one, other):
        tickets = [engine.ask() for _ in range(5)]
        for ticket, point in tickets[:4]:
            engine.tell(ticket, sphere(point))
        if engine is one:
            engine.tell(tickets[4][0], -1.0)
    np.testing.assert_array_equal(one.ask()[1], other.ask()[1])


def test_a_collapsed_distribution_starts_anew_with_twice_the_population() -> None:
    engine = CovarianceEngine(np.zeros(2), 0, 6, 0.2)
    points = run(engine, 900)
    assert engine._run >= 1 and engine._strategy.population_size == 6 * 2**engine._run
    assert min(map(sphere, points)) < 1e-12


def test_choices_and_steps_stand_in_the_middle_of_their_part() -> None:
    points = run(CovarianceEngine(np.array([1 / 3, 0.0, 1 / 2]), 0, 6, 0.3), 120)
    np.testing.assert_allclose(np.unique(points[:, 0].round(9)), [1 / 6, 1 / 2, 5 / 6], atol=1e-8)
    np.testing.assert_allclose(np.unique(points[:, 2].round(9)), [1 / 4, 3 / 4])
    assert len(np.unique(points[:, 1])) == 120 and points.min() >= 0 and points.max() <= 1
    assert {0.25, 0.75} == set(points[60:, 2].round(9))  # the margin keeps it from freezing


def test_one_knob_is_enough() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    oracle = CovarianceOracle(keras_tuner.Objective("score", "min"), 40, hp, 0)
    assert min(abs(values["x"] - 0.3) for values in search(oracle)) < 0.02


def test_better_than_random() -> None:
    def best(name: str, seed: int) -> float:
        oracle = make(
            name, seed=seed, max_trials=80, **({"population": None} if name == "cma-es" else {})
        )
        return min(bowl(oracle.space, values) for values in search(oracle))

    assert np.mean([best("cma-es", seed) for seed in range(4)]) < 0.8 * np.mean(
        [best("random", seed) for seed in range(4)]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population": 3}, "population must be an integer of at least 4 or None. Received: 3"),
        ({"sigma": 0}, "sigma must be a number above 0 and at most 1. Received: 0"),
    ],
)
def test_unusable_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CovarianceOracle("val_loss", hyperparameters=mixed(), **options)
