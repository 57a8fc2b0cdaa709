"""Exact random search, computed and not sampled."""

from __future__ import annotations

import numpy as np

from benchmarks.expectation import expected_best
from benchmarks.problems import Problem
from tftune.support.seeding import generator

EXACT_RANDOM = "exact-random"
_SAMPLE = 2**15  # points of a function; the best of 100 draws then rests on the 330 best of them
LEAST_REGRET = 1e-8  # below, a regret counts as this: the final target of BBOB


def exact_random(problem: Problem, seed: int, trials: int) -> list[float]:
    """Returns the expected regret of the best of 1, 2, .. trials random draws.

    Of a table the expectation is exact, without replacement. Of a function it rests on a sample of
    32,768 points; of a BBOB function it is the geometric mean, as that benchmark is reported in.
    """
    if problem.table is not None:
        return (
            (expected_best(problem.table, min(trials, problem.table.size)) - problem.best)
            / problem.scale
        ).tolist()
    low, high = (
        np.array([getattr(dimension, side) for dimension in problem.dimensions])
        for side in ("low", "high")
    )
    unit = generator(seed, 0, f"sample of {problem.name}").random((_SAMPLE, len(low)))
    regrets = (
        np.concatenate(
            [problem.points(part) for part in np.array_split(low + unit * (high - low), 16)]
        )
        - problem.best
    )  # type: ignore[misc]
    if problem.name.startswith("bbob"):
        return np.exp(
            expected_best(np.log(np.maximum(regrets, LEAST_REGRET)), trials, replacement=True)
        ).tolist()
    return expected_best(regrets, trials, replacement=True).tolist()
