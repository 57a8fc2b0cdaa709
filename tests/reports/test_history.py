"""Sessions, attempts and the outlook of a search."""

from __future__ import annotations

import pytest

from tests.reports.conftest import PlayedSearch
from tftune.reports.history import attempts, outlook, sessions
from tftune.reports.reaching import reached


def interrupted() -> PlayedSearch:
    """Two sessions: a trial is cut short in the first."""
    search = PlayedSearch([], {})
    search.trial(0, [0.5, 0.6])
    search.start(1)
    search.epoch(1, 1, 0.9)
    search.write("finish", reason="interrupted", wall_seconds=3.0)
    later = search.resumed([])
    later.start(1, attempt=2)
    later.epoch(1, 1, 0.8)
    later.end(1, 0.8, 1)
    later.records = search.records + later.records[len(search.records) :]
    return later


def test_sessions_are_told_apart() -> None:
    search = interrupted()
    records = search.records
    first, second = sessions(records)
    assert (first.seconds, first.ended, first.end, first.resumed) == (3.0, 1, "interrupted", False)
    assert (second.seconds, second.ended, second.end, second.resumed) == (1.0, 1, None, True)
    assert sessions([{"kind": "header", "time": 0.0}]) == []


def test_attempts_end_with_their_session() -> None:
    found = attempts(interrupted().records, "0001")
    assert [(each.number, each.epochs, each.end) for each in found] == [
        (1, 1, "cut short"),
        (2, 1, "completed"),
    ]
    assert attempts([], "0001") == []


def test_an_attempt_tells_after_which_epoch_it_went_on() -> None:
    first = interrupted()
    first.start(2)
    first.epoch(2, 1, 0.5)
    later = first.resumed([])
    later.start(2, attempt=2)
    later.write("continue", trial_id="0002", epoch=1)
    later.epoch(2, 2, 0.6)
    found = attempts(later.records, "0002")
    assert [(each.continued, each.epochs, each.end) for each in found] == [
        (0, 1, "cut short"),
        (1, 1, "running"),
    ]


def test_a_score_is_reached_without_the_time_between_sessions() -> None:
    records = interrupted().records
    first = reached(records, 0.6, "max")
    assert first is not None and (first.trials, first.seconds) == (1, 2.0)
    later = reached(records, 0.7, "max")
    assert later is not None and (later.trials, later.seconds) == (2, 4.0)
    assert reached(records, 0.95, "max") is None
    assert reached([], 0.5, "min") is None


def test_the_outlook_counts_what_waits_and_what_runs() -> None:
    search = PlayedSearch([], {})
    search.trial(0, [0.5])
    search.start(1)
    search.start(2, last_epoch=7)
    search.epoch(2, 3, 0.25)
    now = search.time  # the second trial has run for 1 s, ended ones took 3.5 s
    ahead = outlook(search.state, 6, now)
    assert ahead.running == [("0001", 0, 3, None), ("0002", 3, 7, 0.25)]
    assert ahead.seconds_left == pytest.approx((2.5 + 2.5 + 3 * 3.5) / 2)
    assert outlook(search.state, None, now).seconds_left is None
    assert outlook(PlayedSearch([], {}).state, 6, now).seconds_left is None
