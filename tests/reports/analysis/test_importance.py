"""Importance: what is known to matter comes first, with an interval, and nothing crashes."""

from __future__ import annotations

import math
import time
from typing import Any

import optuna
import pytest

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.reports.analysis.importance import (
    METHODS,
    Share,
    importance_of,
    most_important,
    untold_apart,
)

PLAIN = KNOBS[:3]


def strongly(values: dict[str, Any]) -> float:
    """A plane over the exponent of `strong`, and a little of `weak`."""
    return math.log10(values["strong"]) + 0.5 * values["weak"]


def of_plain(number: int) -> dict[str, Any]:
    from tests.reports.analysis.drawn import values_of

    return {name: values_of(number)[name] for name in ("strong", "weak", "idle")}


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_knob_that_makes_the_difference_comes_first(direction: str) -> None:
    """The variances of the two parts are 4^2 / 12 and 0.5^2 / 12: shares of 0.985 and 0.015."""
    sign = 1.0 if direction == "max" else -1.0
    state = state_of(60, lambda values: sign * strongly(values), direction, PLAIN, of_plain)
    (group,) = importance_of(state)
    assert group.trials == 60 and not group.beside and not group.why_not
    for method in METHODS:
        shares = group.shares[method]
        assert next(iter(shares)) == "strong" and shares["strong"].middle > 0.7
        assert not shares["strong"].overlaps(shares["idle"])
        assert all(0 <= each.low <= each.middle <= each.high <= 1 for each in shares.values())
    assert group.shares["fANOVA"]["strong"].middle == pytest.approx(0.985, abs=0.05)
    assert most_important(state)[0] == "strong"


def test_noise_has_no_important_knob() -> None:
    import random

    drawn = random.Random(0)
    state = state_of(30, lambda _: drawn.random(), knobs=PLAIN, values=of_plain)
    (group,) = importance_of(state)
    assert len(untold_apart(group.shares["fANOVA"])) == 2


def test_a_conditional_knob_is_judged_among_the_trials_that_have_it() -> None:
    state = state_of(90, lambda values: values.get("depth", 0.5) + 0.01 * values["weak"])
    main, conditional = importance_of(state)
    assert main.knobs == ("strong", "weak", "idle", "kind") and not main.beside
    assert conditional.knobs == ("depth",) and conditional.beside
    assert conditional.trials == sum("depth" in trial.values for trial in state.trials.values())
    assert conditional.shares["fANOVA"]["depth"].middle > 0.8


def test_too_few_trials_are_said_with_the_number_needed() -> None:
    state = state_of(7, strongly, knobs=PLAIN, values=of_plain)
    (group,) = importance_of(state)
    assert group.why_not == "7 trials with a score are too few; 10 are needed"
    assert not group.shares and most_important(state) == ["strong", "weak", "idle"]


def test_equal_scores_tell_nothing() -> None:
    (group,) = importance_of(state_of(20, lambda _: 0.5, knobs=PLAIN, values=of_plain))
    assert group.why_not == "all scores are equal"


def test_no_trial_and_no_knob_are_no_group() -> None:
    assert importance_of(state_of(0, strongly)) == ()
    assert importance_of(state_of(12, lambda _: 0.5, knobs=[], values=lambda _: {})) == ()


def test_many_choices_take_no_longer() -> None:
    """fANOVA would go through all their combinations."""
    knobs = [{"name": "many", "kind": "Choice", "values": [*map(str, range(40))]}, KNOBS[1]]
    state = state_of(
        60,
        lambda values: int(values["many"]) + values["weak"],
        knobs=knobs,
        values=lambda number: {"many": str(number % 40), "weak": of_plain(number)["weak"]},
    )
    began = time.process_time()
    (group,) = importance_of(state)
    assert time.process_time() - began < 10  # 0.3 with nothing else to do
    assert next(iter(group.shares["fANOVA"])) == "many"


def test_overlapping_neighbours_are_named() -> None:
    shares = {"a": Share(0.5, 0.4, 0.6), "c": Share(0.1, 0.0, 0.3), "b": Share(0.4, 0.25, 0.45)}
    assert untold_apart(shares) == [("a", "b"), ("b", "c")]


def test_optunas_logging_is_left_alone(capfd: Any) -> None:
    before = optuna.logging.get_verbosity()
    importance_of(state_of(12, strongly, knobs=PLAIN, values=of_plain))
    assert optuna.logging.get_verbosity() == before and capfd.readouterr() == ("", "")
