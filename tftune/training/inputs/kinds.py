"""What kind of data an input is, told without consuming any of it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import keras
import tensorflow as tf

from tftune.training.inputs.leaves import leaves


class InputKind(StrEnum):
    """The kinds of data that `model.fit` takes, and a function that makes one of them."""

    NONE = "none"
    ARRAYS = "arrays"
    DATASET = "dataset"
    PYDATASET = "pydataset"
    LOADER = "loader"  # of torch or grain
    GENERATOR = "generator"
    FUNCTION = "function"
    OTHER = "other"


def kind_of(value: Any) -> InputKind:
    """Returns the kind of an input.

    Args:
        value: As given for `x`, or the first part of `validation_data`.

    Example:
        >>> import numpy as np
        >>> kind_of({"a": np.zeros(3)}).value, kind_of(iter([1])).value, kind_of(lambda: 1).value
        ('arrays', 'generator', 'function')
    """
    if value is None:
        return InputKind.NONE
    if isinstance(value, tf.data.Dataset | tf.distribute.DistributedDataset):
        return InputKind.DATASET
    if isinstance(value, keras.utils.PyDataset):
        return InputKind.PYDATASET
    if _is_loader(value):
        return InputKind.LOADER
    if isinstance(value, Iterator) and not hasattr(value, "__array__"):
        return InputKind.GENERATOR
    parts = [leaf for _, leaf in leaves(value)]
    if parts and all(is_array(leaf) for leaf in parts):
        return InputKind.ARRAYS
    return InputKind.FUNCTION if callable(value) else InputKind.OTHER


def is_array(leaf: Any) -> bool:
    """Whether Keras can cut rows from it: an array, a tensor, a series, a data frame, a matrix."""
    return not isinstance(leaf, type) and (
        hasattr(leaf, "__array__")
        or isinstance(leaf, tf.RaggedTensor | tf.SparseTensor)
        or _is_sparse_matrix(leaf)
    )


def _is_sparse_matrix(leaf: Any) -> bool:
    return type(leaf).__module__.startswith("scipy.sparse") and hasattr(leaf, "tocsr")


def _is_loader(value: Any) -> bool:
    for parent in type(value).__mro__:
        module = parent.__module__
        if parent.__name__ == "DataLoader" and ("torch.utils.data" in module or "grain" in module):
            return True
        if parent.__name__ in ("MapDataset", "IterDataset") and "grain" in module:
            return True
    return False


def is_generator(value: Any) -> bool:
    """Whether it can be read only once."""
    return kind_of(value) is InputKind.GENERATOR
