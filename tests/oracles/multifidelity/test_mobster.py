"""MOBSTER: who is promoted when, what is forgotten, and better configurations than chance."""

from __future__ import annotations

import logging
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, end, fail, finite, mixed, prune
from tftune.errors import UsageError
from tftune.oracles.multifidelity.mobster import MobsterOracle
from tftune.space.search_space import public_values


def mobster(direction: str = "min", **options: Any) -> MobsterOracle:
    """Rungs at 2 and 8; of two that reach a rung one goes on."""
    given = {"max_epochs": 8, "factor": 2, "hedge": 0, "hyperparameters": mixed()}
    objective = keras_tuner.Objective("score", direction)
    return MobsterOracle(objective, seed=0, max_consecutive_failed_trials=None, **given | options)


def budgets(oracle: Any) -> list[tuple[Any, ...]]:
    values = [trial.hyperparameters.values for trial in oracle.trials.values()]
    return [(each["tuner/epochs"], each.get("tuner/trial_id")) for each in values]


def run(oracle: Any, losses: list[float | None]) -> None:
    """One trial at a time; None fails."""
    for loss in losses:
        trial = oracle.create_trial("slot 0")
        if loss is None:
            fail(oracle, trial)
        else:
            end(oracle, trial, -loss if oracle.objective.direction == "max" else loss)


@pytest.mark.parametrize("direction", ["min", "max"])
def test_the_best_half_of_a_rung_goes_on_as_soon_as_it_is_known(direction: str) -> None:
    oracle = mobster(direction)
    assert oracle.method.epochs == (2, 8)
    run(oracle, [5.0, 3.0, 2.5, 4.0, 2.0, 2.0])
    # one of two: trial 1; one of three: trial 1, which has gone on; two of four: trial 4
    assert budgets(oracle) == [
        (2, None),
        (2, None),
        (8, "0001"),
        (2, None),
        (2, None),
        (8, "0004"),
    ]
    fifth = oracle.trials["0005"].hyperparameters.values
    assert fifth["tuner/initial_epoch"] == 2 and fifth["tuner/round"] == 1
    fourth = oracle.trials["0004"].hyperparameters.values
    assert public_values(fifth) == public_values(fourth)


def test_a_failed_trial_counts_on_its_rung_and_never_goes_on() -> None:
    oracle = mobster()
    run(oracle, [None, None, 3.0, 3.0])  # of three results one goes on, and one has a score
    assert budgets(oracle)[3] == (8, "0002")
    run(oracle, [4.0, 5.0])  # two of four: trials 2 and 4
    assert budgets(oracle)[4:] == [(2, None), (8, "0004")]
    run(oracle, [6.0])  # trial 5 ended on the other rung: still two of four
    assert budgets(oracle)[6] == (2, None)


def test_what_a_scheduler_stopped_is_ranked_and_never_goes_on() -> None:
    oracle = mobster()
    run(oracle, [3.0, 4.0])
    prune(oracle, oracle.create_trial("slot 0"), 2.0)  # 0000 goes on, and is stopped
    prune(oracle, oracle.create_trial("slot 0"), 1.0)
    assert oracle.get_best_trials()[0].trial_id == "0003"
    run(oracle, [5.0])
    assert budgets(oracle) == [(2, None), (2, None), (8, "0000"), (2, None), (2, None)]
    assert oracle.needed_checkpoints() == {"0001", "0004"}


def test_nothing_waits() -> None:
    oracle = mobster(max_trials=None)
    trials = [oracle.create_trial(f"slot {slot}") for slot in range(20)]
    assert all(trial.status == "RUNNING" for trial in trials)
    assert len({oracle.space.key(trial.hyperparameters.values) for trial in trials}) == 20


def test_what_is_worse_than_its_parent_keeps_the_parents_rank() -> None:
    """The best epoch so far counts, as for the score of an uninterrupted trial."""
    oracle = mobster()
    run(oracle, [5.0, 3.0, 9.0])
    assert oracle.method.ladder().stays["0002"].loss == 3.0


