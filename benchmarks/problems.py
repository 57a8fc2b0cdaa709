"""What is searched: a problem has named dimensions, a loss to minimise and a known best value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras_tuner
import numpy as np

from benchmarks import bbob
from benchmarks.functions import BRANIN_BOUNDS, BRANIN_MINIMUM, HARTMANN_MINIMUM, branin, hartmann_6
from tftune.errors import UsageError
from tftune.space.search_space import Value

BBOB_DIMENSION = 5
FUNCTION_NAMES = ("branin", "hartmann-6")
BBOB_NAMES = tuple(f"bbob-{number:02d}" for number in bbob.FUNCTIONS)


@dataclass(frozen=True)
class Dimension:
    """One hyper-parameter.

    Attributes:
        name: Its name.
        choices: Its values; empty for a real number.
        ordered: Whether the choices have an order.
        low: Least value of a real number.
        high: Greatest value of a real number.
    """

    name: str
    choices: tuple[Value, ...] = ()
    ordered: bool = False
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Problem:
    """A function to minimise whose minimum is known.

    Attributes:
        name: Such as `branin`.
        dimensions: Of the search space.
        loss: Of a configuration, by name.
        best: The least loss.
        scale: Regret is (loss - best) / scale: 1, or of a table median - best.
        table: All losses of a table, any shape; None for a function.
        points: Losses of points, shape (n, D), where the dimensions are real numbers; None for a
            table.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    loss: Callable[[Mapping[str, Value]], float]
    best: float
    scale: float = 1.0
    table: np.ndarray | None = None
    points: Callable[[np.ndarray], np.ndarray] | None = None

    def regret(self, loss: float) -> float:
        """Returns the distance to the best loss in units of `scale`; not below 0."""
        return max(0.0, (loss - self.best) / self.scale)

    def hyperparameters(self) -> keras_tuner.HyperParameters:
        """Returns the search space as a Keras user would declare it."""
        hp = keras_tuner.HyperParameters()
        for dimension in self.dimensions:
            if dimension.choices:
                hp.Choice(dimension.name, list(dimension.choices), ordered=dimension.ordered)
            else:
                hp.Float(dimension.name, dimension.low, dimension.high)
        return hp


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


def make_problem(name: str, seed: int, tables: Path | str) -> Problem:
    """Returns a function, or the table of that name in a folder.

    Raises:
        UsageError: If there is neither.
    """
    if name in FUNCTION_NAMES or name in BBOB_NAMES:
        return function_problem(name, seed)
    from benchmarks.tables import load_table

    return load_table(Path(tables) / f"{name}.npz")


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
