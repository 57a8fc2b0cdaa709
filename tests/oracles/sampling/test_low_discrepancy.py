"""The low-discrepancy methods: sequences a reader can check by hand, and the promises of each point
set.
"""

from __future__ import annotations

import warnings
from typing import Any

import keras_tuner
import numpy as np
import pytest
from scipy.stats import qmc

from tests.oracles.searching import search
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.sampling import low_discrepancy
from tftune.oracles.sampling.poisson_disk import poisson_disk
from tftune.support.seeding import generator

SEQUENCES = ("sobol", "halton")
SETS = ("hammersley", "lhs", "poisson-disk")


def floats(count: int = 2) -> Any:
    hp = keras_tuner.HyperParameters()
    for index in range(count):
        hp.Float(f"x{index}", 0.0, 1.0)
    return hp


def oracle(name: str, hp: Any = None, max_trials: int | None = 8, **options: Any) -> Any:
    options = {"seed": 0, **options}
    return ORACLES[name](
        keras_tuner.Objective("score", "min"),
        max_trials=max_trials,
        hyperparameters=hp or floats(),
        **options,
    )


def points(made: Any, until: int | None = None) -> np.ndarray:
    """Runs the search; returns the values as an array of shape (trials, knobs)."""
    return np.array([list(values.values()) for values in search(made, until)])


def test_sobol_by_hand() -> None:
    expected = [
        [0, 0],
        [0.5, 0.5],
        [0.75, 0.25],
        [0.25, 0.75],
        [0.375, 0.375],
        [0.875, 0.875],
        [0.625, 0.125],
        [0.125, 0.625],
    ]
    assert points(oracle("sobol", scramble=False)).tolist() == expected


def test_halton_by_hand() -> None:
    expected = [
        [1 / 2, 1 / 3],
        [1 / 4, 2 / 3],
        [3 / 4, 1 / 9],
        [1 / 8, 4 / 9],
        [5 / 8, 7 / 9],
        [3 / 8, 2 / 9],
        [7 / 8, 5 / 9],
        [1 / 16, 8 / 9],
    ]
    assert points(oracle("halton", scramble=False)) == pytest.approx(np.array(expected))


def test_hammersley_by_hand() -> None:
    first = [[0, 0, 0], [1 / 4, 1 / 2, 1 / 3], [2 / 4, 1 / 4, 2 / 3], [3 / 4, 3 / 4, 1 / 9]]
    then = [
        [1 / 8, 1 / 8, 4 / 9],
        [3 / 8, 5 / 8, 7 / 9],
        [5 / 8, 3 / 8, 2 / 9],
        [7 / 8, 7 / 8, 5 / 9],
    ]  # the even column halves the gaps
    found = points(oracle("hammersley", floats(3), points=4, scramble=False))
    assert found == pytest.approx(np.array(first + then))


@pytest.mark.parametrize("name", SEQUENCES)
def test_unscrambled_sequences_do_not_depend_on_the_seed(name: str) -> None:
    assert (
        points(oracle(name, scramble=False)) == points(oracle(name, seed=1, scramble=False))
    ).all()


def test_scrambled_sequences_are_those_of_scipy_over_several_blocks() -> None:
    sobol = low_discrepancy.scipy_engine("Sobol", 3, generator(5, 0, "sobol")).random(256)[:150]
    assert points(oracle("sobol", floats(3), 150, seed=5)) == pytest.approx(sobol)
    halton = low_discrepancy.scipy_engine("Halton", 3, generator(5, 0, "halton")).random(151)[1:]
    assert points(oracle("halton", floats(3), 150, seed=5)) == pytest.approx(halton)


def strata(column: np.ndarray, count: int) -> list[int]:
    """The strata in which the entries of a column lie, in order."""
    return sorted(int(value * count) for value in column)


@pytest.mark.parametrize("name", ["sobol", "lhs"])
def test_every_stratum_of_every_knob_is_met_once(name: str) -> None:
    found = points(oracle(name, floats(5), max_trials=16))
    assert all(strata(column, 16) == list(range(16)) for column in found.T)


def test_every_further_hypercube_meets_every_stratum_once() -> None:
    found = points(oracle("lhs", floats(3), max_trials=14, points=7))
    assert all(
        strata(half, 7) == list(range(7)) for column in found.T for half in (column[:7], column[7:])
    )
    assert not np.allclose(found[:7], found[7:])


def test_middles_and_swaps_of_a_latin_hypercube() -> None:
    middles = points(oracle("lhs", floats(2), scramble=False))
    assert sorted(middles[:, 0]) == pytest.approx((np.arange(8) + 0.5) / 8)
    plain, swapped = (
        points(oracle("lhs", floats(4), 20, optimization=how)) for how in (None, "random-cd")
    )
    assert all(strata(column, 20) == list(range(20)) for column in swapped.T)
    assert qmc.discrepancy(swapped) < qmc.discrepancy(plain)


def test_the_scrambled_hammersley_column_is_even_and_visited_in_random_order() -> None:
    column = points(oracle("hammersley", max_trials=20))[:, 0]
    assert np.diff(sorted(column)) == pytest.approx(np.full(19, 1 / 20))
    assert (np.diff(column) < 0).any() and 0 <= min(column) < 1 / 20


@pytest.mark.parametrize("dimensions", [1, 2, 4, 8, 20])
def test_poisson_disk_keeps_its_distance_and_its_count(dimensions: int) -> None:
    found, radius = poisson_disk(40, dimensions, np.random.default_rng(0))
    assert found.shape == (40, dimensions) and found.min() >= 0 and found.max() <= 1
    assert joined_distance(found) >= radius * (1 - 1e-12)
    assert radius > 1.1 * joined_distance(np.random.default_rng(0).random((40, dimensions)))


