"""How good the predictions of the curve-fitting rule are: how often the last epoch falls into the interval that was predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

SHARES = (0.25, 0.5, 0.75)  # of the epochs, after which the last one is predicted
INTERVALS = (0.5, 0.9)


def predict_last(rule: Any, curve: Sequence[float], share: float) -> dict[str, float]:
    """Predicts the last epoch of a curve from its beginning.

    Args:
        rule: With a method `predict(curve, at_epoch)` that returns mean and standard deviation.
        curve: The whole curve.
        share: How much of it is shown, above 0 and below 1.

    Returns:
        `error`, the prediction minus the truth; `deviation`, the standard deviation of the prediction; `last_value_error`, the error of
        taking the last value seen for a prediction.
    """
    shown = list(curve[: max(1, round(share * len(curve)))])
    mean, deviation = rule.predict(shown, len(curve))
    return {"error": float(mean - curve[-1]), "deviation": float(deviation), "last_value_error": float(shown[-1] - curve[-1])}


def coverage(predictions: Iterable[Mapping[str, float]], interval: float) -> float:
    """Returns the share of truths inside the central interval of a normal distribution.

    Example:
        >>> coverage([{"error": 0.5, "deviation": 1.0}, {"error": 0.5, "deviation": 0.1}], 0.5)
        0.5
    """
    width = norm.ppf(0.5 + interval / 2.0)
    return float(np.mean([abs(each["error"]) <= width * each["deviation"] for each in predictions]))


def calibration_rows(predictions: Mapping[float, Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """Returns one row a share: the coverages, the mean absolute errors and the median width."""
    rows = []
    for share, found in predictions.items():
        row = {"share": share, "curves": len(found)}
        row |= {f"coverage {interval}": coverage(found, interval) for interval in INTERVALS}
        row["error"] = float(np.mean([abs(each["error"]) for each in found]))
        row["deviation"] = float(np.median([each["deviation"] for each in found]))
        row["last_value_error"] = float(np.mean([abs(each["last_value_error"]) for each in found]))
        rows.append(row)
    return rows
