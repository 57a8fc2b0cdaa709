"""Who trained what and when: attempts of trials in the lanes of the workers, in seconds of search.

Example:
    >>> records = [
    ...     {"kind": "session", "workers": 1, "time": 0.0},
    ...     {"kind": "start", "trial_id": "0000", "attempt": 1, "time": 1.0},
    ...     {"kind": "retry", "trial_id": "0000", "time": 3.0},
    ...     {"kind": "start", "trial_id": "0000", "attempt": 2, "time": 4.0},
    ...     {"kind": "end", "trial_id": "0000", "status": "completed", "seconds": 2.5, "time": 7.0},
    ... ]
    >>> [(each.fate, each.lane, each.began, each.ended) for each in attempts_of(records)]
    [('repeated', 0, 1.0, 3.0), ('completed', 0, 4.0, 7.0)]
    >>> time_spent(records).shares()["completed"]
    (3.0, 0.42857142857142855)
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tftune.journal.records import Record
from tftune.reports.analysis.clock import Clock

FATES = (
    *("completed", "pruned", "failed", "repeated"),
    *("confirming", "finishing", "interrupted", "running"),
)

_STARTS = ("start", "repeat", "finishing_training")
# kinds of records, and the fate
_ENDS = {
    "retry": "repeated",
    "repeated": "confirming",
    "finishing_trained": "finishing",
    "end": "",
}


@dataclass(frozen=True)
class Attempt:
    """One attempt at a trial.

    Attributes:
        trial_id: The trial.
        attempt: 1, and one more after each retry or restart.
        session: The session it ran in, from 0.
        began: Seconds of search at its start.
        ended: Seconds of search at its end.
        fate: `completed`, `pruned` or `failed`; `repeated` where it was tried again after it had
            failed; `confirming` where a trial that had completed was trained again to confirm the
            winner; `finishing` of a training that finished the model, whose key stands in the
            place of the trial; `interrupted` where its session ended first; `running`.
        lane: The worker, from 0.
    """

    trial_id: str
    attempt: int
    session: int
    began: float
    ended: float
    fate: str
    lane: int = 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


def attempts_of(records: Sequence[Record], clock: Clock | None = None) -> list[Attempt]:
    """Returns all attempts in the order of their start.

    Args:
        records: The journal's.
        clock: Its clock, if it was made before.
    """
    clock = clock or Clock(records)
    attempts: list[Attempt] = []
    under_way: dict[str, Record] = {}
    session, finished = -1, False

    def close(trial_id: str, fate: str, ended: float) -> None:
        start = under_way.pop(trial_id)
        began, trial_id = clock.seconds(start["time"]), start.get("trial_id") or start["key"]
        number = start.get("attempt", 1)
        ended = max(ended, began)
        attempts.append(Attempt(trial_id, number, max(session, 0), began, ended, fate))

    for record in records:
        kind, trial_id = record["kind"], record.get("trial_id", "")
        if kind in ("repeat", "repeated"):
            trial_id += f" round {record['round']}"
        elif kind in ("finishing_training", "finishing_trained"):
            if finished:
                continue  # on another day, when the search had ended
            trial_id = record["key"]
        if kind == "session":
            before = clock.sessions[session + 1].earlier if session >= 0 else 0.0
            for each in list(under_way):
                close(each, "interrupted", before)
            session, finished = session + 1, False
        elif kind == "finish":
            finished = True
        elif kind in _STARTS:
            if trial_id in under_way:
                close(trial_id, "repeated", clock.seconds(record["time"]))
            under_way[trial_id] = record
        elif kind in _ENDS and trial_id in under_way:
            fate = _ENDS[kind] or str(record["status"])
            close(trial_id, fate, clock.seconds(record["time"]))
    for each in list(under_way):
        close(each, "interrupted" if finished else "running", clock.total)
    return _in_lanes(sorted(attempts, key=lambda each: (each.began, each.trial_id)))


def _in_lanes(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Gives each attempt the first lane that is free when it begins; a session begins with all of
    them free.
    """
    placed: list[Attempt] = []
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    lanes, session = 0, None
    for attempt in attempts:
        if attempt.session != session:
            session, free, busy = attempt.session, list(range(lanes)), []
        while busy and busy[0][0] <= attempt.began:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, lanes = lanes, lanes + 1
        heapq.heappush(busy, (attempt.ended, lane))
        placed.append(replace(attempt, lane=lane))
    return placed


@dataclass(frozen=True)
class TimeSpent:
    """Where the time of the workers went.

    Attributes:
        seconds: Worker-seconds by fate of the attempts.
        available: Worker-seconds that there were: of each session its length times its workers.
        lanes: The most attempts at a time.
    """

    seconds: dict[str, float]
    available: float
    lanes: int

    @property
    def busy(self) -> float:
        """Worker-seconds in which a trial was under way."""
        return sum(self.seconds.values())

    @property
    def waiting(self) -> float:
        """Worker-seconds without a trial."""
        return max(self.available - self.busy, 0.0)

    def shares(self) -> dict[str, tuple[float, float]]:
        """Returns worker-seconds and their share of what there was, by fate and for `waiting`;
        what took no time is left out.
        """
        parts = {**self.seconds, "waiting": self.waiting}
        whole = max(self.available, self.busy)
        return {name: (part, part / whole) for name, part in parts.items() if part > 0}


def time_spent(records: Sequence[Record], clock: Clock | None = None) -> TimeSpent:
    """Returns where the time of the workers went.

    Args:
        records: The journal's.
        clock: Its clock, if it was made before.
    """
    clock = clock or Clock(records)
    attempts = attempts_of(records, clock)
    seconds = {fate: sum(each.seconds for each in attempts if each.fate == fate) for fate in FATES}
    available = 0.0
    for number, session in enumerate(clock.sessions):
        used = 1 + max((each.lane for each in attempts if each.session == number), default=0)
        available += session.seconds * max(session.workers, used)
    return TimeSpent(seconds, available, 1 + max((each.lane for each in attempts), default=-1))
