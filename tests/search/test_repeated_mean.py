"""The interval of the winner's repeats: by hand, and how often it holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tftune.search.repeated_mean import luck, repeated_mean


def test_the_pooled_variance_where_it_is_the_greater() -> None:
    # own: squares 2 of 2 degrees; the other: 8 of 1; pooled 10 / 3
    found = repeated_mean("a", {"a": [1.0, 2.0, 3.0], "b": [1.0, 5.0]})
    width = 2.9199856 * math.sqrt(10 / 3 / 3)
    assert found.mean == 2.0
    assert (found.low, found.high) == pytest.approx((2 - width, 2 + width))
    assert found.repeats == 3


def test_its_own_variance_where_that_is_the_greater() -> None:
    found = repeated_mean("a", {"a": [1.0, 2.0, 3.0], "b": [1.0, 1.0, 1.0, 1.0]})
    assert found.high == pytest.approx(2 + 2.9199856 * math.sqrt(1 / 3))


def test_a_single_repeat_has_no_interval() -> None:
    found = repeated_mean("a", {"a": [1.0], "b": [1.0, 2.0]})
    assert (found.mean, found.low, found.high) == (1.0, None, None)


def test_luck_is_how_much_better_the_search_made_it_look() -> None:
    assert luck(0.9, 0.8, "max") == pytest.approx(0.1)
    assert luck(0.2, 0.3, "min") == pytest.approx(0.1)


def test_intervals_of_normal_noise_hold_at_least_nine_times_in_ten() -> None:
    drawn = np.random.default_rng(0).normal(size=(2000, 2, 4))
    held = 0
    for first, second in drawn:
        found = repeated_mean("a", {"a": first.tolist(), "b": second.tolist()})
        assert found.low is not None and found.high is not None
        held += found.low <= 0 <= found.high
    assert 0.89 <= held / len(drawn) <= 0.96
