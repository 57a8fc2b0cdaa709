"""The usual measures of some predictions, with intervals."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.reports.measures.evaluation import classification_report
from tftune.reports.measures.split_scores import split_scores
from tftune.reports.measures.wilson import wilson


def test_two_classes() -> None:
    found = split_scores("classification", [0, 0, 1, 1], [[0.1], [0.6], [0.7], [0.9]])
    assert list(found) == ["accuracy", "macro_f1", "auc", "average_precision", "log_loss"]
    assert found["accuracy"]["value"] == 0.75
    assert [found["accuracy"][end] for end in ("low", "high")] == pytest.approx(
        wilson(3, 4), abs=1e-5
    )
    assert found["auc"]["value"] == 1
    expected = -np.log([0.9, 0.4, 0.7, 0.9]).mean()
    assert found["log_loss"]["value"] == pytest.approx(expected, abs=1e-5)
    assert found["log_loss"]["low"] < expected < found["log_loss"]["high"]


def test_several_classes_have_no_average_precision() -> None:
    found = split_scores("classification", [0, 1, 2], np.eye(3) * 0.8 + 0.2 / 3)
    assert set(found) == {"accuracy", "macro_f1", "auc", "log_loss"}


def test_a_constant_answer_has_an_area_of_one_half_without_chance() -> None:
    found = split_scores("classification", [0, 1, 1], np.full((3, 2), 0.5))
    assert found["auc"] == {"value": 0.5, "low": None, "high": None}


def test_one_class_alone_has_no_area() -> None:
    found = split_scores("classification", [1, 1], [[0.4], [0.6]])
    assert found["auc"]["value"] is None and found["average_precision"]["value"] is None
    assert found["accuracy"]["value"] == 0.5


def test_numbers_with_several_columns() -> None:
    found = split_scores("regression", [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 8.0]])
    assert found["mae"]["value"] == 1 and found["mse"]["value"] == 4 and found["rmse"]["value"] == 2


def test_rows_that_belong_together_have_wider_intervals() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat(random.integers(0, 2, 60), 3)
    scores = np.repeat(random.random(60), 3)[:, None]
    groups = np.repeat(np.arange(60), 3)
    alone, together = (
        split_scores("classification", labels, scores, each) for each in (None, groups)
    )
    for name in ("auc", "average_precision", "macro_f1", "log_loss"):
        assert (
            together[name]["high"] - together[name]["low"]
            > alone[name]["high"] - alone[name]["low"]
        )
    assert together["accuracy"] == alone["accuracy"]  # Wilson's


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("grouped", [False, True])
def test_equal_answers_have_the_intervals_of_an_evaluation(classes: int, grouped: bool) -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, classes, 60)
    told = random.dirichlet(np.ones(classes), 60)
    groups = np.arange(60) // 2 if grouped else None
    found = split_scores("classification", labels, told, groups)
    report = classification_report(labels, told, groups=groups)["metrics"]
    for name in found.keys() & report.keys():
        assert found[name] == report[name], name
