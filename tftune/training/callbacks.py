"""Callbacks of a trial: what they count survives a continuation, so two halves of a training equal
the whole.

They also work in a loop of the user's own that calls `on_epoch_end` and nothing else, as in
KerasTuner's guide to such loops; and they wait on epochs without validation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tftune.journal.status import loss_of
from tftune.training.checkpoints import variables_of
from tftune.training.epoch_metrics import Logs, metrics_of, missing_objective, numbers_of

Report = Callable[[dict[str, Any]], bool]  # takes one epoch's record, answers whether to stop


class Witness(keras.callbacks.Callback):
    """Stands before the user's callbacks and keeps weights that one of them will change: those that
    the validation was done with, which `SwapEMAWeights` takes out again, and those of the last
    epoch, which `EarlyStopping(restore_best_weights=True)` replaces.

    Args:
        tests: Whether to keep the former.
        end: Whether to keep the latter.

    Attributes:
        is_needed: Whether there is anything to keep.
        tested: Weights of this epoch's validation, or None.
        last: Weights at the end of the training, or None.
    """

    def __init__(self, tests: bool, end: bool) -> None:
        super().__init__()
        self._tests, self._end = tests, end
        self.is_needed = tests or end
        self.tested: list[np.ndarray] | None = None
        self.last: list[np.ndarray] | None = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.tested = None

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        if self._tests and self.tested is None:
            self.tested = variables_of(self.model)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._end:
            self.last = variables_of(self.model)


class BestEpoch(keras.callbacks.Callback):
    """Reports each epoch, keeps the weights of the best one in memory and obeys the answer to stop.

    A NaN is never the best, also not in the first epoch. An epoch without the objective is only
    reported. Where the last epoch is wanted in place of the best one, it stands in its place.

    Args:
        objective: Name of the metric, such as `val_auc`.
        direction: `max` or `min`.
        report: Called with `{"epoch", "metrics", "seconds"}`, epochs from 1; returns True to stop
            the training.
        own_fit: Whether the HyperModel trains in its own way, so that the objective may be what it
            returns; else an epoch without the objective is an error.
        seldom: Whether only some epochs validate: others may lack an objective of validation.
        witness: Knows the weights that the validation was done with.
        keeps_last: Whether the last epoch that has the objective is kept, whatever it is worth.
    """

    def __init__(
        self,
        objective: str,
        direction: str,
        report: Report,
        own_fit: bool = False,
        seldom: bool = False,
        witness: Witness | None = None,
        keeps_last: bool = False,
    ) -> None:
        super().__init__()
        self.keeps_last = keeps_last
        self.objective, self.direction, self.report = objective, direction, report
        self.own_fit, self.seldom, self.witness = own_fit, seldom, witness
        self.score = math.nan
        self.best_epoch: int | None = None
        self.metrics: dict[str, float] = {}
        self.weights: list[np.ndarray] | None = None
        self.epochs_trained = 0
        self.pruned = False
        self.seen = False  # an epoch of this training had the objective
        self.latest: dict[str, float] | None = None  # metrics of its last epoch
        self._histories: list[Any] = []
        self._started = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        metrics = self.latest = metrics_of(logs, self.model)
        self.epochs_trained = int(epoch) + 1
        if not self.has_seen(history := getattr(self.model, "history", None)):
            self._histories.append(history)
        self._judge(metrics)
        seconds = time.perf_counter() - self._started
        if self.report({"epoch": self.epochs_trained, "metrics": metrics, "seconds": seconds}):
            self.pruned = self.model.stop_training = True
        if not math.isfinite(metrics.get("loss", 0.0)):
            self.model.stop_training = True  # a loss that is not a number never comes back
        self._started = time.perf_counter()  # a loop of the user's own may not say when one begins

    def _judge(self, metrics: dict[str, float]) -> None:
        value = metrics.get(self.objective)
        if value is None:
            if not self.own_fit and not (self.seldom and _is_without_validation(metrics)):
                raise missing_objective(self.objective, metrics)
            return
        self.seen = True
        finite_value = math.isfinite(value)
        if self.keeps_last or (finite_value and not self._loss(value) >= self._loss(self.score)):
            self.score = value if finite_value else math.nan
            self.best_epoch, self.metrics = self.epochs_trained, metrics
            tested = self.witness.tested if self.witness is not None else None
            of_validation = self.objective.startswith("val_") and tested is not None
            self.weights = tested if of_validation else variables_of(self.model)

    def _loss(self, value: float) -> float:
        return loss_of(value, self.direction)

    def has_seen(self, history: Any) -> bool:
        """Whether a `History` is one of a training whose epochs were reported here."""
        return any(history is seen for seen in self._histories)

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


def _is_without_validation(metrics: dict[str, float]) -> bool:
    return not any(name.startswith("val_") for name in metrics)


def finite(metrics: dict[str, float]) -> dict[str, float]:
    """Returns the metrics that are finite numbers.

    Example:
        >>> finite({"loss": 0.5, "val_loss": float("nan")})
        {'loss': 0.5}
    """
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


class Continued(keras.callbacks.Callback):
    """Mix-in of a callback that monitors a metric: the attributes named in `counters` are set again
    after Keras has reset them at the start of `fit`; an epoch without the metric is passed over,
    and one that is NaN is no improvement.
    """

    counters: tuple[str, ...] = ()
    resumed: dict[str, Any] | None = None
    has_begun = False
    monitor: str
    mode: str

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        for name, value in ({} if self.has_begun else self.resumed or {}).items():
            if value is not None:  # nothing was monitored yet
                setattr(self, name, value)
        self.has_begun = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not self.has_begun:
            self.on_train_begin()
        numbers = numbers_of(logs)
        if self.monitor not in numbers:
            return
        if math.isnan(numbers[self.monitor]):
            numbers[self.monitor] = math.inf if self.mode == "min" else -math.inf
        super().on_epoch_end(epoch, numbers)

    def get_state(self) -> dict[str, Any]:
        """Returns the counters, JSON-able."""
        if not self.has_begun and self.resumed is not None:
            return self.resumed  # what is continued had been stopped, so nothing was trained
        return {name: _plain(getattr(self, name, None)) for name in self.counters}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


class EarlyStopping(Continued, keras.callbacks.EarlyStopping):
    """Keras' EarlyStopping whose patience goes on counting in a continued training."""

    counters = ("wait", "best", "best_epoch")


def own_callbacks(callbacks: Sequence[Any]) -> list[Continued]:
    """Returns those of ours whose counters a continuation needs."""
    return [callback for callback in callbacks if isinstance(callback, Continued)]


def as_one_training(callback: Any) -> Any:
    """Lets a callback see many calls of `fit` as one training; returns what ends it."""
    begin, end = callback.on_train_begin, callback.on_train_end

    def begin_once(logs: Any = None) -> None:
        callback.on_train_begin = _do_nothing
        begin(logs)

    callback.on_train_begin, callback.on_train_end = begin_once, _do_nothing
    return end


def _do_nothing(logs: Any = None) -> None:
    pass
