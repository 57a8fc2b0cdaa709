"""The rows of a search as its finishing needs them: which are trained on, which judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.search.finish.judging import units_of
from tftune.training.fresh_cut import REASON, can_be_cut, count_of_train, whole_of
from tftune.training.inputs.leaves import first_leaf, leaves

FEWEST = 8  # rows that validate: fewer judge nothing


@dataclass(frozen=True)
class SearchRows:
    """Rows of train followed by validation.

    Attributes:
        train: Numbers of those that are trained on.
        held: Numbers of those that validate: with folds, the first fold, whose rows the kept model
            of a trial has not seen.
        units: A number for each of these, equal where rows belong together.
        why_not: Why there are none, or "".
    """

    train: NDArray[np.int64]
    held: NDArray[np.int64]
    units: NDArray[np.int64]
    why_not: str = ""

    @property
    def more_rows(self) -> float:
        """How many times the training rows all rows are."""
        return (len(self.train) + len(self.held)) / max(len(self.train), 1)


def rows_of_search(
    arguments: Sequence[Any], options: dict[str, Any], fold_of_row: Any = None, groups: Any = None
) -> SearchRows:
    """Returns the rows of a call of `fit`.

    Args:
        arguments: Positional arguments; with folds all rows, joined.
        options: Keyword arguments.
        fold_of_row: Fold of each row, or None without folds.
        groups: An entry per row of train followed by validation, or None.

    Example:
        >>> x = np.arange(20.0).reshape(-1, 1)
        >>> found = rows_of_search((x[:12], x[:12]), {"validation_data": (x[12:], x[12:])})
        >>> found.held.tolist(), round(found.more_rows, 2)
        ([12, 13, 14, 15, 16, 17, 18, 19], 1.67)
    """
    if fold_of_row is None and not can_be_cut(arguments, options):
        return _none(f"the rows that validate cannot be told apart here. {REASON}")
    x, y, _ = whole_of(arguments, options)
    total = len(first_leaf(y))
    if fold_of_row is None:
        held = np.arange(count_of_train(arguments, options), total)
    else:
        held = np.flatnonzero(np.asarray(fold_of_row) == 0)
    if len(held) < FEWEST:
        return _none(f"only {len(held)} rows validate, and fewer than {FEWEST} judge nothing")
    inputs = [np.asarray(leaf)[held] for _, leaf in leaves(x)]
    of_held = None if groups is None else np.asarray(groups)[held]
    units = units_of(of_held, inputs, len(held))
    return SearchRows(np.setdiff1d(np.arange(total), held), held, units)


def _none(why: str) -> SearchRows:
    nothing = np.zeros(0, np.int64)
    return SearchRows(nothing, nothing, nothing, why)
