"""Tables of learning curves as problems for methods that train a configuration a little and go on
with the best.

A file holds `curves` (configurations x points x [validation, test] loss, infinite where training
diverged), `values` (configurations x knobs), `names` and `log`, which tells the knobs whose
logarithm counts. A search has a budget of points; continuing costs the points that are new.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras_tuner
import numpy as np

from benchmarks.problems import Dimension
from tftune.errors import UsageError

Array = np.ndarray
DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "curve-tables"


@dataclass(frozen=True)
class CurveProblem:
    """A table of curves.

    Attributes:
        name: Of the table.
        knobs: Names.
        low: Least value of each knob in the table.
        high: Greatest value.
        log: Whether the logarithm of a knob counts.
        values: Of all configurations, shape (n, knobs).
        losses: Validation losses, shape (n, points).
    """

    name: str
    knobs: tuple[str, ...]
    low: Array
    high: Array
    log: Array
    values: Array
    losses: Array

    @property
    def points(self) -> int:
        """Length of a curve."""
        return int(self.losses.shape[1])

    def places(self, values: Array) -> Array:
        """Returns places in the unit cube, shape (n, knobs)."""
        low, high, values = (
            np.where(self.log, np.log(np.where(self.log, each, 1.0)), each)
            for each in (self.low, self.high, values)
        )
        return np.asarray((values - low) / np.where(high > low, high - low, 1.0))

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The search space as other libraries are told it."""
        columns = zip(self.knobs, self.low, self.high, self.log, strict=True)
        return tuple(
            Dimension(name, low=float(low), high=float(high), log=bool(log))
            for name, low, high, log in columns
        )

    def hyperparameters(self) -> keras_tuner.HyperParameters:
        """Returns the search space as a Keras user would declare it."""
        hp = keras_tuner.HyperParameters()
        for name, low, high, log in zip(self.knobs, self.low, self.high, self.log, strict=True):
            hp.Float(name, float(low), float(high), sampling="log" if log else "linear")
        return hp


def load_curves(path: Path) -> CurveProblem:
    """Returns the problem of a table.

    Raises:
        UsageError: If the file does not exist or is no such table.
    """
    if not path.is_file():
        known = sorted(each.stem for each in path.parent.glob("*.npz"))
        raise UsageError(
            f"There is no table {path.name}. Expected one of {known} in {path.parent}. Pass "
            "--tables DIR."
        )
    with np.load(path, allow_pickle=False) as content:
        missing = sorted({"curves", "values", "names", "log"} - set(content.files))
        if missing:
            raise UsageError(
                f"{path.name} is no table of curves. Expected curves, values, names and log. "
                f"Received: no {', '.join(missing)}."
            )
        losses = np.asarray(content["curves"][:, :, 0], dtype=float)
        values = np.asarray(content["values"], dtype=float)
        names, log = tuple(map(str, content["names"])), np.asarray(content["log"], dtype=bool)
    losses = np.where(np.isfinite(losses), losses, math.inf)
    return CurveProblem(path.stem, names, values.min(0), values.max(0), log, values, losses)


class Spending:
    """One search on a table: gives the points that it pays for, and notes how good it gets.

    Args:
        problem: The table.
        budget: Points.

    Attributes:
        left: Points that are not spent.
        improvements: Pairs of the points spent and the regret from there on: (least loss seen -
            least of the table) / (median of the configurations' least - least of the table).
    """

    def __init__(self, problem: CurveProblem, budget: int) -> None:
        self.problem, self.budget, self.left = problem, budget, budget
        self._places = problem.places(problem.values)
        self._free = np.ones(len(self._places), dtype=bool)
        least = problem.losses.min(axis=1)
        self._best = float(least.min())
        self._scale = float(np.median(least)) - self._best
        self._seen = math.inf
        self.improvements: list[list[float]] = []

    @property
    def is_over(self) -> bool:
        """Whether the budget is spent or no configuration is left."""
        return self.left <= 0 or not self._free.any()

    def take(self, values: Mapping[str, float]) -> int:
        """Returns the row of the nearest configuration in the unit cube that was not tried yet."""
        place = self.problem.places(np.array([[values[name] for name in self.problem.knobs]]))
        distances = ((self._places - place) ** 2).sum(axis=1)
        row = int(np.argmin(np.where(self._free, distances, math.inf)))
        self._free[row] = False
        return row

    def values_of(self, row: int) -> dict[str, float]:
        """Returns the configuration of a row."""
        return dict(zip(self.problem.knobs, map(float, self.problem.values[row]), strict=True))

    def point(self, row: int, epoch: int) -> float | None:
        """Trains one epoch, counted from 1, and returns the loss; None if the budget is spent."""
        if self.left <= 0:
            return None
        self.left -= 1
        loss = float(self.problem.losses[row, epoch - 1])
        if loss < self._seen:
            self._seen = loss
            regret = float(f"{(loss - self._best) / self._scale:.6g}")
            self.improvements.append([self.budget - self.left, regret])
        return loss

    def train(self, row: int, first: int, last: int) -> float | None:
        """Trains from one epoch to another; returns the least loss, or None if there is none. A
        training that diverges, or that the budget ends, ends there.
        """
        least = math.inf
        for epoch in range(first + 1, min(last, self.problem.points) + 1):
            loss = self.point(row, epoch)
            if loss is None or not math.isfinite(loss):
                break
            least = min(least, loss)
        return least if math.isfinite(least) else None


def regret_after(improvements: list[list[float]], points: int) -> float:
    """Returns the regret when so many points are spent; infinite before the first loss.

    Example:
        >>> regret_after([[1, 0.5], [7, 0.25]], 6), regret_after([[1, 0.5], [7, 0.25]], 7)
        (0.5, 0.25)
    """
    reached = [regret for spent, regret in improvements if spent <= points]
    return min(reached, default=math.inf)
