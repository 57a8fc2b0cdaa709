"""What was expected against what came: counted by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.reports.analysis.drawn import state_of
from tftune.reports.analysis.predictions import WITH_A_MODEL, Pair, judged, pairs_of


def pair(score: float, mean: float, whole: bool = True) -> Pair:
    return Pair("0000", score, mean, mean - 1.0, mean + 1.0, whole)


def test_results_inside_the_intervals_are_counted() -> None:
    found = judged([pair(0.0, 0.5), pair(3.0, 1.0), pair(2.0, 1.0), pair(9.0, 0.0, whole=False)])
    assert (found.inside, found.count, found.rank) == (2, 3, None)


def test_ranks_are_compared() -> None:
    """Of 1, 2, 3, 4, 5 the last two are interchanged: 1 - 6 (1 + 1) / (5 (25 - 1)) = 0.9."""
    means = [1.0, 2.0, 3.0, 5.0, 4.0]
    pairs = [pair(float(place), mean) for place, mean in enumerate(means)]
    assert judged(pairs).rank == pytest.approx(0.9)


@pytest.mark.parametrize(("inside", "verdict"), [(20, "too careful"), (14, ""), (6, "too sure")])
def test_the_model_is_too_sure_where_chance_does_not_explain_it(inside: int, verdict: str) -> None:
    """Of 20 results 13.6 should be inside: 6 or fewer, or all, are less likely than 1 in 20."""
    pairs = [pair(0.0 if number < inside else 9.0, 0.0) for number in range(20)]
    assert judged(pairs).verdict == verdict


def test_pairs_are_those_of_scored_trials_with_a_prediction() -> None:
    def predicted(number: int, _: dict[str, Any]) -> Any:
        ends = {"mean": 0.5, "low": 0.25, "high": 0.75}
        odd = {"mean": 0.5, "low": math.nan, "high": 1.0}
        return [None, ends, odd, "text", ends][number]

    fates = ["completed", "pruned", "completed", "completed", "completed"]
    scores = [0.5, 0.6, 0.7, 0.8, None]
    state = state_of(
        5,
        lambda values: scores[values["idle"]],
        values=lambda number: {"idle": number},
        status=fates.__getitem__,
        predicted=predicted,
    )
    assert pairs_of(state) == [Pair("0001", 0.6, 0.5, 0.25, 0.75, False)]


def test_the_methods_with_a_model_exist() -> None:
    """Reports know no search method, so that the names could become wrong."""
    from tftune.oracles import ORACLES

    assert set(WITH_A_MODEL) <= set(ORACLES)
