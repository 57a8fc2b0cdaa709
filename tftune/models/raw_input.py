"""What `best_model.keras` is: a trained model that takes raw input and answers with names.

Its output is a dict, `{"probability": ..., "top_class": ...}`. One array of probabilities, with the
names to be read from a layer, would have kept `predict(x).argmax(1)` short; but a person would have
to know of that layer, and of the threshold, to learn what a number means. The price is small:
probabilities stand under a key, and names are bytes. `evaluate(x, y)` goes on working, its metrics
called `probability_accuracy` and so on: Keras gives bare targets to the output whose key comes
first in the alphabet, hence not "class". Text cannot be compiled by XLA: the layers of text say so
to Keras, and the model is compiled without it besides.

Nothing but layers and operations of Keras is in the file, so that it opens without tftune, in safe
mode. The model that was trained stands in it whole, under its own name: what takes coded input
(already resized pixels, numbers of amino acids) is `model.get_layer("leaf_cnn")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tftune.errors import UsageError
from tftune.models.augmentation import without_augmentation
from tftune.support.texts import shown

PROBABILITY, TOP_CLASS = "probability", "top_class"  # keys of the output, and names of layers
THRESHOLD = "threshold"  # a layer
NO_CLASS = ""  # the class of an input that cannot be answered; its probability is NaN
DEFAULT_THRESHOLD = 0.5


def for_raw_input(hypermodel: Any, model: keras.Model, class_names: Sequence[str] | None) -> Any:
    """Returns the model to save: what the hypermodel's own `for_raw_input(model, class_names)`
    makes of a trained one, or the trained one where there is no such method.

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or what stands for one.
        model: The trained model.
        class_names: Names of the classes in the order of the labels, where the data told them.

    Raises:
        UsageError: If the method returned something else than a Keras model.
    """
    hook = getattr(hypermodel, "for_raw_input", None)
    if hook is None:
        return model
    names = None if class_names is None else list(class_names)
    return _checked_model(hook(model, names), "for_raw_input")


def for_prediction(hypermodel: Any, model: keras.Model) -> Any:
    """Returns what answers in the place of a trained model: what the hypermodel's own
    `for_prediction(model)` makes of it, such as the mean over several views of an input; or the
    trained one where there is no such method.

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or what stands for one.
        model: The trained model.

    Raises:
        UsageError: If the method returned something else than a Keras model.
    """
    hook = getattr(hypermodel, "for_prediction", None)
    return model if hook is None else _checked_model(hook(model), "for_prediction")


def _checked_model(made: Any, name: str) -> Any:
    if not isinstance(made, keras.Model):
        raise UsageError(
            f"{name}() must return a Keras model. Received: {shown(made)} of type "
            f"{type(made).__name__}. Check that it ends with `return`."
        )
    return made


def answering_model(
    inputs: Any,
    coded: Any,
    answerable: Any,
    model: keras.Model,
    class_names: Sequence[str] | None,
    threshold: float = DEFAULT_THRESHOLD,
) -> keras.Model:
    """Returns a model from raw input to `{"probability": ..., "top_class": ...}`.

    Args:
        inputs: The raw input, a `keras.Input`.
        coded: What the trained model takes, made of `inputs`.
        answerable: Whether a row can be answered, shape (batch,); else its probability is NaN and
            its class is empty.
        model: The trained classifier: one probability a row, that of the second class, or one for
            each class.
        class_names: Names of the classes in the order of the labels. None: their numbers.
        threshold: With one probability a row: the least that gives the second class.

    Raises:
        UsageError: If there are not as many names as classes.
    """
    columns = int(model.output_shape[-1])
    names = [str(number) for number in range(max(columns, 2))]
    if class_names is not None:
        names = _checked(class_names, len(names))
    # the same layers, uncompiled: metrics of ours would be looked for where there is no tftune
    inner = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    inner = without_augmentation(inner)  # a layer of ours, which does nothing in predictions
    probability = keras.ops.cast(inner(coded, training=False), "float32")
    probability = keras.ops.where(
        keras.ops.expand_dims(answerable, -1), probability, float("nan")
    )  # (batch, columns)
    if columns == 1:
        # its own dtype is an integer's, to which Keras 3.8 would cast the probabilities
        above = keras.layers.Discretization([threshold], dtype="float32", name=THRESHOLD)
        chosen = above(probability)[:, 0]
    else:
        chosen = keras.ops.argmax(probability, axis=-1)
    # number 0 of the table is what no class has
    number = keras.ops.where(answerable, keras.ops.cast(chosen, "int64") + 1, 0)
    # Keras 3.8 knows outputs by the names of their layers
    probability = keras.layers.Identity(name=PROBABILITY)(probability)
    table = keras.layers.StringLookup(
        vocabulary=names, oov_token=NO_CLASS, invert=True, name=TOP_CLASS
    )
    outputs = {PROBABILITY: probability, TOP_CLASS: table(number)}
    raw = keras.Model(inputs, outputs, name=f"raw_{model.name}")
    _compile(raw, model)
    return raw


def _checked(class_names: Sequence[str], wanted: int) -> list[str]:
    names = [str(name) for name in class_names]
    if len(names) != wanted or len(set(names)) != wanted or NO_CLASS in names:
        raise UsageError(
            f"The model tells {wanted} classes apart. Expected as many different names. Received: "
            f"{shown(names)}. Correct class_names."
        )
    return names


def _compile(raw: keras.Model, model: keras.Model) -> None:
    """Compiles the raw model as the trained one, so that `evaluate` gives the same metrics."""
    config = model.get_compile_config() or {}
    if not getattr(model, "compiled", False) or not config:
        return
    settings = keras.saving.deserialize_keras_object(config)
    raw.compile(
        optimizer=model.optimizer,
        loss={PROBABILITY: settings.get("loss"), TOP_CLASS: None},
        metrics={PROBABILITY: settings.get("metrics") or []},
        weighted_metrics={PROBABILITY: settings.get("weighted_metrics") or []},
        jit_compile=False,
    )
