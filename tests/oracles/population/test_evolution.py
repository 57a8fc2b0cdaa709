"""Evolution: founders, children, populations in parallel, what it takes for members, options."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import Records, bowl, end, fail, make, search
from tftune.errors import UsageError
from tftune.oracles.population.evolution import EvolutionOracle
from tftune.oracles.population.genetic_operators import CROSSOVERS
from tftune.oracles.population.replacement import REPLACEMENTS
from tftune.oracles.sampling.random_search import RandomOracle


def steps(count: int = 4, size: int = 10) -> Any:
    """10,000 configurations."""
    hp = keras_tuner.HyperParameters()
    for index in range(count):
        hp.Int(f"x{index}", 0, size - 1)
    return hp


def oracle_of(
    hp: Any, seed: int = 0, max_trials: int | None = 60, **options: Any
) -> EvolutionOracle:
    return EvolutionOracle(
        keras_tuner.Objective("score", "min"),
        max_trials=max_trials,
        hyperparameters=hp,
        seed=seed,
        **options,
    )


def best_of(oracle: Any) -> float:
    search(oracle)
    return float(oracle.get_best_trials()[0].score)


@pytest.fixture(scope="module")
def random() -> float:
    """What random search finds on the bowl in 60 trials."""
    return float(
        np.mean(
            [
                best_of(RandomOracle(keras_tuner.Objective("score", "min"), 60, steps(), seed))
                for seed in range(5)
            ]
        )
    )


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_better_than_random_on_a_bowl(replacement: str, random: float) -> None:
    found = [
        best_of(oracle_of(steps(), seed, population_size=10, replacement=replacement))
        for seed in range(5)
    ]
    assert np.mean(found) < 0.6 * random


@pytest.mark.parametrize("selection", ["rank", "roulette"])
def test_other_selections_are_better_than_random(selection: str, random: float) -> None:
    found = [
        best_of(oracle_of(steps(), seed, population_size=10, selection=selection))
        for seed in range(5)
    ]
    assert np.mean(found) < random


def test_the_founders_are_random_and_others_are_children() -> None:
    """Without crossover and with at most one mutation, a child differs in one knob."""
    oracle = oracle_of(
        steps(6), max_trials=40, population_size=8, crossover_rate=0.0, mutation="gaussian"
    )
    for number in range(40):
        parents = [dict(member.values) for member in oracle.method.population()]
        trial = oracle.create_trial("slot 0")
        values = trial.hyperparameters.values
        changes = [sum(values[name] != parent[name] for name in values) for parent in parents]
        assert number < 8 or 1 <= min(changes) <= 4
        assert len(parents) == min(number, 8)
        end(oracle, trial)


def test_crossover_alone_mixes_the_values_of_the_population() -> None:
    for name in ("uniform", "one-point"):
        oracle = oracle_of(
            steps(8),
            max_trials=20,
            population_size=10,
            crossover=name,
            crossover_rate=1.0,
            mutation_rate=0.0,
        )
        search(oracle, until=10)
        genes = [
            {trial.hyperparameters.values[f"x{index}"] for trial in oracle.trials.values()}
            for index in range(8)
        ]
        child = oracle.create_trial("slot 0").hyperparameters.values
        assert all(child[f"x{index}"] in genes[index] for index in range(8))


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_every_crossover_searches_a_mixed_space(crossover: str) -> None:
    oracle = make("evolution", max_trials=30, crossover=crossover, crossover_rate=1.0)
    assert len(search(oracle)) == 30


def test_no_slot_waits() -> None:
    """Eight slots, a population of four: children are bred from the results there are."""
    for replacement in REPLACEMENTS:
        oracle = oracle_of(steps(), max_trials=24, population_size=4, replacement=replacement)
        running = [
            oracle.create_trial(f"slot {slot}") for slot in range(8)
        ]  # no result yet: all are random
        while running:
            end(oracle, running.pop(len(running) // 2))
            trial = oracle.create_trial(f"slot {len(oracle.trials)}")
            assert trial.status != "IDLE"
            running += [trial] if trial.status == "RUNNING" else []
        assert len(oracle.trials) == 24


def test_earlier_results_and_start_configurations_are_members() -> None:
    good = {"x0": 3, "x1": 3, "x2": 3, "x3": 3}
    earlier = [
        {
            "values": {**good, "x0": place},
            "score": 0.1 * place,
            "status": "completed",
            "seconds": 1.0,
        }
        for place in range(5)
    ]
    oracle = oracle_of(
        steps(),
        population_size=5,
        tournament_size=50,
        mutation_rate=0.1,
        warm_start=earlier,
        start=[{"x1": 9}],
    )
    assert oracle.create_trial("slot 0").hyperparameters.values == {
        "x0": 0,
        "x1": 9,
        "x2": 0,
        "x3": 0,
    }
    assert [member.values["x0"] for member in oracle.method.population()] == [0, 1, 2, 3, 4]
    end(oracle, oracle.trials["0000"], 5.0)
    assert [member.values["x1"] for member in oracle.method.population()] == [3, 3, 3, 3, 9]
    assert oracle.create_trial("slot 0").hyperparameters.values == {
        **good,
        "x0": 0,
    }  # the best earlier one, once more
    child = oracle.create_trial("slot 1").hyperparameters.values
    assert (
        sum(child[name] == 3 for name in child) >= 2
    )  # at once a child: there are five results already


def test_failed_and_pruned_trials_are_members_with_a_loss() -> None:
    oracle, records = oracle_of(steps(), population_size=3, max_trials=8), Records()
    fail(oracle, oracle.create_trial("slot 0"))
    assert oracle.method.population() == []  # a failure before the first result is kept back
    for status in ("completed", "pruned", "failed"):
        trial = oracle.create_trial("slot 0")
        records.start(trial)
        records.end(oracle, trial, status)
    assert [member.status for member in oracle.method.population()] == [
        "failed",
        "pruned",
        "failed",
    ]
    assert oracle.create_trial("slot 0").status == "RUNNING"


def test_a_converged_population_still_finds_new_configurations() -> None:
    oracle = oracle_of(
        steps(2, 4), max_trials=None, population_size=2, crossover_rate=1.0, mutation_rate=0.0
    )
    assert len({tuple(values.items()) for values in search(oracle)}) == 16


def test_aging_forgets_a_lucky_result() -> None:
    """One result is much better by chance; after a population's length it breeds no more."""
    oracle = oracle_of(steps(), max_trials=12, population_size=4)
    for number in range(12):
        trial = oracle.create_trial("slot 0")
        end(
            oracle,
            trial,
            -100.0 if number == 2 else bowl(oracle.space, trial.hyperparameters.values),
        )
    assert min(member.loss for member in oracle.method.population()) > 0


