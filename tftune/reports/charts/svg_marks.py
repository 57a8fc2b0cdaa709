"""The marks of a chart in SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tftune.reports.charts.chart import Band, Bars, Cells, Line, Mark, Points, Rule
from tftune.reports.charts.colours import PALETTE
from tftune.reports.charts.scales import Scale, intervals_are_level
from tftune.reports.charts.svg_cells import cells_svg
from tftune.reports.charts.svg_markers import ENDINGS, marker_svg
from tftune.reports.charts.svg_paths import band_path, line_path
from tftune.reports.charts.svg_text import (
    escaped,
    hover_title,
    plain,
    short,
    text_element,
    width_of,
)

DASHES = ' stroke-dasharray="5 4"'
_MANY = 300  # points beyond which each is drawn smaller
_MARKER_EVERY = 70.0  # units between the markers on a line


@dataclass
class Plot:
    """The inside of a chart.

    Attributes:
        left: Its left edge in the view box.
        top: Its upper edge.
        width: Its width.
        height: Its height.
        x: The horizontal scale.
        y: The vertical scale.
        markers: The shape of each series.
        marked_lines: Whether lines bear markers: where several are told apart.
        titles: Whether marks tell what they are.
        taken: Boxes of texts inside: left, top, right, bottom.
        points: Places of points, which the text of a rule is not to cover.
    """

    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale
    markers: dict[str, str] = field(default_factory=dict)
    marked_lines: bool = False
    titles: bool = True
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)

    def across(self, values: Sequence[float]) -> np.ndarray[Any, Any]:
        """Returns horizontal positions in the view box; NaN where there is none."""
        return np.asarray(self.left + np.clip(self.x.positions(values), -9, 10) * self.width)

    def down(self, values: Sequence[float]) -> np.ndarray[Any, Any]:
        """Returns vertical positions in the view box; NaN where there is none."""
        places = np.clip(self.y.positions(values), -9, 10)
        return np.asarray(self.top + (1 - places) * self.height)

    def inside(self, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Returns which positions can be seen."""
        return (
            (x >= self.left - 0.5)
            & (x <= self.left + self.width + 0.5)
            & (y >= self.top - 0.5)
            & (y <= self.top + self.height + 0.5)
        )

    def told(self, hover: str) -> str:
        """Returns the title of a mark."""
        return hover_title(hover) if self.titles else ""


def marks_svg(plot: Plot, marks: Sequence[Mark]) -> str:
    """Returns all marks; lines of one look share a group."""
    for mark in marks:
        if isinstance(mark, Points):
            plot.points += zip(plot.across(mark.x), plot.down(mark.y), strict=True)
    parts: list[str] = []
    group = ""
    for mark in marks:
        if isinstance(mark, Line):
            head, body = _line(plot, mark)
            if head == group and body:
                parts[-1] = parts[-1].removesuffix("</g>") + body + "</g>"
            elif body:
                parts.append(f"{head}{body}</g>")
                group = head
            if extra := _markers_on(plot, mark):
                parts.append(extra)
                group = ""
            continue
        group = ""
        if isinstance(mark, Points):
            parts.append(_points(plot, mark))
        elif isinstance(mark, Band):
            parts.append(_band(plot, mark))
        elif isinstance(mark, Bars):
            parts.append(_bars(plot, mark))
        elif isinstance(mark, Cells):
            parts.append(cells_svg(mark, plot.across(mark.x), plot.down(mark.y), plot.titles))
        elif isinstance(mark, Rule):
            parts.append(_rule(plot, mark))
    return "".join(parts)


def colour_class(colour: str) -> str:
    """Returns the class of a colour; one that is not known is `neutral`."""
    return f"c-{colour if colour in PALETTE else 'neutral'}"


def line_head(mark: Line) -> str:
    """Returns the start of a group of lines that look like this one."""
    names = ["line", *(["faint"] if mark.faint else []), *(["dashed"] if mark.dashed else [])]
    return f'<g class="{" ".join(names)} {colour_class(mark.colour)}"{DASHES * mark.dashed}>'


def _closed(element: str, title: str) -> str:
    """An element that was left open, with its title."""
    if not title:
        return element + "/>"
    return f"{element}>{title}</{'circle' if element.startswith('<circle') else 'path'}>"


def _key(key: str) -> str:
    return f' data-key="{escaped(key)}"' if key else ""


def _line(plot: Plot, mark: Line) -> tuple[str, str]:
    path = line_path(plot.across(mark.x), plot.down(mark.y), mark.steps)
    if not path:
        return "", ""
    if mark.faint:
        path += ENDINGS.get(mark.colour, "")
    title = plot.told(mark.hover or ("" if mark.faint else mark.series))
    return line_head(mark), _closed(f'<path d="{path}"{_key(mark.key)}', title)


def _markers_on(plot: Plot, mark: Line) -> str:
    """A few markers on a line that is one of several."""
    if mark.faint or not plot.marked_lines or mark.series not in plot.markers:
        return ""
    x, y = plot.across(mark.x), plot.down(mark.y)
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & plot.inside(x, y))
    if not len(seen):
        return ""
    number = list(plot.markers).index(mark.series)
    count = max(int(plot.width / _MARKER_EVERY), 1)
    wanted = plot.left + (np.arange(count) + 0.3 + 0.17 * (number % 4)) * plot.width / count
    chosen = sorted({int(seen[np.abs(x[seen] - place).argmin()]) for place in wanted})
    shapes = "".join(
        marker_svg(plot.markers[mark.series], x[index], y[index]) + "/>" for index in chosen
    )
    return f'<g class="points {colour_class(mark.colour)}">{shapes}</g>'


