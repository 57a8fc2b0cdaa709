"""Looks at the validation split, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.analysis.looks import looks_of


def test_every_epoch_is_a_look_where_the_best_one_counts(play: Callable[..., Any]) -> None:
    training = {"epochs": 3, "early_stopping_patience": 10, "plateau_patience": 5}
    search = play(scheduler="median", training=training)
    search.trial(0, [0.5, 0.9, 0.8], last_epoch=3)
    search.trial(1, [0.4, 0.6], last_epoch=3)
    looks = looks_of(search.state)
    assert (looks.trials, looks.epochs, looks.judged, looks.early) == (2, 5, 5, 1)
    assert looks.words == (
        "5: each of the 5 epochs of 2 trials could have become the best; median judged 5 scores "
        "and stopped 0 trials, early stopping ended 1 trial, the plateau rule may have lowered "
        "the learning rate by the validation loss"
    )
    found = looks.optimism(0.1)
    # 0.9 and 0.8 are within 0.2 of the best; the greatest of 2 normal numbers is expected at 0.56
    assert found is not None and found.contenders == 2
    assert found.amount == pytest.approx(0.1 * 0.589, abs=0.003)


def test_the_last_epoch_alone_is_one_look_a_trial(play: Callable[..., Any]) -> None:
    search = play(training={"epochs": 3, "keep_weights": "last", "folds": 5})
    search.trial(0, [0.5, 0.9, 0.8])
    search.trial(1, [0.4, 0.6, 0.7])
    looks = looks_of(search.state)
    assert (looks.trials, looks.epochs, looks.judged) == (2, 2, 0)
    assert looks.words == "2: the score of 2 trials, each a mean over 5 folds"


@pytest.mark.parametrize(
    ("training", "values", "reduced"),
    [
        ({}, {}, True),
        ({"schedule": "cosine"}, {}, False),
        ({"warmup": 0.1}, {}, False),
        ({}, {"schedule": "cosine", "schedule_warmup": 0.1}, False),
        ({"plateau_patience": 0}, {}, False),
    ],
)
def test_a_schedule_stands_in_the_place_of_the_plateau_rule(
    play: Callable[..., Any], training: dict[str, Any], values: dict[str, Any], reduced: bool
) -> None:
    search = play(training={"epochs": 3, "plateau_patience": 5, **training})
    search.trial(0, [0.5, 0.9], values=values)
    assert looks_of(search.state).reduced == reduced


def test_nothing_was_looked_at_without_a_score(play: Callable[..., Any]) -> None:
    looks = looks_of(play().state)
    assert looks.words == "none: no trial has a score" and looks.optimism(0.1) is None
