"""The exact expectation of the best of n draws against all possible draws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks.expectation import expected_best

VALUES = [3.0, -1.0, 7.0, 0.5, 0.5, 2.0]


def test_without_replacement_it_is_the_mean_over_all_subsets() -> None:
    counted = [
        np.mean([min(subset) for subset in itertools.combinations(VALUES, n)]) for n in range(1, 7)
    ]
    assert expected_best(np.array(VALUES).reshape(2, 3), 6) == pytest.approx(counted)


def test_with_replacement_it_is_the_mean_over_all_sequences() -> None:
    counted = [
        np.mean([min(draws) for draws in itertools.product(VALUES, repeat=n)]) for n in (1, 2, 3)
    ]
    assert expected_best(np.array(VALUES), 3, replacement=True) == pytest.approx(counted)


def test_a_large_table_agrees_with_draws() -> None:
    generator = np.random.default_rng(0)
    table = generator.exponential(size=20_000)
    drawn = np.mean([generator.choice(table, 50, replace=False).min() for _ in range(2000)])
    assert expected_best(table, 50)[-1] == pytest.approx(drawn, rel=0.1)
    assert expected_best(table, 1)[0] == pytest.approx(table.mean())
