"""Batch normalisation and the bias exclude each other; a strength or rate of 0 adds nothing."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.blocks import dropped, normalized, regularizer


@pytest.mark.parametrize("batch_normalization", [True, False])
def test_bias_and_batch_normalization_exclude_each_other(batch_normalization: bool) -> None:
    wrong = keras.layers.Dense(2, use_bias=batch_normalization)
    with pytest.raises(UsageError, match=f"must have use_bias={not batch_normalization}"):
        normalized(keras.Input((3,)), wrong, "relu", batch_normalization)


def test_activations_have_zero_mean_and_unit_variance_before_the_non_linearity() -> None:
    inputs = keras.Input((3,))
    outputs = normalized(
        inputs, keras.layers.Dense(4, use_bias=False), "linear", batch_normalization=True
    )
    x = np.random.default_rng(0).normal(5.0, 3.0, (512, 3)).astype(np.float32)
    y = np.asarray(keras.Model(inputs, outputs)(x, training=True))
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(y.std(axis=0), 1.0, atol=1e-2)


def test_regularizer_is_strength_times_sum_of_squares() -> None:
    weights = np.array([1.0, -2.0], np.float32)
    assert float(regularizer(0.1)(weights)) == pytest.approx(0.1 * (1 + 4))
    assert regularizer(0.0) is None


def test_dropout_of_rate_zero_adds_no_layer() -> None:
    inputs = keras.Input((3,))
    assert dropped(inputs, 0.0) is inputs
    assert keras.Model(inputs, dropped(inputs, 0.25)).layers[-1].rate == 0.25
