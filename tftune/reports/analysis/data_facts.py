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
from tftune.support.texts import one_line

# The public file of hemolytic peptides, told by its counts (data/hemolytic_peptides.md): what a
# model that sees only the sequence cannot exceed.
_PUBLIC_PEPTIDES = {"sequences": 6076, "both_labels": 465}
_MOST_CLASSES = 10  # in a sentence
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


def near_words(data: Mapping[str, Any]) -> str:
    """Returns how many rows of the test split are near to a training row, or "" where that is not
    known.

    Example:
        >>> near_words({"near_leak_rate": 0.5, "leak_rate_within_3": 0.73, "sequences": 90})
        '50 % of the test rows are within 1 edit of a training sequence, 73 % within 3'
        >>> near_words({"near_leak_rate": 0.0})
        'no test row equals or looks like a training row'
    """
    near, family = data.get("near_leak_rate"), data.get("leak_rate_within_3")
    if not is_finite(near):
        return ""
    sequences = is_finite(family)
    if not near and not family:
        what = "is within 3 edits of a training sequence"
        return f"no test row {what if sequences else 'equals or looks like a training row'}"
    told = f"{percent(float(near))} of the test rows "  # type: ignore[arg-type]
    if not sequences:
        return f"{told}equal or look like a training row"
    within = percent(float(family))  # type: ignore[arg-type]
    return f"{told}are within 1 edit of a training sequence, {within} within 3"


def balance_words(data: Mapping[str, Any]) -> str:
    """Returns how many rows each class has on the test split, or "" where that is not known.

    Example:
        >>> balance_words({"class_rows": {"test": {"no": 30, "yes": 10}}})
        'no 30 (75 %), yes 10 (25 %) of the test rows'
    """
    counts = (data.get("class_rows") or {}).get("test")
    if not isinstance(counts, Mapping) or not counts:
        return ""
    whole = max(sum(counts.values()), 1)
    listed = [
        f"{one_line(str(name), 40)} {count:,} ({percent(count / whole)})"
        for name, count in list(counts.items())[:_MOST_CLASSES]
    ]
    more = len(counts) - _MOST_CLASSES
    tail = f" and {more} more classes" if more > 0 else ""
    return f"{', '.join(listed)}{tail} of the test rows"


def leaks(data: Mapping[str, Any]) -> bool:
    """Returns whether more than one row in a hundred of a split stands in the training split."""
    rates = (data.get("leak_rate"), data.get("validation_leak_rate"))
    return any(is_finite(rate) and rate > 0.01 for rate in rates)  # type: ignore[operator]


def near_leaks(data: Mapping[str, Any]) -> bool:
    """Returns whether more than one row in ten of the test split is near to a training row."""
    rates = (data.get("near_leak_rate"), data.get("leak_rate_within_3"))
    return any(is_finite(rate) and rate > 0.1 for rate in rates)  # type: ignore[operator]


def ceiling_of(data: Mapping[str, Any], metric: str) -> float | None:
    """Returns what no model can exceed, or None where that is not known."""
    told = data.get("ceiling")
    name = "accuracy" if is_accuracy(metric) else "auc" if is_auc(metric) else ""
    if isinstance(told, Mapping) and is_finite(told.get(name)):
        return float(told[name])
    known = all(data.get(key) == count for key, count in _PUBLIC_PEPTIDES.items())
    return _THEIR_CEILING.get(name) if known else None


def ceiling_words(data: Mapping[str, Any], metric: str) -> str:
    """Returns what no model can exceed, as far as the journal tells: on all of the data, on the
    test split, and the least log-loss.
    """
    both, sequences = data.get("both_labels"), data.get("sequences")
    value = ceiling_of(data, metric)
    same = ""
    if isinstance(both, int) and both and isinstance(sequences, int):
        same = f"{both:,} of {sequences:,} sequences carry both labels, so no model is always right"
    elif isinstance(data.get("contradictions"), int):
        clashes = data["contradictions"]
        if not clashes:
            return "none is set by the data: no input carries different labels"
        same = f"{clashes:,} inputs carry different labels, so no model is always right"
    if value is not None:
        told = f"{format_value(value)} on all of the data{_other_ceilings(data, metric)}"
        return f"{told}{f': {same}' if same else ''}"
    return f"below 1, how far is not recorded: {same}" if same else "not recorded"


def _other_ceilings(data: Mapping[str, Any], metric: str) -> str:
    of_test = data.get("test_ceiling")
    test = ceiling_of({"ceiling": of_test}, metric) if isinstance(of_test, Mapping) else None
    told = f", {format_value(test)} on the test split" if test is not None else ""
    whole = data.get("ceiling")
    loss = whole.get("log_loss") if isinstance(whole, Mapping) else None
    return f"{told}; log-loss at least {format_value(loss)}" if is_finite(loss) else told


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
    most = _largest_share(data, split)
    if most is not None:
        return f"{format_value(most)}: always answering with the most frequent class"
    if isinstance(names, list | tuple) and len(names) > 1:
        classes = f"{len(names)} classes, if they are equally frequent"
        return f"{format_value(1 / len(names))}: guessing among {classes}"
    return ""


def _largest_share(data: Mapping[str, Any], split: str) -> float | None:
    counts = (data.get("class_rows") or {}).get(split)
    if not isinstance(counts, Mapping) or not sum(counts.values()):
        return None
    return float(max(counts.values()) / sum(counts.values()))
