"""Callbacks of a trial: what they count survives a continuation, so two halves of a training equal
the whole.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tftune.errors import UsageError
from tftune.journal.status import loss_of
from tftune.support.checks import nearest
from tftune.training.checkpoints import variables_of

Report = Callable[[dict[str, Any]], bool]  # takes one epoch's record, answers whether to stop


class BestEpoch(keras.callbacks.Callback):
    """Reports each epoch, keeps the weights of the best one in memory and obeys the answer to stop.

    A NaN is never the best, also not in the first epoch.

    Args:
        objective: Name of the metric, such as `val_auc`.
        direction: `max` or `min`.
        report: Called with `{"epoch", "metrics", "seconds"}`, epochs from 1; returns True to stop
            the training.
    """

    def __init__(self, objective: str, direction: str, report: Report) -> None:
        super().__init__()
        self.objective, self.direction, self.report = objective, direction, report
        self.score = math.nan
        self.best_epoch: int | None = None
        self.metrics: dict[str, float] = {}
        self.weights: list[np.ndarray] | None = None
        self.epochs_trained = 0
        self.pruned = False
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        metrics = metrics_of(logs, self.model)
        self.epochs_trained = epoch + 1
        value = self._objective_of(metrics)
        if math.isfinite(value) and not self._loss(value) >= self._loss(self.score):
            self.score, self.best_epoch, self.metrics = value, epoch + 1, metrics
            self.weights = variables_of(self.model)
        if self.report(
            {"epoch": epoch + 1, "metrics": metrics, "seconds": time.perf_counter() - self._started}
        ):
            self.pruned = self.model.stop_training = True
        if not math.isfinite(metrics.get("loss", 0.0)):
            self.model.stop_training = True  # a loss that is not a number never comes back

    def _loss(self, value: float) -> float:
        return loss_of(value, self.direction)

    def _objective_of(self, metrics: dict[str, float]) -> float:
        if self.objective not in metrics:
            raise UsageError(
                f"The objective {self.objective!r} is not among the metrics of an epoch. Expected "
                f"one of: {', '.join(sorted(metrics))}.{nearest(self.objective, metrics)} "
                "Name one of these as objective, compile the model with the metric, or pass "
                "validation_data for a `val_` metric."
            )
        return metrics[self.objective]

    def get_state(self) -> dict[str, Any]:
        """Returns what a continuation must know, JSON-able; the weights travel apart."""
        return {
            "score": None if math.isnan(self.score) else self.score,
            "best_epoch": self.best_epoch,
            "metrics": finite(self.metrics),
        }

    def set_state(self, state: dict[str, Any], weights: list[np.ndarray] | None) -> None:
        """Takes the state of the training that is continued."""
        self.score = math.nan if state["score"] is None else state["score"]
        self.best_epoch, self.metrics, self.weights = state["best_epoch"], state["metrics"], weights


def metrics_of(logs: dict[str, float] | None, model: Any) -> dict[str, float]:
    """Returns the metrics of an epoch as plain numbers, the learning rate among them."""
    metrics = {name: float(value) for name, value in (logs or {}).items()}
    metrics.setdefault("learning_rate", float(model.optimizer.learning_rate.numpy()))
    return metrics


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """Returns the metrics that are finite numbers.

    Example:
        >>> finite({"loss": 0.5, "val_loss": float("nan")})
        {'loss': 0.5}
    """
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


class _Continued(keras.callbacks.Callback):
    """Mix-in: the counters named in `counters` are set again after Keras has reset them at the
    start of `fit`.
    """

    counters: tuple[str, ...] = ()
    resumed: dict[str, Any] | None = None
    has_begun = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        super().on_train_begin(logs)
        self.has_begun = True
        for name, value in (self.resumed or {}).items():
            if value is not None:  # nothing was monitored yet
                setattr(self, name, value)

    def get_state(self) -> dict[str, Any]:
        """Returns the counters, JSON-able."""
        if not self.has_begun and self.resumed is not None:
            return self.resumed  # what is continued had been stopped, so nothing was trained
        return {name: _plain(getattr(self, name)) for name in self.counters}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


class EarlyStopping(_Continued, keras.callbacks.EarlyStopping):
    """Keras' EarlyStopping whose patience goes on counting in a continued training."""

    counters = ("wait", "best", "best_epoch")


class ReduceLROnPlateau(_Continued, keras.callbacks.ReduceLROnPlateau):
    """Keras' ReduceLROnPlateau that goes on counting in a continued training."""

    counters = ("wait", "best", "cooldown_counter")
