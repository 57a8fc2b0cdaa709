"""Texts of a drawing: escaped, in one line, as wide as there is room."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tftune.reports.charts.svg_text import (
    escaped,
    fitted,
    hover_title,
    plain,
    short,
    text_element,
    width_of,
)

from .examples import HOSTILE


@pytest.mark.parametrize(
    "text", ["", "a", "<b>", "a&amp;b", "\"'", "\u202e", "\n\t\r", "\x00\x1f", "\ud800", "\uffff"]
)
def test_any_text_is_the_text_of_one_element(text: str) -> None:
    tree = ElementTree.fromstring(text_element(1, 2, text, "tick"))
    assert tree.text in (plain(text), None)
    assert list(tree) == []


def test_what_is_not_seen_is_spelt() -> None:
    assert plain("a\u202eb\u200fc") == "a\\u202eb\\u200fc"


def test_a_cut_text_tells_the_whole_by_hovering() -> None:
    tree = ElementTree.fromstring(text_element(0, 0, "momentum of the optimizer", "tick", room=60))
    assert (tree.text or "").startswith("mome")
    assert tree[0].text == "momentum of the optimizer"


@pytest.mark.parametrize("room", [1, 20, 55, 140, 400])
def test_a_cut_text_fits(room: int) -> None:
    for text in (
        "learning_rate",
        "WWWWWWWWWWWWWWWW",
        "iiiiiiiiiiiiii",
        "学習率学習率学習率学習率",
        HOSTILE,
    ):
        cut = fitted(plain(text, 2000), room)
        assert width_of(cut) <= max(room, 30)
        assert "…" in cut or cut == plain(text)


def test_hovering_tells_no_novel() -> None:
    assert len(hover_title("x" * 100_000)) < 600
    assert hover_title("") == ""
    assert escaped("<") == "&lt;"


def test_coordinates_have_one_decimal_and_no_minus_zero() -> None:
    assert [short(value) for value in (0.04, -0.04, 1.25, 99.96, -12.34)] == [
        *("0", "0", "1.2", "100", "-12.3"),
    ]
