"""The greedy choice of an ensemble: what it adds, when it stops, how many models it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.search.finish.greedy_ensemble import choose_ensemble, mean_answers

TRUTH = np.array([0.0, 0.0, 0.0, 0.0])


def worth(answers: Any) -> float:
    return -float(np.square(answers - TRUTH).mean())


def test_a_model_may_be_taken_more_than_once() -> None:
    """The best mean of 1 and -3 with few additions has the first one three times."""
    models = {"near": np.full(4, 1.0), "far": np.full(4, -3.0)}
    assert choose_ensemble(models, worth) == {"near": 3, "far": 1}
    assert float(mean_answers(models, {"near": 3, "far": 1}).max()) == 0.0


def test_it_begins_with_the_best_few_together() -> None:
    """Alone each errs on its own row, by as much; together they err least."""
    models = {str(row): np.eye(4)[row] * 4 for row in range(3)}
    assert choose_ensemble(models, worth, additions=0) == {"0": 1, "1": 1, "2": 1}


def test_one_that_is_right_stays_alone() -> None:
    assert choose_ensemble({"wrong": np.ones(4), "right": TRUTH}, worth) == {"right": 1}


def test_of_equals_the_first_is_taken() -> None:
    assert choose_ensemble({"a": np.ones(4), "b": np.ones(4)}, worth) == {"a": 1}


def test_no_more_different_models_than_allowed() -> None:
    models = {str(row): np.eye(4)[row] * 4 for row in range(4)}
    assert len(choose_ensemble(models, worth, most=2)) == 2
    random = np.random.default_rng(0)
    many = {str(name): random.normal(size=4) for name in range(30)}
    assert len(choose_ensemble(many, worth, most=8)) <= 8


def test_what_is_chosen_is_worth_no_less_than_the_best_alone() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        models = {str(name): random.normal(size=4) for name in range(6)}
        found = choose_ensemble(models, worth)
        assert worth(mean_answers(models, found)) >= max(map(worth, models.values()))


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="most"):
        choose_ensemble({"a": TRUTH}, worth, most=0)
