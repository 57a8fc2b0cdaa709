"""After how many trials and how long a search reached a score.

Example:
    >>> records = [{"kind": "session", "time": 10.0}]
    >>> end = {"kind": "end", "trial_id": "0000", "status": "completed"}
    >>> records += [{**end, "score": 0.5, "time": 14.0}, {**end, "score": 0.75, "time": 20.0}]
    >>> reached(records, 0.7, "max"), reached(records, 0.8, "max")
    (Reached(trials=2, seconds=10.0), None)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tftune.journal.records import Record
from tftune.journal.status import TrialStatus, loss_of
from tftune.reports.analysis.clock import Clock


@dataclass(frozen=True)
class Reached:
    """When a search reached a score.

    Attributes:
        trials: Trials that had ended by then, this one included.
        seconds: Seconds of search until then (see `Clock`).
    """

    trials: int
    seconds: float


def reached(records: Sequence[Record], score: float, direction: str) -> Reached | None:
    """Returns when a search reached a score for the first time, or None if it never did.

    Args:
        records: Of its journal, in order.
        score: That is reached by a trial of the same or a better one.
        direction: `max` or `min`.
    """
    ended = 0
    for record in records:
        if record["kind"] != "end":
            continue
        ended += 1
        found = record["score"]
        counts = TrialStatus(record["status"]).has_score and found is not None
        if counts and loss_of(found, direction) <= loss_of(score, direction):
            return Reached(ended, Clock(records).seconds(record["time"]))
    return None
