"""The area under the ROC curve and the average precision, exactly, as metrics of Keras.

`keras.metrics.AUC` counts at 200 fixed thresholds between 0 and 1. Where predictions crowd
together, as in the first epochs, most of them fall between two thresholds and the area is wrong by
0.01 to 0.05; and those are the epochs that a scheduler judges. These metrics keep the predictions
of an epoch (12 bytes a row) and sort them: the values are those of scikit-learn's `roc_auc_score`
and `average_precision_score`, equal predictions counted half.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MethodType
from typing import Any

import keras
import tensorflow as tf

from tftune.errors import UsageError

SMALLEST_ROOM = 1024  # rows
PACKAGE = "tftune"


class RankMetric(keras.metrics.Metric):
    """What the metrics of this file share: the predictions since the last reset, in room that
    doubles when it is full.

    Labels may be soft: a label of 0.3 counts as 0.3 of a positive and 0.7 of a negative row.
    Outputs of several columns are taken as one, as `keras.metrics.AUC` takes them. The value is NaN
    if a prediction is.

    The room has no fixed size, which XLA cannot compile: a model with such a metric is compiled
    with `jit_compile=False`, which is what Keras chooses without a GPU.

    Args:
        name: Of the metric.
        dtype: Of the result.
    """

    stand_in: dict[str, Any]  # arguments of the `keras.metrics.AUC` that is nearest

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        scores = tf.float64 if self.dtype == "float64" else tf.float32
        # not Keras' own variables, whose shape is fixed
        self._rows = [
            tf.Variable(tf.zeros([0], kind), shape=[None], trainable=False)
            for kind in (scores, tf.float32, tf.float32)
        ]
        self._count = tf.Variable(0, trainable=False)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds rows.

        Args:
            y_true: Labels from 0 to 1, as many as predictions.
            y_pred: Predictions of any range.
            sample_weight: Weight of each row, or None for ones.

        Raises:
            UsageError: If the model trains on several devices at a time, whose rows never come
                together.
        """
        _refuse_replicas(self.name)
        scores, positives, _ = self._rows
        y_pred = tf.reshape(tf.cast(y_pred, scores.dtype), [-1])
        y_true = tf.reshape(tf.cast(y_true, positives.dtype), [-1])
        weight = tf.ones_like(y_true)
        if sample_weight is not None:
            weight = tf.reshape(tf.cast(sample_weight, weight.dtype), [-1])
            # of a row with several columns
            weight = tf.repeat(weight, tf.size(y_true) // tf.maximum(tf.size(weight), 1))
        start = self._count.read_value()
        end = start + tf.size(y_pred)
        tf.cond(end > tf.shape(scores)[0], lambda: self._make_room(start, end), lambda: end)
        added = (y_pred, y_true * weight, (1.0 - y_true) * weight)
        for kept, values in zip(self._rows, added, strict=True):
            kept[start:end].assign(values)
        self._count.assign(end)

    def _make_room(self, filled: Any, needed: Any) -> Any:
        room = tf.maximum(2 * needed, SMALLEST_ROOM)
        for kept in self._rows:
            kept.assign(tf.concat([kept[:filled], tf.zeros([room - filled], kept.dtype)], 0))
        return needed

    def result(self) -> Any:
        """Returns the value over all rows since the last reset."""
        scores, positives, negatives = (kept[: self._count] for kept in self._rows)
        order = tf.argsort(scores, direction="DESCENDING")
        scores = tf.gather(scores, order)
        ends = tf.concat([scores[1:] != scores[:-1], tf.ones_like(scores[:1], tf.bool)], 0)
        true, false = (
            tf.boolean_mask(tf.cumsum(tf.cast(tf.gather(rows, order), tf.float64)), ends)
            for rows in (positives, negatives)
        )
        broken = tf.reduce_any(tf.math.is_nan(scores))
        value = tf.where(broken, tf.cast(float("nan"), tf.float64), self.area(true, false))
        return tf.cast(value, self.dtype)

    def area(self, true: Any, false: Any) -> Any:
        """Returns the value from how many positive and negative rows there are above each
        threshold, one for each different prediction, the highest first; float64.
        """
        raise NotImplementedError

    def reset_state(self) -> None:
        """Forgets all rows; their room is kept."""
        self._count.assign(0)

    def __deepcopy__(self, memo: dict[int, Any]) -> RankMetric:
        copy: RankMetric = type(self).from_config(self.get_config())
        for mine, theirs in zip(
            (*copy._rows, copy._count), (*self._rows, self._count), strict=True
        ):
            mine.assign(theirs)
        return copy


@keras.saving.register_keras_serializable(PACKAGE)
class ExactAUC(RankMetric):
    """The area under the ROC curve: the probability that a positive row is ranked above a negative
    one, ties counted half. NaN without rows of both kinds, as it says nothing then.

    Example:
        >>> metric = ExactAUC()
        >>> metric.update_state([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
        >>> float(metric.result())
        0.875
    """

    stand_in = {"curve": "ROC"}

    def area(self, true: Any, false: Any) -> Any:
        """Returns the area under the polygon of true over false positives."""
        steps, height = _steps(false), true - _steps(true) / 2.0
        return tf.reduce_sum(steps * height) / (
            tf.reduce_sum(true[-1:]) * tf.reduce_sum(false[-1:])
        )


@keras.saving.register_keras_serializable(PACKAGE)
class AveragePrecision(RankMetric):
    """The average precision: the mean of the precision at each threshold, weighted by how much the
    recall rises there. 0 without a positive row.

    Example:
        >>> metric = AveragePrecision()
        >>> metric.update_state([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> round(float(metric.result()), 4)
        0.8333
    """

    stand_in = {"curve": "PR"}

    def area(self, true: Any, false: Any) -> Any:
        """Returns the area under the steps of precision over recall."""
        precision = tf.math.divide_no_nan(true, true + false)
        return tf.math.divide_no_nan(
            tf.reduce_sum(_steps(true) * precision), tf.reduce_sum(true[-1:])
        )


_REGISTERED = {f"{PACKAGE}>{kind.__name__}": kind for kind in (ExactAUC, AveragePrecision)}


def save_for_plain_keras(model: Any) -> None:
    """Lets `model.save` write `keras.metrics.AUC` in the place of these metrics, under their names,
    so that the file loads where there is no tftune; pickles and copies keep the metrics.
    """

    def save(self: Any, *arguments: Any, **options: Any) -> Any:
        self.get_compile_config = lambda: _with_stand_ins(type(self).get_compile_config(self))
        try:
            return type(self).save(self, *arguments, **options)
        finally:
            del self.get_compile_config

    model.save = MethodType(save, model)


def is_state(part: Any, name: str) -> bool:
    """Returns whether an attribute of an object is what one of these metrics has counted."""
    return isinstance(part, RankMetric) and name in ("_rows", "_count")


def is_rank_metric(config: Mapping[str, Any]) -> bool:
    """Returns whether something that Keras serialised is one of these metrics, which are all that
    their config says.
    """
    return config.get("registered_name") in _REGISTERED


def _with_stand_ins(config: Any) -> Any:
    if isinstance(config, list | tuple):
        return [_with_stand_ins(item) for item in config]
    if not isinstance(config, dict):
        return config
    if is_rank_metric(config):
        settings = config["config"] | _REGISTERED[config["registered_name"]].stand_in
        written = dict(keras.saving.serialize_keras_object(keras.metrics.AUC(**settings)))
        # the address of an object that is gone: the next one may have it, and count as the same
        written.pop("shared_object_id", None)
        return written
    return {name: _with_stand_ins(item) for name, item in config.items()}


def _steps(sums: Any) -> Any:
    return sums - tf.pad(sums, [[1, 0]])[:-1]


def _refuse_replicas(name: str) -> None:
    context = tf.distribute.get_replica_context()
    if context is not None and context.num_replicas_in_sync > 1:
        raise UsageError(
            f"The metric {name!r} sorts the rows of one device. Received: a model that trains on "
            f"{context.num_replicas_in_sync} at a time. Compile it with keras.metrics.AUC instead."
        )
