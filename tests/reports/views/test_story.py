"""Five lines that tell a search, in words that say on which split each number is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.run_data import RunData
from tftune.reports.views.story import story


def run_of(search: Any, name: str = "a") -> RunData:
    return RunData(name, search.state, search.records)


def test_a_finished_search_is_told_in_five_lines(play: Callable[..., Any]) -> None:
    search = play(data={"train": 800, "validation": 100, "test": 100})
    for number, score in enumerate((0.5, 0.75, 0.625)):
        search.trial(number, [score])
    search.failure(3)
    search.write("finish", reason="done", wall_seconds=4.0)
    search.write("test", trial_id="0001", metrics={"accuracy": 0.7, "loss": 1.0})
    searched, how_long, found, worth, long_enough = story([run_of(search)]).sentences
    assert searched == (
        "Searched: the highest val_accuracy of the task beans over 4 knobs (batch_normalization, "
        "dropout, optimizer, units), by the method random, without stopping any trial early."
    )
    assert how_long == "How long: 4 trials in 4.0 s, 1 at a time: 3 completed, 1 failed."
    assert found.startswith(
        "Found: trial 0001 with val_accuracy 0.75 (0.657 to 0.8245) on the validation split (one "
        "training, epoch 1), with batch_normalization = True, dropout = 0.1, optimizer = adam, "
        "units = 16; the trial in the middle of the ranking has 0.625"
    )
    assert worth == (
        "Worth: on the test split, on which nothing was chosen, accuracy 0.7, 95 % interval "
        "0.6042 to 0.7811 (Wilson, 100 rows), of one training; that is 0.05 worse than the "
        "validation score."
    )
    assert "The last quarter, 1 trial, gained nothing" in long_enough
    assert "a chance of 1 in 5" in long_enough
    assert "would add 0.03125 on average" in long_enough  # (0.75 - 0.625) / 4
    assert long_enough.endswith(": too few trials to be sure.")


def test_the_best_trial_stands_beside_the_middle_one(play: Callable[..., Any]) -> None:
    search = play()
    for number, score in enumerate((0.5, 0.75, 0.625)):
        search.trial(number, [score])
    (table,) = story([run_of(search)]).tables
    assert table.header == ("knob", "best trial, 0001", "middle trial, 0002")
    assert table.rows[0] == ("val_accuracy", "0.75", "0.625")
    assert ("dropout", "0.1", "0.2") in table.rows


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("interrupted", "it was interrupted and can be resumed."),
        ("timeout", "it ended at its time limit."),
        ("flat", "it ended because one trial after the other was no better."),
        ("finished", "what it had found was taken as its result."),
        ("of another version", "it ended: of another version."),
        (None, "it has not ended: it is running, or was broken off."),
    ],
)
def test_how_a_search_ended_is_told(
    play: Callable[..., Any], reason: str | None, words: str
) -> None:
    search = play()
    search.trial(0, [0.5])
    if reason:
        search.write("finish", reason=reason, wall_seconds=1.0)
    assert story([run_of(search)]).sentences[1].endswith(words)


def test_a_search_that_still_gains_may_go_on(play: Callable[..., Any]) -> None:
    search = play(objective={"name": "val_accuracy", "direction": "min"})
    for number in range(8):
        search.trial(number, [1.0 - number / 10])
    told = story([run_of(search)]).sentences[4]
    assert "2 trials, improved the best by 0.2" in told
    assert told.endswith("it still improved, so more trials may pay.")


def test_several_trainings_are_told(play: Callable[..., Any]) -> None:
    search = play(training={"executions_per_trial": 3, "epochs": 3})
    search.trial(0, [0.5])
    assert "(the mean of 3 trainings, epoch 1)" in story([run_of(search)]).sentences[2]


def test_several_searches_have_their_names(play: Callable[..., Any]) -> None:
    runs = []
    for name in ("a", "b"):
        search = play()
        search.trial(0, [0.5])
        runs.append(run_of(search, name))
    view = story(runs)
    assert [sentence[:3] for sentence in view.sentences] == ["a: "] * 5 + ["b: "] * 5
    assert ("b: trials", "1") in view.facts
