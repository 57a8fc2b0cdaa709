"""Adam in one operation a variable: Keras' own update is the witness."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.models.knobs import fixed_values
from tftune.models.peptide_cnn import build_peptide_cnn
from tftune.training.fused_adam import MOST_ROWS, fuse_adam

ROWS, COLUMNS = 5, 3
LOOKED_UP = tf.constant([0, 1, 1, 4, 1])


def dense_gradient(step: int) -> Any:
    return tf.constant(np.random.default_rng(step).normal(size=(ROWS, COLUMNS)), tf.float32)


def sparse_gradient(step: int) -> Any:
    values = np.random.default_rng(step).normal(size=(len(LOOKED_UP), COLUMNS))
    return tf.IndexedSlices(
        tf.constant(values, tf.float32), LOOKED_UP, tf.constant([ROWS, COLUMNS])
    )


def states_after(optimizer: Any, gradient_of: Any, steps: int = 20) -> list[np.ndarray]:
    """Returns the weights, the momentum and the velocity after some steps."""
    weights = keras.Variable(np.ones((ROWS, COLUMNS), "float32"))
    optimizer.build([weights])
    for step in range(steps):
        optimizer.apply([gradient_of(step)], [weights])
    return [
        weights.numpy(),
        *(variable.numpy() for variable in (*optimizer._momentums, *optimizer._velocities)),
    ]


@pytest.mark.parametrize("gradient_of", [dense_gradient, sparse_gradient])
@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.Adam(0.05),
        lambda: keras.optimizers.Adam(0.05, beta_1=0.5, beta_2=0.9, epsilon=0.1),
        lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)),
        lambda: keras.optimizers.AdamW(0.05, weight_decay=0.1),
        lambda: keras.optimizers.Adam(0.05, clipnorm=0.5, use_ema=True, ema_overwrite_frequency=7),
        lambda: keras.optimizers.Adam(0.05, gradient_accumulation_steps=3, clipvalue=0.2),
        lambda: keras.optimizers.Adam(0.05, global_clipnorm=0.3, weight_decay=0.02),
        lambda: keras.optimizers.Adam(lambda: 0.05, beta_1=0.0, beta_2=0.99),
    ],
    ids=[
        "default",
        "coefficients",
        "schedule",
        "adamw",
        "clipped and averaged",
        "accumulated",
        "decayed",
        "called",
    ],
)
def test_weights_and_state_are_those_of_keras(make: Any, gradient_of: Any) -> None:
    fused = make()
    fuse_adam(fused)
    assert "update_step" in vars(fused)
    for ours, theirs in zip(
        states_after(fused, gradient_of), states_after(make(), gradient_of), strict=True
    ):
        np.testing.assert_allclose(
            ours, theirs, rtol=3e-5, atol=1e-6
        )  # 1 - 0.999 in 32 bits is off by 1.3e-5


def test_a_row_looked_up_twice_has_the_sum_of_the_squares_as_keras_has_it() -> None:
    optimizer = keras.optimizers.Adam(0.1)
    fuse_adam(optimizer)
    twice = tf.IndexedSlices(tf.constant([[1.0], [3.0]]), tf.constant([1, 1]), tf.constant([2, 1]))
    _, momentum, velocity = states_after_one(optimizer, twice)
    np.testing.assert_allclose(momentum, [[0.0], [0.1 * 4.0]], rtol=1e-6)
    np.testing.assert_allclose(velocity, [[0.0], [0.001 * (1.0 + 9.0)]], rtol=1e-6)


def states_after_one(optimizer: Any, gradient: Any) -> list[np.ndarray]:
    weights = keras.Variable(np.zeros((2, 1), "float32"))
    optimizer.build([weights])
    optimizer.apply([gradient], [weights])
    return [weights.numpy(), optimizer._momentums[0].numpy(), optimizer._velocities[0].numpy()]


def operations_of_update(optimizer: Any, gradient: Any, rows: int = ROWS) -> set[str]:
    """Returns the kinds of operations of one traced step."""
    weights = keras.Variable(np.zeros((rows, COLUMNS), "float32"))
    optimizer.build([weights])
    step = tf.function(lambda: optimizer.apply([gradient], [weights]))
    return {operation.type for operation in step.get_concrete_function().graph.get_operations()}


def test_a_dense_gradient_is_one_operation_and_a_small_table_a_matrix_product() -> None:
    dense, sparse, plain = keras.optimizers.Adam(), keras.optimizers.Adam(), keras.optimizers.Adam()
    fuse_adam(dense)
    fuse_adam(sparse)
    assert "ResourceApplyAdam" in operations_of_update(dense, dense_gradient(0))
    assert "UnsortedSegmentSum" in operations_of_update(plain, sparse_gradient(0))
    operations = operations_of_update(sparse, sparse_gradient(0))
    assert "MatMul" in operations and "UnsortedSegmentSum" not in operations


def test_a_large_table_is_left_to_keras() -> None:
    rows = MOST_ROWS + 1
    optimizer = keras.optimizers.Adam()
    fuse_adam(optimizer)
    gradient = tf.IndexedSlices(
        tf.ones((2, COLUMNS)), tf.constant([0, 1]), tf.constant([rows, COLUMNS])
    )
    operations = operations_of_update(optimizer, gradient, rows)
    assert "UnsortedSegmentSum" in operations and "MatMul" not in operations


class MyAdam(keras.optimizers.Adam):
    """A user's own."""


