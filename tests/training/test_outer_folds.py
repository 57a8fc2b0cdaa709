"""The folds of a nested evaluation: nothing torn, nothing seen twice, everything said."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.outer_folds import outer_folds

CHANCE = np.random.default_rng(0)
LABELS = CHANCE.integers(0, 2, 200)


def check_parts(folds: Any, rows: int) -> None:
    """Each row once in an outer fold, and in one part of each fold's search."""
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(rows))
    for fold in folds:
        parts = np.concatenate([fold.train, fold.validation, fold.test])
        assert sorted(parts.tolist()) == list(range(rows))
        for part in (fold.train, fold.validation, fold.test):
            assert len(part) and (np.diff(part) > 0).all()


@pytest.mark.parametrize("count", [2, 3, 5, 7])
def test_each_row_stands_in_one_outer_fold_and_classes_keep_their_shares(count: int) -> None:
    folds = outer_folds(LABELS, count, seed=1)
    check_parts(folds, 200)
    for fold in folds:
        assert abs(len(fold.test) - 200 / count) <= 2
        for part in (fold.train, fold.validation, fold.test):
            assert abs(LABELS[part].mean() - LABELS.mean()) < 0.06
        assert len(fold.validation) == round(0.2 * (200 - len(fold.test)))


@pytest.mark.parametrize("names", ["numbers", "texts"])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_torn_by_no_cut(names: str, seed: int) -> None:
    groups = CHANCE.integers(0, 40, 200)
    given = groups if names == "numbers" else np.array([f"patient {each}" for each in groups])
    folds = outer_folds(LABELS, 4, seed, given, validation_share=0.25)
    check_parts(folds, 200)
    for fold in folds:
        parts = [set(groups[part]) for part in (fold.train, fold.validation, fold.test)]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_a_family_that_is_too_large_always_trains() -> None:
    groups = np.concatenate([np.zeros(90, int), 1 + np.arange(110) // 2])
    for fold in outer_folds(LABELS, 3, 0, groups, 0.1, largest_share=0.25):
        assert set(np.flatnonzero(groups == 0)) <= set(fold.train)
    held = [(groups[fold.test] == 0).any() for fold in outer_folds(LABELS, 3, 0, groups, 0.1)]
    assert sorted(held) == [False, False, True]  # without a limit it is held out once, as a whole


def test_a_family_larger_than_the_validation_part_is_not_all_of_it() -> None:
    groups = np.concatenate([np.zeros(60, int), 1 + np.arange(140)])
    for fold in outer_folds(LABELS, 2, 0, groups, validation_share=0.1):
        assert not (groups[fold.validation] == 0).any() and len(fold.validation) < 20


def test_the_seed_and_only_the_seed_moves_the_folds() -> None:
    one, again, other = (outer_folds(LABELS, 3, seed) for seed in (0, 0, 1))
    for first, second, third in zip(one, again, other, strict=True):
        assert first.test.tolist() == second.test.tolist() != third.test.tolist()
        assert first.validation.tolist() == second.validation.tolist()


@pytest.mark.parametrize(
    "y",
    [np.eye(3)[np.arange(60) % 3], np.linspace(0, 1, 60), np.arange(60)[:, None] % 2],
    ids=["one-hot", "numbers", "column"],
)
def test_targets_of_any_kind_are_cut(y: np.ndarray) -> None:
    check_parts(outer_folds(y, 3, 0), 60)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"folds": 1}, "folds of a nested evaluation must be an integer of at least 2"),
        ({"folds": 2.5}, "must be an integer"),
        ({"folds": 7, "rows": 6}, "at least 7 rows.*Received: 6. Use fewer folds"),
        ({"folds": 4, "groups": np.arange(12) // 4}, "at least 4 different groups.*Received: 3"),
        ({"folds": 2, "groups": np.arange(12) // 6}, "at least 3 different groups.*Received: 2"),
        ({"folds": 2, "groups": np.arange(5)}, r"one entry for each row.*shape \(5,\)"),
        ({"folds": 2, "validation_share": 0}, "validation_share must be"),
        ({"folds": 2, "validation_share": 1}, "validation_share must be"),
        ({"folds": 2, "largest_share": float("nan")}, "largest_share must be"),
        ({"folds": 2, "largest_share": -1}, "largest_share must be"),
        ({"folds": 2, "largest_share": "a"}, "largest_share must be"),
        ({"folds": 2, "rows": 3}, "at least 2 rows of train and validation.*Use more folds"),
        ({"folds": 2, "groups": np.arange(12) // 4}, "at least 2 different groups of train"),
    ],
)
def test_what_cannot_be_cut_is_refused(given: dict[str, Any], message: str) -> None:
    y = np.arange(given.pop("rows", 12)) % 2
    with pytest.raises(UsageError) as caught:
        outer_folds(y, seed=0, **given)
    assert re.search(message, str(caught.value), re.DOTALL)
