"""What all marks of a chart reach: the scales of its two axes, and its series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tftune.reports.charts.chart import COLOURS, Band, Bars, Cells, Chart, Line, Mark, Points, Rule
from tftune.reports.charts.scales import Scale, intervals_are_level, scale_of

_Values = tuple[list[float], list[float]]  # with room around them, without


def scales_of(chart: Chart) -> tuple[Scale, Scale] | None:
    """Returns the horizontal and the vertical scale, or None if there is nothing to draw.

    Example:
        >>> from tftune.reports.charts.chart import Axis
        >>> line = Line((1, 2, 3), (0.5, float("nan"), 0.7))
        >>> x, y = scales_of(Chart("curve", Axis("epoch", low=1, high=3), Axis("loss"), (line,)))
        >>> x.low, x.high, round(y.low, 3), round(y.high, 3)
        (1.0, 3.0, 0.492, 0.708)
        >>> scales_of(Chart("curve", Axis("epoch"), Axis("loss"), (Line((1,), (float("inf"),)),)))
    """
    drawn = [mark for mark in chart.marks if not isinstance(mark, Rule)]
    rules = [mark for mark in chart.marks if isinstance(mark, Rule)]
    across, up = _reach(drawn, intervals_are_level(chart.x, chart.y))
    if not (any(across) and any(up)):
        return None
    for rule in rules:
        (across if rule.of == "x" else up)[0].append(rule.at)
    x = scale_of(chart.x, *across)
    y = scale_of(chart.y, *up)
    return (x, y) if x is not None and y is not None else None


def _reach(marks: Sequence[Mark], level: bool) -> tuple[_Values, _Values]:
    across: _Values = ([], [])
    up: _Values = ([], [])
    for mark in marks:
        if isinstance(mark, Line | Points):
            pairs = [(mark.x, mark.y)]
            if isinstance(mark, Points) and len(mark.low) and len(mark.high):
                pairs += [
                    (end, mark.y) if level else (mark.x, end) for end in (mark.low, mark.high)
                ]
        elif isinstance(mark, Band):
            pairs = [(mark.x, mark.low), (mark.x, mark.high)]
        elif isinstance(mark, Bars):
            pairs = [(mark.left, mark.bottom), (mark.right, mark.top)]
        elif isinstance(mark, Cells):
            filled = any(np.isfinite(value) for row in mark.values for value in row)
            across[1].extend(mark.x if filled else ())
            up[1].extend(mark.y if filled else ())
            continue
        else:
            continue
        for xs, ys in pairs:
            x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
            good = np.isfinite(x) & np.isfinite(y)
            kind = 1 if isinstance(mark, Bars) else 0
            across[kind].extend(x[good].tolist())
            up[kind].extend(y[good].tolist())
    return across, up


@dataclass(frozen=True)
class Series:
    """An entry of a legend.

    Attributes:
        name: What it says.
        colour: One of `COLOURS`.
        kinds: What marks it has, each once.
        dashed: Whether its lines are dashed.
        faint: Whether its lines are many.
    """

    name: str
    colour: str
    kinds: tuple[Literal["line", "points", "band", "bars"], ...]
    dashed: bool = False
    faint: bool = False

    @property
    def is_single_line(self) -> bool:
        """Whether it is a line, not one of many."""
        return "line" in self.kinds and not self.faint


_KINDS: dict[type, Literal["line", "points", "band", "bars"]] = {
    Line: "line",
    Points: "points",
    Band: "band",
    Bars: "bars",
}


def series_of(chart: Chart) -> list[Series]:
    """Returns the series of a chart: what became of trials first, then in the order in which they
    come.

    Example:
        >>> from tftune.reports.charts.chart import Axis
        >>> marks = (Line((1,), (2,), "mean"), Band((1,), (1,), (3,), "mean"), Points((1,), (2,)))
        >>> [(each.name, each.kinds) for each in series_of(Chart("a", Axis("x"), Axis("y"), marks))]
        [('mean', ('line', 'band'))]
    """
    found: dict[str, Series] = {}
    for mark in chart.marks:
        if isinstance(mark, Rule | Cells) or not mark.series:
            continue
        kind = _KINDS[type(mark)]
        dashed, faint = getattr(mark, "dashed", False), getattr(mark, "faint", False)
        entry = found.get(mark.series)
        if entry is None:
            found[mark.series] = Series(mark.series, mark.colour, (kind,), dashed, faint)
        elif kind not in entry.kinds:
            found[mark.series] = replace(entry, kinds=(*entry.kinds, kind))
    fates = list(COLOURS[:3])
    return sorted(
        found.values(), key=lambda each: fates.index(each.colour) if each.colour in fates else 3
    )
