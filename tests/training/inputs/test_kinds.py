"""Kinds of data are told without consuming any."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training.inputs.kinds import kind_of


class Batches(keras.utils.PyDataset):
    """Two batches."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        raise AssertionError("read")


def generator() -> Any:
    raise AssertionError("read")
    yield


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "none"),
        (np.zeros(3), "arrays"),
        ([np.zeros(3), np.zeros(3)], "arrays"),
        ({"a": tf.zeros(3), "b": tf.ragged.constant([[1], [2, 3]])}, "arrays"),
        (tf.sparse.from_dense([[1, 0]]), "arrays"),
        (tf.Variable([1.0]), "arrays"),
        (tf.data.Dataset.range(3), "dataset"),
        (Batches(), "pydataset"),
        (generator(), "generator"),
        (map(abs, []), "generator"),
        (lambda: 1, "function"),
        (generator, "function"),
        (3, "other"),
        ("text", "other"),
        ([], "other"),
    ],
)
def test_the_kind_of_an_input(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_data_frames_and_sparse_matrices_are_arrays() -> None:
    pandas, sparse = pytest.importorskip("pandas"), pytest.importorskip("scipy.sparse")
    frame = pandas.DataFrame({"a": [1, 2]})
    assert [kind_of(value) for value in (frame, frame["a"], sparse.eye(3))] == ["arrays"] * 3
