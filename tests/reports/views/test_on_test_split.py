"""The view of the test split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.charts.chart import Band, Cells, Line, Points
from tftune.reports.measures.evaluation import classification_report, regression_report
from tftune.reports.run_data import RunData
from tftune.reports.views import VIEWS
from tftune.reports.views import on_test_split as module

view_of = module.test_split
RANDOM = np.random.default_rng(0)
HEADER = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0}
START = {
    "kind": "start",
    "trial_id": "0000",
    "number": 0,
    "attempt": 1,
    "values": {},
    "first_epoch": 0,
    "last_epoch": 1,
    "parent": None,
    "time": 1.0,
}
END = {
    "kind": "end",
    "trial_id": "0000",
    "status": "completed",
    "score": 0.8,
    "best_epoch": 1,
    "metrics": {},
    "message": None,
    "seconds": 1.0,
    "parameters": 1,
    "time": 2.0,
}
TEST = {"kind": "test", "trial_id": "0000", "metrics": {"loss": 0.5}, "time": 3.0}


def run_of(*records: dict[str, Any], name: str = "a", folder: RunFolder | None = None) -> RunData:
    whole = [HEADER, *records]
    return RunData(name, SearchState().apply_all(whole), whole, folder)


def evaluated(report: dict[str, Any], **changes: Any) -> RunData:
    record = {"kind": "evaluation", "trial_id": "0000", "split": "test", "rows": report["rows"]}
    record |= {"report": report, "time": 4.0}
    return run_of(START, END, TEST, record, **changes)


def classifier(classes: int = 2, names: list[str] | None = None) -> dict[str, Any]:
    labels = RANDOM.integers(0, classes, 90)
    given = RANDOM.dirichlet(np.ones(classes), 90) + 0.5 * np.eye(classes)[labels]
    return classification_report(labels, given / given.sum(axis=1, keepdims=True), names)


def test_it_stands_in_the_registry_after_the_honesty() -> None:
    assert [*VIEWS][-1] == "test-split" and VIEWS["test-split"] is view_of


def test_two_classes_have_a_matrix_both_curves_and_a_reliability_diagram() -> None:
    report = classifier(2, ["no", "yes"])
    view = view_of([evaluated(report)])
    assert view.can_be_drawn
    assert [chart.name for chart in view.charts] == ["confusion", "roc", "pr", "reliability"]
    (cells,) = view.charts[0].marks
    assert isinstance(cells, Cells)
    assert [[*row] for row in cells.texts[::-1]] == [
        [f"{count:,}" for count in row] for row in report["confusion"]
    ]
    assert sum(cells.values[0]) == pytest.approx(1)
    assert view.charts[0].y.categories == ("yes", "no")
    assert {type(mark) for mark in view.charts[1].marks} == {Band, Line}
    assert view.charts[1].marks[1].series.startswith("yes: 0.")
    points = view.charts[3].marks[1]
    assert isinstance(points, Points) and len(points.low) == len(points.x)
    classes, mistakes = view.tables
    assert [row[0] for row in classes.rows] == ["no", "yes"]
    assert mistakes.rows[0][0] == str(report["mistakes"][0]["row"])
    assert view.sentences[0].startswith("Trial 0000 on 90 rows: accuracy 0.")
    assert "Brier" in view.sentences[1]


def test_several_classes_have_a_curve_each_up_to_four() -> None:
    view = view_of([evaluated(classifier(3))])
    assert sum(isinstance(mark, Line) for mark in view.charts[1].marks) == 4  # and guessing
    many = view_of([evaluated(classifier(20))])
    assert [chart.name for chart in many.charts] == ["roc", "pr", "reliability"]


def test_several_runs_are_laid_over_each_other() -> None:
    runs = [evaluated(classifier(), name=name) for name in ("first", "second")]
    view = view_of([runs[0], run_of(START, END, name="none"), runs[1]])
    titles = [chart.title for chart in view.charts]
    assert titles[:2] == ["Confusion matrix, first", "Confusion matrix, second"]
    roc = next(chart for chart in view.charts if chart.name == "roc")
    names = [mark.series.split(",")[0] for mark in roc.marks if isinstance(mark, Line)]
    assert names == ["first", "second", "guessing"]


def test_why_there_is_nothing_to_draw_is_said() -> None:
    assert "No trial has completed" in view_of([run_of()]).why_not
    assert "was not evaluated on test data" in view_of([run_of(START, END)]).why_not
    assert "Only the metrics" in view_of([run_of(START, END, TEST)]).why_not


def test_an_evaluation_of_a_trial_that_is_no_longer_the_best_is_not_shown() -> None:
    start, end = {**START, "trial_id": "0001", "number": 1}, {**END, "trial_id": "0001"}
    records = evaluated(classifier()).records[1:]
    view = view_of([run_of(*records, start, {**end, "score": 0.9})])
    assert not view.can_be_drawn


def test_the_test_split_that_was_used_again_is_said() -> None:
    run = evaluated(classifier())
    again = {**run.records[-1], "again": True}
    view = view_of([run_of(*run.records[1:], again)])
    assert any("The test split was used 2 times" in sentence for sentence in view.sentences)


def test_numbers_are_drawn_against_the_truth() -> None:
    truth = RANDOM.normal(size=300)
    view = view_of([evaluated(regression_report(truth, truth + 0.1))])
    (chart,) = view.charts
    assert chart.name == "predicted" and len(chart.marks[1].x) == 200
    assert len(view.tables[0].rows) == 16


def test_pictures_of_the_mistakes_are_shown_where_they_were_kept(tmp_path: Path) -> None:
    report = classifier(2, ["no", "<script>"])
    rows = [wrong["row"] for wrong in report["mistakes"]]
    folder = RunFolder(tmp_path)
    inputs = RANDOM.integers(0, 256, (len(rows), 8, 8, 3)).astype("uint8")
    kept = {"trial_id": np.array("0000"), "inputs": inputs, "input_rows": np.array(rows)}
    np.savez(folder.predictions, **kept)
    run = evaluated(report, folder=folder)
    view = view_of([run])
    assert len(view.pictures) == len(rows) > 0
    assert view.pictures[0].png.startswith(b"\x89PNG")
    assert (
        f"row {rows[0]}: " in view.pictures[0].caption and "taken for" in view.pictures[0].caption
    )
    np.savez(folder.predictions, **{**kept, "trial_id": np.array("0007")})
    assert view_of([run]).pictures == ()
    folder.predictions.write_bytes(b"damaged")
    assert view_of([run]).pictures == ()


def test_hardly_any_row_is_drawn_too() -> None:
    for report in (
        classification_report([1], [[0.2]]),
        classification_report([0], [[np.nan]]),
        regression_report([np.nan], [1.0]),
        regression_report([1.0], [1.0]),
    ):
        assert view_of([evaluated(report)]).can_be_drawn
    assert replace(view_of([run_of()]), why_not="").can_be_drawn
