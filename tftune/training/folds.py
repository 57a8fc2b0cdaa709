"""Folds: the rows of train and validation joined and cut into K parts, each of which validates
once; test rows stay apart.

K-fold cross-validation: M. Stone, "Cross-validatory choice and assessment of statistical
predictions", *Journal of the Royal Statistical Society B* 36 (1974). The score of a configuration
is the mean over the folds,

    CV(e) = (1 / K) * sum over k of m_k(e),

m_k(e) being the objective after epoch e of the model that was trained without fold k.
`training.lockstep` trains the K models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.support.seeding import derive
from tftune.training.inputs.joining import joined
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, map_leaves

Arguments = tuple[Any, ...]
Options = dict[str, Any]
_REFUSED = (
    "sample_weight",
    "validation_split",
    "steps_per_epoch",
    "validation_steps",
    "validation_freq",
    "initial_epoch",
)
_USUAL = {"validation_freq": 1}  # Keras' own values; the others are 0 or None


def fold_data(
    arguments: Arguments, options: Options, folds: int, seed: int, groups: Any = None
) -> tuple[Arguments, Options, Any]:
    """Returns a call of `fit` with the rows of both parts joined, and the fold of each row; without
    folds the call as it is, and None.

    Args:
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`.
        folds: K, or 0.
        seed: From 0 to 2**31 - 1.
        groups: A number or name per row, equal for rows that belong together; for the rows of train
            followed by those of validation; or None.

    Raises:
        UsageError: If the data are no arrays, an option has no meaning with folds, there are too
            few rows or groups, or a class is missing from a fold.
    """
    if not folds:
        return arguments, options, None
    arguments, options, y = join_parts(arguments, options)
    return arguments, options, assign_folds(y, folds, seed, groups)


def assign_folds(y: NDArray[Any], folds: int, seed: int, groups: Any = None) -> NDArray[np.int64]:
    """Returns the fold of each row, from 0 to `folds` - 1, shape (rows,).

    With groups, no group straddles a border. Folds have nearly equal shares of each class where the
    targets are classes (one column of whole numbers, or one-hot) of at least `folds` rows each;
    else nearly equal sizes.

    Args:
        y: Targets, shape (rows,), (rows, 1) or (rows, classes).
        folds: K, at least 2.
        seed: From 0 to 2**31 - 1; equal seeds give equal folds.
        groups: A number or name per row, equal for rows that belong together, shape (rows,); or
            None.

    Raises:
        UsageError: If there are too few rows or groups, or `groups` has another length, or a class
            is missing from a fold.

    Example:
        >>> assign_folds(np.array([0, 1, 0, 1]), 2, seed=0, groups=["a", "a", "b", "b"]).tolist()
        [1, 1, 0, 0]
    """
    units = np.arange(len(y)) if groups is None else numbered(groups, len(y))
    what = "rows" if groups is None else "different groups"
    if (count := len(np.unique(units))) < folds:
        raise UsageError(
            f"folds={folds} needs at least {folds} {what}. Received: {count}. Use fewer folds or "
            "more data."
        )
    classes = class_of_row(np.asarray(y), folds)
    result = np.empty(len(y), dtype=np.int64)
    for fold, (_, rows) in enumerate(
        split_rows(units, classes, folds, derive(seed, 0, "folds"), groups is not None)
    ):
        result[rows] = fold
    if classes is not None:
        _check_classes(result, classes, folds)
    return result


def numbered(groups: Any, rows: int) -> NDArray[np.int64]:
    """Returns the groups as numbers from 0, in the order of their first rows.

    Args:
        groups: A number or name per row.
        rows: How many rows there are.

    Raises:
        UsageError: If it is not one entry a row.
    """
    given = np.asarray(groups)
    if given.shape != (rows,):
        raise UsageError(
            "groups must have one entry for each row of train followed by validation, shape "
            f"({rows},). Received: shape {given.shape}. "
            "Join the groups of both parts in this order."
        )
    if given.dtype.hasobject:  # names of several kinds, or None, which have no order
        known: dict[Any, int] = {}
        return np.array([known.setdefault(name, len(known)) for name in given.tolist()], np.int64)
    _, first, numbers = np.unique(given, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers]  # by first appearance: names do not matter


def split_rows(
    units: NDArray[np.int64],
    classes: NDArray[np.int64] | None,
    folds: int,
    seed: int,
    grouped: bool,
) -> Any:
    """Yields the rows outside and inside each fold, as scikit-learn's splitters do.

    Args:
        units: The group of each row, from 0.
        classes: The class of each row, or None.
        folds: How many.
        seed: From 0 to 2**31 - 1.
        grouped: Whether groups are kept together; else each row is one of its own.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if grouped and classes is not None:
        # the order of shuffle=True, which takes groups for others before scikit-learn 1.8
        order = np.random.RandomState(seed).permutation(units.max() + 1)
        shuffled = np.argsort(order)[units]
        return StratifiedGroupKFold(folds).split(units, classes, shuffled)
    if grouped:
        # GroupKFold breaks ties by name and has no seed of its own
        names = np.random.default_rng(seed).permutation(units.max() + 1)
        return GroupKFold(folds).split(units, groups=names[units])
    if classes is not None:
        return StratifiedKFold(folds, shuffle=True, random_state=seed).split(units, classes)
    return KFold(folds, shuffle=True, random_state=seed).split(units)


def class_of_row(y: NDArray[Any], folds: int) -> NDArray[np.int64] | None:
    """Returns the class of each row, or None where the targets are none or a class has fewer rows
    than there are folds.
    """
    if y.ndim == 2 and y.shape[1] > 1:
        one_hot = bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
        column = y.argmax(axis=1) if one_hot else None
    else:
        column = (
            y.reshape(-1)
            if y.size == len(y) and np.issubdtype(y.dtype, np.number) | (y.dtype == bool)
            else None
        )
    if column is None or not np.array_equal(column, np.round(column)):
        return None
    names, classes, counts = np.unique(column, return_inverse=True, return_counts=True)
    return classes.astype(np.int64) if counts.min() >= folds else None


def _check_classes(fold_of_row: NDArray[np.int64], classes: NDArray[np.int64], folds: int) -> None:
    for fold in range(folds):
        missing = np.setdiff1d(classes, classes[fold_of_row == fold])
        if len(missing):
            raise UsageError(
                f"Fold {fold + 1} of {folds} has no row of class {int(missing[0])}: its rows stand "
                "in too few groups. Expected every "
                "class in every fold. Use fewer folds or another seed."
            )


def join_parts(
    arguments: Sequence[Any], options: Options
) -> tuple[Arguments, Options, NDArray[Any]]:
    """Appends the validation rows to the training rows.

    Args:
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`.

    Returns:
        The arguments and options with all rows and without `validation_data`, and the joined
        targets, the first where there are several.

    Raises:
        UsageError: If inputs and targets are no NumPy arrays, those of both parts do not fit
            together, or an option has no meaning with folds.
    """
    refused = [name for name in _REFUSED if _is_given(name, options.get(name))]
    x, y, validation = *inputs_and_targets(arguments, options), options.get("validation_data")
    parts = (
        [(x, y)]
        if validation is None
        else [(x, y), tuple(validation) if isinstance(validation, tuple | list) else (validation,)]
    )
    arrays = all(
        len(part) == 2 and all(kind_of(side) is InputKind.ARRAYS for side in part) for part in parts
    )
    if refused or not arrays:
        received = (
            ", ".join(refused)
            if refused
            else ", ".join(type(side).__name__ for part in parts for side in part)
        )
        raise UsageError(
            "Folds are cut from arrays. Expected x and y as arrays, or lists or dicts of arrays, "
            f"and validation_data=(x, y) or none, without {', '.join(_REFUSED)}. Received: "
            f"{received}. Give arrays, or search with folds=0."
        )
    if validation is None:
        x, y = (map_leaves(np.asarray, side) for side in (x, y))
    else:
        x, y = (joined(parts[0][side], parts[1][side], "xy"[side]) for side in (0, 1))
    rest = {name: value for name, value in options.items() if name != "validation_data"}
    targets = [leaf for _, leaf in leaves(y)]
    return *put_rows(arguments, rest, x, y), targets[0]


def _is_given(name: str, value: Any) -> bool:
    usual = isinstance(value, int | float) and value == _USUAL.get(name, 0)
    return value is not None and not usual


def inputs_and_targets(arguments: Sequence[Any], options: Options) -> tuple[Any, Any]:
    """Returns x and y of a call of `fit`, wherever they stand in it."""
    return (
        arguments[0] if arguments else options.get("x"),
        arguments[1] if len(arguments) > 1 else options.get("y"),
    )


def put_rows(
    arguments: Sequence[Any], options: Options, x: Any, y: Any
) -> tuple[Arguments, Options]:
    """Returns the call of `fit` with other inputs and targets, in the places where they stood."""
    options = {
        **options,
        **{name: value for name, value in (("x", x), ("y", y)) if name in options},
    }
    return (*(x, y)[: len(arguments)], *arguments[2:]), options


def select_fold(
    arguments: Sequence[Any], options: Options, fold_of_row: NDArray[np.int64], fold: int
) -> tuple[Arguments, Options]:
    """Returns the call of `fit` that trains without a fold and validates on it.

    Args:
        arguments: Positional arguments with all rows, as `join_parts` returns them.
        options: Keyword arguments, likewise.
        fold_of_row: Fold of each row, as `assign_folds` returns it.
        fold: The fold, from 0.
    """
    x, y = inputs_and_targets(arguments, options)
    inside = np.flatnonzero(fold_of_row == fold)
    outside = np.flatnonzero(fold_of_row != fold)
    arguments, options = put_rows(arguments, options, _rows(x, outside), _rows(y, outside))
    return arguments, {**options, "validation_data": (_rows(x, inside), _rows(y, inside))}


def _rows(value: Any, rows: NDArray[np.int64]) -> Any:
    return map_leaves(lambda leaf: np.asarray(leaf)[rows], value)
