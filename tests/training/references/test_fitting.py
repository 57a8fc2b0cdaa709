"""References fitted on small data that can be checked by hand, and on the real peptides."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tftune.training.references import fitting, models
from tftune.training.references.fitting import References, cross_fitted, fit_references
from tftune.training.references.rows import NotUnderstoodError, Rows

X = np.arange(8.0).reshape(8, 1)
Y = np.array([0, 0, 0, 0, 0, 1, 1, 1])


def test_the_majority_class_answers_its_share() -> None:
    made = fit_references(Rows(X, Y))
    told = made.measured(Rows(X[-4:], Y[-4:]))
    assert told.answers["majority class"].tolist() == [[0.625, 0.375]] * 4
    scores = told.scores["majority class"]
    assert scores["accuracy"]["value"] == 0.25  # one of four is of class 0
    assert scores["auc"] == {"value": 0.5, "low": None, "high": None}
    assert told.class_counts == (1, 3)


def test_the_mean_and_ridge_of_numbers() -> None:
    made = fit_references(Rows(X, 3 * X[:, 0]), ["mean_squared_error"])
    assert made.names == ["mean", "ridge regression"]
    told = made.measured(Rows(X[:2], 3 * X[:2, 0]))
    # the mean of 0, 3, ..., 21 is 10.5; of targets 0 and 3 it is 9 away on average
    assert told.scores["mean"]["mae"]["value"] == 9
    assert told.scores["ridge regression"]["mae"]["value"] < 0.1


def test_inputs_that_are_no_array_leave_the_majority_and_say_why() -> None:
    made = fit_references(Rows(None, Y, "there are several inputs"))
    assert made.names == ["majority class"]
    assert made.notes == [
        "No model that looks at the inputs stands here, because there are several inputs."
    ]
    assert made.measured(Rows(None, Y, "there are several inputs")).scores


def test_a_model_that_fails_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(models, "linear_features", lambda x: np.zeros((len(x), 1), np.float32))
    monkeypatch.setattr(fitting, "fitted", fail)
    made = fit_references(Rows(X, Y))
    assert made.names == []
    assert made.notes[1] == "logistic regression could not be fitted: MemoryError: too large"


def test_a_model_that_cannot_answer_is_a_note() -> None:
    made = fit_references(Rows(np.c_[X, X], Y))
    told = made.measured(Rows(X, Y))  # of another width
    assert list(told.scores) == ["majority class"]
    assert made.notes[0].startswith("logistic regression could not answer: ValueError: X has 1")


@pytest.mark.slow
def test_peptides_of_one_class_keep_the_models_that_can_answer() -> None:
    codes = np.arange(1, 13, dtype=np.uint8).reshape(4, 3)
    made = fit_references(Rows(codes, np.zeros(4)), ["binary_crossentropy"], task="hemolysis")
    told = made.measured(Rows(codes, np.array([0, 0, 0, 1])))
    assert told.scores["random forest"]["accuracy"]["value"] == 0.75


def test_a_class_that_training_lacks_has_probability_0() -> None:
    made = fit_references(Rows(X, Y))
    told = made.measured(Rows(X[:3], np.array([0, 1, 2])))
    assert told.answers["majority class"].tolist() == [[0.625, 0.375, 0.0]] * 3
    assert told.class_counts == (1, 1, 1)


def fit(rows: Rows, classes: int) -> References:
    return fit_references(rows, ["sparse_categorical_crossentropy"], classes=classes)


def test_a_class_of_one_row_does_not_spoil_the_folds() -> None:
    folds = np.arange(9) % 3
    whole = Rows(np.arange(9.0).reshape(9, 1), np.array([0, 1, 0, 1, 0, 1, 0, 1, 2]))
    _, told = cross_fitted(whole, folds, fit)
    assert told.scores["majority class"]["accuracy"]["value"] is not None
    assert told.answers["majority class"][8].tolist() == [0.5, 0.5, 0.0]


def test_many_rows_are_fewer_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_NUMBERS", 1)  # then at least 1,000 rows
    x = np.arange(3000.0).reshape(3000, 1)
    made = fit_references(Rows(x, (x[:, 0] > 1500).astype(int)))
    assert made.notes == [
        "logistic regression is fitted on 1,000 of 3,000 training rows, drawn at random."
    ]
    assert (
        made.measured(Rows(x, (x[:, 0] > 1500).astype(int))).scores["logistic regression"][
            "accuracy"
        ]["value"]
        > 0.97
    )


def test_a_class_that_stands_in_one_fold_only_has_no_probability_there() -> None:
    y = np.array([0, 0, 1, 1, 0, 1, 1, 2])
    _, told = cross_fitted(Rows(X, y), np.array([0, 1] * 4), fit)
    assert told.answers["majority class"][7].tolist() == [0.5, 0.5, 0.0]
    assert told.answers["majority class"][0].tolist() == [0.25, 0.5, 0.25]


@pytest.mark.slow
def test_large_pictures_are_made_small_some_at_a_time() -> None:
    pictures = np.zeros((1100, 64, 64, 3), np.float64)  # 108 MB, of which 1,000 are fitted
    pictures[::2, :32] = 1.0
    labels = np.arange(1100) % 2
    tracemalloc.start()
    try:
        made = fit_references(Rows(pictures, labels), classes=100)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert made.notes == [
        "logistic regression is fitted on 1,000 of 1,100 training rows, drawn at random."
    ]
    assert most < 70_000_000
    told = made.measured(Rows(pictures[:4], labels[:4])).scores
    assert told["logistic regression"]["accuracy"]["value"] == 1.0


def test_folds_leave_each_row_out_once() -> None:
    folds = np.array([0, 1] * 4)
    made, told = cross_fitted(Rows(X, Y), folds, fit)
    # without the even rows 2 of 4 are of class 1, without the odd ones 1 of 4
    assert told.answers["majority class"][:2].tolist() == [[0.5, 0.5], [0.75, 0.25]]
    assert len(told.labels) == 8 and made.names == ["majority class", "logistic regression"]


def test_targets_of_another_kind_are_refused() -> None:
    made = fit_references(Rows(X, Y))
    with pytest.raises(NotUnderstoodError, match="another kind"):
        made.measured(Rows(X, np.arange(8) / 2))


@pytest.mark.slow
def test_the_real_peptides_have_the_areas_of_the_recipe(shared_data: Path) -> None:
    from tftune.datasets import hemolytic_peptides

    data = hemolytic_peptides.load(shared_data / "hemolysis", "grouped", 0)
    made = fit_references(Rows(*data.train.load()), ["binary_crossentropy"], task="hemolysis")
    scores = made.measured(Rows(*data.validation.load())).scores
    areas = {name: each["auc"]["value"] for name, each in scores.items()}
    assert areas["random forest"] == pytest.approx(0.847, abs=0.01)
    assert areas["gradient boosting"] == pytest.approx(0.839, abs=0.015)
    assert areas["nearest neighbours"] == pytest.approx(0.858, abs=0.005)
