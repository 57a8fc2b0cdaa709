"""One traced graph for all trials of an architecture: dropout rates, L2 and the learning rate are
variables of the graph, not constants.

Tracing the training step of a small model takes as long as several epochs. Two models share a graph
if they differ in nothing but these values and their weights, which is decided from what Keras can
serialise. A model with anything else in it - a Lambda, a class or function of the user's, a
learning-rate schedule - has a graph of its own, as always. The numbers are those of a plain `fit`,
to the last bit.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from tftune.models.rank_metrics import is_rank_metric
from tftune.training.keras_internals import is_made_of_layers, layers_of

VARIABLE = "variable"


class VariableDropout(keras.layers.Dropout):
    """Keras' Dropout whose rate can change after tracing; `rate_variable` is p, `scale_variable` 1
    / (1 - p).
    """

    rate_variable: tf.Variable
    scale_variable: tf.Variable

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Does what TensorFlow's dropout does, operation by operation, so that the numbers are the
        same.
        """
        if not training:
            return inputs
        seed = tf.cast(self.seed_generator.next(), "int32")
        uniform = tf.random.stateless_uniform(
            tf.shape(inputs), seed=seed, dtype=inputs.dtype, alg="auto_select"
        )
        kept = uniform >= tf.cast(self.rate_variable, inputs.dtype)
        return tf.where(
            kept, inputs * tf.cast(self.scale_variable, inputs.dtype), tf.zeros([], inputs.dtype)
        )


class Graphs:
    """The models of the architectures that were trained last in this process.

    Args:
        most: Architectures that are kept.

    Attributes:
        hits: How often a traced graph was used again.
    """

    def __init__(self, most: int = 4) -> None:
        self.most, self.hits = most, 0
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def adopt(self, model: Any, apart: str = "") -> Any:
        """Returns the model to train instead of a new one: itself, or an earlier one that has its
        graph, with the new one's values.

        Args:
            model: Built and compiled, not trained.
            apart: What else must agree, such as the batch size.
        """
        shared = architecture(model)
        if shared is None:
            return model
        model.optimizer.build(model.trainable_variables)
        penalties = _penalties(model)
        # which weights have one object in common
        key = f"{apart} {[penalties.index(penalty) for penalty in penalties]} {shared}"
        twin = self._kept.pop(key, None)
        if twin is None:
            _make_variable(model)
            twin = model
        else:
            self.hits += 1
            _take_over(twin, model)
        self._kept[key] = twin
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return twin


def architecture(model: Any) -> str | None:
    """Returns what models must have in common to share a graph; None for a model that must have its
    own.
    """
    if not is_made_of_layers(model) or layers_of(model) is None:
        return None
    if not (model.built and model.compiled) or model.run_eagerly:
        return None
    if type(model).__module__.split(".")[0] != "keras":
        return None
    config = keras.saving.serialize_keras_object(model)
    optimizer = (config.get("compile_config") or {}).get("optimizer")
    if not isinstance(optimizer, dict) or not isinstance(
        optimizer["config"].get("learning_rate"), float
    ):
        return None
    optimizer["config"]["learning_rate"] = VARIABLE
    for node in _objects(config):
        if is_rank_metric(node):
            continue
        if str(node["module"]).split(".")[0] != "keras" or node["class_name"] in (
            "Lambda",
            "function",
            "__lambda__",
        ):
            return None
        if node["class_name"] == "Dropout" and _is_plain(node["config"]):
            node["config"]["rate"] = VARIABLE
        if node["class_name"] == "L2":
            node["config"]["l2"] = VARIABLE
    return json.dumps(config, sort_keys=True, default=repr)


def _is_plain(dropout: dict[str, Any]) -> bool:
    return 0 < dropout["rate"] < 1 and dropout.get("noise_shape") is None


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yields everything that Keras serialised as an object, from the outside in."""
    if isinstance(config, dict):
        if "class_name" in config and "module" in config:
            yield config
        for item in config.values():
            yield from _objects(item)
    elif isinstance(config, list | tuple):
        for item in config:
            yield from _objects(item)


def _dropouts(model: Any) -> list[Any]:
    return [
        layer
        for layer in layers_of(model) or ()
        if isinstance(layer, keras.layers.Dropout) and _is_plain(layer.get_config())
    ]


def _penalties(model: Any) -> list[Any]:
    regularizers = [variable.regularizer for variable in model.trainable_variables]
    return [
        regularizer for regularizer in regularizers if type(regularizer) is keras.regularizers.L2
    ]


def _make_variable(model: Any) -> None:
    for layer in _dropouts(model):
        layer.rate_variable, layer.scale_variable = (
            _number(layer.rate),
            _number(1.0 / (1.0 - layer.rate)),
        )
        layer.__class__ = VariableDropout
    for penalty in _penalties(model):
        if not isinstance(penalty.l2, tf.Variable):  # one object may stand in several layers
            penalty.l2 = _number(penalty.l2)


def _number(value: float) -> tf.Variable:
    return tf.Variable(float(value), trainable=False, dtype=tf.float32)


def _take_over(twin: Any, model: Any) -> None:
    """Gives an earlier model all values of a new one."""
    for mine, theirs in zip(_dropouts(twin), _dropouts(model), strict=True):
        mine.rate = theirs.rate
        mine.rate_variable.assign(theirs.rate)
        mine.scale_variable.assign(1.0 / (1.0 - theirs.rate))
    for mine, theirs in zip(_penalties(twin), _penalties(model), strict=True):
        mine.l2.assign(float(theirs.l2))
    for mine, theirs in zip(
        (*twin.variables, *twin.optimizer.variables),
        (*model.variables, *model.optimizer.variables),
        strict=True,
    ):
        mine.assign(theirs)
    twin.stop_training = False
