"""REINFORCE: actions of knobs, rewards, baseline, learning, options."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import conditional, end, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles.population.reinforce import (
    ReinforceOracle,
    actions_of,
    rewards_of,
    taken,
    value_of,
)
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.space.search_space import SearchSpace


def steps() -> Any:
    """20,736 configurations."""
    hp = keras_tuner.HyperParameters()
    for index in range(4):
        hp.Int(f"x{index}", 0, 11)
    return hp


def oracle_of(seed: int = 0, max_trials: int | None = 120, **options: Any) -> ReinforceOracle:
    return ReinforceOracle(
        keras_tuner.Objective("score", "min"),
        max_trials=max_trials,
        hyperparameters=steps(),
        seed=seed,
        **options,
    )


def late_mean(oracle: Any) -> float:
    """The mean score of the last 30 of 120 trials."""
    search(oracle)
    return float(np.mean([trial.score for trial in list(oracle.trials.values())[-30:]]))


def test_the_actions_of_every_kind_of_knob() -> None:
    space = SearchSpace(mixed())
    assert [actions_of(knob, 6) for knob in space.knobs] == [
        6,
        6,
        3,
        2,
        6,
        6,
        2,
        1,
    ]  # units has 8 values, dropout 6


def test_actions_lead_to_values_and_values_to_actions() -> None:
    space = SearchSpace(mixed())
    for knob in space.knobs[:-1]:
        if knob.name == "dropout":
            continue  # six values in four parts: a value may lie in two of them
        for action in range(actions_of(knob, 4)):
            for place in (0.25, 0.75):
                value = value_of(knob, action, 4, place)
                values = {**space.sample(np.random.default_rng(0)), knob.name: value}
                assert dict(taken(space, values, 4))[space.knobs.index(knob)] == action
    rate = space.knobs[0]
    assert value_of(rate, 0, 4, 0.0) == pytest.approx(1e-5) and value_of(
        rate, 3, 4, 1.0
    ) == pytest.approx(1e-1)
    assert value_of(rate, 2, 4, 0.0) == pytest.approx(1e-3)  # parts of the logarithm


def test_inactive_knobs_are_left_out() -> None:
    space = SearchSpace(conditional())
    assert taken(space, {"model": "mlp", "size": 0.5}, 8) == [(0, 0), (1, 1)]
    assert taken(space, {"model": "cnn", "size": 24, "pool": True}, 8) == [(0, 1), (2, 2), (3, 1)]


def test_rewards_are_shares_of_worse_results() -> None:
    assert rewards_of(np.array([5.0])).tolist() == [0.5]
    assert rewards_of(np.array([1.0, 1.0, 1e100])).tolist() == [0.75, 0.75, 0.0]


def test_the_baseline_is_the_moving_average_of_rewards() -> None:
    oracle = oracle_of(baseline_decay=0.5)
    baselines = []
    for score in (3.0, 2.0, 4.0, 1.0):  # rewards when they end: 1/2, 1, 0, 1
        end(oracle, oracle.create_trial("slot 0"), score)
        oracle.method._ready_controller()
        baselines.append(oracle.method._baseline)
    assert baselines == [0.5, 0.75, 0.375, 0.6875]


def test_the_controller_learns_after_every_batch() -> None:
    oracle = oracle_of(batch=3)
    before = oracle.method._ready_controller().theta.copy()
    for number in range(1, 7):
        end(oracle, oracle.create_trial("slot 0"))
        after = oracle.method._ready_controller().theta
        assert (after == before).all() == (number % 3 != 0)
        before = after.copy()


def test_the_policy_gets_better_and_beats_random() -> None:
    found = [late_mean(oracle_of(seed)) for seed in range(3)]
    random = [
        late_mean(RandomOracle(keras_tuner.Objective("score", "min"), 120, steps(), seed))
        for seed in range(3)
    ]
    assert np.mean(found) < 0.6 * np.mean(random)


def test_without_learning_it_is_about_random() -> None:
    slow = np.mean([late_mean(oracle_of(seed, learning_rate=1e-9)) for seed in range(3)])
    random = np.mean(
        [
            late_mean(RandomOracle(keras_tuner.Objective("score", "min"), 120, steps(), seed))
            for seed in range(3)
        ]
    )
    assert slow == pytest.approx(random, rel=0.25)


def test_earlier_results_teach() -> None:
    space = oracle_of().space
    generator = np.random.default_rng(0)
    earlier = []
    for _ in range(150):
        values = {**space.sample(generator), "x0": int(generator.integers(2)) * 11}
        earlier.append(
            {"values": values, "score": float(values["x0"]), "status": "completed", "seconds": 1.0}
        )
    oracle = oracle_of(warm_start=earlier, levels=12)
    probabilities = oracle.method._ready_controller().step(0).probabilities
    assert probabilities[0] > 0.5 > 0.1 > probabilities[11]


def test_a_settled_policy_still_finds_every_configuration() -> None:
    oracle = make("reinforce", "finite", max_trials=None, learning_rate=1.0, entropy_weight=0.0)
    assert len(search(oracle)) == 12


@pytest.mark.parametrize(
    "options, message",
    [
        ({"levels": 1}, "levels must be an integer of at least 2. Received: 1"),
        ({"learning_rate": 0}, "learning_rate must be a number above 0. Received: 0"),
        (
            {"baseline_decay": 1.1},
            "baseline_decay must be a number of at least 0 and at most 1. Received: 1.1",
        ),
        ({"entropy_weight": -0.1}, "entropy_weight must be a number of at least 0. Received: -0.1"),
        ({"batch": 0}, "batch must be an integer of at least 1. Received: 0"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle_of(**options)
