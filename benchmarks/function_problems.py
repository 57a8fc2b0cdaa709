"""Functions as problems: Branin, Hartmann-6 and the 24 of BBOB."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks import bbob
from benchmarks.functions import BRANIN_BOUNDS, BRANIN_MINIMUM, HARTMANN_MINIMUM, branin, hartmann_6
from benchmarks.problems import Dimension, Problem
from tftune.errors import UsageError
from tftune.space.search_space import Value

BBOB_DIMENSION = 5
FUNCTION_NAMES = ("branin", "hartmann-6")
BBOB_NAMES = tuple(f"bbob-{number:02d}" for number in bbob.FUNCTIONS)


def function_problem(name: str, seed: int = 0) -> Problem:
    """Returns Branin, Hartmann-6 or a BBOB function.

    Args:
        name: `branin`, `hartmann-6` or `bbob-01` to `bbob-24`.
        seed: Draws the instance of a BBOB function.

    Raises:
        UsageError: If the name is unknown.
    """
    if name == "branin":
        return _real_problem(name, branin, BRANIN_BOUNDS, BRANIN_MINIMUM)
    if name == "hartmann-6":
        return _real_problem(name, hartmann_6, ((0.0, 1.0),) * 6, HARTMANN_MINIMUM)
    if name not in BBOB_NAMES:
        raise UsageError(
            f"There is no such function. Expected {', '.join(FUNCTION_NAMES)} or bbob-01 to "
            f"bbob-24. Received: {name!r}."
        )
    function = bbob.make(int(name.removeprefix("bbob-")), BBOB_DIMENSION, seed)
    return _real_problem(name, function.value, ((-bbob.BOUND, bbob.BOUND),) * BBOB_DIMENSION, 0.0)


def _real_problem(
    name: str,
    points: Callable[[np.ndarray], np.ndarray],
    bounds: tuple[tuple[float, float], ...],
    best: float,
) -> Problem:
    dimensions = tuple(
        Dimension(f"x{number}", low=low, high=high)
        for number, (low, high) in enumerate(bounds, start=1)
    )

    def loss(values: Mapping[str, Value]) -> float:
        return float(
            points(np.array([[float(values[dimension.name]) for dimension in dimensions]]))[0]
        )

    return Problem(name, dimensions, loss, best, points=points)
