"""A chart as an SVG file that stands alone: its colours stand in it.

Example:
    >>> from tftune.reports.charts.chart import Axis, Chart, Line
    >>> chart = Chart("curve", Axis("epoch"), Axis("loss"), (Line((1, 2), (0.5, 0.4)),))
    >>> svg_file(chart)[:4], "xmlns" in svg_file(chart)
    ('<svg', True)
"""

from __future__ import annotations

from importlib import resources

from tftune.reports.charts.chart import AnyChart
from tftune.reports.charts.svg import svg_of


def svg_file(chart: AnyChart) -> str:
    """Returns a chart as the text of an SVG file."""
    style = resources.files("tftune.reports.page").joinpath("report.css").read_text("utf-8")
    head, rest = svg_of(chart).split(">", 1)
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    background = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f"{head}><style>{style}</style>{background}{rest}\n"
