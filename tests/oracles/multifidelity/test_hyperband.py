"""Hyperband against the numbers printed in its paper, and against failures."""

from __future__ import annotations

import math

import keras_tuner
import pytest

from tests.oracles.searching import Records, end, fail, finite, mixed, prune
from tftune.errors import UsageError
from tftune.oracles.core.method import Signal
from tftune.oracles.multifidelity.brackets import plan_brackets
from tftune.oracles.multifidelity.hyperband import HyperbandOracle

# Table 1 of Li et al. (2018), JMLR 18(185), p. 9: (n_i, r_i) of bracket s for R = 81, eta = 3
PAPER = {
    4: [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
    3: [(27, 3), (9, 9), (3, 27), (1, 81)],
    2: [(9, 9), (3, 27), (1, 81)],
    1: [(6, 27), (2, 81)],
    0: [(5, 81)],
}


def hyperband(max_epochs: int = 9, **options: object) -> HyperbandOracle:
    options = {"max_consecutive_failed_trials": None, "hyperparameters": mixed(), **options}
    return HyperbandOracle(
        keras_tuner.Objective("score", "min"), seed=0, max_epochs=max_epochs, **options
    )


def run(oracle: HyperbandOracle, failing: set[int] = frozenset()) -> list[dict]:  # type: ignore[assignment]
    """One trial at a time; trial n scores (7 n) mod 31, so that no two of 31 are equal; returns the
    values.
    """
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        number = int(trial.trial_id)
        if number in failing:
            fail(oracle, trial)
        else:
            end(oracle, trial, float(7 * number % 31))
    assert trial.status == "STOPPED"
    return [dict(trial.hyperparameters.values) for trial in oracle.trials.values()]


def test_the_table_of_the_paper() -> None:
    brackets = plan_brackets(81, 3)
    assert {
        bracket.number: [tuple(rung) for rung in bracket.rungs] for bracket in brackets
    } == PAPER
    assert [bracket.number for bracket in brackets] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("most", "factor", "first"),
    [(81, 3, [81, 34, 15, 8, 5]), (4, 2, [4, 3, 3]), (9, 3, [9, 5, 3]), (8, 2, [8, 6, 4, 4])],
)
def test_the_formula_that_the_algorithm_of_the_paper_prints(
    most: int, factor: int, first: list[int]
) -> None:
    """Its Algorithm 1 does not give its Table 1; each can be had."""
    brackets = plan_brackets(most, factor, "algorithm")
    assert [bracket.rungs[0].size for bracket in brackets] == first
    exact = [(len(brackets) * factor**s) / (s + 1) for s in range(len(brackets))]
    assert [math.ceil(size) for size in reversed(exact)] == first


def test_a_search_with_the_sizes_of_the_algorithm_is_another_search() -> None:
    table, algorithm = hyperband(4, factor=2), hyperband(4, factor=2, sizes="algorithm")
    assert table.all_options() == {"max_epochs": 4, "factor": 2, "iterations": 1}
    assert algorithm.all_options() == {**table.all_options(), "sizes": "algorithm"}
    brackets = [values["tuner/bracket"] for values in run(algorithm) if not values["tuner/round"]]
    assert brackets == [2] * 4 + [1] * 3 + [0] * 3
    with pytest.raises(UsageError, match="sizes must be one of table, algorithm"):
        hyperband(sizes="both")


def test_a_search_runs_the_table_of_the_paper() -> None:
    values = run(hyperband(81))
    seen = [(v["tuner/bracket"], v["tuner/round"], v["tuner/epochs"]) for v in values]
    expected = [
        (s, i, epochs)
        for s, rungs in PAPER.items()
        for i, (size, epochs) in enumerate(rungs)
        for _ in range(size)
    ]
    assert seen == expected