def test_sizes_by_default() -> None:
    sizes = {
        trials: oracle_of(steps(), max_trials=trials).method.population_size
        for trials in (None, 5, 50, 1000)
    }
    assert sizes == {None: 20, 5: 4, 50: 10, 1000: 20}
    assert oracle_of(steps(), max_trials=None).method.tournament_size == 7


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"population_size": 1},
            "population_size must be an integer of at least 2 or None. Received: 1",
        ),
        (
            {"replacement": "age"},
            "replacement must be one of aging, full, elitism, tournament. Received: 'age'",
        ),
        ({"selection": "best"}, "selection must be one of tournament, rank, roulette"),
        ({"crossover": "none"}, "crossover must be one of uniform, one-point, blend, sbx"),
        ({"mutation": "big"}, "mutation must be one of gaussian, reset"),
        (
            {"population_size": 5, "elites": 5},
            "elites must be a number of at least 1 and at most 4. Received: 5",
        ),
        ({"elites": 0}, "elites must be an integer of at least 1"),
        ({"tournament_size": 0}, "tournament_size must be an integer of at least 1 or None"),
        (
            {"crossover_rate": 1.5},
            "crossover_rate must be a number of at least 0 and at most 1. Received: 1.5",
        ),
        (
            {"mutation_rate": float("nan")},
            "mutation_rate must be a number of at least 0 and at most 1. Received: nan",
        ),
        ({"mutation_rate": True}, "mutation_rate must be a number"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle_of(steps(), **options)
