"""Whether a search runs, has finished, was interrupted or has failed, as far as can be known.

A search that runs holds the lock of its folder; one that ended has said why. If it has done
neither, it was killed, or runs where its lock cannot be seen from here.

Example:
    >>> finish = {"kind": "finish", "reason": "timeout", "time": 1.0}
    >>> run_state(finish, has_best=True, held=False).told
    'finished: the time limit was reached'
"""

from __future__ import annotations

import enum
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Why a search ended, in the words of its record `finish`; `done` and `interrupted` say it.
REASONS = {
    "timeout": "the time limit was reached",
    "flat": "it no longer got better",
    "failures": "too many trials failed one after the other",
    "error": "an error ended it",
    "finished": "what it had found was taken as its result",
}


class RunStatus(enum.StrEnum):
    """What a search is doing."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class RunState:
    """What a search is doing, and why that is thought.

    Attributes:
        status: In a word.
        reason: In a few more, or "".
    """

    status: RunStatus
    reason: str = ""

    @property
    def told(self) -> str:
        """Both on one line."""
        return f"{self.status}: {self.reason}" if self.reason else str(self.status)


def run_state(
    finish: Mapping[str, Any] | None,
    has_best: bool,
    held: bool | None,
    host: str | None = None,
    nested: str = "",
) -> RunState:
    """Returns what a search is doing.

    Args:
        finish: The record that says why it ended, or None.
        has_best: Whether any trial has a score.
        held: Whether its folder is locked, as `is_held` tells; None where that cannot be seen.
        host: The machine on which its last session began, or None where the journal is older.
        nested: How many folds of a nested evaluation that is not over are done, in words; "" where
            there is none.
    """
    if held:
        after = f"nested evaluation, {nested}" if nested else "its best trial is evaluated"
        reason = after if finish else ""
        return RunState(RunStatus.RUNNING, reason)
    if finish is not None:
        return _ended(str(finish.get("reason")), has_best)
    if held is None:
        return RunState(
            RunStatus.UNKNOWN, "no end is recorded, and whether it is at work cannot be seen"
        )
    if host is not None and host != platform.node():
        return RunState(
            RunStatus.UNKNOWN, f"no end is recorded; it was begun on another machine, {host}"
        )
    return RunState(RunStatus.INTERRUPTED, "no end is recorded: it was killed")


def _ended(reason: str, has_best: bool) -> RunState:
    if reason == "interrupted":
        return RunState(RunStatus.INTERRUPTED)
    if reason in ("failures", "error"):
        return RunState(RunStatus.FAILED, REASONS[reason])
    if not has_best:
        return RunState(RunStatus.FAILED, "no trial completed")
    return RunState(RunStatus.FINISHED, "" if reason == "done" else REASONS.get(reason, reason))
