"""The metrics of an epoch as plain numbers, whatever Keras, a metric or a callback put into the
logs.

A metric that is a vector is recorded by element: `F1Score()` of three classes as `f1_score_0` to
`f1_score_2`, a confusion matrix as `confusion_0_0`, `confusion_0_1` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.support.checks import nearest
from tftune.training.notes import note

MOST_ELEMENTS = 100  # of one metric; each stands in the journal once an epoch
DEFAULT_OBJECTIVE = "default_objective"  # KerasTuner's name where the user gave none
RATE = "learning_rate"

Logs = Mapping[str, Any]


def numbers_of(logs: Logs | None) -> dict[str, float]:
    """Returns what is a number in the logs of an epoch: scalars of any library, elements of vectors
    and of dicts.

    Example:
        >>> numbers_of({"loss": np.float32(0.5), "f1": np.array([0.25, 1.0]), "stage": "warm-up"})
        {'loss': 0.5, 'f1_0': 0.25, 'f1_1': 1.0}
        >>> numbers_of({"scores": {"precision": 0.5, "recall": 1}, "best": None})
        {'precision': 0.5, 'recall': 1.0}
    """
    scalars: dict[str, float] = {}
    elements: dict[str, float] = {}
    for name, value in (logs or {}).items():
        if isinstance(value, Mapping):
            elements |= numbers_of(value)  # as Keras does: without the outer name
            continue
        array = _array_of(value)
        if array is None or not array.size:
            continue
        if array.size == 1:
            scalars[str(name)] = float(array.reshape(()))
        else:
            elements |= _elements(str(name), array)
    return scalars | {name: value for name, value in elements.items() if name not in scalars}


def _array_of(value: Any) -> np.ndarray | None:
    """Returns a value as an array of floats, or None if it is no number."""
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        if isinstance(value, int | float):
            return np.array(float(value))
        array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
        return None if array.dtype.kind in "OSUcMm" else array.astype(float)
    except Exception:  # a ragged tensor, an object of the user's: nothing to record
        return None


def _elements(name: str, array: np.ndarray) -> dict[str, float]:
    if array.size > MOST_ELEMENTS:
        note(
            f"The metric {name!r} has {array.size} elements. The first {MOST_ELEMENTS} of them are "
            "recorded."
        )
    indices = zip(range(MOST_ELEMENTS), np.ndindex(array.shape), strict=False)
    return {"_".join([name, *map(str, index)]): float(array[index]) for _, index in indices}


def metrics_of(logs: Logs | None, model: Any) -> dict[str, float]:
    """Returns the metrics of an epoch as plain numbers, the learning rate among them."""
    numbers = numbers_of(logs)
    rates = learning_rates(model)
    return numbers | {name: rate for name, rate in rates.items() if name not in numbers}


def learning_rates(model: Any) -> dict[str, float]:
    """Returns the learning rate that a model's optimizer has now, of several optimizers each one's;
    also that of a schedule. Without an optimizer there is none.
    """
    optimizer = getattr(model, "optimizer", None)
    parts = getattr(optimizer, "optimizers", None)
    rates = (
        {f"{RATE}_{part.name}": getattr(part, RATE, None) for part in parts}
        if parts
        else {RATE: getattr(optimizer, RATE, None)}
    )
    return numbers_of(rates)


def missing_objective(objective: str, logs: Mapping[str, float]) -> UsageError:
    """Returns the error that says why the metrics of an epoch lack the objective.

    Args:
        objective: Name of the metric.
        logs: The metrics as numbers.
    """
    pattern = re.compile(re.escape(objective) + r"(_\d+)+")
    elements = [name for name in logs if pattern.fullmatch(name)]
    names = ", ".join(sorted(logs)) or "none"
    if elements:
        return UsageError(
            f"The objective {objective!r} is a vector of {len(elements)} elements. Expected one "
            f"number. Received: {', '.join(elements[:5])}{', ...' if elements[5:] else ''}. Name "
            "one of these as objective, or let the metric return one number, as "
            "F1Score(average='macro') does."
        )
    if objective == DEFAULT_OBJECTIVE:
        return UsageError(
            "The search has no objective, and HyperModel.fit() returned no number to minimise. "
            f"Expected an objective, one of: {names}. Pass objective='val_loss', or return one "
            "number from HyperModel.fit()."
        )
    return UsageError(
        f"The objective {objective!r} is not among the metrics of an epoch. Expected one of: "
        f"{names}.{nearest(objective, logs)} Name one of these, compile the model with it, or pass "
        "validation_data for a `val_` metric."
    )
