"""Every trial against one knob: where each stands, which are shown, what lies at an end."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.reports.analysis.drawn import state_of
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.slices import at_an_end, edge_of, shown, slices_of


def by_name(state: Any) -> dict[str, Any]:
    return {each.knob.name: each for each in slices_of(state)}


def test_each_trial_stands_at_its_value_with_its_score() -> None:
    state = state_of(8, lambda values: values["weak"])
    weak = by_name(state)["weak"]
    assert [spot.x for spot in weak.spots] == [spot.score for spot in weak.spots]
    assert sum(spot.best for spot in weak.spots) == 1
    best = next(spot for spot in weak.spots if spot.best)
    assert best.score == max(spot.score for spot in weak.spots)
    assert weak.spots[0].hover.startswith("trial 0000: val_auc ")


def test_choices_are_spread_around_their_place() -> None:
    spots = by_name(state_of(30, lambda _: 0.5))["kind"].spots
    assert all(min(abs(spot.x), abs(spot.x - 1)) <= 0.15 for spot in spots)
    assert len({spot.x for spot in spots}) == 30


def test_who_lacks_a_conditional_knob_is_counted() -> None:
    depth = by_name(state_of(20, lambda _: 0.5))["depth"]
    assert len(depth.spots) + depth.absent == 20 and depth.absent > 0


def test_a_failed_trial_has_a_place_and_no_score() -> None:
    spots = by_name(state_of(3, lambda _: None))["weak"].spots
    assert [spot.fate for spot in spots] == [TrialStatus.FAILED] * 3
    assert all(math.isnan(spot.score) for spot in spots) and spots[0].hover.startswith(
        "trial 0000: failed"
    )


def test_a_score_far_off_has_no_place_but_is_told() -> None:
    scores = [0.5, 0.6, 0.7, 0.8, 0.9, -1e9]
    state = state_of(6, lambda values: scores[values["idle"] - 1], values=lambda n: {"idle": n + 1})
    spots = by_name(state)["idle"].spots
    assert math.isnan(spots[5].score) and "-1e+09" in spots[5].hover


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_best_are_among_those_that_are_shown(direction: str) -> None:
    state = state_of(200, lambda values: values["weak"], direction)
    spots = by_name(state)["strong"].spots
    chosen = shown(spots, 40, direction)
    ranked = sorted(spots, key=lambda spot: spot.score, reverse=direction == "max")
    assert len(chosen) == 40 and {spot.trial_id for spot in ranked[:20]} <= {
        spot.trial_id for spot in chosen
    }
    assert [spot.number for spot in chosen] == sorted(spot.number for spot in chosen)
    assert shown(spots, 200, direction) == list(spots)


def test_the_edge_is_beyond_the_worst() -> None:
    assert edge_of([1.0, 2.0, math.nan], "max") == pytest.approx(0.9)
    assert edge_of([1.0, 1.0], "min") == pytest.approx(1.1)


@pytest.mark.parametrize(("sign", "upper"), [(1, True), (-1, False)])
def test_the_best_trials_at_an_end_are_told(sign: int, upper: bool) -> None:
    """The best 5 of 40 lie in the outer twentieth: 4 of 100 values are 0.96 or more."""
    state = state_of(
        40,
        lambda values: sign * values["weak"],
        values=lambda number: {"weak": number / 39 if sign > 0 else 1 - number / 39},
    )
    found = at_an_end(by_name(state)["weak"], "max")
    assert found is None  # only 2 of them
    state = state_of(
        40,
        lambda values: sign * values["weak"],
        values=lambda number: {"weak": [0.0, 1.0][number % 2]},
    )
    found = at_an_end(by_name(state)["weak"], "max")
    assert found is not None and (found.upper, found.count, found.of) == (upper, 5, 5)
    assert at_an_end(by_name(state_of(9, lambda _: 0.5))["weak"], "max") is None


def test_a_third_of_the_values_is_no_narrow_end() -> None:
    """Of the best 5 trials 3 have the highest of three values: by chance 1.7 would."""
    order = [1.0, 1.0, 1.0, 0.5, 0.0] + [0.0, 0.5, 1.0] * 5
    scores = iter(range(20, 0, -1))
    values = {"values": lambda number: {"weak": order[number]}}
    state = state_of(20, lambda _: float(next(scores)), **values)
    assert at_an_end(by_name(state)["weak"], "max") is None
