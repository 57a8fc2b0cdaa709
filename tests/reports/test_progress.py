"""How far a search is, and how long it will still take."""

from __future__ import annotations

import pytest

from tftune.reports.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Follower:
    """The listener that a live view is, without the view."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.progress = Progress(self.clock)

    def on_record(self, record, state) -> None:
        self.progress.apply(record, state)

    def close(self) -> None:
        pass


def test_a_running_trial_has_its_epoch_of_how_many(play) -> None:
    follower = Follower()
    search = play(follower)
    search.start(0)
    search.epoch(0, 1, 0.5)
    follower.clock.now = 2.0
    (running,) = follower.progress.snapshot().running
    assert (
        running.trial_id,
        running.epoch,
        running.last_epoch,
        running.value,
        running.seconds,
    ) == (
        "0000",
        1,
        3,
        0.5,
        2.0,
    )
    assert running.share == pytest.approx(1 / 3)


def test_a_continued_trial_counts_from_its_parent(play) -> None:
    follower = Follower()
    search = play(follower)
    search.start(4, first_epoch=3, last_epoch=9, parent="0000")
    (running,) = follower.progress.snapshot().running
    assert (running.epoch, running.last_epoch, running.share) == (3, 9, 0.0)
    search.epoch(4, 6, 0.5)
    assert follower.progress.snapshot().running[0].share == 0.5


def test_time_left_comes_from_ended_trials_and_the_number_at_a_time(play) -> None:
    follower = Follower()
    search = play(follower, expected_trials=10)
    assert follower.progress.snapshot().seconds_left is None
    search.start(0)
    search.start(1)
    search.end(0, 0.5, 1)  # 3.5 seconds
    search.start(2)
    follower.clock.now = 1.5
    # Two run, each 2 s from the mean of 3.5 s; seven wait; two at a time.
    assert follower.progress.snapshot().seconds_left == pytest.approx(
        (2.0 + 2.0 + 7 * 3.5) / 2 + (0.0)
    )


def test_before_any_trial_ended_time_left_comes_from_epochs(play) -> None:
    follower = Follower()
    search = play(follower, expected_trials=2)
    search.start(0)
    follower.clock.now = 2.0
    search.epoch(0, 1, 0.5)  # one of three epochs in 2 s: 6 s a trial
    assert follower.progress.snapshot().seconds_left == pytest.approx(4.0 + 6.0)


def test_time_left_is_unknown_where_the_number_of_trials_is(play) -> None:
    follower = Follower()
    search = play(follower, expected_trials=None)
    search.trial(0, [0.5])
    assert follower.progress.snapshot().planned is None
    assert follower.progress.snapshot().seconds_left is None


def test_later_moves_the_clocks_and_nothing_else(play) -> None:
    follower = Follower()
    search = play(follower)
    search.trial(0, [0.5])
    search.start(1)
    now = follower.progress.snapshot()
    later = now.later(2.0)
    assert later.running[0].seconds == 2.0
    assert later.seconds_left == now.seconds_left - 2.0
    assert now.later(1e6).seconds_left == 0.0
    assert (later.ended, later.best_score) == (1, 0.5)


def test_trials_of_earlier_sessions_count_but_do_not_run(play) -> None:
    first = play()
    first.trial(0, [0.5])
    first.failure(1)
    first.start(2)
    follower = Follower()
    again = first.resumed([follower])
    now = follower.progress.snapshot()
    assert (now.running, now.ended, now.failed, now.best_trial_id, now.best_score) == (
        (),
        2,
        1,
        "0000",
        0.5,
    )
    again.start(2, attempt=2)
    assert [running.trial_id for running in follower.progress.snapshot().running] == ["0002"]
