"""One measurement of the experiment on batch normalisation: a leaf classifier is trained, and
watched from outside while it is.

Two networks of one seed that differ in batch normalisation begin with the same kernels (He et al.
2015): the layers of the normalisation draw nothing. What is watched, on a batch of training
photographs that stays the same and is not augmented:

    gradient norm of a layer    || dL / dW ||, W its kernel, L the loss with the batch's statistics
    pre-activations             mean and deviation of each channel, before the non-linearity
    saturated                   the share of them at which the slope of the non-linearity is below
                                about a tenth of its largest: |z| > 3.6 of a sigmoid (s(1 - s) <
                                0.026), |z| > 1.8 of tanh; z < 0 of a ReLU, where it is 0
    shift between two looks     mean over channels of |mean' - mean| / deviation

and of the normalised network, after each epoch:

    validation accuracy         with the moving statistics, and with those of batches of validation
    distance of the mean        mean over channels of |moving mean - mean| / deviation
    distance of the variance    mean over channels of |ln(moving variance / variance)|

where mean, deviation and variance without *moving* are those of all training photographs at once.
"""

from __future__ import annotations

import argparse
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.datasets import bean_leaves
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import build_leaf_cnn
from tftune.support.seeding import generator

WATCHED = 96  # photographs in the batch that stays the same
SATURATED = {"sigmoid": 3.6, "tanh": 1.8}
_EVALUATED = 32  # photographs whose statistics validation is normalised with


