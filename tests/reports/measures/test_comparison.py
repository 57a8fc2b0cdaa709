"""Paired tests and corrections against numbers made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tftune.reports.measures.comparison import (
    accuracy,
    classes_of,
    difference,
    holm,
    mcnemar,
    metric_for,
    resampled_scores,
    safely,
)

LABELS = np.array([0, 0, 1, 1])
ONE_COLUMN = np.array([[0.1], [0.6], [0.55], [0.9]])


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 32), (9, 1, 2 * 11 / 1024), (3, 3, 1.0)],
)
def test_mcnemar_is_a_coin_for_each_row_that_one_has_right(
    first: int, second: int, p: float
) -> None:
    right = [True] * first + [False] * second + [True] * 7 + [False] * 2
    other = [False] * first + [True] * second + [True] * 7 + [False] * 2
    test = mcnemar(right, other)
    assert (test.only_first, test.only_second) == (first, second)
    assert test.p == pytest.approx(p)


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([]) == []
    assert holm([0.04]) == [0.04]
    assert holm([0.02, 0.01, 0.6]) == pytest.approx([0.04, 0.03, 0.6])
    assert holm([0.5, 0.9, 0.4]) == [1.0, 1.0, 1.0]


def test_a_bootstrap_draws_the_same_rows_for_all_models() -> None:
    wrong = 1 - ONE_COLUMN
    scores = resampled_scores(accuracy, LABELS, [ONE_COLUMN, ONE_COLUMN, wrong], 50)
    assert scores.shape == (3, 50) and (scores[0] == scores[1]).all()
    again = resampled_scores(accuracy, LABELS, [wrong], 50)
    assert (again[0] == scores[2]).all()
    assert len(set(scores[0])) > 2


def test_a_difference_has_the_percentiles_and_the_share_beyond_nothing() -> None:
    drawn = np.arange(1000) / 1000 - 0.0995  # 100 below nothing
    found = difference(0.4, [*drawn, math.nan])
    assert found.low == pytest.approx(np.percentile(drawn, 2.5))
    assert found.p == pytest.approx(2 * 101 / 1001)
    assert difference(0.0, [0.0] * 9).p == 1.0
    nothing = difference(0.5, [math.nan])
    assert nothing.p == 1.0 and math.isnan(nothing.low)


def test_one_column_is_the_second_class_beyond_one_half() -> None:
    assert classes_of(ONE_COLUMN).tolist() == [0, 1, 1, 1]
    assert classes_of([[0.5], [0.51]]).tolist() == [0, 1]  # as in Keras
    assert classes_of(ONE_COLUMN[:, 0]).tolist() == [0, 1, 1, 1]
    assert classes_of([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]).tolist() == [1, 0]
    assert accuracy(LABELS, ONE_COLUMN) == 0.75


@pytest.mark.parametrize(
    ("objective", "name", "value"),
    [
        ("val_auc", "auc", 0.75),  # of the four pairs one is the wrong way round
        ("val_accuracy", "accuracy", 0.75),
        ("val_pr_auc", "average precision", (1 + 2 / 3) / 2),
        ("val_macro_f1", "macro F1", (2 / 3 + 4 / 5) / 2),
        ("val_loss", "log loss", -(math.log(0.9 * 0.4 * 0.55 * 0.9)) / 4),
        ("anything", "accuracy", 0.75),
    ],
)
def test_the_metric_is_the_nearest_to_the_objective(
    objective: str, name: str, value: float
) -> None:
    metric = metric_for(objective, ONE_COLUMN)
    assert metric.name == name
    assert metric.higher_is_better == (name != "log loss")
    answers = np.array([[0.1], [0.6], [0.55], [0.9]])
    assert metric.score(LABELS, answers) == pytest.approx(value)


def test_several_classes_and_numbers_have_metrics_too() -> None:
    labels = np.array([0, 1, 2, 1])
    answers = np.array([[0.6, 0.2, 0.2], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.5, 0.3, 0.2]])
    auc = metric_for("val_auc", answers).score(labels, answers)
    assert auc == pytest.approx(roc_auc_score(labels, answers, multi_class="ovr"))
    assert metric_for("val_pr_auc", answers).name == "auc"
    targets = np.array([0.5, 1.5])
    error = metric_for("val_loss", np.array([[0.0], [2.5]]), classes=False)
    assert (error.name, error.higher_is_better) == ("mean absolute error", False)
    assert error.score(targets, np.array([[0.0], [2.5]])) == 0.75


def test_rows_of_one_class_have_no_area() -> None:
    metric = metric_for("val_auc", ONE_COLUMN)
    assert math.isnan(safely(metric.score, LABELS[:2], ONE_COLUMN[:2]))
