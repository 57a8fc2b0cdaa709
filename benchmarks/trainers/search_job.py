"""What a search for a target is given, and how it tells when its trials ended."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.trainers.job import Job, tell


@dataclass(frozen=True)
class SearchJob(Job):
    """A search to make. The tool draws the configurations itself, so `configurations` is empty.

    Attributes:
        seed: Of the search.
        began: Unix time at which the process was started.
        trials: Trials in all, for a search that goes to its end.
        scheduler: Who stops hopeless trials, with options as `benchmarks.specs.parse` reads them.
        target: The score that ends the search, for a search that has one.
        limit: Seconds since `began` after which such a search gives up.
    """

    seed: int = 0
    began: float = 0.0
    trials: int = 1
    scheduler: str = "none"
    target: float = math.inf
    limit: float = math.inf

    def tell_ends(self, ends: Iterable[tuple[float, float | None]]) -> None:
        """Prints for each trial, in the order of their ends, the seconds since `began` and the
        score.

        Args:
            ends: Unix time and score of each trial; None or NaN for one that has none.

        Example:
            >>> job = SearchJob("folder", [], epochs=1, began=100.0)
            >>> job.tell_ends([(101.5, 0.75), (103.0, None)])
            result: {"scores": [0.75], "ends": [[1.5, 0.75], [3.0, null]]}
        """
        told = [
            (
                round(at - self.began, 3),
                score if score is not None and math.isfinite(score) else None,
            )
            for at, score in ends
        ]
        tell([score for _, score in told if score is not None], ends=told)
