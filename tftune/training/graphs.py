"""One traced graph for all trials of an architecture: dropout rates, L2 and the learning rate are
variables of the graph, not constants.

Tracing the training step of a small model takes as long as several epochs. Two models share a graph
if they differ in nothing but these values and the values of their variables, which is told from
every attribute of the models, their layers, optimizers, losses and metrics. A model with anything
else in it - a class or function of the user's, a layer that is not among `PROVEN`, a learning-rate
schedule - has a graph of its own, as always. The numbers are those of a plain `fit`, to the last
bit.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.models.rank_metrics import is_state
from tftune.training.keras_internals import build_optimizer, is_made_of_layers
from tftune.training.object_graph import Description, describe

# Layers whose models were trained with a shared graph and with one of their own, to the last bit
# (`tests/training/test_graphs.py`). None has a state outside its attributes.
_NAMES = (
    "InputLayer Dense EinsumDense Embedding Activation ReLU LeakyReLU PReLU ELU Softmax Identity "
    "Flatten Reshape Permute RepeatVector Masking Rescaling Normalization "
    "Conv1D Conv2D Conv1DTranspose Conv2DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D "
    "SeparableConv2D MaxPooling1D MaxPooling2D AveragePooling1D AveragePooling2D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalAveragePooling1D GlobalAveragePooling2D "
    "ZeroPadding1D ZeroPadding2D Cropping1D Cropping2D UpSampling1D UpSampling2D "
    "BatchNormalization LayerNormalization GroupNormalization UnitNormalization "
    "Dropout SpatialDropout1D SpatialDropout2D GaussianDropout GaussianNoise AlphaDropout "
    "ActivityRegularization Add Subtract Multiply Average Maximum Minimum Concatenate Dot "
    "LSTM LSTMCell GRU GRUCell SimpleRNN SimpleRNNCell Bidirectional TimeDistributed "
    "Attention AdditiveAttention MultiHeadAttention "
    "RandomFlip RandomRotation RandomContrast RandomTranslation RandomZoom"
)
PROVEN = frozenset(_NAMES.split())


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
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def adopt(self, model: Any, apart: str = "") -> Any:
        """Returns the model to train instead of a new one: itself, or an earlier one that has its
        graph, with the new one's values.

        Args:
            model: Built and compiled, not trained.
            apart: What else must agree, such as the batch size.
        """
        if _can_be_described(model):
            build_optimizer(model)
        found = _describe(model)
        if found is None:
            return model
        mine = _Kept(model, found)
        key = f"{apart} {found.digest}"
        twin = self._kept.pop(key, None)
        if twin is None:
            mine.make_variable()
            twin = mine
        else:
            self.hits += 1
            twin.take_over(mine)
        self._kept[key] = twin
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return twin.model


def architecture(model: Any) -> str | None:
    """Returns what models must have in common to share a graph; None for a model that must have its
    own.
    """
    found = _describe(model)
    return None if found is None else found.digest


def _can_be_described(model: Any) -> bool:
    return bool(
        is_made_of_layers(model)
        and model.built
        and model.compiled
        and model.optimizer is not None
        and not (model.run_eagerly or tf.config.functions_run_eagerly())
    )


def _describe(model: Any) -> Description | None:
    if not _can_be_described(model):
        return None
    penalties = _penalties(model)

    def may_differ(part: Any, name: str) -> bool:
        return (
            (name == "rate" and _is_plain_dropout(part))
            or is_state(part, name)
            or (name == "l2" and any(part is penalty for penalty in penalties))
        )

    found = describe([model, _surroundings()], may_differ)
    if found is None or not isinstance(model.optimizer.learning_rate, keras.Variable):
        return None
    known = {id(variable) for variable in found.variables}
    layers = [part for part in found.parts if isinstance(part, keras.Layer)]
    of_activities = [getattr(layer, "activity_regularizer", None) for layer in layers]
    if (
        all(_is_proven(layer) for layer in layers)
        and all(id(variable) in known for variable in model.variables)
        and not any(penalty is other for penalty in penalties for other in of_activities)
    ):
        return found
    return None


def _is_proven(layer: Any) -> bool:
    """Tells also of the models inside a model: they are made of layers, too."""
    kind = type(layer)
    proven = kind.__name__ in PROVEN and kind is getattr(keras.layers, kind.__name__, None)
    whole = isinstance(layer, keras.Model) and kind.__module__.split(".")[0] == "keras"
    return bool(layer.built and (proven or whole) and not getattr(layer, "stateful", False))


def _surroundings() -> list[Any]:
    """Returns what a graph depends on apart from the model."""
    flash = getattr(keras.config, "is_flash_attention_enabled", lambda: None)
    return [
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
        keras.config.dtype_policy().name,
        flash(),
        tf.config.optimizer.get_jit(),
        repr(tf.config.optimizer.get_experimental_options()),
        tf.config.experimental.tensor_float_32_execution_enabled(),
    ]


def _is_plain_dropout(part: Any) -> bool:
    """Tells of a Dropout, not of a subclass, whether its rate may be a variable."""
    return (
        type(part) is keras.layers.Dropout
        and _is_number(part.rate)
        and 0 < part.rate < 1
        and part.noise_shape is None
        and part.compute_dtype == "float32"  # others would round the scale twice
        and hasattr(part, "seed_generator")
    )


def _penalties(model: Any) -> list[Any]:
    """Returns the L2 objects that are read as often as the weights: not those of activities."""
    return [
        variable.regularizer
        for variable in model.trainable_variables
        if type(variable.regularizer) is keras.regularizers.L2
        and _is_number(variable.regularizer.l2)
        and variable.dtype == "float32"
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


@dataclass
class _Kept:
    """A model, with its parts in the order in which those of a model alike come."""

    model: Any
    found: Description

    def __post_init__(self) -> None:
        penalties = _penalties(self.model)
        self.dropouts = [part for part in self.found.parts if _is_plain_dropout(part)]
        self.penalties = [
            part for part in self.found.parts if any(part is penalty for penalty in penalties)
        ]

    def make_variable(self) -> None:
        for layer in self.dropouts:
            layer.rate_variable, layer.scale_variable = (
                _number(layer.rate),
                _number(1.0 / (1.0 - layer.rate)),
            )
            layer.__class__ = VariableDropout
        for penalty in self.penalties:
            penalty.l2 = _number(penalty.l2)

    def take_over(self, other: _Kept) -> None:
        """Gives this model all values of a new one."""
        for mine, theirs in zip(self.dropouts, other.dropouts, strict=True):
            mine.rate = theirs.rate
            mine.rate_variable.assign(theirs.rate)
            mine.scale_variable.assign(1.0 / (1.0 - theirs.rate))
        for mine, theirs in zip(self.penalties, other.penalties, strict=True):
            mine.l2.assign(float(theirs.l2))
        for mine, theirs in zip(self.found.variables, other.found.variables, strict=True):
            mine.value.assign(theirs.value)  # a tenth of the time of Keras' own
        self.model.stop_training = False


def _number(value: float) -> tf.Variable:
    return tf.Variable(float(value), trainable=False, dtype=tf.float32)
