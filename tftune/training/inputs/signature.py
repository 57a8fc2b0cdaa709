"""The shape of a model's input: what a model that builds itself on its first batch is built from,
also on another day.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import map_leaves
from tftune.training.inputs.transport import unshare


def signature_of(x: Any) -> Any:
    """Returns what one batch of inputs looks like: nested lists and dicts of `{"shape", "dtype"}`.

    Args:
        x: The inputs as given to `fit`; a dataset, a PyDataset and the like give x first.

    Returns:
        JSON-able; None if it cannot be told without consuming data.

    Example:
        >>> import numpy as np
        >>> signature_of([np.zeros((5, 2)), np.zeros(5, dtype="int64")])
        [{'shape': [2], 'dtype': 'float32'}, {'shape': [], 'dtype': 'int64'}]
    """
    x = unshare(x)
    kind = kind_of(x)
    if kind is InputKind.ARRAYS:
        return map_leaves(_described, x)
    if kind is InputKind.DATASET:
        spec = getattr(x, "element_spec", None)
        first = spec[0] if isinstance(spec, tuple) else spec
        return tf.nest.map_structure(_described, first)
    if kind is InputKind.PYDATASET:
        batch = x[0]
        return map_leaves(_described, batch[0] if isinstance(batch, tuple | list) else batch)
    return None


def _described(leaf: Any) -> dict[str, Any]:
    rank = getattr(leaf.shape, "rank", len(leaf.shape) if isinstance(leaf.shape, tuple) else None)
    if rank is None:
        return {"shape": None, "dtype": _dtype(leaf)}
    shape = [None if size is None else int(size) for size in leaf.shape][1:]
    return {"shape": shape, "dtype": _dtype(leaf)}


def _dtype(leaf: Any) -> str:
    dtype = getattr(leaf, "dtype", None)
    name = dtype.name if isinstance(dtype, tf.DType) else str(dtype)
    if name.startswith(("<U", "|S", "object", "str")):
        return "string"
    return "float32" if name == "float64" else name


def example_batch(signature: Any) -> Any:
    """Returns one row of zeros, or of empty strings, of a signature.

    Example:
        >>> example_batch({"a": {"shape": [2], "dtype": "float32"}})["a"].shape
        TensorShape([1, 2])
    """
    if isinstance(signature, dict) and set(signature) == {"shape", "dtype"}:
        shape = [1, *(size or 1 for size in signature["shape"] or ())]
        if signature["dtype"] == "string":
            return tf.fill(shape, "")
        return tf.zeros(shape, tf.as_dtype(signature["dtype"]))
    if isinstance(signature, dict):
        return {key: example_batch(item) for key, item in signature.items()}
    return type(signature)(example_batch(item) for item in signature)
