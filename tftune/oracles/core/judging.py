"""Judges what trials brought: metrics, a score, the event that tells it, too many failures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tftune.errors import TftuneError
from tftune.journal.records import encode_number
from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.objective import direction_of
from tftune.oracles.core.trial_table import KerasTunerStatus


class TooManyFailuresError(TftuneError, RuntimeError):
    """Look at the failures: so many trials in a row failed that the search ended (exit code 3)."""

    exit_code = 3


def is_finite(value: Any) -> bool:
    """Whether `value` is a number that can be a score."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def add_metrics(trial: Any, objective: Any, metrics: Mapping[str, float], step: int) -> None:
    """Notes the metrics of a `keras_tuner` trial at a step.

    Args:
        trial: Changed in place.
        objective: Name and direction.
        metrics: Not all of them need be finite.
        step: Such as an epoch.
    """
    for name, value in metrics.items():
        if not trial.metrics.exists(name):
            own = name == objective.name
            direction = objective.direction if own else direction_of(name) or "min"
            trial.metrics.register(name, direction=direction)
        trial.metrics.metrics[name].update(float(value), step=step)


def judge(trial: Any, objective: Any) -> None:
    """Gives a completed trial its score: the best finite value of the objective over all steps;
    without one it becomes INVALID.

    Args:
        trial: A `keras_tuner` trial, changed in place.
        objective: Name and direction.
    """
    history = (
        trial.metrics.get_history(objective.name) if trial.metrics.exists(objective.name) else []
    )
    means = [(sum(seen.value) / len(seen.value), seen.step) for seen in history]
    finite = [(value, step) for value, step in means if math.isfinite(value)]
    if not finite:
        trial.status, trial.score, trial.best_step = KerasTunerStatus.INVALID, None, 0
        received = [value for value, _ in means] or "nothing"
        trial.message = (
            trial.message
            or f"No finite {objective.name} was reported. Expected one number. Received: "
            f"{received}."
        )
        return
    value, step = min(finite, key=lambda seen: loss_of(seen[0], objective.direction))
    trial.score, trial.best_step = float(value), step


def trial_event(trial: Any, status: TrialStatus, seconds: float | None) -> dict[str, Any]:
    """Returns the event of an ended trial, with the keys of a journal's end record."""
    metrics = {}
    for name, history in trial.metrics.metrics.items():
        at_best = [seen for seen in history.get_history() if seen.step == trial.best_step]
        if at_best:
            metrics[name] = encode_number(sum(at_best[0].value) / len(at_best[0].value))
    return {
        "kind": "end",
        "trial_id": trial.trial_id,
        "status": status.value,
        "score": trial.score,
        "best_epoch": trial.best_step,
        "metrics": metrics,
        "message": trial.message,
        "seconds": seconds,
    }


def check_failures(last: Iterable[Any], limit: int) -> None:
    """Checks that the trials that ended last did not all fail.

    Args:
        last: Trials, the latest last.
        limit: As many failures end the search.

    Raises:
        TooManyFailuresError: If they did.
    """
    failed = [trial for trial in last if trial.status == KerasTunerStatus.FAILED]
    if len(failed) >= limit:
        raise TooManyFailuresError(
            f"{limit} trials in a row failed. Expected fewer than "
            f"max_consecutive_failed_trials={limit}. "
            f"The last one said: {failed[-1].message or 'nothing'}"
        )
