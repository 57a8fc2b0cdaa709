"""Trials unpacked once, and again when the search goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.analysis.trials import count_fates, fates_in_words, scored, trials_of


def test_trials_are_unpacked_once_until_a_record_comes(play: Callable[..., Any]) -> None:
    search = play()
    search.trial(0, [0.5])
    first = trials_of(search.state)
    assert trials_of(search.state) is first
    search.trial(1, [0.75])
    assert [trial.trial_id for trial in trials_of(search.state)] == ["0000", "0001"]
    assert [trial.trial_id for trial in scored(search.state)] == ["0001", "0000"]


def test_a_running_trial_is_seen_epoch_by_epoch(play: Callable[..., Any]) -> None:
    search = play()
    search.trial(0, [0.5])
    search.start(1)
    assert trials_of(search.state)[1].epochs == []
    search.epoch(1, 1, 0.5)
    assert len(trials_of(search.state)[1].epochs) == 1
    assert count_fates(search.state) == {"completed": 1, "pruned": 0, "failed": 0, "running": 1}
    assert fates_in_words(count_fates(search.state)) == "1 completed, 1 not ended"
