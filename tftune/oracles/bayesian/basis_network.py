"""A small network whose last hidden layer is the basis of `dngo`: three layers of tanh units, its
gradient written by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Array = np.ndarray


class BasisNetwork:
    """f(x) = w . phi(x) + b, phi(x) = tanh(W3 tanh(W2 tanh(W1 x + b1) + b2) + b3); all parameters
    in one vector `theta`.

    `theta` is the maximum a posteriori estimate: it minimises

        1/2 mean (y - f(x))^2 + decay / 2 |W|^2

    over all weight matrices W (biases go free), by Adam on all data at once (D. P. Kingma, J. Ba:
    Adam, ICLR 2015) with a learning rate that falls to 0 on a cosine.

    Args:
        inputs: Number of features.
        generator: The source of the first weights: normal, with the variance 1 / (inputs of the
            layer); biases begin at 0.
        hidden: Units of the hidden layers.

    Example:
        >>> x = np.linspace(-1, 1, 20)[:, None]
        >>> network = BasisNetwork(1, np.random.default_rng(0)).fit(x, x[:, 0] ** 2, epochs=300)
        >>> bool(np.abs(network.predict(x) - x[:, 0] ** 2).max() < 0.1), network.basis(x).shape
        (True, (20, 50))
    """

    def __init__(
        self, inputs: int, generator: np.random.Generator, hidden: Sequence[int] = (50, 50, 50)
    ) -> None:
        self.widths = [inputs, *hidden, 1]
        self._slices: list[tuple[slice, slice]] = []  # of the weights and the biases of each layer
        parts, end = [], 0
        for before, after in zip(self.widths[:-1], self.widths[1:], strict=True):
            parts += [generator.normal(0.0, 1.0 / np.sqrt(before), before * after), np.zeros(after)]
            self._slices.append(
                (
                    slice(end, end + before * after),
                    slice(end + before * after, end + (before + 1) * after),
                )
            )
            end += (before + 1) * after
        self.theta: Array = np.concatenate(parts)
        self._decayed = np.zeros(end)
        for weights, _ in self._slices:
            self._decayed[weights] = 1.0

    def fit(
        self,
        features: Array,
        targets: Array,
        epochs: int = 100,
        rate: float = 0.02,
        decay: float = 1e-3,
    ) -> BasisNetwork:
        """Trains the network.

        Args:
            features: Shape (n, inputs).
            targets: About standard normal, shape (n,).
            epochs: Steps of Adam.
            rate: Its learning rate at first.
            decay: Precision of the weights' prior over the number of data.
        """
        features, targets, theta = (
            features.astype(np.float32),
            targets.astype(np.float32),
            self.theta.astype(np.float32),
        )
        mean, square = (
            np.zeros_like(theta),
            np.zeros_like(theta),
        )  # single precision takes half the time
        for step in range(1, epochs + 1):
            _, slope = self.loss(theta, features, targets, decay)
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope * slope - square)
            now = rate * 0.5 * (1.0 + math.cos(math.pi * (step - 1) / epochs))
            theta -= (
                now * (mean / (1.0 - 0.9**step)) / (np.sqrt(square / (1.0 - 0.999**step)) + 1e-8)
            )
        self.theta = theta.astype(float)
        return self

    def loss(
        self, theta: Array, features: Array, targets: Array, decay: float
    ) -> tuple[float, Array]:
        """Returns what `fit` minimises, and its gradient."""
        activations = self._activations(theta, features)
        error = activations[-1][:, 0] - targets
        weights = theta * self._decayed.astype(theta.dtype)
        value = 0.5 * float(error @ error) / len(targets) + 0.5 * decay * float(weights @ weights)
        slope = decay * weights
        back = (error / len(targets))[:, None]  # d value / d (input of the layer's units)
        for layer in range(len(self._slices) - 1, -1, -1):
            place, biases = self._slices[layer]
            slope[place] += (activations[layer].T @ back).ravel()
            slope[biases] = back.sum(axis=0)
            if layer:
                back = (back @ self._weights(theta, layer).T) * (1.0 - activations[layer] ** 2)
        return value, slope

    def basis(self, features: Array) -> Array:
        """Returns phi(x) of every row, shape (n, units of the last hidden layer)."""
        return self._activations(self.theta, features)[-2]

    def predict(self, features: Array) -> Array:
        """Returns f(x) of every row, shape (n,)."""
        return self._activations(self.theta, features)[-1][:, 0]

    def _weights(self, theta: Array, layer: int) -> Array:
        return theta[self._slices[layer][0]].reshape(self.widths[layer], self.widths[layer + 1])

    def _activations(self, theta: Array, features: Array) -> list[Array]:
        """Returns the input and the output of every layer."""
        outputs = [features]
        for layer, (_, biases) in enumerate(self._slices):
            outputs.append(outputs[-1] @ self._weights(theta, layer) + theta[biases])
            if layer < len(self._slices) - 1:
                np.tanh(outputs[-1], out=outputs[-1])
        return outputs
