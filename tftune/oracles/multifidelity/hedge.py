"""A hedge against trainings that bloom late: a few configurations go on whatever their rank. If the
first rung foretells badly how they end, later configurations begin with longer trainings.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from tftune.oracles.multifidelity.ladder import Ladder, Stay

HEDGE = " whatever its rank, in case it blooms late"  # why such a trial goes on
_ONE_OF = 8  # first trials, until there are enough
# rank correlation below which a rung does not foretell the next; of eight, chance alone takes one
# of 0.8 below 0.5 every eighth time
_AGREE = 0.25


def hedged(ladder: Ladder, count: int) -> list[Stay]:
    """Returns the trials that go on whatever their rank: the first of the first rung, which were
    drawn at random.

    Args:
        ladder: Of the search.
        count: How many.
    """
    return ladder.on(0)[:count]


def next_hedged(ladder: Ladder, count: int, paused: set[str]) -> Stay | None:
    """Returns the next of them that is paused and may go on, or None: one for every eight trials of
    the first rung, so that a short search is not spent on them.
    """
    due = min(count, len(ladder.on(0)) // _ONE_OF)
    return next((stay for stay in hedged(ladder, due) if stay.trial_id in paused), None)


def foretells(ladder: Ladder, count: int) -> bool:
    """Whether the first rung foretells the results of those that went on: True until all of them
    have ended.

    Those that failed or were stopped on the first rung tell nothing; one that failed later is the
    worst.
    """
    if not count:
        return True
    children = {stay.parent: stay for stay in ladder.stays.values() if stay.parent is not None}
    first = hedged(ladder, count)
    if len(first) < count or not all(stay.ended for stay in first):
        return True
    pairs = [
        (stay, children.get(stay.trial_id)) for stay in first if stay.has_score and not stay.pruned
    ]
    if len(pairs) < 3 or not all(child is not None and child.ended for _, child in pairs):
        return True
    earlier = [stay.loss for stay, _ in pairs]
    later = [child.loss for _, child in pairs if child is not None]
    return rank_correlation(earlier, later) >= _AGREE


def rank_correlation(left: list[float], right: list[float]) -> float:
    """Returns Spearman's rank correlation, -1 to 1; 1 where one side has no order.

    Example:
        >>> rank_correlation([0.1, 0.2, 0.3], [1.0, 3.0, 2.0]), rank_correlation([1, 1], [1, 2])
        (0.5, 1.0)
    """
    one, other = rankdata(left), rankdata(right)
    one, other = one - one.mean(), other - other.mean()
    both = float(np.sqrt((one @ one) * (other @ other)))
    return round(float(one @ other) / both, 12) if both else 1.0
