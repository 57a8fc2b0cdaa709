"""Layers with batch normalisation, L2, dropout and shortcuts placed as the papers place them."""

from __future__ import annotations

from typing import Any

import keras

from tftune.errors import UsageError
from tftune.models.augmentation import Augmentation
from tftune.models.parts import activation_layer, make_regularizer

BATCH_NORMALIZATION_MOMENTUM = (
    0.9  # Keras' 0.99 needs hundreds of steps until validation sees the statistics of the data
)


def regularizer(strength: float) -> Any:
    """Returns the L2 regulariser `strength * sum(weight ** 2)`, or None for strength 0.

    Args:
        strength: Penalty, 0 or more.

    Example:
        >>> regularizer(0.0) is None
        True
    """
    return make_regularizer(l2=strength)


def normalized(x: Any, layer: Any, activation: str, batch_normalization: bool) -> Any:
    """Applies a linear layer, batch normalisation if wished, and the non-linearity, in this order.

    Normalisation stands before the non-linearity and its `beta` replaces the bias beneath (Ioffe &
    Szegedy 2015, section 3.2), so the layer must have been made with
    `use_bias=not batch_normalization`.

    Args:
        x: Input tensor.
        layer: A `keras.layers` convolution or dense layer without activation.
        activation: Name of the non-linearity (see `tftune.models.parts.activation_layer`).
        batch_normalization: Whether to normalise.

    Returns:
        The output tensor.

    Raises:
        UsageError: If the layer has a bias beneath batch normalisation, or neither bias nor batch
            normalisation.
    """
    if layer.use_bias == batch_normalization:
        raise UsageError(
            f"The layer must have use_bias={not batch_normalization} as "
            f"batch_normalization={batch_normalization}. "
            f"Received: use_bias={layer.use_bias}. Make it with use_bias=not batch_normalization."
        )
    x = layer(x)
    if batch_normalization:
        x = keras.layers.BatchNormalization(momentum=BATCH_NORMALIZATION_MOMENTUM)(x)
    return activation_layer(activation, rank=len(x.shape))(x)


def residual(
    x: Any,
    filters: int,
    stride: int,
    activation: str,
    batch_normalization: bool,
    kernel_regularizer: Any = None,
) -> Any:
    """Applies a basic residual block, `activation(shortcut(x) + F(x))`, where F is two convolutions
    of 3 x 3 (He et al. 2016, figure 2 and section 3.3).

    At first F is 0, so that a new block changes nothing: `gamma` of its last normalisation begins
    at 0 (Goyal et al. 2017, section 5.1), without normalisation its last convolution does (Zhang et
    al. 2019). The shortcut is x itself, or a convolution of 1 x 1 where sizes change.

    Args:
        x: Pictures (batch, height, width, channels).
        filters: Channels of what comes out.
        stride: Of the first convolution and of the shortcut.
        activation: Name of the non-linearity.
        batch_normalization: Whether to normalise.
        kernel_regularizer: Of all convolutions, or None.

    Returns:
        Pictures (batch, height / stride, width / stride, filters), sizes rounded up.
    """

    def convolution(size: int, step: int, initializer: str = "he_normal") -> Any:
        return keras.layers.Conv2D(
            filters,
            size,
            strides=step,
            padding="same",
            use_bias=not batch_normalization,
            kernel_initializer=initializer,
            kernel_regularizer=kernel_regularizer,
        )

    def scaled(x: Any, gamma: str) -> Any:
        if not batch_normalization:
            return x
        return keras.layers.BatchNormalization(
            momentum=BATCH_NORMALIZATION_MOMENTUM, gamma_initializer=gamma
        )(x)

    inside = normalized(x, convolution(3, stride), activation, batch_normalization)
    last = convolution(3, 1, "he_normal" if batch_normalization else "zeros")
    inside = scaled(last(inside), "zeros")
    if stride != 1 or x.shape[-1] != filters:
        x = scaled(convolution(1, stride)(x), "ones")
    return activation_layer(activation, rank=4)(keras.layers.Add()([x, inside]))


def dropped(x: Any, rate: float) -> Any:
    """Applies dropout; rate 0 adds no layer.

    Args:
        x: Input tensor.
        rate: Share of activations set to zero while training, 0 to below 1.

    Returns:
        A tensor of the same shape.
    """
    return keras.layers.Dropout(rate)(x) if rate else x


def shifted(x: Any, share: float) -> Any:
    """Moves each picture by a random share of its height and of its width while training; share 0
    adds no layer. What comes in at the border is 0.

    Args:
        x: Pictures (batch, height, width, channels) of floats, whose background is 0.
        share: Largest share, 0 to below 1.

    Returns:
        A tensor of the same shape.
    """
    return keras.layers.RandomTranslation(share, share, "constant")(x) if share else x


def varied(x: Any, strength: float, value_range: tuple[float, float] = (0.0, 255.0)) -> Any:
    """Shows random views of pictures while training, see `tftune.models.augmentation`; strength 0
    adds no layer.

    Args:
        x: Pictures (batch, height, width, channels) of floats.
        strength: 0 to 1.
        value_range: The values of black and of white.

    Returns:
        A tensor of the same shape.
    """
    return Augmentation(strength, value_range)(x) if strength else x


def noised(x: Any, deviation: float) -> Any:
    """Adds Gaussian noise while training; deviation 0 adds no layer.

    Args:
        x: Input tensor of floats.
        deviation: Standard deviation of the noise, 0 or more.

    Returns:
        A tensor of the same shape.
    """
    return keras.layers.GaussianNoise(deviation)(x) if deviation else x
