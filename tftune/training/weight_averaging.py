"""The mean of the weights after each of the last epochs of a training, as one model.

    w = (1 / k) * sum over the last k epochs e of w_e

The mean of points along one training lies in a flatter part of the loss than its last point, and
generalises better as a rule: P. Izmailov, D. Podoprikhin, T. Garipov, D. Vetrov and A. G. Wilson,
"Averaging weights leads to wider optima and better generalization", UAI (2018). The running means
of batch normalisation belong to the weights they were collected under, so they are collected anew:
one pass over the training rows without a gradient, in which every batch counts by its rows.

Example:
    >>> window(20), window(6), window(1)
    (5, 3, 0)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.training.checkpoints import assign, variables_of
from tftune.training.epoch_metrics import Logs
from tftune.training.inputs.leaves import first_leaf, map_leaves, taken_rows
from tftune.training.keras_internals import layers_of

SHARE = 4  # the last quarter of the epochs ...
FEWEST, MOST = 3, 20  # ... but at least and at most so many


def window(epochs: int) -> int:
    """Returns of how many last epochs the weights are averaged; 0 where there are too few.

    Args:
        epochs: Of the training.
    """
    wanted = min(max(-(-epochs // SHARE), FEWEST), MOST, epochs)
    return wanted if wanted > 1 else 0


class WeightMean(keras.callbacks.Callback):
    """Adds up the trainable weights after each of the last epochs.

    Args:
        first: The first epoch that counts, from 1.
    """

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first, self.count = first, 0
        self._sums: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch + 1 < self.first:
            return
        weights = [np.asarray(each.numpy(), np.float64) for each in self._weights()]
        if self.count:
            weights = [old + new for old, new in zip(self._sums, weights, strict=True)]
        self._sums, self.count = weights, self.count + 1

    def _weights(self) -> list[Any]:
        return list(self.model.trainable_variables)

    def mean(self) -> list[np.ndarray]:
        """Returns values for all variables of the model, in their order: the means of what was
        trained, the rest as it is.
        """
        values = variables_of(self.model)
        place = {id(each): number for number, each in enumerate(self.model.variables)}
        for variable, total in zip(self._weights(), self._sums, strict=True):
            number = place[id(variable)]
            values[number] = (total / max(self.count, 1)).astype(values[number].dtype)
        return values


def normalizations_of(model: Any) -> list[Any]:
    """Returns the layers of batch normalisation that collect running means, at any depth."""
    return [
        layer
        for layer in layers_of(model) or ()
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]


def renew_statistics(model: Any, x: Any, batch_size: int, seed: int) -> int:
    """Collects the running means of batch normalisation anew, and returns of how many layers.

    The model sees the rows as in training, with dropout and augmentation, because that is what its
    running means are collected from; nothing is trained.

    Args:
        model: Built.
        x: Inputs of the training rows, arrays.
        batch_size: Rows a batch.
        seed: Of the order of the rows: a batch of one class is no sample.
    """
    layers = normalizations_of(model)
    if not layers:
        return 0
    momenta = [layer.momentum for layer in layers]

    def look(rows: Any, momentum: Any) -> None:
        for layer in layers:
            layer.momentum = momentum
        model(rows, training=True)

    step = look if getattr(model, "run_eagerly", False) else tf.function(look)
    seen = 0
    try:
        for rows in _batches(x, batch_size, seed):
            count = len(first_leaf(rows))
            given = map_leaves(tf.convert_to_tensor, rows)
            # so that all batches weigh by their rows
            step(given, tf.constant(seen / (seen + count), tf.float32))
            seen += count
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    return len(layers)


def _batches(x: Any, batch_size: int, seed: int) -> Iterator[Any]:
    total = len(first_leaf(x))
    order = np.random.default_rng(seed).permutation(total)
    for start in range(0, total, batch_size):
        rows = order[start : start + batch_size]
        if len(rows) > 1 or total == 1:  # of one row there is no variance
            yield taken_rows(x, rows)


def take_mean(model: Any, mean: WeightMean, x: Any, batch_size: int, seed: int) -> None:
    """Puts the mean of the weights into a model, with the running means that belong to it.

    Args:
        model: That was trained.
        mean: Has followed the training.
        x: Inputs of the training rows.
        batch_size: Rows a batch.
        seed: Of the order of the rows.
    """
    assign(model, mean.mean(), "weights")
    renew_statistics(model, x, batch_size, seed)
