"""A dataset that is read once and written down, so that every trial has it: its elements, one
after the other, as flat files.

An element is cut out of the file by position and given its shape; where all elements have the same
shape but perhaps the last one, as batches have, they are slices of one array, which costs no more
than a cache.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tftune.errors import UsageError
from tftune.support.refusals import told_as_refusal
from tftune.training.inputs.arrays import SharedFile, SharedStrings, new_file

MAX_BYTES = 4 * 2**30
MAX_SECONDS = 600.0
MAX_CACHED = 2**28  # 256 MiB: of larger datasets no second copy is made


@dataclass(frozen=True)
class SavedComponent:
    """One tensor of every element.

    Attributes:
        values: The file of all values in a row, or the strings.
        dtype: Name of their TensorFlow dtype.
        shapes: Of each element, shape (elements, rank).
    """

    values: SharedFile | SharedStrings
    dtype: str
    shapes: np.ndarray

    def tensor(self) -> Any:
        """Returns all values, in a row."""
        if isinstance(self.values, SharedStrings):
            return tf.constant(self.values.load(), tf.string)
        dtype = tf.as_dtype(self.dtype)
        return tf.constant(np.fromfile(self.values.path, dtype=dtype.as_numpy_dtype), dtype)

    @property
    def sizes(self) -> np.ndarray:
        """Number of values of each element."""
        sizes: np.ndarray = self.shapes.prod(axis=1)
        return sizes

    def regular(self) -> tuple[int, ...] | None:
        """Returns the shape of all elements, only the last of which may be shorter; else None."""
        shapes = self.shapes
        first, last = shapes[0], shapes[-1]
        same = bool((shapes[:-1] == first).all()) and bool((last[1:] == first[1:]).all())
        fits = len(first) > 0 and last[0] <= first[0] if len(shapes) > 1 else len(first) > 0
        return tuple(int(size) for size in first) if same and fits else None


@dataclass(frozen=True)
class SavedDataset:
    """A `tf.data.Dataset` that was read once.

    Attributes:
        components: One for each tensor of an element.
        spec: What an element is made of, `element_spec`.
        elements: How many there are.
    """

    components: tuple[SavedComponent, ...]
    spec: Any
    elements: int

    @property
    def rows(self) -> int:
        """Rows of all elements together, the first axis being that of the rows."""
        return int(sum(shape[0] for shape in self.components[0].shapes if len(shape)))

    def load(self) -> tf.data.Dataset:
        """Returns the dataset."""
        tensors = [component.tensor() for component in self.components]
        shapes = [component.regular() for component in self.components]
        if all(shape is not None for shape in shapes) and self._end_together():
            flat = self._slices(tensors, shapes)
        else:
            flat = self._cuts(tensors)
        options = tf.data.Options()
        options.threading.private_threadpool_size = 1  # the trial's share of the cores is one
        options.autotune.enabled = False
        options.deterministic = True
        packed = flat.map(self._packed)
        whole = packed.apply(tf.data.experimental.assert_cardinality(self.elements))
        # a cached batch is handed out as it is, one that is cut out of its array is copied
        fast = whole.cache() if self.nbytes <= MAX_CACHED else whole.prefetch(2)
        return fast.with_options(options)

    @property
    def nbytes(self) -> int:
        """Size of all values; of strings only that of their pointers."""
        return sum(
            int(component.sizes.sum()) * tf.as_dtype(component.dtype).size
            for component in self.components
        )

    def _end_together(self) -> bool:
        """Whether the last element is shorter in all components or in none."""
        short = {
            bool(len(each.shapes) > 1 and (each.shapes[-1] != each.shapes[0]).any())
            for each in self.components
        }
        return len(short) == 1

    def _slices(self, tensors: list[Any], shapes: list[Any]) -> tf.data.Dataset:
        whole = self.elements
        if any((each.shapes[-1] != each.shapes[0]).any() for each in self.components):
            whole -= 1
        sizes = [int(np.prod(shape)) for shape in shapes]
        full = [
            tf.reshape(tensor[: whole * size], (whole, *shape))
            for tensor, size, shape in zip(tensors, sizes, shapes, strict=True)
        ]
        batches = tf.data.Dataset.from_tensor_slices(tuple(full))
        if whole == self.elements:
            return batches
        rest = [
            tf.reshape(tensor[whole * size :], tuple(component.shapes[-1]))
            for tensor, size, component in zip(tensors, sizes, self.components, strict=True)
        ]
        return batches.concatenate(tf.data.Dataset.from_tensors(tuple(rest)))

    def _cuts(self, tensors: list[Any]) -> tf.data.Dataset:
        ends = [tf.constant(np.cumsum(each.sizes), tf.int64) for each in self.components]
        sizes = [tf.constant(each.sizes, tf.int64) for each in self.components]
        shapes = [tf.constant(each.shapes, tf.int64) for each in self.components]

        def cut(number: Any) -> Any:
            return tuple(
                tf.reshape(tensor[end[number] - size[number] : end[number]], shape[number])
                for tensor, end, size, shape in zip(tensors, ends, sizes, shapes, strict=True)
            )

        return tf.data.Dataset.range(self.elements).map(cut)

    def _packed(self, *flat: Any) -> Any:
        """Gives an element its structure and the shapes that its spec promises."""
        # a size that is free in the spec is forgotten, so that it stays free for the model
        parts = [
            tf.raw_ops.PlaceholderWithDefault(input=tensor, shape=spec.shape)
            for tensor, spec in zip(flat, tf.nest.flatten(self.spec), strict=True)
        ]
        return tf.nest.pack_sequence_as(self.spec, parts)


class TooMuch(UsageError):
    """Give the data in another way: reading them took too long, or too much room."""


def is_plain(spec: Any) -> bool:
    """Whether every part of an element is a plain tensor of known rank."""
    parts = tf.nest.flatten(spec)
    return bool(parts) and all(
        isinstance(part, tf.TensorSpec) and part.shape.rank is not None for part in parts
    )


def save_elements(
    elements: Iterable[Any],
    spec: Any,
    folder: Path,
    max_bytes: float = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
) -> SavedDataset:
    """Reads all elements and writes them down.

    Args:
        elements: Each of the structure of `spec`, of NumPy arrays.
        spec: What an element is made of.
        folder: Where the files go.
        max_bytes: Limit of their size.
        max_seconds: Limit of the reading.

    Raises:
        TooMuch: If a limit is passed; the files are removed.
    """
    specs = tf.nest.flatten(spec)
    shapes: list[list[tuple[int, ...]]] = [[] for _ in specs]
    words: list[list[Any]] = [[] for _ in specs]
    paths = [new_file(folder, ".bin") for _ in specs]
    written, began, count = 0, time.monotonic(), 0
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open(path, "wb")) for path in paths]
        for element in elements:
            count += 1
            for number, leaf in enumerate(tf.nest.flatten(element)):
                array = np.asarray(leaf)
                shapes[number].append(array.shape)
                if specs[number].dtype == tf.string:
                    words[number] += array.ravel().tolist()
                    written += sum(map(len, array.ravel().tolist()))
                else:
                    with told_as_refusal(paths[number]):
                        files[number].write(np.ascontiguousarray(array).tobytes())
                    written += array.nbytes
            _check_limits(written, time.monotonic() - began, max_bytes, max_seconds, paths)
    components = []
    for number, part in enumerate(specs):
        values: Any = SharedFile(str(paths[number]))
        if part.dtype == tf.string:
            values = SharedStrings.write(np.array(words[number], dtype=object), folder)
            paths[number].unlink()
        table = np.array(shapes[number], dtype=np.int64).reshape(count, part.shape.rank)
        components.append(SavedComponent(values, part.dtype.name, table))
    return SavedDataset(tuple(components), spec, count)


def _check_limits(
    written: int, seconds: float, max_bytes: float, max_seconds: float, paths: list[Path]
) -> None:
    if written <= max_bytes and seconds <= max_seconds:
        return
    for path in paths:
        path.unlink(missing_ok=True)
    limit = (
        f"{max_bytes / 2**30:.1f} GiB" if written > max_bytes else f"{max_seconds / 60:.0f} minutes"
    )
    raise TooMuch(f"it is larger than can be written down for the trials: more than {limit}")


def numpy_elements(dataset: tf.data.Dataset) -> Iterator[Any]:
    """Yields the elements of a dataset as NumPy arrays."""
    yield from dataset.as_numpy_iterator()
