"""Where a search stands, kept up to date as trials start and end, so that asking costs the same
after ten thousand trials as after ten.
"""

from __future__ import annotations

import math
from bisect import insort

from tftune.journal.status import ENDED, TrialStatus, loss_of


class Standing:
    """Counts, ranking and mean time of the trials that ended, and who is running.

    Attributes:
        running: Ids of the trials that were started and have not ended, in the order of their
            start, as the keys of a dict.
        counts: Number of trials that ended, by status.

    Example:
        >>> standing = Standing()
        >>> for number, score in enumerate((0.5, 0.75, 0.5)):
        ...     standing.start(f"{number:04d}")
        ...     standing.end(f"{number:04d}", number, "completed", score, 2.0, "max")
        >>> standing.ranked(), standing.mean_seconds
        (['0001', '0000', '0002'], 2.0)
    """

    def __init__(self) -> None:
        self.running: dict[str, None] = {}
        self.counts = {status.value: 0 for status in ENDED}
        self._order: list[tuple[float, int, str]] = []  # lower first; of equals the earlier trial
        self._seconds, self._timed = 0.0, 0

    def start(self, trial_id: str) -> None:
        """Notes that a trial was started, for the first time or again."""
        self.running[trial_id] = None

    def end(
        self,
        trial_id: str,
        number: int,
        status: str,
        score: float | None,
        seconds: float | None,
        direction: str,
    ) -> None:
        """Notes how a trial ended."""
        self.running.pop(trial_id, None)
        self.counts[status] += 1
        if seconds is not None:
            self._seconds, self._timed = self._seconds + seconds, self._timed + 1
        if TrialStatus(status).has_score and score is not None:
            insort(self._order, (loss_of(score, direction), number, trial_id))

    def ranked(self, count: int | None = None) -> list[str]:
        """Returns the trials with a score, best first; at most `count` of them, if given."""
        return [trial_id for _, _, trial_id in self._order[:count]]

    @property
    def mean_seconds(self) -> float:
        """Mean wall-clock time of the trials that ended; NaN before there is one."""
        return self._seconds / self._timed if self._timed else math.nan
