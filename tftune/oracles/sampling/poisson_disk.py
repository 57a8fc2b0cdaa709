"""Poisson-disk sampling (Bridson 2007): random points that keep a distance from each other."""

from __future__ import annotations

import math

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.sampling.low_discrepancy import PointSetMethod
from tftune.support.seeding import generator

CANDIDATES = 30  # k of the paper
SHRINK = 0.95


class PoissonDiskMethod(PointSetMethod):
    """Tries N points of the unit cube of which no two are nearer than r; r is the largest of a
    falling series that admits N points.

    Bridson's algorithm: from an active point, k = 30 candidates are drawn at a distance between r
    and 2 r; the first that is at least r from all points is taken and becomes active, and where
    none is, the active point is retired. It may end before N points are found. Then r is lowered by
    5 % and all begins anew, from a radius at which N balls cannot be packed; so exactly N points
    are tried.

    Three things differ from the paper, because knobs are many and trials few: a candidate is
    compared with all points instead of with a grid, whose memory grows exponentially with the
    number of knobs; opposite walls of the cube are joined, where points that keep far apart would
    else crowd at the walls and leave the middle empty; and the points are visited in a random
    order, since they grow from one place. After N trials comes another set.

    References:
        R. Bridson: Fast Poisson disk sampling in arbitrary dimensions. ACM SIGGRAPH 2007 sketches,
        article 22.

    Args:
        points: N, at least 1. Defaults to `max_trials` without the start configurations, but at
            most 256, for the time grows with the square; with `max_trials=None` to 64. A search
            that is resumed keeps its number.

    Raises:
        UsageError: If `points` is below 1.

    Example:
        >>> points, radius = poisson_disk(20, 2, np.random.default_rng(0))
        >>> distances = [math.dist(a, b) for index, a in enumerate(points) for b in points[:index]]
        >>> len(points), min(distances) >= radius > 0.15
        (20, True)
    """

    most = 256

    @property
    def title(self) -> str:
        """What the points are."""
        return f"Poisson-disk set of {self.points} points"

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns set `number`."""
        draws = generator(self.view.seed, number, "poisson disk")
        points, _ = poisson_disk(self.points, dimensions, draws)
        return draws.permutation(points)


def poisson_disk(
    count: int, dimensions: int, draws: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Returns points of the unit cube, shape (count, dimensions), and the distance r that they
    keep, opposite walls joined.
    """
    radius = _packing_bound(count, dimensions)
    while True:
        points = _bridson(count, dimensions, radius, draws)
        if len(points) == count:
            return points, radius
        radius *= SHRINK


def _packing_bound(count: int, dimensions: int) -> float:
    """Returns a distance that `count` points cannot keep, for balls of half of it have more volume
    than the cube.
    """
    ball = math.exp(
        dimensions / 2 * math.log(math.pi) - math.lgamma(dimensions / 2 + 1)
    )  # of radius 1
    return min(2.0 / math.pow(count * ball, 1 / dimensions), math.sqrt(dimensions) / 2)


def _bridson(count: int, dimensions: int, radius: float, draws: np.random.Generator) -> np.ndarray:
    """Returns at most `count` points, fewer where no more are found."""
    points = np.empty((count, dimensions))
    points[0], found, active = draws.random(dimensions), 1, [0]
    while active and found < count:
        place = int(draws.integers(len(active)))
        candidates = _around(points[active[place]], radius, draws)
        apart = np.abs(candidates[:, None, :] - points[None, :found, :])
        squares = (
            (np.minimum(apart, 1.0 - apart) ** 2).sum(axis=2).min(axis=1)
        )  # opposite walls are joined
        far = np.flatnonzero(squares >= radius**2)
        if len(far):
            points[found] = candidates[far[0]]
            active.append(found)
            found += 1
        else:
            active.pop(place)
    return points[:found]


def _around(centre: np.ndarray, radius: float, draws: np.random.Generator) -> np.ndarray:
    """Returns candidates at a distance between r and 2 r, those beyond a wall enter by the opposite
    one.
    """
    directions = draws.standard_normal((CANDIDATES, len(centre)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    drawn = centre + directions * radius * (1.0 + draws.random((CANDIDATES, 1)))
    return drawn % 1.0


class PoissonDiskOracle(BoundOracle[PoissonDiskMethod]):
    """Poisson-disk sampling as an oracle."""
