"""How far a search is, and how long it will still take."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from tftune.reports.progress import Gain, Progress, gain_of


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


def test_eight_scores_are_enough_for_an_estimate() -> None:
    assert gain_of([1.0] * 7, 5) is None
    assert gain_of([1.0] * 8, 5) == Gain(4, 0.0, 5, 0.0)


def test_what_the_last_quarter_gained_is_told() -> None:
    losses = [0.5, 0.5, 0.5, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.375, 0.5, 0.5]
    assert gain_of(losses).gained == pytest.approx(0.025)
    assert gain_of(losses[:12]).gained == 0.0


@pytest.mark.parametrize("count", [8, 9, 10, 11])
def test_the_expected_gain_is_the_formula_over_all_halves(count: int) -> None:
    losses = [random.Random(count).random() for _ in range(count)]
    half = count // 2
    median = sorted(losses)[(count - 1) // 2]
    cut = [min(loss, median) for loss in losses]
    bests = [min(each) for each in itertools.combinations(cut, half)]
    lost = sum(bests) / len(bests) - min(losses)
    expected = lost * math.log((count + 7) / count) / math.log(count / half)
    assert gain_of(losses, 7).expected == pytest.approx(expected)


def test_twice_as_many_trials_may_gain_what_a_half_had_lost() -> None:
    """Of 1, 2, ..., 8 a half lacks the 1 with 1/2, the 2 as well with 3/14, the 3 with 1/14."""
    lost = 1 / 2 + 3 / 14 + 1 / 14
    assert gain_of([3, 1, 2, 8, 7, 6, 5, 4], None) == Gain(4, 0, 8, pytest.approx(lost))
    assert gain_of([3, 1, 2, 8, 7, 6, 5, 4], 24).expected == pytest.approx(2 * lost)


def test_a_trial_that_went_astray_changes_no_expectation() -> None:
    losses = [0.1 * number for number in range(10)]
    assert gain_of([*losses[:9], 1e12], 5) == gain_of(losses, 5)


@pytest.mark.parametrize("direction", ["max", "min"])
def test_a_search_tells_its_gain_and_its_curve(play, direction: str) -> None:
    follower = Follower()
    objective = {"name": "val_accuracy", "direction": direction}
    search = play(follower, objective=objective, expected_trials=20)
    sign = 1 if direction == "max" else -1
    scores = [sign * score for score in (0.5, 0.25, 0.625, 0.5, 0.5, 0.5, 0.75, 0.5)]
    for number, score in enumerate(scores):
        assert follower.progress.snapshot().gain is None
        search.start(number)
        search.end(number, score, 1, "pruned" if number % 2 else "completed")
    search.failure(8)
    now = follower.progress.snapshot()
    assert now.gain.gained == 0.125 and now.gain.further == 11
    assert now.curve == ((1, sign * 0.5), (3, sign * 0.625), (7, sign * 0.75), (8, sign * 0.75))


def test_the_gain_counts_trials_of_earlier_sessions(play) -> None:
    first = play()
    for number in range(8):
        first.trial(number, [0.5 + number / 16])
    follower = Follower()
    first.resumed([follower])
    assert follower.progress.snapshot().gain.gained == 0.25
