"""The signature of a model's inputs: the structure, shapes and dtypes that a run folder remembers.

A model that builds itself on its first batch can be built from it, in a process that has no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class InputSpec(NamedTuple):
    """One input: its shape, the first axis being the batch, None for any length; and its dtype."""

    shape: tuple[int | None, ...]
    dtype: str


def signature_of(inputs: Any) -> Any:
    """Returns the signature of what is passed to `fit` as inputs, JSON-able; None where it cannot
    be told without consuming them.

    Args:
        inputs: Arrays or tensors, lists, tuples or dicts of them, pandas objects, a
            `tf.data.Dataset`, a `keras.utils.PyDataset`, or lists of numbers.

    Example:
        >>> signature_of({"a": np.zeros((9, 4), "float32")})
        {'dict': {'a': {'shape': [None, 4], 'dtype': 'float32'}}}
    """
    try:
        return _signature(inputs)
    except Exception:  # it only helps; whatever a foreign object answers, training goes on
        return None


def _signature(inputs: Any) -> Any:
    if inputs is None or callable(getattr(inputs, "__next__", None)):
        return None  # a generator has nothing to look at
    spec = getattr(inputs, "element_spec", None)
    if spec is not None:  # a Dataset
        return _signature(spec[0] if isinstance(spec, tuple) else spec)
    if _is_batches(inputs):
        batch = inputs[0]
        return _signature(batch[0] if isinstance(batch, tuple | list) else batch)
    if isinstance(inputs, Mapping):
        return _of_parts("dict", {str(name): _signature(part) for name, part in inputs.items()})
    if isinstance(inputs, tuple) or (isinstance(inputs, list) and _has_arrays(inputs)):
        kind = "tuple" if isinstance(inputs, tuple) else "list"
        return _of_parts(kind, [_signature(part) for part in inputs])
    if not hasattr(inputs, "shape") or not hasattr(inputs, "dtype"):
        inputs = np.asarray(inputs)  # numbers in lists, a DataFrame
    return {"shape": _shape(inputs), "dtype": _dtype(inputs)}


def _is_batches(inputs: Any) -> bool:
    """Whether this is a `PyDataset`, or has its interface."""
    return hasattr(inputs, "__getitem__") and hasattr(inputs, "on_epoch_end")


def _has_arrays(inputs: list[Any]) -> bool:
    return bool(inputs) and all(hasattr(part, "shape") for part in inputs)


def _of_parts(kind: str, parts: Any) -> Any:
    given = parts.values() if isinstance(parts, dict) else parts
    return None if any(part is None for part in given) else {kind: parts}


def _shape(array: Any) -> list[int | None]:
    sizes = [None if size is None else int(size) for size in array.shape]
    return [None, *sizes[1:]]


def _dtype(array: Any) -> str:
    name = getattr(array.dtype, "name", str(array.dtype))
    text = name.startswith(("str", "bytes", "object"))
    return "string" if text else str(name)


def structure(signature: Any, leaf: Any = None) -> Any:
    """Returns the structure that a signature describes.

    Args:
        signature: As `signature_of` returns it.
        leaf: Makes an entry of an `InputSpec`; None keeps the spec.

    Example:
        >>> structure(signature_of([np.zeros((2, 3)), np.zeros((2,), "int64")]))
        [InputSpec(shape=(None, 3), dtype='float64'), InputSpec(shape=(None,), dtype='int64')]
    """
    if "shape" in signature and "dtype" in signature:
        spec = InputSpec(tuple(signature["shape"]), signature["dtype"])
        return spec if leaf is None else leaf(spec)
    if "dict" in signature:
        return {name: structure(part, leaf) for name, part in signature["dict"].items()}
    kind = tuple if "tuple" in signature else list
    parts = signature["tuple"] if "tuple" in signature else signature["list"]
    return kind(structure(part, leaf) for part in parts)


def example_batch(signature: Any) -> Any:
    """Returns one row of zeros, or of empty strings, that fits a signature."""
    return structure(signature, _zeros)


def _zeros(spec: InputSpec) -> Any:
    import tensorflow as tf

    return tf.zeros([1, *(size or 1 for size in spec.shape[1:])], spec.dtype)
