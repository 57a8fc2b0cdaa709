"""What the journal tells of the data that bounds a score: leaks, a ceiling, and what guessing gets.

Example:
    >>> data = {"test": 100, "positives": {"test": 20}, "leak_rate": 0.25}
    >>> leak_words(data)
    '25 % of the test rows are also in the training split'
    >>> floor_words(data, "val_accuracy", "test")
    '0.8: always answering with the more frequent class'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.reports.analysis.noise import is_accuracy, is_auc
from tftune.reports.analysis.trials import is_finite
from tftune.reports.analysis.words import percent
from tftune.reports.tables import format_value

# The public file of hemolytic peptides, told by its counts (data/hemolytic_peptides.md): what a
# model that sees only the sequence cannot exceed.
_PUBLIC_PEPTIDES = {"sequences": 6076, "both_labels": 465}
_THEIR_CEILING = {"accuracy": 0.928, "auc": 0.981}


def leak_words(data: Mapping[str, Any]) -> str:
    """Returns how many rows of the test and validation splits are also in the training split."""
    rates = {
        "test": data.get("leak_rate"),
        "validation": data.get("validation_leak_rate"),
    }
    known = {
        split: float(rate) for split, rate in rates.items() if rate is not None and is_finite(rate)
    }
    told = [f"{percent(rate)} of the {split} rows" for split, rate in known.items()]
    if not told:
        return "not recorded: whether test rows are also in the training split is unknown"
    return f"{' and '.join(told)} are also in the training split"


def leaks(data: Mapping[str, Any]) -> bool:
    """Returns whether more than one row in a hundred of a split stands in the training split."""
    rates = (data.get("leak_rate"), data.get("validation_leak_rate"))
    return any(is_finite(rate) and rate > 0.01 for rate in rates)  # type: ignore[operator]


def ceiling_of(data: Mapping[str, Any], metric: str) -> float | None:
    """Returns what no model can exceed, or None where that is not known."""
    told = data.get("ceiling")
    name = "accuracy" if is_accuracy(metric) else "auc" if is_auc(metric) else ""
    if isinstance(told, Mapping) and is_finite(told.get(name)):
        return float(told[name])
    known = all(data.get(key) == count for key, count in _PUBLIC_PEPTIDES.items())
    return _THEIR_CEILING.get(name) if known else None


def ceiling_words(data: Mapping[str, Any], metric: str) -> str:
    """Returns what no model can exceed, as far as the journal tells."""
    both, sequences = data.get("both_labels"), data.get("sequences")
    value = ceiling_of(data, metric)
    same = ""
    if isinstance(both, int) and both and isinstance(sequences, int):
        same = f"{both:,} of {sequences:,} sequences carry both labels, so no model is always right"
    if value is not None:
        return f"{format_value(value)} on all of the data{f': {same}' if same else ''}"
    return f"below 1, how far is not recorded: {same}" if same else "not recorded"


def floor_words(data: Mapping[str, Any], metric: str, split: str) -> str:
    """Returns what guessing gets, or "" where that is not known."""
    if is_auc(metric):
        return "0.5: guessing"
    if not is_accuracy(metric):
        return ""
    rows, counts, names = data.get(split), data.get("positives"), data.get("class_names")
    positives = counts.get(split) if isinstance(counts, Mapping) else None
    if isinstance(rows, int) and rows > 0 and isinstance(positives, int):
        share = max(positives, rows - positives) / rows
        return f"{format_value(share)}: always answering with the more frequent class"
    if isinstance(names, list | tuple) and len(names) > 1:
        classes = f"{len(names)} classes, if they are equally frequent"
        return f"{format_value(1 / len(names))}: guessing among {classes}"
    return ""
