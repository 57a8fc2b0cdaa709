"""The folds of a nested evaluation: which rows a whole search is evaluated on, and how the others
are cut into train and validation for it.

Nested cross-validation: S. Varma and R. Simon, "Bias in error estimation when using
cross-validation for model selection", *BMC Bioinformatics* 7:91 (2006); G. C. Cawley and N. L. C.
Talbot, "On over-fitting in model selection and subsequent selection bias in performance
evaluation", *JMLR* 11 (2010). Each row stands in one outer fold at the most, and nothing that is
chosen for a fold has seen a row of it.

Example:
    >>> y = np.array([0, 1] * 6)
    >>> first, second = outer_folds(y, 2, seed=0, validation_share=1 / 3)
    >>> [len(part) for part in (first.train, first.validation, first.test)]
    [4, 2, 6]
    >>> sorted([*first.test.tolist(), *second.test.tolist()]) == list(range(12))
    True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import derive
from tftune.training.folds import assign_folds, numbered
from tftune.training.fresh_cut import validation_rows

_AROUND = "nested folds"  # purposes of seeds
_INSIDE = "nested validation"


@dataclass(frozen=True)
class OuterFold:
    """The rows of one fold, each part in ascending order.

    Attributes:
        number: From 1.
        train: Rows that the fold's search trains on.
        validation: Rows by which it chooses.
        test: Rows of the fold, on which its winner is evaluated once.
    """

    number: int
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def outer_folds(
    y: NDArray[Any],
    folds: int,
    seed: int,
    groups: Any = None,
    validation_share: float = 0.2,
    largest_share: float | None = None,
) -> list[OuterFold]:
    """Returns the folds; classes keep their shares in all parts, and groups stay whole.

    Args:
        y: Targets of train and validation, shape (rows,), (rows, 1) or (rows, classes).
        folds: K, at least 2.
        seed: From 0 to 2**31 - 1; equal seeds give equal folds.
        groups: An entry per row, equal for rows that belong together, or None.
        validation_share: Of the rows outside a fold, those that validate; between 0 and 1.
        largest_share: A group with more than this share of a fold, or of a validation part, is held
            out by none and always trains, so that no score hangs on one family; None holds out any.

    Raises:
        UsageError: If there are fewer rows or groups than folds, a class is missing from a fold, or
            nothing is left to train on or to choose by.
    """
    check_count("folds of a nested evaluation", folds, least=2)
    check_number("validation_share", validation_share, 0, 1, above=True, below=True, example=0.2)
    if largest_share is not None:
        check_number("largest_share", largest_share, 0, 1, above=True, example=0.2)
    rows = len(y)
    units = np.arange(rows) if groups is None else numbered(groups, rows)
    free = np.flatnonzero(_small(units, rows / folds, largest_share))
    _check_enough(units, free, folds, groups is not None)
    given = None if groups is None else units[free]
    fold_of_free = assign_folds(y[free], folds, derive(seed, 0, _AROUND), given)
    found = []
    for fold in range(folds):
        test = free[fold_of_free == fold]
        inside = np.setdiff1d(np.arange(rows), test)
        if len(np.unique(units[inside])) < 2:
            what = "rows" if groups is None else "different groups"
            raise UsageError(
                f"Outside fold {fold + 1} of {folds} there must be at least 2 {what} of train and "
                "validation, to train on and to choose by. Received: 1. Use more folds or more "
                "data."
            )
        validation = _validation(y, inside, units, seed, fold, validation_share, largest_share)
        train = np.setdiff1d(inside, validation)
        found.append(OuterFold(fold + 1, train, validation, test))
    return found


def _small(units: NDArray[np.int64], part: float, largest_share: float | None) -> NDArray[np.bool_]:
    """Returns which rows stand in groups that a part of so many rows may hold."""
    sizes = np.bincount(units)
    if largest_share is None:
        return np.ones(len(units), dtype=bool)
    return np.asarray(sizes <= max(largest_share * part, int(sizes[sizes > 0].min())))[units]


def _check_enough(
    units: NDArray[np.int64], free: NDArray[np.int64], folds: int, grouped: bool
) -> None:
    count = len(np.unique(units[free]))
    if count < folds or len(np.unique(units)) < 3:
        what = "different groups of train and validation" if grouped else "rows"
        raise UsageError(
            f"A nested evaluation of {folds} folds needs at least {max(folds, 3)} {what}, one in "
            f"each fold and others to train on and to choose by. Received: {count}. Use fewer "
            "folds or more data."
        )


def _validation(
    y: NDArray[Any],
    inside: NDArray[np.int64],
    units: NDArray[np.int64],
    seed: int,
    fold: int,
    share: float,
    largest_share: float | None,
) -> NDArray[np.int64]:
    """Returns which of the rows outside a fold validate."""
    count = min(max(round(share * len(inside)), 1), len(inside) - 1)
    alone = len(np.unique(units)) == len(units)
    small = _small(units[inside], count, largest_share)
    if not alone and len(np.unique(units[inside][small])) < 2:
        small = np.ones(len(inside), dtype=bool)
    free = inside[small]
    groups = None if alone else units[free]
    count = min(count, len(free) - 1)
    return free[validation_rows(y[free], count, derive(seed, fold, _INSIDE), groups)]
