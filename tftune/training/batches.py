"""Batches without Python: arrays become one tf.data pipeline that puts rows in order by index, an
epoch per execution.

The order of an epoch is a function of (seed, epoch) alone, so a training that is continued at epoch
e sees the batches that an uninterrupted one would have seen.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from contextlib import nullcontext
from types import MethodType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.errors import UsageError
from tftune.training.executions import Speed, steps_per_execution
from tftune.training.inputs.texts import with_texts
from tftune.training.keras_arrays import packed, rows_of, split
from tftune.training.keras_internals import build_optimizer

MAX_BYTES_OF_AN_EPOCH = 2**26  # 64 MiB: of larger arrays no second copy is made
BATCH_SIZE = 32  # where nothing is said, as in Keras


def shuffled_batches(
    arrays: Any,
    batch_size: int,
    seed: int | None,
    first_epoch: int,
    last_epoch: int,
    within_batches: bool = False,
) -> Any:
    """Returns a `tf.data.Dataset` of the batches of several epochs in a row.

    Args:
        arrays: An array or nested tuples and dicts of arrays, each of shape (rows, ...).
        batch_size: Rows a batch, at least 1; the last batch of an epoch may be smaller.
        seed: Of the shuffling; None keeps the order of the rows.
        first_epoch: The first epoch, counted from 0.
        last_epoch: The epoch after the last.
        within_batches: Shuffle the rows of each batch only, as `shuffle="batch"` asks for.
    """
    tensors = keras.tree.map_structure(tf.convert_to_tensor, arrays)
    rows = rows_of(tensors)
    size = sum(tensor.shape.num_elements() * tensor.dtype.size for tensor in _flat(tensors))
    epoch_of = _whole_epoch if size <= MAX_BYTES_OF_AN_EPOCH else _batch_by_batch

    def epoch_batches(epoch: Any) -> Any:
        order = tf.range(rows)
        if seed is not None:
            state = tf.stack([tf.constant(seed, tf.int64), epoch])
            if within_batches:
                chance = tf.random.stateless_uniform((rows,), state, dtype=tf.float64)
                order = tf.argsort(tf.cast(order // batch_size, tf.float64) + chance)
            else:
                order = tf.random.experimental.stateless_shuffle(order, seed=state)
        return epoch_of(tensors, order, batch_size)

    options = tf.data.Options()
    options.threading.private_threadpool_size = 1  # the trial's share of the cores is one
    options.autotune.enabled = False  # its thread holds up the end of a training, by seconds
    options.deterministic = True
    epochs = max(last_epoch - first_epoch, 0)
    if seed is None and size <= MAX_BYTES_OF_AN_EPOCH:
        # a validation begins anew after each epoch, and a function takes long to begin
        dataset = _whole_epoch(tensors, None, batch_size).repeat(epochs)
    else:
        dataset = tf.data.Dataset.range(first_epoch, last_epoch).flat_map(epoch_batches)
    dataset = dataset.prefetch(2).with_options(options)
    steps = math.ceil(rows / batch_size) * epochs
    return dataset.apply(tf.data.experimental.assert_cardinality(steps))


def _whole_epoch(tensors: Any, order: Any, batch_size: int) -> Any:
    """Returns the batches of an epoch, all rows put in order at once: a batch is then a copy of
    neighbours.

    Args:
        tensors: Of all rows.
        order: Their numbers; None leaves them as they are.
        batch_size: Rows a batch.
    """
    rows = rows_of(tensors)
    full, whole = rows // batch_size, rows // batch_size * batch_size
    ordered = tensors
    if order is not None:
        ordered = keras.tree.map_structure(lambda tensor: tf.gather(tensor, order), tensors)
    batches = tf.data.Dataset.from_tensor_slices(
        keras.tree.map_structure(
            lambda tensor: tf.reshape(tensor[:whole], (full, batch_size, *tensor.shape[1:])),
            ordered,
        )
    )
    if whole == rows:
        return batches  # the size of a batch is known to the graph, as in Keras
    rest = keras.tree.map_structure(lambda tensor: tensor[whole:], ordered)
    return batches.concatenate(tf.data.Dataset.from_tensors(rest))


def _batch_by_batch(tensors: Any, order: Any, batch_size: int) -> Any:
    """Returns the same batches, each gathered from all over the arrays: there is no second copy of
    all rows.
    """
    rows = rows_of(tensors)

    def gather(step: Any) -> Any:
        index = order[step * batch_size : tf.minimum((step + 1) * batch_size, rows)]
        if rows % batch_size == 0:
            index = tf.ensure_shape(index, (batch_size,))
        return keras.tree.map_structure(lambda tensor: tf.gather(tensor, index), tensors)

    return tf.data.Dataset.range(math.ceil(rows / batch_size)).map(gather)


def _flat(arrays: Any) -> Sequence[Any]:
    return list(keras.tree.flatten(arrays))


def feed_fast(model: Any, seed: int) -> None:
    """Makes `model.fit` train on arrays through `shuffled_batches`; any other call goes to Keras
    unchanged.

    The numbers are those of a plain `fit` that sees the same batches: casts, sizes of batches,
    weights and the rows that `validation_split` takes are Keras' own. An epoch is one execution of
    the graph where nobody can tell (see `training.executions`); a number of steps per execution
    that the model was compiled with is kept.

    Rows come in another order in each epoch, which is a function of the seed and the epoch, so that
    a continued training goes on as if it had not been interrupted. That does not hold on the plain
    way, which is taken by datasets, generators, sparse and ragged tensors, `steps_per_epoch` and
    several devices: there the order is the data's own or Keras', and Keras, after
    `set_random_seed`, gives the rows of arrays the same order in every epoch.

    Args:
        model: A Keras model; its method `fit` is replaced on this instance only. One whose class or
            instance has a `fit` or `evaluate` of its own is left as it is.
        seed: Of the order of the rows.

    Raises:
        UsageError: From `fit`, if the model is not compiled.
    """
    earlier = vars(model).get("fit")
    # of an earlier trial with the same graph
    speed = getattr(earlier, "speed", None)
    if earlier is not None and speed is None:
        return
    if any(getattr(type(model), name) is not getattr(keras.Model, name) for name in _KERAS_OWN):
        return
    speed = speed or Speed()
    plain_fit = MethodType(type(model).fit, model)

    def fit(self: Any, *arguments: Any, **options: Any) -> Any:
        if not self.compiled:
            raise UsageError(
                f"The model {self.name!r} is not compiled, so that it cannot be trained. "
                "Call model.compile(optimizer=..., loss=..., metrics=[...]) before the "
                "model-building function returns it."
            )
        try:
            given = inspect.signature(plain_fit).bind(*arguments, **options).arguments
        except TypeError:  # with the words of Keras
            return plain_fit(*arguments, **options)
        given = {
            name: with_texts(value) if name in _TEXTS else value for name, value in given.items()
        }
        fed = _fed(self, dict(given), seed)
        if fed is None:
            return plain_fit(**given)
        if self.built:
            # or the step is traced twice: once to make the optimizer's variables
            build_optimizer(self)
        joinable = fed.pop("joinable")
        steps = (steps_per_execution(fed["steps_per_epoch"]), fed.pop("validation_batches"))
        join = joinable and speed.may_join(self, fed)
        with speed.joined(self, *steps) if join else nullcontext():
            return plain_fit(**fed)

    fit.speed = speed  # type: ignore[attr-defined]
    model.fit = MethodType(fit, model)


_KERAS_OWN = ("fit", "evaluate")
_TEXTS = ("x", "y", "validation_data")
_OF_THE_ROWS = ("x", "y", "batch_size", "shuffle", "class_weight", "sample_weight")


def _fed(model: Any, given: dict[str, Any], seed: int) -> dict[str, Any] | None:
    """Returns the arguments of `fit` with the pipeline in place of the arrays, or None for what
    goes to Keras as it is.
    """
    names = ("x", "y", "sample_weight", "class_weight")
    data = packed(*(given.get(name) for name in names)) if _is_usual(model, given) else None
    if data is None:
        return None
    fed = {name: value for name, value in given.items() if name not in _OF_THE_ROWS}
    validation = given.get("validation_data")
    part, size = fed.pop("validation_split", None), given.get("batch_size") or BATCH_SIZE
    if validation is None and part:
        parts = split(data, part)
        if parts is None:
            return None
        data, held_out = parts
    else:
        held_out = _held_out(validation, given)
    batches = 0
    if held_out is not None:
        wanted = fed.pop("validation_batch_size", None) or size
        batches = math.ceil(rows_of(held_out) / wanted)
        fed["validation_data"] = shuffled_batches(held_out, wanted, None, 0, 1)
    elif validation is not None:
        # Keras takes the size of a training batch, which it is not told
        fed["validation_batch_size"] = fed.get("validation_batch_size") or given.get("batch_size")
    steps = math.ceil(rows_of(data) / size)
    if steps % model.steps_per_execution:
        return None  # an execution would reach into the next epoch
    shuffle = given.get("shuffle", True)
    first, last = given.get("initial_epoch", 0), given.get("epochs", 1)
    order = {"seed": seed if shuffle else None, "within_batches": shuffle == "batch"}
    fed["x"] = shuffled_batches(
        data, min(size, rows_of(data)), first_epoch=first, last_epoch=last, **order
    )
    # a limit on a validation's batches is Keras' own to keep
    joinable = (validation is None or held_out is not None) and not given.get("validation_steps")
    told = {"shuffle": False, "steps_per_epoch": steps}
    return fed | told | {"validation_batches": batches, "joinable": joinable}


def _is_usual(model: Any, given: dict[str, Any]) -> bool:
    """Tells whether Keras would go through all rows once an epoch, on one device."""
    counts = [given.get(name) for name in ("batch_size", "validation_batch_size")]
    epochs = [given.get("epochs", 1), given.get("initial_epoch", 0)]
    limit = getattr(keras.config, "max_steps_per_epoch", lambda: None)
    return (
        all(_is_count(count) for count in (*counts, *epochs) if count)
        and not given.get("steps_per_epoch")
        and not limit()
        and not tf.distribute.has_strategy()
        and model.distribute_strategy is tf.distribute.get_strategy()
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value > 0)


def _held_out(validation: Any, given: dict[str, Any]) -> Any:
    """Returns the arrays of `validation_data`, or None where it is no arrays."""
    if validation is None or given.get("validation_steps"):
        return None
    if isinstance(validation, list | tuple) and not 1 <= len(validation) <= 3:
        return None
    return packed(*keras.utils.unpack_x_y_sample_weight(validation))
