"""The report as a whole: JSON, bounded, and honest where little can be said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tftune.reports.measures.evaluation import classification_report, regression_report
from tftune.reports.measures.metric_names import interval_of

RANDOM = np.random.default_rng(0)


def length_of(report: dict) -> int:
    return len(json.dumps(report, allow_nan=False))


@pytest.mark.parametrize("classes", [2, 3, 10, 200])
def test_a_report_is_json_and_stays_small(classes: int) -> None:
    labels = RANDOM.integers(0, classes, 800)
    given = RANDOM.dirichlet(np.ones(classes), 800)
    report = classification_report(labels, given, [f"class {n}" * 100 for n in range(classes)])
    assert length_of(report) < 200_000
    assert (report["confusion"] is None) == (classes > 40)
    assert len(report["per_class"]) <= 80 and len(report["confused"]) <= 20
    assert len(set(report["classes"])) == classes


def test_the_same_rows_give_the_same_report() -> None:
    given = RANDOM.random((50, 1))
    labels = RANDOM.integers(0, 2, 50)
    assert classification_report(labels, given) == classification_report(labels, given)


def test_what_little_can_be_known_is_said() -> None:
    report = classification_report([0, 0, 1], np.full((3, 3), 1 / 3), ["a", "b", "<c>"])
    notes = " ".join(report["notes"])
    assert "No row of the data is of class <c>" in notes
    assert "Few rows, so wide intervals: a (2), b (1)" in notes
    assert "every row the same answer" in notes


@pytest.mark.parametrize(
    ("labels", "given"),
    [([1], [[0.4]]), ([0, 1], [[np.nan], [np.nan]]), ([0, 0], [[0.1], [0.2]]), ([2], [[0, 0, 1]])],
    ids=["one-row", "no-prediction", "one-class", "three-classes"],
)
def test_hardly_any_row_is_no_error(labels: list[int], given: list[list[float]]) -> None:
    report = classification_report(labels, given)
    assert length_of(report) < 5000 and report["curves"][0]["roc"] is None


def test_intervals_are_given_for_metrics_of_the_same_value_alone() -> None:
    report = classification_report([0, 1, 1, 0], [[0.2], [0.7], [0.4], [0.1]])
    accuracy = report["metrics"]["accuracy"]
    assert interval_of("binary_accuracy", 0.75, report) == [accuracy["low"], accuracy["high"]]
    assert interval_of("accuracy", 0.5, report) is None  # at another threshold, or weighted
    assert interval_of("loss", 0.75, report) is None
    assert interval_of("auc", 0.99, report) is not None  # of Keras' 200 thresholds
    recall = report["per_class"][1]["recall"]
    assert interval_of("recall", 0.5, report) == [recall["low"], recall["high"]]
    assert interval_of("precision", 0.5, report) is None
    several = classification_report([0, 1, 2, 0], np.full((4, 3), 1 / 3))
    assert several["metrics"]["auc"]["value"] == 0.5
    assert interval_of("auc", 0.51, several) is None  # Keras' is another number
    numbers = regression_report([1.0, 2.0, 4.0], [1.0, 2.5, 3.0])
    assert interval_of("mae", 0.5, numbers) is not None
    assert interval_of("r2_score", 0.1, numbers) is None
