"""Pictures of any size and depth to the pixels that a classifier of images takes, by operations of
Keras.

A batch is (n, height, width, channels) of one size: grey, grey and alpha, RGB or RGBA; transparency
is left out, as in `tftune/datasets/images.py`. The white of each image is the least of 1, 255 and
65,535 that none of its values exceeds, so that 8 bits, 16 bits and floats from 0 to 1 are read
alike; an image with other values, or with more than four channels, is not answered.

The resizing is Pillow's, which the training pictures went through: a triangle as wide as the
reduction, columns first, rows afterwards, each rounded to 8 bits. It is written as two products
with matrices of weights. `keras.ops.image.resize(antialias=True)` is the same filter in one go
without the rounding between; it is not taken because XLA, ONNX and LiteRT do not know it. Sizes are
counted in the graph, since `shape` knows none there. A classifier of grey pixels gets 0.299 red +
0.587 green + 0.114 blue (ITU-R BT.601), as Pillow's `convert("L")` has it. Light and dark are never
exchanged: a digit drawn dark on light is another picture than those of MNIST.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tftune.datasets.images import LUMINANCE
from tftune.models.raw_input import answering_model

WHITE_16, WHITE_8 = 65535.0, 255.0
MOST_CHANNELS = 4


def image_model(model: keras.Model, class_names: Sequence[str] | None = None) -> keras.Model:
    """Returns a model of images of any size and depth around one of resized RGB pixels.

    Args:
        model: The trained classifier of pixels (batch, height, width, 3 or 1), 0 to 255.
        class_names: In the order of the labels. None: their numbers.

    Raises:
        UsageError: If there are not as many names as classes.
    """
    height, width, depth = model.input_shape[1:]
    inputs = keras.Input((None, None, None), dtype="float32", name="image")
    lowest, highest = ops.min(inputs, axis=(1, 2, 3)), ops.max(inputs, axis=(1, 2, 3))
    white = ops.where(highest > 1.0, WHITE_8, 1.0)
    white = ops.where(highest > WHITE_8, WHITE_16, white)  # (batch,)
    channels = _positions(inputs, 3)
    answerable = ops.logical_and(lowest >= 0.0, highest <= WHITE_16)  # false for NaN
    answerable = ops.logical_and(answerable, ops.max(channels) < MOST_CHANNELS)

    scale = ops.reshape(WHITE_8 / white, (-1, 1, 1, 1))
    x = ops.einsum("bhwc,vw->bhvc", inputs, _weights(_positions(inputs, 2), width))
    x = _rounded(x * scale)
    x = _rounded(ops.einsum("bhvc,uh->buvc", x, _weights(_positions(inputs, 1), height)))
    x = ops.einsum("buvc,cr->buvr", x, _to_rgb(channels))  # (batch, height, width, 3)
    if depth == 1:
        x = _rounded(ops.einsum("buvr,rg->buvg", x, np.array(LUMINANCE, "float32")[:, None]))
    x = ops.where(ops.reshape(answerable, (-1, 1, 1, 1)), x, 0.0)
    return answering_model(inputs, ops.cast(x, "uint8"), answerable, model, class_names)


def _positions(images: Any, axis: int) -> Any:
    """Returns 0, 1, 2 ... along an axis whose length is known only when the model runs."""
    one = [slice(0, 1)] * 4
    one[axis] = slice(None)
    return ops.cumsum(ops.reshape(ops.ones_like(images[tuple(one)]), (-1,))) - 1.0


def _weights(positions: Any, size: int) -> Any:
    """Returns how much each of `size` new pixels takes of each old one, shape (size, old)."""
    scale = (ops.max(positions) + 1.0) / size
    centres = np.arange(size, dtype="float32")[:, None] + 0.5
    distance = ops.abs(ops.expand_dims(positions, 0) + 0.5 - scale * centres)
    weights = ops.relu(1.0 - distance / ops.maximum(scale, 1.0))
    return weights / ops.sum(weights, axis=1, keepdims=True)


def _rounded(values: Any) -> Any:
    return ops.clip(ops.floor(values + 0.5), 0.0, WHITE_8)


def _to_rgb(channels: Any) -> Any:
    """Returns the channel that each of red, green and blue is, shape (channels, 3)."""
    grey = ops.max(channels) < 2.0  # one channel, or one and transparency
    wanted = ops.where(grey, np.zeros((1, 3), "float32"), np.arange(3, dtype="float32")[None])
    return ops.cast(ops.equal(ops.expand_dims(channels, 1), wanted), "float32")
