"""The report of an evaluation: everything that is measured on some rows, as plain JSON of a bounded
size.

Example:
    >>> report = classification_report([0, 1, 1, 0], [[0.2], [0.7], [0.4], [0.1]], ["no", "yes"])
    >>> report["confusion"], report["metrics"]["accuracy"]["value"]
    ([[2, 0], [1, 1]], 0.75)
"""

from __future__ import annotations

from collections.abc import Sequence
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
from tftune.reports.measures.grouped import are_grouped, grouped_intervals, with_groups
from tftune.reports.measures.intervals import Measure, measure
from tftune.reports.measures.regression import regression

LONGEST_NAME = 200  # characters of a class's name
FEW = 30  # rows of a class below which an interval is wide whatever was found


def classification_report(
    labels: Any,
    probabilities: Any,
    names: Sequence[str] | None = None,
    seed: int = 0,
    nearness: Nearness | None = None,
    groups: Any = None,
) -> dict[str, Any]:
    """Returns the report of a classifier.

    Args:
        labels: Numbers of classes, or a column a class (see `classification.answers`).
        probabilities: One column, of the second class, or one a class.
        names: Of the classes.
        seed: Of all draws.
        nearness: How near the rows stand to the training rows, where that is known.
        groups: The group of each row, numbers from 0, shape `(rows,)`: areas and the mean F1 then
            have the intervals of a bootstrap over groups. None: no rows belong together.

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
    metrics = {
        "accuracy": accuracy(found),
        "macro_f1": macro_f1,
        "auc": _area(found, lines),
        "average_precision": _mean_precision(found, lines),
    }
    together: list[str] = []
    if are_grouped(groups):
        metrics, together = _by_group(found, metrics, np.asarray(groups), seed)
        if found.binary:  # the curves tell the same
            named = {"roc_auc": metrics["auc"]}
            named["average_precision"] = metrics["average_precision"]
            lines[0] |= {name: one for name, one in named.items() if lines[0][name] is not None}
    return {
        "kind": "classification",
        "rows": len(found.labels),
        "left_out": {"rows": _left_out(found, probabilities), "numbers": list(found.left_out)},
        "notes": [*found.notes, *together, *_notes(found)],
        "classes": list(found.names),
        "metrics": metrics,
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


def _with_short_names(found: Answers) -> Answers:
    """Returns answers whose classes have names of a bounded length, each its own."""
    from dataclasses import replace

    names: list[str] = []
    for number, name in enumerate(found.names):
        short = name[:LONGEST_NAME]
        names.append(short if short not in names else f"{short} ({number})")
    return replace(found, names=tuple(names))


def _by_group(
    found: Answers, metrics: dict[str, Measure], groups: np.ndarray, seed: int
) -> tuple[dict[str, Measure], list[str]]:
    """Returns the measures with the intervals of a bootstrap over groups, and what to say of it."""
    units = np.unique(groups[found.rows], return_inverse=True)[1].reshape(-1)
    ends = grouped_intervals(found.labels, found.probabilities, units, seed)
    note = (
        f"The {len(units):,} rows have {len(np.unique(units)):,} different inputs: the intervals "
        "of the areas and of the mean F1 come from drawing inputs again, not rows."
    )
    return with_groups(metrics, ends), [note]


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
