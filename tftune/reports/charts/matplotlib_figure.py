"""A chart as a Matplotlib figure, for notebooks and papers.

Nothing of the user's Matplotlib is changed: no pyplot, no setting, no backend. Fonts and the
background are those that the user has set.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tftune.reports.charts.chart import AnyChart, Cells, Chart, ParallelChart
from tftune.reports.charts.colours import PALETTE, markers
from tftune.reports.charts.extents import Series, scales_of, series_of
from tftune.reports.charts.matplotlib_marks import ENDINGS, LONGEST, MARKERS, cut, draw_marks
from tftune.reports.charts.matplotlib_parallel import draw_parallel
from tftune.reports.charts.scales import Scale
from tftune.reports.charts.svg_text import plain

_NORMAL, _WIDE = (5.4, 3.4), (10.8, 3.8)  # inches
_CHARACTER, _SMALL_CHARACTER = 0.088, 0.07  # inches; of a legend
_MOST = 8e307  # Matplotlib takes the difference of two ends, which must be finite
_LONGEST = 24  # characters of a name on an axis


class ShownFigure(Figure):
    """A figure that a notebook shows where it is the value of a cell, whatever its backend."""

    def _repr_png_(self) -> bytes:
        image = io.BytesIO()
        self.savefig(image, format="png", bbox_inches="tight", dpi=110)
        return image.getvalue()


def figure_of(chart: AnyChart) -> Figure:
    """Returns a chart as a figure.

    Example:
        >>> from tftune.reports.charts.chart import Axis, Line
        >>> line = Line((1, 2, 3), (0.5, 0.7, 0.8), series="best so far", colour="best")
        >>> figure = figure_of(Chart("best", Axis("trials"), Axis("val_auc"), (line,)))
        >>> figure.axes[0].get_xlabel(), len(figure.axes[0].lines)
        ('trials', 1)
    """
    return figure_of_all([chart])


def figure_of_all(charts: Sequence[AnyChart], title: str = "") -> Figure:
    """Returns charts as the parts of one figure, two beside each other, a wide one alone.

    Args:
        charts: What to draw.
        title: Above all of them.
    """
    rows: list[list[AnyChart]] = []
    for chart in charts:
        last = rows[-1] if rows else []
        if len(last) == 1 and not _is_wide(last[0]) and not _is_wide(chart):
            last.append(chart)
        else:
            rows.append([chart])
    wide = any(len(row) > 1 or _is_wide(row[0]) for row in rows)
    heights = [max(_height(chart) for chart in row) for row in rows]
    figure = ShownFigure(
        figsize=((_WIDE if wide else _NORMAL)[0], max(sum(heights), 1.0)),
        layout=ConstrainedLayoutEngine(h_pad=0.11),  # a title is not taken for the axis above it
    )
    grid = figure.add_gridspec(max(len(rows), 1), 2 if wide else 1, height_ratios=heights or [1])
    for number, row in enumerate(rows):
        for place, chart in enumerate(row):
            whole = _is_wide(chart) or not wide
            axes = figure.add_subplot(grid[number, slice(None) if whole else place])
            draw(chart, axes)
    if title:
        figure.suptitle(plain(title, 200), parse_math=False)
    return figure


def _is_wide(chart: AnyChart) -> bool:
    return isinstance(chart, ParallelChart) or chart.wide


def _height(chart: AnyChart) -> float:
    if isinstance(chart, ParallelChart):
        return _WIDE[1]
    height = (_WIDE if chart.wide else _NORMAL)[1] * min(max(chart.height, 0.4), 9)
    rows = len(chart.y.categories) if chart.y.scale == "category" else 0
    return max(height, 0.22 * min(rows, 80) + 0.8)


def draw(chart: AnyChart, axes: Axes) -> None:
    """Draws a chart into axes that exist."""
    if chart.title:
        axes.set_title(cut(chart.title, 70), loc="left", fontsize="medium", parse_math=False)
    if isinstance(chart, ParallelChart):
        draw_parallel(chart, axes)
        return
    scales = scales_of(chart)
    if scales is None:
        axes.set_xticks([])
        axes.set_yticks([])
        where: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no finite values to draw", alpha=0.6, **where)
        return
    series = series_of(chart)
    lines = {entry.colour for entry in series if entry.is_single_line}
    shapes = markers((entry.name, entry.colour) for entry in series if "points" in entry.kinds)
    if len(lines) > 1:
        shapes = markers((entry.name, entry.colour) for entry in series if not entry.faint)
    has_bar = any(isinstance(mark, Cells) for mark in chart.marks)
    names = chart.y.categories if chart.y.scale == "category" else ()
    width = (_WIDE if chart.wide else _NORMAL)[0] - 0.9 - has_bar * 0.9
    width -= _CHARACTER * max((len(cut(name, _LONGEST)) for name in names), default=0)
    _frame(chart, axes, *scales, width)
    draw_marks(chart, axes, shapes, len(lines) > 1)
    if len(series) > 1:
        _legend(axes, series, shapes, len(lines) > 1, width)


def _frame(chart: Chart, axes: Axes, x: Scale, y: Scale, width: float) -> None:
    """Axes, ticks and grid of axes that are about so many inches wide."""
    for scale, setter in ((x, axes.set_xscale), (y, axes.set_yscale)):
        if scale.log:
            setter("log", nonpositive="mask")
    for scale, axis, most in ((x, axes.xaxis, max(int(width / 0.7), 2)), (y, axes.yaxis, 6)):
        ticks = scale.ticks(most)
        if scale.axis.scale == "category":  # as many names as there is room for
            room = width if scale is x else _height(chart)
            ticks = ticks[:: max(math.ceil(len(ticks) * 0.17 / room), 1)]
        axis.set_ticks([tick.value for tick in ticks], minor=False)
        axis.set_ticks([], minor=True)
        axis.set_ticklabels([cut(tick.text, _LONGEST) for tick in ticks], parse_math=False)
    # after the ticks, which would widen them
    axes.set_xlim(max(x.low, -_MOST), min(x.high, _MOST))
    axes.set_ylim(max(y.low, -_MOST), min(y.high, _MOST))
    names = chart.x.categories if chart.x.scale == "category" else ()
    if any(len(cut(name, _LONGEST)) * _CHARACTER > width / len(names) for name in names):
        axes.tick_params(axis="x", rotation=60 if width / len(names) < 0.4 else 30)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    axes.set_xlabel(_in_two_lines(chart.x.label, width), parse_math=False)
    axes.set_ylabel(_in_two_lines(chart.y.label, _height(chart) * 0.7), parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(False)
    for scale, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if scale.axis.scale != "category":
            axis.grid(True, linewidth=0.5, alpha=0.35)


def _in_two_lines(label: str, inches: float) -> str:
    """A label, broken between words where one line has no room for it."""
    most = max(int(inches / _CHARACTER), 8)
    text = plain(label, 2000)
    if len(text) <= most:
        return text
    for width in range(len(text) // 2, most + 1):  # the narrowest: both lines about as long
        if len(lines := textwrap.wrap(text, width, break_on_hyphens=False)) == 2:
            return "\n".join(lines)
    lines = textwrap.wrap(text, most, break_on_hyphens=False) or [text]
    return "\n".join((lines[0], cut(" ".join(lines[1:]), most)))


def _legend(
    axes: Axes, series: Sequence[Series], shapes: dict[str, str], marked: bool, width: float
) -> None:
    handles: list[Patch | Line2D] = []
    for entry in series:
        colour = PALETTE.get(entry.colour, PALETTE["neutral"])[0]
        if entry.kinds[0] in ("band", "bars"):
            hollow = entry.colour == "failed" and "bars" in entry.kinds
            handles.append(
                Patch(
                    facecolor="none" if hollow else colour,
                    edgecolor=colour if hollow else "none",
                    alpha=0.18 if entry.kinds == ("band",) else 0.9,
                )
            )
            continue
        shape = shapes.get(entry.name) if marked or "points" in entry.kinds else None
        if entry.faint:
            shape = ENDINGS.get(entry.colour)
        line = "line" in entry.kinds
        style: Any = ((0, (4, 2.5)) if entry.dashed else "-") if line else ""
        handles.append(
            Line2D([], [], color=colour, linestyle=style, marker=MARKERS[shape] if shape else "")
        )
    # names are set afterwards: Matplotlib leaves out those that begin with "_"
    widest = max(len(cut(each.name, LONGEST)) for each in series) * _SMALL_CHARACTER + 0.6
    columns = min(max(int(width / widest), 1), len(series))
    legend = axes.legend(
        handles,
        [str(number) for number in range(len(handles))],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize="small",
    )
    if axes.get_title(loc="left"):
        rows = math.ceil(len(series) / columns)
        axes.set_title(
            axes.get_title(loc="left"), loc="left", fontsize="medium", pad=12 + 14 * rows
        )
    for text, entry in zip(legend.get_texts(), series, strict=True):
        text.set_parse_math(False)
        text.set_text(cut(entry.name, LONGEST))
