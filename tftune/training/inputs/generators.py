"""A generator that ends is read once, before the first trial: each epoch of each trial has then
what it gave. Keras would find it empty from the second epoch on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tftune.errors import UsageError
from tftune.training.inputs import saved
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.kinds import is_generator
from tftune.training.inputs.leaves import with_arrays

MAX_BYTES = 2**30
MAX_SECONDS = 120.0


def with_generators_read(call: FitCall, folder: Path) -> FitCall:
    """Returns the call with generators of which all is used replaced by what they gave.

    One with `steps_per_epoch` (`validation_steps`) may be endless, and stays.

    Args:
        call: The arguments of `fit`.
        folder: Where the files go.

    Raises:
        UsageError: If a generator gives nothing, or does not end within limits.
    """
    if call.plain and is_generator(call.x) and call.options.get("steps_per_epoch") is None:
        call = call.with_x(read(call.x, folder, "x"))
    data = call.options.get("validation_data")
    if is_generator(data) and call.options.get("validation_steps") is None:
        call = call.with_options(validation_data=read(data, folder, "validation_data"))
    return call


def read(
    generator: Any,
    folder: Path,
    name: str,
    max_bytes: float = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
) -> saved.SavedDataset:
    """Reads a generator to its end and writes down what it gave.

    Args:
        generator: Gives batches: x, (x, y) or (x, y, sample_weight).
        folder: Where the files go.
        name: Of the argument, for messages.
        max_bytes: Limit of what it gives.
        max_seconds: Limit of the reading.

    Example:
        >>> import tempfile
        >>> batches = ((np.ones((2, 3)), np.zeros(2)) for _ in range(4))
        >>> dataset = read(batches, Path(tempfile.mkdtemp()), "x")
        >>> dataset.rows, int(dataset.load().cardinality())
        (8, 4)
    """
    elements = map(_as_arrays, generator)
    head = list(itertools.islice(elements, 2))
    if not head:
        raise UsageError(
            f"{name} is a generator that gives nothing. Expected batches (x, y). It may have been "
            "read already: make a new one for this call."
        )
    spec = _spec(head)
    try:
        return saved.save_elements(
            _checked(itertools.chain(head, elements), spec, name),
            spec,
            folder,
            max_bytes,
            max_seconds,
        )
    except saved.TooMuch as error:
        steps = "steps_per_epoch" if name == "x" else "validation_steps"
        raise UsageError(
            f"{name} is a generator that is read once, to its end, for all trials; {error}. "
            f"Expected one that ends earlier, or {steps}. Pass {steps}=..., the batches of an "
            "epoch, with workers=0, or a function that makes the data: search(lambda: "
            "make_dataset(), ...)."
        ) from None


def _as_arrays(batch: Any) -> Any:
    """Returns a batch as tuples and dicts of arrays."""
    if isinstance(batch, tuple | list):
        # its parts may be lists of numbers, it itself is no such list
        return tuple(_nested(with_arrays(part, "a batch")) for part in batch if part is not None)
    return _nested(with_arrays(batch, "a batch"))


def _nested(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _nested(item) for key, item in part.items()}
    if isinstance(part, tuple | list):
        return tuple(_nested(item) for item in part)
    return np.asarray(part)


def _spec(batches: list[Any]) -> Any:
    """Returns what a batch is made of; a size that differs, and that of the rows, is free."""

    def of(*leaves: np.ndarray) -> tf.TensorSpec:
        sizes = [
            each[0] if axis and len(set(each)) == 1 else None
            for axis, each in enumerate(zip(*(leaf.shape for leaf in leaves), strict=False))
        ]
        dtype = tf.string if leaves[0].dtype.kind in "USO" else tf.as_dtype(leaves[0].dtype)
        return tf.TensorSpec(sizes, dtype)

    return tf.nest.map_structure(of, *batches)


def _checked(batches: Iterator[Any], spec: Any, name: str) -> Iterator[Any]:
    wanted = [part.shape.rank for part in tf.nest.flatten(spec)]
    for number, batch in enumerate(batches):
        ranks = [np.ndim(leaf) for leaf in tf.nest.flatten(batch)]
        if ranks != wanted or 0 in ranks:
            raise UsageError(
                f"Batch {number} of the generator {name} has arrays of {ranks} axes, the first "
                f"{wanted}. Expected batches that are alike, each with an axis of rows."
            )
        yield tf.nest.map_structure(_encoded, batch)


def _encoded(leaf: np.ndarray) -> np.ndarray:
    if leaf.dtype.kind not in "UO":
        return leaf
    words = [word.encode() if isinstance(word, str) else word for word in leaf.ravel().tolist()]
    encoded = np.empty(len(words), dtype=object)
    encoded[:] = words
    return encoded.reshape(leaf.shape)
