"""Train and validation cut anew: the same rows, other borders; groups and classes are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tftune.errors import UsageError
from tftune.training.folds import assign_folds
from tftune.training.fresh_cut import (
    can_be_cut,
    check_cuts,
    cut_anew,
    other_folds,
    validation_rows,
)
from tftune.training.inputs.functions import DataFunction
from tftune.training.settings import TrainingSettings

X = np.arange(20.0).reshape(20, 1)
Y = (np.arange(20) % 4 == 0).astype("float32").reshape(20, 1)  # five ones
CALL: dict[str, Any] = {"validation_data": (X[12:], Y[12:]), "batch_size": 4}


def rows(part: Any) -> list[float]:
    return sorted(np.asarray(part).reshape(-1).tolist())


def test_the_same_rows_in_parts_of_the_same_sizes() -> None:
    arguments, options = cut_anew((X[:12], Y[:12]), CALL, seed=1)
    inside = options["validation_data"]
    assert len(arguments[0]) == 12 and len(inside[0]) == 8
    assert rows(np.concatenate([arguments[0], inside[0]])) == rows(X)
    assert rows(inside[0]) != rows(X[12:])
    assert options["batch_size"] == 4
    for x, y in (arguments[:2], inside):
        assert ((x % 4 == 0) == y).all()  # inputs keep their targets


def test_classes_keep_their_shares() -> None:
    for seed in range(5):
        assert Y[validation_rows(Y, 8, seed)].sum() == 2


def test_equal_seeds_give_equal_cuts_and_others_give_others() -> None:
    cuts = [validation_rows(Y, 8, seed).tolist() for seed in (1, 1, 2)]
    assert cuts[0] == cuts[1] != cuts[2]


def test_groups_stay_whole() -> None:
    groups = np.repeat(["a", "b", "c", "d", "e"], 4)
    for seed in range(4):
        inside = validation_rows(Y, 8, seed, groups)
        outside = np.setdiff1d(np.arange(20), inside)
        assert 4 <= len(inside) <= 12
        assert not set(groups[inside]) & set(groups[outside])


def test_cuts_of_groups_differ_also_in_the_largest_ones() -> None:
    groups = np.repeat(["a", "b", "c", "d", "e", "f"], [6, 6, 2, 2, 2, 2])
    cuts = {tuple(np.unique(groups[validation_rows(Y, 6, seed, groups)])) for seed in range(12)}
    assert len(cuts) > 2 and {("a",), ("b",)} & cuts


def test_a_group_larger_than_the_part_is_not_all_of_it_in_every_cut() -> None:
    groups = [0] * 12 + list(range(1, 9))
    parts = [validation_rows(Y, 4, seed, groups).tolist() for seed in range(4)]
    assert all(min(part) >= 12 and len(part) == 4 for part in parts)
    assert len(set(map(tuple, parts))) > 1
    assert len(validation_rows(Y, 4, 0, [0] * 10 + [1] * 10)) == 10  # there are no smaller ones


def test_one_group_cannot_be_cut() -> None:
    with pytest.raises(UsageError, match="at least 2 different groups. Received: 1"):
        validation_rows(Y, 8, 0, np.zeros(20))


def test_a_share_that_validates_and_weights_are_cut_along() -> None:
    options = {"validation_split": 0.25, "sample_weight": X[:, 0]}
    arguments, options = cut_anew((), {"x": {"a": X}, "y": Y, **options}, seed=3)
    assert arguments == () and "validation_split" not in options
    inside = options["validation_data"]
    assert len(inside[1]) == 5
    assert (options["sample_weight"] == options["x"]["a"][:, 0]).all()
    assert (inside[2] == inside[0]["a"][:, 0]).all()


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((X, Y), {}),
        ((tf.data.Dataset.from_tensor_slices((X, Y)).batch(4),), {"validation_data": (X, Y)}),
        ((X, Y), {**CALL, "steps_per_epoch": 2}),
        ((X, Y), {"validation_data": tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)}),
        ((X, Y), {**CALL, "sample_weight": X[:, 0]}),
        ((DataFunction(object),), {"validation_data": DataFunction(object)}),
    ],
    ids=["no-validation", "dataset", "steps", "validation-dataset", "half-weighted", "functions"],
)
def test_what_cannot_be_cut_is_told(arguments: Any, options: dict[str, Any]) -> None:
    assert not can_be_cut(arguments, options)
    assert not check_cuts(arguments, options, TrainingSettings())
    with pytest.raises(UsageError, match=r"where there are rows to cut.*Give arrays"):
        check_cuts(arguments, options, TrainingSettings(reshuffle=True))


@pytest.mark.parametrize(
    ("arguments", "options"),
    [((X[:12], Y[:12]), CALL), ((X, Y), {"validation_split": 0.4})],
    ids=["validation-data", "validation-split"],
)
def test_groups_are_looked_at_before_the_first_trial(
    arguments: Any, options: dict[str, Any]
) -> None:
    several, plain = np.arange(20) // 2, TrainingSettings()
    assert check_cuts(arguments, options, plain, several)
    assert not check_cuts(arguments, options, plain, np.zeros(20))  # there is nothing to choose
    with pytest.raises(UsageError, match="at least 2 different groups"):
        check_cuts(arguments, options, TrainingSettings(reshuffle=True), np.zeros(20))
    with pytest.raises(UsageError, match=r"one entry for each row.*shape \(20,\)"):
        check_cuts(arguments, options, plain, several[:12])


def test_numbers_without_classes_are_cut_at_random() -> None:
    y = np.linspace(0.1, 0.9, 20)
    assert len(validation_rows(y, 8, 0)) == 8


def test_groups_are_looked_at_before_the_search() -> None:
    with pytest.raises(UsageError, match=r"shape \(20,\)\. Received: shape \(12,\)"):
        check_cuts((X[:12], Y[:12]), CALL, TrainingSettings(), np.arange(12))
    # of one group no other cut can be made, and the confirmation keeps that of the search
    assert not check_cuts((X[:12], Y[:12]), CALL, TrainingSettings(), np.zeros(20))
    assert check_cuts((X[:12], Y[:12]), CALL, TrainingSettings(), np.arange(20))
    with pytest.raises(UsageError, match="at least 2 different groups"):
        check_cuts((X[:12], Y[:12]), CALL, TrainingSettings(reshuffle=True), np.zeros(20))


def test_groups_may_be_names_of_several_kinds_and_none() -> None:
    mixed = np.array([None, "a", 1, "a", None] * 4, dtype=object)
    plain = np.array([0, 1, 2, 1, 0] * 4)
    assert (validation_rows(Y, 8, 0, mixed) == validation_rows(Y, 8, 0, plain)).all()


def test_folds_cut_again_have_all_classes_whatever_the_seed() -> None:
    """Some seeds put all rows of class 0 into one of two folds: they stand in two groups."""
    groups = np.array([0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4])
    y = np.array([1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1])
    first = assign_folds(y, 2, 0, groups)
    with pytest.raises(UsageError, match="has no row of class"):
        for seed in range(50):
            assign_folds(y, 2, seed, groups)
    for seed in range(50):
        again = other_folds(y, first, seed, groups)
        assert all(set(y[again == fold]) == {0, 1} for fold in (0, 1))
