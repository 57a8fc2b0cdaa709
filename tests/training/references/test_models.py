"""Which models stand beside which data."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.training.references.models import fitted, models_for, predicted

PEPTIDES = np.array([[1, 2, 3], [4, 5, 0]], np.uint8)


@pytest.mark.parametrize(
    ("kind", "x", "task", "names"),
    [
        ("classification", None, "", ["majority class"]),
        ("regression", None, "", ["mean"]),
        ("classification", PEPTIDES, "other", ["majority class", "logistic regression"]),
        ("regression", PEPTIDES, "", ["mean", "ridge regression"]),
        (
            "classification",
            PEPTIDES,
            "hemolysis",
            ["majority class", "random forest", "gradient boosting", "nearest neighbours"],
        ),
    ],
)
def test_models_of_each_kind(kind: str, x: object, task: str, names: list[str]) -> None:
    assert [model.name for model in models_for(kind, x, task)] == names  # type: ignore[arg-type]


def test_a_class_that_training_lacks_has_no_probability() -> None:
    x, y = np.array([[0.0], [1.0], [0.0], [1.0]], np.float32), np.array([0, 2, 0, 2])
    linear = models_for("classification", x, classes=4)[1]
    estimator = fitted(linear, linear.read(x), y)
    told = predicted(estimator, linear.read(x), 4)
    assert told.shape == (4, 4) and told[:, [1, 3]].max() == 0
    assert told.argmax(axis=1).tolist() == y.tolist()


def test_texts_are_read_as_words() -> None:
    x = np.array(["good film", "bad film", "good", "bad"])
    linear = models_for("classification", x)[1]
    estimator = fitted(linear, linear.read(x), np.array([1, 0, 1, 0]))
    assert predicted(estimator, linear.read(x), 2).argmax(axis=1).tolist() == [1, 0, 1, 0]
    assert linear.on == "the words"


def test_missing_numbers_and_empty_columns_are_borne() -> None:
    x = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]], np.float32)
    ridge = models_for("regression", x)[1]
    estimator = fitted(ridge, ridge.read(x), np.array([[0.0], [1.0], [1.5], [3.0]]))
    assert np.isfinite(predicted(estimator, ridge.read(x), 0)).all()
