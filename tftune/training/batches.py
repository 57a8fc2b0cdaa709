"""Batches without Python: arrays become one tf.data pipeline that puts rows in order by index, an
epoch per execution.

The order of an epoch is a function of (seed, epoch) alone, so a training that is continued at epoch
e sees the batches that an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MethodType
from typing import Any

import keras
import numpy as np

from tftune.errors import UsageError
from tftune.models.rank_metrics import ValueOncePerExecution
from tftune.training.keras_internals import set_steps_per_execution

# larger arrays keep Keras' own feeding, which reads them piece by piece
MAX_BYTES_IN_MEMORY = 2**30
MAX_BYTES_OF_AN_EPOCH = 2**26  # 64 MiB: of larger arrays no second copy is made
MAX_STEPS_PER_EXECUTION = 1000
VALIDATION_BATCH = 256


def steps_per_execution(steps: int) -> int:
    """Returns the largest divisor of the steps of an epoch that is at most 1000: an epoch is a
    whole number of executions.

    Example:
        >>> steps_per_execution(33), steps_per_execution(4000)
        (33, 1000)
    """
    return max(
        divisor
        for divisor in range(1, min(steps, MAX_STEPS_PER_EXECUTION) + 1)
        if steps % divisor == 0
    )


def shuffled_batches(
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int,
    seed: int | None,
    first_epoch: int,
    last_epoch: int,
) -> Any:
    """Returns a `tf.data.Dataset` of the batches of several epochs in a row.

    Args:
        x: Inputs, shape (rows, ...).
        y: Targets, shape (rows, ...).
        batch_size: Rows a batch, at least 1; the last batch of an epoch may be smaller.
        seed: Of the shuffling; None keeps the order of the rows.
        first_epoch: The first epoch, counted from 0.
        last_epoch: The epoch after the last.
    """
    import tensorflow as tf

    rows, steps = len(x), math.ceil(len(x) / batch_size)
    arrays = tf.constant(np.asarray(x)), tf.constant(np.asarray(y))
    epoch_of = _whole_epoch if x.nbytes + y.nbytes <= MAX_BYTES_OF_AN_EPOCH else _batch_by_batch

    def epoch_batches(epoch: Any) -> Any:
        order = tf.range(rows)
        if seed is not None:
            order = tf.random.experimental.stateless_shuffle(
                order, seed=tf.stack([tf.constant(seed, tf.int64), epoch])
            )
        return epoch_of(arrays, order, batch_size)

    options = tf.data.Options()
    options.threading.private_threadpool_size = 1  # the trial's share of the cores is one
    options.autotune.enabled = False  # its thread holds up the end of a training, by seconds
    options.deterministic = True
    dataset = tf.data.Dataset.range(first_epoch, last_epoch).flat_map(epoch_batches)
    dataset = dataset.prefetch(2).with_options(options)
    return dataset.apply(
        tf.data.experimental.assert_cardinality(steps * (last_epoch - first_epoch))
    )


def _whole_epoch(arrays: Sequence[Any], order: Any, batch_size: int) -> Any:
    """Returns the batches of an epoch, all rows put in order at once: a batch is then a copy of
    neighbours.
    """
    import tensorflow as tf

    ordered = [tf.gather(array, order) for array in arrays]
    whole = len(arrays[0]) // batch_size * batch_size
    full = tuple(tf.reshape(array[:whole], (-1, batch_size, *array.shape[1:])) for array in ordered)
    rest = tf.data.Dataset.from_tensors(tuple(array[whole:] for array in ordered)).take(
        int(whole < len(arrays[0]))
    )
    # even an empty rest makes the size of a batch unknown, as in Keras
    return tf.data.Dataset.from_tensor_slices(full).concatenate(rest)


def _batch_by_batch(arrays: Sequence[Any], order: Any, batch_size: int) -> Any:
    """Returns the same batches, each gathered from all over the arrays: there is no second copy of
    all rows.
    """
    import tensorflow as tf

    rows = len(arrays[0])

    def gather(step: Any) -> Any:
        index = order[step * batch_size : tf.minimum((step + 1) * batch_size, rows)]
        return tuple(tf.gather(array, index) for array in arrays)

    return tf.data.Dataset.range(math.ceil(rows / batch_size)).map(gather)


def feed_fast(model: Any, seed: int) -> None:
    """Makes `model.fit` train on NumPy arrays through `shuffled_batches`; any other call goes to
    Keras unchanged.

    The numbers are those of a plain `fit` that sees the same batches. Arrays with sample or class
    weights, a `validation_split` or more than 1 GiB are left to Keras.

    Args:
        model: A Keras model; its method `fit` is replaced on this instance only.
        seed: Of the order of the rows.

    Raises:
        UsageError: From `fit`, if the model is not compiled.
    """
    # not that of an earlier trial with the same graph
    plain_fit = MethodType(type(model).fit, model)

    def fit(
        self: Any,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        **options: Any,
    ) -> Any:
        if not self.compiled:
            raise UsageError(
                f"The model {self.name!r} is not compiled, so that it cannot be trained. "
                "Call model.compile(optimizer=..., loss=..., metrics=[...]) before the "
                "model-building function returns it."
            )
        validation = options.get("validation_data")
        if not _suits(x, y, validation, options):
            return plain_fit(x, y, batch_size=batch_size, epochs=epochs, **options)
        rows_per_batch = min(batch_size or 32, len(x))
        steps = math.ceil(len(x) / rows_per_batch)
        set_steps_per_execution(self, steps_per_execution(steps))
        if self.built:
            # or the step is traced twice: once to make the optimizer's variables
            self.optimizer.build(self.trainable_variables)
        if not isinstance(callbacks := options.get("callbacks"), keras.callbacks.CallbackList):
            spared = ValueOncePerExecution(self.steps_per_execution * rows_per_batch, len(x))
            options["callbacks"] = [*keras.tree.flatten(callbacks or []), spared]
        order_seed = seed if options.pop("shuffle", True) else None
        if validation is not None:
            inputs, targets = validation
            size = options.pop("validation_batch_size", None) or VALIDATION_BATCH
            options["validation_data"] = shuffled_batches(inputs, targets, size, None, 0, 1)
        batches = shuffled_batches(
            x, y, rows_per_batch, order_seed, options.get("initial_epoch", 0), epochs
        )
        return plain_fit(batches, epochs=epochs, steps_per_epoch=steps, shuffle=False, **options)

    model.fit = MethodType(fit, model)


def _suits(x: Any, y: Any, validation: Any, options: dict[str, Any]) -> bool:
    arrays = (x, y) if validation is None else (x, y, *validation)
    if len(arrays) not in (2, 4) or not all(
        isinstance(array, np.ndarray) and array.dtype != object for array in arrays
    ):
        return False
    special = (
        "sample_weight",
        "class_weight",
        "validation_split",
        "steps_per_epoch",
        "validation_steps",
    )
    return (
        not any(options.get(name) for name in special)
        and sum(array.nbytes for array in arrays) <= MAX_BYTES_IN_MEMORY
        and len(x) > 0
    )
