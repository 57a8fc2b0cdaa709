"""Knob by knob: turns that a reader can follow by hand."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, conditional, end, fail, finite, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles.strategies.knob_by_knob import KnobByKnobOracle


def choices() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Choice("a", [0, 1, 2])
    hp.Choice("b", [0, 1, 2])
    hp.Boolean("c")
    return hp


def oracle(hp: Any = None, max_trials: int | None = 20, **options: Any) -> KnobByKnobOracle:
    objective = keras_tuner.Objective("score", "min")
    return KnobByKnobOracle(
        objective, max_trials=max_trials, hyperparameters=hp or choices(), **{"seed": 0, **options}
    )


def run(made: KnobByKnobOracle, function: Any, until: int) -> list[tuple[Any, ...]]:
    """Runs trials one at a time; returns their values as tuples."""
    while len(made.trials) < until and (trial := made.create_trial("slot 0")).status == "RUNNING":
        end(made, trial, float(function(**trial.hyperparameters.values)))
    return [tuple(trial.hyperparameters.values.values()) for trial in made.trials.values()]


def separate(a: int, b: int, c: bool) -> float:
    """Least at (2, 1, True)."""
    return abs(a - 2) + 2.0 * abs(b - 1) + (not c)


def test_the_turns_by_hand() -> None:
    found = run(oracle(start=[{}]), separate, 6)
    assert found == [
        (0, 0, False),  # the defaults
        (1, 0, False),  # a
        (2, 0, False),
        (2, 1, False),  # b, a at its best
        (2, 2, False),
        (2, 1, True),  # c, a and b at their best
    ]


def test_groups_come_first_and_in_their_order() -> None:
    made = oracle(start=[{}], groups=[["c", "b"]])
    assert made.method.groups == [["c", "b"], ["a"]]
    found = run(made, separate, 8)
    assert {values[0] for values in found[:6]} == {0} and len(set(found[:6])) == 6  # all of b x c
    assert found[6:] == [(1, 1, True), (2, 1, True)]


def test_the_next_pass_is_narrower_around_the_best() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    found = [value for (value,) in run(oracle(hp, start=[{"x": 0.4}]), lambda x: (x - 0.6) ** 2, 7)]
    assert found[:4] == [0.4, 0.0, 0.5, 1.0]
    assert found[4:6] == [0.25, 0.75]  # half of the range around 0.5, which was tried
    assert found[6] == pytest.approx(0.375)  # a quarter around 0.5


def test_begins_at_random_by_the_seed_or_at_the_best_of_an_earlier_search() -> None:
    firsts = {tuple(search(oracle(mixed(), seed=seed), until=1)[0].values()) for seed in range(4)}
    assert len(firsts) == 4
    earlier = [
        {
            "values": {"a": a, "b": 2, "c": True},
            "score": float(a),
            "status": "completed",
            "seconds": None,
        }
        for a in (2, 1)
    ]
    made = oracle(warm_start=earlier)
    assert run(made, separate, 1) == [(1, 2, True)]


def test_a_group_waits_for_the_one_before_and_workers_change_nothing() -> None:
    alone = run(oracle(start=[{}]), separate, 6)
    made = oracle(start=[{}])
    first = [
        made.create_trial(f"slot {slot}") for slot in range(3)
    ]  # the start, and the turn of a beside it
    assert made.create_trial("slot 3").status == "IDLE"
    for trial in reversed(first):
        end(made, trial, separate(**trial.hyperparameters.values))
    second = [made.create_trial(f"slot {slot}") for slot in range(2)]
    assert made.create_trial("slot 3").status == "IDLE"
    end(made, second[1], separate(**second[1].hyperparameters.values))
    assert made.create_trial("slot 3").status == "IDLE"  # while any of the group is running
    end(made, second[0], separate(**second[0].hyperparameters.values))
    assert run(made, separate, 6) == alone


def test_several_start_configurations_are_awaited() -> None:
    made = oracle(start=[{}, {"a": 2, "b": 1}])
    first, second = (made.create_trial(f"slot {slot}") for slot in range(2))
    assert made.create_trial("slot 2").status == "IDLE"
    for trial in (first, second):
        end(made, trial, separate(**trial.hyperparameters.values))
    assert run(made, separate, 3)[2][1] == 1  # the turn of a, at the better start


def test_a_knob_whose_condition_is_not_met_is_skipped() -> None:
    made = oracle(conditional(), start=[{"model": "mlp"}], max_trials=4)
    names = [set(values) for values in search(made)]
    assert names[0] == {"model", "size"} and names[1] == {
        "model",
        "size",
        "pool",
    }  # the turn of model
    turns = [values for values in search(made)[2:] if values["model"] == "mlp"]
    assert [values["size"] for values in turns] == [0.5, 1.0]  # mlp was better; pool has no turn


def test_after_a_pass_without_anything_new_a_random_configuration_is_tried() -> None:
    found = run(
        oracle(finite(), max_trials=None),
        lambda layers, activation, norm: layers + norm + (activation == "relu"),
        12,
    )
    assert len(set(found)) == 12


def test_failures_do_not_become_the_best() -> None:
    made = oracle(start=[{}], max_consecutive_failed_trials=None)
    for number in range(7):
        trial = made.create_trial("slot 0")
        if trial.hyperparameters.values["a"] == 1 or number == 0:
            fail(made, trial)
        else:
            end(made, trial, separate(**trial.hyperparameters.values))
    assert made.trials["0003"].hyperparameters.values["a"] == 2  # after 0 failed and 1 failed


def test_another_oracle_inside() -> None:
    made = oracle(
        mixed(), inner="sobol", trials_per_group=2, groups=[["rate", "units"]], max_trials=9
    )
    values = search(made)
    held = [
        {name: value for name, value in each.items() if name not in ("rate", "units")}
        for each in values
    ]
    assert held[0] == held[1] == held[2] and len(values) == 9
    changed = [
        name
        for name in values[3]
        if values[3][name] != min(values[:3], key=lambda each: bowl(made.space, each))[name]
    ]
    assert changed == ["optimizer"]


def test_is_better_than_random_search_on_a_bowl() -> None:
    def best(name: str, seed: int) -> float:
        found = make(name, seed=seed, max_trials=40)
        return min(bowl(found.space, values) for values in search(found))

    ours, random = (
        np.mean([best(name, seed) for seed in range(4)]) for name in ("knob-by-knob", "random")
    )
    assert ours < 0.5 * random


def test_the_plan_tells_the_turns_and_warns_of_knobs_without_one() -> None:
    plan = oracle(mixed(), max_trials=8, groups=[["rate", "norm"]]).plan()
    assert (
        "in turn by grid: rate x norm (6), units (3), optimizer (3), dropout (3), momentum (3), "
        "nesterov (2);" in plan
    )
    assert (
        "a pass has at most 21 trials" in plan
        and "the last knobs have no turn: raise max_trials" in plan
    )
    assert "no turn" not in oracle(mixed(), max_trials=30).plan()


def test_a_space_without_choice_has_one_trial() -> None:
    assert search(make("knob-by-knob", "one_point", max_trials=None)) == [
        {"units": 8, "classes": 3, "activation": "relu"}
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": [["a", "z"]]}, r"A group names \['z'\], which no knob has"),
        ({"groups": [["a"], ["b", "a"]]}, r"groups name \['a'\] more than once"),
        ({"groups": ["a"]}, "groups must be lists of names of knobs"),
        ({"groups": "a"}, "groups must be lists of names of knobs"),
        ({"levels": 1}, "levels must be an integer of at least 2"),
        ({"trials_per_group": 0}, "trials_per_group must be an integer of at least 1"),
        ({"shrink": 0}, "shrink must be a number above 0 and at most 1"),
        ({"inner": "knob-by-knob"}, "inner must be a search method that is no strategy"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle(**options)
