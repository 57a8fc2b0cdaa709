"""An evaluation as a terminal shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tftune.reports.text_table import Column, aligned_table
from tftune.support.texts import one_line

_WIDEST = 24  # characters of a class's name in a table
_LONGEST_NOTE = 300
_WIDEST_MATRIX = 12  # classes
_NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "F1, mean of the classes",
    "auc": "ROC area",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "r2": "R2",
    "mae": "mean absolute error",
    "rmse": "root mean square error",
    "mse": "mean square error",
}


def evaluation_text(report: Mapping[str, Any], names: Sequence[str] = ()) -> str:
    """Returns the report of an evaluation as aligned text.

    Args:
        report: As `tftune.reports.measures.evaluation` makes it.
        names: Of the rows, where they have one.
    """
    parts = [_metrics(report), *(one_line(note, _LONGEST_NOTE) for note in report["notes"])]
    if report["kind"] == "regression":
        parts.append("The largest errors\n" + _residuals(report, names))
        return "\n\n".join(parts)
    if report["confusion"] is not None and len(report["classes"]) <= _WIDEST_MATRIX:
        parts.append("Confusion matrix: true classes in rows, predicted ones in columns\n")
        parts[-1] += _confusion(report)
    elif report["confused"]:
        parts.append("Most often taken for each other\n" + _confused(report))
    parts.append("Classes, with intervals of 95 %\n" + _classes(report))
    parts.append(_calibration(report["calibration"]))
    if report["mistakes"]:
        parts.append("The most confident mistakes\n" + _mistakes(report, names))
    elif report["rows"]:
        parts.append("Every row was predicted correctly.")
    return "\n\n".join(parts)


def measure_name(name: str, report: Mapping[str, Any]) -> str:
    """Returns what a measure is called; of more than two classes an area is a mean.

    Example:
        >>> measure_name("auc", {"classes": ["a", "b", "c"]}), measure_name("mae", {})
        ('ROC area, mean of the classes', 'mean absolute error')
    """
    several = len(report.get("classes", ())) > 2 and name in ("auc", "average_precision")
    return _NAMES.get(name, name) + (", mean of the classes" if several else "")


def with_interval(found: Mapping[str, Any] | None) -> str:
    """Returns a measure with its interval in few words.

    Example:
        >>> with_interval({"value": 0.5, "low": 0.25, "high": 0.75})
        '0.500 (0.250 to 0.750)'
        >>> with_interval({"value": None, "low": None, "high": None}), with_interval(None)
        ('-', '-')
    """
    if found is None or found["value"] is None:
        return "-"
    if found["low"] is None or found["high"] is None:
        return number(found["value"])
    return f"{number(found['value'])} ({number(found['low'])} to {number(found['high'])})"


def number(value: float | None) -> str:
    """Returns a number as a table shows it.

    Example:
        >>> number(0.98765), number(1234.5), number(None)
        ('0.988', '1234', '-')
    """
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = (0,)
) -> str:
    """Returns aligned text; the columns `left` stand on the left, the others on the right."""
    columns = [Column(name, left=place in left) for place, name in enumerate(header)]
    return "  " + aligned_table(columns, rows).replace("\n", "\n  ")


def _metrics(report: Mapping[str, Any]) -> str:
    rows = [
        (measure_name(name, report), number(found["value"]), _ends(found))
        for name, found in report["metrics"].items()
        if found["value"] is not None
    ]
    return (
        _table(("measure", "value", "95 % interval"), rows) if rows else "Nothing can be measured."
    )


def _ends(found: Mapping[str, Any]) -> str:
    if found["low"] is None or found["high"] is None:
        return "-"
    return f"{number(found['low'])} to {number(found['high'])}"


def _name(text: str) -> str:
    return one_line(str(text), _WIDEST)


def _confusion(report: Mapping[str, Any]) -> str:
    names = [_name(name) for name in report["classes"]]
    rows = [
        [name, *(str(count) for count in counts)]
        for name, counts in zip(names, report["confusion"], strict=True)
    ]
    return _table(["", *names], rows)


def _confused(report: Mapping[str, Any]) -> str:
    names = report["classes"]
    rows = [
        (_name(names[true]), _name(names[taken]), str(count))
        for true, taken, count in report["confused"]
    ]
    return _table(("true", "predicted", "rows"), rows, left=(0, 1))


def _classes(report: Mapping[str, Any]) -> str:
    areas = {line["class"]: line for line in report["curves"]}
    rows = []
    for one in report["per_class"]:
        line = areas.get(one["class"], {})
        rows.append(
            (
                _name(one["class"]),
                str(one["rows"]),
                *(with_interval(one[name]) for name in ("precision", "recall", "f1")),
                with_interval(line.get("roc_auc")),
                with_interval(line.get("average_precision")),
            )
        )
    header = ("class", "rows", "precision", "recall", "F1", "ROC area", "average precision")
    return _table(header, rows)


def calibration_sentence(found: Mapping[str, Any]) -> str:
    """Returns what the calibration is worth in words: few rows alone make an error."""
    return (
        "expected calibration error (mean distance of the probabilities from the observed shares) "
        f"{with_interval(found['expected_error'])}; with so many rows even true probabilities "
        f"would show about {number(found['by_chance'])}; Brier score (mean squared error of the "
        f"probabilities, 0 is perfect) {with_interval(found['brier'])}"
    )


def _calibration(found: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{one['from']:.1f} to {one['to']:.1f}",
            str(one["rows"]),
            number(one["probability"]),
            f"{number(one['frequency'])} ({number(one['low'])} to {number(one['high'])})",
        )
        for one in found["bins"]
    ]
    head = f"Calibration: {calibration_sentence(found)}"
    return f"{head}\n" + _table((one_line(found["of"], 50), "rows", "predicted", "observed"), rows)


def _mistakes(report: Mapping[str, Any], names: Sequence[str]) -> str:
    classes = report["classes"]
    rows = [
        (
            _row(wrong["row"], names),
            _name(classes[wrong["true"]]),
            _name(classes[wrong["predicted"]]),
            number(wrong["probability"]),
            one_line(wrong.get("text", ""), 60),
        )
        for wrong in report["mistakes"]
    ]
    return _table(("row", "true", "predicted", "probability", ""), rows, left=(0, 1, 2, 4))


def _residuals(report: Mapping[str, Any], names: Sequence[str]) -> str:
    rows = [
        (
            _row(one["row"], names),
            *(number(one[key]) for key in ("target", "predicted", "residual")),
        )
        for one in report["residuals"]
    ]
    return _table(("row", "target", "predicted", "error"), rows)


def _row(row: int, names: Sequence[str]) -> str:
    return one_line(names[row], 50) if row < len(names) else str(row)