@pytest.mark.parametrize(
    ("most", "factor"),
    [(1, 3), (2, 3), (6, 3), (10, 3), (50, 3), (100, 3), (243, 3), (7, 2), (100, 4), (5, 10)],
)
def test_other_budgets_give_growing_integer_epochs(most: int, factor: int) -> None:
    for bracket in plan_brackets(most, factor):
        epochs = [rung.epochs for rung in bracket.rungs]
        sizes = [rung.size for rung in bracket.rungs]
        assert epochs == sorted(set(epochs)) and epochs[0] >= 1 and epochs[-1] == most
        assert (
            all(
                later == earlier // factor for earlier, later in zip(sizes, sizes[1:], strict=False)
            )
            and sizes[-1] >= 1
        )
    assert plan_brackets(243, 3)[0].number == 5  # math.log(243, 3) is 4.999...


def test_plan_tells_trials_and_epochs_before_the_search() -> None:
    """Hazard B7: KerasTuner shows neither; its 100 epochs of factor 3 are 254 trials and 2672
    epochs.
    """
    oracle = hyperband(6)
    assert oracle.plan() == (
        "Hyperband with R = 6 epochs, eta = 3: 2 brackets, 6 trials, 22 epochs\n"
        "  s=1: 3 until epoch 2, 1 until epoch 6\n"
        "  s=0: 2 until epoch 6"
    )  # 3 x 2 + 1 x 4 + 2 x 6 = 22
    values = run(oracle)
    assert sum(v["tuner/epochs"] - v["tuner/initial_epoch"] for v in values) == 22
    assert len(values) == oracle.expected_trials() == 6
    assert "the search ends after 4 trials" in hyperband(6, max_trials=4).plan()
    assert "2 x 2 brackets, 12 trials" in hyperband(6, iterations=2).plan()


def test_promoted_trials_name_parent_budget_bracket_and_round() -> None:
    values = run(hyperband(9))
    parent = values[9]["tuner/trial_id"]
    assert parent == "0000"  # scores of 0..8: 0 7 14 21 28 4 11 18 25
    assert [v["tuner/trial_id"] for v in values[9:12]] == ["0000", "0005", "0001"]
    budget = {
        "tuner/epochs": 3,
        "tuner/initial_epoch": 1,
        "tuner/bracket": 2,
        "tuner/round": 1,
        "tuner/trial_id": "0000",
    }
    assert values[9] == {
        **{k: v for k, v in values[0].items() if not k.startswith("tuner/")},
        **budget,
    }
    assert values[0]["tuner/initial_epoch"] == 0 and "tuner/trial_id" not in values[0]


def test_each_trial_tells_why_it_began() -> None:
    oracle, reasons = hyperband(9), list[str]()
    for number in range(13):
        trial = oracle.create_trial("slot 0")
        reasons.append(oracle.book.reasons[trial.trial_id])
        end(oracle, trial, float(7 * number % 31))
    assert set(reasons[:9]) == {"new, drawn at random"}
    # scores of 9 to 11: 1 8 15
    assert reasons[9:] == [
        "goes on to epoch 3: rank 1 of 9 at epoch 1",
        "goes on to epoch 3: rank 2 of 9 at epoch 1",
        "goes on to epoch 3: rank 3 of 9 at epoch 1",
        "goes on to epoch 9: rank 1 of 3 at epoch 3",
    ]


def test_brackets_are_labelled_by_the_one_they_fill() -> None:
    """Hazard B8: in parallel KerasTuner labels trials with the newest bracket."""
    oracle = hyperband(9)
    trials = [oracle.create_trial(f"slot {n}") for n in range(12)]
    assert [t.hyperparameters.values["tuner/bracket"] for t in trials] == [2] * 9 + [1] * 3
    for trial in trials[:9]:
        end(oracle, trial)
    promoted = oracle.create_trial("slot 20").hyperparameters.values
    assert promoted["tuner/bracket"] == 2 and promoted["tuner/round"] == 1


