"""Training rows become different sequences with mean labels and weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.training_sequences import training_sequences

X = np.array([[1, 2], [3, 0], [1, 2], [1, 2], [5, 5]], np.uint8)
Y = np.array([[1.0], [0.0], [0.0], [1.0], [1.0]], np.float32)


def test_each_sequence_stands_once_with_its_mean_label() -> None:
    found = training_sequences((X, Y), {})
    call = found.call({"epochs": 3, "batch_size": 2})
    np.testing.assert_array_equal(call["x"], [[1, 2], [3, 0], [5, 5]])
    np.testing.assert_allclose(call["y"], [[2 / 3], [0], [1]])
    weights = np.sqrt([3, 1, 1])
    np.testing.assert_allclose(call["sample_weight"], weights / weights.mean(), rtol=1e-6)
    assert call["epochs"] == 3 and call["batch_size"] == 2 and "validation_data" not in call


def test_weights_of_rows_and_classes_count_as_rows() -> None:
    options = {"sample_weight": np.array([1, 1, 0, 2, 1]), "class_weight": {1: 3.0}}
    found = training_sequences((), {"x": X, "y": Y, **options})
    np.testing.assert_allclose(found.counts, [9, 1, 3])
    np.testing.assert_allclose(found.positives, [9, 0, 3])
    assert not {"class_weight", "sample_weight"} & (set(found.call(options)) - {"sample_weight"})


def test_rows_of_the_weight_0_are_left_out() -> None:
    found = training_sequences((X, Y), {"sample_weight": np.array([1, 0, 1, 1, 1])})
    np.testing.assert_array_equal(found.codes, [[1, 2], [5, 5]])


def test_rows_that_validate_are_not_among_them() -> None:
    held = (X[:1], Y[:1])
    assert training_sequences((X[1:3], Y[1:3]), {"validation_data": held}).validation is held
    found = training_sequences((X, Y), {"validation_split": 0.4})
    np.testing.assert_array_equal(found.codes, [[1, 2], [3, 0]])
    np.testing.assert_array_equal(found.counts, [2, 1])
    np.testing.assert_array_equal(found.validation[0], X[3:])
    assert "validation_split" not in found.call({"validation_split": 0.4})


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[1, 2]], Y, "Received: x list, y ndarray"),
        (X, None, "Received: x ndarray, y NoneType"),
        (X[:, :, None], Y, r"Received: x of shape \(5, 2, 1\)"),
        (X, Y[:3], r"y of shape \(3, 1\)"),
        (X[:0], Y[:0], r"x of shape \(0, 2\)"),
        (X, Y - 0.5, r"from 0 to 1. Received: -0\.5"),
    ],
    ids=["lists", "no labels", "three axes", "too few labels", "no rows", "labels below 0"],
)
def test_other_data_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        training_sequences((x, y), {})


def test_a_dataset_is_refused_because_the_bank_comes_first() -> None:
    class Batches(keras.utils.PyDataset):
        pass

    with pytest.raises(UsageError, match="must see all training peptides.*x Batches"):
        training_sequences((Batches(),), {})
