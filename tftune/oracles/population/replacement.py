"""Who is in the population: replacement schemes of evolution, each a function of the losses in the
order in which trials ended.

A generation is the next results in that order, whoever bred them: nobody has to wait for a slow
trial, and one trial at a time gives the textbook's generations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Members = list[int]


def aging(
    losses: Sequence[float], size: int, elites: int, rounds: int, generator: np.random.Generator
) -> Members:
    """Returns the youngest `size` results: every newcomer replaces the oldest member, however good
    that is.

    E. Real, A. Aggarwal, Y. Huang, Q. V. Le: "Regularized Evolution for Image Classifier
    Architecture Search", AAAI 2019.

    Args:
        losses: Of all results, in the order of their end.
        size: Of the population.
        elites: Members that a generation keeps of the one before; used by `elitism`.
        rounds: Members that are drawn for a tournament; used by `losers`.
        generator: The source of random numbers, in the same state at every call; used by `losers`.

    Example:
        >>> aging([0.1, 0.5, 0.4, 0.3], 3, 0, 0, np.random.default_rng(0))
        [1, 2, 3]
    """
    return list(range(max(0, len(losses) - size), len(losses)))


def full(
    losses: Sequence[float], size: int, elites: int, rounds: int, generator: np.random.Generator
) -> Members:
    """Returns the last complete generation, which has replaced the one before as a whole; what
    there is while the first is incomplete.

    Example:
        >>> full([0.1, 0.5, 0.4, 0.3, 0.2], 2, 0, 0, np.random.default_rng(0))
        [2, 3]
    """
    return elitism(losses, size, 0, rounds, generator)


def elitism(
    losses: Sequence[float], size: int, elites: int, rounds: int, generator: np.random.Generator
) -> Members:
    """Returns the last complete generation: the best `elites` of the one before, and
    `size - elites` newcomers.

    Example:
        >>> losses = [0.1, 0.5, 0.4, 0.3, 0.2]  # of which 0.1 stays, 0.3 and 0.2 are new
        >>> elitism(losses, 3, 1, 0, np.random.default_rng(0))
        [0, 3, 4]
    """
    members, end = list(range(min(size, len(losses)))), size
    while end + size - elites <= len(losses):
        kept = sorted(members, key=lambda member: losses[member])[:elites]
        members, end = sorted(kept) + list(range(end, end + size - elites)), end + size - elites
    return members


def losers(
    losses: Sequence[float], size: int, elites: int, rounds: int, generator: np.random.Generator
) -> Members:
    """Returns a population in which every newcomer has replaced the worst of `rounds` members that
    were drawn evenly, with replacement.

    Example:
        >>> losses, rounds = [0.1, 0.5, 0.4, 0.3], 50  # so many draws find the worst
        >>> losers(losses, 3, 0, rounds, np.random.default_rng(0))
        [0, 3, 2]
    """
    members = list(range(min(size, len(losses))))
    draws = (generator.random((max(0, len(losses) - size), rounds)) * size).astype(
        int
    )  # a longer history begins with the same draws
    for newcomer, drawn in enumerate(draws.tolist(), start=size):
        members[max(drawn, key=lambda place: losses[members[place]])] = newcomer
    return members


Replace = Callable[[Sequence[float], int, int, int, np.random.Generator], Members]

REPLACEMENTS: Mapping[str, Replace] = {
    "aging": aging,
    "full": full,
    "elitism": elitism,
    "tournament": losers,
}
