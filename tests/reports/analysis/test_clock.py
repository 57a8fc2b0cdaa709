"""Seconds of search: sessions one after the other, pauses and later records left out."""

from __future__ import annotations

from typing import Any

from tftune.reports.analysis.clock import Clock


def record(kind: str, time: float, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "time": time, **fields}


def test_pauses_are_left_out() -> None:
    clock = Clock(
        [
            record("session", 10.0, workers=0),
            record("end", 14.0),
            record("session", 100.0, workers=3),
            record("end", 101.0),
            record("finish", 103.0),
        ]
    )
    assert [session.seconds for session in clock.sessions] == [4.0, 3.0]
    assert (clock.total, clock.workers) == (7.0, 3)
    assert [clock.seconds(time) for time in (5.0, 12.0, 50.0, 101.0, 999.0)] == [0, 2, 4, 5, 7]


def test_what_is_written_after_the_end_is_no_search() -> None:
    records = [record("session", 0.0), record("end", 4.0), record("finish", 5.0)]
    later = [record("test", 9.0), record("evaluation", 1e6), record("note", 1e6)]
    assert Clock([*records, *later]).total == 5.0
    assert Clock([*records[:2], later[0]]).total == 4.0  # broken off before its finish
    assert Clock([*records[:2], record("finish", 1e6, reason="finished")]).total == 4.0


def test_without_a_session_the_first_record_of_the_search_begins_it() -> None:
    clock = Clock([record("header", 0.0), record("start", 3.0), record("end", 5.0)])
    assert clock.total == 2.0
    assert Clock([record("header", 0.0)]).total == 0.0
    assert Clock([]).seconds(4.0) == 0.0


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    clock = Clock([record("session", 10.0), record("start", 12.0), record("end", 8.0)])
    assert clock.total == 2.0
    assert clock.seconds(8.0) == 0.0


def test_an_executor_of_ones_own_counts_as_one_worker() -> None:
    assert Clock([record("session", 0.0, workers="Mine")]).workers == 1
