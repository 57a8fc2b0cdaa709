"""A chart as an SVG file: whole, with the colours of the page."""

from __future__ import annotations

import re
from importlib import resources
from xml.etree import ElementTree

import pytest

from tftune.reports.charts.chart import Axis, Chart, Line
from tftune.reports.charts.standalone import DARK, LIGHT, svg_file

from .examples import every_mark, hostile, odd, parallel

NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_a_file_has_a_size_a_background_and_a_style() -> None:
    text = svg_file(Chart("a", Axis("x"), Axis("y"), (Line((1, 2), (3, 4), colour="best"),)))
    root = ElementTree.fromstring(text)
    assert root.tag == f"{NAMESPACE}svg" and root.get("width") == "440"
    assert float(str(root.get("height"))) > 200
    assert root[0].tag == f"{NAMESPACE}style" and root[1].get("class") == "paper"
    assert ".c-best{color:#009e73}" in text and "c-failed" not in text
    assert "prefers-color-scheme:dark" in text
    assert "prefers-color-scheme" not in svg_file(every_mark()[0], dark=False)


def test_every_chart_becomes_a_well_formed_file_with_all_its_colours() -> None:
    for chart in (*every_mark(), *hostile(), *odd(), parallel()):
        text = svg_file(chart)
        style = ElementTree.fromstring(text)[0].text or ""
        coloured = set(re.findall(r"\.(c-[\w-]+)\{", style))
        assert set(re.findall(r'class="[^"]*\b(c-[\w-]+)', text)) <= coloured


@pytest.mark.parametrize(("colours", "place"), [(LIGHT, 0), (DARK, 1)], ids=["light", "dark"])
def test_the_colours_are_those_of_the_page(colours: dict[str, str], place: int) -> None:
    style = resources.files("tftune.reports.page").joinpath("report.css").read_text("utf-8")
    for name, colour in colours.items():
        assert re.findall(rf"--{name}: (#\w+);", style)[place] == colour
