"""What is known of a model before it is trained: its inputs, outputs, losses and configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras


def model_card(model: keras.Model) -> dict[str, Any]:
    """Returns what a model tells of itself, JSON-able; None for what it does not tell.

    Args:
        model: Built or not, compiled or not.

    Returns:
        `class`; `config`, as Keras serializes the model with how it was compiled; `inputs` and
        `outputs`, each a list of `{"name", "shape", "dtype"}` with None for a size that is free;
        `losses`, a name for each output.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        >>> model.compile("sgd", keras.losses.MeanSquaredError())
        >>> card = model_card(model)
        >>> card["inputs"][0]["shape"], card["losses"]
        ([None, 2], ['mean_squared_error'])
    """
    return {
        "class": f"{type(model).__module__}.{type(model).__qualname__}",
        "config": _config(model),
        "inputs": _tensors(model, "inputs"),
        "outputs": _tensors(model, "outputs"),
        "losses": _losses(getattr(model, "loss", None)),
    }


def _config(model: keras.Model) -> Any:
    try:
        return keras.saving.serialize_keras_object(model)
    except Exception:  # a class of the user's without get_config, or with one that fails
        return None


def _tensors(model: keras.Model, name: str) -> list[dict[str, Any]] | None:
    try:
        tensors = getattr(model, name)
        return [
            {"name": each.name, "shape": list(each.shape), "dtype": str(each.dtype)}
            for each in tensors
        ]
    except Exception:  # a subclassed model knows neither, an unbuilt one raises
        return None


def _losses(loss: Any) -> list[str] | None:
    if isinstance(loss, Mapping):
        loss = list(loss.values())
    if isinstance(loss, list | tuple):
        return [_name(each) for each in loss]
    return None if loss is None else [_name(loss)]


def _name(loss: Any) -> str:
    """Returns `mean_squared_error` for the text, the function and the class alike."""
    if getattr(loss, "ignore_class", None) is not None:
        return f"{type(loss).__name__} with ignore_class"  # which allows labels of its own
    if isinstance(loss, str):
        name = {"bce": "binary_crossentropy"}.get(loss.lower(), loss)
    else:
        name = getattr(loss, "__name__", None) or type(loss).__name__
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