def test_a_failure_in_the_first_rung_is_replaced_by_a_new_configuration() -> None:
    """Hazard B3: three failures of nine, and KerasTuner never promotes from the bracket."""
    values = run(hyperband(9), failing={0, 4, 8})
    first = [v for v in values if v["tuner/bracket"] == 2 and v["tuner/round"] == 0]
    assert len(first) == 12
    assert [v["tuner/epochs"] for v in values if v["tuner/bracket"] == 2] == [1] * 12 + [3] * 3 + [
        9
    ]


def test_a_failed_promotion_is_replaced_by_the_next_best() -> None:
    """Hazard B3: one failure of three in the second rung, and KerasTuner makes no final run."""
    values = run(hyperband(9), failing={9})
    promoted = [
        v["tuner/trial_id"] for v in values if v["tuner/bracket"] == 2 and v["tuner/round"] == 1
    ]
    assert promoted == ["0000", "0005", "0001", "0006"]
    assert [v["tuner/epochs"] for v in values if v["tuner/bracket"] == 2][-1] == 9


def test_what_a_scheduler_stopped_gives_its_place_to_the_next_best() -> None:
    oracle = hyperband()
    for number in range(9):
        trial = oracle.create_trial("slot 0")
        (prune if number == 0 else end)(oracle, trial, float(number))
    promoted = [oracle.create_trial(f"slot {slot}").hyperparameters.values for slot in range(3)]
    assert [values["tuner/trial_id"] for values in promoted] == ["0001", "0002", "0003"]
    assert "0000" not in oracle.needed_checkpoints()


def test_a_record_in_which_a_stopped_trial_was_continued_is_repeated() -> None:
    """As versions before 0.9 did."""
    oracle, records = hyperband(), Records()
    for number in range(9):
        trial = oracle.create_trial("slot 0")
        records.start(trial)
        records.end(oracle, trial, "pruned" if number == 2 else "completed")
    best = min(oracle.trials.values(), key=lambda each: each.score)
    assert best.trial_id == "0002"
    trial = oracle.create_trial("slot 0")
    records.start(trial)
    old = {**best.hyperparameters.values, "tuner/trial_id": "0002"}
    rung = ("tuner/epochs", "tuner/initial_epoch", "tuner/round")
    records.events[-1]["values"] = old | {name: trial.hyperparameters.values[name] for name in rung}
    again = hyperband()
    again.restore(records.events)
    assert again.trials["0009"].hyperparameters.values["tuner/trial_id"] == "0002"


def test_a_search_in_which_a_scheduler_stops_everything_ends() -> None:
    oracle = hyperband()
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        prune(oracle, trial, float(trial.trial_id))
    begun = [each.hyperparameters.values for each in oracle.trials.values()]
    first = sum(bracket.rungs[0].size for bracket in oracle.method.brackets)
    assert len(begun) == first and all("tuner/trial_id" not in values for values in begun)


def test_a_search_in_which_everything_fails_ends() -> None:
    oracle = hyperband(9)
    assert len(run(oracle, failing=set(range(1000)))) == 2 * (9 + 3 + 3)
    assert oracle.get_best_trials() == []


def test_a_space_smaller_than_the_first_rung_is_used_up() -> None:
    """Hazard B9: small spaces end KerasTuner's brackets early, or never."""
    oracle = hyperband(
        27, hyperparameters=finite()
    )  # the first rung has 27 places, the space 12 configurations
    values = run(oracle)
    assert [v["tuner/epochs"] for v in values] == [1] * 12 + [3] * 9 + [9] * 3 + [27]
    assert "only 12" in oracle.plan()


