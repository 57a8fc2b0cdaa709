"""Selection, crossover and mutation of a genetic algorithm, as the textbooks list them, on points
of the unit cube.

A. E. Eiben, J. E. Smith: Introduction to Evolutionary Computing, 2nd edition, Springer 2015,
chapters 4 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tftune.oracles.core.encoding import is_unordered
from tftune.space.search_space import SearchSpace

Array = np.ndarray

SPREAD = 0.2  # standard deviation of a Gaussian mutation, as a share of the knob's range
_BLEND = 0.5  # alpha of BLX-alpha
_SBX_INDEX = (
    2.0  # eta of simulated binary crossover: the larger, the nearer are children to their parents
)


@dataclass(frozen=True)
class Genome:
    """What the operators have to know of a search space: one gene a knob, its place in the unit
    interval.

    Attributes:
        tuned: Whether the knob has more than one value, shape (n_knobs,).
        unordered: Whether it is a choice without order or a boolean, so that no value lies between
            two others, shape (n_knobs,).
        sizes: Number of values; infinity for a knob that covers an interval, shape (n_knobs,).
    """

    tuned: Array
    unordered: Array
    sizes: Array

    @classmethod
    def of(cls, space: SearchSpace) -> Genome:
        """Returns the genome of a space."""
        tuned = np.array([knob.size != 1 for knob in space.knobs], dtype=bool)
        unordered = np.array([is_unordered(knob) for knob in space.knobs], dtype=bool)
        sizes = np.array([knob.size or math.inf for knob in space.knobs], dtype=float)
        return cls(tuned, unordered, sizes)


# Selection: losses of the population -> the number of one parent.


def tournament(losses: Array, generator: np.random.Generator, size: int) -> int:
    """Returns the best of `size` members that are drawn evenly, with replacement.

    Example:
        >>> tournament(np.array([3.0, 1.0, 2.0]), np.random.default_rng(0), size=50)
        1
    """
    drawn = (generator.random(size) * len(losses)).astype(int)
    return int(drawn[np.argmin(losses[drawn])])


def roulette(losses: Array, generator: np.random.Generator, size: int = 0) -> int:
    """Returns a member with probability proportional to worst loss - its loss; evenly if all are
    equal. `size` is not used.

    Example:
        >>> losses, seeds = np.array([4.0, 0.0, 3.0]), range(400)
        >>> drawn = [roulette(losses, np.random.default_rng(seed)) for seed in seeds]
        >>> drawn.count(0), round(drawn.count(1) / 400, 1)
        (0, 0.8)
    """
    return _wheel(losses.max() - losses, generator)


def rank(losses: Array, generator: np.random.Generator, size: int = 0) -> int:
    """Returns a member with probability proportional to n, n - 1, ..., 1 from best to worst. `size`
    is not used.

    Linear ranking with the selective pressure 2 n / (n + 1): J. E. Baker, "Adaptive Selection
    Methods for Genetic Algorithms", 1985. Unlike `roulette` it does not depend on the scale of the
    losses. Equal losses share their ranks.

    Example:
        >>> drawn = [rank(np.array([9.0, 0.0]), np.random.default_rng(seed)) for seed in range(600)]
        >>> round(drawn.count(1) / 600, 1)  # 2 / 3
        0.7
    """
    return _wheel(len(losses) + 1 - rankdata(losses), generator)


def _wheel(weights: Array, generator: np.random.Generator) -> int:
    total = float(weights.sum())
    if not 0.0 < total < math.inf:
        return int(generator.random() * len(weights))
    return min(
        int(np.searchsorted(np.cumsum(weights), generator.random() * total, side="right")),
        len(weights) - 1,
    )


# Crossover: two parents -> one child.


def uniform(first: Array, second: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Takes every gene from one parent or the other, by a fair coin (Syswerda 1989)."""
    return np.where(generator.random(len(first)) < 0.5, first, second)


