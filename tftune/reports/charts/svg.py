"""A chart as SVG for the page: small, without a colour of its own, readable without JavaScript.

What a style sheet finds (sizes of texts stand in the drawing, since it was laid out for them):

| class | on | what it wants |
|---|---|---|
| `chart`, `chart wide`, `chart parallel` | `<svg>` | a width; `viewBox` is 440 wide, or about 900 |
| `c-completed`, ..., `c-run-7` | groups | `color`: marks take `currentColor` |
| `q0` ... `q8` | cells, lines of `parallel`, colour bars | `fill` and, for `line`, `stroke` |
| `line`; with `faint`, `dashed`, `best` | `<g>`, `<path>` | `stroke`, `fill: none` |
| `points`; with `faint` where many | `<g>` of `<circle>` and `<path>` | `fill` |
| `interval` | `<g>` of `<path>` | `stroke`: error bars |
| `band`, `bars` | `<path>`, `<g>` of `<path>` | `fill` with opacity; `bars` of `c-failed` hollow |
| `cells` | `<g>` of `<path class="q3">` | nothing beyond `q` |
| `cell-text`; with `inverse` | `<text>` | `fill`; `inverse` stands on a strong colour (`q5` on) |
| `rule`; with `dashed` | `<path>` | `stroke` |
| `rule-text` | `<text>` | `fill`, and a halo (`paint-order: stroke`) in the background's colour |
| `axis`, `grid` | `<path>` | `stroke`: a line of an axis, lines through ticks |
| `tick`, `label`, `chart-title`, `empty` | `<text>` | `fill` |
| `legend`, `colour-bar` | `<g>` | nothing; swatches have the classes of their marks |
| `parallel-axis` | `<g data-axis="0">` | a halo for its `tick` and `label` |

A mark of a trial has `data-key`; what is told by hovering is its `<title>`. Dashes are set
here. The `<svg>` of parallel coordinates has `data-top` and `data-bottom`, the ends of its axes.
"""

from __future__ import annotations

from tftune.reports.charts.chart import AnyChart, Cells, Chart, Mark, ParallelChart
from tftune.reports.charts.colours import markers
from tftune.reports.charts.extents import scales_of, series_of
from tftune.reports.charts.scales import Scale
from tftune.reports.charts.svg_cells import bar_width, colour_bar, value_range
from tftune.reports.charts.svg_frame import (
    axes_svg,
    axis_lines,
    horizontal_labels,
    label_svg,
    legend_svg,
    vertical_ticks,
    widest,
)
from tftune.reports.charts.svg_marks import Plot, marks_svg
from tftune.reports.charts.svg_parallel import parallel_svg
from tftune.reports.charts.svg_text import (
    TICK,
    TITLE,
    escaped,
    plain,
    short,
    text_element,
    width_of,
)

NORMAL_WIDTH, WIDE_WIDTH = 440.0, 900.0
_NORMAL_HEIGHT, _WIDE_HEIGHT = 190.0, 230.0  # of the inside
_ROW_OF_CATEGORY, _MOST_ROWS = 17.0, 80
_MARGIN = 8.0


def svg_of(chart: AnyChart, titles: bool = True) -> str:
    """Returns a chart as one `<svg>` element.

    Args:
        chart: What to draw.
        titles: False leaves out what is told by hovering over marks, which is most of the bytes
            where there are thousands: for a page that tells it by `data-key`.

    Example:
        >>> from tftune.reports.charts.chart import Axis, Line
        >>> line = Line((1, 2, 3), (0.5, 0.7, 0.8), key="0003")
        >>> drawing = svg_of(Chart("curve", Axis("epoch"), Axis("val_auc"), (line,)))
        >>> drawing[:19], drawing.count("data-key")
        ('<svg class="chart" ', 1)
    """
    if isinstance(chart, ParallelChart):
        return parallel_svg(chart, titles)
    scales = scales_of(chart)
    return _chart(chart, *scales, titles) if scales else _empty(chart)


