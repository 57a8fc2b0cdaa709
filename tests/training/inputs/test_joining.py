"""Rows of train and validation below each other: each array below its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.folds import fold_data
from tftune.training.fresh_cut import can_be_cut, cut_anew
from tftune.training.inputs.joining import joined, why_not_joined

A, B = np.arange(10.0), np.arange(100.0, 110.0)
Y = np.arange(10) % 2
# a dict may have its names in any order: Keras takes the arrays by them
CALL = ({"a": A[:6], "b": B[:6]}, Y[:6]), {"validation_data": ({"b": B[6:], "a": A[6:]}, Y[6:])}


def test_arrays_of_a_dict_are_joined_by_their_names() -> None:
    found = joined({"a": A[:6], "b": B[:6]}, {"b": B[6:], "a": A[6:]})
    np.testing.assert_array_equal(found["a"], A)
    np.testing.assert_array_equal(found["b"], B)
    assert list(found) == ["a", "b"]


def test_folds_and_fresh_cuts_keep_the_arrays_of_a_dict_apart() -> None:
    arguments, options = CALL
    x = fold_data(arguments, options, 2, seed=0)[0][0]
    np.testing.assert_array_equal(x["a"] + 100, x["b"])
    train, rest = cut_anew(arguments, options, seed=1)
    for part in (train[0], rest["validation_data"][0]):
        np.testing.assert_array_equal(part["a"] + 100, part["b"])


def test_a_lone_array_and_one_column_fit_to_what_keras_takes_for_the_same() -> None:
    assert joined([A], B)[0].shape == (20,)
    assert joined(A.reshape(-1, 1), B).shape == (20, 1)
    assert joined(A, B.reshape(-1, 1)).shape == (20,)
    images = joined(np.zeros((2, 4, 4)), np.zeros((3, 4, 4, 1)))
    assert images.shape == (5, 4, 4)


@pytest.mark.parametrize(
    ("part", "other", "words"),
    [
        (np.zeros((6, 3)), np.zeros((4, 5)), r"x has shape \(6, 3\).* \(4, 5\)"),
        ({"a": A, "b": B}, {"a": A}, r"arrays \['a'\], \['b'\], and .* \['a'\]"),
        ([A, B], {"a": A, "b": B}, r"arrays \[0\], \[1\], and"),
        ({"a": np.zeros((6, 2))}, {"a": np.zeros((4, 3))}, r"x\['a'\] has shape \(6, 2\)"),
    ],
    ids=["lengths", "names", "kinds", "of a dict"],
)
def test_what_does_not_fit_is_told_and_not_cut(part: Any, other: Any, words: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be joined: .*{words}.*Expected the same arrays"):
        joined(part, other)
    assert why_not_joined(part, other)
    y, options = np.zeros(6), {"validation_data": (other, np.zeros(4))}
    assert not can_be_cut((part, y), options)
    with pytest.raises(UsageError, match=words):
        fold_data((part, y), options, 2, seed=0)


def test_weights_that_do_not_fit_leave_the_cut_as_it_is() -> None:
    names = {"p": np.ones(6), "q": np.ones(6)}
    call = {"validation_data": (A[6:], Y[6:], {"p": np.ones(4)}), "sample_weight": names}
    assert not can_be_cut((A[:6], Y[:6]), call)
    call["sample_weight"] = {"p": np.ones((6, 1))}
    assert can_be_cut((A[:6], Y[:6]), call)
    assert cut_anew((A[:6], Y[:6]), call, seed=0)[1]["sample_weight"]["p"].shape == (6, 1)
