"""A budget in seconds: the first trials tell how many epochs it is, and all tell what is left."""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import mixed
from tftune.errors import UsageError
from tftune.oracles.multifidelity.filled_halving import FilledHalvingOracle


def timed(seconds: float = 100.0, **options: Any) -> FilledHalvingOracle:
    objective = keras_tuner.Objective("score", "min")
    given = {"max_epochs": 8, "seconds": seconds, "hedge": 0, **options}
    return FilledHalvingOracle(objective, seed=0, hyperparameters=mixed(), **given)


def step(oracle: Any, seconds_an_epoch: float) -> int:
    """Runs one trial; returns its epochs, 0 when the search is over."""
    trial = oracle.create_trial("slot 0")
    if trial.status != "RUNNING":
        return 0
    values = trial.hyperparameters.values
    epochs = values["tuner/epochs"] - values["tuner/initial_epoch"]
    number = int(trial.trial_id)
    record = {"status": "completed", "score": float(7 * number % 11), "best_epoch": 1}
    record |= {"metrics": {}, "message": None, "seconds": seconds_an_epoch * epochs}
    oracle.end_from_record({"trial_id": trial.trial_id, **record})
    return int(epochs)


def test_the_plan_is_made_when_five_trials_have_ended() -> None:
    oracle = timed()
    for _ in range(4):
        step(oracle, 2.5)
        assert oracle.method.rungs is None
    step(oracle, 2.5)
    assert oracle.method.rungs is not None  # 100 s at 2.5 s an epoch are 40 epochs
    assert [tuple(rung) for rung in oracle.method.rungs] == [(10, 2), (5, 4), (2, 8)]
    assert "one bracket for 40 epochs" in oracle.plan()


def test_as_many_epochs_as_the_seconds_are_spent() -> None:
    oracle, spent = timed(), 0
    while epochs := step(oracle, 2.5):
        spent += epochs
    assert spent == 40
    reached = [trial.hyperparameters.values["tuner/epochs"] for trial in oracle.trials.values()]
    assert reached.count(8) >= 2


def test_time_that_an_epoch_does_not_take_any_more_is_used() -> None:
    oracle, spent = timed(), 0
    for count in range(60):
        spent += step(oracle, 2.5 if count < 5 else 1.0)
    assert 70 <= spent <= 90  # 25 s for the first ten epochs, and 75 for one second each


def test_the_plan_says_what_is_not_known_yet() -> None:
    assert timed().expected_trials() is None
    assert timed(max_trials=7).expected_trials() == 7
    assert "one bracket for 100 seconds of training, at epochs 2, 4, 8; the first" in timed().plan()


def test_a_resumed_search_goes_on_with_the_same_plan() -> None:
    oracle = timed()
    for _ in range(7):
        step(oracle, 2.5)
    other = timed()
    other.restore(oracle.memory.events)
    assert other.method.rungs == oracle.method.rungs
    following = [each.create_trial("slot 0").hyperparameters.values for each in (oracle, other)]
    assert following[0] == following[1]


def test_two_limits_are_refused() -> None:
    with pytest.raises(UsageError, match="budget and seconds are two limits of the same plan"):
        timed(budget=40)
    with pytest.raises(UsageError, match="seconds must be a number above 0"):
        timed(0)
