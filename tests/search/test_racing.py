"""The race: who is trained next, who stops, who wins; by hand-checked numbers."""

from __future__ import annotations

import math

import pytest

from tftune.search.racing import Results, race, rounds_for

SCORES = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6}


def played(
    worth: dict[str, list[float]], rounds: tuple[int, ...], direction: str = "max"
) -> tuple[str | None, dict[tuple[str, int], float]]:
    """Runs a race in which each contender has the results that are given."""
    results: dict[tuple[str, int], float] = {}
    while (now := race(SCORES, results, rounds, direction)).wanted:
        for name, number in now.wanted:
            assert (name, number) not in results
            results[name, number] = worth[name][number]
    return now.winner, results


def test_the_first_round_takes_the_best_scores() -> None:
    assert race(SCORES, {}, (3, 2), "max").wanted == (("a", 0), ("b", 0), ("c", 0))
    assert race(SCORES, {}, (2, 2), "min").wanted == (("d", 0), ("c", 0))


def test_a_round_waits_for_all_of_the_one_before() -> None:
    results: Results = {("a", 0): 0.1, ("c", 0): 0.9}
    assert race(SCORES, results, (3, 2), "max").wanted == (("b", 0),)


def test_the_mean_of_all_results_decides_who_goes_on() -> None:
    # a (0.9 + 0.5) / 2 = 0.7, b (0.8 + 0.8) / 2 = 0.8, c (0.7 + 0.8) / 2 = 0.75
    results: Results = {("a", 0): 0.5, ("b", 0): 0.8, ("c", 0): 0.8}
    assert race(SCORES, results, (3, 2), "max").wanted == (("b", 1), ("c", 1))


def test_nine_trainings_by_default_and_the_winner_is_the_best_mean() -> None:
    worth = {"a": [0.5, 0.6, 0.5, 0.6], "b": [0.8, 0.7, 0.8, 0.7], "c": [0.6, 0.6, 0.6, 0.6]}
    winner, results = played(worth, rounds_for())
    assert winner == "b"
    assert len(results) == 9
    assert [name for name, _ in results].count("b") == 4


def test_who_is_clearly_worse_after_three_rounds_stops() -> None:
    # b leads by 0.2 in each round, whatever the round's seed does to both
    worth = {"a": [0.5, 0.6, 0.4, 0.5], "b": [0.7, 0.8, 0.6, 0.7]}
    winner, results = played(worth, (2, 2, 2, 2))
    assert winner == "b"
    assert ("a", 2) in results and ("a", 3) not in results
    assert race(SCORES, results, (2, 2, 2, 2), "max").stopped == {"a": 3}
    # differences of 0.3, -0.1 and 0.2 have a standard error of 0.12: t = 1.1, far below 6.96
    worth["b"] = [0.8, 0.5, 0.6, 0.7]
    assert ("a", 3) in played(worth, (2, 2, 2, 2))[1]


def test_who_fails_is_out_and_all_failed_is_no_winner() -> None:
    worth = {"a": [math.nan] * 4, "b": [0.1] * 4, "c": [0.1] * 4}
    winner, results = played(worth, rounds_for())
    assert winner == "b"
    assert ("a", 1) not in results
    nothing = {name: [math.nan] * 4 for name in SCORES}
    assert played(nothing, rounds_for())[0] is None


def test_results_that_the_race_does_not_ask_for_change_nothing() -> None:
    results: Results = {("x", 0): 1.0, ("d", 0): 1.0, ("a", 3): 0.0}
    assert race(SCORES, results, (2, 1), "max").wanted == (("a", 0), ("b", 0))


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_directions_mirror_each_other(direction: str) -> None:
    sign = 1 if direction == "max" else -1
    scores = {name: sign * score for name, score in SCORES.items()}
    results = {("a", 0): sign * 0.5, ("b", 0): sign * 0.8}
    assert race(scores, results, (2, 1), direction).wanted == (("b", 1),)


def test_fewer_contenders_than_a_round_has_are_no_matter() -> None:
    assert race({"a": 0.5}, {}, (3, 2), "max").wanted == (("a", 0),)
    assert race({}, {}, (3, 2), "max").winner is None
