"""Intervals and noise, against numbers of the literature and of other libraries."""

from __future__ import annotations

import math
import random
from statistics import mean, stdev
from typing import Any

import pytest

from tftune.reports.analysis.noise import (
    auc_error,
    expected_top,
    interval_of,
    jitter,
    optimism_of,
)


def test_the_error_of_an_area_is_that_of_hanley_and_mcneil() -> None:
    assert auc_error(1.0, 10, 10) == 0.0
    # all pairs apart at 0.5: variance (n + 1 + m) / (12 n m)
    assert auc_error(0.5, 20, 30) == pytest.approx(math.sqrt(51 / (12 * 600)))


DATA: dict[str, Any] = {"validation": 100, "test": 200, "positives": {"test": 50}}


@pytest.mark.parametrize(
    ("metric", "value", "split", "data", "method"),
    [
        ("val_accuracy", 0.9, "validation", DATA, "Wilson, 100 rows"),
        ("accuracy_1", 0.9, "test", DATA, "Wilson, 200 rows"),
        ("auc_2", 0.9, "test", DATA, "Hanley-McNeil, 50 positive and 150 negative rows"),
    ],
)
def test_what_the_journal_tells_gives_an_interval(
    metric: str, value: float, split: str, data: Any, method: str
) -> None:
    found, why_not = interval_of(metric, value, split, data)
    assert found is not None and why_not == ""
    assert found.method == method
    assert 0.8 < found.low < 0.9 < found.high < 1.0


@pytest.mark.parametrize(
    ("metric", "value", "data", "reason"),
    [
        ("loss", 1.5, DATA, "no share between 0 and 1"),
        ("accuracy", math.nan, DATA, "no share"),
        ("accuracy", 0.5, {}, "rows of the test split are not recorded"),
        ("accuracy", 0.5, {"test": None}, "not recorded"),
        ("auc", 0.5, {"test": 10}, "how many rows are positive is not recorded"),
        ("auc", 0.5, {"test": 10, "positives": {"test": 10}}, "not recorded"),
        ("pr_auc", 0.5, DATA, "none is known for pr_auc"),
    ],
)
def test_what_gives_no_interval_says_why(metric: str, value: float, data: Any, reason: str) -> None:
    found, why_not = interval_of(metric, value, "test", data)
    assert found is None
    assert reason in why_not


def test_the_expected_greatest_is_near_the_exact_one() -> None:
    exact = {1: 0.0, 2: 0.5642, 5: 1.1630, 10: 1.5388, 100: 2.5076}
    for count, wanted in exact.items():
        assert expected_top(count) == pytest.approx(wanted, abs=0.03)


def test_the_jitter_of_a_noisy_line_is_its_noise() -> None:
    generator = random.Random(0)
    found = []
    for _ in range(400):
        line = [(epoch, 0.01 * epoch + generator.gauss(0, 0.02)) for epoch in range(1, 12)]
        found.append(jitter(line, 6) or 0.0)
    assert mean(found) == pytest.approx(0.02, rel=0.1)
    assert stdev(found) < 0.02


def test_the_jitter_of_a_short_curve_is_not_known() -> None:
    assert jitter([(1, 0.5), (2, 0.6), (3, 0.5)], 2) is None
    assert jitter([], 1) is None


def test_the_best_of_equal_trials_flatters_and_a_lonely_one_does_not() -> None:
    assert optimism_of([0.5, 0.9, 0.9], noise=0.1).amount == 0.0
    equal = optimism_of([0.5] * 10, noise=0.1)
    assert (equal.contenders, equal.amount) == (10, pytest.approx(0.154, abs=0.002))
    assert optimism_of([0.5, 0.5], noise=0.0).amount == 0.0
