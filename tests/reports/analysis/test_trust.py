"""How far the best score can be trusted, on numbers that can be checked by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.analysis.noise import expected_top
from tftune.reports.analysis.trust import trust_of
from tftune.reports.measures.wilson import wilson

DATA = {"train": 800, "validation": 100, "test": 100}


def a_search(play: Callable[..., Any], test: float | None, *scores: float, **header: Any) -> Any:
    search = play(data=DATA, **header)
    for number, score in enumerate(scores):
        search.trial(number, [score])
    if test is not None:
        search.write("test", trial_id=search.state.best().trial_id, metrics={"accuracy": test})
    return trust_of(search.state)


def test_few_rows_are_the_noise_where_nothing_else_is_known(play: Callable[..., Any]) -> None:
    trust = a_search(play, None, 0.9, 0.89, 0.5)
    low, high = wilson(90, 100)
    error = (high - low) / (2 * 1.959963984540054)
    assert trust.noise == pytest.approx(error)
    assert trust.optimism.contenders == 2
    assert trust.optimism.amount == pytest.approx(error * expected_top(2))
    assert (trust.test, trust.gap, trust.explained) == (None, None, None)


@pytest.mark.parametrize(("test", "is_explained"), [(0.85, True), (0.5, False), (0.95, True)])
def test_a_gap_is_chance_or_more_than_that(
    play: Callable[..., Any], test: float, is_explained: bool
) -> None:
    trust = a_search(play, test, 0.9, 0.2)
    assert trust.gap == pytest.approx(0.9 - test)
    assert (trust.gap <= trust.explained) is is_explained


def test_folds_give_the_noise_of_their_mean(play: Callable[..., Any]) -> None:
    search = play(training={"folds": 4})
    search.start(0)
    search.epoch(0, 1, 0.75, val_accuracy_std=0.5)
    search.write(
        "end",
        trial_id="0000",
        status="completed",
        score=0.75,
        best_epoch=1,
        metrics={"val_accuracy": 0.75, "val_accuracy_std": 0.5},
        message=None,
        seconds=1.0,
        parameters=1,
    )
    trust = trust_of(search.state)
    assert trust is not None
    assert (trust.fold_spread, trust.noise) == (0.5, 0.25)
    assert trust.validation.interval is None


def test_the_test_of_another_trial_is_no_gap(play: Callable[..., Any]) -> None:
    search = play(data=DATA)
    search.trial(0, [0.5])
    search.write("test", trial_id="0000", metrics={"accuracy": 0.5})
    search.trial(1, [0.9])
    trust = trust_of(search.state)
    assert trust is not None and trust.test is not None
    assert (trust.best.trial_id, trust.test.trial_id, trust.gap) == ("0001", "0000", None)


def test_no_score_no_trust(play: Callable[..., Any]) -> None:
    search = play()
    search.failure(0)
    assert trust_of(search.state) is None
