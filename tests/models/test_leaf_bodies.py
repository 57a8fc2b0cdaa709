"""The bodies of the leaf classifier have the layers that they document."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tftune.models.blocks import residual
from tftune.models.leaf_bodies import BODIES

VALUES: dict[str, Any] = {
    "filters": 8,
    "depth": 3,
    "activation": "relu",
    "batch_normalization": True,
    "l2": 0.0,
}


def body(name: str, size: int = 32, **values: Any) -> keras.Model:
    inputs = keras.Input((size, size, 3))
    return keras.Model(inputs, BODIES[name](inputs, {**VALUES, **values}))


def convolutions(*widths: int) -> int:
    """Weights of convolutions of 3 x 3 in a row, with normalisation."""
    pairs = zip(widths, widths[1:], strict=False)
    return sum(9 * before * after + 4 * after for before, after in pairs)


def test_plain_doubles_the_filters_with_each_pooling() -> None:
    model = body("plain")
    assert model.output_shape == (None, 2, 2, 64)
    assert model.count_params() == convolutions(3, 8, 16, 32, 64)


def test_residual_doubles_the_filters_with_each_stride() -> None:
    model = body("residual")
    assert model.output_shape == (None, 4, 4, 32)
    shortcuts = 8 * 16 + 4 * 16 + 16 * 32 + 4 * 32
    assert model.count_params() == convolutions(3, 8, 8, 8, 16, 16, 32, 32) + shortcuts


def test_compact_is_that_of_the_core_space() -> None:
    model = body("compact", depth=5)
    assert model.output_shape == (None, 1, 1, 64)
    first = model.layers[1]
    assert (first.kernel_size, first.strides) == ((5, 5), (2, 2))


@pytest.mark.parametrize("batch_normalization", [True, False])
def test_a_new_residual_block_passes_on_what_comes_in(batch_normalization: bool) -> None:
    inputs = keras.Input((6, 6, 4))
    block = keras.Model(inputs, residual(inputs, 4, 1, "relu", batch_normalization))
    x = np.random.default_rng(0).uniform(0, 1, (2, 6, 6, 4)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(block(x)), x, atol=1e-6)


def test_every_body_has_a_penalty_on_each_convolution() -> None:
    for name in BODIES:
        model = body(name, l2=0.1)
        convolved = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        assert all(float(layer.kernel_regularizer.l2) == pytest.approx(0.1) for layer in convolved)
