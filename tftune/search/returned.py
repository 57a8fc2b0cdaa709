"""What a user's `run_trial` returned, or reported while it ran, as the outcome of a trial."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import keras_tuner
import numpy as np

from tftune.journal.status import FailureKind, TrialStatus, loss_of
from tftune.training.callbacks import finite
from tftune.training.task import Outcome

DEFAULT_OBJECTIVE = "default_objective"  # KerasTuner's name for the one number a trial returns


@dataclass(frozen=True)
class Result:
    """What one training brought.

    Attributes:
        metrics: Those of the best epoch, the objective among them.
        best_epoch: That epoch, from 1; None where there is none.
    """

    metrics: dict[str, float]
    best_epoch: int | None = None


def read_result(returned: Any, objective: Any, source: str, last: bool = False) -> Result:
    """Returns what a number, a dictionary, a History, or a list of these tells.

    A History counts with its best epoch; a list with the means of its members.

    Args:
        returned: What the user's function returned.
        objective: Name and direction.
        source: The function, for the message.
        last: Whether a History counts with its last epoch, not with its best one.

    Raises:
        FatalTypeError: If it is none of these.
        FatalValueError: If a dictionary or a History lacks the objective.
    """
    if isinstance(returned, list | tuple):
        if not returned:
            raise _wrong_type(returned, objective, source, "It is empty. ")
        return _mean([read_result(each, objective, source, last) for each in returned])
    if returned is None:
        raise _wrong_type(returned, objective, source, "Did you forget to return the metrics? ")
    number = _number(returned)
    if number is not None:
        return Result({objective.name: number})
    if isinstance(returned, keras.callbacks.History):
        return _best_epoch(returned, objective, source, last)
    if not isinstance(returned, Mapping):
        raise _wrong_type(returned, objective, source)
    _check_objective(returned, objective, source)
    numbers = {str(name): _number(value) for name, value in returned.items()}
    if numbers[objective.name] is None:
        raise _wrong_type(returned[objective.name], objective, f"{objective.name!r} of {source}")
    return Result({name: value for name, value in numbers.items() if value is not None})


def _number(value: Any) -> float | None:
    """Returns a number of Python, NumPy or TensorFlow as a float, or None."""
    if isinstance(value, bool | str | bytes) or value is None:
        return None
    if isinstance(value, int | float | np.number):
        return float(value)
    if getattr(value, "shape", None) == ():  # an array or a tensor of one number
        array = np.asarray(value)
        return float(array) if array.dtype.kind in "iuf" else None
    return None


def _best_epoch(history: Any, objective: Any, source: str, last: bool) -> Result:
    _check_objective(history.history, objective, source)
    values = [float(value) for value in history.history[objective.name]]
    sound = [index for index, value in enumerate(values) if math.isfinite(value)]
    if not sound or (last and sound[-1] != len(values) - 1):
        return Result({objective.name: math.nan})
    best = min(sound, key=lambda index: loss_of(values[index], objective.direction))
    best = sound[-1] if last else best
    numbers = {
        name: _number(curve[best]) for name, curve in history.history.items() if best < len(curve)
    }
    epochs = getattr(history, "epoch", None) or range(len(values))
    metrics = {name: value for name, value in numbers.items() if value is not None}
    return Result(metrics, int(epochs[best]) + 1)


def _mean(results: list[Result]) -> Result:
    names = [name for name in results[0].metrics if all(name in each.metrics for each in results)]
    metrics = {name: float(np.mean([each.metrics[name] for each in results])) for name in names}
    epochs = [each.best_epoch for each in results if each.best_epoch is not None]
    whole = len(epochs) == len(results)
    return Result(metrics, int(np.mean(epochs)) if whole else None)


def _check_objective(metrics: Mapping[str, Any], objective: Any, source: str) -> None:
    if objective.name in metrics:
        return
    if objective.name == DEFAULT_OBJECTIVE:
        raise keras_tuner.errors.FatalTypeError(
            f"{source} must return one number where no objective was given. Expected a float. "
            f"Received the metrics {sorted(metrics)}. Return the number, or pass one of these "
            "names as objective=."
        )
    raise keras_tuner.errors.FatalValueError(
        f"{source} returned metrics without the objective. Expected {objective.name!r} among "
        f"them. Received: {sorted(metrics)}. Return it, too, or pass one of these as objective=."
    )


def _wrong_type(returned: Any, objective: Any, source: str, hint: str = "") -> Exception:
    error: Exception = keras_tuner.errors.FatalTypeError(
        f"{source} must return a number, a dictionary with {objective.name!r}, a History, or a "
        f"list of these. {hint}Received: {returned!r} of type {type(returned).__name__}. "
        "Return what the trial is to be ranked by."
    )
    return error


def outcome_of_result(result: Result, objective: Any) -> Outcome:
    """Returns how a trial ended that brought a result."""
    score = result.metrics[objective.name]
    if not math.isfinite(score):
        message = f"The trial diverged: {objective.name} is not a finite number but {score}."
        return Outcome(TrialStatus.FAILED, message=message, failure=FailureKind.DIVERGED)
    metrics = finite(result.metrics)
    return Outcome(TrialStatus.COMPLETED, score, result.best_epoch, metrics)


def reported_result(trial: Any, objective: Any) -> Result | None:
    """Returns what a trial told by `oracle.update_trial`: the best value over its steps, or None.

    Args:
        trial: A `keras_tuner` trial.
        objective: Name and direction.
    """
    if not trial.metrics.exists(objective.name):
        return None
    history = trial.metrics.get_history(objective.name)
    sound = [seen for seen in history if math.isfinite(_mean_of(seen))]
    if not sound:
        return Result({objective.name: math.nan})
    best = min(sound, key=lambda seen: loss_of(_mean_of(seen), objective.direction))
    metrics = {
        name: _mean_of(seen)
        for name in trial.metrics.metrics
        for seen in trial.metrics.get_history(name)
        if seen.step == best.step
    }
    return Result(metrics, int(best.step) or None)


def _mean_of(seen: Any) -> float:
    return float(np.mean(seen.value))
