"""Knobs of the layers: how many, how wide, how normalised, initialised and activated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.models.knobs.ranges import choice, plain, whole

ACTIVATIONS = ("relu", "elu", "gelu", "silu", "tanh", "sigmoid", "leaky_relu", "prelu")
ARCHITECTURES = ("compact", "plain", "residual")
INITIALIZERS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "random_uniform",
    "random_normal",
)


def batch_normalization(hp: Any, default: bool = True) -> bool:
    """Whether batch normalisation stands between each linear map and its non-linearity.

    `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and variance over the batch;
    `beta` takes the place of the bias beneath, which is dropped (Ioffe & Szegedy 2015, section
    3.2).

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> batch_normalization(keras_tuner.HyperParameters())
        True
    """
    return plain(hp.Boolean("batch_normalization", default=default), bool)


def activation(hp: Any, default: str = "relu", choices: Sequence[str] = ACTIVATIONS) -> str:
    """Name of the non-linearity of the hidden layers, for
    `tftune.models.parts.activation_layer`.

    `relu` is max(x, 0) (Nair & Hinton 2010), `leaky_relu` max(x, 0.2 x) (Maas et al. 2013),
    `prelu` the same with a slope that is trained (He et al. 2015), `elu` x or exp(x) - 1 (Clevert
    et al. 2016), `gelu` x times the normal distribution's P(X <= x) (Hendrycks & Gimpel 2016),
    `silu`, also called swish, x sigmoid(x) (Ramachandran et al. 2017).

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among, of `ACTIVATIONS`.

    Example:
        >>> import keras_tuner
        >>> activation(keras_tuner.HyperParameters())
        'relu'
    """
    return choice(hp, "activation", choices, default, ACTIVATIONS)


def initializer(
    hp: Any, default: str = "glorot_uniform", choices: Sequence[str] = INITIALIZERS
) -> str:
    """Name of the initialiser of the weights, which Keras' layers take as `kernel_initializer`.

    The variance is 2 / (inputs + outputs) by Glorot & Bengio (2010), 2 / inputs by He et al.
    (2015), which suits ReLU, and 1 / inputs by LeCun et al. (1998).

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among, of Keras.

    Example:
        >>> import keras_tuner
        >>> initializer(keras_tuner.HyperParameters())
        'glorot_uniform'
    """
    return plain(hp.Choice("initializer", list(choices), default=default), str)


def filters(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of filters of the first convolution, a power of two times `minimum`.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest filters.
        maximum: Most filters.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> filters(keras_tuner.HyperParameters(), 8, 32, default=16)
        16
    """
    return whole(hp, "filters", minimum, maximum, default, doubles=True)


def units(hp: Any, choices: Sequence[int], default: int) -> int:
    """Number of units of the first hidden dense layer.

    Args:
        hp: The hyper-parameters to declare it in.
        choices: Numbers to choose among, in rising order; 0 stands for no such layer where the
            model allows that.
        default: Value of a search's first guess, one of `choices`.

    Example:
        >>> import keras_tuner
        >>> units(keras_tuner.HyperParameters(), (32, 64, 128, 256), default=256)
        256
    """
    return plain(hp.Choice("units", list(choices), ordered=True, default=default), int)


def depth(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of blocks of convolution and pooling.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest blocks.
        maximum: Most blocks.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> depth(keras_tuner.HyperParameters(), 2, 5, default=4)
        4
    """
    return whole(hp, "depth", minimum, maximum, default)


def architecture(hp: Any, default: str = "compact", choices: Sequence[str] = ARCHITECTURES) -> str:
    """Name of the kind of convolutional network, for `tftune.models.leaf_bodies.BODIES`.

    `compact` begins with convolutions of 5 x 5 and has few filters behind, `plain` doubles the
    filters with each pooling (Simonyan & Zisserman 2015), `residual` adds what each block puts out
    to what came in (He et al. 2016).

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among, of `ARCHITECTURES`.

    Example:
        >>> import keras_tuner
        >>> architecture(keras_tuner.HyperParameters())
        'compact'
    """
    return choice(hp, "architecture", choices, default, ARCHITECTURES)


def layers(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of hidden dense layers.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest layers.
        maximum: Most layers.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> layers(keras_tuner.HyperParameters(), 1, 4, default=2)
        2
    """
    return whole(hp, "layers", minimum, maximum, default)


def nodes(hp: Any, minimum: int, maximum: int, default: int) -> int:
    """Number of nodes of each hidden dense layer, a power of two times `minimum`.

    Args:
        hp: The hyper-parameters to declare it in.
        minimum: Fewest nodes.
        maximum: Most nodes.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> nodes(keras_tuner.HyperParameters(), 32, 1024, default=512)
        512
    """
    return whole(hp, "nodes", minimum, maximum, default, doubles=True)
