"""The region that is redrawn while a search runs: a row for each running trial, three for the
search.

Example:
    >>> from tftune.reports.progress import Progress
    >>> "no score yet" in rows(region(Progress().snapshot(), 80), 80)[-1]
    True
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tftune.reports import lines
from tftune.reports.progress import RunningTrial, Snapshot
from tftune.reports.tables import format_value

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_BAR_WIDTH = 24
_NARROW = 72  # columns below which bars are shorter
_NARROWEST = 56  # columns below which there are none
_ROWS_OF_SEARCH = 4  # and one that counts further trials


def region(now: Snapshot, width: int = 110, height: int | None = None) -> Group:
    """Returns the region as a rich renderable.

    Args:
        now: What it shows.
        width: Columns that there are; bars make room on narrow screens.
        height: Rows of the screen. The region fills at most half of them, for a screen that is made
            narrower breaks it into more rows, and what has left a screen at its top stays there.
            None is no limit.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    most = len(now.running) if height is None else max(height // 2 - _ROWS_OF_SEARCH, 1)
    more = len(now.running) - most
    now = replace(now, running=now.running[:most])
    if width < _NARROWEST:
        return _small(now, more)
    bar_width = _BAR_WIDTH if width >= _NARROW else width // 8
    trials = Table.grid(padding=(0, 2 if width >= _NARROW else 1))
    for trial in now.running:
        bar = ProgressBar(total=1.0, completed=trial.share, width=bar_width)
        trials.add_row(*_row(trial, now, bar))
    if more > 0:
        trials.add_row(_others(more))
    share = now.ended / now.planned if now.planned else 0.0
    overall = Table.grid(padding=(0, 2 if width >= _NARROW else 1))
    bar = ProgressBar(total=1.0, completed=min(share, 1.0), width=bar_width)
    overall.add_row(_bold("search    "), bar, _bold(lines.outlook(now).strip()))
    # rows of the search, since one does not fit 80 columns
    indent = 12 if width >= _NARROW else 0
    words = (word for word in (_standing(now), lines.gain(now)) if word)
    return Group(trials, overall, *(_bold(f"{'':{indent}}{word}") for word in words))


def _small(now: Snapshot, more: int) -> Group:
    """Returns the region in few columns, without bars."""
    from rich.console import Group

    trials = [
        f"{trial.trial_id}  {trial.epoch}/{trial.last_epoch or '?'}  "
        f"{'' if trial.value is None else format_value(trial.value) + '  '}"
        f"{lines.duration(trial.seconds)}"
        for trial in now.running
    ]
    overall = lines.outlook(now).strip().replace("about ", "")
    gain = (lines.gain(now) or "").replace("the last ", "").replace(" trials", "")
    trials += [_others(more)] if more > 0 else []
    told = (*trials, overall, _standing(now), gain)
    return Group(*map(_bold, (word for word in told if word)))


def _others(number: int) -> str:
    return f"{number} more"


def _row(trial: RunningTrial, now: Snapshot, bar: Any) -> list[Any]:
    """Returns the cells of a running trial."""
    from rich.text import Text

    value = "" if trial.value is None else f"{now.objective} {format_value(trial.value)}"
    words = (f"epoch {lines.epochs(trial)}", value, lines.duration(trial.seconds))
    cells = [Text(word, no_wrap=True, overflow="ellipsis") for word in words]
    return [Text(f"trial {trial.trial_id}", no_wrap=True), bar, *cells]


def _standing(now: Snapshot) -> str:
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
    return "  ".join(cell for cell in (best, others) if cell)


def _bold(text: str) -> Text:
    from rich.text import Text

    return Text(text, no_wrap=True, overflow="ellipsis", style="bold")


def rows(drawn: Any, width: int) -> list[str]:
    """Returns a renderable as rows of text with colours, none wider than a number of columns."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(), force_terminal=True, legacy_windows=False, width=width, height=100
    )
    console.print(drawn)
    return re.sub(r"\n+\Z", "", console.file.getvalue()).split("\n")  # type: ignore[attr-defined]
