"""What can be told of an objective before the first trial: whether anything will ever give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.search.returned import DEFAULT_OBJECTIVE
from tftune.training.metric_names import tells_its_metrics

_BEFORE_VALIDATION = 6  # positional arguments of `fit` in front of `validation_split`


def check_objective(
    objective: Any,
    hypermodel: Any,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
    folds: int = 0,
) -> None:
    """Checks that a search can give its objective.

    Args:
        objective: Name and direction.
        hypermodel: A `keras_tuner.HyperModel`; one with a `fit` of its own may return anything.
        arguments: Positional arguments of `search`.
        options: Keyword arguments of `search`.
        folds: Of the plan; they bring validation data.

    Raises:
        UsageError: If no objective is given, or one on validation data without such data.
    """
    callbacks = options.get("callbacks") or []
    callbacks = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    if objective.name == DEFAULT_OBJECTIVE and tells_its_metrics(hypermodel, ()):
        raise UsageError(
            "No objective is given, and the model trains by Keras' fit, whose History has many "
            "numbers. Expected the name of one of its metrics. Received: objective=None. Pass for "
            'example objective="val_loss", or let HyperModel.fit() return one number.'
        )
    if not objective.name.startswith("val_") or not tells_its_metrics(hypermodel, callbacks):
        return
    validates = (
        folds
        or len(arguments) > _BEFORE_VALIDATION
        or options.get("validation_data") is not None
        or options.get("validation_split")
    )
    if not validates:
        plain = objective.name.removeprefix("val_")
        raise UsageError(
            f"The objective {objective.name!r} needs validation data. Expected validation_data= or "
            f"validation_split=. Received: search() with {sorted(options) or 'no keywords'}. Pass "
            f"for example validation_split=0.2, or objective={plain!r} to rank by the training "
            "data."
        )
