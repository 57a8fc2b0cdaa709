"""Coarse to fine: the boxes, what the oracle inside hears, and whether it finds the bottom."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import Records, bowl, end, fail, finite, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.strategies.coarse_to_fine import CoarseToFineOracle
from tftune.support.registry import UnknownNameError


def floats() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    return hp


def oracle(
    hp: Any = None, max_trials: int | None = 12, direction: str = "min", **options: Any
) -> CoarseToFineOracle:
    objective = keras_tuner.Objective("score", direction)
    return CoarseToFineOracle(
        objective, max_trials=max_trials, hyperparameters=hp or floats(), **{"seed": 0, **options}
    )


def test_every_stage_lies_in_the_box_around_the_best_before_it() -> None:
    made = oracle(max_trials=30)
    points = np.array([list(values.values()) for values in search(made)])
    losses = np.array([trial.score for trial in made.trials.values()])
    assert len(points) == 30 and np.ptp(points[:10], axis=0).min() > 0.7
    for begin, width in ((10, 0.5), (20, 0.25)):
        best = points[np.argmin(losses[:begin])]
        low = np.clip(best - width / 2, 0, 1 - width)
        box = points[begin : begin + 10]
        assert (box >= low - 1e-12).all() and (box <= low + width + 1e-12).all()
        assert np.ptp(box, axis=0).min() > 0.6 * width


def test_then_begins_anew_with_the_whole_space() -> None:
    made = oracle(max_trials=None, trials_per_stage=5)
    points = np.array([list(values.values()) for values in search(made, until=20)])
    assert np.ptp(points[10:15], axis=0).max() < 0.26 < 0.6 < np.ptp(points[15:], axis=0).min()


def test_is_better_than_random_search_on_a_bowl() -> None:
    def best(name: str, seed: int) -> float:
        found = make(
            name,
            seed=seed,
            max_trials=45,
            **({"trials_per_stage": 15} if name == "coarse-to-fine" else {}),
        )
        return min(bowl(found.space, values) for values in search(found))

    ours, random = (
        np.mean([best(name, seed) for seed in range(5)]) for name in ("coarse-to-fine", "random")
    )
    assert ours < 0.7 * random


def test_a_stage_waits_for_the_one_before_and_workers_change_nothing() -> None:
    alone = search(oracle(max_trials=9, trials_per_stage=3))
    made = oracle(max_trials=9, trials_per_stage=3)
    trials = []
    for _ in range(3):
        running = [made.create_trial(f"slot {slot}") for slot in range(3)]
        assert made.create_trial("slot 3").status in ("IDLE", "STOPPED")
        for trial in reversed(running):
            end(made, trial)
        trials += running
    assert [trial.hyperparameters.values for trial in trials] == alone


@pytest.mark.parametrize("inner", ["random", "halton", "lhs"])
def test_other_oracles_inside_are_told_the_results_in_their_box(inner: str) -> None:
    options = {"inner_options": {"points": 3}} if inner == "lhs" else {}
    made = oracle(
        mixed(), max_trials=9, inner=inner, trials_per_stage=3, start=[{"units": 64}], **options
    )
    values = search(made, until=4)
    assert len(values) == 4 and made.method._search is not None
    known = [result.values for result in made.method._search.observations]
    best = min(values[:3], key=lambda each: bowl(made.space, each))
    assert best in known and len(known) >= 2
    assert len(search(made)) == 9


@pytest.mark.parametrize("direction", ["min", "max"])
def test_failed_pruned_and_earlier_results_are_told_as_such(direction: str) -> None:
    sign = 1.0 if direction == "min" else -1.0
    earlier = [
        {
            "values": {"x": 0.2, "y": 0.9},
            "score": sign * 0.5,
            "status": "completed",
            "seconds": None,
        }
    ]
    made = oracle(direction=direction, max_trials=8, trials_per_stage=8, warm_start=earlier)
    records = Records()
    first = made.create_trial("slot 0")
    assert first.hyperparameters.values == {"x": 0.2, "y": 0.9}
    second = made.create_trial("slot 1")
    third = made.create_trial("slot 2")
    for trial, status in ((second, "failed"), (first, "completed"), (third, "pruned")):
        records.end(made, trial, status)
    inside = made.method._search
    assert inside is not None
    assert [(result.values, result.loss) for result in inside.observations] == [
        (result.values, pytest.approx(result.loss)) for result in made.observations
    ]
    assert [trial.status for trial in inside.trials.values()] == [
        "FAILED",
        "COMPLETED",
    ] and inside.book.pruned == {"0001"}


def test_goes_on_when_everything_fails() -> None:
    made = oracle(max_trials=6, trials_per_stage=2, max_consecutive_failed_trials=None)
    for _ in range(6):
        fail(made, made.create_trial("slot 0"))
    assert made.create_trial("slot 0").status == "STOPPED" and len(made.trials) == 6


def test_start_configurations_count_in_the_first_stage() -> None:
    made = oracle(max_trials=6, trials_per_stage=3, start=[{"x": 0.3, "y": 0.3}])
    points = search(made, until=4)
    assert points[0] == {"x": 0.3, "y": 0.3}
    assert (
        abs(points[3]["x"] - 0.3) <= 0.25 and abs(points[3]["y"] - 0.3) <= 0.25
    )  # around the bottom of the bowl


def test_trials_per_stage_by_default() -> None:
    assert (
        oracle(max_trials=10).method.trials_per_stage == 4
        and oracle(max_trials=None).method.trials_per_stage == 10
    )
    expected = {
        "inner": "sobol",
        "inner_options": {},
        "stages": 2,
        "shrink": 0.3,
        "trials_per_stage": 5,
    }
    assert oracle(max_trials=10, stages=2, shrink=0.3, inner="sobol").method.options() == expected
    assert (
        "3 stages of 4 trials by lhs; each keeps 0.5" in oracle(max_trials=10, inner="lhs").plan()
    )


def test_a_finite_space_is_found_with_any_oracle_inside() -> None:
    for inner in ("random", "grid"):
        assert len(search(oracle(finite(), max_trials=None, inner=inner, trials_per_stage=4))) == 12


def test_knobs_found_during_the_search_take_part() -> None:
    made = oracle(max_trials=6, trials_per_stage=2)
    trial = made.create_trial("slot 0")
    trial.hyperparameters.Choice("activation", ["relu", "tanh"])  # as a model's build would
    end(made, trial)
    assert {values["activation"] for values in search(made)} == {"relu", "tanh"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": 0}, "stages must be an integer of at least 1. Received: 0"),
        ({"shrink": 1.0}, "shrink must be a number above 0 and below 1. Received: 1.0"),
        ({"trials_per_stage": 0}, "trials_per_stage must be an integer of at least 1"),
        (
            {"inner": "coarse-to-fine"},
            "inner must be a search method that is no strategy.*'coarse-to-fine'",
        ),
        (
            {"inner": "knob-by-knob"},
            "inner must be a search method that is no strategy.*'knob-by-knob'",
        ),
        ({"inner": "hyperband"}, "gives trials no budget. Received: 'hyperband'"),
        (
            {"inner": "sobol", "inner_options": {"colour": 1}},
            "inner_options must be arguments of the search method 'sobol'.*colour",
        ),
        ({"inner": "sobol", "inner_options": {"scramble": 2}}, "scramble must be True or False"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oracle(**options)


def test_an_unknown_oracle_inside_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Unknown search method 'sobl'"):
        oracle(inner="sobl")
    assert "coarse-to-fine" in ORACLES
