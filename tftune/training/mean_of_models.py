"""Several trained models as one that answers with their mean: one functional Keras model.

Classes are averaged as probabilities, numbers as they are,

    p(x) = sum over members m of w_m p_m(x),   with weights w_m that sum to 1.

Where members answer with logits, so does the mean: its logits are those of the mean probabilities.
Nothing but the members and operations of Keras is in it, so that a file of it opens wherever the
members do.

Example:
    >>> inputs = keras.Input((1,))
    >>> models = [keras.Model(inputs, keras.layers.Rescaling(factor)(inputs)) for factor in (1, 4)]
    >>> mean_of_models(models, [0.75, 0.25]).predict(np.array([[2.0]]), verbose=0).tolist()
    [[3.5]]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tftune.errors import UsageError
from tftune.models.augmentation import without_augmentation
from tftune.training.evaluate import restore_model
from tftune.training.inputs.signature import example_batch
from tftune.training.keras_internals import is_made_of_layers
from tftune.training.predictions import kind_of_model

SMALLEST = 1e-7  # of a probability in a logarithm, as in Keras


def mean_of_models(
    models: Sequence[keras.Model], weights: Sequence[float], signature: Any = None
) -> keras.Model:
    """Returns the weighted mean of what models answer, compiled as the first one and under its
    name.

    It is for predictions: its weights are those of the members, and frozen.

    Args:
        models: Built and compiled alike, with one output each.
        weights: Of each model, positive; they are divided by their sum.
        signature: Of an input batch (see `inputs.signature`), for models that do not tell theirs.

    Raises:
        UsageError: If there are no models, or not as many weights.
    """
    if not models or len(models) != len(weights):
        raise UsageError(
            "A mean needs models and a weight of each. Expected as many weights as models, one or "
            f"more. Received: {len(models)} models and {len(weights)} weights. Pass both."
        )
    first = models[0]
    kind, logits = kind_of_model(first)
    inputs = _inputs_of(first, signature)
    shares = np.asarray(weights, np.float64) / float(np.sum(weights))
    members = [_member(model, number) for number, model in enumerate(models, start=1)]
    told = [_answer(member, inputs, logits) for member in members]
    parts = [ops.multiply(each, float(share)) for each, share in zip(told, shares, strict=True)]
    mean = parts[0]
    for part in parts[1:]:
        mean = ops.add(mean, part)
    if logits and kind == "classification":
        mean = _as_logits(mean)
    whole = keras.Model(inputs, mean, name=first.name)
    whole.trainable = False
    if getattr(first, "compiled", False):
        whole.compile_from_config(first.get_compile_config())
    return whole


def _inputs_of(model: Any, signature: Any) -> Any:
    """Returns fresh inputs, nested as a model's own."""
    if is_made_of_layers(model):
        given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
        return keras.tree.map_structure(
            lambda each: keras.Input(batch_shape=each.shape, dtype=each.dtype, name=each.name),
            given,
        )
    batch = example_batch(signature)
    return keras.tree.map_structure(
        lambda each: keras.Input(
            tuple(each.shape[1:]), dtype=keras.backend.standardize_dtype(each.dtype)
        ),
        batch,
    )


def _member(model: Any, number: int) -> Any:
    """Returns a model under a name of its own, without what predictions do not see."""
    name = f"member_{number}"
    if not is_made_of_layers(model):
        model.name = name
        return model
    given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    again = without_augmentation(keras.Model(given, model.outputs[0]))
    return keras.Model(again.input, again.outputs[0], name=name)


def _answer(member: Any, inputs: Any, logits: bool) -> Any:
    told = member(inputs, training=False) if is_made_of_layers(member) else member(inputs)
    told = ops.cast(told, "float32")
    if not logits:
        return told
    return ops.sigmoid(told) if told.shape[-1] == 1 else ops.softmax(told, axis=-1)


def _as_logits(probabilities: Any) -> Any:
    clipped = ops.clip(probabilities, SMALLEST, 1.0)
    if probabilities.shape[-1] != 1:
        return ops.log(clipped)
    return ops.log(clipped) - ops.log(ops.clip(1.0 - probabilities, SMALLEST, 1.0))


def restore_mean(
    hypermodel: bytes, members: Sequence[Mapping[str, Any]], signature: Any = None
) -> keras.Model:
    """Returns the model of a finished search: the mean of its members, or its one member.

    Args:
        hypermodel: Pickled by cloudpickle.
        members: Of each `hyperparameters`, the config with its values, `checkpoint`, its file, and
            `weight`.
        signature: Of an input batch, for models that build themselves on the first one.

    Raises:
        RunFolderError: If weights are missing, or do not fit the model.
    """
    models = [
        restore_model(hypermodel, dict(each["hyperparameters"]), each["checkpoint"], signature)
        for each in members
    ]
    if len(models) == 1:
        return models[0]
    return mean_of_models(models, [float(each["weight"]) for each in members], signature)
