"""What every search method promises; a new oracle is tested by being listed in ORACLES."""

from __future__ import annotations

import json
import math
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import (
    INSTALLED,
    REQUIRED,
    Records,
    all_values,
    end,
    fail,
    fresh_values,
    make,
    search,
)
from tftune.errors import RunFolderError, TftuneError, UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.given import start_configurations
from tftune.oracles.core.method import Signal

NAMES = [
    pytest.param(
        name,
        marks=()
        if name in INSTALLED
        else pytest.mark.skip(f"{REQUIRED.get(name)} is not installed"),
    )
    for name in ORACLES
]
pytestmark = pytest.mark.parametrize("name", NAMES)

SPACE_SIZES = {"finite": 12, "conditional": 11, "one_point": 1}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The trials of an uninterrupted search of every method, by name."""
    return {name: search(make(name)) for name in INSTALLED}


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, Any]:
    """The same, from a fresh process with another hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join(sys.path)}
    script = Path(__file__).with_name("searching.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    return dict(json.loads(done.stdout))


def test_is_an_oracle_of_keras_tuner(name: str) -> None:
    assert issubclass(ORACLES[name], keras_tuner.Oracle)


def test_values_are_plain_and_inside_the_space(name: str, whole: dict[str, Any]) -> None:
    space = make(name).space
    assert len(whole[name]) == 6
    for values in whole[name]:
        assert {type(value) for value in values.values()} <= {int, float, str, bool}
        public = {key: value for key, value in values.items() if not key.startswith("tuner/")}
        assert public == space.canonical(public)
        assert (
            type(public["norm"]) is bool
            and type(public["nesterov"]) is bool
            and type(public["units"]) is int
        )


def test_same_seed_same_trials(name: str, whole: dict[str, Any]) -> None:
    assert search(make(name, seed=0)) == whole[name]  # seed 0 is a seed: keras_tuner hazard C1


def test_same_seed_same_trials_in_another_process(
    name: str, whole: dict[str, Any], elsewhere: dict[str, Any]
) -> None:
    assert elsewhere[name] == whole[name]


def test_other_seed_other_trials(name: str, whole: dict[str, Any]) -> None:
    other = search(make(name, seed=1), until=2)
    assert all(
        values not in whole[name] for values in other
    )  # nor the same stream, shifted: hazard C2


def test_min_and_max_mirror_each_other(name: str, whole: dict[str, Any]) -> None:
    oracle = make(name, direction="max")
    assert search(oracle) == whole[name]
    scores = [trial.score for trial in oracle.get_best_trials(6)]
    assert scores == sorted(scores, reverse=True) and scores[0] == max(scores)


@pytest.mark.parametrize("space", SPACE_SIZES)
def test_finds_every_configuration_once_and_stops(name: str, space: str) -> None:
    oracle = make(
        name, space, max_trials=None, **({"max_epochs": 8} if name in ("hyperband", "bohb") else {})
    )
    search(oracle)
    keys = [oracle.space.key(values) for values in fresh_values(oracle)]
    assert len(keys) == len(set(keys)) == SPACE_SIZES[space]
    for slot in ("slot 0", "slot 1"):  # and it goes on saying so
        assert oracle.create_trial(slot).status == "STOPPED"
    runs = [tuple(sorted(values.items())) for values in all_values(oracle)]
    assert len(runs) == len(set(runs))


def test_failed_and_nan_trials_are_accepted(name: str) -> None:
    oracle = make(name, max_trials=8, max_consecutive_failed_trials=None)
    for number in range(8):
        trial = oracle.create_trial("slot 0")
        assert trial.status == "RUNNING"
        if number in (0, 4):
            fail(oracle, trial)
        else:
            end(oracle, trial, {1: math.nan, 3: math.inf, 5: -math.inf}.get(number))
    statuses = [trial.status for trial in oracle.trials.values()]
    assert statuses == [
        "FAILED",
        "FAILED",
        "COMPLETED",
        "FAILED",
        "FAILED",
        "FAILED",
        "COMPLETED",
        "COMPLETED",
    ]
    best = oracle.get_best_trials(10)
    assert len(best) == 3 and all(
        math.isfinite(trial.score) for trial in best
    )  # hazard B17: never padded with failures
    assert "No finite score" in oracle.trials["0001"].message


def test_stops_after_max_trials(name: str) -> None:
    oracle = make(name, max_trials=3)
    assert len(search(oracle)) == 3
    assert oracle.create_trial("slot 0").status == "STOPPED"
    assert oracle.remaining_trials() == 0 and oracle.expected_trials() == 3


def test_plan_tells_the_size(name: str) -> None:
    text = make(name, "finite", max_trials=None).plan()
    assert any(digits in text for digits in ("12", "trials")) and not text.endswith("\n")


class PlainTuner(keras_tuner.Tuner):
    """KerasTuner's own loop, files and reload; no training."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
        values = trial.hyperparameters.values
        return float(values["dropout"] + values["units"] / 128 + 0.1 * len(values["optimizer"]))


def test_half_restart_half_is_the_whole_with_keras_tuner(name: str, tmp_path: Path) -> None:
    def tuner(folder: str, trials: int) -> PlainTuner:
        oracle = make(name, max_trials=trials)
        oracle.objective.name = "default_objective"
        return PlainTuner(oracle=oracle, directory=tmp_path, project_name=folder)

    unbroken = tuner("whole", 6)
    unbroken.search()
    tuner("halves", 3).search()
    resumed = tuner("halves", 6)
    assert len(resumed.oracle.trials) == 3
    resumed.search()
    assert all_values(resumed.oracle) == all_values(unbroken.oracle)
    assert [t.score for t in resumed.oracle.trials.values()] == [
        t.score for t in unbroken.oracle.trials.values()
    ]
    assert resumed.oracle.end_order == unbroken.oracle.end_order  # nothing was run twice


@pytest.mark.parametrize("with_memo", [True, False])
def test_half_restart_half_is_the_whole_with_restore(name: str, with_memo: bool) -> None:
    first, records = make(name), Records()
    for _ in range(4):
        trial = first.create_trial("slot 0")
        records.start(trial)
        records.end(first, trial)
    interrupted = first.create_trial("slot 0")
    records.start(interrupted)
    second = make(name)
    if with_memo:
        second.restore(records.events, records.memo, records.position)
    else:
        second.restore(records.events)
    assert [trial.trial_id for trial in second.unfinished()] == ["0004"]
    end(first, interrupted)
    end(second, second.unfinished()[0])
    assert search(second) == search(first)
    assert second.trials["0001"].score == first.trials["0001"].score


@pytest.mark.parametrize("cut", [3, 8])
def test_parallel_slots_get_different_trials_and_resume(name: str, cut: int) -> None:
    """Three slots, ends out of order, a failure; cut anywhere, the replay goes on with the same
    trials.
    """
    oracle, records = make(name, max_trials=8), Records()
    restored: Any = None
    running: list[Any] = []
    steps = 0
    while steps < 16:
        trial = oracle.create_trial(f"slot {steps}") if len(running) < 3 else None
        if trial is not None and trial.status == "RUNNING":
            records.start(trial)
            running.append(trial)
        elif running:
            ended = running.pop(1 if len(running) > 1 else 0)
            records.end(oracle, ended, "failed" if ended.trial_id == "0001" else "completed")
        else:
            break
        steps += 1
        if steps == cut:
            restored = make(name, max_trials=8)
            restored.restore(records.events, records.memo, records.position)
    assert len(oracle.trials) == 8
    keys = [oracle.space.key(values) for values in fresh_values(oracle)]
    assert len(keys) == len(set(keys))
    for event in records.events[cut:]:  # the restored one is asked and told the same
        if event["kind"] == "start":
            assert (
                restored.create_trial(f"slot {event['trial_id']}").hyperparameters.values
                == event["values"]
            )
        else:
            restored.end_from_record(event)
    assert all_values(restored) == all_values(oracle)


def test_a_record_of_another_search_is_refused(name: str) -> None:
    first, records = make(name), Records()
    records.start(first.create_trial("slot 0"))
    other = 64 if records.events[0]["values"]["units"] == 48 else 48
    records.events[0]["values"]["units"] = other
    with pytest.raises(RunFolderError, match=rf"Trial 0000 cannot be repeated.*{other}"):
        make(name).restore(records.events)
    used = make(name)
    used.create_trial("slot 0")
    with pytest.raises(UsageError, match="fresh oracle"):
        used.restore([])


def test_pickled_in_the_middle_goes_on(name: str, whole: dict[str, Any]) -> None:
    """Hazard A14: lambdas in KerasTuner's oracles cannot be pickled."""
    oracle = make(name)
    search(oracle, until=4)
    assert search(pickle.loads(pickle.dumps(oracle))) == whole[name]


def test_an_exception_leaves_no_lock(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hazards A1 and A2: an exception in KerasTuner's oracle blocks every other thread for ever."""
    oracle = make(name)

    def broken(trial_number: int) -> Any:
        raise ValueError("no")

    monkeypatch.setattr(oracle.method, "propose", broken)
    with pytest.raises(ValueError, match="no"):
        oracle.create_trial("slot 0")
    monkeypatch.undo()
    got: list[str] = []
    thread = threading.Thread(
        target=lambda: got.append(oracle.create_trial("slot 1").status), daemon=True
    )
    thread.start()
    thread.join(timeout=30)
    assert got == ["RUNNING"]


def test_a_signal_changes_nothing(name: str) -> None:
    oracle = make(name, "one_point", max_trials=None)
    search(oracle)
    before = pickle.dumps(oracle.get_state())
    assert all(oracle.method.propose(len(oracle.trials)) is Signal.EXHAUSTED for _ in range(2))
    assert pickle.dumps(oracle.get_state()) == before


def test_waiting_for_nothing_is_a_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = make(name)
    monkeypatch.setattr(oracle.method, "propose", lambda trial_number: Signal.WAIT)
    with pytest.raises(TftuneError, match="waits, but no trial is running"):
        oracle.create_trial("slot 0")


STARTS = [{"rate": 1e-3, "units": 32, "norm": True}, {"optimizer": "adam", "momentum": 0.9}]
FIXED = {
    "rate": 1.0,
    "units": 20,
    "dropout": 0.75,
    "optimizer": "adam",
    "norm": True,
}  # the numbers lie outside range and steps
EARLIER = [
    {
        "values": {"rate": 10.0**-number, "units": 16 * number, "optimizer": optimizer},
        "score": score,
        "status": status,
    }
    for number, optimizer, score, status in [
        (1, "sgd", 2.0, "completed"),
        (2, "adam", None, "failed"),
        (3, "rmsprop", 1.25, "completed"),
        (4, "sgd", 0.5, "pruned"),
        (5, "adam", 1.5, "completed"),
    ]
]


def resumed(name: str, cut: int, trials: int, **given: Any) -> Any:
    """Runs some trials, one at a time, and then the rest; a search that was cut and resumed goes on
    with the same.
    """
    oracle, records, restored = make(name, **given), Records(), None
    for number in range(trials):
        if number == cut:
            restored = make(name, **given)
            restored.restore(records.events, records.memo, records.position)
        trial = oracle.create_trial("slot 0")
        assert trial.status == "RUNNING"
        records.start(trial)
        records.end(
            oracle, trial, "failed" if number == 1 else "pruned" if number == 2 else "completed"
        )
    assert restored is not None
    for event in records.events[2 * cut :]:
        if event["kind"] == "start":
            assert (
                restored.create_trial(f"slot {event['trial_id']}").hyperparameters.values
                == event["values"]
            )
        else:
            restored.end_from_record(event)
    assert search(restored) == search(oracle)
    return oracle


def test_start_configurations_come_first(name: str) -> None:
    oracle = resumed(name, 1, 4, start=STARTS)
    first = all_values(oracle)[: len(STARTS)]
    assert fresh_values(oracle)[: len(STARTS)] == start_configurations(STARTS, oracle.space)
    assert {values.get("tuner/round", 0) for values in first} == {
        0
    }  # Hyperband's kind: in a first rung, with its budget
    assert all(("tuner/epochs" in values) == oracle.method.places_starts for values in first)
    keys = [oracle.space.key(values) for values in fresh_values(oracle)]
    assert len(keys) == len(set(keys))


def test_a_fixed_knob_has_its_value_in_every_trial(name: str) -> None:
    oracle = resumed(name, 2, 5, fixed=FIXED)
    assert len(oracle.trials) == 6
    for values in fresh_values(oracle):
        assert {knob: values[knob] for knob in FIXED} == FIXED
    free = [
        {knob: value for knob, value in values.items() if knob not in FIXED}
        for values in fresh_values(oracle)
    ]
    assert len({tuple(sorted(values.items())) for values in free}) == len(free)


def test_of_earlier_results_only_the_best_is_tried_again(name: str) -> None:
    earlier = [
        {
            "values": {"layers": layers, "activation": activation, "norm": False},
            "score": score,
            "status": status,
        }
        for layers, activation, score, status in [
            (1, "relu", 0.9, "completed"),
            (2, "relu", 0.4, "completed"),
            (3, "relu", None, "failed"),
            (3, "tanh", 0.2, "pruned"),
        ]
    ]
    oracle = make(
        name,
        "finite",
        max_trials=None,
        warm_start=earlier,
        **({"max_epochs": 8} if name in ("hyperband", "bohb") else {}),
    )
    search(oracle)
    keys = [oracle.space.key(values) for values in fresh_values(oracle)]
    before = [oracle.space.key(result["values"]) for result in earlier]
    assert keys[0] == before[1]
    assert not set(keys[1:]) & set(before)
    assert len(keys) == len(set(keys)) == 12 - 4 + 1


def test_earlier_results_are_used_and_resumed(name: str) -> None:
    oracle = resumed(name, 2, 5, warm_start=EARLIER, start=STARTS[:1])
    best = oracle.space.canonical(EARLIER[2]["values"])
    assert fresh_values(oracle)[:2] == [*start_configurations(STARTS[:1], oracle.space), best]
    assert [seen.trial_id for seen in oracle.observations[: len(EARLIER)]] == [None] * len(EARLIER)
    assert make(name, warm_start=EARLIER).all_options()["warm_start"][0]["score"] == 2.0


def test_results_may_come_from_trials_that_the_method_never_proposed(name: str) -> None:
    """Start configurations alone, in parallel and out of order, before the method proposes
    anything.
    """
    starts = [{"units": 16 * number} for number in range(1, 6)]
    oracle = make(name, max_trials=8, start=starts)
    slots = [oracle.create_trial(f"slot {number}") for number in range(3)]
    for trial in reversed(slots):
        end(oracle, trial)
    assert len(search(oracle)) == 8
    assert [values["units"] for values in fresh_values(oracle)[:3]] == [16, 32, 48]
