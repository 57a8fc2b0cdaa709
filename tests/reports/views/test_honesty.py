"""The honesty card: what flatters, what is confirmed, what chance explains, how to repeat it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.test_confirmation import CONFIRMED
from tftune.reports.analysis.worth import best_words, place_words
from tftune.reports.run_data import RunData
from tftune.reports.views.honesty import honesty

DATA = {
    "source": "own",
    "fingerprint": "0123456789abcdef0123",
    "train": 800,
    "validation": 100,
    "test": 100,
    "leak_rate": 0.25,
    "validation_leak_rate": 0.0,
    "class_names": ["no", "yes"],
}


def card(search: Any) -> dict[str, str]:
    return dict(honesty([RunData("a", search.state, search.records)]).facts)


def test_a_card_of_an_evaluated_search(play: Callable[..., Any]) -> None:
    origin = {"command": "python -m tftune.beans --seed 3", "options": {}}
    search = play(data=DATA, seed=3, origin=origin)
    search.trial(0, [0.5, 0.9])
    search.trial(1, [0.5])
    search.write("test", trial_id="0000", metrics={"accuracy": 0.8})
    facts = card(search)
    assert facts["validation score"] == (
        "val_accuracy 0.9, 95 % interval 0.8256 to 0.9448 (Wilson, 100 rows); the best of 2 "
        "scores: chosen for it, so likely too good"
    )
    assert facts["confirmed by further trainings"].startswith("no: the score is of one training")
    assert facts["test value"].startswith("accuracy 0.8, 95 % interval 0.7112 to 0.8666")
    assert facts["times the test split was used"] == "1"
    assert facts["best epoch"] == "2 of 2 trained (the last)"
    assert facts["leak"].startswith("25 % of the test rows and 0 % of the")
    assert facts["val_accuracy of guessing"].startswith("0.5: guessing among 2 classes")
    assert facts["ceiling"] == "not recorded"
    assert facts["seed"] == "3"
    assert facts["fingerprint of the data"] == "0123456789abcdef"
    assert facts["the command that repeats it"] == "python -m tftune.beans --seed 3"
    assert facts["schema of the journal"] == "1"
    assert facts["versions"] == "tftune 0.1.0"


def test_a_confirmed_winner_need_not_have_the_best_score(play: Callable[..., Any]) -> None:
    search = play(data=DATA)
    search.trial(0, [0.9])
    search.trial(1, [0.8])
    record = {name: value for name, value in CONFIRMED.items() if name not in ("kind", "time")}
    search.write("confirmed", **{**record, "trial_id": "0001", "search_best": "0000"})
    assert place_words(search.state) == "number 2 of 2 scores"
    assert best_words(search.state).endswith(
        ", number 2 of 2 scores and the winner of the confirmation"
    )
    told = card(search)["validation score"]
    assert told.endswith("number 2 of 2 scores: the winner of the confirmation")


def test_near_duplicates_and_balance_stand_on_the_card(play: Callable[..., Any]) -> None:
    near = {"leak_rate": 0.0, "near_leak_rate": 0.5, "leak_rate_within_3": 0.75}
    rows = {"class_rows": {"test": {"no": 75, "yes": 25}}, "contradictions": 0}
    search = play(data=DATA | near | rows)
    search.trial(0, [0.5, 0.9])
    facts = card(search)
    assert facts["near duplicates"].startswith("50 % of the test rows are within 1 edit")
    assert facts["class balance"] == "no 75 (75 %), yes 25 (25 %) of the test rows"
    assert facts["ceiling"].startswith("none is set by the data")
    told = honesty([RunData("a", search.state, search.records)]).sentences
    assert any("the test value is about inputs that resemble the training data" in s for s in told)


def test_the_verdict_in_words(play: Callable[..., Any]) -> None:
    search = play(data=DATA)
    search.trial(0, [0.5, 0.9])
    search.trial(1, [0.25])
    search.write("test", trial_id="0000", metrics={"accuracy": 0.5})
    search.write("test", trial_id="0000", metrics={"accuracy": 0.5})
    told = honesty([RunData("a", search.state, search.records)]).sentences
    assert told[0].startswith("Quote the test value: accuracy 0.5")
    assert told[1].startswith("The test value is 0.4 worse than the validation score, more than")
    assert told[2].startswith("The test split was used 2 times")
    assert told[3].startswith("Rows of the training split are also in other splits")
    assert told[4].startswith("The best epoch, 2, was the last that was trained")


def test_without_a_test_the_score_is_said_to_flatter(play: Callable[..., Any]) -> None:
    search = play()
    search.trial(0, [0.5])
    view = honesty([RunData("a", search.state, search.records)])
    assert view.sentences[0].startswith("There is no test value: val_accuracy 0.5 is the best of 1")
    assert dict(view.facts)["test value"] == "not evaluated on the test split"
    assert dict(view.facts)["times the test split was used"] == "0"


def test_folds_and_executions_confirm(play: Callable[..., Any]) -> None:
    for training, words in (
        ({"folds": 5}, "yes: the score is a mean over 5 folds"),
        ({"folds": 5, "executions_per_trial": 2}, "a mean over 5 folds, each 2 times"),
        ({"executions_per_trial": 3}, "yes: the score is a mean over 3 trainings"),
    ):
        search = play(training=training)
        search.trial(0, [0.5])
        assert words in card(search)["confirmed by further trainings"]


def test_a_script_that_ran_the_search_is_told_too(play: Callable[..., Any]) -> None:
    search = play(origin={"script": "python 'my search.py'"})
    search.trial(0, [0.5])
    assert card(search)["the command that repeats it"] == "python 'my search.py'"


def test_a_search_without_a_score_still_has_its_origin(play: Callable[..., Any]) -> None:
    search = play(versions=None, seed=None, data=None)
    view = honesty([RunData("a", search.state, search.records)])
    assert view.sentences == ("No trial has ended yet.",)
    assert view.can_be_drawn
    facts = dict(view.facts)
    assert facts["seed"] == facts["versions"] == facts["rows"] == "not recorded"
    assert facts["the command that repeats it"].startswith("not recorded")


def test_a_confirmed_winner_is_told_with_its_luck(play: Callable[..., Any]) -> None:
    search = play()
    search.trial(0, [0.9])
    search.trial(1, [0.875])
    search.write("confirmed", **CONFIRMED)
    view = honesty([RunData("a", search.state, search.records)])
    assert dict(view.facts)["confirmed by further trainings"] == (
        "yes: 0.75 is the mean of 2 trainings on fresh seeds, 90 % interval 0.5 to 1, on the same "
        "train and validation rows; the search score was lucky by 0.125"
    )
    assert view.sentences[1].startswith("Confirmed by 5 further trainings: trial 0001")


def test_the_seed_of_the_splits_is_told_where_it_is_another(play: Callable[..., Any]) -> None:
    assert "seed of the splits" not in card(play())
    assert card(play(split_seed=4))["seed of the splits"] == "4"
