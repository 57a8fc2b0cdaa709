"""Batch normalisation's training as one operation forward and one backward.

Keras writes it out in single operations, a dozen passes over the activations; where they are
convolutions' this is a quarter of a small network's step. The numbers are those of Keras, but for
the order in which floats are added.

Ioffe, S. & Szegedy, C. "Batch normalization", ICML 2015.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import keras
import tensorflow as tf

from tftune.training.keras_internals import layers_of


def fuse_normalization(model: Any) -> None:
    """Lets the layers `BatchNormalization` of a model, at any depth, do their training by one
    operation where it is in 32 bit floats over the last axis, on a processor.

    Masks, renormalisation, synchronised devices and subclasses are left to Keras, and so are
    predictions, where TensorFlow joins the layer with what stands beside it.

    Args:
        model: A Keras model; the method `call` of its layers is replaced on these instances only.
    """
    for layer in layers_of(model) or ():
        if type(layer) is keras.layers.BatchNormalization and "call" not in vars(layer):
            layer.call = MethodType(_call, layer)


def _call(layer: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
    if mask is not None or not training or not _is_proven(layer, inputs):
        return type(layer).call(layer, inputs, training=training, mask=mask)
    channels = inputs.shape[-1]
    ones, zeros = tf.ones([channels]), tf.zeros([channels])
    pixels = tf.reshape(inputs, [-1, 1, 1, channels]) if inputs.shape.rank != 4 else inputs
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=pixels,
        scale=tf.convert_to_tensor(layer.gamma) if layer.scale else ones,
        offset=tf.convert_to_tensor(layer.beta) if layer.center else zeros,
        mean=zeros,
        variance=ones,
        epsilon=layer.epsilon,
        is_training=True,
    )
    rows = tf.cast(tf.size(inputs) // channels, tf.float32)
    variance *= tf.maximum(rows - 1.0, 1.0) / rows  # the operation divides by one row less
    for moving, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        moving.assign(moving * layer.momentum + value * (1.0 - layer.momentum))
    return outputs if inputs.shape.rank == 4 else tf.reshape(outputs, tf.shape(inputs))


def _is_proven(layer: Any, inputs: Any) -> bool:
    """Tells whether the operation gives the numbers of Keras; asked while the step is traced, since
    all of it can be changed until then.
    """
    return (
        isinstance(inputs, tf.Tensor)
        and inputs.shape.rank is not None
        and inputs.shape.rank >= 2
        and inputs.shape[-1] is not None
        and layer.axis in (-1, inputs.shape.rank - 1)
        and inputs.dtype == tf.float32
        and layer.compute_dtype == layer.variable_dtype == "float32"
        and layer.trainable
        and not getattr(layer, "renorm", False)
        and not layer.synchronized
        and not tf.distribute.has_strategy()
        and not tf.config.list_physical_devices("GPU")
    )
