"""The view of the diagnosis: sentences, charts, remedies."""

from __future__ import annotations

from tests.reports.analysis.curves_of import Written, approaching
from tftune.reports.analysis.diagnosis import diagnose
from tftune.reports.analysis.diagnosis_words import document
from tftune.reports.charts.chart import Chart, Rule
from tftune.reports.views.diagnosis import diagnosis


def overfitted() -> Written:
    curves = {"accuracy": approaching(0.5, 0.99), "val_accuracy": approaching(0.5, 0.8)}
    return Written().trial(curves)


def test_the_verdict_is_said_first_and_the_remedies_are_listed() -> None:
    view = diagnosis([overfitted().run()])
    assert view.sentences[0] == "Trial 0000: high variance."
    (table,) = [table for table in view.tables if table.header[0] == "remedy"]
    assert table.title == "Against high variance" and len(table.rows) >= 8


def test_the_chart_has_both_curves_and_the_target() -> None:
    (chart,) = diagnosis([overfitted().run()], target=0.95).charts
    assert isinstance(chart, Chart)
    rules = [mark.text for mark in chart.marks if isinstance(mark, Rule)]
    assert rules[0] == "target 0.95" and chart.x.label == "epoch"


def test_several_searches_are_told_apart() -> None:
    view = diagnosis([overfitted().run("a"), overfitted().run("b"), Written().run("c")])
    assert view.sentences[0].startswith("a: ") and "c: Nothing can be told" in view.sentences[-1]


def test_the_document_holds_the_remedies() -> None:
    run = overfitted().run()
    content = document(run, diagnose(run))
    assert content["verdict"] == "high variance" and content["gap"]["low"] > 0
    assert {each["against"] for each in content["remedies"]} == {"variance"}