def test_the_least_promising_is_forgotten_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="tftune")
    oracle = mobster(max_paused=2)
    run(oracle, [5.0, 3.0, 2.5, 4.0])
    assert oracle.needed_checkpoints() == {"0000", "0003"}
    run(oracle, [6.0])  # the third that waits, and the worst of them
    assert budgets(oracle)[4] == (2, None)
    assert oracle.needed_checkpoints() == {"0000", "0003"}
    assert "Trial 0004 will not be continued: 2 paused trials are kept" in caplog.text


def test_the_parent_of_a_running_trial_is_kept() -> None:
    oracle = mobster()
    run(oracle, [5.0, 3.0])
    oracle.create_trial("slot 0")
    assert oracle.needed_checkpoints() == {"0000", "0001"}


def test_a_finite_space_is_trained_to_its_end() -> None:
    oracle = mobster(hyperparameters=finite(), max_trials=None)
    assert oracle.expected_trials() == 24
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial)
    assert trial.status == "STOPPED"
    assert sorted(epochs for epochs, _ in budgets(oracle)) == [2] * 12 + [8] * 12


def test_the_hedge_goes_on_whatever_its_rank() -> None:
    oracle = mobster(factor=8, hedge=1)
    run(oracle, [9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 1.0, 9.0])
    assert budgets(oracle)[8:] == [(8, "0001"), (8, "0000")]  # the best of eight, then the first


def test_the_model_proposes_better_configurations_than_chance() -> None:
    def mean_of_later(random_fraction: float) -> float:
        oracle = mobster(random_fraction=random_fraction, max_trials=60)
        while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
            end(oracle, trial)
        trials = [trial.hyperparameters.values for trial in oracle.trials.values()]
        fresh = [values for values in trials if "tuner/trial_id" not in values]
        return float(np.mean([bowl(oracle.space, values) for values in fresh[20:]]))

    assert mean_of_later(0.0) < 0.7 * mean_of_later(1.0)


def test_running_trials_change_what_is_proposed() -> None:
    """They are taken to give what the model predicts: the same place is not proposed twice."""
    oracle = mobster(max_trials=None, random_fraction=0.0, factor=99)
    run(oracle, [bowl_of / 10 for bowl_of in range(20)])
    beside = [oracle.create_trial(f"slot {slot}").hyperparameters.values for slot in range(4)]
    assert len({oracle.space.key(public_values(values)) for values in beside}) == 4


def test_plan_tells_the_rungs() -> None:
    text = mobster(max_epochs=51, factor=8).plan()
    assert "halving at epochs 3, 12, 51: the best of 8 goes on" in text
    assert "random until there are 12 results, then a Gaussian process proposes" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1}, "factor must be an integer of at least 2. Received: 1"),
        ({"min_epochs": 10**6}, "The first rung must not stand beyond the last"),
        ({"min_epochs": 0}, "min_epochs must be an integer of at least 1 or None"),
        ({"initial_points": 1}, "initial_points must be an integer of at least 2"),
        ({"max_paused": 0}, "max_paused must be an integer of at least 1"),
        ({"hedge": -1}, "hedge must be an integer of at least 0"),
        ({"random_fraction": 2}, "random_fraction must be a number of at least 0 and at most 1"),
    ],
)
def test_unusable_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        mobster(**options)


def test_who_went_on_is_ranked_by_where_it_got() -> None:
    """Trials 1 and 4 went on, as the first two of the first rung; higher up 4 is better."""
    oracle = mobster()
    run(oracle, [5.0, 3.0, 2.9, 4.0, 3.5, 1.0])
    assert budgets(oracle)[2][1] == "0001" and budgets(oracle)[5][1] == "0004"
    ranks = {stay.trial_id: stay.rank for stay in oracle.method.ladder().reranked(0)}
    assert ranks == {"0004": 1.0, "0001": 2.0, "0003": 3.0, "0000": 4.0}


def test_each_trial_tells_why_it_began() -> None:
    oracle = mobster(factor=2, initial_points=3, hedge=1, random_fraction=0.0)
    reasons: list[str] = []
    for number in range(12):
        trial = oracle.create_trial("slot 0")
        reasons.append(oracle.book.reasons[trial.trial_id])
        end(oracle, trial, float(number))
    assert reasons[0] == "new, drawn at random"
    assert any(each.startswith("goes on to epoch") and "rank 1 of " in each for each in reasons)
    assert any("new, proposed by the Gaussian process of" in each for each in reasons)
    assert not oracle.book.reasons  # they stand in the journal
