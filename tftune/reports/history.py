"""How a search went: its sessions, and the attempts at a trial; the state has forgotten them.

Example:
    >>> records = [{"kind": "session", "workers": 2, "resumed": False, "time": 1.0}]
    >>> records += [{"kind": "finish", "reason": "interrupted", "time": 5.0}]
    >>> records += [{"kind": "session", "workers": 1, "resumed": True, "time": 100.0}]
    >>> [(session.seconds, session.end) for session in sessions(records)]
    [(4.0, 'interrupted'), (0.0, None)]
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.reports.progress import last_epoch


@dataclass
class Session:
    """One call of the program, or of `search`.

    Attributes:
        started: Unix time.
        seconds: Until its last record.
        workers: As it was told.
        resumed: Whether it went on with an earlier one.
        end: Why it ended, or None where that is not recorded.
        planned: Trials of the whole search, or None.
        ended: Trials that ended in it.
    """

    started: float
    seconds: float = 0.0
    workers: Any = None
    resumed: bool = False
    end: str | None = None
    planned: int | None = None
    ended: int = 0


def sessions(records: Iterable[Record]) -> list[Session]:
    """Returns the sessions of a search, in order."""
    found: list[Session] = []
    for record in records:
        kind, when = record["kind"], record.get("time")
        if kind == "session":
            found.append(
                Session(
                    started=record["time"],
                    workers=record.get("workers"),
                    resumed=bool(record.get("resumed")),
                    planned=record.get("expected_trials"),
                )
            )
        elif found:
            found[-1].ended += kind == "end"
            if kind == "finish":
                found[-1].end = str(record.get("reason"))
            if when is not None and kind not in ("test", "evaluation"):
                found[-1].seconds = max(when - found[-1].started, 0.0)
    return found


@dataclass
class Attempt:
    """One attempt at a trial.

    Attributes:
        number: From 1.
        started: Unix time.
        epochs: Epochs that were reported.
        continued: The epoch after which it went on where the one before was interrupted; 0 where it
            began anew.
        end: `completed`, `pruned`, `failed`, `tried again`, `cut short` by the end of the session,
            or `running`.
        message: Why it failed, or None.
    """

    number: int
    started: float
    epochs: int = 0
    continued: int = 0
    end: str = "running"
    message: str | None = None


def attempts(records: Iterable[Record], trial_id: str) -> list[Attempt]:
    """Returns the attempts at a trial, in order."""
    found: list[Attempt] = []
    for record in records:
        kind = record["kind"]
        open_one = found[-1] if found and found[-1].end == "running" else None
        if kind == "session" and open_one is not None:
            open_one.end = "cut short"
        if record.get("trial_id") != trial_id:
            continue
        if kind == "start":
            if open_one is not None:
                open_one.end = "cut short"
            found.append(Attempt(record.get("attempt", 1), record["time"]))
        elif kind == "continue" and open_one is not None:
            open_one.continued = record["epoch"]
        elif kind == "epoch" and open_one is not None:
            open_one.epochs += 1
        elif kind == "retry" and open_one is not None:
            open_one.end, open_one.message = "tried again", record.get("message")
        elif kind == "end" and found:
            found[-1].end, found[-1].message = record["status"], record.get("message")
    return found


@dataclass(frozen=True)
class Outlook:
    """What a running search is doing.

    Attributes:
        running: `(trial, last epoch, of how many or None, objective or None)`.
        seconds_left: An estimate, or None while nothing is known.
    """

    running: Sequence[tuple[str, int, int | None, float | None]]
    seconds_left: float | None


def outlook(state: SearchState, planned: int | None, now: float | None = None) -> Outlook:
    """Returns what a running search is doing, and how long it may still take.

    Args:
        state: What its journal tells.
        planned: Trials of the whole search, or None.
        now: Unix time.
    """
    now = time.time() if now is None else now
    trials = [state.trials[trial] for trial in state.standing.running]
    rows = []
    for trial in trials:
        epoch, metrics = trial.epochs[-1] if trial.epochs else (trial.first_epoch, {})
        rows.append((trial.trial_id, epoch, last_epoch(trial, state), metrics.get(state.objective)))
    mean, ended = state.standing.mean_seconds, sum(state.counts().values())
    if planned is None or not mean >= 0:  # NaN before the first end
        return Outlook(rows, None)
    under_way = [max(mean - (now - trial.started), 0.0) for trial in trials]
    waiting = max(planned - ended - len(trials), 0) * mean
    left = (sum(under_way) + waiting) / max(len(trials), 1)
    return Outlook(rows, max(left, *under_way, 0.0))
