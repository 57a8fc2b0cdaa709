"""How good the predictions of the curve-fitting rule are: how often the last epoch falls into the
interval that was predicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SHARES = (0.25, 0.5, 0.75)  # of the epochs, after which the last one is predicted
INTERVALS = (0.5, 0.9)


def predict_last(rule: Any, curve: Sequence[float], share: float) -> dict[str, float]:
    """Predicts the last epoch of a curve from its beginning.

    Args:
        rule: With a method `predict(curve, at_epoch)` that returns mean and standard deviation, and
            `predict_interval(curve, at_epoch, probability)` that returns two values.
        curve: The whole curve.
        share: How much of it is shown, above 0 and below 1.

    Returns:
        `error`, the prediction minus the truth; `inside 0.5` and `inside 0.9`, 1 if the truth is in
        that interval and 0 if not; `width`, that of the widest interval; `last_value_error`, the
        error of taking the last value seen for a prediction.
    """
    shown = list(curve[: max(1, round(share * len(curve)))])
    mean, _ = rule.predict(shown, len(curve))
    ends = {
        probability: rule.predict_interval(shown, len(curve), probability)
        for probability in INTERVALS
    }
    low, high = ends[max(INTERVALS)]
    inside = {
        f"inside {probability}": float(ends[probability][0] <= curve[-1] <= ends[probability][1])
        for probability in INTERVALS
    }
    return {
        "error": float(mean - curve[-1]),
        **inside,
        "width": float(high - low),
        "last_value_error": float(shown[-1] - curve[-1]),
    }


def calibration_rows(
    predictions: Mapping[float, Sequence[Mapping[str, float]]],
) -> list[dict[str, float]]:
    """Returns one row a share: the coverages, the mean absolute errors and the median width.

    Example:
        >>> found = {"error": 0.1, "inside 0.5": 0.0, "inside 0.9": 1.0, "width": 0.3}
        >>> found["last_value_error"] = -0.2
        >>> row = calibration_rows({0.25: [found, {**found, "inside 0.5": 1.0}]})[0]
        >>> row["inside 0.5"], row["inside 0.9"], row["last_value_error"]
        (0.5, 1.0, 0.2)
    """
    rows = []
    for share, found in predictions.items():
        row = {
            "share": share,
            "curves": len(found),
            "width": float(np.median([each["width"] for each in found])),
        }
        row |= {
            f"inside {interval}": float(np.mean([each[f"inside {interval}"] for each in found]))
            for interval in INTERVALS
        }
        row |= {
            name: float(np.mean([abs(each[name]) for each in found]))
            for name in ("error", "last_value_error")
        }
        rows.append(row)
    return rows