def test_waits_for_a_rung_only_if_nothing_else_is_to_do() -> None:
    oracle = hyperband(3)  # s=1: 3 until 1, 1 until 3; s=0: 2 until 3
    trials = [oracle.create_trial(f"slot {n}") for n in range(5)]
    assert [t.hyperparameters.values["tuner/bracket"] for t in trials] == [1, 1, 1, 0, 0]
    assert oracle.create_trial("slot 5").status == "IDLE"
    for trial in trials[:2]:
        end(oracle, trial)
    assert oracle.create_trial("slot 5").status == "IDLE"
    end(oracle, trials[2])
    assert oracle.create_trial("slot 5").hyperparameters.values["tuner/round"] == 1


def test_needed_checkpoints_are_those_that_may_be_continued() -> None:
    oracle = hyperband(3)
    trials = [oracle.create_trial(f"slot {n}") for n in range(3)]
    assert oracle.needed_checkpoints() == set()
    for number, trial in enumerate(trials):
        end(oracle, trial, float(number))
    assert oracle.needed_checkpoints() == {"0000", "0001", "0002"}
    promoted = oracle.create_trial("slot 0")
    assert promoted.hyperparameters.values["tuner/trial_id"] == "0000"
    assert oracle.needed_checkpoints() == {
        "0000",
        "0001",
        "0002",
    }  # it may fail, or be started again
    end(oracle, promoted)
    assert oracle.needed_checkpoints() == set()


def test_max_trials_caps_the_plan() -> None:
    oracle = hyperband(9, max_trials=10)
    assert len(run(oracle)) == 10 and oracle.needed_checkpoints() == set()


def test_max_trials_repeats_the_plan() -> None:
    values = run(hyperband(6, max_trials=10))
    assert [v["tuner/bracket"] for v in values] == [1, 1, 1, 1, 0, 0] + [1, 1, 1, 1]
    short = hyperband(2, max_trials=6)  # fewer epochs than eta: the plan has one trial
    assert (
        short.plan()
        == "Hyperband with R = 2 epochs, eta = 3: 6 x 1 brackets, 6 trials, 12 epochs\n  s=0: 1 "
        "until epoch 2"
    )
    values = run(short)
    assert len({v["rate"] for v in values}) == len(values) == short.expected_trials() == 6
    assert len(run(hyperband(6, max_trials=8, iterations=5))) == 8


def test_a_repeated_plan_ends_with_the_space() -> None:
    values = run(hyperband(6, max_trials=10**9, hyperparameters=finite()))
    fresh = [v for v in values if "tuner/trial_id" not in v]
    assert len(fresh) == hyperband(hyperparameters=finite()).space.cardinality()


def test_asking_again_when_nothing_is_left_leaves_the_oracle_as_it_is() -> None:
    oracle = hyperband(6, max_trials=10**9, hyperparameters=finite())
    ended = len(run(oracle))
    before = (oracle.method._first, len(oracle.method._rungs))
    assert [oracle.method.propose(ended + n) for n in range(3)] == [Signal.EXHAUSTED] * 3
    assert (oracle.method._first, len(oracle.method._rungs)) == before


def test_a_bracket_that_is_over_is_not_looked_at_again() -> None:
    oracle = hyperband(2, max_trials=300)
    run(oracle)
    assert oracle.method._first >= 299 and len(oracle.method._rungs) <= 301


def test_iterations_use_new_configurations() -> None:
    values = run(hyperband(3, iterations=2))
    assert [v["tuner/bracket"] for v in values] == [1, 1, 1, 1, 0, 0] * 2
    fresh = [v["rate"] for v in values if "tuner/trial_id" not in v]
    assert len(set(fresh)) == len(fresh) == 10


@pytest.mark.parametrize("argument", ["max_epochs", "factor", "iterations"])
def test_impossible_numbers_are_refused(argument: str) -> None:
    least = 2 if argument == "factor" else 1
    with pytest.raises(UsageError, match=f"{argument} must be an integer of at least {least}"):
        hyperband(**{"max_epochs": 9, argument: least - 1})
    with pytest.raises(UsageError, match=argument):
        hyperband(**{"max_epochs": 9, argument: 3.5})
