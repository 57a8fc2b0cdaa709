"""The best so far, and whether the search was long enough, on numbers to be checked by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.analysis.clock import Clock
from tftune.reports.analysis.progress import better_of, ended_trials, improvements, was_long_enough


def test_trials_come_in_the_order_of_their_ends(play: Callable[..., Any]) -> None:
    search = play()
    search.start(0)
    search.start(1)
    search.epoch(1, 1, 0.5)  # a second each
    search.end(1, 0.5, 1)
    search.epoch(0, 1, 0.25)
    search.end(0, 0.25, 1)
    search.failure(2)
    ended = ended_trials(search.state, search.records, Clock(search.records))
    assert [each.trial.number for each in ended] == [1, 0, 2]
    assert [each.seconds for each in ended] == [1.0, 2.0, 3.0]
    assert [(each.score, each.best) for each in ended] == [(0.5, 0.5), (0.25, 0.5), (None, 0.5)]


@pytest.mark.parametrize(("direction", "best"), [("max", 0.5), ("min", 0.25)])
def test_the_better_of_two_scores_follows_the_direction(direction: str, best: float) -> None:
    assert better_of(0.25, 0.5, direction) == best
    assert better_of(None, 0.5, direction) == 0.5
    assert better_of(None, None, direction) is None


def test_the_gain_of_the_last_quarter() -> None:
    scores = [0.1, 0.5, 0.25, None, 0.5, 0.4, 0.75, 0.7]
    outlook = was_long_enough(scores, "max")
    assert (outlook.trials, outlook.last_quarter, outlook.gain) == (8, 2, 0.25)
    assert outlook.since_best == 1
    assert outlook.chance_of_better == pytest.approx(1 / 9)
    assert outlook.expected_gain == pytest.approx((0.75 - 0.7) / 8)


def test_a_loss_gains_by_falling() -> None:
    outlook = was_long_enough([0.5, 0.25, 0.5, 0.125], "min")
    assert (outlook.gain, outlook.since_best) == (0.125, 0)
    assert was_long_enough([0.125, 0.5, 0.5, 0.5], "min").gain == 0.0


@pytest.mark.parametrize("scores", [[], [0.5], [None, None], [None, 0.5]])
def test_too_few_scores_tell_no_gain(scores: list[float | None]) -> None:
    outlook = was_long_enough(scores, "max")
    assert outlook.gain is None
    assert outlook.expected_gain is None
    assert outlook.chance_of_better == 1 / (len(scores) + 1)


def test_improvements_are_compared_with_a_random_order() -> None:
    assert improvements([3.0, 2.0, 2.0, 1.0], "min") == (3, pytest.approx(25 / 12))
    assert improvements([3.0, 2.0, 2.0, 1.0], "max")[0] == 1
    assert improvements([None], "max") == (0, 0)
