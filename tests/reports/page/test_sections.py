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


def test_of_several_runs_a_chart_that_bears_the_name_of_one_belongs_to_it() -> None:
    table = Table(("x",), (), title="one: all")
    view = View("a", "T", "H", charts=(chart("two"),), tables=(table,))
    assert "data-run" not in section(view, 1, ["two"], drawn)
    text = section(view, 1, ["one", "two"], drawn)
    assert '<figure data-run="1">' in text and 'data-run="0"' in text


def test_an_anchor_is_made_of_plain_letters() -> None:
    assert (anchor_of("Best <so> far"), anchor_of("\u00fc")) == ("best-so-far", "view")
