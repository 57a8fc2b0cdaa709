"""What a confirmation has found, in words and in `summary.json`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tftune.reports.confirmation import begun, content, repeated, sentences
from tftune.reports.summary import summary

CONFIRMED: dict[str, Any] = {
    "trial_id": "0001",
    "search_best": "0000",
    "rounds": [3, 2],
    "score": 0.875,
    "repeated": 0.75,
    "level": 0.9,
    "low": 0.5,
    "high": 1.0,
    "luck": 0.125,
    "trainings": 5,
    "cut": "same",
    "contenders": [
        {"trial_id": "0000", "score": 0.9, "repeats": [0.5, None]},
        {"trial_id": "0001", "score": 0.875, "repeats": [0.7, 0.8]},
        {"trial_id": "0002", "score": 0.5, "repeats": [0.25]},
    ],
}


def searched(play: Callable[..., Any], **changes: Any) -> Any:
    search = play()
    for number, score in enumerate((0.9, 0.875, 0.5)):
        search.trial(number, [score])
    search.write("confirmed", **{**CONFIRMED, **changes})
    return search


def test_another_winner_than_that_of_the_search(play: Callable[..., Any]) -> None:
    assert sentences(searched(play).state) == [
        "Confirmed by 5 further trainings: trial 0001, not trial 0000, whose search score was the "
        "best.",
        "On 2 fresh seeds its val_accuracy is 0.75 (90 % interval of the mean: 0.5 to 1).",
        "Its search score, 0.875, was lucky by 0.125.",
    ]


def test_the_same_winner_after_one_repeat(play: Callable[..., Any]) -> None:
    alone = [{"trial_id": "0000", "score": 0.9, "repeats": [0.95]}]
    same = {"trial_id": "0000", "contenders": alone, "low": None, "high": None, "luck": -0.05}
    told = sentences(searched(play, **same, trainings=1, repeated=0.95, score=0.9).state)
    assert told == [
        "Confirmed by 1 further training: trial 0000, which had the best search score, too.",
        "On a fresh seed its val_accuracy is 0.95.",
        "Its search score, 0.9, was unlucky by 0.05.",
    ]


def test_a_search_without_it_says_nothing(play: Callable[..., Any]) -> None:
    state = play().state
    assert sentences(state) == [] and content(state) is None
    assert "confirmed" not in summary(state)


def test_the_summary_has_the_winner_and_all_results(play: Callable[..., Any]) -> None:
    found = summary(searched(play).state)
    assert found["best"]["trial_id"] == "0001" and found["best"]["score"] == 0.875
    assert found["confirmed"] == CONFIRMED


def test_the_lines_of_the_terminal(play: Callable[..., Any]) -> None:
    state = searched(play).state
    line = begun({"rounds": [3, 2], "trainings": 5}, state)
    assert line == (
        "confirming the best 3 of 3 trials on fresh seeds: at most 5 trainings, 167 % more"
    )
    record = {"trial_id": "0000", "round": 1, "score": 0.5, "seconds": 2.0}
    line = repeated(record, state)
    assert line == "trial 0000 again, round 2: val_accuracy 0.5, 0.9 in the search  2.0 s"
    failed = {**record, "score": None, "message": "Traceback\nValueError: no"}
    assert repeated(failed, state) == "trial 0000 again, round 2: failed: ValueError: no"
