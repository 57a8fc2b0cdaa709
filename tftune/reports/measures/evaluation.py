"""The report of an evaluation: everything that is measured on some rows, as plain JSON of a bounded
size.

Example:
    >>> report = classification_report([0, 1, 1, 0], [[0.2], [0.7], [0.4], [0.1]], ["no", "yes"])
    >>> report["confusion"], report["metrics"]["accuracy"]["value"]
    ([[2, 0], [1, 1]], 0.75)
    >>> interval_of("val_accuracy", 0.75, report)
    [0.300642, 0.954413]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.datasets.nearness import Nearness
from tftune.reports.measures.by_distance import by_distance
from tftune.reports.measures.calibration import calibration
from tftune.reports.measures.classification import (
    MOST_CLASSES,
    Answers,
    accuracy,
    answers,
    confusion,
    mistakes,
    per_class,
)
from tftune.reports.measures.curves import curves, macro_area
from tftune.reports.measures.intervals import Measure, measure
from tftune.reports.measures.regression import regression

LONGEST_NAME = 200  # characters of a class's name
FEW = 30  # rows of a class below which an interval is wide whatever was found
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


def classification_report(
    labels: Any,
    probabilities: Any,
    names: Sequence[str] | None = None,
    seed: int = 0,
    nearness: Nearness | None = None,
) -> dict[str, Any]:
    """Returns the report of a classifier.

    Args:
        labels: Numbers of classes, or a column a class (see `classification.answers`).
        probabilities: One column, of the second class, or one a class.
        names: Of the classes.
        seed: Of all draws.
        nearness: How near the rows stand to the training rows, where that is known.

    Returns:
        `kind`, `rows`, `left_out`, `notes`, `classes`; `metrics`, each with its interval;
        `confusion` (None of more than 40 classes) and `confused`, the pairs that were most often
        taken for each other; `per_class`, `curves`, `calibration` and `mistakes`; and
        `by_distance` (see `tftune.reports.measures.by_distance`) where `nearness` is given.

    Raises:
        UsageError: If labels and probabilities do not fit together.
    """
    found = answers(labels, probabilities, names)
    found = _with_short_names(found)
    cells = confusion(found)
    table, macro_f1 = per_class(found, seed)
    lines = curves(found, seed)
    shown = sorted(range(len(table)), key=lambda number: -table[number]["rows"])
    kept = sorted(shown[: 2 * MOST_CLASSES])
    order = {name: place for place, name in enumerate(found.names)}
    return {
        "kind": "classification",
        "rows": len(found.labels),
        "left_out": {"rows": _left_out(found, probabilities), "numbers": list(found.left_out)},
        "notes": [*found.notes, *_notes(found)],
        "classes": list(found.names),
        "metrics": {
            "accuracy": accuracy(found),
            "macro_f1": macro_f1,
            "auc": _area(found, lines),
            "average_precision": _mean_precision(found, lines),
        },
        "confusion": cells.tolist() if len(cells) <= MOST_CLASSES else None,
        "confused": _confused(cells),
        "per_class": [table[number] for number in kept],
        "curves": [line for line in lines if order[line["class"]] in kept or found.binary],
        "calibration": calibration(found, seed),
        "mistakes": mistakes(found),
        **(
            {"by_distance": by_distance(found, nearness.distances, nearness.groups, seed)}
            if nearness is not None and len(found.rows)
            else {}
        ),
    }


def regression_report(targets: Any, predicted: Any, seed: int = 0) -> dict[str, Any]:
    """Returns the report of a model that predicts one number (see `regression.regression`)."""
    return regression(targets, predicted, seed)


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


def _with_short_names(found: Answers) -> Answers:
    """Returns answers whose classes have names of a bounded length, each its own."""
    from dataclasses import replace

    names: list[str] = []
    for number, name in enumerate(found.names):
        short = name[:LONGEST_NAME]
        names.append(short if short not in names else f"{short} ({number})")
    return replace(found, names=tuple(names))


def _left_out(found: Answers, probabilities: Any) -> int:
    return len(np.asarray(probabilities)) - len(found.labels)


def _area(found: Answers, lines: list[dict[str, Any]]) -> Measure:
    if not found.binary:
        return macro_area(found)
    return lines[0]["roc_auc"] or measure(None)


def _mean_precision(found: Answers, lines: list[dict[str, Any]]) -> Measure:
    """Returns the average precision; of several classes the mean without an interval."""
    there = [line["average_precision"] for line in lines if line["average_precision"]]
    if found.binary or not there:
        return there[0] if there else measure(None)
    return measure(float(np.mean([one["value"] for one in there])))


def _notes(found: Answers) -> list[str]:
    sizes = np.bincount(found.labels, minlength=len(found.names))
    absent = [name for name, size in zip(found.names, sizes, strict=True) if not size]
    few = [
        f"{name} ({size})" for name, size in zip(found.names, sizes, strict=True) if 0 < size < FEW
    ]
    notes = []
    if absent:
        notes.append(
            f"No row of the data is of class {_listed(absent)}: it has no recall and no curve, and "
            "counts in no mean."
        )
    if few:
        notes.append(f"Few rows, so wide intervals: {_listed(few)}.")
    if len(found.predicted) > 1 and (found.probabilities == found.probabilities[0]).all():
        notes.append("The model gives every row the same answer.")
    return notes


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _confused(cells: np.ndarray) -> list[list[int]]:
    """Returns the pairs of a true and a predicted class that were confused, the most frequent
    first, with how often.
    """
    wrong = cells.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong.reshape(-1), kind="stable")[:20]
    pairs = [(int(place) // len(cells), int(place) % len(cells)) for place in order]
    return [[true, taken, int(wrong[true, taken])] for true, taken in pairs if wrong[true, taken]]
