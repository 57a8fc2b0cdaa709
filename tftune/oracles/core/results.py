"""What a trial brought: its score, judged, and the event that tells it."""

from __future__ import annotations

import math
from typing import Any

from tftune.oracles.core.storage import encode_number


def is_finite(value: Any) -> bool:
    """Whether `value` is a number that can be a score."""
    return isinstance(value, (int, float)) and math.isfinite(value)


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
        trial.status, trial.score, trial.best_step = "INVALID", None, 0
        received = [value for value, _ in means] or "nothing"
        trial.message = (
            trial.message
            or f"No finite {objective.name} was reported. Expected one number. Received: "
            f"{received}."
        )
        return
    best = max if objective.direction == "max" else min
    value = best(value for value, _ in finite)
    trial.score, trial.best_step = (
        float(value),
        next(step for seen, step in finite if seen == value),
    )


def trial_event(trial: Any, seconds: float | None) -> dict[str, Any]:
    """Returns the event of an ended trial, with the keys of a journal's end record."""
    metrics = {}
    for name, history in trial.metrics.metrics.items():
        at_best = [seen for seen in history.get_history() if seen.step == trial.best_step]
        if at_best:
            metrics[name] = encode_number(sum(at_best[0].value) / len(at_best[0].value))
    return {
        "kind": "end",
        "trial_id": trial.trial_id,
        "status": "completed" if trial.status == "COMPLETED" else "failed",
        "score": trial.score,
        "best_epoch": trial.best_step,
        "metrics": metrics,
        "message": trial.message,
        "seconds": seconds,
    }
