"""The rows of a split, whatever was given to `fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tftune.training.inputs.functions import DataFunction
from tftune.training.references import rows as module
from tftune.training.references.rows import NotUnderstoodError, groups_of, rows_of_data

X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 1, 0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: (X, Y),
        lambda: ([X], Y),
        lambda: ({"only": X}, {"out": Y}),
        lambda: (tf.constant(X), tf.constant(Y)),
        lambda: (tf.data.Dataset.from_tensor_slices((X, Y)).batch(4),),
        lambda: (DataFunction(lambda: tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)),),
        lambda: (DataFunction(lambda: (X, Y)),),
    ],
    ids=["arrays", "list", "dict", "tensors", "dataset", "function", "function-of-arrays"],
)
def test_one_input_is_read_from_every_kind(make: Any) -> None:
    found = rows_of_data(*make())
    assert found.x.tolist() == X.tolist() and found.y.tolist() == Y.tolist()
    assert not found.why_not and not found.notes


@pytest.mark.parametrize(
    ("x", "why"),
    [
        ({"a": X, "b": X}, "several inputs"),
        (tf.ragged.constant([[1], [2, 3], [], [4], [5], [6]]), "ragged, sparse"),
        (np.array([{}] * 6, object), "no plain array"),
    ],
    ids=["several", "ragged", "objects"],
)
def test_what_no_linear_model_takes_is_said(x: Any, why: str) -> None:
    found = rows_of_data(x, Y)
    assert found.x is None and why in found.why_not and found.y.tolist() == Y.tolist()


def test_several_inputs_of_a_dataset_are_said() -> None:
    data = tf.data.Dataset.from_tensor_slices(({"a": X, "b": X}, Y)).batch(2)
    found = rows_of_data(data)
    assert found.why_not == "there are several inputs" and len(found.y) == 6


def test_an_endless_dataset_is_read_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(2).repeat()
    monkeypatch.setattr(module, "MOST_STREAMED", 10)
    found = rows_of_data(data, what="training")
    assert len(found.y) == 10
    assert found.notes == ("Of the dataset (training) the first 10 rows were read.",)
    assert len(rows_of_data(data, batches=2).y) == 4


def test_very_many_rows_are_drawn_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 4)
    found = rows_of_data(X, Y, what="training")
    assert found.x.shape == (4, 2) and found.notes == (
        "Of 6 rows (training) 4 were drawn at random.",
    )
    assert all(
        Y[X.tolist().index(row)] == y for row, y in zip(found.x.tolist(), found.y, strict=True)
    )


def test_what_a_generator_gave_is_read(tmp_path: Path) -> None:
    from tftune.training.inputs.generators import read

    found = rows_of_data(read(iter([(X[:4], Y[:4]), (X[4:], Y[4:])]), tmp_path, "x"))
    assert found.x.tolist() == X.tolist() and found.y.tolist() == Y.tolist()


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        (X, None, "no targets"),
        (X, [Y, Y], "several targets"),
        (X, np.array(["a"] * 6), "targets are no numbers"),
        (iter([(X, Y)]), None, "only once"),
    ],
    ids=["no-targets", "several-targets", "names", "generator"],
)
def test_data_without_one_target_are_refused(x: Any, y: Any, why: str) -> None:
    with pytest.raises(NotUnderstoodError, match=why):
        rows_of_data(x, y)


def test_texts_and_numbers_in_objects_are_read() -> None:
    texts = rows_of_data(np.array(["a b", "b"], object), Y[:2])
    assert texts.x.tolist() == ["a b", "b"]
    assert rows_of_data(np.array([b"a", b"b"]), Y[:2]).x.tolist() == ["a", "b"]
    assert rows_of_data(X.astype(object), Y).x.dtype == np.float64


def test_equal_inputs_are_one_group() -> None:
    assert groups_of(X[[0, 1, 0]], 3).tolist() == [0, 1, 0]
    assert groups_of(None, 3).tolist() == [0, 1, 2]


def test_of_large_rows_fewer_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 1500)
    monkeypatch.setattr(module, "MOST_DRAWN", 12_000)  # bytes, room for 1,200 of 10
    found = rows_of_data(np.zeros((2000, 10), np.uint8), np.zeros(2000))
    assert len(found.x) == len(found.y) == 1200
    assert found.notes == ("Of 2,000 rows (rows) 1,200 were drawn at random.",)
