"""Attempts in lanes: retries, interruptions, trials under way, and where the time went."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.reports.analysis.attempts import attempts_of, time_spent


def session(time: float, workers: int = 2) -> dict[str, Any]:
    return {"kind": "session", "workers": workers, "time": time}


def start(trial: str, time: float, attempt: int = 1) -> dict[str, Any]:
    return {"kind": "start", "trial_id": trial, "attempt": attempt, "time": time}


def end(trial: str, time: float, status: str = "completed") -> dict[str, Any]:
    return {"kind": "end", "trial_id": trial, "status": status, "time": time}


def told(records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (each.trial_id, each.fate, each.lane, each.began, each.ended)
        for each in attempts_of(records)
    ]


def test_a_trial_takes_the_first_lane_that_is_free() -> None:
    records = [session(0), start("a", 0), start("b", 1), end("a", 3, "pruned"), start("c", 3)]
    records += [end("c", 4, "failed"), end("b", 5)]
    assert told(records) == [
        ("a", "pruned", 0, 0, 3),
        ("b", "completed", 1, 1, 5),
        ("c", "failed", 0, 3, 4),
    ]


def test_a_retry_and_an_interruption_are_attempts_of_their_own() -> None:
    records = [session(0, 1), start("a", 0), {"kind": "retry", "trial_id": "a", "time": 2}]
    records += [start("a", 2, 2), {"kind": "epoch", "trial_id": "a", "time": 5}]
    records += [session(100, 1), start("a", 100, 3), end("a", 104)]
    assert told(records) == [
        ("a", "repeated", 0, 0, 2),
        ("a", "interrupted", 0, 2, 5),
        ("a", "completed", 0, 5, 9),
    ]
    assert [each.session for each in attempts_of(records)] == [0, 0, 1]
    assert [each.attempt for each in attempts_of(records)] == [1, 2, 3]


def test_what_finishes_the_model_is_work_of_the_search_and_of_no_trial() -> None:
    key = {"key": "a-4-base"}
    records = [session(0), start("a", 0), end("a", 3)]
    records += [{"kind": "finishing_training", "time": 3, **key}]
    records += [{"kind": "finishing_trained", "time": 5, **key}]
    records += [{"kind": "finish", "reason": "done", "time": 6}]
    later = [{**each, "time": each["time"] + 900} for each in records[3:5]]
    assert told(records + later) == [
        ("a", "completed", 0, 0, 3),
        ("a-4-base", "finishing", 0, 3, 5),
    ]
    assert time_spent(records + later).seconds["finishing"] == 2


@pytest.mark.parametrize(("finish", "fate"), [([], "running"), (["finish"], "interrupted")])
def test_what_has_not_ended_runs_unless_the_search_is_over(finish: list[str], fate: str) -> None:
    records = [session(0), start("a", 1), {"kind": "epoch", "trial_id": "a", "time": 4}]
    records += [{"kind": kind, "reason": "interrupted", "time": 5} for kind in finish]
    assert [each.fate for each in attempts_of(records)] == [fate]


def test_time_that_no_trial_used_was_waiting() -> None:
    records = [session(0), start("a", 1), end("a", 3), start("b", 4), end("b", 10, "failed")]
    spent = time_spent(records)
    assert (spent.available, spent.busy, spent.waiting) == (20.0, 8.0, 12.0)
    assert spent.shares() == {
        "completed": (2, 0.1),
        "failed": (6, 0.3),
        "waiting": (12.0, 0.6),
    }


def test_more_trials_at_a_time_than_workers_told_are_counted() -> None:
    records = [session(0, 1), start("a", 0), start("b", 0), end("a", 2), end("b", 2)]
    assert time_spent(records).available == 4.0
    assert time_spent([session(0)]).shares() == {}
