"""Exhaustive tables of real hyper-parameter searches: every configuration was trained, so the best
one is known.

A file holds `loss` (one axis a hyper-parameter, lower is better), `names`, `kinds` (`ordinal` or
`categorical`) and `choices` (JSON: the values along each axis).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.problems import Dimension, Problem
from tftune.errors import UsageError
from tftune.space.search_space import Value

DEFAULT_FOLDER = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "hpo-tables"
)  # beside the checkout


def table_names(folder: Path) -> list[str]:
    """Returns the names of the tables in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.npz"))


def load_table(path: Path) -> Problem:
    """Returns the problem of a table.

    Raises:
        UsageError: If the file does not exist or is no such table.
    """
    if not path.is_file():
        raise UsageError(
            f"There is no table {path.name}. Expected one of {table_names(path.parent)} in "
            f"{path.parent}. Pass --tables DIR."
        )
    with np.load(path, allow_pickle=False) as content:
        loss = np.asarray(content["loss"], dtype=float)
        names, kinds = (
            [str(name) for name in content["names"]],
            [str(kind) for kind in content["kinds"]],
        )
        choices = json.loads(str(content["choices"]))
    if tuple(map(len, choices)) != loss.shape or len(names) != loss.ndim or len(kinds) != loss.ndim:
        raise UsageError(
            f"{path.name} contradicts itself. Expected one axis a hyper-parameter. Received: "
            f"losses of shape {loss.shape}."
        )
    dimensions = tuple(map(_dimension, names, kinds, choices))
    return table_problem(path.stem, dimensions, loss)


def table_problem(name: str, dimensions: tuple[Dimension, ...], loss: np.ndarray) -> Problem:
    """Returns the problem of looking losses up; regret is (loss - best) / (median - best).

    Args:
        name: Of the table.
        dimensions: With choices, one an axis.
        loss: Finite, any number of axes.
    """
    positions = [
        {choice: index for index, choice in enumerate(dimension.choices)}
        for dimension in dimensions
    ]

    def look_up(values: Mapping[str, Value]) -> float:
        return float(
            loss[
                tuple(
                    positions[axis][values[dimension.name]]
                    for axis, dimension in enumerate(dimensions)
                )
            ]
        )

    best = float(loss.min())
    return Problem(name, dimensions, look_up, best, scale=float(np.median(loss)) - best, table=loss)


def _dimension(name: str, kind: str, choices: list[Any]) -> Dimension:
    if any(isinstance(choice, float) for choice in choices):
        choices = [float(choice) for choice in choices]  # KerasTuner wants one type
    numeric = all(isinstance(choice, int | float) for choice in choices)
    return Dimension(
        name, tuple(choices), ordered=kind == "ordinal" and numeric
    )  # KerasTuner orders numbers only
