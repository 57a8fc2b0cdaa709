"""A budget in seconds: the first trials tell how many epochs it is, and all tell what is left."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import mixed
from tftune.errors import UsageError
from tftune.oracles.multifidelity.filled_halving import FilledHalvingOracle


def timed(seconds: float = 100.0, **options: Any) -> FilledHalvingOracle:
    objective = keras_tuner.Objective("score", "min")
    given = {"max_epochs": 8, "seconds": seconds, "hedge": 0, **options}
    return FilledHalvingOracle(objective, seed=0, hyperparameters=mixed(), **given)


def end(oracle: Any, trial: Any, seconds: float, failed: bool = False) -> None:
    number = int(trial.trial_id)
    score = None if failed else float(7 * number % 11)
    record = {"status": "failed" if failed else "completed", "score": score, "best_epoch": 1}
    record |= {"metrics": {}, "message": None, "seconds": seconds}
    oracle.end_from_record({"trial_id": trial.trial_id, **record})


def step(oracle: Any, seconds_an_epoch: float) -> int:
    """Runs one trial; returns its epochs, 0 when the search is over."""
    trial = oracle.create_trial("slot 0")
    if trial.status != "RUNNING":
        return 0
    values = trial.hyperparameters.values
    epochs = values["tuner/epochs"] - values["tuner/initial_epoch"]
    end(oracle, trial, seconds_an_epoch * epochs)
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


@pytest.mark.parametrize("seed", range(4))
def test_workers_of_uneven_trials_come_to_the_end_and_continue_what_is_kept(seed: int) -> None:
    """Four workers, durations of 0.7 to 1.3 times the usual; who goes on was kept all along."""
    oracle, random = timed(250.0, max_epochs=20, hedge=None), np.random.default_rng(seed)
    kept, running, reached = set[str](), list[Any](), 0
    while True:
        while len(running) < 4:
            trial = oracle.create_trial(f"slot {len(oracle.trials)}")
            if trial.status != "RUNNING":
                break
            parent = trial.hyperparameters.values.get("tuner/trial_id")
            assert parent is None or parent in kept
            running.append(trial)
        if not running:
            break
        trial = running.pop(int(random.integers(len(running))))
        values = trial.hyperparameters.values
        epochs = values["tuner/epochs"] - values["tuner/initial_epoch"]
        reached += values["tuner/epochs"] == 20
        end(oracle, trial, float(random.uniform(0.7, 1.3)) * epochs)
        kept = (kept | {trial.trial_id}) & oracle.method.needed_checkpoints()
    assert trial is not None and reached >= 2


def test_failed_trials_tell_nothing_of_what_an_epoch_costs() -> None:
    oracle = timed(max_consecutive_failed_trials=None)
    for count in range(8):
        end(oracle, oracle.create_trial("slot 0"), 0.1 if count < 3 else 5.0, failed=count < 3)
        assert (oracle.method.rungs is None) is (count < 7)
    assert oracle.method.rungs is not None
    assert [tuple(rung) for rung in oracle.method.rungs] == [(10, 2), (5, 4), (2, 8)]


def test_where_nobody_tells_how_long_a_trial_takes_it_is_said() -> None:
    oracle = timed()
    with pytest.raises(UsageError, match="nobody tells how long a trial takes"):
        for _ in range(30):
            trial = oracle.create_trial("slot 0")
            record = {"status": "completed", "score": 1.0, "best_epoch": 1, "metrics": {}}
            oracle.end_from_record({"trial_id": trial.trial_id, "message": None, **record})


def test_the_time_of_trials_that_fail_is_spent_too() -> None:
    oracle, started = timed(20.0, max_consecutive_failed_trials=None), 0
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING" and started < 99:
        end(oracle, trial, 1.0, failed=True)
        started += 1
    assert started == 20


def test_trials_that_take_no_time_have_told_so() -> None:
    oracle = timed()
    for _ in range(30):
        assert step(oracle, 0.0)
    assert oracle.method.rungs is not None


def test_time_without_end_is_a_plan_too() -> None:
    oracle = timed(1e308)
    for _ in range(8):
        assert step(oracle, 1.0)
    assert "one bracket for 1000000000000000 epochs" in oracle.plan()
