"""Three places to draw the live view on: a terminal, a notebook, or a stream of plain lines.

Example:
    >>> import io
    >>> stream = io.StringIO()
    >>> screen = choose_screen(stream, plain=None)
    >>> screen.line("trial 0000 completed")
    >>> stream.getvalue()
    'trial 0000 completed\\n'
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol, TextIO

from tftune.reports import lines
from tftune.reports.progress import Snapshot
from tftune.reports.region import region
from tftune.reports.small_curve import small_curve
from tftune.reports.terminal_screen import TerminalScreen, write
from tftune.support.texts import printable

_NOTEBOOK_LINES = 8  # of the trials that ended last
_NOTEBOOK_COLUMNS = 110


class Screen(Protocol):
    """A place to draw on."""

    wants_epochs: bool  # whether lines about running trials are wanted, for want of a region

    def head(self, texts: Sequence[str]) -> None:
        """Leaves lines that tell what is searched, above all others."""

    def line(self, text: str) -> None:
        """Leaves a line."""

    def printed(self, text: str) -> None:
        """Leaves a line that a trial has printed."""

    def show(self, now: Snapshot) -> None:
        """Redraws the region, if there is one."""

    def stop(self) -> None:
        """Ends the drawing; may be called twice."""


def choose_screen(stream: TextIO, plain: bool | None) -> Screen:
    """Returns the screen that fits.

    Args:
        stream: Where lines go to.
        plain: True for lines only, False for a region, None to find out: a region in a notebook,
            and on a terminal unless NO_COLOR is set or TERM is dumb.
    """
    if plain is None and stream is sys.stderr and in_notebook():
        return NotebookScreen()
    if plain is None:
        plain = (
            not stream.isatty()
            or bool(os.environ.get("NO_COLOR"))
            or os.environ.get("TERM", "") in ("dumb", "unknown")
        )
    return PlainScreen(stream) if plain else TerminalScreen(stream)


def in_notebook() -> bool:
    """Tells whether this process is the kernel of a notebook; that IPython is installed, or runs in
    a terminal, is not enough.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class PlainScreen:
    """Lines without escape codes."""

    wants_epochs = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def head(self, texts: Sequence[str]) -> None:
        """Writes lines that tell what is searched."""
        for text in texts:
            self.line(text)

    def line(self, text: str) -> None:
        """Writes a line; a long one stays whole."""
        write(self._stream, printable(text) + "\n")

    def printed(self, text: str) -> None:
        """Writes a line."""
        self.line(text)

    def show(self, now: Snapshot) -> None:
        """Does nothing: there is no region."""

    def stop(self) -> None:
        """Does nothing: there is no region."""


class NotebookScreen:
    """One output of the cell, updated in place; it needs no widgets and clears nothing."""

    wants_epochs = False

    def __init__(self) -> None:
        self._head: list[str] = []
        self._ended: deque[str] = deque(maxlen=_NOTEBOOK_LINES)
        self._now: Snapshot | None = None
        self._is_over = False
        self._handle: Any = None
        self._drawn_at = -1.0

    def head(self, texts: Sequence[str]) -> None:
        """Sets the lines that stay at the top."""
        self._head, self._is_over = [*map(printable, texts)], False
        self._draw()

    def line(self, text: str) -> None:
        """Adds a line above the bars; the oldest goes, but never the head."""
        self._ended.append(printable(text))
        self._draw()

    def printed(self, text: str) -> None:
        """Prints a line below the output, as the cell itself would."""
        print(text, flush=True)

    def show(self, now: Snapshot) -> None:
        """Redraws, at most four times a second."""
        self._now = now
        if time.monotonic() - self._drawn_at >= 0.25:
            self._draw()

    def stop(self) -> None:
        """Leaves the lines and the curve without the bars."""
        if self._handle is not None and not self._is_over:
            self._is_over = True
            self._draw()

    def _draw(self) -> None:
        notebook: Any = importlib.import_module(
            "IPython.display"
        )  # here only, where it is certain to be
        self._drawn_at = time.monotonic()
        told = [*self._head, *self._ended]
        curve = lines.best_so_far(self._now) if self._now is not None else None
        shown = {
            "text/html": to_html(told, self._now, not self._is_over),
            "text/plain": "\n".join([*told, *([curve] if curve else [])]),
        }
        if self._handle is None:
            self._handle = notebook.display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


def to_html(ended: list[str], now: Snapshot | None, runs: bool = True) -> str:
    """Returns lines, region and the curve of the best so far as HTML with colours written in place;
    no scripts, no style sheets.

    Args:
        ended: The lines.
        now: Where the search stands, or None.
        runs: Whether there is a region.
    """
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        record=True,
        width=_NOTEBOOK_COLUMNS,
        force_terminal=True,
        force_jupyter=False,
    )
    for text in ended:
        console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
    if now is not None and runs:
        console.print(region(now))
    style = "line-height:1.3;white-space:pre-wrap"  # a long line is broken between words only
    drawn = console.export_html(
        inline_styles=True, code_format=f'<pre style="{style}">{{code}}</pre>'
    )
    return drawn + (small_curve(now) if now is not None else "")