def _points(plot: Plot, mark: Points) -> str:
    x, y = plot.across(mark.x), plot.down(mark.y)
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & plot.inside(x, y)).tolist()
    if not seen:
        return ""
    colour = colour_class(mark.colour)
    marker = plot.markers.get(mark.series) or PALETTE.get(mark.colour, PALETTE["neutral"])[2]
    faint = len(seen) > _MANY
    bars = ""
    if len(mark.low) and len(mark.high):
        level = intervals_are_level(plot.x.axis, plot.y.axis)
        first, last = (
            (plot.across if level else plot.down)(ends) for ends in (mark.low, mark.high)
        )
        bars = "".join(
            f'<path d="M{short(first[index])},{short(y[index])}H{short(last[index])}"/>'
            if level
            else f'<path d="M{short(x[index])},{short(first[index])}V{short(last[index])}"/>'
            for index in seen
            if np.isfinite(first[index]) and np.isfinite(last[index])
        )
        bars = f'<g class="interval {colour}">{bars}</g>' if bars else ""
    shapes = []
    for index in seen:
        key = _key(mark.keys[index]) if index < len(mark.keys) else ""
        title = plot.told(mark.hover[index] if index < len(mark.hover) else "")
        shapes.append(_closed(marker_svg(marker, x[index], y[index], key, faint), title))
    kind = "points faint" if faint else "points"
    return f'{bars}<g class="{kind} {colour}">{"".join(shapes)}</g>'


def _band(plot: Plot, mark: Band) -> str:
    path = band_path(plot.across(mark.x), plot.down(mark.low), plot.down(mark.high))
    if not path:
        return ""
    title = plot.told(mark.series)
    return _closed(f'<path class="band {colour_class(mark.colour)}" d="{path}"', title)


def _bars(plot: Plot, mark: Bars) -> str:
    left, right = plot.across(mark.left), plot.across(mark.right)
    bottom, top = plot.down(mark.bottom), plot.down(mark.top)
    shapes = []
    for index in range(len(left)):
        ends = left[index], right[index], bottom[index], top[index]
        hover = mark.hover[index] if index < len(mark.hover) else ""
        wide, high = abs(ends[1] - ends[0]), abs(ends[3] - ends[2])
        if not np.isfinite(ends).all() or (not hover and not (wide and high)):
            continue
        x, y = min(ends[0], ends[1]), min(ends[2], ends[3])
        wide, high = max(wide, 0.8), max(high, 0.8)
        path = f"M{short(x)},{short(y)}h{short(wide)}v{short(high)}h{short(-wide)}z"
        key = _key(mark.keys[index]) if index < len(mark.keys) else ""
        shapes.append(_closed(f'<path d="{path}"{key}', plot.told(hover)))
    return f'<g class="bars {colour_class(mark.colour)}">{"".join(shapes)}</g>' if shapes else ""


def _rule(plot: Plot, mark: Rule) -> str:
    at = float((plot.across if mark.of == "x" else plot.down)([mark.at])[0])
    right, bottom = plot.left + plot.width, plot.top + plot.height
    level = mark.of == "y"
    first, last = (plot.top, bottom) if level else (plot.left, right)
    if not first - 0.5 <= at <= last + 0.5:
        return ""
    path = f"M{short(plot.left)},{short(at)}H{short(right)}"
    if not level:
        path = f"M{short(at)},{short(plot.top)}V{short(bottom)}"
    kind, dashes = ("rule dashed", DASHES) if mark.dashed else ("rule", "")
    line = f'<path class="{kind}" d="{path}"{dashes}/>'
    return line + _rule_text(plot, plain(mark.text, 2000), at, level) if mark.text else line


def _rule_text(plot: Plot, text: str, at: float, level: bool) -> str:
    """The text of a rule, at a place where no other text is and the fewest points are."""
    right, bottom = plot.left + plot.width, plot.top + plot.height
    room = plot.width * (0.6 if level else 0.45)
    width = min(width_of(text), room)
    if level:
        places = [(x, at + dy) for x in (right - width - 2, plot.left + 4) for dy in (-4, 12)]
    else:
        heights = [plot.top + 10 + 13 * row for row in range(int(plot.height / 13))]
        places = [(x, y) for y in heights for x in (at + 4, at - 4 - width)]
    boxes = [(x, y - 9, x + width, y + 2) for x, y in places]
    free = [
        box
        for box in boxes
        if box[0] >= plot.left - 1
        and box[2] <= right + 1
        and box[1] >= plot.top - 10
        and box[3] <= bottom + 1
        and not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in plot.taken
        )
    ]
    box = min(free or boxes, key=lambda box: _covered(plot, box))
    plot.taken.append(box)
    return text_element(box[0], box[3] - 2, text, "rule-text", room=width + 0.6)


def _covered(plot: Plot, box: tuple[float, float, float, float]) -> int:
    """The number of points that a text would touch."""
    reach = 4  # of a marker
    return sum(
        box[0] - reach <= x <= box[2] + reach and box[1] - reach <= y <= box[3] + reach
        for x, y in plot.points
    )
