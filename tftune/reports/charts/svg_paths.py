"""Paths of SVG: few bytes for many points, and nothing that the eye would miss.

Positions are rounded to a tenth of a unit and told as steps from the point before; a point is left
out where the line passes within 0.3 units of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tftune.reports.charts.svg_text import tenths_text

Point = tuple[int, int]  # in tenths of a unit

_TOLERANCE = 3  # tenths of a unit
_MANY = 1000  # points beyond which a line is first thinned by columns


def runs(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> Iterator[list[Point]]:
    """Yields the unbroken stretches of a line, in tenths."""
    good = np.isfinite(x) & np.isfinite(y)
    places = np.flatnonzero(good)
    if not len(places):
        return
    across, up = np.rint(x[places] * 10).astype(int), np.rint(y[places] * 10).astype(int)
    for part in np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) > 1) + 1):
        yield list(zip(across[part].tolist(), up[part].tolist(), strict=True))


def line_path(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], steps: bool = False) -> str:
    """Returns the `d` of a line; what is not finite breaks it, and a point alone is a dot.

    Example:
        >>> line_path(np.array([0, 10, 20, 30, 40.0]), np.array([5, 6, 7, np.nan, 3]))
        'M0,5l20,2M40,3h0'
        >>> line_path(np.array([0, 10, 20.0]), np.array([5, 4, 4.0]), steps=True)
        'M0,5h10v-1h10'
    """
    return "".join(_stretch(points, steps) for points in runs(x, y))


def band_path(
    x: np.ndarray[Any, Any], low: np.ndarray[Any, Any], high: np.ndarray[Any, Any]
) -> str:
    """Returns the `d` of an area between two lines."""
    broken = np.where(np.isfinite(low) & np.isfinite(high), x, np.nan)
    parts = []
    for below, above in zip(runs(broken, low), runs(broken, high), strict=True):
        there, back = simplified(above), simplified(below)[::-1]
        parts.append(_steps([*there, *back]) + "z")
    return "".join(parts)


def _stretch(points: list[Point], steps: bool) -> str:
    if len(points) == 1:
        return f"M{_pair(*points[0])}h0"
    return _stairs(points) if steps else _steps(simplified(points))


def polyline(points: list[Point]) -> str:
    """Returns the `d` of a line through all points, given in tenths.

    Example:
        >>> polyline([(0, 0), (105, -20), (200, 5)])
        'M0,0l10.5-2 9.5,2.5'
    """
    return _steps(points) if len(points) > 1 else f"M{_pair(*points[0])}h0"


def _steps(points: list[Point]) -> str:
    x, y = points[0]
    parts: list[str] = []
    for across, up in points[1:]:
        step = _pair(across - x, up - y)
        parts.append(step if not parts or step[0] == "-" else " " + step)
        x, y = across, up
    return f"M{_pair(*points[0])}l" + "".join(parts)


def _pair(across: int, up: int) -> str:
    second = tenths_text(up)
    return tenths_text(across) + ("" if second[0] == "-" else ",") + second


def _stairs(points: list[Point]) -> str:
    parts = [f"M{_pair(*points[0])}"]
    x, y = points[0]
    for across, up in points[1:]:
        if up != y:
            parts.append(f"h{tenths_text(across - x)}v{tenths_text(up - y)}")
            x, y = across, up
    if points[-1][0] != x:
        parts.append(f"h{tenths_text(points[-1][0] - x)}")
    return "".join(parts)


def simplified(points: list[Point]) -> list[Point]:
    """Returns the points without those that the line through the others passes within 0.3 units
    (Ramer, Douglas and Peucker); of very many, the ends and extremes of each column count.

    Example:
        >>> simplified([(0, 0), (10, 1), (20, 0), (30, 90)])
        [(0, 0), (20, 0), (30, 90)]
    """
    if len(points) > _MANY:
        points = _columns(points)
    if len(points) <= 2:
        return points
    kept, pending = {0, len(points) - 1}, [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        (x0, y0), (x1, y1) = points[first], points[last]
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy)
        farthest, index = -1.0, first
        for number in range(first + 1, last):
            x, y = points[number]
            if length:
                off = abs(dx * (y - y0) - dy * (x - x0)) / length
            else:
                off = math.hypot(x - x0, y - y0)
            if off > farthest:
                farthest, index = off, number
        if farthest > _TOLERANCE:
            kept.add(index)
            pending += [(first, index), (index, last)]
    return [points[index] for index in sorted(kept)]


def _columns(points: list[Point]) -> list[Point]:
    """The first, lowest, highest and last point of each column of one unit."""
    kept: list[Point] = []
    column: list[Point] = []
    for point in [*points, None]:
        if point is not None and (not column or point[0] // 10 == column[0][0] // 10):
            column.append(point)
            continue
        ends = {0, len(column) - 1}
        heights = [each[1] for each in column]
        ends |= {heights.index(min(heights)), heights.index(max(heights))}
        kept += [column[index] for index in sorted(ends)]
        column = [point] if point is not None else []
    return kept
