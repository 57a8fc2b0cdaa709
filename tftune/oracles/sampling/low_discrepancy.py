"""What the low-discrepancy methods share: from points of the unit cube, spread more evenly than
random ones, to trials.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.space.search_space import Values
from tftune.support.checks import check_count

BLOCK = 64  # points of a sequence that are computed at once; a power of two, as Sobol's wants
POINTS = 64  # size of a point set where there is no limit of trials


class LowDiscrepancyOracle(AbstractOracle):
    """Proposes points that do not depend on results, so any number of workers gives the same
    trials.

    Every knob with more than one value has a column, in the order of declaration; a knob that is
    inactive ignores its own. The points come in blocks of `length`; a subclass writes `length` and
    `block`.

    Attributes:
        skips: How many points are looked through for an untried configuration; then the nearest of
            64 untried ones is taken.
        title: What the points are, for the plan.
    """

    skips = 1
    title = "points"

    @property
    def length(self) -> int:
        """Number of points in a block."""
        raise NotImplementedError(f"{type(self).__name__} must define length.")

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns a block of points in [0, 1), shape (length, dimensions); a function of the seed
        and of the arguments.

        Args:
            number: 0 for the first block.
            dimensions: At least 1.
        """
        raise NotImplementedError(f"{type(self).__name__} must define block(number, dimensions).")

    def reset(self) -> None:
        """Goes back to the first point."""
        self._next = 0
        self._kept: tuple[int, np.ndarray] | None = None

    def space_changed(self) -> None:
        """Begins anew in more dimensions; what was tried is passed over."""
        self.reset()

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the configuration at the next point, or EXHAUSTED."""
        if self.tried.exhausted:
            return Signal.EXHAUSTED
        for index in range(self._next, self._next + self.skips):
            values = self.values_at(index)
            if values not in self.tried:
                self._next = index + 1
                return values
        instead = self.untried(self.values_at(self._next), trial_number)
        if instead is None:
            return Signal.EXHAUSTED
        self._next += self.skips
        return instead

    def values_at(self, index: int) -> Values:
        """Returns the configuration at a point, counted from 0 over all blocks."""
        number, row = divmod(index, self.length)
        if self._kept is None or self._kept[0] != number:
            dimensions = len(self._columns)
            self._kept = (
                number,
                self.block(number, dimensions) if dimensions else np.empty((self.length, 0)),
            )
        place = np.full(len(self.space.knobs), 0.5)
        place[self._columns] = self._kept[1][row]
        return self.space.from_unit(place)

    def plan(self) -> str:
        """Returns the size of the search and what the points are."""
        return f"{super().plan()}\n{self.title} in {len(self._columns)} dimensions"

    @property
    def _columns(self) -> list[int]:
        return [index for index, knob in enumerate(self.space.knobs) if knob.size != 1]


class SequenceOracle(LowDiscrepancyOracle):
    """Parent of the methods whose points are an infinite sequence: the number of trials need not be
    known.

    A point whose configuration was tried is passed over for the next one.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`; it scrambles.
        scramble: Whether the sequence is scrambled by the seed, which keeps its evenness. False
            gives the sequence of the textbook, whatever the seed.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If `scramble` is no bool.
    """

    skips = BLOCK

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        scramble: bool = True,
        **options: Any,
    ) -> None:
        self.scramble = check_flag("scramble", scramble)
        super().__init__(objective, max_trials, hyperparameters, seed, **options)

    @property
    def length(self) -> int:
        """Number of points that are computed at once."""
        return BLOCK

    def options(self) -> dict[str, Any]:
        """Returns whether the sequence is scrambled."""
        return {"scramble": self.scramble}


class PointSetOracle(LowDiscrepancyOracle):
    """Parent of the methods whose points are a set of known size; a point whose configuration was
    tried gives way to the nearest of 64.

    After `points` trials further sets follow, each as even in itself.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        points: Size of a set, at least 1. Defaults to `max_trials` without the start
            configurations; with `max_trials=None` to 64. A search that is resumed with another
            `max_trials` needs the number that it began with, or it is refused.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If `points` is below 1.
    """

    most = 2**16  # points in a set by default, at most

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        points: int | None = None,
        **options: Any,
    ) -> None:
        check_count("points", points, least=1, optional=True)
        super().__init__(objective, max_trials, hyperparameters, seed, **options)
        given = len(self.start) + any(result["status"] == "completed" for result in self.warm_start)
        self.points = points or min(
            POINTS if max_trials is None else max(1, max_trials - given), self.most
        )

    @property
    def length(self) -> int:
        """Number of points in the set."""
        return self.points

    def options(self) -> dict[str, Any]:
        """Returns the size of the set."""
        return {"points": self.points}


def scipy_engine(name: str, dimensions: int, generator: np.random.Generator, **options: Any) -> Any:
    """Returns an engine of `scipy.stats.qmc`; its random numbers are the argument `rng` in newer
    versions and `seed` in older ones.

    Args:
        name: Such as `"Sobol"`.
        dimensions: At least 1.
        generator: Its random numbers.
        **options: Further arguments of the engine.

    Example:
        >>> scipy_engine("Sobol", 1, np.random.default_rng(0), scramble=False).random(4).ravel().tolist()
        [0.0, 0.5, 0.75, 0.25]
    """
    from scipy.stats import qmc

    kind = getattr(qmc, name)
    keyword = "rng" if "rng" in inspect.signature(kind).parameters else "seed"
    return kind(dimensions, **{keyword: generator}, **options)


def halton_points(
    start: int, count: int, dimensions: int, generator: np.random.Generator | None
) -> np.ndarray:
    """Returns points number `start`, `start + 1`, ... of Halton's sequence, shape (count,
    dimensions); point 0 is the origin.

    Args:
        start: The first point's number.
        count: How many points.
        dimensions: At least 1; dimension j has the j-th prime as its base.
        generator: Scrambles the digits (Owen 2017, arXiv:1706.02808); None for the plain sequence.

    Example:
        >>> halton_points(1, 3, 2, None).round(3).tolist()
        [[0.5, 0.333], [0.25, 0.667], [0.75, 0.111]]
    """
    engine = scipy_engine(
        "Halton", dimensions, generator or np.random.default_rng(0), scramble=generator is not None
    )
    return np.asarray(engine.fast_forward(start).random(count))


def check_flag(name: str, value: object) -> bool:
    """Returns a bool as it is.

    Raises:
        UsageError: If it is none.
    """
    if not isinstance(value, bool):
        raise UsageError(
            f"{name} must be True or False. Received: {value!r}. Pass for example {name}=True."
        )
    return value
