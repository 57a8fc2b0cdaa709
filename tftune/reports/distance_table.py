"""The score by distance to the nearest training row, in words: for a terminal and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.reports.evaluation_text import number, with_interval
from tftune.reports.text_table import Column, aligned_table

TITLE = "Score by distance to the nearest training sequence"
FEW = 30  # rows below which a score says little


def header(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the names of the columns."""
    return ("edits", "rows", "inputs", *_balance(report), "accuracy", *_area(report))


def cells(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Returns a row for each distance, the last one for all."""
    return [
        (
            edits(one),
            f"{one['rows']:,}",
            f"{one['inputs']:,}",
            *((f"{one['class_rows'][1]:,}",) if _balance(report) else ()),
            with_interval(one["accuracy"]),
            *((_area_cell(one["auc"]),) if _area(report) else ()),
        )
        for one in report["by_distance"]
    ]


def _area_cell(found: Mapping[str, Any]) -> str:
    """Returns an area with its interval; without one, as of three rows, it says nothing."""
    return "-" if found["low"] is None else with_interval(found)


def edits(one: Mapping[str, Any]) -> str:
    """Returns a distance in words.

    Example:
        >>> edits({"from": 4, "to": 5}), edits({"from": 9, "to": None}), edits({"from": 0, "to": 0})
        ('4 to 5', '9 and more', '0')
        >>> edits({"from": 0, "to": None})
        'all'
    """
    low, high = one["from"], one["to"]
    if high is None:
        return f"{low} and more" if low else "all"
    return f"{low} to {high}" if high > low else str(low)


def distance_text(report: Mapping[str, Any]) -> str:
    """Returns the table as aligned text, with what it shows in a sentence; "" where there is none.

    Args:
        report: Of an evaluation (see `tftune.reports.measures.evaluation`).
    """
    if not report.get("by_distance"):
        return ""
    columns = [Column(name, left=not place) for place, name in enumerate(header(report))]
    table = aligned_table(columns, cells(report)).replace("\n", "\n  ")
    return f"{TITLE}, with intervals of 95 % by sequence\n  {table}\n{sentence(report)}"


def sentence(report: Mapping[str, Any]) -> str:
    """Returns what the table shows: near rows beside far ones.

    Example:
        >>> def one(low, high, rows, auc):
        ...     value = {"value": auc, "low": auc - 0.1, "high": auc + 0.1}
        ...     return {"from": low, "to": high, "rows": rows, "auc": value, "accuracy": value}
        >>> table = [one(0, 0, 60, 0.9), one(9, None, 40, 0.7), one(0, None, 100, 0.8)]
        >>> for told in sentence({"by_distance": table}).split(". "):
        ...     print(told)
        Of the 100 rows 60 % are within 3 edits of a training sequence
        At the distance 0 ROC area is 0.900, at 9 and more it is 0.700.
    """
    *parts, whole = report["by_distance"]
    near = sum(one["rows"] for one in parts if one["to"] is not None and one["to"] <= 3)
    share = f"{100 * near / whole['rows']:.0f} %" if near else "none"
    told = (
        f"Of the {whole['rows']:,} rows {share} {'are' if near else 'is'} within 3 edits of a "
        "training sequence."
    )
    name, key = ("ROC area", "auc") if whole.get("auc") else ("accuracy", "accuracy")
    known = [one for one in parts if one["rows"] >= FEW and one[key]["low"] is not None]
    if len(known) < 2:
        return told
    first, last = known[0], known[-1]
    return (
        f"{told} At the distance {edits(first)} {name} is {number(first[key]['value'])}, at "
        f"{edits(last)} it is {number(last[key]['value'])}."
    )


def _balance(report: Mapping[str, Any]) -> tuple[str, ...]:
    classes = report["classes"]
    return (str(classes[1]),) if len(classes) == 2 else ()


def _area(report: Mapping[str, Any]) -> tuple[str, ...]:
    return ("ROC area",) if len(report["classes"]) == 2 else ()
