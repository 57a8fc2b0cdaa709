"""Racing: the best few of a search are trained again on fresh seeds; who falls behind stops.

The best of many noisy scores is mostly lucky. Round r takes the contenders that are best so far,
`rounds[r]` of them, and trains each once more with the same fresh seed: what a seed does to all of
them alike then cancels in their differences. The estimate of a contender is the mean of all its
results, that of the search included,

    m_i = (y_i + sum over rounds r of x_ir) / (1 + number of rounds),

and the winner is the one with the best estimate when the last round is over. Whoever is clearly
worse stops sooner: after three common rounds or more, when the mean difference to the leader lies
beyond the one-sided 99 % limit of Student's t. Racing with a paired test: O. Maron and A. W. Moore,
"Hoeffding races", NIPS 6 (1993), and M. Birattari et al., "A racing algorithm for configuring
metaheuristics", GECCO (2002).

Everything here is a function of scores and results; who trains is another's matter.

Example:
    >>> scores = {"a": 0.9, "b": 0.8, "c": 0.7}
    >>> race(scores, {}, (2, 1), "max").wanted
    (('a', 0), ('b', 0))
    >>> results = {("a", 0): 0.5, ("b", 0): 0.8}
    >>> race(scores, results, (2, 1), "max").wanted
    (('b', 1),)
    >>> race(scores, {**results, ("b", 1): 0.7}, (2, 1), "max").winner
    'b'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONTENDERS = 3  # of the first round, unless the user says otherwise
LATER = (2, 2, 2)  # contenders of the rounds after it
CLEARLY = 0.99  # level of the test that ends a contender's race ...
FEWEST = 3  # ... and common rounds before it: of two results one cannot tell how they scatter
Results = Mapping[tuple[str, int], float]  # by contender and round; NaN for one that failed


@dataclass(frozen=True)
class Race:
    """Where a race stands.

    Attributes:
        wanted: `(contender, round)` of the trainings that come next; empty when it is over.
        winner: Who has won; None while the race goes on, or if nobody is left.
        stopped: Who was clearly worse, with the number of rounds it took part in.
    """

    wanted: tuple[tuple[str, int], ...]
    winner: str | None
    stopped: Mapping[str, int]


def rounds_for(contenders: int = CONTENDERS) -> tuple[int, ...]:
    """Returns how many contenders each round has.

    Args:
        contenders: Of the first round, at least 1.

    Example:
        >>> rounds_for(), rounds_for(5), rounds_for(1)
        ((3, 2, 2, 2), (5, 2, 2, 2), (1, 1, 1, 1))
    """
    return (contenders, *(min(contenders, each) for each in LATER))


def race(
    scores: Mapping[str, float], results: Results, rounds: Sequence[int], direction: str
) -> Race:
    """Returns where a race stands, from what is known so far.

    It may be asked again after each result, or after a restart: results of trainings that the race
    never asks for are passed over.

    Args:
        scores: Of the search, by contender, finite; of equal ones the first is better.
        results: Of the trainings on fresh seeds.
        rounds: Contenders of each round, as by `rounds_for`.
        direction: `max` or `min`.
    """
    losses = {name: _loss(score, direction) for name, score in scores.items()}
    told = {place: _loss(value, direction) for place, value in results.items()}
    racing, stopped = list(losses), dict[str, int]()
    for number, count in enumerate(rounds):
        racing = _best(racing, losses, told, number)[:count]
        behind = [name for name in racing[1:] if _is_clearly_worse(racing[0], name, told, number)]
        stopped |= dict.fromkeys(behind, number)
        racing = [name for name in racing if name not in behind]
        wanted = [(name, number) for name in racing if (name, number) not in told]
        if wanted:
            return Race(tuple(wanted), None, stopped)
    left = _best(racing, losses, told, len(rounds))
    return Race((), left[0] if left else None, stopped)


def _loss(value: float, direction: str) -> float:
    return -value if direction == "max" else value


def _best(
    racing: Sequence[str], losses: Mapping[str, float], told: Results, rounds: int
) -> list[str]:
    """Returns those that did not fail, best estimate first."""
    estimates = {}
    for name in racing:
        values = [losses[name], *(told[name, number] for number in range(rounds))]
        if all(map(math.isfinite, values)):
            estimates[name] = math.fsum(values) / len(values)
    return sorted(estimates, key=lambda name: estimates[name])


def _is_clearly_worse(leader: str, other: str, told: Results, rounds: int) -> bool:
    """Whether the other is worse on common seeds by more than chance explains."""
    if rounds < FEWEST:
        return False
    from scipy import stats

    differences = [told[other, number] - told[leader, number] for number in range(rounds)]
    mean = math.fsum(differences) / rounds
    squares = math.fsum((each - mean) ** 2 for each in differences)
    error = math.sqrt(squares / (rounds - 1) / rounds)
    return mean > float(stats.t.ppf(CLEARLY, rounds - 1)) * error
