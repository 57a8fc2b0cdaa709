"""The one view that all methods have of results: finite losses, lower is better, append-only."""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import Records, conditional, end, fail, finite
from tftune.oracles.core.observations import Observations
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.space.search_space import SearchSpace


def seen(direction: str = "min", earlier: Any = ()) -> Observations:
    return Observations(SearchSpace(finite()), direction, earlier)


def add(
    observations: Observations, score: float | None, status: str = "completed", layers: int = 1
) -> None:
    observations.add({"layers": layers}, score, status, 1.5, f"{len(observations):04d}")


def losses(observations: Observations) -> list[float]:
    return [each.loss for each in observations]


@pytest.mark.parametrize(("direction", "expected"), [("min", [0.5, 0.25]), ("max", [-0.5, -0.25])])
def test_lower_is_better_whatever_the_objective(direction: str, expected: list[float]) -> None:
    observations = seen(direction)
    add(observations, 0.5)
    add(observations, 0.25)
    assert losses(observations) == expected
    assert observations.best() is observations[0 if direction == "max" else 1]


def test_values_are_canonical_and_free_of_budgets() -> None:
    observations = Observations(SearchSpace(conditional()), "min")
    observations.add(
        {"model": "mlp", "size": 0.6, "pool": True, "tuner/epochs": 3, "tuner/trial_id": "0001"},
        1.0,
        "completed",
        None,
        "0002",
    )
    assert observations[0].values == {"model": "mlp", "size": 0.5}
    assert (observations[0].seconds, observations[0].trial_id, observations[0].status) == (
        None,
        "0002",
        "completed",
    )


def test_a_failure_counts_a_tenth_of_the_range_beyond_the_worst() -> None:
    observations = seen()
    for score in (1.0, 3.0, 2.0):
        add(observations, score)
    add(observations, None, "failed")
    assert losses(observations)[-1] == pytest.approx(3.0 + 0.1 * (3.0 - 1.0))
    assert observations[-1].status == "failed"
    add(observations, 11.0)  # what was said stays said
    assert losses(observations)[3] == pytest.approx(3.2)


@pytest.mark.parametrize(("only", "expected"), [(2.0, 2.2), (-2.0, -1.8), (0.0, 0.1)])
def test_beside_one_result_a_failure_is_worse_all_the_same(only: float, expected: float) -> None:
    observations = seen()
    add(observations, only)
    add(observations, None, "failed")
    assert losses(observations) == [only, pytest.approx(expected)]


def test_failures_before_the_first_result_are_kept_back_in_their_order() -> None:
    observations = seen()
    add(observations, None, "failed", layers=1)
    add(observations, math.nan, layers=2)
    assert len(observations) == 0 and observations.best() is None
    add(observations, 1.0, layers=3)
    assert [(each.values["layers"], each.status) for each in observations] == [
        (3, "completed"),
        (1, "failed"),
        (2, "failed"),
    ]
    assert losses(observations) == [1.0, pytest.approx(1.1), pytest.approx(1.1)]


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 1e101, -1e101, None])
def test_a_score_that_is_no_use_is_a_failure(score: float | None) -> None:
    observations = seen()
    add(observations, 0.5)
    add(observations, score)
    assert observations[1].status == "failed" and losses(observations)[1] == pytest.approx(0.55)
    assert observations.best() is observations[0]


def test_the_largest_losses_stay_finite() -> None:
    observations = seen()
    add(observations, -1e100)
    add(observations, 1e100)
    add(observations, None, "failed")
    assert (
        all(math.isfinite(loss) for loss in losses(observations))
        and losses(observations)[2] > 1e100
    )


def test_a_stopped_trial_counts_as_what_it_reached_but_never_as_the_worst() -> None:
    observations = seen()
    add(observations, 0.2)
    add(observations, 0.4)
    add(observations, 0.3, "pruned")
    add(observations, 0.9, "pruned")
    add(observations, 0.1, "pruned")
    assert losses(observations) == [0.2, 0.4, 0.3, 0.4, 0.1]
    assert observations.best() is observations[4]
    add(observations, None, "failed")
    assert losses(observations)[5] == pytest.approx(
        0.4 + 0.1 * (0.4 - 0.1)
    )  # the best was a stopped one


def test_a_stopped_trial_before_any_completed_one_counts_as_it_is() -> None:
    observations = seen()
    add(observations, 0.9, "pruned")
    add(observations, 0.5)
    assert losses(observations) == [0.9, 0.5]


def test_a_failed_trial_with_a_score_is_a_failure() -> None:
    observations = seen("max")
    add(observations, 0.5)
    add(observations, 0.99, "failed")
    assert losses(observations) == [-0.5, pytest.approx(-0.45)]


def test_of_equals_the_earlier_is_the_best_and_failures_never() -> None:
    observations = seen()
    add(observations, 1.0, layers=1)
    add(observations, 1.0, layers=2)
    assert observations.best().values["layers"] == 1


def test_results_of_before_come_first_and_have_no_trial() -> None:
    earlier = [
        {"values": {"layers": 2}, "score": 0.5, "status": "completed", "seconds": 3.0},
        {"values": {"layers": 3}, "score": None, "status": "failed", "seconds": None},
    ]
    observations = seen("max", earlier)
    add(observations, 0.75)
    assert [(each.values["layers"], each.trial_id, each.seconds) for each in observations] == [
        (2, None, 3.0),
        (3, None, None),
        (1, "0002", 1.5),
    ]


def test_it_is_a_sequence_that_only_grows_at_its_end() -> None:
    observations = seen()
    before: list[Any] = []
    for score in (None, 1.0, math.nan, 0.5, None, 7.0):
        add(observations, score)
        assert list(observations)[: len(before)] == before
        before = list(observations)
    assert (
        len(observations) == 6
        and observations[1:3] == before[1:3]
        and observations[-1] == before[-1]
    )


def oracle(direction: str = "min", **options: Any) -> Any:
    objective = keras_tuner.Objective("score", direction)
    options = {"max_trials": 8, "seed": 0, "max_consecutive_failed_trials": None, **options}
    return RandomOracle(objective, hyperparameters=finite(), **options)


def test_an_oracle_keeps_them_in_the_order_of_the_ends() -> None:
    searching = oracle("max")
    trials = [searching.create_trial(f"slot {slot}") for slot in range(3)]
    end(searching, trials[2], 0.5)
    fail(searching, trials[0])
    end(searching, trials[1], 0.75)
    assert [(each.trial_id, each.status) for each in searching.observations] == [
        ("0002", "completed"),
        ("0000", "failed"),
        ("0001", "completed"),
    ]
    assert losses(searching.observations) == [-0.5, pytest.approx(-0.45), -0.75]


@pytest.mark.parametrize("asked_before", [True, False])
def test_they_are_the_same_whenever_they_are_first_asked_for(asked_before: bool) -> None:
    searching, records = oracle(warm_start=[{"values": {"layers": 2}, "score": 0.5}]), Records()
    if asked_before:
        assert len(searching.observations) == 1
    for status in ("failed", "completed", "pruned", "completed"):
        trial = searching.create_trial("slot 0")
        records.start(trial)
        records.end(searching, trial, status)
    again = oracle(warm_start=[{"values": {"layers": 2}, "score": 0.5}])
    again.restore(records.events)
    assert list(again.observations) == list(searching.observations)
    assert [each.status for each in again.observations] == [
        "completed",
        "failed",
        "completed",
        "pruned",
        "completed",
    ]
    assert [each.seconds for each in again.observations] == [None, 1.5, 1.5, 1.5, 1.5]
