"""The same charts as figures: the same colours, no setting of the user's changed, shown once."""

from __future__ import annotations

import warnings
from dataclasses import replace

import matplotlib
import nbclient
import nbformat
import pytest
from matplotlib.colors import to_hex

from tftune.reports.charts.chart import AnyChart, Axis, Chart, Line, Points, Rule
from tftune.reports.charts.colours import PALETTE
from tftune.reports.charts.matplotlib_figure import figure_of, figure_of_all

from .examples import DOLLARS, every_mark, hostile, odd, parallel


@pytest.mark.parametrize(
    "chart", [*every_mark(), parallel(), *odd(), *hostile()], ids=lambda chart: chart.name[:12]
)
def test_every_chart_is_a_picture(chart: AnyChart) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        image = figure_of(chart)._repr_png_()  # type: ignore[attr-defined]
    assert image.startswith(b"\x89PNG")
    assert len(image) > 2000


def test_the_colours_are_those_of_the_page() -> None:
    line = Line((1, 2), (1, 2), "best", "best")
    points = Points((1, 2), (1, 2), "pruned", "pruned")
    (axes,) = figure_of(Chart("a", Axis("x"), Axis("y"), (line, points))).axes
    assert to_hex(axes.lines[0].get_color()) == PALETTE["best"][0]
    assert to_hex(axes.collections[0].get_facecolor()[0]) == PALETTE["pruned"][0]  # type: ignore[index]


def test_ticks_and_labels_are_those_of_the_page() -> None:
    line = Line((1e-5, 1e-1), (0.5, 0.7))
    chart = Chart("a", Axis("rate", scale="log"), Axis("loss"), (line,), title="by rate")
    (axes,) = figure_of(chart).axes
    told = [label.get_text() for label in axes.get_xticklabels()]
    assert told == ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"]
    assert axes.get_xscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("rate", "loss")
    assert axes.get_title(loc="left") == "by rate"


def test_dollars_and_underscores_are_no_formulas_and_stay_in_the_legend() -> None:
    marks = (Line((1, 2), (1, 2), DOLLARS), Line((1, 2), (2, 1), "_b", "run-1"), Rule(1, "y", "$"))
    figure = figure_of(Chart("a", Axis(DOLLARS), Axis("$y$"), marks))
    figure._repr_png_()  # type: ignore[attr-defined]
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [DOLLARS, "_b"]


def test_a_legend_stands_only_where_there_are_several_series() -> None:
    one = Chart("a", Axis("x"), Axis("y"), (Line((1, 2), (1, 2), "a"),))
    two = replace(one, marks=(*one.marks, Line((1, 2), (2, 1), "b")))
    assert figure_of(one).axes[0].get_legend() is None
    assert figure_of(two).axes[0].get_legend() is not None


def test_several_charts_stand_beside_each_other_and_a_wide_one_alone() -> None:
    chart = every_mark()[0]
    figure = figure_of_all([chart, chart, replace(chart, wide=True), chart], title="four")
    figure.draw_without_rendering()
    left, right, wide, last = (axes.get_position() for axes in figure.axes)
    assert left.y0 == pytest.approx(right.y0)
    assert left.x1 < right.x0
    assert wide.x1 > right.x0
    assert wide.x0 < left.x1
    assert last.y1 < wide.y0
    assert figure.get_suptitle() == "four"


def test_no_chart_at_all_is_an_empty_figure() -> None:
    assert figure_of_all([]).axes == []


def test_a_thousand_lines_are_drawn_at_once() -> None:
    lines = tuple(Line((1, 2, 3), (1, n, 2), "a", "pruned", faint=True) for n in range(1000))
    (axes,) = figure_of(Chart("a", Axis("x"), Axis("y"), lines)).axes
    assert len(axes.lines) == 0
    assert len(axes.collections[0].get_segments()) == 1000  # type: ignore[attr-defined]


def test_the_background_is_the_one_that_the_user_has_set() -> None:
    with matplotlib.rc_context({"figure.facecolor": "black", "text.color": "white"}):
        figure = figure_of(every_mark()[0])
    assert to_hex(figure.get_facecolor()) == "#000000"


def test_a_notebook_shows_a_figure_once_and_nothing_of_the_users_changes() -> None:
    prepare = """
import matplotlib, sys
from tests.reports.charts.examples import every_mark, parallel
from tftune.reports.charts.matplotlib_figure import figure_of
settings = matplotlib.rcParams.copy()  # a look at one of them would choose a backend
"""
    show = "figure_of(every_mark()[0])"
    check = """
for chart in [*every_mark(), parallel()]:
    figure_of(chart)
assert matplotlib.rcParams.copy() == settings
assert "matplotlib.pyplot" not in sys.modules
"""
    pyplot = "import matplotlib.pyplot as plt\nassert plt.get_fignums() == []"
    sources = (prepare, show, check, "%matplotlib inline", show, pyplot, show, "1 + 1")
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    images = [
        [output for output in cell.outputs if "image/png" in output.get("data", {})]
        for cell in notebook.cells
    ]
    assert [len(each) for each in images] == [0, 1, 0, 0, 1, 0, 1, 0]
    assert all(len(each[0].data["image/png"]) > 2000 for each in images if each)


def test_a_long_label_of_an_axis_takes_two_lines_and_loses_no_word() -> None:
    label = "the knob that matters, as a share of its whole range from end to end"
    chart = Chart("a", Axis(label), Axis(label), (Line((1, 2), (1, 2), "a"),))
    (axes,) = figure_of(chart).axes
    assert axes.get_xlabel().split() == label.split()
    assert len(axes.get_xlabel().splitlines()) == 2
    assert len(axes.get_ylabel().splitlines()) == 2
    assert axes.get_ylabel().startswith("the knob that matters,")


def test_words_at_a_rule_are_where_fewer_points_are() -> None:
    x, y = (0, 1, 2, 3), (0.1, 0.5, 0.6, 0.96)
    for mark, side in ((Points(x, y), "left"), (Line(x, y), "right")):
        marks = (mark, Rule(0.93, "y", "what was aimed at"))
        (axes,) = figure_of(Chart("a", Axis("x"), Axis("y"), marks)).axes
        assert [text.get_ha() for text in axes.texts] == [side]


def test_words_at_rules_that_meet_in_a_corner_are_whole_and_apart() -> None:
    line = Line((1, 20), (0.5, 0.95), "a")
    marks = (line, Rule(0.964, "y", "target 0.964"), Rule(18, "x", "epoch 18"))
    figure = figure_of(Chart("a", Axis("x"), Axis("y", low=0.5, high=0.97), marks))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])
    assert all(box.y1 <= axes.bbox.y1 + 1 and box.x1 <= axes.bbox.x1 + 1 for box in boxes)
