"""Means of regrets with their standard errors, and how they are written."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.markdown import number

# (method, problem) -> seed -> result
Runs = Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]]
Estimate = tuple[float, float]  # mean and its standard error


def group(results: Iterable[Mapping[str, Any]]) -> Runs:
    """Sorts results by method, problem and seed."""
    runs: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for result in results:
        runs[result["method"], result["problem"]][result["seed"]] = result
    return runs


def regret_at(result: Mapping[str, Any], trials: int) -> float:
    """Returns the least regret of the first so many trials.

    Example:
        >>> regret_at({"curve": [[1, 0.5], [3, 0.25]]}, 2)
        0.5
    """
    return float([regret for trial, regret in result["curve"] if trial <= trials][-1])


def estimate(values: Sequence[float]) -> Estimate:
    """Returns the mean and its standard error; that of one value is NaN.

    Example:
        >>> estimate([1.0, 3.0])
        (2.0, 1.0)
    """
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(np.mean(values)), error


def together(estimates: Sequence[Estimate]) -> Estimate:
    """Returns the mean of independent means, with its standard error."""
    return float(np.mean([mean for mean, _ in estimates])), math.sqrt(
        sum(error**2 for _, error in estimates)
    ) / len(estimates)


def ratio(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    """Returns the ratio of two independent means, with its standard error; None if one is missing
    or the other is 0.

    Example:
        >>> ratio((1.0, 0.3), (2.0, 0.8))
        (0.5, 0.25)
    """
    if one is None or other is None or other[0] == 0:
        return None
    found = one[0] / other[0]
    return found, math.hypot(one[1], found * other[1]) / other[0]


def best_of(estimates: Mapping[str, Estimate | None]) -> str | None:
    """Returns the name of the least mean; None if there is none.

    Example:
        >>> best_of({"a": (0.5, 0.1), "b": None, "c": (0.25, 0.1)})
        'c'
    """
    known = {name: each[0] for name, each in estimates.items() if each is not None}
    return min(known, key=lambda name: known[name]) if known else None


def cell(found: Estimate | None, digits: int = 3) -> str:
    """Returns a mean ± its standard error; "-" for None."""
    if found is None:
        return "-"
    mean, error = found
    return (
        f"{number(mean, digits)} ± {number(error, 2)}"
        if error > 1e-12 * abs(mean)
        else number(mean, digits)
    )
