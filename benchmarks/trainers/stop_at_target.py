"""Ends a search of tftune as soon as a trial is good enough."""

from __future__ import annotations

import signal
from typing import Any

from tftune.journal.state import SearchState


class StopAtTarget:
    """Listener that notes when each trial ended, and ends the search as Ctrl-C does once one has
    the target.

    Args:
        target: The least score that is good enough.
    """

    def __init__(self, target: float) -> None:
        self.target, self.reached = target, False
        self.ends: list[tuple[float, float | None]] = []

    def on_record(self, record: dict[str, Any], state: SearchState) -> None:
        """Looks at the ends of trials; by then the weights are on disk."""
        if record["kind"] != "end":
            return
        score = record["score"] if record["status"] != "failed" else None
        self.ends.append((record["time"], score))
        if score is not None and score >= self.target:
            self.reached = True
            signal.raise_signal(
                signal.SIGINT
            )  # the driver takes note and stops between two of its steps

    def close(self) -> None:
        """Nothing to give back."""
