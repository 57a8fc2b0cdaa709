"""What a nested evaluation has found, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tftune.reports.nested import content, measured_words, nested_worth, sentences
from tftune.reports.summary import summary


def fold(number: int, score: float | None, value: float | None, **changes: Any) -> dict[str, Any]:
    told = {"fold": number, "trial_id": f"{number:04d}", "score": score, "value": value}
    rows = {"train": 60, "validation": 20, "test": 40, "trials": 4, "reason": "done"}
    more = {"interval": None, "metrics": {"accuracy": value}, "seconds": 8.0}
    return {**told, **rows, **more, "values": {"units": 8 * number}, **changes}


THREE = [fold(1, 0.9, 0.7), fold(2, 0.8, 0.8), fold(3, 0.85, 0.6)]
POOLED = {"low": 0.61, "high": 0.78, "rows": 120, "method": "Wilson"}


def evaluated(play: Callable[..., Any], results: Any = THREE, **changes: Any) -> Any:
    search = play(**changes.pop("header", {}))
    for number in range(4):
        search.trial(number, [0.5 + 0.1 * number])
    record = {"folds": 3, "seed": 0, "fingerprint": "f", "metric": "accuracy", "results": results}
    search.write("nested", **{**record, "pooled": POOLED, **changes})
    return search


def test_mean_interval_and_optimism_are_those_of_student(play: Callable[..., Any]) -> None:
    found = content(evaluated(play).state)
    assert found is not None
    # values 0.7, 0.8, 0.6: standard deviation 0.1, t(2) = 4.3027
    assert found["mean"] == pytest.approx(0.7)
    assert found["interval"] == pytest.approx([0.7 - 0.24841, 0.7 + 0.24841], abs=1e-4)
    # differences 0.2, 0, 0.25: mean 0.15, standard deviation 0.132288
    assert found["validation"] == pytest.approx(0.85)
    assert found["optimism"] == pytest.approx(0.15)
    half = 4.30265 * 0.132288 / math.sqrt(3)
    assert found["optimism_interval"] == pytest.approx([0.15 - half, 0.15 + half], abs=1e-4)
    assert (found["folds"], found["done"], found["metric"]) == (3, 3, "accuracy")
    assert found["pooled"] == POOLED and found["results"][1]["values"] == {"units": 16}


def test_the_words_say_what_it_is_worth_and_what_is_noise(play: Callable[..., Any]) -> None:
    assert sentences(evaluated(play).state) == [
        "Nested evaluation of the whole procedure, 3 searches of 4 trials: accuracy 0.7 on rows "
        "that nothing was chosen on (95 % interval over the folds 0.4516 to 0.9484, over the rows "
        "0.61 to 0.78).",
        "The winners' validation scores were 0.85 on average: validation flattered by 0.15 "
        "(95 % interval -0.1786 to 0.4786: noise).",
    ]


def test_an_objective_to_be_minimised_flatters_downwards(play: Callable[..., Any]) -> None:
    header = {"objective": {"name": "val_loss", "direction": "min"}}
    results = [fold(1, 0.2, 0.5), fold(2, 0.25, 0.5), fold(3, 0.15, 0.5)]
    worth = nested_worth(evaluated(play, results, header=header, metric="loss").state)
    assert worth is not None and worth.optimism is not None
    assert worth.optimism.mean == pytest.approx(0.3) and worth.optimism.low > 0
    assert "noise" not in measured_words(worth)


def test_folds_that_are_missing_are_said(play: Callable[..., Any]) -> None:
    begun = evaluated(play, [], pooled=None).state
    assert sentences(begun) == ["Nested evaluation: none of 3 folds is done."]
    first = evaluated(play, THREE[:1], pooled=None).state
    assert sentences(first)[0] == "Nested evaluation: only 1 of 3 folds are done."
    assert (
        "1 search of 4 trials: accuracy 0.7 on rows that nothing was chosen on."
        in (sentences(first)[1])
    )
    found = content(first)
    assert found is not None and found["interval"] is None and found["done"] == 1
    worth = nested_worth(first)
    assert worth is not None and "in 1 of 3 outer folds" in measured_words(worth)


def test_a_search_that_went_on_since_is_said(play: Callable[..., Any]) -> None:
    search = evaluated(play)
    search.trial(4, [0.5])
    assert sentences(search.state)[-1].startswith("The search itself has 5 trials by now")


def test_an_interval_of_shares_ends_where_they_end(play: Callable[..., Any]) -> None:
    results = [fold(1, 0.9, 0.99), fold(2, 0.9, 0.9)]
    found = content(evaluated(play, results, folds=2).state)
    assert found is not None and found["interval"][1] == 1.0


def test_a_value_that_is_not_known_does_not_count(play: Callable[..., Any]) -> None:
    results = [fold(1, 0.9, None), fold(2, None, 0.5), fold(3, 0.75, 0.25)]
    worth = nested_worth(evaluated(play, results).state)
    assert worth is not None and worth.mean == 0.375 and worth.optimism is not None
    assert worth.optimism.mean == 0.5 and worth.optimism.count == 1


def test_the_summary_has_it_only_where_there_is_one(play: Callable[..., Any]) -> None:
    search = evaluated(play)
    assert summary(search.state)["nested"] == content(search.state)
    assert "nested" not in summary(play().state)
    before = search.state.wall_seconds
    search.write("nested", pause=3600.0, folds=3, results=[])
    assert search.state.wall_seconds == before  # its time is no time of the search
