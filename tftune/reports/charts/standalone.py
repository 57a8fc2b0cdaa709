"""A chart as an SVG file that stands alone, in a document, a slide or an `<img>`: with its colours
and a background, light on paper, and dark where the reader's system is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tftune.reports.charts.chart import AnyChart
from tftune.reports.charts.colours import DARK_STEPS, LIGHT_STEPS, PALETTE
from tftune.reports.charts.svg import svg_of

# the same names as in tftune/reports/page/report.css
LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b2330",
    "soft": "#55606f",
    "hair": "#e1e5ea",
    "strong-hair": "#aeb6c1",
}
DARK = {
    "paper": "#14181f",
    "ink": "#e7ebf0",
    "soft": "#a3aebb",
    "hair": "#2c343f",
    "strong-hair": "#5a6573",
}
_SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans',sans-serif"
# what a class looks like whatever the colours, and the word in the drawing that asks for it
_SHAPES = (
    ("chart-title", ".chart-title{font-weight:600}"),
    ("line", ".line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke:currentColor}"),
    ("faint", ".line.faint{stroke-width:1;stroke-opacity:.5}.points.faint{fill-opacity:.65}"),
    ("points", ".points{fill:currentColor}"),
    ("interval", ".interval{fill:none;stroke:currentColor;stroke-width:1.2}"),
    ("band", ".band{fill:currentColor;fill-opacity:.18}"),
    ("bars", ".bars{fill:currentColor;fill-opacity:.75}"),
    ("parallel", ".lines .line{stroke-width:1.4;stroke-opacity:.8}"),
)
_HOLLOW = ".bars.c-failed,.c-failed>.bars{fill:none;stroke:currentColor;stroke-width:1}"


def svg_file(chart: AnyChart, dark: bool = True) -> str:
    """Returns a chart as the text of an SVG file.

    Args:
        chart: What to draw.
        dark: Whether it turns dark where the reader's system is; False is always light.

    Example:
        >>> from tftune.reports.charts.chart import Axis, Chart, Line
        >>> line = Line((1, 2, 3), (0.5, 0.7, 0.8))
        >>> text = svg_file(Chart("curve", Axis("epoch"), Axis("val_auc"), (line,)))
        >>> text[:60]
        '<svg xmlns="http://www.w3.org/2000/svg" width="440" height="'
    """
    drawing = svg_of(chart, titles=False)  # most of the bytes, and an `<img>` tells none
    start, inside = drawing[: (end := drawing.index(">") + 1)], drawing[end:]
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', start)
    width, height = found.groups() if found else ("440", "240")
    classes = {word for group in re.findall(r'class="([^"]*)"', drawing) for word in group.split()}
    style = _style(classes, dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f"{start.removeprefix('<svg')}<style>{style}</style>"
        f'<rect class="paper" width="100%" height="100%"/>{inside}\n'
    )


def _style(classes: set[str], dark: bool) -> str:
    shapes = "".join(rule for word, rule in _SHAPES if word in classes)
    hollow = _HOLLOW if {"bars", "c-failed"} <= classes else ""
    light = _colours(classes, LIGHT, LIGHT_STEPS, {name: row[0] for name, row in PALETTE.items()})
    night = _colours(classes, DARK, DARK_STEPS, {name: row[1] for name, row in PALETTE.items()})
    screen = f"@media screen and (prefers-color-scheme:dark){{{night}}}" if dark else ""
    text = f"text{{font-family:{_SANS}}}"
    return f"{text}{shapes}{light}{hollow}{screen}"


def _colours(
    classes: set[str], page: Mapping[str, str], steps: Sequence[str], series: Mapping[str, str]
) -> str:
    """Returns the rules that set colours, of the classes that there are."""
    halo = f"paint-order:stroke;stroke:{page['paper']};stroke-width:3px;stroke-linejoin:round"
    rules = {
        "rule": f".rule{{fill:none;stroke:{page['soft']};stroke-width:1.2}}",
        "rule-text": f".rule-text{{{halo}}}",
        "parallel-axis": f".parallel-axis text{{{halo}}}",
        "axis": f".axis{{fill:none;stroke:{page['strong-hair']}}}",
        "grid": f".grid{{fill:none;stroke:{page['hair']}}}",
        "label": f".label{{fill:{page['ink']}}}",
        "chart-title": f".chart-title{{fill:{page['ink']}}}",
        "cell-text": f".cell-text{{fill:{page['ink']}}}",
        "inverse": f".cell-text.inverse{{fill:{page['paper']}}}",
        "bars": f".bars{{stroke:{page['paper']};stroke-width:.5}}",
        "cells": f".cells~.points{{stroke:{page['paper']};stroke-width:.8}}",
        **{f"c-{name}": f".c-{name}{{color:{colour}}}" for name, colour in series.items()},
        **{
            f"q{step}": f"path.q{step}{{fill:{colour};stroke:{colour};stroke-width:.6}}"
            f".line.q{step}{{fill:none;stroke:{colour}}}"
            for step, colour in enumerate(steps)
        },
    }
    always = f".paper{{fill:{page['paper']}}}text{{fill:{page['soft']}}}"
    return always + "".join(rule for word, rule in rules.items() if word in classes)
