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
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from tftune.reports import lines
from tftune.reports.progress import Snapshot
from tftune.reports.tables import format_value

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_BAR_WIDTH = 24
_NOTEBOOK_LINES = 8  # of the trials that ended last
_NOTEBOOK_COLUMNS = 110


class Screen(Protocol):
    """A place to draw on."""

    wants_epochs: bool  # whether lines about running trials are wanted, for want of a region

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

    def line(self, text: str) -> None:
        """Writes a line."""
        self._stream.write(text + "\n")
        self._stream.flush()

    def printed(self, text: str) -> None:
        """Writes a line."""
        self.line(text)

    def show(self, now: Snapshot) -> None:
        """Does nothing: there is no region."""

    def stop(self) -> None:
        """Does nothing: there is no region."""


class TerminalScreen:
    """A region below the lines, redrawn four times a second so that the clocks go on between
    records.
    """

    wants_epochs = False

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, force_terminal=True)
        self._now: Snapshot | None = None
        self._shown_at = 0.0
        self._live: Any = None

    def line(self, text: str) -> None:
        """Writes a line above the region."""
        self._console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def printed(self, text: str) -> None:
        """Writes a line above the region."""
        self.line(text)

    def show(self, now: Snapshot) -> None:
        """Hands the region what to draw next."""
        from rich.live import Live

        self._shown_at = time.monotonic()
        self._now = now
        if self._live is None:
            # Only a stdout that shares the terminal is led above the region; a stdout that goes to
            # a file is the user's.
            shared = sys.stdout.isatty()
            self._live = Live(
                get_renderable=self._region,
                console=self._console,
                transient=True,
                redirect_stdout=shared,
            )
            self._live.start(refresh=True)

    def stop(self) -> None:
        """Removes the region and gives back the cursor and stderr."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _region(self) -> Group | str:
        """Called by rich's own thread; it reads one frozen snapshot, never the growing state."""
        return region(self._now.later(time.monotonic() - self._shown_at)) if self._now else ""


class NotebookScreen:
    """One output of the cell, updated in place; it needs no widgets and clears nothing."""

    wants_epochs = False

    def __init__(self) -> None:
        self._ended: deque[str] = deque(maxlen=_NOTEBOOK_LINES)
        self._now: Snapshot | None = None
        self._handle: Any = None
        self._drawn_at = -1.0

    def line(self, text: str) -> None:
        """Adds a line above the bars; the oldest goes."""
        self._ended.append(text)
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
        """Leaves the lines without the bars."""
        if self._handle is not None and self._now is not None:
            self._now = None
            self._draw()

    def _draw(self) -> None:
        notebook: Any = importlib.import_module(
            "IPython.display"
        )  # here only, where it is certain to be
        self._drawn_at = time.monotonic()
        shown = {
            "text/html": to_html([*self._ended], self._now),
            "text/plain": "\n".join(self._ended),
        }
        if self._handle is None:
            self._handle = notebook.display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)


def region(now: Snapshot) -> Group:
    """Returns the region as a rich renderable: a row for each running trial, then one for the
    search.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    trials = Table.grid(padding=(0, 2))
    for trial in now.running:
        bar = ProgressBar(total=1.0, completed=trial.share, width=_BAR_WIDTH)
        value = "" if trial.value is None else f"{now.objective} {format_value(trial.value)}"
        cells = (
            f"trial {trial.trial_id}",
            bar,
            f"epoch {lines.epochs(trial)}",
            value,
            lines.duration(trial.seconds),
        )
        trials.add_row(
            *(Text(cell, no_wrap=True) if isinstance(cell, str) else cell for cell in cells)
        )
    share = now.ended / now.planned if now.planned else 0.0
    best = (
        f"best {format_value(now.best_score)} (trial {now.best_trial_id})"
        if now.best_trial_id
        else "no score yet"
    )
    others = ", ".join(
        f"{number} {status}"
        for number, status in ((now.pruned, "pruned"), (now.failed, "failed"))
        if number
    )
    overall = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=1.0, completed=share, width=_BAR_WIDTH)
    overall.add_row(_bold("search    "), bar, _bold(lines.outlook(now).strip()))
    standing = "  ".join(cell for cell in (best, others) if cell)
    return Group(
        trials, overall, _bold(f"{'':12}{standing}")
    )  # two rows of the search, since one does not fit 80 columns


def _bold(text: str) -> Text:
    from rich.text import Text

    return Text(text, no_wrap=True, overflow="ellipsis", style="bold")


def to_html(ended: list[str], now: Snapshot | None) -> str:
    """Returns lines and region as HTML with colours written in place."""
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
    if now is not None:
        console.print(region(now))
    return console.export_html(
        inline_styles=True, code_format='<pre style="line-height:1.3;white-space:pre">{code}</pre>'
    )
