"""The marks of a chart into Matplotlib's axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import ListedColormap

from tftune.reports.charts.chart import Band, Bars, Cells, Chart, Line, Mark, Points, Rule
from tftune.reports.charts.colours import LIGHT_STEPS, PALETTE
from tftune.reports.charts.scales import intervals_are_level
from tftune.reports.charts.svg_cells import share, value_range
from tftune.reports.charts.svg_text import plain

MARKERS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "down": "v",
    "cross": "X",
    "plus": "P",
    "star": "*",
}
ENDINGS = {"pruned": "down", "failed": "cross"}  # of faint lines
LONGEST = 48  # characters of a name
_MANY = 300  # points


def draw_marks(chart: Chart, axes: Axes, shapes: dict[str, str], marked: bool) -> None:
    """Draws all marks of a chart.

    Args:
        chart: What to draw.
        axes: Where.
        shapes: The marker of each series.
        marked: Whether lines bear markers.
    """
    marks = list(chart.marks)
    for colour in dict.fromkeys(mark.colour for mark in marks if _is_one_of_many(mark)):
        many = [mark for mark in marks if _is_one_of_many(mark) and mark.colour == colour]
        _draw_many(many, axes, colour)
    for mark in marks:
        if not _is_one_of_many(mark):
            _draw_mark(mark, axes, chart, shapes, marked)


def _is_one_of_many(mark: Mark) -> TypeGuard[Line]:
    return isinstance(mark, Line) and mark.faint and not mark.steps and not mark.dashed


def _draw_many(lines: Sequence[Line], axes: Axes, colour: str) -> None:
    """Faint lines at once, a thousand of which would be slow alone; how they end tells their fate,
    too.
    """
    shown = PALETTE.get(colour, PALETTE["neutral"])[0]
    paths = [
        np.column_stack([np.asarray(values, float) for values in (each.x, each.y)])
        for each in lines
    ]
    paths = [np.where(np.isfinite(path), path, np.nan) for path in paths]
    axes.add_collection(
        LineCollection(paths, colors=shown, linewidths=0.7, alpha=0.45), autolim=False
    )
    ends = [seen[-1] for path in paths if len(seen := path[np.isfinite(path).all(axis=1)])]
    if colour in ENDINGS and ends:
        marker = MARKERS[ENDINGS[colour]]
        x, y = zip(*ends, strict=True)
        axes.scatter(x, y, s=7, c=shown, marker=marker, alpha=0.6, linewidths=0)


def _draw_mark(mark: Mark, axes: Axes, chart: Chart, shapes: dict[str, str], marked: bool) -> None:
    colour = PALETTE.get(getattr(mark, "colour", "neutral"), PALETTE["neutral"])
    if isinstance(mark, Line):
        _draw_line(mark, axes, colour[0], shapes.get(mark.series) if marked else None)
    elif isinstance(mark, Points):
        shape = MARKERS[shapes.get(mark.series) or colour[2]]
        many = len(mark.x) > _MANY
        if len(mark.low) and len(mark.high):
            limits: dict[str, Any] = {"colors": colour[0], "linewidth": 1.0}
            if intervals_are_level(chart.x, chart.y):
                axes.hlines(mark.y, mark.low, mark.high, **limits)
            else:
                axes.vlines(mark.x, mark.low, mark.high, **limits)
        size = (12 if many else 26) * (3 if shape == "*" else 1)  # a star is mostly gaps
        look: dict[str, Any] = {
            "alpha": 0.6 if many else 0.95,
            "linewidths": 0.4,
            "edgecolors": "white",
        }
        axes.scatter(mark.x, mark.y, s=size, c=colour[0], marker=shape, zorder=2.5, **look)
    elif isinstance(mark, Band):
        axes.fill_between(mark.x, mark.low, mark.high, color=colour[0], alpha=0.18, linewidth=0)
    elif isinstance(mark, Bars):
        sides = (mark.left, mark.right, mark.bottom, mark.top)
        corners = np.array([np.asarray(side, float) for side in sides])
        left, right, bottom, top = corners[:, np.isfinite(corners).all(axis=0)]
        hollow = mark.colour == "failed"
        axes.bar(
            left,
            top - bottom,
            right - left,
            bottom,
            align="edge",
            facecolor="none" if hollow else colour[0],
            edgecolor=colour[0] if hollow else axes.get_facecolor(),
            alpha=1.0 if hollow else 0.8,
            linewidth=1.0 if hollow else 0.4,
        )
    elif isinstance(mark, Cells):
        _draw_cells(mark, axes)
    elif isinstance(mark, Rule):
        _draw_rule(mark, axes)


def _draw_line(mark: Line, axes: Axes, colour: str, shape: str | None) -> None:
    axes.plot(
        mark.x,
        mark.y,
        color=colour,
        linewidth=0.7 if mark.faint else 1.8,
        alpha=0.45 if mark.faint else 1.0,
        linestyle=(0, (4, 2.5)) if mark.dashed else "-",
        drawstyle="steps-post" if mark.steps else "default",
        marker=MARKERS[shape] if shape and not mark.faint else "",
        markevery=max(math.ceil(len(mark.x) / 6), 1),
        markersize=5,
    )


def _draw_rule(mark: Rule, axes: Axes) -> None:
    line = axes.axhline if mark.of == "y" else axes.axvline
    colour = axes.xaxis.label.get_color()
    line(mark.at, color=colour, linewidth=0.8, linestyle=(0, (4, 3)) if mark.dashed else "-")
    if not mark.text:
        return
    look: dict[str, Any] = {"fontsize": "small", "parse_math": False, "clip_on": True}
    if mark.of == "y":
        below = _share(axes, mark.at, "y") > 0.88  # no room above
        points_left, points_right = _points_left_and_right(axes, mark.at)
        left = points_left < points_right
        place, towards = (0.01 if left else 0.99, mark.at), axes.get_yaxis_transform()
        offset = (2 if left else -2, 2 - 4 * below)
        look |= {"ha": "left" if left else "right", "va": "top" if below else "bottom"}
    else:
        before = _share(axes, mark.at, "x") > 0.75  # no room behind; above are words of y
        place, towards = (mark.at, 0.01 if before else 0.99), axes.get_xaxis_transform()
        offset = (3 - 6 * before, 0)
        look |= {"ha": "right" if before else "left", "va": "bottom" if before else "top"}
    axes.annotate(
        cut(mark.text, LONGEST), place, offset, xycoords=towards, textcoords="offset points", **look
    )


def _points_left_and_right(axes: Axes, at: float) -> tuple[int, int]:
    """The numbers of points that are drawn near a level, in the left and in the right half."""
    drawn = [
        np.asarray(each.get_offsets())
        for each in axes.collections
        if isinstance(each, PathCollection)
    ]
    places = np.concatenate([*drawn, np.empty((0, 2))])
    across, up = axes.transAxes.inverted().transform(axes.transData.transform(places)).T
    near = np.abs(up - _share(axes, at, "y")) < 0.12
    return int((near & (across <= 0.5)).sum()), int((near & (across > 0.5)).sum())


def _share(axes: Axes, at: float, of: str) -> float:
    """Where a value of an axis is between its lower end, 0, and its upper end, 1."""
    across = of == "x"
    there = axes.get_xaxis_transform() if across else axes.get_yaxis_transform()
    place = axes.transAxes.inverted().transform(there.transform((at, 0) if across else (0, at)))
    return float(place[0 if across else 1])


def _draw_cells(mark: Cells, axes: Axes) -> None:
    ends = value_range(mark)
    if ends is None:
        return
    values = np.ma.masked_invalid(np.asarray(mark.values, float))
    low, high = ends if ends[1] > ends[0] else (ends[0] - 0.5, ends[0] + 0.5)
    mesh = axes.pcolormesh(
        mark.x, mark.y, values, cmap=ListedColormap(list(LIGHT_STEPS)), vmin=low, vmax=high
    )
    figure = axes.get_figure()
    if figure is not None:
        bar = figure.colorbar(mesh, ax=axes)
        bar.set_label(cut(mark.label, 50), parse_math=False)
    for row, texts in enumerate(mark.texts):
        for column, text in enumerate(texts):
            value = (
                float(values[row, column]) if not values.mask.any() else mark.values[row][column]
            )
            if not text or not np.isfinite(value):
                continue
            x, y = sum(mark.x[column : column + 2]) / 2, sum(mark.y[row : row + 2]) / 2
            colour = "white" if share(value, ends) > 0.5 else "black"
            look: dict[str, Any] = {
                "ha": "center",
                "va": "center",
                "fontsize": "small",
                "color": colour,
            }
            axes.text(x, y, cut(text, 12), parse_math=False, clip_on=True, **look)


def cut(text: str, most: int) -> str:
    """Returns a text without its middle where it is longer than `most` characters.

    Example:
        >>> cut("learning_rate_schedule", 12)
        'learn…hedule'
    """
    whole = plain(text, 2000)
    if len(whole) <= most:
        return whole
    head = (most - 1) // 2
    return whole[:head] + "…" + whole[len(whole) - (most - 1 - head) :]
