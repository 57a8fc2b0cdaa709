"""What every scheduler promises; a new one is tested by being listed in SCHEDULERS."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.make import make_scheduler
from tftune.testing.schedulers import SchedulerContract

from .simulation import EPOCHS, make, plans, run_all

OPTIONS: dict[str, dict[str, Any]] = {
    "median": {"min_trials": 2},
    "threshold": {"lower": 0.6},
    "successive-halving": {"trials": 4},
}
MIRRORED = {**OPTIONS, "threshold": {"upper": -0.6}}
every_scheduler = pytest.mark.parametrize("name", list(SCHEDULERS))


def contract_of(registered: str) -> type[SchedulerContract]:
    """Returns the suite for a scheduler of the registry."""

    class Contract(SchedulerContract):
        stops = registered != "none"
        # Fixed bounds know no best.
        spares_the_best_from = 3 if registered == "threshold" else 1

        def make_scheduler(self, direction: str, max_epochs: int | None) -> AbstractScheduler:
            options = (MIRRORED if direction == "min" else OPTIONS).get(registered, {})
            return make_scheduler(registered, direction, max_epochs, options)

    return Contract


TestNone = contract_of("none")
TestMedian = contract_of("median")
TestCurveFit = contract_of("curve-fit")
TestAsha = contract_of("asha")
TestSuccessiveHalving = contract_of("successive-halving")
TestThreshold = contract_of("threshold")


def test_every_scheduler_has_the_suite() -> None:
    names = {"".join(word.capitalize() for word in name.split("-")) for name in SCHEDULERS}
    assert {f"Test{name}" for name in names} <= set(globals())


@every_scheduler
def test_is_a_scheduler_with_a_line_of_its_own(name: str) -> None:
    assert issubclass(SCHEDULERS[name], AbstractScheduler)
    assert 10 < len(SCHEDULERS.summary(name)) < 80
    assert SCHEDULERS[name].looks_at_curves is (name != "none")


def test_the_same_in_another_process() -> None:
    """Curve fitting alone draws random numbers."""
    code = (
        "from tests.schedulers.simulation import *\nprint({t: len(c) for t, c in "
        "run_all(make('curve-fit'), plans(6)).items()})\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    seen = run_all(make("curve-fit"), plans(6))
    assert answer.stdout.strip() == str({trial: len(curve) for trial, curve in seen.items()})


@every_scheduler
def test_options_are_told_and_make_the_same_rule_again(name: str) -> None:
    rule = make(name, **OPTIONS.get(name, {}))
    options = rule.options()
    assert json.loads(json.dumps(options)) == options
    arguments = set(inspect.signature(SCHEDULERS[name]).parameters) - {"direction", "max_epochs"}
    assert set(options) == arguments
    again = make_scheduler(name, "max", EPOCHS, options)
    assert type(again) is type(rule) and again.options() == options


@every_scheduler
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


@every_scheduler
def test_max_epochs_may_be_unknown_when_made(name: str) -> None:
    assert make_scheduler(name, "max", None).options() == make(name).options()


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "none"])
def test_a_rule_that_waited_for_a_validation_decides_then(name: str) -> None:
    """Every second epoch validates, and the rungs of halving stand at 1, 3 and 9: between them."""
    options = {**OPTIONS, "asha": {"min_epochs": 1}, "median": {"min_trials": 2, "interval": 2}}
    options["successive-halving"] = {"trials": 4, "min_epochs": 1}
    for first, expected in ((0.1, True), (0.9, False)):
        rule = make_scheduler(name, "max", 20, options.get(name, {}))
        curves = {str(trial): [math.nan, 0.7 + 0.01 * trial] * 6 for trial in range(6)}
        for trial in curves:
            rule.on_end(trial, "completed")
        own = [math.nan, first] * 6
        steps = range(2, 13, 2)
        asked = [rule.should_stop("9", step, {**curves, "9": own[:step]}) for step in steps]
        assert any(asked) == expected
