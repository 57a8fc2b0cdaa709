"""The names of metrics: what Keras calls a metric, and what a report calls the same. NumPy is not
needed, so that looking at a run stays quick.

Example:
    >>> report = {"metrics": {"accuracy": {"value": 0.75, "low": 0.3, "high": 0.95}}}
    >>> interval_of("val_accuracy", 0.75, report)
    [0.3, 0.95]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NUMBERED = re.compile(r"_\d+$")  # Keras numbers metrics of one name
# names that metrics of Keras bear, and what a report calls the same
_IN_A_REPORT = {
    **dict.fromkeys(
        ("acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
        "accuracy",
    ),
    **dict.fromkeys(("roc_auc", "auroc"), "auc"),
    **dict.fromkeys(("pr_auc", "auc_pr", "auprc"), "average_precision"),
    **dict.fromkeys(("f1", "f1_score"), "macro_f1"),
    "mean_absolute_error": "mae",
    "root_mean_squared_error": "rmse",
    "r2_score": "r2",
}
_TOLERANCE = {"auc": 0.02, "average_precision": 0.02}  # Keras counts at 200 thresholds


def interval_of(name: str, value: float, report: Mapping[str, Any]) -> list[float] | None:
    """Returns the interval of a metric that a model was compiled with, if the report measures the
    same: its name says so, and so does its value.

    Args:
        name: Of the metric, such as `accuracy` or `val_auc`.
        value: What the model told.
        report: Of an evaluation on the same rows.
    """
    ours, metrics = measure_of(name), report.get("metrics")
    found = metrics.get(ours) if isinstance(metrics, Mapping) else None
    two = len(report.get("classes") or ()) == 2
    if two and ours in ("precision", "recall"):  # of the second class, as in Keras
        found = report["per_class"][1][ours]
    if not isinstance(found, Mapping):
        return None
    known, low, high = (found.get(key) for key in ("value", "low", "high"))
    if known is None or low is None or high is None:
        return None
    # of more classes Keras' area is that of all of them in one heap
    allowed = _TOLERANCE.get(ours) if two else None
    same = abs(known - value) <= (allowed or 1e-4 * max(1.0, abs(known)))
    return [low, high] if same else None


def plain_name(metric: str) -> str:
    """Returns the name of a metric without its split and the number that Keras appends.

    Example:
        >>> plain_name("val_auc_1"), plain_name("accuracy")
        ('auc', 'accuracy')
    """
    return _NUMBERED.sub("", metric.removeprefix("val_"))


def measure_of(metric: str) -> str:
    """Returns what a report calls a metric of Keras; its plain name where a report has none.

    Example:
        >>> measure_of("val_pr_auc_2"), measure_of("acc"), measure_of("loss")
        ('average_precision', 'accuracy', 'loss')
    """
    plain = plain_name(metric)
    return _IN_A_REPORT.get(plain, plain)
