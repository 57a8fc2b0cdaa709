"""Confusion matrix, accuracy, precision, recall, F1 and mistakes: by hand, and as scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tftune.errors import UsageError
from tftune.reports.measures.classification import (
    accuracy,
    answers,
    confusion,
    mistakes,
    per_class,
)

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 300)
PROBABILITIES = RANDOM.dirichlet(np.ones(4), 300) + 0.4 * np.eye(4)[LABELS]
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)


def test_a_small_matrix_is_the_one_counted_by_hand() -> None:
    found = answers([0, 0, 0, 1, 1], [[0.1], [0.9], [0.2], [0.8], [0.3]], ["no", "yes"])
    assert confusion(found).tolist() == [[2, 1], [1, 1]]
    assert accuracy(found)["value"] == 0.6
    table, macro = per_class(found)
    yes = table[1]
    assert (yes["precision"]["value"], yes["recall"]["value"], yes["f1"]["value"]) == (
        0.5,
        0.5,
        0.5,
    )
    assert table[0]["f1"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert macro["value"] == pytest.approx((0.5 + 2 / 3) / 2, abs=1e-6)
    assert yes["recall"]["low"] < 0.1 and yes["recall"]["high"] > 0.9  # of two rows


def test_numbers_are_those_of_scikit_learn() -> None:
    found = answers(LABELS, PROBABILITIES)
    predicted = PROBABILITIES.argmax(axis=1)
    np.testing.assert_array_equal(confusion(found), metrics.confusion_matrix(LABELS, predicted))
    table, macro = per_class(found)
    wanted = metrics.precision_recall_fscore_support(LABELS, predicted)
    for number, row in enumerate(table):
        for place, name in enumerate(("precision", "recall", "f1")):
            assert row[name]["value"] == pytest.approx(wanted[place][number], rel=1e-5)
            assert row[name]["low"] < row[name]["value"] < row[name]["high"]
        assert row["rows"] == wanted[3][number]
    assert macro["value"] == pytest.approx(metrics.f1_score(LABELS, predicted, average="macro"))
    assert macro["low"] < macro["value"] < macro["high"]


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    inside = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        right = random.random(60) < 0.8
        labels = np.zeros(60, int)
        found = answers(labels, np.where(right, 0.1, 0.9)[:, np.newaxis])
        share = accuracy(found)
        inside += share["low"] <= 0.8 <= share["high"]
    assert 180 <= inside <= 199


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        LABELS[:, np.newaxis],
        LABELS.astype("float32"),
        np.eye(4, dtype="float32")[LABELS],
        LABELS.tolist(),
    ],
    ids=["sparse", "column", "floats", "one-hot", "list"],
)
def test_labels_of_every_form_are_the_same(labels: object) -> None:
    np.testing.assert_array_equal(answers(labels, PROBABILITIES).labels, LABELS)


def test_one_column_and_two_columns_are_the_same() -> None:
    one = answers([1, 0, 1], [[0.9], [0.5], [0.2]])
    two = answers([1, 0, 1], [[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]])
    flat = answers([1, 0, 1], [0.9, 0.5, 0.2])
    assert one.predicted.tolist() == two.predicted.tolist() == flat.predicted.tolist() == [1, 0, 0]
    np.testing.assert_allclose(one.probabilities, two.probabilities)


def test_soft_labels_count_as_their_largest_share() -> None:
    found = answers([[0.9, 0.1], [0.3, 0.7]], [[0.8, 0.2], [0.6, 0.4]])
    assert found.labels.tolist() == [0, 1] and "largest share" in found.notes[0]
    column = answers([0.9, 0.2], [[0.7], [0.6]])
    assert column.labels.tolist() == [1, 0] and "largest share" in column.notes[0]
    assert answers([1.0, 0.0], [[0.7], [0.6]]).notes == ()


def test_rows_without_a_prediction_are_named_and_left_out() -> None:
    found = answers([0, 1, 1], [[0.1], [np.nan], [0.9]])
    assert found.left_out == (1,) and found.rows.tolist() == [0, 2]
    assert "1 of 3 rows" in found.notes[0] and "rows 1, counted from 0" in found.notes[0]
    assert accuracy(found)["value"] == 1.0
    nothing = answers([0, 1], [[np.nan], [np.inf]])
    assert accuracy(nothing)["value"] is None and per_class(nothing)[1]["value"] is None


def test_a_class_that_is_absent_has_no_recall_and_counts_in_no_mean() -> None:
    found = answers([0, 1, 0], np.eye(3)[[0, 1, 2]])
    table, macro = per_class(found)
    assert table[2]["recall"]["value"] is None and table[2]["f1"]["value"] is None
    assert table[2]["precision"]["value"] == 0.0
    assert macro["value"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)


def test_one_row_gives_what_can_be_known() -> None:
    found = answers([1], [[0.9]])
    table, macro = per_class(found)
    assert accuracy(found)["value"] == 1.0 and accuracy(found)["low"] < 0.3
    assert table[1]["f1"] == {"value": 1.0, "low": None, "high": None}
    assert macro["value"] == 1.0


def test_the_surest_mistakes_come_first_and_equal_ones_in_order() -> None:
    found = answers([0, 0, 1, 1, 0], [[0.6], [0.9], [0.1], [0.8], [0.1]])
    assert [(wrong["row"], wrong["probability"]) for wrong in mistakes(found)] == [
        (1, 0.9),
        (2, 0.9),
        (0, 0.6),
    ]
    assert mistakes(found)[0] == {"row": 1, "true": 0, "predicted": 1, "probability": 0.9}
    assert len(mistakes(answers(np.zeros(99), np.full((99, 1), 0.9)))) == 16


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match=r"Expected labels of shape \(2,\) or \(2, 3\)\. Received"):
        answers(np.zeros((2, 2)), np.ones((2, 3)))
    with pytest.raises(UsageError, match="Expected numbers from 0 to 2. Received: 7"):
        answers([7, 0], np.ones((2, 3)))
    with pytest.raises(UsageError, match="The labels are no numbers"):
        answers(["cat", "dog"], np.ones((2, 2)))
