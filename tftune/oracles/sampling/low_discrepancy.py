"""What the low-discrepancy methods share: from points of the unit cube, spread more evenly than
random ones, to trials.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.journal.status import TrialStatus
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values
from tftune.support.checks import check_count, check_flag
from tftune.support.signatures import parameters_of

BLOCK = 64  # points of a sequence that are computed at once; a power of two, as Sobol's wants
POINTS = 64  # size of a point set where there is no limit of trials


class LowDiscrepancyMethod(SearchMethod):
    """Proposes points that do not depend on results, so any number of workers gives the same
    trials.

    Every knob with more than one value has a column, in the order of declaration; a knob that is
    inactive ignores its own. The points come in blocks of `length`; a subclass writes `length` and
    `block`.

    Attributes:
        skips: How many points are looked through for an untried configuration; then the nearest of
            64 untried ones is taken.
    """

    skips = 1

    @property
    def title(self) -> str:
        """What the points are, for the plan."""
        raise NotImplementedError(f"{type(self).__name__} must define title.")

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

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the configuration at the next point, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        for index in range(self._next, self._next + self.skips):
            values = self.values_at(index)
            if values not in self.view.tried:
                self._next = index + 1
                return values
        instead = self.view.untried(self.values_at(self._next), trial_number)
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
        place = np.full(len(self.view.space.knobs), 0.5)
        place[self._columns] = self._kept[1][row]
        return self.view.space.from_unit(place)

    def plan(self) -> str:
        """Returns the size of the search and what the points are."""
        return f"{super().plan()}\n{self.title} in {len(self._columns)} dimensions"

    @property
    def _columns(self) -> list[int]:
        return [index for index, knob in enumerate(self.view.space.knobs) if knob.size != 1]


class SequenceMethod(LowDiscrepancyMethod):
    """Parent of the methods whose points are an infinite sequence: the number of trials need not be
    known.

    A point whose configuration was tried is passed over for the next one.

    Args:
        scramble: Whether the sequence is scrambled by the seed, which keeps its evenness. False
            gives the sequence of the textbook, whatever the seed.

    Raises:
        UsageError: If `scramble` is no bool.
    """

    skips = BLOCK

    def __init__(self, scramble: bool = True) -> None:
        check_flag("scramble", scramble)
        self.scramble = scramble

    @property
    def length(self) -> int:
        """Number of points that are computed at once."""
        return BLOCK


class PointSetMethod(LowDiscrepancyMethod):
    """Parent of the methods whose points are a set of known size; a point whose configuration was
    tried gives way to the nearest of 64.

    After `points` trials further sets follow, each as even in itself.

    Args:
        points: Size of a set, at least 1. Defaults to `max_trials` without the start
            configurations; with `max_trials=None` to 64. A search that is resumed keeps its number.

    Raises:
        UsageError: If `points` is below 1.
    """

    follows_max_trials = ("points",)
    most = 2**16  # points in a set by default, at most
    points: int

    def __init__(self, points: int | None = None) -> None:
        check_count("points", points, least=1, optional=True)
        self._points = points

    def begin(self, view: SearchView) -> None:
        """Settles the size of the set."""
        super().begin(view)
        given = len(view.start) + any(
            result["status"] == TrialStatus.COMPLETED for result in view.warm_start
        )
        left = POINTS if view.max_trials is None else max(1, view.max_trials - given)
        self.points = self._points or min(left, self.most)

    @property
    def length(self) -> int:
        """Number of points in the set."""
        return self.points


def scipy_engine(name: str, dimensions: int, generator: np.random.Generator, **options: Any) -> Any:
    """Returns an engine of `scipy.stats.qmc`; its random numbers are the argument `rng` in newer
    versions and `seed` in older ones.

    Args:
        name: Such as `"Sobol"`.
        dimensions: At least 1.
        generator: Its random numbers.
        **options: Further arguments of the engine.

    Example:
        >>> engine = scipy_engine("Sobol", 1, np.random.default_rng(0), scramble=False)
        >>> engine.random(4).ravel().tolist()
        [0.0, 0.5, 0.75, 0.25]
    """
    from scipy.stats import qmc

    kind = getattr(qmc, name)
    keyword = "rng" if "rng" in parameters_of(kind) else "seed"
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
