"""A clock that is set back, or forward, costs no order and makes no duration negative."""

from __future__ import annotations

import itertools

import pytest

from tftune.support.clocks import SteadyClock


def test_times_never_go_back_and_go_on_as_time_does(monkeypatch: pytest.MonkeyPatch) -> None:
    walls = iter([1000.0, 1001.0, 500.0, 501.0, 502.0, 90.0, 91.0, 5000.0])
    steady = itertools.count(10.0)
    monkeypatch.setattr("time.time", lambda: next(walls))
    monkeypatch.setattr("time.monotonic", lambda: next(steady))
    clock = SteadyClock()
    times = [clock.now() for _ in range(7)]
    assert [late - early for early, late in itertools.pairwise(times)] == [1, 1, 1, 1, 1, 4909]


def test_a_clock_goes_on_behind_what_an_earlier_process_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walls = itertools.count(1000.0)
    monkeypatch.setattr("time.time", lambda: next(walls))
    clock = SteadyClock(last=10**6)
    assert [clock.now() - 10**6 for _ in range(3)] == [1, 2, 3]
    assert SteadyClock(last=5.0).now() > 1000.0
