"""What every scheduler promises; a new one is tested by being listed in SCHEDULERS."""

from __future__ import annotations

import copy
import inspect
import json
import math
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.make import make_scheduler

from .simulation import EPOCHS, make, negated, plans, run_all

pytestmark = pytest.mark.parametrize("name", list(SCHEDULERS))

OPTIONS: dict[str, dict[str, Any]] = {
    "median": {"min_trials": 2},
    "threshold": {"lower": 0.6},
    "successive-halving": {"trials": 4},
}
MIRRORED = {**OPTIONS, "threshold": {"upper": -0.6}}
NAN, INF = math.nan, math.inf


def rule_of(name: str, direction: str = "max") -> AbstractScheduler:
    return make(name, direction, **(OPTIONS if direction == "max" else MIRRORED).get(name, {}))


def told(rule: AbstractScheduler, *completed: str) -> AbstractScheduler:
    for trial in completed:
        rule.on_end(trial, "completed")
    return rule


def test_is_a_scheduler_with_a_line_of_its_own(name: str) -> None:
    assert issubclass(SCHEDULERS[name], AbstractScheduler)
    assert 10 < len(SCHEDULERS.summary(name)) < 80


def test_it_saves_epochs_where_it_should_and_none_does_not(name: str) -> None:
    seen = run_all(rule_of(name), plans())
    stopped = [trial for trial, curve in seen.items() if len(curve) < EPOCHS]
    assert bool(stopped) is (name != "none")
    scores = sorted(max(curve) for curve in plans().values())
    assert (
        max(map(max, seen.values())) > scores[len(scores) // 2]
    )  # these curves cross: the very best may look bad at first


def test_who_looks_at_no_curves_answers_without_them(name: str) -> None:
    rule = rule_of(name)
    answers = {
        rule.should_stop(trial, step, {}) for trial in plans() for step in range(1, EPOCHS + 1)
    }
    assert rule.looks_at_curves is (name != "none") and answers == {False}


def test_same_input_same_answer(name: str) -> None:
    assert run_all(rule_of(name), plans()) == run_all(rule_of(name), plans())
    rule, curves = told(rule_of(name), "0000", "0001"), plans(4)
    before = copy.deepcopy(curves)
    first = [
        rule.should_stop("0003", step, {**curves, "0003": curves["0003"][:step]})
        for step in range(1, EPOCHS)
    ]
    second = [
        rule.should_stop("0003", step, {**curves, "0003": curves["0003"][:step]})
        for step in reversed(range(1, EPOCHS))
    ]
    assert first == second[::-1]  # asking leaves no trace
    assert curves == before


def test_min_and_max_mirror_each_other(name: str) -> None:
    assert negated(run_all(rule_of(name, "min"), negated(plans()))) == run_all(
        rule_of(name), plans()
    )


def test_the_best_so_far_at_every_step_is_never_stopped(name: str) -> None:
    for seed in range(3):
        curves = plans(8, seed)
        top = [max(curve[step] for curve in curves.values()) + 0.001 for step in range(EPOCHS)]
        curves["0008"] = [max(top[: step + 1]) for step in range(EPOCHS)]
        rule = told(rule_of(name), *(f"{number:04d}" for number in range(8)))
        answers = [
            rule.should_stop("0008", step, {**curves, "0008": curves["0008"][:step]})
            for step in range(1, EPOCHS + 1)
        ]
        bounded = name == "threshold"  # fixed bounds know no best
        assert not any(answers[2:] if bounded else answers)


@pytest.mark.parametrize(
    "curve",
    [
        [],
        [0.5],
        [NAN],
        [INF],
        [-INF],
        [NAN, 0.5],
        [0.5, NAN, 0.6, NAN, 0.7],
        [NAN] * 6,
        [0.0] * 8,
        [0.5] * 8,
        [1e300, -1e300, 1e300],
    ],
    ids=str,
)
def test_odd_curves_crash_nothing(name: str, curve: list[float]) -> None:
    for direction in ("max", "min"):
        rule = told(rule_of(name, direction), "0000", "0001", "0002", "0009")
        others = {
            "0000": [0.5] * EPOCHS,
            "0001": [NAN] * 3,
            "0002": [],
            "0003": [0.7, NAN, INF, 0.8],
        }
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for curves in ({"0009": curve}, {**others, "0009": curve}):
                answer = rule.should_stop("0009", len(curve), curves)
                assert answer is (answer and True)  # a plain bool
                if not curve:
                    assert answer is False


def test_a_trial_nobody_knows_goes_on(name: str) -> None:
    assert rule_of(name).should_stop("0042", 3, {}) is False
    assert told(rule_of(name), "0000").should_stop("0042", 3, plans(3)) is False


def test_equal_constant_curves_go_on(name: str) -> None:
    curves = {f"{number:04d}": [0.75] * EPOCHS for number in range(8)}
    assert run_all(rule_of(name), curves) == curves


def test_numpy_arrays_are_curves_too(name: str) -> None:
    planned = plans(6)
    rules = [told(rule_of(name), *planned) for _ in range(2)]
    arrays = {trial: np.asarray(curve) for trial, curve in planned.items()}
    for trial in planned:
        answers = [
            bool(rule.should_stop(trial, 4, curves))
            for rule, curves in zip(rules, (planned, arrays), strict=True)
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("half", [1, 5, 9])
def test_resumed_equals_uninterrupted(name: str, half: int) -> None:
    whole = run_all(rule_of(name), plans())
    first = run_all(rule_of(name), dict(list(plans().items())[:half]))
    resumed = rule_of(name)
    for trial, curve in first.items():
        resumed.on_end(trial, "completed" if len(curve) == EPOCHS else "pruned")
    assert run_all(resumed, plans(), first) == whole


def test_the_same_in_another_process(name: str) -> None:
    if name != "curve-fit":
        pytest.skip("no random numbers")
    code = (
        f"from tests.schedulers.simulation import *\nprint({{t: len(c) for t, c in "
        f"run_all(make({name!r}), plans(6)).items()}})\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == str(
        {trial: len(curve) for trial, curve in run_all(make(name), plans(6)).items()}
    )


def test_options_are_told_and_make_the_same_rule_again(name: str) -> None:
    rule = rule_of(name)
    options = rule.options()
    assert json.loads(json.dumps(options)) == options
    arguments = set(inspect.signature(SCHEDULERS[name]).parameters) - {"direction", "max_epochs"}
    assert set(options) == arguments
    again = make_scheduler(name, "max", EPOCHS, options)
    assert type(again) is type(rule) and again.options() == options


def test_wrong_arguments_are_refused_with_a_message(name: str) -> None:
    with pytest.raises(UsageError, match=r"direction must be 'max' or 'min'. Received: 'up'"):
        make_scheduler(name, "up", 3)
    with pytest.raises(
        UsageError, match=r"max_epochs must be an integer of at least 1 or None. Received: 0"
    ):
        make_scheduler(name, "max", 0)
    with pytest.raises(
        UsageError,
        match=rf"The scheduler '{name}' has no option 'patience'. Expected .* Received: "
        rf"{{'patience': 3}}",
    ):
        make_scheduler(name, "max", 3, {"patience": 3})
    for option, value in make(name).options().items():
        if value is not None:
            with pytest.raises(
                UsageError,
                match=f"{option} must be .* Received: 'many'. Pass for example {option}=",
            ):
                make_scheduler(name, "max", 3, {option: "many"})


def test_max_epochs_may_be_unknown_when_made(name: str) -> None:
    assert make_scheduler(name, "max", None).options() == make(name).options()
