"""The time of day for records whose order and distances must be right, also where somebody sets the
machine's clock back.
"""

from __future__ import annotations

import time


class SteadyClock:
    """Tells Unix times that never go back. A jump forward is taken as it is: the machine may have
    slept.

    Args:
        last: A time that was told before, by an earlier process for example.

    Example:
        >>> clock = SteadyClock(last=time.time() + 3600)
        >>> first, second = clock.now(), clock.now()
        >>> first <= second, first - time.time() > 3500
        (True, True)
    """

    def __init__(self, last: float = 0.0) -> None:
        self._wall, self._steady = time.time(), time.monotonic()
        self._ahead = max(last - self._wall, 0.0)  # of the machine's clock

    def now(self) -> float:
        """Returns the time: the machine's, plus what it was set back meanwhile."""
        wall, steady = time.time(), time.monotonic()
        if wall < self._wall:
            self._ahead += self._wall - wall + steady - self._steady
        self._wall, self._steady = wall, steady
        return wall + self._ahead
