"""The view of the reference models, and their line in the picture of the best score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.references_played import with_references
from tftune.reports.charts.chart import Chart, Points, Rule
from tftune.reports.run_data import RunData
from tftune.reports.views.best_so_far import best_so_far
from tftune.reports.views.references import references


def played(play: Callable[..., Any]) -> RunData:
    search = play(data={"validation": 100, "test": 100})
    search.trial(0, [0.7, 0.9])
    search.trial(1, [0.6])
    search = with_references(search)
    return RunData("a", search.state, search.records)


def test_a_chart_and_a_table_for_each_split(play: Callable[..., Any]) -> None:
    view = references([played(play)])
    assert view.sentences[0] == (
        "On the test split the network has accuracy 0.820 (0.770 to 0.870), logistic regression "
        "0.800 (0.750 to 0.850). The network less logistic regression, accuracy: 0.020 (-0.030 to "
        "0.070), which is noise."
    )
    assert view.sentences[2] == ("What they look at: logistic regression: the standardised inputs.")
    chart = view.charts[0]
    assert isinstance(chart, Chart)
    assert chart.y.categories == ("logistic regression", "majority class", "the network")
    points = [mark for mark in chart.marks if isinstance(mark, Points)]
    assert [each.series for each in points] == ["test split", "validation split"]
    assert list(points[0].x) == [0.82, 0.6, 0.8]
    best = "100 rows, 90 different inputs; *: the best reference in validation"
    titles = [table.title for table in view.tables]
    assert titles == [f"Test split, {best}", f"Validation split, {best}"]
    assert [row[0] for row in view.tables[0].rows if "*" in row[0]] == ["logistic regression *"]
    assert view.tables[0].header == ("model", "accuracy", "ROC area", "fit, s")


def test_without_references_it_says_why(play: Callable[..., Any]) -> None:
    search = play()
    view = references([RunData("a", search.state, search.records)])
    assert view.why_not.startswith("No reference models were fitted")
    search.write("references", split="validation", models=[], notes=["Two targets."])
    view = references([RunData("a", search.state, search.records)])
    assert view.why_not == "Two targets."


def test_several_runs_have_a_chart_each(play: Callable[..., Any]) -> None:
    view = references([played(play), played(play)])
    assert len(view.charts) == 2 and len(view.tables) == 4


def test_the_best_reference_is_a_line_in_the_picture_of_the_best(
    play: Callable[..., Any],
) -> None:
    chart = best_so_far([played(play)]).charts[0]
    assert isinstance(chart, Chart)
    rules = [mark for mark in chart.marks if isinstance(mark, Rule)]
    assert [(rule.at, rule.text) for rule in rules] == [(0.75, "logistic regression 0.75")]
