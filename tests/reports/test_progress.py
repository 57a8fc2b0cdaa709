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


def test_a_trial_that_goes_on_is_timed_by_what_was_left_of_it(play) -> None:
    first = play(expected_trials=2)
    first.start(0, last_epoch=10)
    for epoch in range(1, 9):
        first.epoch(0, epoch, 0.5)
    follower = Follower()
    again = first.resumed([follower])
    again.start(0, last_epoch=10, attempt=2, kept=True)
    again.write("continue", trial_id="0000", epoch=8)
    (running,) = follower.progress.snapshot().running
    assert (running.epoch, running.share, running.part) == (8, 0.8, pytest.approx(0.2))
    follower.clock.now = 1.0
    again.epoch(0, 9, 0.5)
    now = follower.progress.snapshot()
    assert now.running[0].share == 0.9
    assert now.planned is not None and now.seconds_left == pytest.approx(
        1.0 + (now.planned - 1) * 10.0
    )


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
def test_the_expected_gain_is_the_formula_over_all_subsets(count: int) -> None:
    source = random.Random(count)
    losses = [source.random() for _ in range(count)]
    median = sorted(losses)[(count - 1) // 2]
    cut = [min(loss, median) for loss in losses]

    def shortfall(size: int) -> float:
        bests = [min(each) for each in itertools.combinations(cut, size)]
        return sum(bests) / len(bests) - min(losses)

    half, quarter = shortfall(count // 2), shortfall(count // 4)
    ratio = min(max(half / (quarter - half), 0.25), 1.0)
    doublings = math.log2((count + 7) / count)
    steps = ratio * (1 - ratio**doublings) / (1 - ratio) if ratio < 1 else doublings
    assert gain_of(losses, 7).expected == pytest.approx(half * steps)


def test_each_doubling_may_gain_a_part_of_the_one_before() -> None:
    """Of 1 to 8, four lack 22/28 in the mean and two 46/28: so 22/28 came after 24/28."""
    half, ratio = 22 / 28, 22 / 24
    assert gain_of([3, 1, 2, 8, 7, 6, 5, 4]) == Gain(4, 0, 8, pytest.approx(half * ratio))
    twice = half * (ratio + ratio**2)
    assert gain_of([3, 1, 2, 8, 7, 6, 5, 4], 24).expected == pytest.approx(twice)


@pytest.mark.parametrize("draw", ["gauss", "random", "expovariate"])
def test_of_trials_at_random_it_is_about_what_comes(draw: str) -> None:
    source = random.Random(0)
    one = {
        "gauss": lambda: source.gauss(0, 1),
        "random": source.random,
        "expovariate": lambda: -source.expovariate(1),
    }[draw]
    expected = real = 0.0
    for _ in range(400):
        losses, more = [one() for _ in range(24)], [one() for _ in range(24)]
        expected += gain_of(losses, 24).expected
        real += max(min(losses) - min(more), 0.0)
    assert 0.7 < expected / real < 1.4


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
