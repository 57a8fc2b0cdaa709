"""Arrays reach a model as they do in Keras' own `fit`, which is the witness."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tftune.training.batches import feed_fast, shuffled_batches
from tftune.training.keras_arrays import packed, rows_of, split

ROWS = 6
A, B = np.arange(12.0).reshape(ROWS, 2), np.arange(ROWS, dtype="float16")
WORDS = np.array(["a", "b", "c", "d", "e", "f"], object)
FRAME = pd.DataFrame({"one": [1] * ROWS, "two": [1.5] * ROWS})


class Noting(keras.Model):
    """Keeps what a step of training is given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def train_step(self, data: Any) -> dict[str, Any]:
        self.seen.append(keras.tree.map_structure(lambda part: part.numpy(), data))
        return {"loss": tf.zeros([])}

    def test_step(self, data: Any) -> dict[str, Any]:
        return {"loss": tf.zeros([])}


def batches_of_keras(**arguments: Any) -> list[Any]:
    model = Noting()
    model.compile(run_eagerly=True)
    model.fit(**arguments, shuffle=False, verbose=0)
    return model.seen


GIVEN: dict[str, dict[str, Any]] = {
    "float64": {"x": A, "y": A},
    "float16": {"x": A, "y": B},
    "integers": {"x": A.astype("uint8"), "y": B.astype("int64")},
    "truth": {"x": A > 3, "y": B > 1},
    "big-endian": {"x": A.astype(">f4"), "y": B.astype(">i4")},
    "complex": {"x": A.astype("complex64"), "y": B},
    "words": {"x": WORDS, "y": B},
    "tensors": {"x": tf.constant(A), "y": tf.constant(B)},
    "tensor of words": {"x": tf.constant(WORDS, tf.string), "y": tf.constant([1] * ROWS)},
    "frame": {"x": FRAME, "y": FRAME["two"]},
    "frame of integers": {"x": FRAME[["one"]], "y": FRAME["one"]},
    "inputs only": {"x": A},
    "list only": {"x": [A, B]},
    "list": {"x": [A, B], "y": B},
    "dict": {"x": {"b": A, "a": [A, B]}, "y": (A, {"c": B})},
    "weights": {"x": A, "y": B, "sample_weight": B},
    "weights of two": {"x": A, "y": [A, B], "sample_weight": B},
    "two weights": {"x": A, "y": [A, B], "sample_weight": [B, B * 2]},
    "classes": {"x": A, "y": B.astype("int64"), "class_weight": {0: 0.5, 3: 2.0}},
    "classes in a column": {"x": A, "y": B[:, None], "class_weight": {1: 0.5}},
    "classes one-hot": {"x": A, "y": np.eye(3)[[0, 1, 2, 0, 1, 2]], "class_weight": {2: 3.0}},
    "classes of a series": {"x": A, "y": FRAME["one"], "class_weight": {1: 3.0}},
}


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("name", GIVEN)
def test_batches_are_those_of_keras_to_the_dtype(name: str, floatx: str) -> None:
    keras.config.set_floatx(floatx)
    try:
        data = packed(**GIVEN[name])
        mine = list(shuffled_batches(data, 4, None, 0, 1).as_numpy_iterator())
        theirs = batches_of_keras(**GIVEN[name], batch_size=4)
    finally:
        keras.config.set_floatx("float32")
    assert len(mine) == len(theirs) == 2
    for one, other in zip(mine, theirs, strict=True):
        keras.tree.assert_same_structure(one, other)
        pairs = zip(keras.tree.flatten(one), keras.tree.flatten(other), strict=True)
        for part, witness in pairs:
            assert part.dtype == witness.dtype and np.array_equal(part, witness)


