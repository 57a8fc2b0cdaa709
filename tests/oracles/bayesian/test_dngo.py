"""DNGO: expected improvement by Monte Carlo, better than random, running trials, awkward results,
options.
"""

from __future__ import annotations

import time
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import all_values, end, fail, make, search
from tftune.errors import UsageError
from tftune.oracles.bayesian.acquisition import log_expected_improvement
from tftune.oracles.bayesian.bayesian_regression import BayesianRegression
from tftune.oracles.bayesian.dngo import DngoOracle, _believing
from tftune.oracles.sampling.random_search import RandomOracle


def reals() -> Any:
    hp = keras_tuner.HyperParameters()
    for index in range(3):
        hp.Float(f"x{index}", 0.0, 1.0)
    hp.Choice("kind", ["a", "b", "c"])
    return hp


def score_of(values: dict[str, Any]) -> float:
    """Least, 0, at 0.2, 0.5, 0.8 and b."""
    distance = sum(
        (values[f"x{index}"] - place) ** 2 for index, place in enumerate((0.2, 0.5, 0.8))
    )
    return distance + {"a": 0.3, "b": 0.0, "c": 0.6}[values["kind"]]


def oracle_of(seed: int = 0, max_trials: int | None = 30, **options: Any) -> DngoOracle:
    oracle = DngoOracle(
        keras_tuner.Objective("score", "min"),
        max_trials=max_trials,
        hyperparameters=reals(),
        seed=seed,
        **options,
    )
    oracle.blas_threads = 1
    return oracle


def best_of(oracle: Any) -> float:
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial, score_of(trial.hyperparameters.values))
    return float(oracle.get_best_trials()[0].score)


def test_expected_improvement_is_that_of_samples_of_the_posterior() -> None:
    """EI(x) = E[max(best - w . phi(x), 0)] over w ~ N(m, K^-1)."""
    generator = np.random.default_rng(0)
    basis, targets = generator.normal(size=(12, 4)), generator.normal(size=12)
    regression = BayesianRegression(basis, targets, alpha=1.0, beta=3.0)
    covariance = np.linalg.inv(np.eye(4) + 3.0 * basis.T @ basis)
    weights = generator.multivariate_normal(regression.weights, covariance, size=200_000)
    new, best = generator.normal(size=(5, 4)), -0.3
    sampled = np.maximum(best - weights @ new.T, 0.0).mean(axis=0)
    assert np.exp(log_expected_improvement(*regression.predict(new), best)) == pytest.approx(
        sampled, rel=0.05, abs=2e-3
    )


def test_better_than_random() -> None:
    found = [best_of(oracle_of(seed)) for seed in range(3)]
    random = [
        best_of(RandomOracle(keras_tuner.Objective("score", "min"), 30, reals(), seed))
        for seed in range(3)
    ]
    assert np.mean(found) < 0.3 * np.mean(random)


def test_what_is_believed_of_running_trials_keeps_the_mean_and_makes_surer() -> None:
    generator = np.random.default_rng(0)
    basis, targets = generator.normal(size=(12, 4)), generator.normal(size=12)
    before = BayesianRegression(basis, targets)
    running = generator.normal(size=(1, 4))
    after = _believing(before, basis, targets, running)
    assert after.weights == pytest.approx(before.weights)
    assert after.predict(running)[1][0] < before.predict(running)[1][0]


def test_slots_get_different_configurations() -> None:
    oracle = oracle_of(initial_points=5, max_trials=None)
    for _ in range(6):
        trial = oracle.create_trial("slot 0")
        end(oracle, trial, score_of(trial.hyperparameters.values))
    for slot in range(3):
        assert oracle.create_trial(f"slot {slot}").status == "RUNNING"
    places = np.array([oracle.space.to_unit(values) for values in all_values(oracle)[-3:]])
    assert np.abs(places[0] - places[1]).max() > 1e-3 and np.abs(places[1] - places[2]).max() > 1e-3


@pytest.mark.parametrize("warping", ["none", "copula", "logarithm"])
def test_equal_and_huge_losses_are_borne(warping: str) -> None:
    for scores in ([1.0] * 6, [1e90, 1.0, -1e90, 0.0, 1e-9, 2.0]):
        oracle = oracle_of(initial_points=2, warping=warping)
        for score in scores:
            end(oracle, oracle.create_trial("slot 0"), score)
        fail(oracle, oracle.create_trial("slot 0"))
        assert oracle.create_trial("slot 0").status == "RUNNING"


def test_earlier_results_take_the_place_of_the_design() -> None:
    generator = np.random.default_rng(0)
    space = oracle_of().space
    drawn = [space.sample(generator) for _ in range(40)]
    earlier = [
        {"values": values, "score": score_of(values), "status": "completed", "seconds": 1.0}
        for values in drawn
    ]
    oracle = oracle_of(warm_start=earlier)
    end(
        oracle, oracle.create_trial("slot 0"), min(result["score"] for result in earlier)
    )  # the best one once more
    assert score_of(oracle.create_trial("slot 0").hyperparameters.values) < np.median(
        [result["score"] for result in earlier]
    )


def test_resuming_needs_no_earlier_proposals() -> None:
    assert oracle_of().memo() == {}


def test_a_proposal_at_150_results_is_cheap() -> None:
    oracle = oracle_of(max_trials=None)
    generator = np.random.default_rng(0)
    for _ in range(150):
        values = oracle.space.sample(generator)
        oracle.observations.add(values, score_of(values), "completed", 1.0, None)
    seconds = []
    for number in range(3):
        started = time.process_time()
        oracle.method.propose(150 + number)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.3  # 0.05 was measured


def test_few_trials_have_a_shorter_design() -> None:
    assert [oracle_of(max_trials=trials).method.initial_points for trials in (None, 1, 8, 30)] == [
        10,
        1,
        4,
        10,
    ]
    first = search(make("dngo", max_trials=3, initial_points=3))
    assert first == search(
        make("dngo", max_trials=3, initial_points=3, epochs=1)
    )  # random ones: training does not matter


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"initial_points": 0},
            "initial_points must be an integer of at least 1 or None. Received: 0",
        ),
        ({"epochs": 0}, "epochs must be an integer of at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0. Received: 0.0"),
        ({"weight_decay": -1.0}, "weight_decay must be a number of at least 0. Received: -1.0"),
        ({"warping": "rank"}, "warping must be one of none, copula, logarithm. Received: 'rank'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle_of(**options)