def train_once(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Trains one network and returns its curves and what was watched, as plain lists.

    Args:
        options: Of the experiment: where the data come from, `epochs`, `batch_size`, `optimizer`.
        cell: `rate`, `normalized`, `activation`, `scale` (initial kernels times it) and `seed`.
    """
    dataset = bean_leaves.load(options.data, options.data_dir, options.image_size, options.seed)
    (x, y), validation = dataset.train.load(), dataset.validation.load()
    keras.utils.set_random_seed(cell["seed"])
    values = fixed_values(
        batch_normalization=cell["normalized"],
        activation=cell["activation"],
        optimizer=options.optimizer,
        learning_rate=cell["rate"],
        batch_size=options.batch_size,
        dropout=0.0,
        l2=0.0,
    )
    model = build_leaf_cnn(values, options.image_size, len(dataset.classes))
    for layer in weighted_layers(model):
        layer.kernel.assign(layer.kernel * cell["scale"])
    watch = Watch(model, x, y, validation, cell["activation"], looks_at(options.epochs))
    history = model.fit(
        x,
        y,
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=validation,
        callbacks=[watch],
        verbose=0,
    ).history
    whole = [epoch for epoch, loss in enumerate(history["loss"]) if np.isfinite(loss)]
    curves = {
        name: padded([history[name][epoch] for epoch in whole], options.epochs)
        for name in ("loss", "accuracy", "val_loss", "val_accuracy")
    }
    shares = np.asarray(y).mean(axis=0)
    chance = float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
    told = {"chance_loss": chance, "chance_accuracy": float(shares.max())}
    keras.backend.clear_session()
    return {**curves, **told, **watch.found}


def looks_at(epochs: int) -> list[int]:
    """Returns after which epochs gradients and pre-activations are looked at; 0 is before the
    first.

    Example:
        >>> looks_at(20), looks_at(1)
        ([0, 1, 2, 5, 10, 20], [0, 1])
    """
    return sorted({0, 1, 2, epochs // 4, epochs // 2, epochs} & set(range(epochs + 1)))


def padded(curve: list[float], epochs: int) -> list[float]:
    """Returns a curve with NaN for the epochs that a diverged training has not reached.

    Example:
        >>> padded([0.5], 3)
        [0.5, nan, nan]
    """
    return [float(value) for value in curve] + [float("nan")] * (epochs - len(curve))


def weighted_layers(model: Any) -> list[Any]:
    """Returns the convolutions and dense layers of a model, the first of them first."""
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    ]


class Watch(keras.callbacks.Callback):
    """Looks at a network while it trains and leaves it as it was.

    Args:
        model: What is trained.
        x: The training photographs, shape (n, height, width, 3).
        y: Their labels, shape (n, classes).
        validation: The same of the validation split.
        activation: The non-linearity.
        looks: After which epochs gradients and pre-activations are looked at.

    Attributes:
        found: What was seen, as plain lists; an entry a look or an epoch.
    """

    def __init__(
        self, model: Any, x: Any, y: Any, validation: Any, activation: str, looks: list[int]
    ) -> None:
        super().__init__()
        self._looks, self._activation, self._validation = looks, activation, validation
        self._layers = weighted_layers(model)
        kinds = keras.layers
        self._norms = [
            layer for layer in model.layers if isinstance(layer, kinds.BatchNormalization)
        ]
        hidden = [layer for layer in model.layers if isinstance(layer, kinds.Activation)]
        start = self._layers[0].input  # behind the augmentation
        self._scaled = keras.Model(model.input, start)
        self._tail = keras.Model(
            start,
            {
                "answers": model.output,
                "before": [layer.input for layer in hidden],
                "to_normalize": [layer.input for layer in self._norms],
            },
        )
        rows = generator(0, 0, "watched").permutation(len(x))[:WATCHED]
        self._inputs = self._scaled(np.asarray(x)[np.sort(rows)], training=False)
        self._labels = np.asarray(y)[np.sort(rows)]
        self._all = self._scaled(np.asarray(x), training=False) if self._norms else None
        self._seen: list[tuple[Any, Any]] = []  # mean and deviation of the last look, by layer
        self.found: dict[str, Any] = {
            "looks": [],
            "layers": [f"block {place}" for place in range(1, len(self._layers))] + ["output"],
            "gradient_norms": [],
            "saturated": [],
            "shifts": [],
            "batch_val_accuracy": [],
            "mean_distance": [],
            "variance_distance": [],
        }

    def on_train_begin(self, logs: Any = None) -> None:
        """Looks before the first step."""
        self._look(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Ends a training that has diverged."""
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks after an epoch."""
        if self.model.stop_training:
            return
        if epoch + 1 in self._looks:
            self._look(epoch + 1)
        if self._norms:
            self._compare_statistics()

    def _answers(self, inputs: Any) -> dict[str, Any]:
        """Returns what the network computes with the statistics of these inputs; the moving ones
        stay as they are.
        """
        kept = [(each, each.numpy()) for norm in self._norms for each in norm.non_trainable_weights]
        found: dict[str, Any] = self._tail(inputs, training=True)
        for variable, value in kept:
            variable.assign(value)
        return found

    def _look(self, epoch: int) -> None:
        with tf.GradientTape() as tape:
            found = self._answers(self._inputs)
            loss = keras.losses.categorical_crossentropy(self._labels, found["answers"])
            loss = tf.reduce_mean(loss)
        kernels = [layer.kernel.value for layer in self._layers]
        norms = [float(tf.norm(gradient)) for gradient in tape.gradient(loss, kernels)]
        before = [np.asarray(each, dtype=float) for each in found["before"]]
        limit = SATURATED.get(self._activation)
        saturated = [
            (each < 0 if limit is None else np.abs(each) > limit).mean() for each in before
        ]
        seen = [_statistics(each) for each in before]
        shifts = [
            float(np.mean(np.abs(mean - old) / (deviation + 1e-7)))
            for (mean, _), (old, deviation) in zip(seen, self._seen or seen, strict=True)
        ]
        self._seen = seen
        self.found["looks"].append(epoch)
        self.found["gradient_norms"].append(norms)
        self.found["saturated"].append([float(each) for each in saturated])
        self.found["shifts"].append(shifts)

    def _compare_statistics(self) -> None:
        x, y = self._validation
        right = 0
        for first in range(0, len(x), _EVALUATED):
            rows = slice(first, first + _EVALUATED)
            inputs = self._scaled(np.asarray(x[rows]), training=False)
            answers = np.asarray(self._answers(inputs)["answers"])
            right += int((answers.argmax(axis=1) == y[rows].argmax(axis=1)).sum())
        means, variances = [], []
        for norm, each in zip(self._norms, self._answers(self._all)["to_normalize"], strict=True):
            mean, deviation = _statistics(np.asarray(each, dtype=float))
            moving = np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)
            means.append(float(np.mean(np.abs(moving[0] - mean) / (deviation + 1e-7))))
            ratio = (moving[1] + 1e-7) / (deviation**2 + 1e-7)
            variances.append(float(np.mean(np.abs(np.log(ratio)))))
        self.found["batch_val_accuracy"].append(right / len(x))
        self.found["mean_distance"].append(means)
        self.found["variance_distance"].append(variances)


def _statistics(values: Any) -> tuple[Any, Any]:
    """Returns mean and deviation of each channel, the last axis."""
    axes = tuple(range(values.ndim - 1))
    return values.mean(axis=axes), values.std(axis=axes)
