"""Learning curves that a search has really seen: the validation AUC of 108 peptide networks after
each of 20 epochs, the first rows of `data/peptide_curves.csv.gz` in the project's repository, where
`data/peptide_curves.md` tells how they came about.

Example:
    >>> curves = real_curves()
    >>> len(curves), curves[0][:3]
    (108, [0.5557, 0.6616, 0.708])
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources

EPOCHS = 20
WHAT = "validation AUC"


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[float, ...], ...]:
    text = resources.files(__package__).joinpath("peptide_curves.csv").read_text("utf-8")
    return tuple(
        tuple(float(row[f"epoch_{epoch}"]) for epoch in range(1, EPOCHS + 1))
        for row in csv.DictReader(text.splitlines())
    )


def real_curves() -> list[list[float]]:
    """Returns the curves, each a configuration drawn at random and trained for 20 epochs."""
    return [list(row) for row in _rows()]
