"""Parallel coordinates in SVG: an axis a knob, a line a trial, coloured by its score's rank."""

from __future__ import annotations

from tftune.reports.charts.chart import ParallelChart
from tftune.reports.charts.colours import STEPS, step_of
from tftune.reports.charts.parallel_layout import ABSENT, ParallelLayout, parallel_layout
from tftune.reports.charts.scales import Scale, Tick
from tftune.reports.charts.svg_paths import polyline
from tftune.reports.charts.svg_text import (
    LABEL,
    TICK,
    TITLE,
    escaped,
    hover_title,
    plain,
    short,
    text_element,
    width_of,
)

_WIDTH, _HEIGHT = 900.0, 240.0
_LEAST_GAP = 92.0  # between two axes; more of them make the drawing wider
_EDGE = 62.0  # room beside the first and the last axis
_MARGIN = 8.0
_MOST_TICKS = 6
_MOST_CATEGORIES = 14  # names on an axis of this height


def parallel_svg(chart: ParallelChart, titles: bool = True) -> str:
    """Returns the `<svg>` of parallel coordinates, as `svg_of` says.

    Lines carry `data-values`, their places from 0 to 1 on each axis, empty where they have none:
    with `data-top` and `data-bottom` of the drawing, that is enough to brush them.

    Example:
        >>> from tftune.reports.charts.chart import Axis
        >>> axes = (Axis("rate", scale="log"), Axis("val_auc"))
        >>> rows = ((1e-4, 0.5), (None, 0.7), (1e-2, 0.9))
        >>> chart = ParallelChart("all", axes, rows, ("0", "1", "2"), ("", "", ""), (0, 0.5, 1))
        >>> drawing = parallel_svg(chart)
        >>> 'data-key="1" data-values=",.5"' in drawing
        True
    """
    layout = parallel_layout(chart)
    drawn = [row for row in layout.order if any(place is not None for place in layout.places[row])]
    count = len(chart.axes)
    width = max(_WIDTH, 2 * _EDGE + _LEAST_GAP * (count - 1))
    gap = (width - 2 * _EDGE) / max(count - 1, 1)
    left = _EDGE if count > 1 else width / 2
    top = (21.0 if chart.title else 4.0) + 42
    bottom = top + _HEIGHT
    absent = any(layout.has_absent) and bool(drawn)
    total = bottom + (16 - ABSENT * _HEIGHT if absent else 16)
    xs = [left + number * gap for number in range(count)]
    title = (
        text_element(_MARGIN, 17, chart.title, "chart-title", "start", width - 16, TITLE)
        if chart.title
        else ""
    )
    if drawn:
        inside = _legend(width, top - 32) + _lines(chart, layout, drawn, xs, top, titles)
    else:
        inside = text_element(width / 2, top + 60, "no finite values to draw", "empty", "middle")
    axes = "".join(
        _axis(chart, layout, number, x, top, gap, bool(drawn)) for number, x in enumerate(xs)
    )
    about = chart.title or "parallel coordinates"
    return (
        f'<svg class="chart parallel" viewBox="0 0 {short(width)} {short(total)}" role="img" '
        f'aria-label="{escaped(about, 200)}" font-size="{TICK}" data-top="{short(top)}" '
        f'data-bottom="{short(bottom)}">{title}{inside}{axes}</svg>'
    )


def _lines(
    chart: ParallelChart,
    layout: ParallelLayout,
    drawn: list[int],
    xs: list[float],
    top: float,
    titles: bool,
) -> str:
    parts = []
    for row in drawn:
        places = layout.places[row]
        points = [
            (round(x * 10), round((top + (1 - (ABSENT if at is None else at)) * _HEIGHT) * 10))
            for x, at in zip(xs, places, strict=True)
        ]
        key = chart.keys[row] if row < len(chart.keys) else ""
        title = hover_title(chart.hover[row]) if titles and row < len(chart.hover) else ""
        share = chart.colours[row] if row < len(chart.colours) else 0.0
        kind = f"line q{step_of(share)}" + (" best" if share >= 1 else "")
        values = ",".join("" if at is None else _place(at) for at in places)
        end = f">{title}</path>" if title else "/>"
        parts.append(
            f'<path class="{kind}" d="{polyline(points)}" data-key="{escaped(key)}" '
            f'data-values="{values}"{end}'
        )
    return f'<g class="lines">{"".join(parts)}</g>'


def _place(at: float) -> str:
    """A place with three decimals.

    Example:
        >>> _place(0.5), _place(0), _place(0.12345)
        ('.5', '0', '.123')
    """
    return f"{at:.3f}".rstrip("0").rstrip(".").removeprefix("0") or "0"


def _axis(
    chart: ParallelChart,
    layout: ParallelLayout,
    number: int,
    x: float,
    top: float,
    gap: float,
    drawn: bool,
) -> str:
    scale = layout.scales[number]
    bottom = top + _HEIGHT
    last = number == len(chart.axes) - 1 and number > 0
    anchor = "start" if last else "end"  # outwards at the right edge, else before the axis
    texts = []
    for tick in _ticks(scale):
        y = bottom - tick.at * _HEIGHT
        texts.append(f'<path class="axis" d="M{short(x - 3)},{short(y)}h6"/>')
        room = min(gap - 12, 110.0) if number > 0 and not last else _EDGE - 10
        texts.append(text_element(x + (7 if last else -7), y + 4, tick.text, "tick", anchor, room))
    if layout.has_absent[number] and drawn:
        y = bottom - ABSENT * _HEIGHT
        texts.append(text_element(x + (7 if last else -7), y + 4, "none", "tick", anchor))
    name, room = plain(chart.axes[number].label, 2000), gap - 8
    place, label_anchor = x, "middle"
    if number == 0 and width_of(name, LABEL) > 2 * (x - _MARGIN):  # it may use the room inwards
        place, label_anchor, room = _MARGIN, "start", x - _MARGIN + gap / 2 - 4
    elif last and width_of(name, LABEL) > 2 * (_EDGE - _MARGIN):
        place, label_anchor, room = x + _EDGE - _MARGIN, "end", _EDGE - _MARGIN + gap / 2 - 4
    label = text_element(place, top - 12, name, "label", label_anchor, room, LABEL)
    line = f'<path class="axis" d="M{short(x)},{short(top)}V{short(bottom)}"/>'
    return f'<g class="parallel-axis" data-axis="{number}">{line}{"".join(texts)}{label}</g>'


def _ticks(scale: Scale | None) -> tuple[Tick, ...]:
    if scale is None:
        return ()
    ticks = scale.ticks(_MOST_TICKS)
    return ticks[:: -(-len(ticks) // _MOST_CATEGORIES)] if ticks else ()


def _legend(width: float, y: float) -> str:
    """The scale of colours: from the worst to the best score."""
    each = 12.0
    right = width - _MARGIN
    best = width_of(plain("best"))
    start = right - best - 5 - each * STEPS
    boxes = "".join(
        f'<path class="q{step}" d="M{short(start + step * each)},{short(y - 8)}h{short(each)}'
        f'v8h{short(-each)}z"/>'
        for step in range(STEPS)
    )
    return (
        f'<g class="legend">{text_element(start - 5, y, "worst", "tick", "end")}'
        f'<g class="cells" shape-rendering="crispEdges">{boxes}</g>'
        f"{text_element(right, y, 'best', 'tick', 'end')}</g>"
    )
