"""A pipeline that shuffles, at the place where it is after some epochs.

A shuffle takes other seeds each time the pipeline is iterated, and how often Keras does that in an
epoch differs by version: so it is counted, and a pipeline that was made anew is iterated as often.

Example:
    >>> dataset = counted(tf.data.Dataset.range(9).shuffle(9, seed=1))
    >>> epochs = [[int(row) for row in dataset] for _ in range(3)]
    >>> again = counted(tf.data.Dataset.range(9).shuffle(9, seed=1))
    >>> read_on(again, epochs=2, iterations=2)
    >>> [int(row) for row in again] == epochs[2], iterations_of(again)
    (True, 3)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

_COUNT = "_tftune_iterations"


def counted(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the same dataset, which counts how often it is iterated."""
    kind = type(dataset)
    if hasattr(dataset, _COUNT):
        return dataset

    def iterate(self: Any) -> Iterator[Any]:
        setattr(self, _COUNT, getattr(self, _COUNT) + 1)
        return iter(kind.__iter__(self))

    setattr(dataset, _COUNT, 0)
    dataset.__class__ = type(kind.__name__, (kind,), {"__iter__": iterate})
    return dataset


def iterations_of(dataset: Any) -> int:
    """Returns how often a dataset was iterated; 0 of one that does not count."""
    return int(getattr(dataset, _COUNT, 0))


def read_on(dataset: tf.data.Dataset, epochs: int, iterations: int) -> None:
    """Iterates a dataset as a training has, that it may go on from there.

    Args:
        dataset: Counted, new.
        epochs: In each of which it was read once, and perhaps begun to be read for nothing.
        iterations: In all, a multiple of the epochs.
    """
    for _ in range(epochs):
        for _ in dataset:
            pass
        for _ in range(iterations // epochs - 1):
            iter(dataset)
