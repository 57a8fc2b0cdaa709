"""Curves joined to their parents, thinned, and a sample of the trials that is fair to each fate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tftune.reports.analysis.curves import (
    best_lines,
    curve_of,
    lineage,
    sample_of,
    thin_curve,
    trained_to_the_end,
    whole_curve,
)


def test_a_continued_trial_begins_where_its_parent_ended(play: Callable[..., Any]) -> None:
    search = play()
    search.trial(0, [0.25, 0.5])
    search.start(1, parent="0000", first_epoch=2)
    search.epoch(1, 3, 0.75)
    trials = dict(search.state.trials)
    assert curve_of(trials["0001"], "val_accuracy") == [(3, 0.75)]
    assert curve_of(trials["0001"], "val_accuracy", trials) == [(2, 0.5), (3, 0.75)]
    assert curve_of(trials["0000"], "val_accuracy", trials) == [(1, 0.25), (2, 0.5)]
    assert curve_of(trials["0000"], "unknown", trials) == []


def test_what_is_not_finite_is_left_out(play: Callable[..., Any]) -> None:
    search = play()
    search.failure(0)
    assert curve_of(search.state.trials["0000"], "val_accuracy") == []


def test_a_thinned_curve_keeps_its_ends_and_its_best() -> None:
    curve = [(epoch, float(epoch)) for epoch in range(1, 101)]
    thin = thin_curve(curve, 5, {42})
    assert [epoch for epoch, _ in thin] == [1, 26, 42, 51, 75, 100]
    assert thin_curve(curve[:5], 5) == curve[:5]


def test_a_sample_has_the_best_and_a_fair_share_of_each_fate(play: Callable[..., Any]) -> None:
    search = play()
    for number in range(100):
        if number % 10 == 0:
            search.failure(number)
        else:
            end = search.pruned if number % 2 else search.trial
            end(number, [number / 100])
    sample = sample_of(search.state, 20)
    fates = Counter(trial.status.value for trial in sample)
    assert len(sample) <= 20
    assert {"0098", "0099"} <= {trial.trial_id for trial in sample}
    assert fates == {"pruned": 10, "completed": 8, "failed": 1}
    assert sample == sorted(sample, key=lambda trial: trial.number)
    assert len(sample_of(search.state, 100)) == 100


def test_a_best_epoch_that_is_the_last_was_not_trained_to_the_end(
    play: Callable[..., Any],
) -> None:
    search = play()
    search.trial(0, [0.25, 0.5])
    search.trial(1, [0.5, 0.25])
    search.failure(2)
    trials = search.state.trials.values()
    assert [trained_to_the_end(trial) for trial in trials] == [False, True, None]


def test_a_line_of_descent_goes_down_to_the_longest_training(play: Callable[..., Any]) -> None:
    search = play(search="hyperband")
    search.trial(0, [0.9])
    search.start(1, parent="0000", first_epoch=1)
    search.epoch(1, 2, 0.75)
    search.end(1, 0.75, 2)
    search.trial(2, [0.5])
    trials = dict(search.state.trials)
    lines = best_lines(search.state.ranked(), trials, 3)
    assert [[trial.trial_id for trial in line] for line in lines] == [["0000", "0001"], ["0002"]]
    assert whole_curve(lines[0], "val_accuracy") == [(1, 0.9), (2, 0.75)]
    trials["0000"].parent = "0001"  # a ring ends
    assert len(lineage(trials["0001"], trials)) == 2
