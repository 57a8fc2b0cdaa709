"""A view as a section of the page."""

from __future__ import annotations

import pytest

from tests.reports.page.stand_ins import HOSTILE, drawn
from tests.reports.page.test_markup import Reader
from tftune.reports.charts.chart import AnyChart, Axis, Chart, ParallelChart
from tftune.reports.page.sections import anchor_of, failed_section, section
from tftune.reports.views.view import Table, View


def chart(title: str = "", wide: bool = False) -> Chart:
    return Chart("c", Axis("x"), Axis("y"), (), title=title, wide=wide)


def test_a_section_has_heading_how_to_read_and_sentences_in_this_order() -> None:
    text = section(View("a-view", "Title", "How.", ("One.", "Two.")), 3, ["run"], drawn)
    assert Reader(text).text == "3 TitleHow.One.Two."
    assert Reader(text).tags[0] == (
        "section",
        {"class": "view", "id": "a-view", "aria-labelledby": "a-view-title"},
    )


def test_a_sentence_sets_off_its_run_and_its_lead() -> None:
    view = View("a", "T", "", ("one: Found: it.", "Long enough? No.", "The best of two: b."))
    alone = section(view, 1, ["one"], drawn)
    assert "<p>one: Found: it.</p><p><b>Long enough?</b> No.</p><p>The best of two: b.</p>" in alone
    swatch = '<span class="swatch c-run-0" aria-hidden="true"></span>'
    several = section(view, 1, ["one", "two"], drawn)
    assert f"<p>{swatch}<b>one:</b> <b>Found:</b> it.</p>" in several


def test_what_cannot_be_drawn_says_why() -> None:
    text = section(View("a", "Title", "How.", why_not="No trial."), 1, ["run"], drawn)
    assert 'class="view not-drawn"' in text and '<p class="why-not">No trial.</p>' in text


def test_charts_stand_in_figures_and_wide_ones_scroll_in_a_box_of_their_own() -> None:
    parallel = ParallelChart("p", (), (), (), (), ())
    view = View("a", "T", "H", charts=(chart("First"), chart(wide=True), parallel))
    text = section(view, 1, ["run"], drawn)
    assert text.count("<figure") == 3 and text.count('<figure class="wide"') == 2
    assert text.count('class="scroll"') == 2


@pytest.mark.parametrize(
    ("axes", "classes"), [(9, "wide"), (10, "wide axes-10"), (40, "wide axes-27")]
)
def test_parallel_coordinates_are_as_wide_as_their_axes_need(axes: int, classes: str) -> None:
    chart = ParallelChart("p", (Axis("x"),) * axes, (), (), (), ())
    text = section(View("a", "T", "H", charts=(chart,)), 1, ["run"], drawn)
    assert f'<figure class="{classes}">' in text


def test_a_chart_that_cannot_be_drawn_costs_itself_only() -> None:
    def draw(each: AnyChart) -> str:
        if each.title == "bad":
            raise ValueError(HOSTILE)
        return drawn(each)

    text = section(View("a", "T", "H", charts=(chart("bad"), chart("good"))), 1, ["run"], draw)
    assert text.count("<svg") == 1 and "This chart could not be drawn" in text
    assert "img" not in [tag for tag, _ in Reader(text).tags]


def test_a_view_that_failed_says_so_and_how() -> None:
    text = failed_section("best-so-far", 2, KeyError("score"))
    assert "Best so far" in text and "KeyError: &#x27;score&#x27;" in text
    assert "please report it" in text


def test_a_table_has_a_caption_and_heads_and_its_numbers_on_the_right() -> None:
    table = Table(("trial", "score"), (("0001", "0.5"), ("0002", "")), (1,), ("0001", ""), "Best")
    text = section(View("a", "T", "H", tables=(table,)), 1, ["run"], drawn)
    assert "<caption>Best</caption>" in text
    assert '<th scope="col">trial</th><th scope="col" class="number">score</th>' in text
    assert '<tr data-key="0001"><td class="short">0001</td><td class="number">0.5</td></tr>' in text
    assert '<tr><td class="short">0002</td><td class="number"></td></tr>' in text


def test_a_table_without_a_title_is_named_by_its_view() -> None:
    text = section(View("a", "The view", "H", tables=(Table(("x",), ()),)), 1, ["run"], drawn)
    assert '<caption class="unseen">The view</caption>' in text


def test_a_long_cell_is_cut_and_tells_more_when_it_is_pointed_at() -> None:
    table = Table(("x",), (("y" * 10_000,),))
    text = section(View("a", "T", "H", tables=(table,)), 1, ["run"], drawn)
    assert "y" * 119 + "\u2026" in text and len(text) < 3000


def test_cards_show_numbers_large_long_texts_whole_and_commands_as_code() -> None:
    facts = (("best", "0.85"), ("why", "w" * 60), ("the command", "python -m x"), ("0", "a"))
    text = section(View("a", "T", "H", facts=facts), 1, ["run"], drawn)
    assert '<div class="figure"><dt>best</dt><dd>0.85</dd></div>' in text
    assert '<div class="long"><dt>why</dt>' in text
    assert "<dd><code>python -m x</code></dd>" in text


@pytest.mark.parametrize(
    ("value", "large"),
    [("0.85", True), ("1 min 23 s", True), ("12 %", True), ("32bcbe8d", False), ("", False)],
)
def test_only_a_number_is_shown_large(value: str, large: bool) -> None:
    text = section(View("a", "T", "H", facts=(("x", value),)), 1, ["run"], drawn)
    assert ('class="figure"' in text) == large


def test_many_facts_or_mostly_long_ones_are_a_list() -> None:
    short, long = ("x", "1"), ("y", "z" * 80)
    for facts, kind in (((short,) * 8, "cards"), ((short,) * 9, "facts"), ((long,), "facts")):
        text = section(View("a", "T", "H", facts=facts), 1, ["run"], drawn)
        assert f'<dl class="{kind}">' in text


def test_of_several_runs_a_chart_that_bears_the_name_of_one_belongs_to_it() -> None:
    table = Table(("x",), (), title="one: all")
    view = View("a", "T", "H", charts=(chart("two"),), tables=(table,))
    assert "data-run" not in section(view, 1, ["two"], drawn)
    text = section(view, 1, ["one", "two"], drawn)
    assert '<figure data-run="1">' in text and 'data-run="0"' in text


def test_an_anchor_is_made_of_plain_letters() -> None:
    assert (anchor_of("Best <so> far"), anchor_of("\u00fc")) == ("best-so-far", "view")
