"""Means over seeds and the rank test against numbers made by hand."""

from __future__ import annotations

import math

import pytest

from tftune.reports.measures.seeds import least_p, over_seeds, rank_test


def test_the_interval_of_a_mean_is_students() -> None:
    spread = over_seeds([1.0, 3.0])  # 2 -+ 12.706 * sqrt(2) / sqrt(2)
    assert (spread.count, spread.mean) == (2, 2.0)
    assert (spread.low, spread.high) == pytest.approx((2 - 12.7062, 2 + 12.7062), abs=1e-3)
    assert math.isnan(over_seeds([1.0]).low)


def test_the_rank_test_counts_orders() -> None:
    assert rank_test([1, 2], [3, 4]) == pytest.approx(2 / 6)
    assert rank_test([1, 4], [2, 3]) == 1.0
    assert rank_test([1, 1], [1, 1]) == 1.0
    assert least_p(1, 1) == 1.0 and least_p(4, 4) == pytest.approx(2 / 70)
