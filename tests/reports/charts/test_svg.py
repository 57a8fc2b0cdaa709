"""A chart as SVG: whole, small, escaped, without colours, and nothing overlaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tftune.reports.charts.chart import (
    COLOURS,
    AnyChart,
    Axis,
    Bars,
    Cells,
    Chart,
    Line,
    ParallelChart,
    Points,
    Rule,
)
from tftune.reports.charts.colours import PALETTE
from tftune.reports.charts.svg import svg_of
from tftune.reports.charts.svg_text import width_of

from .examples import HOSTILE, INF, NAN, every_mark, hostile, odd, parallel

Element = ElementTree.Element


def drawn(chart: AnyChart) -> Element:
    """The drawing as a tree: it is well-formed."""
    return ElementTree.fromstring(svg_of(chart))


def of_class(tree: Element, name: str) -> list[Element]:
    """The elements of a class."""
    return [each for each in tree.iter() if name in (each.get("class") or "").split()]


def texts(tree: Element, name: str = "") -> list[str]:
    """What texts say, without what hovering tells."""
    return [
        each.text or ""
        for each in tree.iter("text")
        if not name or name in (each.get("class") or "").split()
    ]


def boxes(tree: Element) -> Iterator[tuple[float, float, float, float, str]]:
    """Where upright texts stand: left, top, right, bottom, and what they say."""
    for group in [tree, *of_class(tree, "legend")]:
        moved = re.findall(r"-?[\d.]+", group.get("transform") or "0 0")
        dx, dy = map(float, moved[:2])
        for each in group.iter("text"):
            if group is tree and any(each in legend.iter() for legend in of_class(tree, "legend")):
                continue
            if each.get("transform"):
                continue
            size = float(each.get("font-size") or 11)
            wide = width_of(each.text or "", size) * 0.8  # the estimate is on the wide side
            x, y = float(each.get("x") or 0) + dx, float(each.get("y") or 0) + dy
            x -= {"middle": wide / 2, "end": wide}.get(each.get("text-anchor") or "", 0.0)
            yield x, y - size * 0.75, x + wide, y + size * 0.1, each.text or ""


def overlaps(tree: Element) -> list[tuple[str, str]]:
    """Pairs of texts that touch."""
    found = list(boxes(tree))
    return [
        (one[4], other[4])
        for number, one in enumerate(found)
        for other in found[:number]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]


ALL = [*every_mark(), parallel(), *odd(), *hostile()]


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: chart.name[:12])
def test_every_chart_is_one_element_with_finite_coordinates(chart: AnyChart) -> None:
    tree = drawn(chart)
    assert tree.tag == "svg"
    assert "chart" in (tree.get("class") or "").split()
    assert tree.get("role") == "img"
    assert tree.get("aria-label")
    _, _, width, height = map(float, (tree.get("viewBox") or "").split())
    assert width >= 440
    assert 100 < height < 2000
    for each in tree.iter():
        for name in ("d", "x", "y", "cx", "cy", "transform", "viewBox"):
            assert not re.search("nan|inf", each.get(name) or "")


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: chart.name[:12])
def test_colours_and_fonts_are_left_to_the_style_sheet(chart: AnyChart) -> None:
    for each in drawn(chart).iter():
        assert not {"style", "fill", "stroke", "font-family", "color", "id"} & set(each.keys())
        assert each.tag in {"svg", "g", "path", "circle", "text", "title"}


@pytest.mark.parametrize("chart", hostile(), ids=lambda chart: chart.name[:12])
def test_hostile_texts_stay_short_texts(chart: AnyChart) -> None:
    drawing = svg_of(chart)
    assert "<script" not in drawing
    assert len(drawing) < 40_000
    assert not re.search("[\x00-\x08\u200f\u202e\ud800-\udfff\ufffe\uffff]", drawing)
    assert drawing.encode()
    tree = drawn(chart)
    assert any("<script>" in (each.text or "") for each in tree.iter("title"))
    assert all(len(each.text or "") < 200 for each in tree.iter("text"))


@pytest.mark.parametrize("chart", [*every_mark(), parallel(), *odd()], ids=lambda each: each.name)
def test_texts_do_not_overlap(chart: AnyChart) -> None:
    assert overlaps(drawn(chart)) == []
    tree = drawn(chart)
    width = float((tree.get("viewBox") or "").split()[2])
    assert all(box[0] > -1 and box[2] < width + 1 for box in boxes(tree))


@pytest.mark.parametrize("count", [1, 2, 5, 12, 40, 200])
@pytest.mark.parametrize("length", [1, 12, 60])
def test_names_of_categories_do_not_overlap(count: int, length: int) -> None:
    names = tuple(f"{number}-" + "n" * length for number in range(count))
    axis = Axis("knob", scale="category", categories=names)
    points = Points(range(count), range(count))
    flat = drawn(Chart("x", axis, Axis("score"), (points,)))
    high = drawn(Chart("y", Axis("score"), axis, (points,)))
    assert overlaps(flat) == []
    assert overlaps(high) == []
    slanted = [each for each in flat.iter("text") if each.get("transform")]
    places = [float(each.get("x") or 0) for each in slanted]
    assert all(after - before > 12 for before, after in zip(places, places[1:], strict=False))


def test_a_long_name_is_cut_and_told_in_full_by_hovering() -> None:
    name = "learning_rate_of_the_optimizer_when_it_is_adam_with_restarts"
    axis = Axis("", scale="category", categories=(name, "units"))
    tree = drawn(Chart("a", Axis("share"), axis, (Points((1, 2), (0, 1)),)))
    cut = next(each for each in tree.iter("text") if (each.text or "").startswith("learning"))
    assert "…" in (cut.text or "")
    assert [each.text for each in cut.iter("title")] == [name]


@pytest.mark.parametrize("chart", odd()[:3], ids=["nothing", "nan", "inf"])
def test_without_finite_values_the_frame_says_so(chart: AnyChart) -> None:
    tree = drawn(chart)
    assert texts(tree, "empty") == ["no finite values to draw"]
    assert of_class(tree, "axis")
    assert not of_class(tree, "points")


def test_a_value_that_is_not_finite_breaks_a_line() -> None:
    line = Line((1, 2, 3, 4, 5), (1, 2, NAN, 4, 5), key="0007")
    (path,) = of_class(drawn(Chart("a", Axis("x"), Axis("y"), (line,))), "line")[0].iter("path")
    assert (path.get("d") or "").count("M") == 2
    assert path.get("data-key") == "0007"


def test_a_log_axis_leaves_out_what_is_not_positive() -> None:
    points = Points((0, -1, 1, 10), (1, 1, 1, 1), keys=("a", "b", "c", "d"))
    tree = drawn(Chart("a", Axis("x", scale="log"), Axis("y"), (points,)))
    assert [each.get("data-key") for each in tree.iter("circle")] == ["c", "d"]


def test_marks_tell_their_trial_and_what_hovering_says() -> None:
    points = Points((1, 2), (1, 2), keys=("0001", "0002"), hover=("first", "second"))
    bars = Bars((1, 2), (2, 3), (0, 0), (1, 2), keys=("0001", "0002"), hover=("third", "fourth"))
    line = Line((1, 2), (1, 2), key="0003", hover="fifth")
    chart = Chart("a", Axis("x"), Axis("y"), (points, bars, line))
    told = {
        (each.get("data-key"), title.text)
        for each in drawn(chart).iter()
        if each.get("data-key")
        for title in each.iter("title")
    }
    assert told == {
        *(("0001", "first"), ("0002", "second")),
        *(("0001", "third"), ("0002", "fourth"), ("0003", "fifth")),
    }
    assert "<title>" not in svg_of(chart, titles=False)
    assert svg_of(chart, titles=False).count("data-key") == 5


def test_a_legend_stands_only_where_there_are_several_series() -> None:
    one = (Line((1, 2), (1, 2), "a"), Points((1, 2), (1, 2), "a"))
    two = (*one, Line((1, 2), (2, 1), "b", "run-1"))
    assert of_class(drawn(Chart("a", Axis("x"), Axis("y"), one)), "legend") == []
    (legend,) = of_class(drawn(Chart("a", Axis("x"), Axis("y"), two)), "legend")
    assert texts(legend) == ["a", "b"]


def test_series_are_told_apart_by_marker_and_not_by_colour_alone() -> None:
    marks = tuple(Points((1, 2), (1, 2), colour, colour) for colour in COLOURS[6:])
    (legend,) = of_class(drawn(Chart("a", Axis("x"), Axis("y"), marks)), "legend")
    shapes = set()
    for group in of_class(legend, "points"):
        (shape,) = group
        shapes.add((shape.tag, re.sub(r"^M[\d.]+,?-?[\d.]+", "", shape.get("d") or "")))
    assert len(shapes) == 8


def test_lines_of_several_runs_bear_markers_of_their_own() -> None:
    marks = tuple(Line((1, 2), (1, run), f"run {run}", f"run-{run}") for run in range(3))
    tree = drawn(Chart("a", Axis("x"), Axis("y"), marks))
    assert len([each for each in tree if "points" in (each.get("class") or "")]) == 3


def test_how_a_faint_line_ends_tells_its_fate() -> None:
    marks = tuple(
        Line((1, 2), (1, 2), fate, fate, faint=True) for fate in ("completed", "pruned", "failed")
    )
    tree = drawn(Chart("a", Axis("x"), Axis("y"), marks))
    ends = [group[0].get("d") for group in tree if "faint" in (group.get("class") or "")]
    assert len({end for end in ends if end}) == 3


def test_intervals_run_along_the_values_beside_categories() -> None:
    axis = Axis("knob", scale="category", categories=("a", "b"))
    flat = Points((1, 2), (0, 1), low=(0.5, NAN), high=(1.5, INF))
    tree = drawn(Chart("a", Axis("share"), axis, (flat,)))
    (path,) = of_class(tree, "interval")[0]
    assert "H" in (path.get("d") or "")
    upright = Points((0, 1), (1, 2), low=(0.5, 1), high=(1.5, 3))
    tree = drawn(Chart("a", axis, Axis("share"), (upright,)))
    assert all("V" in (path.get("d") or "") for path in of_class(tree, "interval")[0])


def test_what_lies_beyond_the_ends_of_an_axis_is_cut_off() -> None:
    line = Line((1, 2, 3), (0, 5, 0))
    points = Points((1, 2, 3), (0, 5, 0))
    tree = drawn(Chart("a", Axis("x"), Axis("y", low=0, high=1), (line, points)))
    (inner,) = tree.iter("svg") if tree.tag != "svg" else [*tree.iter("svg")][1:]
    assert of_class(inner, "line")
    assert len(list(tree.iter("circle"))) == 2
    free = drawn(Chart("a", Axis("x"), Axis("y"), (line, points)))
    assert len(list(free.iter("svg"))) == 1


def test_cells_have_steps_of_colour_a_scale_and_readable_texts() -> None:
    cells = Cells((0, 1, 2), (0, 1), ((0.0, 8.0),), "rows", (("few", "many"),))
    tree = drawn(Chart("a", Axis("x"), Axis("y"), (cells,)))
    first = of_class(tree, "cells")[0]
    assert [each.get("class") for each in first] == ["q0", "q8"]
    assert [each.find("title").text for each in first] == ["rows 0", "rows 8"]  # type: ignore[union-attr]
    (bar,) = of_class(tree, "colour-bar")
    assert texts(bar) == ["0", "4", "8"]
    assert len(list(bar.iter("path"))) == 9
    assert [each.get("class") for each in tree.iter("text") if each.text in ("few", "many")] == [
        "cell-text",
        "cell-text inverse",
    ]


def test_thousands_of_cells_are_nine_paths() -> None:
    size = 60
    values = [[float(row * column) for column in range(size)] for row in range(size)]
    cells = Cells(range(size + 1), range(size + 1), values, "product")
    drawing = svg_of(Chart("a", Axis("x"), Axis("y"), (cells,)))
    assert len(list(of_class(ElementTree.fromstring(drawing), "cells")[0])) == 9
    assert len(drawing) < 120_000


def test_texts_of_rules_at_one_place_stand_apart() -> None:
    rules = tuple(Rule(value, "x", f"rule {value}") for value in (0.5, 0.505, 0.51))
    levels = tuple(Rule(value, "y", f"level {value}") for value in (0.5, 0.51))
    line = Line((0, 1), (0, 1))
    assert overlaps(drawn(Chart("a", Axis("x"), Axis("y"), (line, *rules, *levels)))) == []


def test_the_text_of_a_rule_covers_no_point_where_there_is_room() -> None:
    points = Points((0, 1, 3, 3), (0.1, 0.5, 0.91, 0.95))
    marks = (points, Rule(0.93, "y", "what was aimed at"))
    (text,) = of_class(drawn(Chart("a", Axis("x"), Axis("y"), marks)), "rule-text")
    marks = (Line((0, 3), (0.1, 0.9)), marks[1])
    (right,) = of_class(drawn(Chart("a", Axis("x"), Axis("y"), marks)), "rule-text")
    assert float(text.get("x", "")) < 100 < float(right.get("x", ""))


def test_a_bar_of_nothing_is_seen_where_it_tells_something() -> None:
    bars = Bars((0, 1), (0, 2), (0, 0), (1, 0), hover=("instant", ""))
    tree = drawn(Chart("a", Axis("x"), Axis("y"), (bars, Points((0, 3), (0, 2)))))
    (path,) = of_class(tree, "bars")[0]
    assert path.find("title").text == "instant"  # type: ignore[union-attr]


def test_a_chart_with_categories_grows_with_them() -> None:
    def height(count: int) -> float:
        axis = Axis("", scale="category", categories=tuple(map(str, range(count))))
        tree = drawn(Chart("a", Axis("x"), axis, (Points((1,), (0,)),)))
        return float((tree.get("viewBox") or "").split()[3])

    assert height(3) < height(20) < height(40)


def test_wide_and_high_charts_are_so() -> None:
    chart = every_mark()[0]
    sizes = [
        tuple(map(float, (drawn(each).get("viewBox") or "").split()[2:]))
        for each in (chart, replace(chart, wide=True), replace(chart, height=2.0))
    ]
    assert [size[0] for size in sizes] == [440, 900, 440]
    assert sizes[2][1] > sizes[0][1] + 150
    assert of_class(drawn(replace(chart, wide=True)), "wide")


def test_every_colour_has_an_entry_in_the_palette() -> None:
    assert set(PALETTE) == set(COLOURS)


def test_a_thousand_curves_of_twenty_epochs_stay_under_400_kilobytes() -> None:
    import random

    generator = random.Random(0)
    lines = tuple(
        Line(
            range(1, 21),
            [generator.random() for _ in range(20)],
            "completed",
            "completed",
            faint=True,
            key=f"{number:04d}",
            hover=f"trial {number:04d}: val_auc 0.9123 at epoch 17",
        )
        for number in range(1000)
    )
    drawing = svg_of(Chart("curves", Axis("epoch", whole=True), Axis("val_auc"), lines))
    assert drawing.count("data-key") == 1000
    assert len(drawing) < 400_000


def test_parallel_coordinates_can_be_brushed() -> None:
    tree = drawn(parallel())
    axes = of_class(tree, "parallel-axis")
    assert [each.get("data-axis") for each in axes] == ["0", "1", "2", "3", "4"]
    lines = [each for each in tree.iter("path") if each.get("data-values") is not None]
    assert [each.get("data-key") for each in lines] == ["0000", "0001", "0002", "0003", "0004"]
    assert lines[0].get("data-values") == "1,0,.25,,0"
    assert lines[1].get("data-values") == ".75,.25,.75,.5,.25"
    assert lines[4].get("class") == "line q8 best"
    assert float(tree.get("data-top") or 0) < float(tree.get("data-bottom") or 0)


def test_a_trial_without_a_knob_passes_below_its_axis() -> None:
    tree = drawn(parallel())
    assert texts(of_class(tree, "parallel-axis")[3], "tick")[-1] == "none"
    assert "none" not in texts(of_class(tree, "parallel-axis")[0], "tick")


def test_many_axes_make_a_wider_drawing() -> None:
    axes = tuple(Axis(f"knob number {number}") for number in range(30))
    chart = ParallelChart("a", axes, ((1.0,) * 30, (2.0,) * 30), ("0", "1"), ("", ""), (0, 1))
    tree = drawn(chart)
    assert float((tree.get("viewBox") or "").split()[2]) > 2500
    assert overlaps(tree) == []


def test_a_title_is_the_name_for_those_who_do_not_see() -> None:
    chart = replace(every_mark()[0], title=HOSTILE)
    assert (drawn(chart).get("aria-label") or "").startswith("<script>")
    assert drawn(every_mark()[0]).get("aria-label") == "loss by epoch"


def test_names_of_two_words_take_two_lines_before_they_are_cut() -> None:
    names = ("batch_normalization", "learning_rate", "units", "dropout")
    axis = Axis("knob", scale="category", categories=names)
    tree = drawn(Chart("a", axis, Axis("share"), (Points(range(4), range(4)),)))
    told = texts(tree, "tick")
    assert told[:5] == ["batch_", "normalization", "learning_rate", "units", "dropout"]
    assert not any("…" in text for text in told)
    assert overlaps(tree) == []


def test_of_very_many_points_each_is_drawn_smaller() -> None:
    def first(count: int) -> str:
        points = Points(range(count), range(count), "", "pruned")
        tree = drawn(Chart("a", Axis("x"), Axis("y"), (points,)))
        return re.sub(r"^M[\d.]+,[\d.]+", "", of_class(tree, "points")[0][0].get("d") or "")

    assert first(10) == "m0,3.5l3.4-5.9h-6.8z"
    assert first(400) == "m0 2.6l2.6-4.4h-5.1z"


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("whole", [False, True])
def test_no_range_of_numbers_breaks_a_drawing(scale: str, whole: bool) -> None:
    import random

    generator = random.Random(1)
    for _ in range(60):
        size = 10.0 ** generator.uniform(-14, 14)
        middle = generator.choice((0.0, 1.0, -1.0)) * 10.0 ** generator.uniform(-14, 14)
        values = [middle + size * generator.uniform(-1, 1) for _ in range(generator.randint(1, 4))]
        axis = Axis("value", scale=scale, whole=whole)  # type: ignore[arg-type]
        for wide in (False, True):
            chart = Chart("a", axis, axis, (Points(values, values),), wide=wide)
            assert overlaps(drawn(chart)) == []
