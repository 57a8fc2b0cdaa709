"""Another border between train and validation: the rows of both joined and cut anew, so that a
choice does not fit one validation split; test rows stay apart.

Reshuffling the split for each configuration: T. Nagler, L. Schneider, B. Bischl and M. Feurer,
"Reshuffling resampling splits can improve generalization of hyperparameter optimization", NeurIPS
37 (2024). The part that validates keeps its size, classes their shares, and groups stay whole.

Example:
    >>> x = np.arange(6)
    >>> call = {"validation_data": (x[4:], x[4:] % 2)}
    >>> arguments, options = cut_anew((x[:4], x[:4] % 2), call, seed=1)
    >>> both = np.concatenate([arguments[0], options["validation_data"][0]])
    >>> len(arguments[0]), sorted(both.tolist())
    (4, [0, 1, 2, 3, 4, 5])
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.support.seeding import derive
from tftune.training.folds import (
    Arguments,
    Options,
    assign_folds,
    class_of_row,
    inputs_and_targets,
    numbered,
    put_rows,
)
from tftune.training.group_draw import drawn_rows
from tftune.training.inputs.joining import joined, why_not_joined
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import first_leaf, leaves, map_leaves, taken_rows
from tftune.training.settings import TrainingSettings

# they would mean other rows or other steps after another cut
_NEEDS_ITS_CUT = ("steps_per_epoch", "validation_steps")
_REPLACED = ("validation_data", "validation_split", "sample_weight")
_PARTS = ("x", "y", "sample_weight")
_ATTEMPTS = 20  # to cut folds that all have rows of all classes
REASON = (
    "Expected x and y as arrays, or lists or dicts of arrays, with validation_data=(x, y) of the "
    "same arrays and shapes or validation_split, without steps_per_epoch and validation_steps"
)


def can_be_cut(arguments: Sequence[Any], options: Options) -> bool:
    """Whether a call of `fit` has rows of train and validation that can be cut anew.

    Args:
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`.

    Example:
        >>> x = np.zeros((4, 1))
        >>> can_be_cut((x, x), {"validation_split": 0.5}), can_be_cut((x, x), {})
        (True, False)
    """
    if any(options.get(name) for name in _NEEDS_ITS_CUT):
        return False
    parts = list(inputs_and_targets(arguments, options))
    validation = options.get("validation_data")
    if validation is None:
        enough = bool(options.get("validation_split"))
    else:
        enough = isinstance(validation, tuple | list) and len(validation) in (2, 3)
        parts += list(validation[:2]) if enough else []
    if not enough or not all(map(_is_dense, parts)):
        return False
    if validation is None:
        return True
    weights = options.get("sample_weight")
    if (len(validation) == 3) != (weights is not None):
        return False
    given = (*inputs_and_targets(arguments, options), weights)
    return not any(map(why_not_joined, given, (*validation, None)[:3]))


def _is_dense(part: Any) -> bool:
    """Whether rows can be taken of all arrays of an input, and put below each other."""
    other = tf.RaggedTensor | tf.SparseTensor
    return kind_of(part) is InputKind.ARRAYS and all(
        hasattr(leaf, "__array__") and not isinstance(leaf, other) for _, leaf in leaves(part)
    )


def check_cuts(
    arguments: Sequence[Any], options: Options, settings: TrainingSettings, groups: Any = None
) -> bool:
    """Returns whether train and validation can be cut anew, or their folds. It is asked before the
    first trial, for the cuts come when all trials are done, at the latest.

    Args:
        arguments: Positional arguments of `fit`; with folds the rows of both parts joined.
        options: Keyword arguments of `fit`.
        settings: Of the search.
        groups: A number or name per row of train followed by validation, or None.

    Raises:
        UsageError: If they cannot, and each trial is to have another cut; or if `groups` has
            another length.
    """
    can = bool(settings.folds) or can_be_cut(arguments, options)
    if can and groups is not None:
        units = numbered(groups, _count_of_rows(arguments, options))
        if settings.reshuffle:
            _check_several(units)
        can = units.max() > 0
    elif settings.reshuffle and not can:
        x, y = inputs_and_targets(arguments, options)
        raise UsageError(
            "Each trial can have another cut of train and validation only where there are rows to "
            f"cut. {REASON}. Received: x {type(x).__name__}, y {type(y).__name__}, and "
            f"{', '.join(options) or 'nothing else'}. Give arrays, or leave out reshuffle."
        )
    return can


def cut_anew(
    arguments: Sequence[Any], options: Options, seed: int, groups: Any = None
) -> tuple[Arguments, Options]:
    """Returns the call of `fit` with the rows of train and validation cut otherwise.

    Args:
        arguments: Positional arguments of `fit`, for which `can_be_cut` holds.
        options: Keyword arguments of `fit`.
        seed: Of the cut, from 0 to 2**31 - 1.
        groups: A number or name per row of train followed by validation, equal for rows that belong
            together, or None.

    Raises:
        UsageError: If there are fewer than two groups, or `groups` has another length.
    """
    whole = whole_of(arguments, options)
    rest = {key: value for key, value in options.items() if key not in _REPLACED}
    train = count_of_train(arguments, options)
    y = _targets(whole)
    inside = validation_rows(np.asarray(y), len(y) - train, seed, groups)
    outside = np.setdiff1d(np.arange(len(y)), inside)
    # a fresh order in both parts, too: some train without shuffling
    outside = np.random.default_rng(seed).permutation(outside)
    taken = tuple(None if part is None else taken_rows(part, outside) for part in whole)
    arguments, rest = put_rows(arguments, rest, taken[0], taken[1])
    if taken[2] is not None:
        rest["sample_weight"] = taken[2]
    held = tuple(taken_rows(part, inside) for part in whole if part is not None)
    return arguments, {**rest, "validation_data": held}


def whole_of(arguments: Sequence[Any], options: Options) -> tuple[Any, Any, Any]:
    """Returns inputs, targets and weights, or None, of the rows of train followed by validation.

    Args:
        arguments: Positional arguments of `fit`; with folds the rows of both parts joined.
        options: Keyword arguments of `fit`.
    """
    given = (*inputs_and_targets(arguments, options), options.get("sample_weight"))
    validation = options.get("validation_data")
    if validation is None:
        x, y, weights = (None if part is None else map_leaves(np.asarray, part) for part in given)
    else:
        x, y, weights = (
            None if part is None else joined(part, other, name)
            for part, other, name in zip(given, (*validation, None)[:3], _PARTS, strict=True)
        )
    return x, y, weights


def count_of_train(arguments: Sequence[Any], options: Options) -> int:
    """Returns how many of these rows are trained on: all without a validation part.

    Args:
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`.
    """
    rows = len(_targets(inputs_and_targets(arguments, options)))
    share = options.get("validation_split") or 0.0
    # as Keras does it: the last rows validate
    return int(rows * (1 - share)) if share and options.get("validation_data") is None else rows


def validation_rows(
    y: NDArray[Any], count: int, seed: int, groups: Any = None
) -> NDArray[np.int64]:
    """Returns which rows validate, in ascending order.

    Without groups they are exactly `count`, with nearly equal shares of each class where the
    targets are classes. With groups they are about as many, because groups stay whole; a group of
    more than `count` rows does not validate, as long as there are smaller ones.

    Args:
        y: Targets, shape (rows,), (rows, 1) or (rows, classes).
        count: Rows that validate, at least 1 and less than all.
        seed: From 0 to 2**31 - 1; equal seeds give equal rows.
        groups: A number or name per row, or None.

    Raises:
        UsageError: If there are fewer than two groups, or `groups` has another length.

    Example:
        >>> y = np.array([0, 0, 0, 0, 1, 1])
        >>> rows = validation_rows(y, 3, seed=0)
        >>> len(rows), int(y[rows].sum())
        (3, 1)
    """
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

    if groups is None:
        classes = class_of_row(y, 2)
        several = classes is not None and classes.max() < min(count, len(y) - count)
        kind = StratifiedShuffleSplit if several else ShuffleSplit
        parts = kind(1, test_size=count, random_state=seed).split(np.zeros(len(y)), classes)
        return np.sort(next(parts)[1]).astype(np.int64)
    units = numbered(groups, len(y))
    _check_several(units)
    return drawn_rows(units, class_of_row(y, 2), count, seed)


def _check_several(units: NDArray[np.int64]) -> None:
    if units.max() < 1:
        raise UsageError(
            "Another cut of train and validation needs groups of rows to choose from. Expected at "
            "least 2 different groups. Received: 1. Leave out groups, or reshuffle."
        )


def _count_of_rows(arguments: Sequence[Any], options: Options) -> int:
    """Returns how many rows train and validation have together."""
    validation = options.get("validation_data")
    parts = [inputs_and_targets(arguments, options), *([] if validation is None else [validation])]
    return sum(len(_targets(part)) for part in parts)


def other_folds(
    y: NDArray[Any], fold_of_row: NDArray[np.int64], seed: int, groups: Any = None
) -> NDArray[np.int64]:
    """Returns other folds of the same rows. A seed by which a class would be missing from a fold,
    as may be where its rows stand in few groups, gives way to the next one, and after some of them
    to the folds that are there.

    Args:
        y: Targets, shape (rows,), (rows, 1) or (rows, classes).
        fold_of_row: The fold of each row, as `assign_folds` has returned it.
        seed: From 0 to 2**31 - 1; equal seeds give equal folds.
        groups: As for `assign_folds`.

    Example:
        >>> y, groups = np.array([0, 1, 0, 1]), ["a", "a", "b", "b"]
        >>> sorted(other_folds(y, np.array([0, 0, 1, 1]), seed=1, groups=groups).tolist())
        [0, 0, 1, 1]
    """
    folds = int(fold_of_row.max()) + 1
    for attempt in range(_ATTEMPTS):
        other = derive(seed, attempt, "folds again") if attempt else seed
        with contextlib.suppress(UsageError):
            return assign_folds(y, folds, other, groups)
    return fold_of_row


def _targets(parts: Sequence[Any]) -> Any:
    """Returns the targets, the first where there are several."""
    return first_leaf(parts[1])
