"""Seconds of search: the wall clock of the sessions, without the pauses between them.

Example:
    >>> records = [
    ...     {"kind": "session", "workers": 2, "time": 100.0},
    ...     {"kind": "end", "time": 110.0},
    ...     {"kind": "session", "workers": 2, "time": 500.0},
    ...     {"kind": "end", "time": 505.0},
    ... ]
    >>> clock = Clock(records)
    >>> clock.total, clock.seconds(110.0), clock.seconds(300.0), clock.seconds(502.0)
    (15.0, 10.0, 10.0, 12.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tftune.journal.records import Record

# A test or an evaluation may be written long after the search, and is no part of it.
OF_THE_SEARCH = frozenset(
    (
        *("propose", "start", "continue", "epoch", "retry", "note", "space", "end", "tell", "memo"),
        *("confirm", "repeat", "repeated", "confirmed", "finish"),
    )
)


@dataclass(frozen=True)
class Session:
    """A stretch of work without a pause.

    Attributes:
        began: Unix time of its first record.
        ended: Unix time of its last one.
        earlier: Seconds of search before it.
        workers: Trials at a time: at least 1.
    """

    began: float
    ended: float
    earlier: float
    workers: int

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.ended - self.began


class Clock:
    """Turns Unix times of a journal into seconds of search.

    Args:
        records: The journal's.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.sessions = _sessions(records)

    @property
    def total(self) -> float:
        """Seconds of all sessions."""
        return sum(session.seconds for session in self.sessions)

    @property
    def workers(self) -> int:
        """The most trials at a time of any session; 1 where there was none."""
        return max((session.workers for session in self.sessions), default=1)

    def seconds(self, time: float) -> float:
        """Returns how many seconds of search had passed at a Unix time."""
        passed = 0.0
        for session in self.sessions:
            if time >= session.began or session is self.sessions[0]:
                inside = min(max(time, session.began), session.ended)
                passed = session.earlier + inside - session.began
        return passed


def _sessions(records: Sequence[Record]) -> tuple[Session, ...]:
    sessions: list[Session] = []
    began: float | None = None
    ended, workers, earlier, is_over = 0.0, 1, 0.0, False

    def close() -> None:
        nonlocal earlier
        if began is not None:
            sessions.append(Session(began, ended, earlier, workers))
            earlier += ended - began

    for record in records:
        kind, time = record["kind"], record.get("time")
        if time is None:
            continue
        if kind == "session":
            close()
            began = ended = time
            told = record.get("workers")
            workers = max(told, 1) if isinstance(told, int) else 1
            is_over = False
        elif kind == "finish" and record.get("reason") == "finished":
            is_over = True  # its best trial was taken as the result, perhaps on another day
        elif kind in OF_THE_SEARCH and not is_over:
            began = time if began is None else began  # a journal without sessions
            ended = max(ended, time)
            is_over = kind == "finish"
    close()
    return tuple(sessions)
