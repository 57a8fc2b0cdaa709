"""A callback that keeps the weights of the best epoch of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the epoch in which a metric was highest, the first of equals, and those
    of the last epoch.

    Args:
        metric: Name in the logs of an epoch, such as `val_accuracy`.
        restore: Whether the model gets the best weights when the training ends.

    Attributes:
        epoch: The best one, from 1; 0 before the first.
        score: Its metric.
        weights: Of the best epoch.
        last: Weights after the last epoch, which early stopping may replace.
    """

    def __init__(self, metric: str, restore: bool = False) -> None:
        super().__init__()
        self.epoch, self.score = 0, -math.inf
        self.weights: list[Any] = []
        self.last: list[Any] | None = None
        self._metric, self._restore = metric, restore

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Compares the epoch with the best one so far."""
        score = float((logs or {})[self._metric])
        if score > self.score or not self.epoch:
            self.epoch, self.score, self.weights = epoch + 1, score, self.model.get_weights()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Keeps the last weights before an early stopping that stands behind brings back others."""
        self.last = self.model.get_weights()
        if self._restore and self.epoch:
            self.model.set_weights(self.weights)
