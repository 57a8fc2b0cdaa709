"""Models with code of the user: own steps, losses, layers and metrics; and recurrent ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tests.differential.case import told

layers = keras.layers


class Subclassed(keras.Model):
    """A model that has no variables before it sees a batch."""

    def __init__(self, rate: float = 0.2) -> None:
        super().__init__()
        self.hidden, self.last = layers.Dense(5, "relu"), layers.Dense(1, "sigmoid")
        self.dropout = layers.Dropout(rate)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Returns the outputs."""
        return self.last(self.dropout(self.hidden(inputs), training=training))


class OwnTrainStep(Subclassed):
    """Trains by a step of its own, with a metric of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = keras.metrics.Mean(name="seen")

    def train_step(self, batch: Any) -> dict[str, Any]:
        """Trains on a batch."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(batch)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True), weights)
            loss += tf.reduce_mean(tf.square(y - self(x, training=True)))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        self.seen.update_state(loss)
        return {"loss": loss, "seen": self.seen.result()}

    @property
    def metrics(self) -> list[Any]:
        """Those that are reset each epoch."""
        return [self.seen]


class OwnTestStep(Subclassed):
    """Is evaluated by a step of its own."""

    def test_step(self, batch: Any) -> dict[str, Any]:
        """Evaluates a batch."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
        return {**super().test_step(batch), "furthest": tf.reduce_max(self(x, training=False))}


class OwnLoss(Subclassed):
    """Has a loss of its own beside the compiled one."""

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Returns the loss of a batch."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        return loss + 0.1 * tf.reduce_mean(
            tf.abs(y_pred - tf.reduce_mean(x, axis=1, keepdims=True))
        )


def model_of(kind: Callable[[], Any], text: str, **compiling: Any) -> Callable[[Any], Any]:
    """A model of a class of the user's, not built.

    Args:
        kind: The class.
        text: What the table says of it.
        **compiling: As for `compile`.
    """

    def build(hp: Any) -> Any:
        model = kind()
        model.compile("adam", "binary_crossentropy", **compiling)
        return model

    return told(text, build)


class Gate(layers.Layer):
    """Learns how much of each input goes through; counts its calls in training."""

    def build(self, shape: Any) -> None:
        """Makes the weights."""
        self.gate = self.add_weight(shape=(shape[-1],), initializer="ones", name="gate")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Returns the inputs, less in training than otherwise."""
        if training:
            self.calls.assign_add(1.0)
            return inputs * self.gate / (1.0 + 0.1 * self.calls)
        return inputs * self.gate


class AddsLoss(layers.Layer):
    """Adds a loss of its own.

    Args:
        rate: Its weight.
    """

    def __init__(self, rate: float, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate

    def call(self, inputs: Any) -> Any:
        """Returns the inputs."""
        self.add_loss(self.rate * tf.reduce_mean(tf.square(inputs)))
        return inputs


class Share(keras.metrics.Metric):
    """The share of positive predictions."""

    def __init__(self, name: str = "share", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.positive = self.add_weight(name="positive", initializer="zeros")
        self.all = self.add_weight(name="all", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        chosen = tf.cast(y_pred > 0.5, "float32")
        chosen = chosen if sample_weight is None else chosen * tf.reshape(sample_weight, (-1, 1))
        self.positive.assign_add(tf.reduce_sum(chosen))
        self.all.assign_add(tf.cast(tf.size(y_pred), "float32"))

    def result(self) -> Any:
        """Returns the share."""
        return self.positive / self.all


def rmse(y_true: Any, y_pred: Any) -> Any:
    """A loss that is no mean over rows, so that the size of a batch counts."""
    return tf.sqrt(tf.reduce_mean(tf.square(y_true - y_pred)))


def unsupervised(hp: Any) -> Any:
    """Functional, its only loss is added by a layer"""
    inputs = keras.Input((6,))
    outputs = AddsLoss(1.0)(layers.Dense(6, "tanh")(inputs) - inputs)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.01))
    return model


def recurrent(make: Callable[[], Any], text: str) -> Callable[[Any], Any]:
    """Tokens through an Embedding that masks zeros, then what `make` returns."""

    def build(hp: Any) -> Any:
        model = keras.Sequential([keras.Input((7,)), layers.Embedding(12, 4, mask_zero=True)])
        model.add(make())
        model.add(layers.Dense(1, "sigmoid"))
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
        return model

    return told(text, build)


def tagger(hp: Any) -> Any:
    """GRU with a mask, an output for each token"""
    model = keras.Sequential([keras.Input((7,)), layers.Embedding(12, 4, mask_zero=True)])
    model.add(layers.GRU(4, return_sequences=True))
    model.add(layers.TimeDistributed(layers.Dense(12, "softmax")))
    model.compile("adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def stateful(hp: Any) -> Any:
    """Stateful LSTM, a fixed size of batches"""
    model = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), layers.LSTM(4, stateful=True)])
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    return model


def attention(hp: Any) -> Any:
    """Functional, attention and LayerNormalization"""
    inputs = keras.Input((5, 3))
    attended = layers.MultiHeadAttention(2, 3, dropout=0.1)(inputs, inputs)
    hidden = layers.LayerNormalization()(inputs + attended)
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.GlobalMaxPooling1D()(hidden)))
    model.compile("adam", "binary_crossentropy")
    return model


def spatial_dropout(hp: Any) -> Any:
    """SpatialDropout1D with a knob's rate"""
    model = keras.Sequential([keras.Input((5, 3)), layers.Conv1D(6, 2, activation="relu")])
    model.add(layers.SpatialDropout1D(hp.Float("rate", 0.1, 0.9, default=0.5)))
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model