@pytest.mark.parametrize(
    "given",
    [
        {"x": A, "y": B[:3]},
        {"x": A[:0], "y": B[:0]},
        {"x": None},
        {"x": []},
        {"x": 3.0},
        {"x": [1.0, 2.0], "y": [1.0, 2.0]},
        {"x": np.float64(3)},
        {"x": np.array(3.0)},
        {"x": np.array(["a", "b"])},
        {"x": np.array([["a"], ["b"]], object)},
        {"x": np.array([1, "b"], object)},
        {"x": np.array(["2020-01-01"], "datetime64[D]")},
        {"x": pd.DataFrame({"a": ["x", "y"]})},
        {"x": {"a": A, "b": None}},
        {"x": tf.data.Dataset.from_tensors(A)},
        {"x": (row for row in A)},
        {"x": tf.ragged.constant([[1.0], [2.0, 3.0]])},
        {"x": tf.sparse.from_dense(A)},
        {"x": A, "y": B, "sample_weight": B, "class_weight": {0: 1.0}},
        {"x": A, "y": [A, B], "class_weight": {0: 1.0}},
        {"x": A, "y": [A, B], "sample_weight": A},
        {"x": A, "y": WORDS, "class_weight": {0: 1.0}},
        {"x": A, "sample_weight": B},
    ],
)
def test_what_keras_must_take_or_refuse_itself_is_none(given: dict[str, Any]) -> None:
    assert packed(**given) is None


@pytest.mark.parametrize("part", [0.2, 0.5, 0.34])
def test_the_rows_held_out_are_those_of_keras(part: float) -> None:
    parts = split(packed(A, B), part)
    assert parts is not None
    seen = batches_of_keras(x=A, y=B, batch_size=ROWS, validation_split=part)
    assert np.array_equal(parts[0][0], seen[0][0])
    assert rows_of(parts[0]) + rows_of(parts[1]) == ROWS
    assert np.array_equal(np.concatenate([parts[0][1], parts[1][1]]), B)


@pytest.mark.parametrize("part", [0.0, 0.99999, 1.0, 2.0])
def test_a_split_that_leaves_no_rows_is_none(part: float) -> None:
    assert split(packed(A[:2], B[:2]), part) is None


def model_of(make_loss: Any = "mse") -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    inputs = {"a": keras.Input((2,), name="a"), "b": keras.Input((1,), name="b")}
    model = keras.Model(
        inputs, keras.layers.Dense(1)(keras.layers.Concatenate()([*inputs.values()]))
    )
    model.compile("adam", make_loss, metrics=["mae"], weighted_metrics=["mse"])
    return model


TWO = {"a": np.tile(A, (4, 1)), "b": np.tile(B[:, None], (4, 1))}
TARGET = np.arange(24.0)[:, None]


def own_rmse(y_true: Any, y_pred: Any) -> Any:
    return tf.sqrt(tf.reduce_mean(tf.square(y_true - y_pred)))


@pytest.mark.parametrize(
    "options",
    [
        {"validation_data": (TWO, TARGET, TARGET[:, 0])},
        {"validation_split": 0.3, "sample_weight": TARGET[:, 0]},
        pytest.param(
            {"validation_split": 0.3, "class_weight": {0: 2.0}, "validation_batch_size": 3},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"validation_data": [TWO, TARGET], "validation_steps": 2}, marks=pytest.mark.slow
        ),
        {"validation_data": tf.data.Dataset.from_tensors((TWO, TARGET))},
        pytest.param(
            {"batch_size": None, "validation_data": (TWO, TARGET)}, marks=pytest.mark.slow
        ),
        {"batch_size": np.int64(7), "epochs": np.int64(2), "initial_epoch": 1},
        pytest.param({"batch_size": 100, "verbose": 2}, marks=pytest.mark.slow),
    ],
    ids=["weights", "split", "classes", "steps", "dataset", "default", "NumPy", "large"],
)
@pytest.mark.quick("dataset")
def test_a_training_of_two_inputs_is_that_of_keras(options: dict[str, Any]) -> None:
    """Also the size of a validation batch, which a metric that is no mean of rows tells."""
    histories = []
    for fast in (True, False):
        model = model_of(own_rmse)
        if fast:
            feed_fast(model, seed=0)
        usual = {"batch_size": 5, "epochs": 2, "verbose": 0, "shuffle": False}
        histories.append(model.fit(TWO, TARGET, **usual | options).history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=1e-5, err_msg=name)
