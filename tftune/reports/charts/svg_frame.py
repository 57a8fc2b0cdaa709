"""What stands around the marks of a chart: ticks, grid, labels, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tftune.reports.charts.extents import Series
from tftune.reports.charts.scales import Scale, Tick
from tftune.reports.charts.svg_markers import ENDINGS, marker_svg
from tftune.reports.charts.svg_marks import DASHES, Plot, colour_class
from tftune.reports.charts.svg_text import (
    LABEL,
    TICK,
    fitted,
    in_two_lines,
    plain,
    short,
    text_element,
    width_of,
)

_GAP = 14.0  # between the labels of two ticks
_ROW = 17.0  # a row of a legend
_SWATCH = 20.0
_SLANT_ROOM = 110.0  # for a slanted label, along it
_SLANT_GAP = 14.0  # the least distance of two
_LEAST_CUT = 8  # characters that a name cut for its column still shows


@dataclass(frozen=True)
class HorizontalLabels:
    """How the ticks of the horizontal axis are told.

    Attributes:
        ticks: Those that get a label.
        slant: Degrees by which labels are turned.
        room: Width for each.
        height: What they want below the axis.
        wrapped: Whether a label may take two lines.
    """

    ticks: tuple[Tick, ...]
    slant: int
    room: float
    height: float
    wrapped: bool = False


def horizontal_labels(scale: Scale, width: float) -> HorizontalLabels:
    """Returns labels that do not touch: fewer of numbers; of categories in two lines, cut or
    slanted.
    """
    if scale.axis.scale != "category":
        for most in range(max(int(width / 45), 2), 1, -1):
            ticks = scale.ticks(most)
            if not _touch(ticks, width):
                return HorizontalLabels(ticks, 0, width, 16)
        ticks = _ends_that_fit(scale.ticks(2), width)
        return HorizontalLabels(ticks, 0, width, 16)
    ticks = scale.ticks(0)
    column = width / max(len(ticks), 1)
    names = [plain(tick.text, 2000) for tick in ticks]
    if all(width_of(name) <= column - 6 for name in names):
        return HorizontalLabels(ticks, 0, column - 4, 16)
    if all(in_two_lines(name, column - 8) for name in names):
        return HorizontalLabels(ticks, 0, column - 8, 29, wrapped=True)
    cut = [fitted(name, round(column - 10)) for name in names]
    if len(set(cut)) == len(set(names)) and all(
        len(text) >= min(_LEAST_CUT, len(name)) for text, name in zip(cut, names, strict=True)
    ):
        return HorizontalLabels(ticks, 0, column - 10, 16)
    every = max(math.ceil(_SLANT_GAP / column), 1)
    slant = 35 if column >= 22 else 60  # so that lines of text do not touch
    longest = min(max(width_of(name) for name in names), _SLANT_ROOM)
    height = 16 + math.sin(math.radians(slant)) * longest
    return HorizontalLabels(ticks[::every], slant, _SLANT_ROOM, height)


def _touch(ticks: Sequence[Tick], width: float) -> bool:
    return any(
        (after.at - before.at) * width < (width_of(before.text) + width_of(after.text)) / 2 + _GAP
        for before, after in zip(ticks, ticks[1:], strict=False)
    )


def _ends_that_fit(ticks: tuple[Tick, ...], width: float) -> tuple[Tick, ...]:
    """The first and the last of ticks that are too close, or the first alone."""
    ends = (ticks[0], ticks[-1]) if len(ticks) > 1 else ticks
    return ends[:1] if _touch(ends, width) else ends


def vertical_ticks(scale: Scale, height: float) -> tuple[Tick, ...]:
    """Returns ticks whose labels do not touch."""
    if scale.axis.scale == "category":
        ticks = scale.ticks(0)
        return ticks[:: max(int(-(-12 * len(ticks) // height)), 1)]
    return scale.ticks(max(int(height / 32), 2))


def axes_svg(plot: Plot, labels: HorizontalLabels, ticks: Sequence[Tick], label_room: float) -> str:
    """Returns grid, axes and labels of ticks."""
    right, bottom = plot.left + plot.width, plot.top + plot.height
    grid = ""
    if plot.y.axis.scale != "category":
        grid += "".join(
            f"M{short(plot.left)},{short(bottom - tick.at * plot.height)}H{short(right)}"
            for tick in ticks
        )
    if plot.x.axis.scale != "category":
        grid += "".join(
            f"M{short(plot.left + tick.at * plot.width)},{short(plot.top)}V{short(bottom)}"
            for tick in labels.ticks
        )
    parts = [f'<path class="grid" d="{grid}"/>' if grid else ""]
    for tick in labels.ticks:
        x, y = plot.left + tick.at * plot.width, bottom + 14
        if labels.slant:
            turn = f' transform="rotate(-{labels.slant} {short(x + 4)} {short(y - 2)})"'
            to_the_edge = x / math.cos(math.radians(labels.slant))
            room = min(labels.room, to_the_edge)
            parts.append(text_element(x + 4, y - 2, tick.text, "tick", "end", room, more=turn))
            continue
        lines = in_two_lines(plain(tick.text, 2000), labels.room) if labels.wrapped else ()
        parts += [
            text_element(x, y + 13 * number, line, "tick", "middle", labels.room + 1)
            for number, line in enumerate(lines or (tick.text,))
        ]
    for tick in ticks:
        y = bottom - tick.at * plot.height + 4
        parts.append(text_element(plot.left - 6, y, tick.text, "tick", "end", label_room))
    return "".join(parts)


def axis_lines(plot: Plot) -> str:
    """Returns the lines of the two axes, which are drawn over the grid and under the marks."""
    left, bottom = short(plot.left), short(plot.top + plot.height)
    return (
        f'<path class="axis" d="M{left},{short(plot.top)}V{bottom}'
        f'H{short(plot.left + plot.width)}"/>'
    )


def legend_svg(
    series: Sequence[Series], plot_markers: dict[str, str], marked_lines: bool, width: float
) -> tuple[str, float]:
    """Returns a legend whose first row stands at the height 0, and its height.

    Args:
        series: Its entries; one alone needs no legend.
        plot_markers: The shape of each.
        marked_lines: Whether lines bear markers.
        width: Its room.
    """
    if len(series) < 2:
        return "", 0.0
    x, row, parts = 0.0, 0, []
    for entry in series:
        name = plain(entry.name, 2000)
        room = min(width_of(name), width - _SWATCH - 4)
        if x and x + _SWATCH + room > width:
            x, row = 0.0, row + 1
        y = row * _ROW + 9
        parts.append(_swatch(entry, x, y - 4, plot_markers.get(entry.name), marked_lines))
        parts.append(text_element(x + _SWATCH, y, name, "tick", room=room + 0.6))
        x += _SWATCH + room + 14
    return "".join(parts), (row + 1) * _ROW


def _swatch(entry: Series, x: float, y: float, marker: str | None, marked: bool) -> str:
    parts = []
    if "band" in entry.kinds:
        parts.append(f'<path class="band" d="M{short(x)},{short(y - 5)}h16v10h-16z"/>')
    if "bars" in entry.kinds:
        parts.append(f'<g class="bars"><path d="M{short(x + 2)},{short(y - 5)}h12v10h-12z"/></g>')
    if "line" in entry.kinds:
        ending = ENDINGS.get(entry.colour, "") if entry.faint else ""
        kind, dashes = ("line dashed", DASHES) if entry.dashed else ("line", "")
        long = 13 if ending else 16
        parts.append(f'<path class="{kind}" d="M{short(x)},{short(y)}h{long}{ending}"{dashes}/>')
    if marker and (
        "points" in entry.kinds or (marked and "line" in entry.kinds and not entry.faint)
    ):
        parts.append(f'<g class="points">{marker_svg(marker, x + 8, y)}/></g>')
    return f'<g class="{colour_class(entry.colour)}">{"".join(parts)}</g>'


def label_svg(text: str, x: float, y: float, anchor: str, room: float) -> str:
    """Returns the label of an axis."""
    return text_element(x, y, text, "label", anchor, room, LABEL) if text else ""


def widest(ticks: Sequence[Tick], most: float) -> float:
    """Returns the width of the widest label, at most `most`."""
    return max((min(width_of(plain(tick.text, 2000), TICK), most) for tick in ticks), default=0.0)
