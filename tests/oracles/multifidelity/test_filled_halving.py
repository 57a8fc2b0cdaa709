"""Halving that knows its budget: the plan, who goes on, and that the budget is kept."""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import Records, all_values, bowl, end, fail, finite, mixed
from tftune.errors import UsageError
from tftune.oracles.multifidelity.filled_halving import FilledHalvingOracle
from tftune.oracles.multifidelity.rung_plans import rung_epochs, rungs_for_epochs


def halving(**options: Any) -> FilledHalvingOracle:
    """40 epochs: 10 until epoch 2, 5 until 4, 2 until 8, which are 20 + 10 + 8."""
    given = {"max_epochs": 8, "budget": 40, "hedge": 0, "hyperparameters": mixed()}
    objective = keras_tuner.Objective("score", "min")
    return FilledHalvingOracle(
        objective, seed=0, max_consecutive_failed_trials=None, **given | options
    )


def run(oracle: Any, failing: set[int] = frozenset()) -> list[dict[str, Any]]:  # type: ignore[assignment]
    """One trial at a time; trial n of the first rung has the loss (7 n) mod 11, and keeps it."""
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        number = int(trial.trial_id)
        if number in failing:
            fail(oracle, trial)
        else:
            parent = trial.hyperparameters.values.get("tuner/trial_id")
            loss = float(7 * number % 11) if parent is None else oracle.trials[parent].score
            end(oracle, trial, loss)
    assert trial.status == "STOPPED"
    return [dict(trial.hyperparameters.values) for trial in oracle.trials.values()]


def spent(values: list[dict[str, Any]]) -> int:
    return sum(each["tuner/epochs"] - each["tuner/initial_epoch"] for each in values)


def test_the_best_go_on_and_the_budget_is_spent() -> None:
    oracle = halving()
    assert [tuple(rung) for rung in oracle.method.rungs] == [(10, 2), (5, 4), (2, 8)]
    values = run(oracle)
    assert [each["tuner/round"] for each in values[:17]] == [0] * 10 + [1] * 5 + [2] * 2
    # losses of 0 to 9: 0 7 3 10 6 2 9 5 1 8
    parents = [each["tuner/trial_id"] for each in values[10:15]]
    assert parents == ["0000", "0008", "0005", "0002", "0007"]
    assert [each["tuner/trial_id"] for each in values[15:17]] == ["0010", "0011"]
    # 2 epochs are left: the best that is not at its end goes on as far as they go
    assert values[17]["tuner/trial_id"] == "0012" and values[17]["tuner/epochs"] == 6
    assert len(values) == 18 and spent(values) == 40


def one_more(oracle: Any, records: Records) -> bool:
    """Carries out a trial as the driver does, if there is one."""
    trial = oracle.create_trial("slot 0")
    if trial.status != "RUNNING":
        return False
    records.start(trial)
    records.end(oracle, trial)
    return True


def resumed(records: Records, **options: Any) -> FilledHalvingOracle:
    oracle = halving(**options)
    oracle.restore(records.events, records.memo, records.position)
    return oracle


def test_a_larger_budget_widens_the_rungs_and_is_remembered() -> None:
    oracle, records = halving(), Records()
    while one_more(oracle, records):
        pass
    assert not one_more(resumed(records), records)
    oracle = resumed(records)
    assert oracle.method.extend(80, None) and not oracle.method.extend(None, 9.0)
    wide = halving(budget=80).method.rungs
    assert oracle.method.rungs == wide and oracle.method.options()["budget"] == 40
    records.memo, records.position = oracle.memo(), len(records.events)  # as a session begins
    before = len(records.events)
    for _ in range(3):
        assert one_more(oracle, records)
    begun = oracle.create_trial("slot 0")  # then the machine dies
    records.start(begun)
    oracle = resumed(records)
    assert [trial.trial_id for trial in oracle.unfinished()] == [begun.trial_id]
    records.end(oracle, oracle.trials[begun.trial_id])
    while one_more(oracle, records):
        pass
    values = all_values(oracle)
    sizes = [sum(each["tuner/round"] == rung for each in values) for rung in range(3)]
    assert spent(values) == 80 and len(records.events) > before + 8
    assert all(made >= rung.size for made, rung in zip(sizes, wide, strict=True))


def test_a_session_has_its_seconds_beside_those_that_are_spent() -> None:
    oracle, records = halving(budget=None, seconds=30.0), Records()
    while one_more(oracle, records):  # 1.5 s each
        pass
    spent_seconds = 1.5 * len(oracle.trials)
    oracle = resumed(records, budget=None, seconds=30.0)
    assert not oracle.method.extend(80, None)
    assert oracle.method.extend(None, 30.0)
    assert oracle.memo()["limit"] == [None, spent_seconds + 30.0]
    before = len(oracle.trials)
    while one_more(oracle, records):
        pass
    assert 25.0 <= 1.5 * (len(oracle.trials) - before) <= 35.0


def test_a_further_budget_is_checked() -> None:
    with pytest.raises(
        UsageError, match="budget must be an integer of at least 8 or None. Received: 7"
    ):
        halving().method.extend(7, None)


def test_failed_trials_are_not_replaced_and_what_is_left_goes_to_the_best() -> None:
    values = run(halving(), failing={0, 5, 10})
    assert spent(values) == 40
    parents = [each.get("tuner/trial_id") for each in values]
    assert not {"0000", "0005", "0010"} & set(parents)
    assert len([parent for parent in parents if parent]) == len({*parents} - {None})


