"""Finds a misspelt objective before a model is trained, where the model can tell its metrics."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import keras
import keras_tuner

from tftune.errors import UsageError
from tftune.models.hypermodel import AbstractTunableModel
from tftune.support.checks import nearest
from tftune.training.keras_internals import compiled_arguments, is_made_of_layers


def metric_names(model: Any) -> set[str] | None:
    """Returns the names under which `fit` will log the losses and metrics of a compiled model,
    without `val_`; None where only training can tell: with a training step, metrics or losses of
    its own, or with an unknown number of outputs.

    Args:
        model: A Keras model.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse", metrics=["mae", keras.metrics.AUC(name="area")])
        >>> sorted(metric_names(model))
        ['area', 'loss', 'mae']
    """
    given = compiled_arguments(model)
    if given is None or not is_made_of_layers(model) or _has_own_steps(model):
        return None
    found = [
        _name(metric)
        for kind in ("metrics", "weighted_metrics")
        for metric in keras.tree.flatten(given.get(kind) or [])
        if metric is not None
    ]
    if None in found:
        return None
    names = {str(name) for name in found}
    names |= {f"weighted_{name}" for name in names if given.get("weighted_metrics")}
    outputs = list(getattr(model, "output_names", None) or [])
    if len(outputs) > 1:
        names = {f"{output}_{name}" for output in outputs for name in (*names, "loss")} | names
    inner = {metric.name for layer in model.layers for metric in layer.metrics}
    return names | inner | {"loss"}


def _has_own_steps(model: Any) -> bool:
    """Whether the class of a model trains, tests or measures in a way of its own."""
    names = ("train_step", "test_step", "compute_metrics", "metrics")
    look_up = inspect.getattr_static
    return any(look_up(type(model), name) is not look_up(keras.Model, name) for name in names)


def _name(metric: Any) -> str | None:
    """Returns the name of a metric; None for one of the user's class, which may have several."""
    if isinstance(metric, str):
        return metric
    if isinstance(metric, keras.metrics.Metric) and not _is_ours(type(metric)):
        return None
    return getattr(metric, "name", None) or getattr(metric, "__name__", None)


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("keras", "tftune")


def tells_its_metrics(hypermodel: Any, callbacks: Iterable[Any]) -> bool:
    """Whether what `fit` logs is what the model was compiled with: neither the HyperModel trains
    in a way of its own nor a callback of the user's may log more.

    Args:
        hypermodel: A `keras_tuner.HyperModel`.
        callbacks: Of the user.
    """
    plain = type(hypermodel).fit in (keras_tuner.HyperModel.fit, AbstractTunableModel.fit)
    return plain and all(
        type(callback).__module__.partition(".")[0] == "keras"
        and not isinstance(callback, keras.callbacks.LambdaCallback)
        for callback in callbacks
    )


def check_objective_name(objective: str, model: Any) -> None:
    """Checks that the objective is among what a model will log, if that can be told.

    Args:
        objective: Name of the metric, such as `val_auc`.
        model: A compiled Keras model.

    Raises:
        UsageError: If it is not; the message proposes the nearest.
    """
    names = metric_names(model)
    if names is None or objective == "learning_rate":
        return
    plain = objective.removeprefix("val_")
    if plain in names or re.sub(r"(_\d+)+$", "", plain) in names:
        return
    known = sorted(names) + [f"val_{name}" for name in sorted(names)]
    raise UsageError(
        f"The objective {objective!r} is not among the metrics of an epoch. Expected one of: "
        f"{', '.join(known)}.{nearest(objective, known)} Correct the name, or compile the model "
        "with the metric."
    )
