"""Callbacks that leave a trace in the numbers: what they are told, how often, what they change."""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras


class Hooks(keras.callbacks.Callback):
    """Writes into the logs how often each hook was called, and with which number at last."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls["trainings"] += 1
        self.calls["steps"], self.calls["epochs"] = self.params["steps"], self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.calls["epochs_begun"] += 1
        self.calls["first_epoch"] = self.calls.get("first_epoch", epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.calls["train_batches_begun"] += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls["train_batches_ended"] += 1
        self.calls["last_train_batch"] = batch

    def on_test_begin(self, logs: Any = None) -> None:
        self.calls["tests"] += 1

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls["test_batches_ended"] += 1
        self.calls["last_test_batch"] = batch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs.update(self.calls)


class BatchLogs(keras.callbacks.Callback):
    """Writes into an epoch's logs the mean of what the batches' logs said."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.losses: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append(float(logs["loss"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["mean_of_batches"] = sum(self.losses) / len(self.losses)


class WarmUp(keras.callbacks.Callback):
    """Raises the learning rate with each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        self.model.optimizer.learning_rate = 0.002 * self.batches


class StopsAfter(keras.callbacks.Callback):
    """Ends the training after so many batches, in the middle of an epoch.

    Args:
        batches: How many.
    """

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches -= 1
        if self.batches == 0:
            self.model.stop_training = True


class Shrinks(keras.callbacks.Callback):
    """Halves all weights before each epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.set_weights([0.5 * weights for weights in self.model.get_weights()])


class Freezes(keras.callbacks.Callback):
    """Sets the second epoch's learning rate to nothing."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = 0.0 if epoch == 1 else 0.05


class Watches(keras.callbacks.Callback):
    """Evaluates the model on rows of its own, and predicts, after each epoch.

    Args:
        x: Inputs.
        y: Targets.
    """

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["own_loss"] = self.model.evaluate(self.x, self.y, verbose=0, return_dict=True)["loss"]
        logs["own_mean"] = float(self.model.predict(self.x, verbose=0).mean())
