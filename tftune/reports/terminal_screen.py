"""The live view on a terminal: lines that stay, and below them a region that is redrawn.

Between two drawings the cursor waits at the region's first column, above the bars. A terminal whose
width changes breaks the bars into more rows or fewer, but it moves the cursor along with the text
that it stands at; so what is below the cursor is always the region, and is erased from there.

Example:
    >>> colourless("\\x1b[1mbold\\x1b[0m and \\x1b[2Jgone\\r50 %")
    '50 %'
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from tftune.reports.progress import Snapshot
from tftune.reports.region import region, rows
from tftune.support.streams import SteadyStream
from tftune.support.texts import printable

_SECONDS = 0.25  # between two drawings, so that the clocks go on between records
_ERASE_BELOW, _ERASE_ROW, _UP = "\x1b[J", "\x1b[2K", "\x1b[{}A"
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"  # a row stays one row, even if the width was misjudged
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


class TerminalScreen:
    """Lines above a region that is redrawn four times a second.

    Args:
        stream: The terminal.
    """

    wants_epochs = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._now: Snapshot | None = None
        self._shown_at = 0.0
        self._live: _Region | None = None

    def head(self, texts: Sequence[str]) -> None:
        """Writes lines that tell what is searched."""
        for text in texts:
            self.line(text)

    def line(self, text: str) -> None:
        """Writes a line above the region; a long one stays whole, the terminal breaks it."""
        text = printable(text)
        if self._live is not None:
            self._live.above(text)
        else:
            write(self._stream, text + "\n")

    def printed(self, text: str) -> None:
        """Writes a line above the region."""
        self.line(text)

    def show(self, now: Snapshot) -> None:
        """Hands the region what to draw next."""
        self._shown_at = time.monotonic()
        self._now = now
        if self._live is None:
            self._live = _Region(self._stream, self._rows)
            self._live.start()

    def stop(self) -> None:
        """Removes the region and gives back the cursor and the streams."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _rows(self, width: int, height: int) -> list[str]:
        """Called by the region's own thread; it reads one frozen snapshot, never the growing
        state.
        """
        if self._now is None:
            return []
        now = self._now.later(time.monotonic() - self._shown_at)
        return rows(region(now, width, height), width)


class _Region:
    """Rows at the end of what a terminal shows; what others print appears above them.

    Args:
        stream: The terminal.
        drawing: Returns the rows for the columns and rows of the screen.
    """

    def __init__(self, stream: TextIO, drawing: Callable[[int, int], list[str]]) -> None:
        self._stream, self._drawing = stream, drawing
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._before: dict[str, Any] = {}

    def start(self) -> None:
        """Draws for the first time, and from now on by itself."""
        # Only a stdout that shares the terminal is led above the region; a stdout that goes to a
        # file is the user's.
        shared = sys.stdout is not None and sys.stdout.isatty()
        for name in ("stderr", "stdout") if shared else ("stderr",):
            self._before[name] = getattr(sys, name)
            setattr(sys, name, _Above(self._before[name], self))
        write(self._stream, _HIDE_CURSOR)
        self.refresh()
        self._thread.start()

    def refresh(self) -> None:
        """Draws the region anew."""
        self._draw("")

    def above(self, text: str) -> None:
        """Writes a line above the region."""
        self._draw(text + "\n")

    def stop(self) -> None:
        """Erases the region; what was led above it goes its own way again."""
        for name, before in self._before.items():
            proxy = getattr(sys, name)
            if isinstance(proxy, _Above):
                proxy.end()
                setattr(sys, name, before)
        with self._lock:
            self._ended.set()
            write(self._stream, f"\r{_ERASE_BELOW}{_SHOW_CURSOR}")
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _go_on(self) -> None:
        while not self._ended.wait(_SECONDS):
            self.refresh()

    def _draw(self, above: str) -> None:
        with self._lock:
            if self._ended.is_set():
                write(self._stream, above)
                return
            width, height = size_of(self._stream)
            drawn = self._drawing(width, height)[-max(height - 1, 1) :]
            text = "\n".join(_ERASE_ROW + row for row in drawn)
            back = _UP.format(len(drawn) - 1) if len(drawn) > 1 else ""
            above = f"{_ERASE_BELOW}{above}" if above else ""
            write(
                self._stream,
                f"\r{above}{_NO_WRAP}{text}{_WRAP}{_ERASE_BELOW if text else ''}{back}\r",
            )


class _Above:
    """Stands for stdout or stderr while there is a region; whole lines go above it.

    Args:
        stream: What it stands for; it answers all questions.
        region: Below what is written.
    """

    def __init__(self, stream: Any, region: _Region) -> None:
        self._stream, self._region, self._begun = stream, region, ""

    def write(self, text: str) -> int:
        """Writes the lines that are complete; the last one waits for its end."""
        *whole, self._begun = (self._begun + text).split("\n")
        for line in whole:
            self._region.above(colourless(line) if "\r" in line else _coloured(line))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Writes several texts."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Does nothing: whole lines are written at once."""

    def end(self) -> None:
        """Writes a line that was not ended."""
        if self._begun:
            self.write("\n")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _coloured(line: str) -> str:
    """Returns a line with its colours, but nothing else that a terminal obeys."""
    if "\x1b" not in line:
        return printable(line)
    parts = _COLOURS.split(line)
    colours = [*_COLOURS.findall(line), "\x1b[0m"]
    return "".join(printable(part) + colour for part, colour in zip(parts, colours, strict=True))


def colourless(line: str) -> str:
    """Returns what is seen of a line in the end: what follows its last return to the first column,
    without colours.
    """
    seen = [part for part in line.split("\r") if part]
    return printable(seen[-1]) if seen else ""


def size_of(stream: TextIO) -> tuple[int, int]:
    """Returns the columns and rows of a terminal: its own answer, else that of the environment,
    else 80 and 24.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        columns, height = os.get_terminal_size(stream.fileno())
        if columns > 0 and height > 0:
            return columns, height
    size = shutil.get_terminal_size()
    return size.columns, size.lines


def write(stream: TextIO, text: str) -> None:
    """Writes at once; a terminal that is gone must not cost the search."""
    steady = SteadyStream(stream)
    steady.write(text)
    steady.flush()
