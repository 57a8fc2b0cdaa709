"""How what a user passed to `search()` reaches the trials.

In this process it is used as it is. To child processes, and to machines of a Ray cluster,

- arrays travel as memory-mapped files, wherever they stand, also inside a data frame or a
  `PyDataset`;
- a `tf.data.Dataset` that gives the same each time is read once and written down; one that
  shuffles, augments or never ends travels as the recipe of its pipeline;
- a generator that ends is read once, as a dataset is;
- a function travels as it is, and makes its data in each trial.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import tensorflow as tf

from tftune.errors import UsageError
from tftune.support.refusals import told_as_refusal
from tftune.training.inputs import pipeline, saved
from tftune.training.inputs.arrays import (
    SharedArray,
    SharedBytes,
    SharedFile,
    SharedStrings,
    new_file,
)
from tftune.training.inputs.functions import DataFunction
from tftune.training.inputs.kinds import InputKind, is_array, kind_of

WAYS = (
    "Pass a function that makes it, search(lambda: make_dataset(), ...): each trial calls it in "
    "its own process. Or train in this process with workers=0"
)


@dataclass(frozen=True)
class SharedTensor:
    """A tensor of TensorFlow, dense, ragged or sparse: its parts, and what they are parts of."""

    spec: Any
    parts: tuple[Any, ...]

    def load(self) -> Any:
        """Returns the tensor."""
        tensors = [tf.constant(unshare(part)) for part in self.parts]
        if isinstance(self.spec, tf.TensorSpec):
            return tf.cast(tensors[0], self.spec.dtype)
        return tf.nest.pack_sequence_as(self.spec, tensors, expand_composites=True)


@dataclass(frozen=True)
class SharedObject:
    """An object of any class, whose arrays travel apart from it."""

    payload: bytes
    buffers: tuple[SharedArray, ...]

    def load(self) -> Any:
        """Returns the object; its arrays are read-only."""
        return pickle.loads(self.payload, buffers=[buffer.load() for buffer in self.buffers])


@dataclass(frozen=True)
class SharedPipeline:
    """A `tf.data.Dataset` as the recipe of its pipeline."""

    file: SharedFile
    spec: Any

    def load(self, seed: int | None = None) -> tf.data.Dataset:
        """Returns the dataset; its unseeded shuffles take the seed."""
        return pipeline.remade(Path(self.file.path).read_bytes(), self.spec, seed)


_SHARED = (SharedArray, SharedBytes, SharedStrings, SharedTensor, SharedObject, saved.SavedDataset)


def share(value: Any, folder: Path, name: str = "an argument") -> Any:
    """Replaces what is large in nested tuples, lists and dicts by references to files below
    `folder`.

    Args:
        value: Anything.
        folder: Where the files go.
        name: Of the argument, for messages.

    Raises:
        UsageError: If a part cannot travel; the message says how else to give it.

    Example:
        >>> import tempfile
        >>> shared = share((np.arange(3), {"epochs": 2}), Path(tempfile.mkdtemp()))
        >>> unshare(shared)[0].tolist(), shared[1]
        ([0, 1, 2], {'epochs': 2})
    """
    if isinstance(value, np.ndarray):
        return _shared_array(value, folder, name)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(share(item, folder, name) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(share(item, folder, name) for item in value)
    if type(value) is dict:
        return {key: share(item, folder, str(key)) for key, item in value.items()}
    if isinstance(value, tf.data.Dataset):
        return _shared_dataset(value, folder, name)
    if isinstance(value, tf.Tensor | tf.Variable | tf.RaggedTensor | tf.SparseTensor):
        return _shared_tensor(value, folder)
    if kind_of(value) is InputKind.GENERATOR:
        raise UsageError(
            f"{name} is a generator, which lives in this process and can be read only once. "
            f"Expected data that every trial can have. {WAYS}."
        )
    if isinstance(value, DataFunction):
        return _shared_object(value, folder, name)
    kind = kind_of(value)
    if kind in (InputKind.PYDATASET, InputKind.LOADER) or (
        is_array(value) and not isinstance(value, np.generic)
    ):
        return _shared_object(value, folder, name)
    return value


def share_call(
    data: tuple[tuple[Any, ...], Mapping[str, Any], Any], folder: Path
) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """Returns the arguments of `fit`, and the fold of each row, as they travel.

    Args:
        data: Positional arguments; keyword arguments, whose callbacks stay as they are; the fold of
            each row, or None without folds.
        folder: Where the files go.
    """
    arguments, options, fold_of_row = data
    named = tuple(
        share(value, folder, name)
        for value, name in zip(arguments, _names(len(arguments)), strict=True)
    )
    others = {
        name: value if name == "callbacks" else share(value, folder, name)
        for name, value in options.items()
    }
    return named, others, share(fold_of_row, folder, "folds")


def _names(count: int) -> list[str]:
    return ["x", "y", *(f"argument {number}" for number in range(3, count + 1))][:count]


def unshare(value: Any, seed: int | None = None) -> Any:
    """Puts what `share` left references to in its place.

    Args:
        value: What `share` returned.
        seed: For shuffles of datasets that have none of their own.
    """
    if isinstance(value, SharedPipeline):
        return value.load(seed)
    if isinstance(value, _SHARED):
        return value.load()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(unshare(item, seed) for item in value))
    if isinstance(value, tuple | list):
        return type(value)(unshare(item, seed) for item in value)
    if isinstance(value, Mapping) and type(value) is dict:
        return {key: unshare(item, seed) for key, item in value.items()}
    return value


def _shared_array(array: np.ndarray, folder: Path, name: str) -> Any:
    if array.dtype.isbuiltin == 2:  # of another package
        return SharedBytes.write(array, folder)
    if not array.dtype.hasobject:
        return SharedArray.write(array, folder)
    items = array.ravel()[:].tolist()
    for kind in (str, bytes):
        if items and all(type(item) is kind for item in items):
            return SharedStrings.write(array, folder)
    return _shared_object(array, folder, name)


def _shared_tensor(tensor: Any, folder: Path) -> SharedTensor:
    spec = tf.type_spec_from_value(tensor)
    if isinstance(tensor, tf.Variable):
        tensor = tf.convert_to_tensor(tensor)
        spec = tf.TensorSpec.from_tensor(tensor)
    parts = tf.nest.flatten(tensor, expand_composites=True)
    return SharedTensor(spec, tuple(_shared_array(each.numpy(), folder, "") for each in parts))


def _shared_object(value: Any, folder: Path, name: str) -> SharedObject:
    buffers: list[Any] = []
    try:
        payload = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        raise UsageError(
            f"{name}, a {type(value).__name__}, cannot be sent to a child process: "
            f"{type(error).__name__}: {error}. Expected what cloudpickle can pickle. {WAYS}."
        ) from error
    parts = [np.frombuffer(buffer.raw(), dtype=np.uint8) for buffer in buffers]
    return SharedObject(payload, tuple(SharedArray.write(part, folder) for part in parts))


def _shared_dataset(dataset: tf.data.Dataset, folder: Path, name: str) -> Any:
    graph = pipeline.graph_of(dataset)
    varies = pipeline.may_vary(graph) and _begins_otherwise(dataset)
    finite = int(dataset.cardinality()) != tf.data.INFINITE_CARDINALITY
    why = "it never ends"
    if finite and not varies and saved.is_plain(dataset.element_spec):
        try:
            written = saved.save_elements(
                saved.numpy_elements(dataset), dataset.element_spec, folder
            )
        except saved.TooMuch as error:
            why = str(error)
        else:
            if not (pipeline.may_vary(graph) and _reads_otherwise(dataset, written)):
                return written
            why = "it gives other elements each time it is read"
    elif finite:
        why = "it gives other elements each time it is read, or elements of a special kind"
    if graph is None or pipeline.is_python(graph):
        code = "calls Python code of this process" if graph is not None else "cannot be written"
        raise UsageError(
            f"{name}, a tf.data.Dataset, cannot be sent to a child process: {why}, and its "
            f"pipeline {code}. Expected a dataset that gives the same each time, or one without "
            f"from_generator and py_function. {WAYS}."
        )
    content = pipeline.serialized(dataset)
    with told_as_refusal(folder):
        path = new_file(folder, ".pipeline")
        path.write_bytes(content)
    return SharedPipeline(SharedFile(str(path)), dataset.element_spec)


def _begins_otherwise(dataset: tf.data.Dataset) -> bool:
    """Whether a second reading begins with other elements than the first."""
    pair = [list(itertools.islice(saved.numpy_elements(dataset), 2)) for _ in range(2)]
    return not _equal(*pair)


def _reads_otherwise(dataset: tf.data.Dataset, written: saved.SavedDataset) -> bool:
    """Whether a second reading gives other elements than those that were written."""
    again = saved.numpy_elements(dataset)
    first = saved.numpy_elements(written.load())
    return any(not _equal(*pair) for pair in itertools.zip_longest(first, again))


def _equal(first: Any, second: Any) -> bool:
    if (first is None) != (second is None):
        return False
    parts = [tf.nest.flatten(each, expand_composites=True) for each in (first, second)]
    return len(parts[0]) == len(parts[1]) and all(
        np.asarray(one).tobytes() == np.asarray(two).tobytes()
        if np.asarray(one).dtype != object
        else np.array_equal(one, two)
        for one, two in zip(*parts, strict=True)
    )
