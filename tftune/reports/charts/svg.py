"""A chart as SVG for the page: small, without a colour of its own, readable without JavaScript.

What a style sheet finds (sizes of texts stand in the drawing, since it was laid out for them):

| class | on | what it wants |
|---|---|---|
| `chart`, `chart wide`, `chart parallel` | `<svg>` | a width; `viewBox` is 440 wide, or about 900 |
| `c-completed`, `c-pruned`, ..., `c-run-7` | groups | `color`: all marks below take `currentColor` |
| `q0` ... `q8` | cells, lines of `parallel`, colour bars | `fill` and, for `line`, `stroke` |
| `line`; with `faint`, `dashed`, `best` | `<g>` or `<path>` | `stroke`, `fill: none`; dashes are set |
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
| `parallel-axis` | `<g data-axis="0">` | its `tick` wants a halo; `data-top`, `data-bottom` are on `<svg>` |

A mark of a trial has `data-key`; what is told by hovering is its `<title>`.
"""

from __future__ import annotations

from tftune.reports.charts.chart import AnyChart


def svg_of(chart: AnyChart, titles: bool = True) -> str:
    """Returns a chart as one `<svg>` element.

    Args:
        chart: What to draw.
        titles: False leaves out what is told by hovering over marks, which is most of the bytes
            where there are thousands: for a page that tells it by `data-key`.
    """
    raise NotImplementedError(chart, titles)
