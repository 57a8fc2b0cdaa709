"""What a HyperModel's own `fit` returns: a `History`, a number, a dict of metrics, or a list of
these, whose mean counts; as in KerasTuner.

A number or a dict is the trial's score, whatever the epochs said. A `History` is it where the
epochs did not tell the objective, with its best epoch. `None` will do if they did. The weights that
are kept are those of the best epoch; where no epoch told the objective, those after training. With
`keep_weights="last"` the last epoch stands for the best one in all of this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import keras_tuner
import numpy as np

from tftune.errors import UsageError
from tftune.journal.status import loss_of
from tftune.training.callbacks import BestEpoch
from tftune.training.checkpoints import variables_of
from tftune.training.epoch_metrics import missing_objective, numbers_of
from tftune.training.notes import note


class ReturnedTypeError(UsageError, TypeError):
    """Return something else from `HyperModel.fit`; also a `TypeError`, as KerasTuner raises."""


def take_returned(results: Any, tracker: BestEpoch, model: Any, last_epoch: int) -> None:
    """Gives the tracker the score of a training that is over.

    Args:
        results: What `HyperModel.fit` returned.
        tracker: Has seen the epochs, if the callbacks were passed on.
        model: That was trained.
        last_epoch: Epochs after which the training would have ended at the latest.

    Raises:
        UsageError: If neither the results nor the epochs tell the objective.
        keras_tuner.errors.FailedTrialError: If the training ended before an epoch could tell it.
    """
    if tracker.latest is None and not _trained_no_epoch(results):
        note(
            "HyperModel.fit() did not pass its callbacks on, so no epoch of it was seen: there is "
            "no learning curve, no early stopping and no scheduler, and the weights that are kept "
            "are the last. Pass callbacks on to model.fit(), or call on_epoch_end(epoch, logs) of "
            "each one."
        )
    if _is_told_by_epochs(results, tracker):
        return
    if not tracker.own_fit:
        check_told(tracker, last_epoch)
    order = (tracker.objective, tracker.direction, tracker.keeps_last)
    score, metrics = score_of(results, *order)
    if not tracker.seen or _is_of_another_training(results, tracker):
        tracker.weights = variables_of(model)
        tracker.best_epoch = tracker.epochs_trained or None
        tracker.metrics = {}
    tracker.score, tracker.metrics = score, {**tracker.metrics, **metrics}
    if isinstance(results, keras.callbacks.History):
        tracker.best_epoch = _best_row(results, *order)[1]


def _trained_no_epoch(results: Any) -> bool:
    return isinstance(results, keras.callbacks.History) and not results.epoch


def _is_told_by_epochs(results: Any, tracker: BestEpoch) -> bool:
    if _trained_no_epoch(results) or (results is None and tracker.seen):
        return True
    return (
        isinstance(results, keras.callbacks.History) and tracker.seen and tracker.has_seen(results)
    )


def _is_of_another_training(results: Any, tracker: BestEpoch) -> bool:
    return isinstance(results, keras.callbacks.History) and not tracker.has_seen(results)


def check_told(tracker: BestEpoch, last_epoch: int) -> None:
    """Checks that an epoch of a training that is over told the objective.

    Args:
        tracker: Has seen the epochs.
        last_epoch: Epochs after which the training would have ended at the latest.

    Raises:
        UsageError: If no epoch did.
        keras_tuner.errors.FailedTrialError: If the training ended before one could.
    """
    if tracker.seen or tracker.latest is None:
        return
    latest = tracker.latest
    if not math.isfinite(latest.get("loss", 0.0)):
        raise keras_tuner.errors.FailedTrialError(
            "The training diverged: its loss was not a finite number, before any epoch told the "
            f"objective {tracker.objective!r}."
        )
    if tracker.seldom and tracker.epochs_trained < last_epoch:
        raise keras_tuner.errors.FailedTrialError(
            f"The training ended after epoch {tracker.epochs_trained}, before an epoch with "
            f"validation told the objective {tracker.objective!r}."
        )
    if tracker.seldom:
        raise UsageError(
            f"No epoch told the objective {tracker.objective!r}: with this validation_freq none of "
            f"the {tracker.epochs_trained} epochs validates, or the metric has another name. "
            f"Received: {', '.join(sorted(latest))}. Validate in every epoch, or name one of these."
        )
    raise missing_objective(tracker.objective, latest)


def score_of(
    results: Any, objective: str, direction: str, last: bool = False
) -> tuple[float, dict[str, float]]:
    """Returns the score and the metrics that a HyperModel's `fit` returned.

    Args:
        results: A `History`, a number, a dict of metrics, or a list of these.
        objective: Name of the metric.
        direction: `max` or `min`.
        last: Whether a `History` counts with its last epoch, not with its best one.

    Raises:
        UsageError: If the results are something else or lack the objective.

    Example:
        >>> score_of([0.25, {"val_auc": 0.75, "seconds": 3}], "val_auc", "max")
        (0.5, {'val_auc': 0.5, 'seconds': 3.0})
    """
    parts = results if isinstance(results, list | tuple) else [results]
    if not parts:
        raise ReturnedTypeError(
            "HyperModel.fit() returned an empty list. Expected a History, a number, a dict or a "
            "list of these."
        )
    metrics = [_metrics_of_one(part, objective, direction, last) for part in parts]
    means = {
        name: float(np.mean([part[name] for part in metrics if name in part]))
        for name in dict.fromkeys(name for part in metrics for name in part)
    }
    return means[objective], means


def _metrics_of_one(result: Any, objective: str, direction: str, last: bool) -> dict[str, float]:
    if isinstance(result, keras.callbacks.History):
        return _best_row(result, objective, direction, last)[0]
    if isinstance(result, Mapping):
        metrics = numbers_of(result)
        if objective not in metrics:
            raise missing_objective(objective, metrics)
        return metrics
    number = None if isinstance(result, bool) else numbers_of({objective: result})
    if not number or objective not in number:
        raise ReturnedTypeError(
            "HyperModel.fit() must return a History, a number, or a dict with the objective "
            f"{objective!r}, or a list of these. Received: {_short(result)} of type "
            f"{type(result).__name__}. Check that fit(hp, model, ...) ends with `return`."
        )
    return number


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _best_row(
    history: keras.callbacks.History, objective: str, direction: str, last: bool
) -> tuple[dict[str, float], int | None]:
    """Returns the metrics at the best, or the last, epoch of a `History`, and that epoch, from 1;
    None if only some epochs validated, for which ones a `History` does not tell.
    """
    columns: dict[str, list[Any]] = history.history
    for length in sorted(set(map(len, columns.values())), reverse=True):
        alike = {name: values for name, values in columns.items() if len(values) == length}
        rows = [
            numbers_of({name: values[index] for name, values in alike.items()})
            for index in range(length)
        ]
        told = [index for index in range(length) if objective in rows[index]]
        if told:
            best = min(told, key=lambda index: _loss(rows[index][objective], direction))
            best = told[-1] if last else best
            whole = length == len(history.epoch)
            return rows[best], int(history.epoch[best]) + 1 if whole else None
    raise missing_objective(
        objective, numbers_of({name: values[-1] for name, values in columns.items() if values})
    )


def _loss(value: float, direction: str) -> float:
    return loss_of(value, direction) if math.isfinite(value) else math.inf


def returned_metrics(results: Any, objective: str) -> dict[str, float]:
    """Returns the metrics that a HyperModel's `fit` returned for one epoch, for folds: none of a
    `History` or None, which the callbacks have seen.
    """
    if results is None or isinstance(results, keras.callbacks.History):
        return {}
    return score_of(results, objective, "min")[1]
