"""Classes or numbers: by the loss, else by the objective, else by the targets."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.training.references.rows import NotUnderstoodError
from tftune.training.references.targets import targets_of

WHOLE = np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("losses", "objective", "kind"),
    [
        (["sparse_categorical_crossentropy"], "val_loss", "classification"),
        (["mean_squared_error"], "val_loss", "regression"),
        (["Own"], "val_accuracy", "classification"),
        ([], "val_mae", "regression"),
        ([], "val_loss", "classification"),
    ],
)
def test_the_loss_decides_then_the_objective(losses: list[str], objective: str, kind: str) -> None:
    assert targets_of([WHOLE], losses, objective).kind == kind


def test_numbers_that_are_not_whole_are_no_classes() -> None:
    assert targets_of([np.array([0.5, 1.5])], [], "val_loss").kind == "regression"


@pytest.mark.parametrize(
    ("given", "classes", "numbers"),
    [
        (np.array([[0.0], [1.0]]), 2, [0, 1]),
        (np.array([[0, 1, 0], [1, 0, 0]]), 3, [1, 0]),
        (np.array([[0.1, 0.9], [0.8, 0.2]]), 2, [1, 0]),
        (np.array([-1, 1]), 2, [0, 1]),
        (np.array([0.1, 0.9]), 2, [0, 1]),
        (np.array([True, False]), 2, [1, 0]),
    ],
    ids=["column", "one-hot", "smoothed", "hinge", "shares", "truth-values"],
)
def test_every_form_of_labels_is_numbers(
    given: np.ndarray, classes: int, numbers: list[int]
) -> None:
    found = targets_of([given], ["binary_crossentropy"], "")
    assert (found.kind, found.classes) == ("classification", classes)
    assert found.parts[0].tolist() == numbers


def test_classes_of_all_splits_count() -> None:
    found = targets_of([WHOLE, np.array([4])], ["sparse_categorical_crossentropy"], "")
    assert found.classes == 5


@pytest.mark.parametrize(
    ("given", "losses"),
    [
        (np.array([[1, 1], [0, 0]]), ["binary_crossentropy"]),
        (np.zeros((2, 4, 4), int), ["sparse_categorical_crossentropy"]),
        (np.zeros((2, 500)), ["mean_squared_error"]),
    ],
    ids=["several-labels", "a-label-a-pixel", "many-numbers"],
)
def test_what_a_row_of_several_labels_is(given: np.ndarray, losses: list[str]) -> None:
    with pytest.raises(NotUnderstoodError, match="a row"):
        targets_of([given], losses, "")


def test_several_numbers_a_row_are_numbers() -> None:
    found = targets_of([np.zeros((3, 2, 2))], ["mean_absolute_error"], "val_mae")
    assert found.columns == 4 and found.parts[0].shape == (3, 4)


@pytest.mark.parametrize("losses", [["mse"], ["binary_crossentropy"]])
def test_a_target_that_is_no_number_is_told(losses: list[str]) -> None:
    with pytest.raises(NotUnderstoodError, match="a target is not finite"):
        targets_of([np.array([0.0, np.nan, 1.0])], losses, "val_loss")


def test_a_row_of_several_numbers_of_classes_is_no_column_a_class() -> None:
    rows = np.array([[0, 1], [1, 0]])
    with pytest.raises(NotUnderstoodError, match="several labels"):
        targets_of([rows], ["sparse_categorical_crossentropy"], "val_loss")
    assert targets_of([rows], ["categorical_crossentropy"], "val_loss").parts[0].tolist() == [1, 0]
