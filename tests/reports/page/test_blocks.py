"""Sentences, facts and tables of a section."""

from __future__ import annotations

import base64
import re

import pytest

from tests.reports.page.test_markup import Reader
from tftune.reports.page.blocks import facts, pictures, run_of, sentences, table
from tftune.reports.views.view import Picture, Table


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("two", 1),
        ("two: best", 1),
        ("dropout: one", 0),
        ("one: two: best", 2),
        ("twofold: best", None),
        ("of two", None),
    ],
)
def test_a_run_is_known_by_its_name_and_a_colon(text: str, run: int | None) -> None:
    assert run_of(text, ["one", "two", "one: two"]) == run
    assert run_of(text, ["two"]) is None  # of one run nothing must be said


def test_a_sentence_sets_off_its_lead() -> None:
    text = sentences(("Found: it.", "Long enough? No.", "The best of two: b."), ["one"])
    assert text == (
        "<p><b>Found:</b> it.</p><p><b>Long enough?</b> No.</p><p>The best of two: b.</p>"
    )


def test_sentences_about_one_run_stand_together_beside_its_colour() -> None:
    text = sentences(("one: Found: a.", "one: B.", "two: C.", "Of both."), ["one", "two"])
    assert text.count('<div class="of-run') == 2
    assert Reader(text).text == "oneFound: a.B.twoC.Of both."
    assert text.endswith("</div><p>Of both.</p>")


def test_facts_of_several_runs_stand_side_by_side() -> None:
    pairs = (("one: best", "0.5"), ("one: leak", "0 %"), ("two: best", "0.75"), ("rows", "9"))
    text = facts(pairs, "T", ["one", "two"])
    assert '<dl class="cards"><div class="figure"><dt>rows</dt>' in text
    cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", text)
    assert cells == ["what", "one", "two", "best", "0.5", "0.75", "leak", "0 %", ""]
    assert text.count("<tr>") == 3 and "one: best" not in text
    assert "one: best" in facts(pairs, "T", ["one"])


def test_cards_show_numbers_large_long_texts_whole_and_commands_as_code() -> None:
    pairs = (("best", "0.85"), ("why", "w" * 60), ("the command", "python -m x"), ("0", "a"))
    text = facts((*pairs, ("test", "0.75 (0.7 to 0.8)")), "T", ["run"])
    assert '<div class="figure"><dt>best</dt><dd>0.85</dd></div>' in text
    assert '<div class="figure"><dt>test</dt><dd>0.75 <small>(0.7 to 0.8)</small></dd>' in text
    assert '<div class="long"><dt>why</dt>' in text
    assert "<dd><code><span>python</span> <span>-m</span> <span>x</span></code></dd>" in text
    assert facts((), "T", ["run"]) == ""


@pytest.mark.parametrize(
    ("value", "large"),
    [("0.85", True), ("1 min 23 s", True), ("12 %", True), ("32bcbe8d", False), ("", False)],
)
def test_only_a_number_is_shown_large(value: str, large: bool) -> None:
    assert ('class="figure"' in facts((("x", value),), "T", ["run"])) == large


def test_many_facts_or_mostly_long_ones_are_a_list() -> None:
    short, long = ("x", "1"), ("y", "z" * 80)
    for pairs, kind in (((short,) * 8, "cards"), ((short,) * 9, "facts"), ((long,), "facts")):
        assert f'<dl class="{kind}">' in facts(pairs, "T", ["run"])


def test_a_table_has_a_caption_and_heads_and_its_numbers_on_the_right() -> None:
    content = Table(("trial", "score"), (("0001", "0.5"), ("0002", "")), (1,), ("0001", ""), "Best")
    text = table(content, "T", ["run"])
    assert "<caption>Best</caption>" in text
    assert '<th scope="col">trial</th><th scope="col" class="number">score</th>' in text
    assert '<tr data-key="0001"><td class="short">0001</td><td class="number">0.5</td></tr>' in text
    assert '<tr><td class="short">0002</td><td class="number"></td></tr>' in text


def test_a_table_without_a_title_is_named_by_its_view() -> None:
    text = table(Table(("x",), ()), "The view", ["run"])
    assert '<caption class="unseen">The view</caption>' in text


def test_a_long_cell_is_cut_and_tells_more_when_it_is_pointed_at() -> None:
    text = table(Table(("x",), (("y" * 10_000,),)), "T", ["run"])
    assert "y" * 119 + "\u2026" in text and len(text) < 2000


def test_a_picture_is_inside_the_file_and_its_caption_stays_text() -> None:
    shown = str(pictures([Picture(b"\x89PNG", "row 3: <b>rust</b>")]))
    assert 'src="data:image/png;base64,iVBORw=="' in shown
    assert shown.count("row 3: &lt;b&gt;rust&lt;/b&gt;") == 2  # as alternative and as caption
    assert pictures([]) == ""


def test_a_large_picture_is_whole() -> None:
    png = bytes(range(256)) * 200
    (source,) = re.findall(r'src="data:image/png;base64,([^"]*)"', pictures([Picture(png, "a")]))
    assert base64.b64decode(source, validate=True) == png
