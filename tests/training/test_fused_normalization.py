"""Batch normalisation in one operation gives the numbers of Keras; what is out of the ordinary is
left to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training.fused_normalization import fuse_normalization

layers = keras.layers
SHAPES = {"units": (7,), "positions": (9, 5), "pixels": (4, 6, 3), "voxels": (2, 3, 4, 2)}
OPTIONS: dict[str, dict[str, Any]] = {
    "usual": {},
    "neither": {"scale": False, "center": False},
    "scale": {"center": False, "epsilon": 1e-5, "momentum": 0.7},
    "last axis": {"axis": 1},
}


def normalization(shape: tuple[int, ...], **options: Any) -> Any:
    model = keras.Sequential([keras.Input(shape), layers.BatchNormalization(**options)])
    random = np.random.default_rng(1)
    model.set_weights([random.uniform(0.5, 2.0, each.shape) for each in model.get_weights()])
    return model


def trained(model: Any, rows: Any, **options: Any) -> list[np.ndarray]:
    """Returns output, gradients and what the layer knows after a step of training."""

    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = model(x, training=True, **options)
            loss = tf.reduce_sum(tf.sin(3.0 * outputs))
        return outputs, tape.gradient(loss, [x, *model.trainable_variables])

    outputs, gradients = step(tf.constant(rows))
    values = [outputs, *gradients, *(variable.value for variable in model.variables)]
    return [tf.convert_to_tensor(value).numpy() for value in values]


def assert_rounded(mine: np.ndarray, theirs: np.ndarray) -> None:
    """What differences cancel in is compared with the largest of its array."""
    largest = float(np.abs(theirs).max())
    np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5 * max(largest, 2.0))


def operations(model: Any, shape: tuple[int, ...], dtype: Any = tf.float32) -> set[str]:
    graph = tf.function(lambda x: model(x, training=True)).get_concrete_function(
        tf.TensorSpec((None, *shape), dtype)
    )
    return {operation.type for operation in graph.graph.get_operations()}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("options", OPTIONS)
def test_output_gradients_and_averages_are_those_of_keras(shape: str, options: str) -> None:
    size, given = SHAPES[shape], OPTIONS[options]
    if options == "last axis":
        given = {"axis": len(size)}
    rows = np.random.default_rng(0).normal(2.0, 3.0, (12, *size)).astype("float32")
    fused, plain = normalization(size, **given), normalization(size, **given)
    fuse_normalization(fused)
    assert "FusedBatchNormV3" in operations(fused, size)
    for mine, theirs in zip(trained(fused, rows), trained(plain, rows), strict=True):
        assert_rounded(mine, theirs)
    np.testing.assert_array_equal(fused(rows, training=False).shape, rows.shape)


def test_a_batch_of_one_row_has_no_variance() -> None:
    rows = np.ones((1, 7), "float32")
    fused, plain = normalization((7,)), normalization((7,))
    fuse_normalization(fused)
    for mine, theirs in zip(trained(fused, rows), trained(plain, rows), strict=True):
        assert_rounded(mine, theirs)


class Own(layers.BatchNormalization):
    """A user's own."""


def frozen() -> Any:
    model = normalization((4, 3))
    model.layers[-1].trainable = False
    return model


def own() -> Any:
    return keras.Sequential([keras.Input((4, 3)), Own()])


def half() -> Any:
    return keras.Sequential([keras.Input((4, 3)), layers.BatchNormalization(dtype="mixed_float16")])


@pytest.mark.parametrize(
    "make", [lambda: normalization((4, 3), axis=1), frozen, own, half], ids=["axis", "f", "o", "h"]
)
def test_what_is_out_of_the_ordinary_is_left_to_keras(make: Any) -> None:
    model = make()
    fuse_normalization(model)
    assert "FusedBatchNormV3" not in operations(model, (4, 3))


def test_masked_rows_are_left_to_keras() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 4, 3)).astype("float32")
    rows[:, 2:] = 0.0
    results = []
    for fuse in (False, True):
        model = keras.Sequential([keras.Input((4, 3)), layers.Masking(), layers.Dense(2)])
        model.add(layers.BatchNormalization())
        model.set_weights([np.full(each.shape, 0.5) for each in model.get_weights()])
        if fuse:
            fuse_normalization(model)
        results.append(trained(model, rows))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_saved_file_is_plain_keras(tmp_path: Path) -> None:
    model = normalization((4, 3))
    fuse_normalization(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert "call" not in vars(loaded.layers[-1])
    rows = np.ones((2, 4, 3), "float32")
    np.testing.assert_array_equal(loaded.predict(rows, verbose=0), model.predict(rows, verbose=0))
    copied = keras.models.clone_model(model)
    assert "call" not in vars(copied.layers[-1])