@pytest.mark.parametrize(
    "optimizer",
    [
        MyAdam(),
        keras.optimizers.Adam(amsgrad=True),
        keras.optimizers.SGD(),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()),
    ],
    ids=["subclass", "amsgrad", "sgd", "scaled"],
)
def test_what_is_not_plain_adam_stays_as_it_is(optimizer: Any) -> None:
    fuse_adam(optimizer)
    assert "update_step" not in vars(optimizer)


def replaced() -> Any:
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.update_step = lambda gradient, variable, learning_rate: variable.assign_sub(
        tf.convert_to_tensor(gradient)
    )
    return optimizer


def amsgrad_later() -> Any:
    optimizer = keras.optimizers.Adam(0.05)
    fuse_adam(optimizer)
    optimizer.amsgrad = True
    return optimizer


@pytest.mark.parametrize(
    "make",
    [
        replaced,
        lambda: keras.optimizers.Adam(0.05, beta_2=0.99999),
        lambda: keras.optimizers.Adam(0.05, beta_1=0.9999),
        lambda: keras.optimizers.Adam(0.05, beta_2=np.float32(0.9)),
        lambda: keras.optimizers.Adam(0.05, epsilon=np.float32(0.1)),
        amsgrad_later,
    ],
    ids=["replaced", "beta_2", "beta_1", "no plain number", "epsilon", "amsgrad later"],
)
def test_what_the_operation_would_round_is_updated_by_keras_to_the_last_bit(make: Any) -> None:
    """1 - 0.99999 in 32 bits is off by more than a thousandth."""
    fused, plain = make(), make()
    fuse_adam(fused)
    vars(plain).pop("update_step", None) if make is amsgrad_later else None
    for ours, theirs in zip(
        states_after(fused, dense_gradient), states_after(plain, dense_gradient), strict=True
    ):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_weights_of_few_bits_are_updated_by_keras(dtype: str) -> None:
    results = []
    for fuse in (True, False):
        optimizer = keras.optimizers.Adam(0.05)
        if fuse:
            fuse_adam(optimizer)
        weights = keras.Variable(np.ones((ROWS, COLUMNS)), dtype=dtype)
        for step in range(3):
            optimizer.apply([tf.cast(dense_gradient(step), dtype)], [weights])
        results.append(tf.cast(weights.value, "float32").numpy())
    assert np.array_equal(*results)


def test_excluded_weights_do_not_decay() -> None:
    results = []
    for fuse in (True, False):
        optimizer = keras.optimizers.AdamW(0.05, weight_decay=0.5)
        both = [keras.Variable(np.ones(2, "float32"), name=name) for name in ("kernel", "bias")]
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        if fuse:
            fuse_adam(optimizer)
        for _ in range(3):
            optimizer.apply([tf.ones(2), tf.ones(2)], both)
        results.append([variable.numpy() for variable in both])
    np.testing.assert_allclose(results[0], results[1], rtol=3e-5)
    assert results[0][0][0] < results[0][1][0]


def test_a_variable_that_its_gradient_overwrites_is_overwritten() -> None:
    optimizer = keras.optimizers.Adam(0.05)
    fuse_adam(optimizer)
    scale, weights = (keras.Variable(np.ones(2, "float32"), name=name) for name in "sw")
    scale.overwrite_with_gradient = True
    optimizer.apply([tf.constant([3.0, 4.0]), tf.ones(2)], [scale, weights])
    assert scale.numpy().tolist() == [3.0, 4.0]
    np.testing.assert_allclose(weights.numpy(), 0.95, rtol=1e-5)


def test_several_devices_are_left_to_keras() -> None:
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        optimizer = keras.optimizers.Adam()
        fuse_adam(optimizer)
    assert "update_step" not in vars(optimizer)


@pytest.mark.parametrize("batch_normalization", [False, True])
@pytest.mark.slow
def test_a_training_of_the_peptide_network_is_that_of_keras(batch_normalization: bool) -> None:
    generator = np.random.default_rng(0)
    x, y = (
        generator.integers(0, 21, (96, 50)).astype("uint8"),
        generator.integers(0, 2, (96, 1)).astype("float32"),
    )

    def history_of(fuse: bool) -> dict[str, list[float]]:
        keras.utils.set_random_seed(0)
        model = build_peptide_cnn(
            fixed_values(
                batch_normalization=batch_normalization, dropout=0.2, l2=1e-3, learning_rate=1e-3
            ),
            50,
        )
        if fuse:
            fuse_adam(model.optimizer)
        return model.fit(x, y, batch_size=32, epochs=3, verbose=0, validation_data=(x, y)).history

    plain = history_of(fuse=False)
    for name, values in history_of(fuse=True).items():
        np.testing.assert_allclose(values, plain[name], rtol=1e-3, err_msg=name)
