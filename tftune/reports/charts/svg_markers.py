"""Markers in SVG: each series has a shape of its own, so that colour alone tells nothing."""

from __future__ import annotations

import re

from tftune.reports.charts.svg_text import short

# Shapes about a centre, of about equal weight; the circle is an element of its own.
SHAPES = {
    "square": "m-2.7-2.7h5.4v5.4h-5.4z",
    "triangle": "m0-3.5l3.4,5.9h-6.8z",
    "down": "m0,3.5l3.4-5.9h-6.8z",
    "diamond": "m0-3.8l3.8,3.8-3.8,3.8-3.8-3.8z",
    "cross": "m-3.2-2l1.2-1.2 2,2 2-2 1.2,1.2-2,2 2,2-1.2,1.2-2-2-2,2-1.2-1.2 2-2z",
    "plus": "m-1-3.6h2v2.6h2.6v2h-2.6v2.6h-2v-2.6h-2.6v-2h2.6z",
    "star": "m0-5l1.5,3.3 3.5.4-2.6,2.4.7,3.6-3.1-1.8-3.1,1.8.7-3.6-2.6-2.4 3.5-.4z",
}


def _smaller(shape: str) -> str:
    """A shape at three quarters of its size.

    Example:
        >>> _smaller("m0-3.5l3.4,5.9h-6.8z")
        'm0-2.6l2.6 4.4h-5.1z'
    """
    parts = []
    for letter, numbers in re.findall(r"([a-z])([^a-z]*)", shape):
        sizes = [short(0.75 * float(each)) for each in re.findall(r"-?(?:\d*\.\d+|\d+)", numbers)]
        parts.append(letter + re.sub(" -", "-", " ".join(sizes)))
    return "".join(parts)


SMALL_SHAPES = {name: _smaller(shape) for name, shape in SHAPES.items()}
# How a faint line ends, so that its fate is not told by colour alone.
ENDINGS = {"pruned": "m-2-1.7h4l-2,3.5z", "failed": "m-2-2l4,4m0-4l-4,4"}


def marker_svg(marker: str, x: float, y: float, more: str = "", small: bool = False) -> str:
    """Returns a marker about a point, with further attributes, left open for a title."""
    if marker == "circle":
        return f'<circle cx="{short(x)}" cy="{short(y)}" r="{"2.2" if small else "3"}"{more}'
    across, up = short(x), short(y)
    shape = (SMALL_SHAPES if small else SHAPES)[marker]
    return f'<path d="M{across}{"" if up[0] == "-" else ","}{up}{shape}"{more}'