def one_point(first: Array, second: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Takes the genes before a random point from the first parent, the others from the second
    (Holland 1975).
    """
    point = 1 + int(generator.random() * (len(first) - 1))
    return np.concatenate([first[:point], second[point:]])


def blend(first: Array, second: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Draws ordered genes evenly from the parents' interval, widened by half its length on both
    sides; the others as `uniform`.

    BLX-0.5: L. J. Eshelman, J. D. Schaffer, "Real-Coded Genetic Algorithms and Interval-Schemata",
    FOGA 1993.
    """
    share = generator.random(len(first)) * (1.0 + 2.0 * _BLEND) - _BLEND
    between = np.clip(first + share * (second - first), 0.0, 1.0)
    return np.where(genome.unordered, uniform(first, second, genome, generator), between)


def simulated_binary(
    first: Array, second: Array, genome: Genome, generator: np.random.Generator
) -> Array:
    """Draws ordered genes near one parent or the other, as one-point crossover of bit strings would
    spread them; the others as `uniform`.

    SBX with eta = 2: K. Deb, R. B. Agrawal, "Simulated Binary Crossover for Continuous Search
    Space", Complex Systems 9, 1995: beta = (2 u)^(1 / (eta + 1)) for u <= 1/2, else (2 (1 - u))^(-1
    / (eta + 1)); child = ((1 + beta) first + (1 - beta) second) / 2.
    """
    draws = np.maximum(generator.random(len(first)), 1e-12)
    exponent = 1.0 / (_SBX_INDEX + 1.0)
    beta = np.where(draws <= 0.5, (2.0 * draws) ** exponent, (2.0 * (1.0 - draws)) ** -exponent)
    beta = np.where(
        generator.random(len(first)) < 0.5, beta, -beta
    )  # nearer to the first or to the second
    child = np.clip(0.5 * ((1.0 + beta) * first + (1.0 - beta) * second), 0.0, 1.0)
    return np.where(genome.unordered, uniform(first, second, genome, generator), child)


# Mutation: one individual and which of its genes are changed -> the individual with other genes.


def gaussian(place: Array, chosen: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Moves ordered genes by a normal step of standard deviation 0.2, at least to the next value;
    resets the others.

    A step that would leave the range is taken in the other direction.

    Args:
        place: A point of the unit cube; a knob with n values stands at a middle of its n intervals.
        chosen: Which genes are mutated, boolean, shape (n_knobs,).
        genome: Of the space.
        generator: The source of random numbers.

    Example:
        >>> genome = Genome(np.array([True]), np.array([False]), np.array([4.0]))
        >>> place, chosen = np.array([0.125]), np.array([True])
        >>> draws = [np.random.default_rng(seed) for seed in range(4)]
        >>> [gaussian(place, chosen, genome, generator).item() for generator in draws]
        [0.375, 0.375, 0.375, 0.625]
    """
    steps = generator.normal(0.0, SPREAD, len(place))
    whole = np.isfinite(genome.sizes)
    sizes = np.where(whole, genome.sizes, 1.0)
    steps = np.where(
        whole, np.copysign(np.maximum(np.round(np.abs(steps) * sizes), 1.0) / sizes, steps), steps
    )
    moved = place + steps
    moved = np.where((moved < 0.0) | (moved > 1.0), place - steps, moved)
    moved = np.clip(
        moved, np.where(whole, 0.5 / sizes, 0.0), np.where(whole, 1.0 - 0.5 / sizes, 1.0)
    )
    return np.where(
        chosen, np.where(genome.unordered, _other(place, genome, generator), moved), place
    )


def reset(place: Array, chosen: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Draws genes anew, evenly from the other values of the knob; see `gaussian`."""
    return np.where(chosen, _other(place, genome, generator), place)


def _other(place: Array, genome: Genome, generator: np.random.Generator) -> Array:
    """Returns other values: of a knob with n values by a turn of 1 to n - 1 of its intervals."""
    draws = generator.random(len(place))
    whole = np.isfinite(genome.sizes) & genome.tuned
    sizes = np.where(whole, genome.sizes, 2.0)
    turns = (1.0 + np.floor(draws * (sizes - 1.0))) / sizes
    return np.where(whole, (place + turns) % 1.0, draws)


Select = Callable[[Array, np.random.Generator, int], int]
Cross = Callable[[Array, Array, Genome, np.random.Generator], Array]
Mutate = Callable[[Array, Array, Genome, np.random.Generator], Array]

SELECTIONS: Mapping[str, Select] = {"tournament": tournament, "rank": rank, "roulette": roulette}
CROSSOVERS: Mapping[str, Cross] = {
    "uniform": uniform,
    "one-point": one_point,
    "blend": blend,
    "sbx": simulated_binary,
}
MUTATIONS: Mapping[str, Mutate] = {"gaussian": gaussian, "reset": reset}
