"""Intervals against published values and known distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tftune.reports.measures.intervals import (
    bootstrap,
    measure,
    percentiles,
    resamples,
    share,
    strata_weights,
)
from tftune.reports.measures.wilson import wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # Newcombe 1998, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilsons_interval_is_the_published_one(
    count: int, total: int, low: float, high: float
) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=1e-4)


def test_wilson_is_that_of_scipy() -> None:
    from scipy.stats import binomtest

    for right, rows in ((0, 10), (8, 10), (10, 10), (857, 932)):
        found = binomtest(right, rows).proportion_ci(method="wilson")
        assert wilson(right, rows) == pytest.approx((found.low, found.high), abs=1e-12)


def test_a_share_of_nothing_is_not_defined() -> None:
    assert share(0, 0) == {"value": None, "low": None, "high": None}
    assert share(1, 1)["value"] == 1 and share(1, 1)["low"] < 0.3


def test_numbers_that_are_not_finite_become_none() -> None:
    assert measure(math.inf, math.nan, 1 / 3) == {"value": None, "low": None, "high": 0.333333}


def test_the_bootstrap_of_a_mean_is_that_of_its_standard_error() -> None:
    data = np.random.default_rng(1).normal(size=400)
    low, high = bootstrap(lambda rows: float(data[rows].mean()), 400)
    half = 1.96 * data.std() / math.sqrt(400)
    assert (low, high) == pytest.approx((data.mean() - half, data.mean() + half), abs=0.02)
    assert bootstrap(lambda rows: float(data[rows].mean()), 400) == (low, high)  # seeded


def test_one_row_has_no_bootstrap_and_nan_is_passed_over() -> None:
    assert all(map(math.isnan, bootstrap(lambda rows: 1.0, 1)))
    assert all(map(math.isnan, percentiles(np.array([math.nan, 1.0]))))
    assert percentiles(np.array([math.nan, *np.linspace(0, 1, 41)])) == pytest.approx(
        (0.025, 0.975)
    )


def test_many_rows_are_drawn_less_often() -> None:
    assert [resamples(rows) for rows in (1, 5_000, 50_000, 10**9)] == [1000, 1000, 100, 50]


def test_each_stratum_keeps_its_size() -> None:
    strata = np.array([0, 1, 0, 1, 1])
    weights = strata_weights(strata, seed=3, count=50)
    assert (weights[:, strata == 0].sum(axis=1) == 2).all()
    assert (weights[:, strata == 1].sum(axis=1) == 3).all()
    assert len(np.unique(weights, axis=0)) > 10
