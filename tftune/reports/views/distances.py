"""The score by distance to the nearest training sequence, as part of the view of the test split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.reports.charts.chart import Axis, Chart, Points
from tftune.reports.distance_table import TITLE, cells, edits, header
from tftune.reports.views.view import Table

_MEASURES = (("auc", "ROC area", "best"), ("accuracy", "accuracy", "completed"))
_ASIDE = 0.12  # of a category, so that intervals do not lie on each other


def distance_charts(report: Mapping[str, Any], title: str) -> list[Chart]:
    """Returns the chart of the scores at each distance with their intervals, or none.

    Args:
        report: Of an evaluation.
        title: Of the run, where there are several.
    """
    table = (report.get("by_distance") or [])[:-1]  # without that of all rows
    marks = []
    for number, (key, name, colour) in enumerate(_MEASURES):
        known = [
            (place, one)
            for place, one in enumerate(table)
            if one[key] is not None and one[key]["low"] is not None
        ]
        if known:
            measures = [one[key] for _, one in known]
            marks.append(
                Points(
                    [place + _ASIDE * (2 * number - 1) for place, _ in known],
                    [found["value"] for found in measures],
                    name,
                    colour,
                    hover=[f"{edits(one)} edits, {one['rows']:,} rows" for _, one in known],
                    low=[found["low"] for found in measures],
                    high=[found["high"] for found in measures],
                )
            )
    if not marks:
        return []
    # short, for there is little room
    names = tuple(edits(one).replace(" to ", "-").replace(" and more", "+") for one in table)
    x = Axis("edits to the nearest training sequence", "category", categories=names)
    return [Chart("by-distance", x, Axis("score"), tuple(marks), _titled(title))]


def distance_tables(report: Mapping[str, Any], title: str) -> list[Table]:
    """Returns the table of the same, or none.

    Args:
        report: Of an evaluation.
        title: Of the run, where there are several.
    """
    if not report.get("by_distance"):
        return []
    columns = header(report)
    rows, numbers = tuple(cells(report)), tuple(range(1, len(columns)))
    return [Table(columns, rows, numbers, title=_titled(title))]


def _titled(title: str) -> str:
    return f"{TITLE}, {title}" if title else TITLE
