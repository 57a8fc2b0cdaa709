"""When a search no longer gets better: the rule of `stop_when_flat`.

The search is flat when N trials that completed or were pruned have ended one after another without
one that is better than the best before them. Failed trials count for nothing. It is flat from then
on, whatever trials that were under way still bring: so the answer depends on the order alone in
which ends count, and a search that is killed and resumed gives the same. With a larger N it goes
on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tftune.journal.status import TrialStatus, loss_of


class Flatness:
    """Counts the trials since the best.

    Args:
        limit: N, at least 1; None is never flat.
        direction: `max` or `min`.
        ends: Records of the ends that have counted so far.

    Attributes:
        is_flat: Whether the search has been flat at any time.

    Example:
        >>> flat = Flatness(2, "max")
        >>> for score in (0.5, 0.75, 0.5, 0.75):
        ...     flat.add({"status": "completed", "score": score})
        >>> flat.is_flat
        True
    """

    def __init__(
        self, limit: int | None, direction: str, ends: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self._limit, self._direction = limit, direction
        self._best, self._since = math.inf, 0
        self.is_flat = False
        for end in ends:
            self.add(end)

    def add(self, end: Mapping[str, Any]) -> None:
        """Takes the next end, a record of that kind."""
        score = end.get("score")
        if score is None or not TrialStatus(end["status"]).has_score:
            return
        loss = loss_of(score, self._direction)
        better = loss < self._best
        self._best, self._since = min(loss, self._best), 0 if better else self._since + 1
        self.is_flat = self.is_flat or (self._limit is not None and self._since >= self._limit)
