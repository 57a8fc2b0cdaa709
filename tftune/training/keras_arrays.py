"""What Keras' own `fit` makes of arrays before it cuts them into batches: casts, weights, splits.

Floats become `floatx`, inputs and targets alike; integers, truth values and strings stay what they
are; a `pandas` column becomes a matrix of one. What is left to Keras is everything else: sparse and
ragged tensors, arrays of other libraries, and whatever it refuses.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

tree = keras.tree


def packed(
    x: Any, y: Any = None, sample_weight: Any = None, class_weight: dict[int, float] | None = None
) -> Any:
    """Returns the arrays of a training as Keras packs and casts them, or None for what it must do
    itself.

    Args:
        x: Inputs: an array, or a list, tuple or dict of arrays.
        y: Targets, in the same ways; None where the inputs say all.
        sample_weight: Of the rows, one array, or one for each of several targets.
        class_weight: Of the rows of each class, for one target.

    Returns:
        `x`, `(x, y)` or `(x, y, weights)`; all arrays have the same number of rows, one at least.
    """
    try:
        data = keras.utils.pack_x_y_sample_weight(
            _converted(x),
            None if y is None else _converted(y),
            _weights(y, sample_weight, class_weight),
        )
        rows = {len(array) for array in tree.flatten(data)}
    except (TypeError, ValueError, OverflowError):  # the message is Keras' to give
        return None
    return tree.lists_to_tuples(data) if len(rows) == 1 and min(rows) > 0 else None


def rows_of(data: Any) -> int:
    """Returns the number of rows of packed arrays."""
    return len(tree.flatten(data)[0])


def split(data: Any, validation_split: float) -> tuple[Any, Any] | None:
    """Returns the first rows and the last, which validate, or None where one of both has none."""
    rows = rows_of(data)
    first = math.floor(rows * (1.0 - validation_split))
    if not 0 < first < rows:
        return None
    return (
        tree.map_structure(lambda array: array[:first], data),
        tree.map_structure(lambda array: array[first:], data),
    )


def _converted(arrays: Any) -> Any:
    if arrays is None or not tree.flatten(arrays):
        raise TypeError
    return tree.map_structure(_array, arrays)


def _array(array: Any) -> Any:
    """Returns an array or tensor as it reaches the model."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(array, pandas.DataFrame | pandas.Series):
        array = _of_frame(array)
    if isinstance(array, tf.Tensor) and tf.is_symbolic_tensor(array) is False:
        other = array.dtype.is_floating and array.dtype.name != keras.config.floatx()
        array = tf.cast(array, keras.config.floatx()) if other else array
    elif type(array) in (np.ndarray, np.memmap):
        array = _of_numpy(array)
    else:
        raise TypeError
    if array.shape.rank == 0 if isinstance(array, tf.Tensor) else array.ndim == 0:
        raise TypeError
    return array


def _of_numpy(array: np.ndarray) -> Any:
    if array.dtype == object and array.ndim == 1 and all(isinstance(item, str) for item in array):
        return tf.constant(array, tf.string)
    # says so if the dtype is none of Keras'
    floats = keras.backend.is_float_dtype(array.dtype)
    return array.astype(keras.config.floatx(), copy=False) if floats else array


def _of_frame(frame: Any) -> np.ndarray:
    dtypes = frame.dtypes if frame.ndim == 2 else [frame.dtype]
    if any(keras.backend.is_float_dtype(dtype) for dtype in dtypes):
        frame = frame.astype(keras.config.floatx())
    array: np.ndarray = frame.to_numpy()
    return array if array.ndim == 2 else array[:, np.newaxis]


def _weights(y: Any, sample_weight: Any, class_weight: Any) -> Any:
    several = tree.is_nested(y)
    if class_weight is not None:
        if sample_weight is not None or several or y is None:
            raise TypeError
        return _of_classes(np.asarray(y), class_weight)
    if sample_weight is None:
        return None
    if y is None:
        raise TypeError
    weights = _converted(sample_weight)
    if not several:
        return weights
    if tree.is_nested(weights):
        tree.assert_same_structure(y, weights)
        return weights
    if tuple(weights.shape[1:]) not in ((), (1,)):
        raise TypeError
    return tree.map_structure(lambda _: weights, y)


def _of_classes(y: np.ndarray, class_weight: dict[int, float]) -> np.ndarray:
    if y.ndim > 1:
        y = y.argmax(axis=-1) if y.shape[-1] != 1 else y.squeeze(axis=-1)
    if y.ndim != 1:
        raise TypeError
    classes, class_of_row = np.unique(np.round(y).astype("int32"), return_inverse=True)
    weights = [class_weight.get(int(number), 1.0) for number in classes]
    return np.asarray(weights, keras.config.floatx())[class_of_row]
