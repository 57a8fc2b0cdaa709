"""Which way is better: the direction of a metric, known from a table and never guessed.

KerasTuner 1.4.8 infers "min" for F1, R2, IoU and other scores, silently; here an unknown name is
refused instead.

Example:
    >>> direction_of("val_macro_f1"), direction_of("val_loss"), direction_of("my_metric")
    ('max', 'min', None)
"""

from __future__ import annotations

import re
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.support.checks import nearest

_HIGHER_IS_BETTER = """
    acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy
    top_k_categorical_accuracy sparse_top_k_categorical_accuracy balanced_accuracy auc roc_auc
    pr_auc prc average_precision precision recall sensitivity specificity
    sensitivity_at_specificity specificity_at_sensitivity precision_at_recall
    recall_at_precision true_positives true_negatives f1 f1_score macro_f1 micro_f1 weighted_f1
    fbeta_score r2 r2_score io_u iou mean_io_u binary_io_u one_hot_io_u one_hot_mean_io_u
    mean_iou dice_coefficient cosine_similarity pearson_correlation concordance_correlation
    matthews_correlation cohen_kappa ndcg mean_average_precision mean_reciprocal_rank
"""
_LOWER_IS_BETTER = """
    loss error mse mae mape msle rmse log_loss crossentropy ce binary_crossentropy
    categorical_crossentropy sparse_categorical_crossentropy binary_focal_crossentropy
    mean_squared_error root_mean_squared_error mean_absolute_error
    mean_absolute_percentage_error mean_squared_logarithmic_error kl_divergence
    kullback_leibler_divergence poisson logcosh log_cosh huber hinge squared_hinge
    categorical_hinge false_positives false_negatives brier_score perplexity
"""
_MAX, _MIN = frozenset(_HIGHER_IS_BETTER.split()), frozenset(_LOWER_IS_BETTER.split())
_SUFFIXES = {
    "accuracy": "max",
    "auc": "max",
    "f1": "max",
    "f1_score": "max",
    "loss": "min",
    "error": "min",
    "crossentropy": "min",
}
_WORDS = {
    "max": ("max", "maximum", "maximize", "maximise", "maximal", "up", "higher", "highest", "asc"),
    "min": ("min", "minimum", "minimize", "minimise", "minimal", "down", "lower", "lowest", "desc"),
}


def direction_of(metric: str) -> str | None:
    """Returns `"max"`, `"min"` or, for a metric that is not known, None.

    Keras's prefixes `val_` and `weighted_`, its counters (`auc_1`) and the name of an output
    (`head_accuracy`) are seen through.

    Args:
        metric: Name as it stands in the logs of `fit`.
    """
    name = metric.removeprefix("val_")
    for candidate in (name, name.removeprefix("weighted_"), re.sub(r"_\d+$", "", name)):
        if candidate in _MAX:
            return "max"
        if candidate in _MIN:
            return "min"
    counted = re.sub(r"_\d+$", "", name)
    return next(
        (direction for suffix, direction in _SUFFIXES.items() if counted.endswith("_" + suffix)),
        None,
    )


def resolve_objective(
    objective: Any,
) -> keras_tuner.Objective:
    """Returns the objective with its direction.

    Args:
        objective: Name of a known metric, a `keras_tuner.Objective(name, "min" | "max")`, a list of
            one of these, or None where a trial returns one number to minimise.

    Raises:
        UsageError: If the direction is not known, or there are several objectives (KerasTuner would
            add them up).

    Example:
        >>> print(resolve_objective("val_auc"))
        Objective(name="val_auc", direction="max")
    """
    several: Any = getattr(objective, "objectives", objective)  # of KerasTuner's MultiObjective
    if isinstance(several, list | tuple) and len(several) == 1:
        return resolve_objective(several[0])
    if objective is None:
        return keras_tuner.Objective(
            "default_objective", "min"
        )  # KerasTuner's name for the number a trial returns
    if isinstance(objective, keras_tuner.Objective) and several is objective:
        return keras_tuner.Objective(objective.name, _direction(objective))
    if not isinstance(objective, str):
        raise UsageError(
            "objective must be one metric: a name or a keras_tuner.Objective. Several would be "
            "added up, which has no meaning. "
            f"Received: {objective!r}. Combine them into one metric of the model."
        )
    direction = direction_of(objective)
    if direction is None:
        raise UsageError(
            f"It is not known whether a higher {objective!r} is better."
            f"{nearest(objective, _names_like(objective))} Expected a metric of Keras or an "
            f"objective with a direction. Received: objective={objective!r}. Pass "
            f"keras_tuner.Objective({objective!r}, 'max') or (..., 'min')."
        )
    return keras_tuner.Objective(objective, direction)


def _direction(objective: keras_tuner.Objective) -> str:
    given = objective.direction
    if given in ("min", "max"):
        return str(given)
    meant = next((way for way, words in _WORDS.items() if str(given).lower() in words), None)
    raise UsageError(
        f"The direction of objective {objective.name!r} must be 'min' or 'max'. Received: "
        f"{given!r}."
        f"{f' Did you mean {meant!r}?' if meant else ''} Pass for example keras_tuner.Objective("
        f"{objective.name!r}, {meant or direction_of(str(objective.name)) or 'max'!r})."
    )


def _names_like(name: str) -> list[str]:
    """Returns the known metrics, of validation data if the name is."""
    prefix = "val_" if name.startswith("val") else ""
    return [prefix + known for known in sorted(_MAX | _MIN)]
