"""BOHB: Hyperband's plan, the budget that the model takes, and better configurations than
Hyperband's.
"""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, end, fail, mixed
from tftune.errors import UsageError
from tftune.oracles.multifidelity.bohb import BohbOracle
from tftune.oracles.multifidelity.hyperband import HyperbandOracle
from tftune.space.search_space import public_values

OBJECTIVE = keras_tuner.Objective("score", "min")


def numbers() -> Any:
    hp = keras_tuner.HyperParameters()
    for name in ("a", "b", "c"):
        hp.Float(name, 0.0, 1.0)
    return hp


def run(
    oracle: HyperbandOracle, failing: set[int] = frozenset(), noise: float = 0.0
) -> list[dict[str, Any]]:  # type: ignore[assignment]
    """One trial at a time; the bowl, shifted less the longer a trial trains."""
    generator = np.random.default_rng(0)
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        values = trial.hyperparameters.values
        if int(trial.trial_id) in failing:
            fail(oracle, trial)
        else:
            loss = (
                bowl(oracle.space, values) + 1 / values["tuner/epochs"] + noise * generator.normal()
            )
            end(oracle, trial, -loss if oracle.objective.direction == "max" else loss)
    return [dict(trial.hyperparameters.values) for trial in oracle.trials.values()]


def budgets(values: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (v["tuner/bracket"], v["tuner/round"], v["tuner/epochs"], v["tuner/initial_epoch"])
        for v in values
    ]


def test_the_plan_is_hyperbands() -> None:
    plain = run(HyperbandOracle(OBJECTIVE, hyperparameters=numbers(), seed=0, max_epochs=9))
    ours = run(BohbOracle(OBJECTIVE, hyperparameters=numbers(), seed=0, max_epochs=9))
    assert budgets(ours) == budgets(plain)


def test_all_random_is_hyperband() -> None:
    """rho = 1: the same configurations but for the number that decides."""
    oracle = BohbOracle(
        OBJECTIVE, hyperparameters=numbers(), seed=0, max_epochs=9, random_fraction=1.0
    )
    first = run(oracle)[:6]  # before a budget has N_min + 2 = 6 results nothing is decided
    plain = run(HyperbandOracle(OBJECTIVE, hyperparameters=numbers(), seed=0, max_epochs=9))[:6]
    assert first == plain


def test_the_model_is_of_the_largest_budget_with_enough_results() -> None:
    oracle = BohbOracle(
        OBJECTIVE,
        hyperparameters=numbers(),
        seed=0,
        max_epochs=9,
        least_points=2,
        max_consecutive_failed_trials=None,
    )
    assert oracle.method.results_of_largest_budget() == []
    seen = []
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        number = int(trial.trial_id)
        if number == 1:
            fail(oracle, trial)
        else:
            end(oracle, trial, 100.0 - number)
        results = oracle.method.results_of_largest_budget()
        assert [loss for loss, _ in results] == sorted(loss for loss, _ in results)
        seen.append(len(results))
    # 9 trials of 1 epoch, 1 of them failed and replaced; then 3 of 3 epochs and 1 of 9; then 3 more
    # of 3 epochs: 4 results at the first
    assert (
        seen[:4] == [0, 0, 0, 4]
        and seen[9] == 10
        and seen[12] == 10
        and seen[13] == 10
        and seen[14] == 4
    )
    assert oracle.method.model_points == 2


def test_each_trial_tells_why_it_began() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    oracle = BohbOracle(
        keras_tuner.Objective("score", "min"),
        hyperparameters=hp,
        seed=0,
        max_epochs=9,
        random_fraction=0.0,
        start=[{"rate": 0.5}],
    )
    reasons: list[str] = []
    for number in range(14):
        trial = oracle.create_trial("slot 0")
        reasons.append(oracle.book.reasons[trial.trial_id])
        end(oracle, trial, float(number))
    assert "new, a start configuration" in reasons
    assert reasons.count("new, drawn at random") == 3  # two knobs and two more are needed
    assert "new, proposed by two densities of 4 results" in reasons
    assert "goes on to epoch 3: rank 1 of 9 at epoch 1" in reasons