def _chart(chart: Chart, x: Scale, y: Scale, titles: bool) -> str:
    width = WIDE_WIDTH if chart.wide else NORMAL_WIDTH
    height = _inside_height(chart)
    series = series_of(chart)
    lines = {entry.colour for entry in series if entry.is_single_line}
    shapes = markers(
        (entry.name, entry.colour)
        for entry in series
        if "points" in entry.kinds or (entry.is_single_line and len(lines) > 1)
    )
    cells = next((mark for mark in chart.marks if _is_coloured(mark)), None)
    at_right = bar_width(cells) if isinstance(cells, Cells) else 0.0

    # from the top: title, legend, label of the vertical axis, the inside
    legend, legend_height = legend_svg(series, shapes, len(lines) > 1, width - 2 * _MARGIN)
    title_height = 21.0 if chart.title else 0.0
    label_height = 21.0 if chart.y.label or at_right else 6.0
    top = 4 + title_height + legend_height + label_height
    ticks = vertical_ticks(y, height)
    label_room = width * (0.3 if chart.wide else 0.36)
    left = max(widest(ticks, label_room) + _MARGIN + 6, 24.0)
    right = at_right or 10.0
    labels = horizontal_labels(x, width - left - right)
    if not at_right and not labels.slant and labels.ticks:  # the last label may stand out
        last = labels.ticks[-1]
        inside = width - left - right
        over = min(width_of(plain(last.text, 99), TICK), labels.room) / 2
        right = max(right, over - (1 - last.at) * inside + 4)
        labels = horizontal_labels(x, width - left - right)
    plot = Plot(left, top, width - left - right, height, x, y, shapes, len(lines) > 1, titles)
    bottom = top + height
    total = bottom + labels.height + (18 if chart.x.label else 4)

    half = (width - 2 * _MARGIN) / (2 if at_right else 1)
    parts = [
        _title(chart, width),
        f'<g class="legend" transform="translate({short(_MARGIN)} {short(4 + title_height)})">'
        f"{legend}</g>"
        if legend
        else "",
        label_svg(chart.y.label, _MARGIN, top - 10, "start", half - 6),
        axes_svg(plot, labels, ticks, label_room),
        axis_lines(plot),
        _clipped(plot, marks_svg(plot, chart.marks), chart),
        label_svg(
            chart.x.label,
            left + plot.width / 2,
            total - 5,
            "middle",
            2 * min(left + plot.width / 2, width - left - plot.width / 2) - 8,
        ),
    ]
    if isinstance(cells, Cells):
        parts.append(label_svg(cells.label, width - _MARGIN, top - 10, "end", half - 6))
        parts.append(colour_bar(cells, left + plot.width + 8, top, height))
    return _svg("chart wide" if chart.wide else "chart", width, total, chart, "".join(parts))


def _is_coloured(mark: Mark) -> bool:
    return isinstance(mark, Cells) and value_range(mark) is not None


def _inside_height(chart: Chart) -> float:
    height = round(
        (_WIDE_HEIGHT if chart.wide else _NORMAL_HEIGHT) * min(max(chart.height, 0.2), 9)
    )
    if chart.y.scale == "category":
        height = max(height, round(min(len(chart.y.categories), _MOST_ROWS) * _ROW_OF_CATEGORY))
    return float(height)


def _clipped(plot: Plot, marks: str, chart: Chart) -> str:
    """The marks, cut at the edges of the inside where they reach beyond them."""
    ends = (chart.x.low, chart.x.high, chart.y.low, chart.y.high)
    beyond = any(end is not None for end in ends) and any(
        ((places < -1e-6) | (places > 1 + 1e-6)).any()
        for mark in chart.marks
        for scale, values in _all_values(plot, mark)
        for places in [scale.positions(values)]
    )
    if not beyond:
        return marks
    # an inner <svg> cuts without an id, of which a page may have but one
    room = " ".join(short(each) for each in (plot.left, plot.top, plot.width, plot.height))
    left, top, width, height = room.split()
    return (
        f'<svg x="{left}" y="{top}" width="{width}" height="{height}" viewBox="{room}">'
        f"{marks}</svg>"
    )


def _all_values(plot: Plot, mark: Mark) -> list[tuple[Scale, object]]:
    names = {
        "x": ("x", "left", "right") if not isinstance(mark, Cells) else ("x",),
        "y": ("y", "low", "high", "bottom", "top"),
    }
    return [
        (scale, getattr(mark, name))
        for scale, axis in ((plot.x, "x"), (plot.y, "y"))
        for name in names[axis]
        if hasattr(mark, name) and len(getattr(mark, name))
    ]


def _title(chart: AnyChart, width: float) -> str:
    if not chart.title:
        return ""
    return text_element(
        _MARGIN, 17, chart.title, "chart-title", room=width - 2 * _MARGIN, size=TITLE
    )


def _empty(chart: Chart) -> str:
    """A frame that says that there is nothing in it."""
    width = WIDE_WIDTH if chart.wide else NORMAL_WIDTH
    top = 30.0 if chart.title else 10.0
    inside = 100.0
    text = text_element(
        width / 2, top + inside / 2 + 4, "no finite values to draw", "empty", "middle"
    )
    frame = (
        f'<path class="axis" d="M{short(_MARGIN)},{short(top)}h{short(width - 2 * _MARGIN)}'
        f'v{short(inside)}h{short(2 * _MARGIN - width)}z"/>'
    )
    kind = "chart wide" if chart.wide else "chart"
    return _svg(kind, width, top + inside + 10, chart, _title(chart, width) + frame + text)


def _svg(kind: str, width: float, height: float, chart: Chart, inside: str) -> str:
    about = chart.title or f"{chart.y.label} by {chart.x.label}"
    return (
        f'<svg class="{kind}" viewBox="0 0 {short(width)} {short(height)}" role="img" '
        f'aria-label="{escaped(about, 200)}" font-size="{TICK}">{inside}</svg>'
    )
