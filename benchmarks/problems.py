"""What is searched: a problem has named dimensions, a loss to minimise and a known best value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras_tuner
import numpy as np

from tftune.space.search_space import Value


@dataclass(frozen=True)
class Dimension:
    """One hyper-parameter.

    Attributes:
        name: Its name.
        choices: Its values; empty for a real number.
        ordered: Whether the choices have an order.
        low: Least value of a real number.
        high: Greatest value of a real number.
        log: Whether the logarithm of a real number counts.
    """

    name: str
    choices: tuple[Value, ...] = ()
    ordered: bool = False
    low: float = 0.0
    high: float = 1.0
    log: bool = False


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
                scale = "log" if dimension.log else "linear"
                hp.Float(dimension.name, dimension.low, dimension.high, sampling=scale)
        return hp
