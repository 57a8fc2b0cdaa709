"""Inputs made flat and small for a linear model."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tftune.training.references.linear_inputs import (
    MOST_FEATURES,
    block_means,
    linear_features,
    smaller_sides,
    words_of,
)


@pytest.mark.parametrize(
    "shape",
    [(5,), (1,), (28, 28), (500, 3, 4), (224, 224, 3), (64, 64, 1), (20_000,), (9, 9, 9, 9), ()],
)
def test_every_shape_becomes_a_short_row(shape: tuple[int, ...]) -> None:
    x = np.ones((3, *shape), np.float32)
    found = linear_features(x)
    assert found.shape[0] == 3 and 1 <= found.shape[1] <= MOST_FEATURES
    assert np.allclose(found, 1)


def test_small_inputs_stay_as_they_are() -> None:
    x = np.arange(24).reshape(2, 3, 4)
    assert linear_features(x).tolist() == x.reshape(2, 12).tolist()


def test_blocks_of_unequal_size_have_their_own_means() -> None:
    x = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]], np.float32)
    assert block_means(x, (2,)).tolist() == [[1.5, 4.0]]  # two and three numbers


def test_pictures_of_bytes_do_not_overflow() -> None:
    x = np.full((1, 32, 32, 3), 255, np.uint8)
    assert (linear_features(x) == 255).all()
    assert smaller_sides((32, 20, 3)) == (16, 16, 3)


def test_what_is_not_finite_is_missing() -> None:
    assert np.isnan(linear_features(np.array([[np.inf, 1.0]]))).tolist() == [[True, False]]


def test_what_is_looked_at_in_words() -> None:
    assert words_of(np.array(["a"])) == "the words"
    assert words_of(np.zeros((1, 8, 8, 3))) == "pixels"
    assert words_of(np.zeros((1, 9000))) == "the standardised inputs, averaged to 4096"


def test_what_is_too_large_for_a_float_is_missing_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(linear_features(np.full((2, 3), 1e300))).all()
