"""The live view of a search: bars on a terminal, plain lines without one, one quiet display in a
notebook.

On a terminal each ended trial leaves a line, and below them a region is redrawn: a bar for each
running trial and one for the search. What the run prints or warns of appears above the region.
Without a terminal, and with NO_COLOR or TERM=dumb, there are only lines and no escape codes. In a
notebook the region is a single output that is updated in place; nothing else in the cell is
touched.

Example:
    >>> import io
    >>> from tftune.journal.state import SearchState
    >>> header = {"kind": "header", "task": "beans", "search": "grid"}
    >>> header["objective"] = {"name": "val_auc", "direction": "max"}
    >>> session = {"kind": "session", "plan": "9 configurations", "expected_trials": 9, "time": 0.0}
    >>> view = LiveView(stream=io.StringIO(), plain=True)
    >>> view.on_record(session, SearchState().apply_all([header, session]))
    >>> view.close()
    >>> print(view.stream.getvalue(), end="")
    beans: search grid for the best val_auc (max), 9 trials
    9 configurations
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from typing import TextIO

from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.reports import lines
from tftune.reports.confirmation import CONFIRMING
from tftune.reports.finish import FINISHING
from tftune.reports.progress import Progress
from tftune.reports.screens import choose_screen, in_notebook

_REDRAW_SECONDS = 0.2


class LiveView:
    """Listener that shows a search while it runs.

    Args:
        stream: Where to; stderr by default, so that stdout is free for results.
        plain: True for lines only, False for the redrawn region, None to find out.
        every_seconds: Without a terminal, the least time between two lines about running trials;
            the end of a trial is always told.
        clock: Returns seconds; replaced in tests.
        in_children: Whether trials run in processes of their own. What they print in this one,
            native code and debuggers too, shares the terminal, and there a region would be in the
            way.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        plain: bool | None = None,
        every_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        in_children: bool = True,
    ) -> None:
        self.stream = (sys.stderr or io.StringIO()) if stream is None else stream  # none: closed
        self._progress = Progress(clock)
        if plain is None and not in_children and not in_notebook():
            plain = True
        self._screen = choose_screen(self.stream, plain)
        self._every_seconds = every_seconds if self._screen.wants_epochs else _REDRAW_SECONDS
        self._clock = clock
        self._last_told = clock()

    def on_record(self, record: Record, state: SearchState) -> None:
        """Shows what a record changes; records of earlier sessions only count."""
        self._progress.apply(record, state)
        kind = record["kind"]
        if record.get("replayed"):
            return
        if kind == "session":
            plan = (record.get("plan") or "").splitlines()
            self._screen.head([lines.greeting(state, self._progress.planned), *plan])
        elif kind == "start":
            self._start(record)
        elif kind == "continue":
            self._go_on(record)
        elif kind == "epoch":
            self._epoch(record["trial_id"])
        elif kind == "retry":
            self._screen.line(lines.retry(record))
        elif kind == "end":
            self._screen.line(
                lines.end(state.trials[record["trial_id"]], self._progress.snapshot(), state.header)
            )
        elif kind in CONFIRMING:
            self._screen.line(CONFIRMING[kind](record, state))
        elif kind in FINISHING:
            self._screen.line(FINISHING[kind](record, state))
        elif kind == "finish":
            self._screen.stop()
            self._screen.line(lines.finish(record, state))
            if (gain := lines.gain(self._progress.snapshot())) is not None:
                self._screen.line(gain)
        if kind in ("start", "end"):
            self._last_told = self._clock()
            self._screen.show(self._progress.snapshot())

    def on_output(self, trial_id: str, line: str) -> None:
        """Shows a line that a trial has printed, with its trial where several run at a time."""
        self._screen.printed(lines.printed(trial_id, line, self._progress.most_running))

    def close(self) -> None:
        """Removes the region and gives the terminal back; may be called twice."""
        self._screen.stop()

    def _start(self, record: Record) -> None:
        if record.get("kept"):
            return  # it says itself whether it goes on
        epoch = self._progress.interrupted.pop(record["trial_id"], None)
        if epoch is not None:
            self._screen.line(lines.again(record["trial_id"], epoch))

    def _go_on(self, record: Record) -> None:
        trial_id, epoch = record["trial_id"], record["epoch"]
        before = self._progress.interrupted.pop(trial_id, None)
        if epoch:
            self._screen.line(lines.goes_on(trial_id, epoch))
        elif before is not None:
            self._screen.line(lines.again(trial_id, before))
        self._screen.show(self._progress.snapshot())

    def _epoch(self, trial: str) -> None:
        if self._clock() - self._last_told < self._every_seconds:
            return
        self._last_told = self._clock()
        now = self._progress.snapshot()
        if self._screen.wants_epochs:
            for running in now.running:
                if running.trial_id == trial:
                    self._screen.line(lines.epoch(running, now))
        self._screen.show(now)


class PrintedLines:
    """Listener that shows what trials print, and nothing else.

    Args:
        stream: Where to; stderr by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream
        self._progress = Progress()

    def on_record(self, record: Record, state: SearchState) -> None:
        """Counts the trials that run."""
        self._progress.apply(record, state)

    def on_output(self, trial_id: str, line: str) -> None:
        """Shows a line that a trial has printed, with its trial where several run at a time."""
        print(
            lines.printed(trial_id, line, self._progress.most_running),
            file=self.stream or sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """Does nothing: the stream is not its own."""
