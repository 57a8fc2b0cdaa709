"""Rows of two inputs below each other, array by array: train followed by validation.

Arrays of a dict belong together by their names, in whatever order they stand, as Keras has it;
those of a list by their places. `(rows,)` and `(rows, 1)` are the same to Keras, and so they are
here.

Example:
    >>> train, validation = {"a": np.zeros(2), "b": np.ones(2)}, {"b": np.ones(1), "a": np.zeros(1)}
    >>> {name: array.tolist() for name, array in joined(train, validation).items()}
    {'a': [0.0, 0.0, 0.0], 'b': [1.0, 1.0, 1.0]}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.training.inputs.leaves import leaves, map_leaves, shape_of


def why_not_joined(part: Any, other: Any, name: str = "x") -> str:
    """Returns why the rows of two inputs cannot be put below each other, or "".

    Args:
        part: Arrays, nested or not.
        other: Those of the other part.
        name: What they are, for the words.

    Example:
        >>> why_not_joined(np.zeros((4, 2)), np.zeros((3, 5)))
        'x has shape (4, 2), and that of validation_data (3, 5)'
        >>> why_not_joined({"a": np.zeros(4)}, {"b": np.zeros(3), "c": np.zeros(3)})
        "x has the arrays ['a'], and that of validation_data ['b'], ['c']"
        >>> why_not_joined(np.zeros((4, 1)), np.zeros(3))
        ''
    """
    ours, theirs = _by_place(part, other)
    if ours.keys() != theirs.keys():
        told = [", ".join(each) or "none" for each in (ours, theirs)]
        return f"{name} has the arrays {told[0]}, and that of validation_data {told[1]}"
    for place, leaf in ours.items():
        shapes = shape_of(leaf), shape_of(theirs[place])
        if _of_a_row(shapes[0]) != _of_a_row(shapes[1]):
            return f"{name}{place} has shape {shapes[0]}, and that of validation_data {shapes[1]}"
    return ""


def joined(part: Any, other: Any, name: str = "x") -> Any:
    """Returns the rows of the second input below those of the first, nested as the first is.

    Args:
        part: Arrays, nested or not.
        other: Those of the other part.
        name: What they are, for the words.

    Raises:
        UsageError: If they are other arrays, or their rows have other shapes.
    """
    if why := why_not_joined(part, other, name):
        raise UsageError(
            f"The rows of train and validation cannot be joined: {why}. Expected the same arrays "
            "in both, and rows of the same shape. Prepare both parts in the same way, for example "
            "pad them to one length."
        )
    ours, theirs = _by_place(part, other)
    columns = iter([_below(leaf, theirs[place]) for place, leaf in ours.items()])
    return map_leaves(lambda leaf: next(columns), part)


def _by_place(part: Any, other: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the arrays of both by their places; a lone array stands where the other one does."""
    ours, theirs = dict(leaves(part)), dict(leaves(other))
    if len(ours) == len(theirs) == 1:
        return ours, dict(zip(ours, theirs.values(), strict=True))
    return ours, theirs


def _of_a_row(shape: tuple[int | None, ...] | None) -> tuple[int | None, ...] | None:
    """Returns the shape of one row, without a last axis of one column."""
    row = (shape or ())[1:]
    return row[:-1] if row[-1:] == (1,) else row


def _below(array: Any, other: Any) -> Any:
    first, second = np.asarray(array), np.asarray(other)
    return np.concatenate([first, second.reshape(len(second), *first.shape[1:])])