def test_where_everything_fails_the_budget_ends_the_search() -> None:
    values = run(halving(), failing=set(range(100)))
    assert len(values) == 20 and spent(values) == 40
    assert {each["tuner/round"] for each in values} == {0}


def test_whoever_no_running_trial_can_push_out_goes_on() -> None:
    oracle = halving()
    trials = [oracle.create_trial(f"slot {slot}") for slot in range(10)]
    for number, trial in enumerate(trials[:8]):
        end(oracle, trial, float(number))
    # two run and five go on: three are safe
    further = [oracle.create_trial(f"slot {slot}") for slot in range(10, 14)]
    assert [trial.status for trial in further] == ["RUNNING"] * 3 + ["IDLE"]
    parents = [trial.hyperparameters.values["tuner/trial_id"] for trial in further[:3]]
    assert parents == ["0000", "0001", "0002"]


def test_no_more_wait_than_may() -> None:
    oracle = halving(max_paused=3)
    assert [rung.size for rung in oracle.method.rungs] == [12, 3, 2]
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial)
        assert len(oracle.needed_checkpoints()) <= 3


def test_a_small_space_is_trained_to_its_end() -> None:
    oracle = halving(hyperparameters=finite(), budget=1000)
    values = run(oracle)
    assert sorted(each["tuner/epochs"] for each in values) == [2] * 12 + [4] * 12 + [8] * 12
    assert len(values) == oracle.expected_trials() == 36


def test_the_budget_is_twenty_trainings_and_trials_break_it_off() -> None:
    assert halving(budget=None).method.budget == 160
    oracle = halving(max_trials=4)
    assert oracle.plan().endswith("the search ends after 4 trials")
    assert len(run(oracle)) == oracle.expected_trials() == 4


def late(oracle: Any, values: dict[str, Any]) -> float:
    """The first rung tells the opposite of what is to come."""
    loss = bowl(oracle.space, values)
    return 10.0 - loss if values["tuner/epochs"] == 2 else loss


def test_where_the_first_rung_misleads_later_configurations_begin_longer() -> None:
    oracle = halving(budget=200, hedge=3)
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial, late(oracle, trial.hyperparameters.values))
    values = [trial.hyperparameters.values for trial in oracle.trials.values()]
    hedged = [each["tuner/trial_id"] for each in values if each.get("tuner/initial_epoch") == 2]
    assert hedged[:3] == ["0000", "0001", "0002"]
    begun = [each["tuner/epochs"] for each in values if "tuner/trial_id" not in each]
    assert begun[:24] == [2] * 24 and set(begun[24:]) == {4} and len(begun) > 30
    assert spent(values) <= 200


def test_those_that_are_to_go_on_whatever_their_rank_are_not_forgotten() -> None:
    """The worst of the paused are, and those whose turn comes late are among them."""
    oracle = halving(budget=1000, hedge=8, max_paused=16, random_fraction=1.0)
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        assert len(oracle.method.paused()) <= 16
        loss = bowl(oracle.space, trial.hyperparameters.values)
        first = int(trial.trial_id) < 8
        end(oracle, trial, loss + 5.0 * first)
    values = [trial.hyperparameters.values for trial in oracle.trials.values()]
    hedged = [each["tuner/trial_id"] for each in values if each.get("tuner/initial_epoch") == 2]
    assert {f"{number:04d}" for number in range(8)} <= set(hedged)


def test_the_hedge_keeps_half_of_the_places_at_the_most() -> None:
    oracle = halving(budget=400, hedge=8, max_paused=4)
    for number in range(8):
        end(oracle, oracle.create_trial("slot 0"), 20.0 - number)
    assert oracle.method.paused() == ["0000", "0001", "0006", "0007"]


def test_one_that_was_cut_short_is_ranked_at_the_epoch_that_it_has() -> None:
    oracle = halving()
    run(oracle)
    stay = next(each for each in oracle.method.ladder().stays.values() if each.epochs == 6)
    oracle.method.continued(stay, 2)
    assert oracle.method.reason.endswith("at epoch 6")


@pytest.mark.parametrize(("epochs", "growth"), [(1, 2), (2, 2), (3, 2), (51, 4), (81, 2), (200, 2)])
def test_rungs_grow_and_end_at_the_end(epochs: int, growth: int) -> None:
    rungs = rung_epochs(epochs, growth)
    assert list(rungs) == sorted(set(rungs)) and rungs[-1] == epochs


@pytest.mark.parametrize("budget", [51, 100, 300, 1000, 20_000])
def test_no_plan_costs_more_than_its_budget(budget: int) -> None:
    epochs = rung_epochs(51, 2)
    rungs = rungs_for_epochs(epochs, budget, 30)
    cost = sum(
        rung.size * (rung.epochs - before)
        for rung, before in zip(rungs, (0, *epochs), strict=False)
    )
    assert cost <= budget + epochs[0] / 2 and all(rung.size <= 30 for rung in rungs[1:])


def test_unusable_options_are_refused() -> None:
    with pytest.raises(UsageError, match="budget must be an integer of at least 8 or None"):
        halving(budget=7)
    with pytest.raises(UsageError, match=r"budget must be at most 10\*\*15 epochs"):
        halving(budget=10**400)


@pytest.mark.parametrize(("budget", "hedged"), [(40, 0), (200, 0), (400, 6), (1000, 8)])
def test_the_hedge_costs_at_most_a_tenth_of_the_budget(budget: int, hedged: int) -> None:
    """One costs six epochs; fewer than five tell nothing."""
    method = halving(budget=budget, hedge=None).method
    assert method.hedged_trials == hedged
    assert halving(budget=budget, hedge=8).method.hedged_trials == 8
