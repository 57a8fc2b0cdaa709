"""Directions of metrics; hazards C5 and C11 of KerasTuner."""

from __future__ import annotations

import keras_tuner
import pytest

from tftune.errors import UsageError
from tftune.oracles.core.objective import direction_of, resolve_objective


@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "val_acc",
        "val_auc",
        "auc_1",
        "val_pr_auc_2",
        "val_f1_score",
        "macro_f1",
        "val_r2_score",
        "val_binary_io_u",
        "val_mean_io_u",
        "val_one_hot_mean_io_u",
        "val_cosine_similarity",
        "fbeta_score",
        "pearson_correlation",
        "recall_at_precision",
        "val_weighted_accuracy",
        "head_accuracy",
        "top_k_categorical_accuracy",
        "sparse_categorical_accuracy",
        "precision",
        "recall",
    ],
)
def test_scores_are_maximised(name: str) -> None:
    """Hazard C5: of F1, R2, IoU, cosine similarity and others KerasTuner silently takes the
    minimum.
    """
    assert direction_of(name) == "max"
    assert resolve_objective(name).direction == "max"


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "val_loss",
        "head_loss",
        "val_head_2_loss",
        "mse",
        "mean_absolute_error",
        "val_false_positives",
        "kl_divergence",
    ],
)
def test_losses_are_minimised(name: str) -> None:
    assert direction_of(name) == "min"


@pytest.mark.parametrize("name", ["val_quality", "lossy", "accuracy_gap", "dice"])
def test_an_unknown_direction_is_refused(name: str) -> None:
    """Dice is a loss of Keras and a score elsewhere: nothing is guessed."""
    with pytest.raises(
        UsageError,
        match=rf"Received: objective='{name}'. Pass keras_tuner.Objective\('{name}', 'max'\)",
    ):
        resolve_objective(name)
    assert resolve_objective(keras_tuner.Objective(name, "max")).direction == "max"


def test_several_objectives_are_refused() -> None:
    """Hazard C11: KerasTuner adds them up."""
    two = [keras_tuner.Objective("a", "min"), keras_tuner.Objective("b", "min")]
    for several in (["val_loss", "val_accuracy"], two, [], 3):
        with pytest.raises(UsageError, match="must be one metric"):
            resolve_objective(several)  # type: ignore[arg-type]


def test_a_direction_must_be_min_or_max() -> None:
    with pytest.raises(UsageError, match="must be 'min' or 'max'. Received: 'up'"):
        resolve_objective(keras_tuner.Objective("quality", "up"))


def test_the_default_is_a_number_to_minimise() -> None:
    objective = resolve_objective(None)
    assert (objective.name, objective.direction) == ("default_objective", "min")


def test_a_list_of_one_objective_is_that_one() -> None:
    one = keras_tuner.Objective("score", "max")
    for given in ([one], (one,), [[one]]):
        assert resolve_objective(given) == one
    assert str(resolve_objective(["val_loss"])) == str(resolve_objective("val_loss"))


@pytest.mark.parametrize(
    ("name", "meant"),
    [("val_acuracy", "val_accuracy"), ("acuracy", "accuracy"), ("val_los", "val_loss")],
)
def test_a_misspelt_objective_is_answered_with_the_nearest_metric(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean '{meant}'"):
        resolve_objective(name)


@pytest.mark.parametrize(
    ("word", "meant"), [("maximize", "max"), ("MIN", "min"), ("lower", "min"), ("up", "max")]
)
def test_a_direction_in_other_words_is_answered_with_ours(word: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean '{meant}'"):
        resolve_objective(keras_tuner.Objective("score", word))
