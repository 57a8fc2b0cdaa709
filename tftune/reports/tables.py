"""The trials as tables: the best ones for a person, all of them as `trials.csv`.

Example:
    >>> from tftune.journal.state import SearchState
    >>> state = SearchState(header={"objective": {"name": "val_auc", "direction": "max"}})
    >>> start = {"kind": "start", "trial_id": "0000", "number": 0, "values": {"dropout": 0.25}}
    >>> start |= {"first_epoch": 0, "last_epoch": 4, "parent": None, "attempt": 1, "time": 0.0}
    >>> state.apply(start)
    >>> end = {"kind": "end", "trial_id": "0000", "status": "completed", "score": 0.8125}
    >>> end |= {"best_epoch": 4, "metrics": {}, "message": None, "seconds": 9.5, "parameters": 1}
    >>> state.apply({**end, "time": 9.5})
    >>> print(plain_table(*best_trials(state)))
    rank  trial  val_auc  best_epoch  seconds  dropout
       1  0000    0.8125           4      9.5     0.25
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.text_table import Column, aligned_table
from tftune.space.knob import public_values
from tftune.support.files import write_atomically
from tftune.support.texts import one_line, printable
from tftune.support.tracebacks import LONGEST

if TYPE_CHECKING:
    from rich.table import Table

Row = list[str]
Names = dict[str, str]
CSV_COLUMNS = (
    "trial_id",
    "status",
    "score",
    "best_epoch",
    "seconds",
    "parameters",
)  # before the knobs
_LONGEST_CELL = 80
_NARROW = 60  # columns
_TEXT_COLUMNS = {"trial", "values"}


def knob_names(state: SearchState) -> list[str]:
    """Returns the names of all knobs that any trial used, in the order of their first use."""
    names: dict[str, None] = {}
    for trial in state.trials.values():
        names.update(dict.fromkeys(public_values(trial.values)))
    return list(names)


def _without_fixed(state: SearchState) -> list[str]:
    """Returns the names of the knobs that are not fixed in all places of the space."""
    kinds: dict[str, set[str]] = {}
    for knob in (state.header.get("space") or {}).get("knobs") or ():
        kinds.setdefault(str(knob.get("name")), set()).add(str(knob.get("kind")))
    return [name for name in knob_names(state) if kinds.get(name) != {"Fixed"}]


def best_trials(state: SearchState, count: int = 10, folded: bool = False) -> tuple[Row, list[Row]]:
    """Returns header and rows of the table of the best trials, as text.

    Args:
        state: The search.
        count: How many trials at most.
        folded: All knobs in one column `values` instead of a column each, for narrow screens.

    Returns:
        The header and the rows, best first. A knob that a trial does not have is an empty cell;
        fixed ones, which are the same in all, are left out.
    """
    tuned = _without_fixed(state)
    knobs = ["values"] if folded else tuned
    names = [one_line(name, _LONGEST_CELL) for name in (state.objective, *knobs)]
    header = ["rank", "trial", names[0], "best_epoch", "seconds", *names[1:]]
    rows = []
    for rank, trial in enumerate(state.ranked(count), start=1):
        name = trial.trial_id + (" (pruned)" if trial.status is TrialStatus.PRUNED else "")
        values = {
            knob: format_value(value)
            for knob, value in public_values(trial.values).items()
            if knob in tuned
        }
        cells = (
            ["  ".join(f"{knob}={value}" for knob, value in values.items())]
            if folded
            else [values.get(knob, "") for knob in knobs]
        )
        seconds = "" if trial.seconds is None else f"{trial.seconds:.1f}"
        rows.append(
            [str(rank), name, format_value(trial.score), _text(trial.best_epoch), seconds, *cells]
        )
    return header, rows


def format_value(value: Any) -> str:
    """Returns a value as a person reads it: four significant digits of a float, everything else as
    it is.

    Example:
        >>> format_value(0.000123456), format_value(True), format_value(64)
        ('0.0001235', 'True', '64')
    """
    return f"{value:.4g}" if isinstance(value, float) else one_line(_text(value), _LONGEST_CELL)


def plain_table(header: Row, rows: list[Row]) -> str:
    """Returns the table as aligned text without colours, borders or a limit of width."""
    columns = [Column(name, left=name in _TEXT_COLUMNS) for name in header]
    return aligned_table(columns, rows)


def best_trials_table(state: SearchState, count: int = 10, folded: bool = False) -> Table:
    """Returns the table of the best trials (see `best_trials`) as a rich Table, for a terminal or a
    notebook.
    """
    from rich.table import Table
    from rich.text import Text

    header, rows = best_trials(state, count, folded)
    table = Table(
        title=f"Best trials by {state.objective} ({state.direction})", title_justify="left"
    )
    for name in header:
        table.add_column(
            Text(name), justify="left" if name in _TEXT_COLUMNS else "right", overflow="fold"
        )
    for number, row in enumerate(rows):
        table.add_row(*(Text(cell) for cell in row), style="bold" if number == 0 else None)
    return table


def print_best_trials(state: SearchState, stream: TextIO | None = None, count: int = 10) -> None:
    """Prints the table of the best trials: with rich on a terminal, as plain aligned text
    elsewhere.

    Args:
        state: The search; if no trial has a score, nothing is printed.
        stream: Where to; stdout by default.
        count: How many trials at most.
    """
    from rich.console import Console

    stream = sys.stdout if stream is None else stream
    if state.best() is None or stream is None:  # closed
        return
    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        stream.write(plain_table(*best_trials(state, count)) + "\n")
        return
    table = best_trials_table(state, count)
    if (
        console.measure(table, options=console.options.update(max_width=10_000)).maximum
        > console.width
    ):
        if console.width < _NARROW:
            stream.write(_list_of_trials(state, count))
            return
        table = best_trials_table(state, count, folded=True)
    console.print(table)


def _list_of_trials(state: SearchState, count: int) -> str:
    """Returns the best trials one below the other, for screens too narrow for a table."""
    _, rows = best_trials(state, count, folded=True)
    words = [f"Best trials by {state.objective} ({state.direction})"]
    for rank, trial, score, _, _, values in rows:
        words += [f"{rank}. trial {trial}: {score}", *(f"   {knob}" for knob in values.split("  "))]
    return "\n".join(words) + "\n"


def write_trials_csv(state: SearchState, path: Path | str) -> None:
    """Writes all trials in the order of their start, whole or not at all (see `trials_csv`).

    Args:
        state: The search.
        path: The file, such as `runs/beans-random/trials.csv`.
    """
    write_atomically(path, trials_csv(state))


def trials_csv(state: SearchState, trials: Iterable[TrialRecord] | None = None) -> str:
    """Returns trials as CSV, one row each.

    The columns are `trial_id, status, score, best_epoch, seconds, parameters`, then one for each
    knob, then `message`. A knob that bears the name of such a column is called `values/<name>`.
    What a trial does not have is empty; floats have all their digits.

    Args:
        state: The search.
        trials: Some of its trials, in order; all by default.
    """
    knobs = knob_names(state)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    columns = knob_columns(knobs)
    writer.writerow([*CSV_COLUMNS, *(printable(columns[knob]) for knob in knobs), "message"])
    for trial in state.trials.values() if trials is None else trials:
        values = public_values(trial.values)
        writer.writerow(
            [*_csv_cells(trial), *(_text(values.get(knob)) for knob in knobs)]
            + [printable(_text(trial.message), LONGEST)]
        )
    return buffer.getvalue()


def knob_columns(knobs: Iterable[str], taken: Iterable[str] = (*CSV_COLUMNS, "message")) -> Names:
    """Returns the column of each knob: its name, or `values/<name>` where that is taken.

    Args:
        knobs: Their names.
        taken: Columns that a table of trials has besides.

    Example:
        >>> knob_columns(["units", "score"])
        {'units': 'units', 'score': 'values/score'}
    """
    reserved = set(taken)
    return {knob: f"values/{knob}" if knob in reserved else knob for knob in knobs}


def _csv_cells(trial: TrialRecord) -> Row:
    cells = (
        trial.trial_id,
        trial.status,
        trial.score,
        trial.best_epoch,
        trial.seconds,
        trial.parameters,
    )
    return [_text(cell) for cell in cells]


def _text(value: Any) -> str:
    return "" if value is None else printable(str(value))
