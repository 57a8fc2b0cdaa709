"""Curves drawn with characters."""

from __future__ import annotations

import math

import pytest

from tftune.reports.terminal_chart import Curve, draw

PLAIN = {"plain": True, "width": 40, "height": 5}


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("width", [20, 78])
def test_lines_fit_and_corners_are_where_they_belong(plain: bool, width: int) -> None:
    lines = draw([Curve("a", [(1, 0.0), (9, 1.0)])], width, 6, plain, x_label="epoch", mark=9)
    assert all(len(line) <= width for line in lines)
    assert lines[0].lstrip().startswith("1 ") and lines[5].lstrip().startswith("0 ")
    assert lines[0].rstrip()[-1] not in "|\u2502 " and len(lines[0]) == width
    assert lines[7].endswith("best epoch 9 ^") and lines[8].split() == ["1", "9"]
    assert "".join(lines).isascii() == plain


def test_the_first_curve_is_on_top_and_the_others_are_dotted() -> None:
    same = [(1, 0.5), (5, 0.75)]
    lines = draw([Curve("a", same), Curve("b", same)], **PLAIN)
    assert "*" in lines[0] and not any("." in line.split("|")[1] for line in lines[:5])
    one, two = (draw([Curve("x", []), Curve("a", same)][::step], 40, 5) for step in (1, -1))
    dots = [
        sum(bin(ord(c) - 0x2800).count("1") for c in "".join(x[:5]) if c > "\u2800")
        for x in (one, two)
    ]
    assert dots[0] < dots[1]


def test_a_value_that_is_not_finite_breaks_the_line() -> None:
    gap = [(1, 0.5), (2, math.nan), (3, math.inf), (4, 0.5)]
    lines = draw([Curve("a", gap)], **PLAIN)
    assert "".join(lines[:5]).count("*") == 2
    assert draw([Curve("a", gap[1:3])], **PLAIN) == draw([Curve("a", [])], **PLAIN) == []
    assert draw([], **PLAIN) == []


@pytest.mark.parametrize(
    "points",
    [
        [(3, 0.5)],
        [(1, 0.5), (2, 0.5)],
        [(1, 1e-300), (2, 1e300)],
        [(1, -1e308), (2, 1e308)],
        [(1, 5), (10**6, 7)],
    ],
    ids=["one", "flat", "far", "overflow", "long"],
)
@pytest.mark.parametrize("plain", [True, False])
def test_odd_curves_are_drawn_too(points: list, plain: bool) -> None:
    lines = draw([Curve("a", points)], 60, 8, plain, mark=points[0][0])
    assert all(len(line) <= 60 for line in lines)
    assert lines or points[0][1] == -1e308


def test_colours_are_escape_codes_only_where_they_are_wanted() -> None:
    curve = Curve("a", [(1, 0.5), (2, 0.75)])
    assert "\x1b" not in "".join(draw([curve], 40, 5))
    assert "\x1b[36m" in draw([curve], 40, 5, colours=True)[0]
