"""What random search would have reached: the formula, and who counts as drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from statistics import mean
from typing import Any

import pytest

from tftune.reports.analysis.random_reference import expected_best, random_trials, reference_of
from tftune.reports.run_data import RunData

SCORES = [0.2, 0.9, 0.5, 0.7, 0.5]


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_formula_is_the_mean_over_all_ways_to_draw(direction: str) -> None:
    best = max if direction == "max" else min
    wanted = [mean(map(best, combinations(SCORES, count))) for count in range(1, 6)]
    assert expected_best(SCORES, 5, direction) == pytest.approx(wanted)


def test_failed_draws_find_nothing() -> None:
    wanted = []
    for count in range(1, 5):
        drawn = [[s for s in some if s] for some in combinations([0.5, 1.0, None, None], count)]
        wanted.append(mean(max(some) for some in drawn if some))
    assert wanted == [0.75, 0.8, 0.875, 1.0]
    assert expected_best([0.5, 1.0], 4, "max") == pytest.approx(wanted)


def test_many_draws_end_at_the_best() -> None:
    scores = [number / 1000 for number in range(1000)]
    expected = expected_best(scores, 1000, "max")
    assert expected[0] == pytest.approx(0.4995)
    assert expected[9] == pytest.approx((1001 * 10 / 11 - 1) / 1000)  # of ranks 1 to 1000
    assert expected[-1] == 0.999
    assert expected == sorted(expected)


def a_run(play: Callable[..., Any], scores: Any = SCORES, name: str = "a", **header: Any) -> Any:
    search = play(**header)
    for number, score in enumerate(scores):
        search.trial(number, [score])
    return RunData(name, search.state, search.records)


def test_all_of_a_random_search_but_what_was_given(play: Callable[..., Any]) -> None:
    assert reference_of(a_run(play)).draws == 5
    given = a_run(play, options={"start": [{"units": 8}], "warm_start": [{"values": {}}]})
    assert reference_of(given).draws == 3
    assert reference_of(given).expected[-1] == 0.7


@pytest.mark.parametrize(
    ("plan", "numbers"),
    [
        ("at most 9 trials\n3 are drawn at random, then a Gaussian process proposes", [0, 1, 2]),
        ("at most 9 trials\n1 is given, 2 are drawn at random, then it proposes", [1, 2]),
        ("3 are random, then a population of 3 evolves (aging replacement)", [0, 1, 2]),
        ("scrambled Sobol sequence in 4 dimensions", []),
    ],
)
def test_the_plan_tells_how_many_were_drawn(
    play: Callable[..., Any], plan: str, numbers: list[int]
) -> None:
    trials, why_not = random_trials(a_run(play, search="auto").state, plan)
    assert [trial.number for trial in trials] == numbers
    assert bool(why_not) is not bool(numbers)


def test_of_hyperband_only_those_that_train_to_the_end_count(play: Callable[..., Any]) -> None:
    search = play(search="hyperband")
    search.trial(0, [0.5], last_epoch=1)
    search.trial(1, [0.6, 0.6], last_epoch=2, parent="0000")
    search.trial(2, [0.7, 0.7], last_epoch=2)
    assert [trial.number for trial in random_trials(search.state, "")[0]] == [2]


@pytest.mark.parametrize(
    ("header", "scores", "reason"),
    [
        ({"search": "sobol"}, SCORES, "the method sobol draws none of its trials at random"),
        ({"search": "random"}, [0.5], "only 1 of the trials drawn at random have ended"),
        ({"search": "random"}, [], "only 0 of the trials"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(
    play: Callable[..., Any], header: Any, scores: list[float], reason: str
) -> None:
    reference = reference_of(a_run(play, scores, **header))
    assert reference.expected == ()
    assert reason in reference.why_not


def test_nothing_is_told_where_every_draw_failed(play: Callable[..., Any]) -> None:
    search = play()
    for number in range(4):
        search.failure(number)
    run = RunData("a", search.state, search.records)
    assert reference_of(run).why_not == "all 4 trials drawn at random failed"


def test_a_random_search_beside_it_is_taken_if_it_is_for_the_same(
    play: Callable[..., Any],
) -> None:
    auto, beside = a_run(play, search="auto"), a_run(play, name="beside")
    assert reference_of(auto, [auto, beside]).draws == 5
    assert reference_of(auto, [auto, beside]).beside == " (beside)"
    other = a_run(play, name="other", training={"epochs": 99})
    assert reference_of(auto, [auto, other]).expected == ()
