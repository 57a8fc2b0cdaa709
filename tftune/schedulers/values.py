"""Numbers of a learning curve that several rules need; an epoch that is NaN or infinite has no
value.

Everything here is oriented so that larger is better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def oriented(curve: Sequence[float], direction: str) -> list[float]:
    """Returns a curve whose larger values are the better ones, with NaN where an epoch has no
    value.

    Example:
        >>> oriented([0.5, float("inf"), 0.25], "min")
        [-0.5, nan, -0.25]
    """
    sign = 1.0 if direction == "max" else -1.0
    return [sign * value if math.isfinite(value) else math.nan for value in curve]


def best_until(curve: Sequence[float], step: int, direction: str) -> float:
    """Returns the best value of the epochs 1 to `step`, oriented; minus infinity if they have none.

    Example:
        >>> best_until([0.7, 0.4, 0.5, 0.1], 3, "min")
        -0.4
    """
    return max(
        (value for value in oriented(curve[:step], direction) if not math.isnan(value)),
        default=-math.inf,
    )


def epochs_since(curve: Sequence[float], step: int) -> range:
    """Returns the epochs after the last one with a value, up to `step`: usually `step` alone, more
    where only some epochs validate. What a rule would have asked at one of them it asks now.

    Example:
        >>> list(epochs_since([0.5, 0.7, 0.8], 3)), list(epochs_since([0.5, float("nan"), 0.8], 3))
        ([3], [2, 3])
    """
    before = range(min(step - 1, len(curve)), 0, -1)
    known = (epoch for epoch in before if math.isfinite(curve[epoch - 1]))
    return range(next(known, 0) + 1, step + 1)


def is_due(curve: Sequence[float], step: int, warmup_epochs: int, interval: int) -> bool:
    """Whether a rule that asks every `interval` epochs after a warm-up asks now.

    Example:
        >>> [is_due([0.5] * step, step, warmup_epochs=1, interval=2) for step in (1, 2, 3, 4, 5)]
        [False, False, True, False, True]
    """
    return any(
        epoch > warmup_epochs and (epoch - warmup_epochs) % interval == 0
        for epoch in epochs_since(curve, step)
    )


def running_average(curve: Sequence[float], step: int, direction: str) -> float:
    """Returns the mean over the epochs 1 to `step` of a curve, or over all it has if it is shorter,
    oriented; NaN if they have no value.

    Example:
        >>> running_average([0.5, float("nan"), 0.25, 9.0], 3, "max")
        0.375
    """
    values = [value for value in oriented(curve[:step], direction) if not math.isnan(value)]
    return math.fsum(values) / len(values) if values else math.nan


def leads(trial_id: str, curves: Mapping[str, Sequence[float]], direction: str) -> bool:
    """Whether no other trial has a better value than the best of this one.

    Example:
        >>> curves = {"0000": [0.6, 0.5], "0001": [0.7], "0002": [0.7, 0.2]}
        >>> [leads(trial_id, curves, "max") for trial_id in curves]
        [False, True, True]
    """
    own = best_until(curves[trial_id], len(curves[trial_id]), direction)
    return all(best_until(curve, len(curve), direction) <= own for curve in curves.values())
