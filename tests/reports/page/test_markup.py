"""Escaping: nothing that a user wrote becomes a tag, an attribute or a line of script."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from tftune.reports.page.markup import Markup, data_block, element, escaped, joined

HOSTILE = ("<script>alert(1)</script>", '" onload="x', "' onload='x", "&lt;b&gt;", "</script>")


class Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_a_text_in_content_and_in_an_attribute(text: str) -> None:
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": text})] and read.text == text


def test_elements_are_nested_and_void_ones_have_no_end() -> None:
    inner = element("b", "a & b")
    assert element("p", "x ", inner, class_="c") == '<p class="c">x <b>a &amp; b</b></p>'
    assert element("meta", http_equiv="A", content="b") == '<meta http-equiv="A" content="b">'
    assert joined(["<", Markup("<br>")], "|") == "&lt;|<br>"


def test_an_attribute_may_stand_alone_or_be_left_out() -> None:
    assert element("p", hidden=True, id=None, class_=False) == "<p hidden></p>"


def test_what_is_unseen_is_spelt_and_what_is_long_is_cut() -> None:
    assert escaped("a\u202eb\x00\ud800") == "a\\u202eb\\x00\\ud800"
    long = escaped("x" * 10_000)
    assert 3900 < len(long) <= 4000 and "characters left out" in long


@pytest.mark.parametrize("text", HOSTILE)
def test_data_cannot_end_their_block(text: str) -> None:
    block = data_block("d", {text: [text, float("nan"), float("-inf"), 1.5, None, True]})
    assert block.count("<") == 2  # its own two tags
    read = Reader(block)
    assert read.tags == [("script", {"type": "application/json", "id": "d"})]
    assert json.loads(read.text) == {text: [text, None, None, 1.5, None, True]}
