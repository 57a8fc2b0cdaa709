"""What the reports say of the data, and what a resumed search is compared by."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tftune.journal.provenance import summarize_arrays
from tftune.training.inputs.arrays import SharedFile
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.fingerprint import fingerprint
from tftune.training.inputs.functions import DataFunction
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, rows_of
from tftune.training.inputs.saved import SavedDataset


def summarize(call: FitCall, groups: np.ndarray | None = None) -> dict[str, Any]:
    """Returns the source, the fingerprint and the sizes of the data.

    Args:
        call: The arguments of `fit`.
        groups: Of the folds, part of the fingerprint.

    Returns:
        `source`, a kind of data; `fingerprint`; `train`, `validation` and `test`, numbers of rows,
        None where they are not known.
    """
    x, y, weight = call.validation
    source = _kind(call.x)
    if source is InputKind.ARRAYS and _only_arrays(call.x, call.y, x, y, weight):
        return summarize_arrays(call.arguments, dict(call.options), groups)
    given = [call.arguments, call.options.get("x"), call.options.get("y"), x, y, weight, groups]
    return {
        "source": source.value,
        "fingerprint": fingerprint(*(_readable(value) for value in given)),
        "train": rows(call.x),
        "validation": rows(x),
        "test": None,
    }


def _kind(value: Any) -> InputKind:
    if isinstance(value, DataFunction):
        return InputKind.FUNCTION
    return InputKind.GENERATOR if isinstance(value, SavedDataset) else kind_of(value)


def _only_arrays(*values: Any) -> bool:
    return all(
        value is None or (isinstance(value, np.ndarray) and not value.dtype.hasobject)
        for value in values
    )


def _readable(value: Any) -> Any:
    """Returns what a fingerprint can be taken of, without reading what can be read only once."""
    if isinstance(value, tuple | list):
        return [_readable(item) for item in value]
    if kind_of(value) is InputKind.GENERATOR:
        return "a generator"
    if isinstance(value, SavedDataset):
        return [(part.dtype, part.shapes, _content(part.values)) for part in value.components]
    return value


def _content(values: Any) -> Any:
    return np.fromfile(values.path, np.uint8) if type(values) is SharedFile else values.load()


def rows(value: Any) -> int | None:
    """Returns the rows of an input, or None where only reading it would tell.

    Example:
        >>> rows({"a": np.zeros((3, 2))})
        3
    """
    if isinstance(value, SavedDataset):
        return value.rows
    kind = kind_of(value)
    if kind is InputKind.ARRAYS:
        return next((rows_of(leaf) for _, leaf in leaves(value)), None)
    if kind is InputKind.DATASET:
        return _rows_of_dataset(value)
    return None


def _rows_of_dataset(dataset: Any) -> int | None:
    """Returns the rows where all batches have the same known size."""
    sizes = {
        part.shape[0] if part.shape.rank else None
        for part in tf.nest.flatten(getattr(dataset, "element_spec", None))
        if isinstance(part, tf.TensorSpec)
    }
    batches = int(dataset.cardinality()) if hasattr(dataset, "cardinality") else -1
    known = len(sizes) == 1 and None not in sizes and batches > 0
    return batches * next(iter(sizes)) if known else None  # type: ignore[operator]