def test_the_failed_are_the_worst() -> None:
    oracle = BohbOracle(
        OBJECTIVE,
        hyperparameters=numbers(),
        seed=0,
        max_epochs=9,
        least_points=2,
        max_consecutive_failed_trials=None,
    )
    for number in range(5):
        trial = oracle.create_trial("slot 0")
        fail(oracle, trial) if number in (1, 2) else end(oracle, trial, float(number))
    assert [loss for loss, _ in oracle.method.results_of_largest_budget()] == [
        0.0,
        3.0,
        4.0,
        float("inf"),
        float("inf"),
    ]


def test_earlier_results_count_for_their_budget() -> None:
    earlier = [
        {
            "values": {"a": 0.1 * n, "b": 0.5, "c": 0.5},
            "score": float(n),
            "status": "completed",
            "seconds": None,
        }
        for n in range(1, 7)
    ]
    oracle = BohbOracle(
        OBJECTIVE, hyperparameters=numbers(), seed=0, max_epochs=9, warm_start=earlier
    )
    assert [
        values["a"] for _, values in oracle.method.results_of_largest_budget()
    ] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


@pytest.mark.parametrize("direction", ["min", "max"])
def test_the_model_proposes_better_configurations_than_chance(direction: str) -> None:
    def mean_of_new(kind: Any, seed: int, **options: Any) -> float:
        oracle = kind(
            keras_tuner.Objective("score", direction),
            hyperparameters=mixed(),
            seed=seed,
            max_epochs=27,
            **options,
        )
        fresh = [values for values in run(oracle, failing={3}) if "tuner/trial_id" not in values]
        return float(np.mean([bowl(oracle.space, values) for values in fresh[20:]]))

    ours = np.mean([mean_of_new(BohbOracle, seed, random_fraction=0.0) for seed in range(3)])
    assert ours < 0.7 * np.mean([mean_of_new(HyperbandOracle, seed) for seed in range(3)])


def test_plan_tells_when_the_model_begins() -> None:
    text = BohbOracle(OBJECTIVE, hyperparameters=mixed(), seed=0, max_epochs=9).plan()
    assert text.startswith("Hyperband with R = 9 epochs, eta = 3")
    assert text.endswith(
        "BOHB: a model proposes 67 % of the configurations once a budget has 10 results"
    )  # 7 knobs vary


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"random_fraction": 1.5},
            "random_fraction must be a number of at least 0 and at most 1. Received: 1.5",
        ),
        ({"least_points": 1}, "least_points must be an integer of at least 2 or None"),
        ({"candidates": 0}, "candidates must be an integer of at least 1"),
    ],
)
def test_unusable_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BohbOracle(OBJECTIVE, hyperparameters=mixed(), **options)


@pytest.mark.parametrize("late", [False, True])
def test_a_space_that_grows_is_learnt_anew(late: bool) -> None:
    """A knob comes with trial 15, or all knobs after the results of an earlier search."""
    grown, space = keras_tuner.HyperParameters(), keras_tuner.HyperParameters()
    grown.Float("a", 0.0, 1.0)
    grown.Float("b", 0.0, 1.0)
    if not late:
        space.Float("a", 0.0, 1.0)
    ended = {"status": "completed", "seconds": 1.0}
    earlier = [{"values": {"a": k / 9, "b": k / 20}, "score": float(k), **ended} for k in range(9)]
    given = {"warm_start": earlier} if late else {}
    plan = {"seed": 0, "max_epochs": 9, "iterations": 3, "least_points": 2}
    oracle = BohbOracle(OBJECTIVE, hyperparameters=space, **plan, **given)
    if late:
        oracle.update_space(grown)
    for number in range(30):
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        if number == 15 and not late:
            oracle.update_space(grown)
        end(oracle, trial, float(number % 7))
    knobs = [set(public_values(trial.hyperparameters.values)) for trial in oracle.trials.values()]
    assert knobs[-1] == {"a", "b"} and len(knobs) > 20
