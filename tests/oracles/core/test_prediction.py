"""What the model of a search method expects of its proposals: told in the objective's units, and
changing nothing.
"""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import make
from tftune.oracles import ORACLES
from tftune.oracles.core.prediction import Prediction
from tftune.space.search_space import public_values

WITH_A_MODEL = ("auto", "dngo", "forest", "gp", "gp-fast")
WITHOUT = (
    "random",
    "grid",
    "tpe",
    "bohb",
    "mobster",
    "filled-halving",
    "evolution",
    "sobol",
    "nelder-mead",
    "coarse-to-fine",
)


def bowl(values: dict[str, Any]) -> float:
    """Least at rate 0.01."""
    return (math.log10(values["rate"]) + 2) ** 2 + (values.get("units", 8) - 8) ** 2 / 64


def foreseen(oracle: Any, sign: float = 1.0, trials: int = 9) -> list[dict[str, float] | None]:
    """Runs a search one trial at a time; returns what was expected of each."""
    found = []
    while len(found) < trials and (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        found.append(oracle.book.predicted.get(trial.trial_id))
        end(oracle, trial, sign * bowl(public_values(trial.hyperparameters.values)))
    return found


def end(oracle: Any, trial: Any, score: float) -> None:
    """Ends a trial as the driver does."""
    fixed = {"status": "completed", "best_epoch": 1, "metrics": {}, "message": None}
    oracle.end_from_record({"trial_id": trial.trial_id, "score": score, **fixed})


def space() -> keras_tuner.HyperParameters:
    """A logarithmic knob and a whole one."""
    space = keras_tuner.HyperParameters()
    space.Float("rate", 1e-4, 1.0, sampling="log")
    space.Int("units", 1, 16)
    return space


def oracle_of(name: str, direction: str = "min", **options: Any) -> Any:
    """An oracle whose model is asked from the fourth trial on."""
    if name == "forest":
        options = {"candidates": 300, **options}
    oracle: Any = ORACLES[name](
        objective=keras_tuner.Objective("score", direction),
        max_trials=9,
        hyperparameters=space(),
        seed=0,
        initial_points=3,
        **options,
    )
    oracle.blas_threads = 1
    return oracle


def test_a_score_to_maximise_is_the_loss_turned_round() -> None:
    expected = Prediction(mean=-0.75, low=-0.875, high=-0.5)
    assert expected.of_score("max") == {"mean": 0.75, "low": 0.5, "high": 0.875}
    assert expected.of_score("min") == {"mean": -0.75, "low": -0.875, "high": -0.5}


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e150])
def test_what_is_no_number_of_a_loss_is_not_told(value: float) -> None:
    assert Prediction(0.0, 0.0, value).of_score("min") is None


@pytest.mark.parametrize("name", WITH_A_MODEL)
def test_a_model_tells_what_it_expects_of_its_proposals(name: str) -> None:
    """None of the first three, which were drawn; the same for a mirrored objective."""
    small = foreseen(oracle_of(name))
    assert [each is None for each in small] == [True] * 3 + [False] * 6
    for each in small[3:]:
        assert each is not None and each["low"] <= each["mean"] <= each["high"]
    large = foreseen(oracle_of(name, "max"), sign=-1.0)
    for one, other in zip(small[3:], large[3:], strict=True):
        assert one is not None and other is not None
        mirrored = {"mean": -other["mean"], "low": -other["high"], "high": -other["low"]}
        assert one == pytest.approx(mirrored)


@pytest.mark.parametrize("name", WITHOUT)
def test_a_method_without_a_model_tells_nothing(name: str) -> None:
    oracle = make(name, max_trials=None if name == "bohb" else 6)
    for _ in range(6):
        trial = oracle.create_trial("slot 0")
        if trial.status == "RUNNING":
            end(oracle, trial, 1.0)
    assert not oracle.book.predicted and oracle.method.prediction is None


def test_a_start_configuration_was_not_proposed_by_the_model() -> None:
    """Nor does it inherit what was expected of the trial before."""
    oracle = oracle_of("gp-fast", start=[{"rate": 0.5}])
    assert foreseen(oracle, trials=5)[0] is None
    oracle.method.prediction = Prediction(0.0, 0.0, 0.0)
    oracle.book._starts = [{"rate": 0.25, "units": 3}]
    trial = oracle.create_trial("slot 0")
    assert trial.trial_id not in oracle.book.predicted


def test_what_was_expected_of_ended_trials_is_forgotten() -> None:
    oracle = oracle_of("gp-fast")
    foreseen(oracle)
    assert oracle.book.predicted == {}


@pytest.mark.parametrize("name", WITH_A_MODEL)
def test_other_running_trials_do_not_hide_what_is_expected(name: str) -> None:
    oracle = oracle_of(name)
    foreseen(oracle, trials=5)
    trials = [oracle.create_trial(f"slot {slot}") for slot in range(3)]
    assert set(oracle.book.predicted) == {trial.trial_id for trial in trials}


@pytest.mark.parametrize("name", ["gp", "forest"])
def test_resuming_from_a_memo_tells_the_same(name: str) -> None:
    """The model is not fitted again, so what it said stands in the memo."""
    first, events = oracle_of(name), []
    for _ in range(5):
        trial = first.create_trial("slot 0")
        values = dict(trial.hyperparameters.values)
        events.append({"kind": "start", "trial_id": trial.trial_id, "values": values})
        score = bowl(public_values(values))
        fixed = {"status": "completed", "best_epoch": 1, "metrics": {}, "message": None}
        events.append({"kind": "end", "trial_id": trial.trial_id, "score": score, **fixed})
        end(first, trial, score)
    memo = first.memo()
    second = oracle_of(name)
    second.restore(events, memo, len(events))
    expected = [
        oracle.create_trial("slot 0") and oracle.book.predicted for oracle in (first, second)
    ]
    assert expected[0]["0005"] == pytest.approx(expected[1]["0005"])
    third = oracle_of(name)  # a memo of an earlier version
    third.restore(events, {key: memo[key] for key in memo if key != "expected"}, len(events))
    assert third.create_trial("slot 0").status == "RUNNING" and not third.book.predicted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gp", {"acquisition": "EIps"}),
        ("forest", {"acquisition": "EIps"}),
        ("dngo", {"warping": "copula"}),
        ("gp-fast", {"warping": "logarithm"}),
    ],
)
def test_other_options_tell_what_they_expect_in_the_same_units(
    name: str, options: dict[str, Any]
) -> None:
    """Losses lie between 0 and 5."""
    found = foreseen(oracle_of(name, **options))
    assert all(each is not None and -5 < each["mean"] < 10 for each in found[3:])


@pytest.mark.quick("forest-*")
@pytest.mark.parametrize("kind", ["conditional", "finite", "one_point"])
@pytest.mark.parametrize("name", WITH_A_MODEL)
def test_any_space_and_failures_are_coped_with(name: str, kind: str) -> None:
    oracle = make(name, kind, max_trials=8, max_consecutive_failed_trials=None)
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        number = int(trial.trial_id)
        predicted = oracle.book.predicted.get(trial.trial_id)
        assert predicted is None or all(map(math.isfinite, predicted.values()))
        if number == 2:
            fixed = {"best_epoch": None, "metrics": {}, "message": "failed"}
            failed = {"trial_id": trial.trial_id, "status": "failed", "score": None}
            oracle.end_from_record({**failed, **fixed})
        else:
            end(oracle, trial, [1.0, 1e90, 0.0, -3.0, 1.0, 1.0, 1e-9, 2.0][number])