def joined_distance(points: np.ndarray) -> float:
    """The least distance of two points in the cube whose opposite walls are joined."""
    apart = np.abs(points[:, None] - points[None])
    distances = np.sqrt((np.minimum(apart, 1 - apart) ** 2).sum(axis=2))
    return float(distances[np.triu_indices(len(points), 1)].min())


def test_poisson_disk_points_do_not_crowd_at_the_walls() -> None:
    points = np.vstack([poisson_disk(60, 6, np.random.default_rng(seed))[0] for seed in range(10)])
    inside = (
        np.abs(points - 0.5) < 0.25
    ).mean()  # half of a uniform draw: 3,600 coordinates, standard deviation 0.008
    assert abs(inside - 0.5) < 0.05


def test_poisson_disk_is_as_dense_as_scipys() -> None:
    """SciPy's engine at our radius finds about as many points, which says that ours leaves no
    holes.
    """
    _, radius = poisson_disk(60, 2, np.random.default_rng(1))
    theirs = [
        len(
            low_discrepancy.scipy_engine(
                "PoissonDisk", 2, np.random.default_rng(seed), radius=radius
            ).random(500)
        )
        for seed in range(5)
    ]
    assert 45 <= np.mean(theirs) <= 70


@pytest.mark.parametrize("name", [*SEQUENCES, *SETS])
def test_spread_more_evenly_than_random_points(name: str) -> None:
    ours = np.mean(
        [qmc.discrepancy(points(oracle(name, floats(2), 32, seed=seed))) for seed in range(5)]
    )
    random = np.mean(
        [qmc.discrepancy(np.random.default_rng(seed).random((32, 2))) for seed in range(20)]
    )
    assert ours < 0.7 * random


@pytest.mark.parametrize("name", [*SEQUENCES, *SETS])
def test_no_warnings_and_one_dimension(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(points(oracle(name, floats(1), 7))) == 7
        assert len(points(oracle(name, floats(1), 1))) == 1


@pytest.mark.parametrize("name", [*SEQUENCES, *SETS])
def test_knobs_of_one_value_have_no_column(name: str) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Fixed("classes", 3)
    hp.Int("layers", 2, 2)
    hp.Float("x0", 0.0, 1.0)
    hp.Float("x1", 0.0, 1.0)
    assert (points(oracle(name, hp))[:, 2:] == points(oracle(name))).all()


def test_a_sequence_passes_over_what_was_tried() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 0, 3)
    assert [
        values["units"] for values in search(oracle("halton", hp, max_trials=None, scramble=False))
    ] == [2, 1, 3, 0]
    start = [{"x0": 0.25, "x1": 0.5}, {"x0": 0.75, "x1": 0.25}]
    found = points(oracle("sobol", max_trials=5, start=start, scramble=False)).tolist()
    assert found == [[0.25, 0.5], [0.75, 0.25], [0, 0], [0.5, 0.5], [0.25, 0.75]]


def test_the_size_of_a_set_is_max_trials_without_the_start_configurations() -> None:
    earlier = [
        {"values": {"x0": 0.1, "x1": 0.1}, "score": 1.0, "status": "completed", "seconds": None}
    ]
    made = oracle("lhs", max_trials=10, start=[{"x0": 0.5}], warm_start=earlier)
    assert made.method.options() == {"points": 8, "scramble": True, "optimization": None}
    assert all(strata(column, 8) == list(range(8)) for column in points(made)[2:].T)
    assert (
        oracle("lhs", max_trials=None).method.points == 64
        and oracle("poisson-disk", max_trials=10_000).method.points == 256
    )
    assert oracle("hammersley", max_trials=12, points=4).method.points == 4


def test_plans_say_what_the_points_are() -> None:
    assert oracle("sobol").plan().endswith("\nscrambled Sobol sequence in 2 dimensions")
    assert (
        oracle("halton", scramble=False).plan().endswith("\nplain Halton sequence in 2 dimensions")
    )
    assert (
        oracle("hammersley")
        .plan()
        .endswith("\nscrambled Hammersley set of 8 points in 2 dimensions")
    )
    assert oracle("lhs").plan().endswith("\nLatin hypercube of 8 points in 2 dimensions")
    assert oracle("poisson-disk").plan().endswith("\nPoisson-disk set of 8 points in 2 dimensions")


def test_knobs_found_during_the_search_get_columns() -> None:
    made = oracle("halton", floats(1), scramble=False)
    trial = made.create_trial("slot 0")
    trial.hyperparameters.Float("x1", 0.0, 1.0)  # as a model's build would
    made.update_trial(trial.trial_id, {"score": 1.0})
    trial.status = "COMPLETED"
    made.end_trial(trial)
    assert points(made, 3)[1:] == pytest.approx(np.array([[1 / 2, 1 / 3], [1 / 4, 2 / 3]]))


def test_older_scipy_names_its_generator_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def __init__(self, d: int, *, scramble: bool = True, seed: Any = None) -> None:
            self.got = (d, scramble, seed)

    draws = np.random.default_rng(0)
    monkeypatch.setattr(qmc, "Sobol", Old)
    assert low_discrepancy.scipy_engine("Sobol", 3, draws, scramble=False).got == (3, False, draws)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sobol", {"scramble": 1}, "scramble must be True or False. Received: 1"),
        ("hammersley", {"scramble": "no"}, "scramble must be True or False. Received: 'no'"),
        ("lhs", {"points": 0}, "points must be an integer of at least 1 or None. Received: 0"),
        (
            "lhs",
            {"optimization": "lloyd"},
            "optimization must be one of random-cd or None. Received: 'lloyd'",
        ),
    ],
)
def test_wrong_options_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle(name, **options)
