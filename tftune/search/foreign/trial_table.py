"""Reads a table of trials, CSV: tftune's `trials.csv`, a data frame of Optuna, exports of Ray Tune,
W&B and scikit-learn, or any table with a column a knob and a column with the score.

A column is a knob if its name begins as that tool's do: `params_x` (Optuna), `param_x`
(scikit-learn), `config/x` (Ray Tune), `config.x`. Where no column does, every column is one
that is not known for something else.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tftune.datasets.texts import check_text
from tftune.datasets.texts import lines as lines_of
from tftune.errors import DataError, UsageError
from tftune.journal.status import TrialStatus
from tftune.search.foreign.foreign_trials import (
    Asked,
    ForeignTrial,
    ForeignTrials,
    foreign_trial,
    unreadable,
)
from tftune.support import limits
from tftune.support.checks import nearest
from tftune.support.texts import printable, quoted, shown
from tftune.support.whole_files import read_whole

PREFIXES = ("params_", "param_", "config/", "config.")
SCORES = ("score", "value", "values_0")
_STATES = {
    TrialStatus.COMPLETED: "completed complete finished terminated done success succeeded ok true",
    TrialStatus.PRUNED: "pruned stopped killed",
    TrialStatus.FAILED: "failed fail crashed error false",
    TrialStatus.RUNNING: "running waiting pending paused preempted",
}
_STATUS = ("status", "state")
_SECONDS = ("seconds", "duration", "time_total_s", "runtime", "mean_fit_time")
_OTHERS = (
    *("trial_id", "number", "best_epoch", "parameters", "message", "objective", "direction"),
    *("datetime_start", "datetime_complete", "start", "end", "round_epochs"),  # Optuna, Talos
    *("name", "notes", "user", "tags", "created", "sweep", "id"),  # W&B
)
_KNOWN = {*SCORES, *_STATUS, *_SECONDS, *_OTHERS}
_OWN = ["trial_id", "status", "score"]  # how tftune's own tables begin
_SEPARATOR_TOLD = re.compile(r"sep=([,;\t])\n")
_QUOTED = re.compile(r'"[^"]*"')
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
_DURATION = re.compile(r"(?:(\d+) days? )?(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def read_trial_table(path: Path, asked: Asked) -> ForeignTrials:
    """Reads a table.

    Args:
        path: A CSV file; the separator may be a comma, a semicolon or a tab.
        asked: Where the score is, what it is called and which way is better, if it is known.

    Raises:
        UsageError: If it is no table, has a column twice or no score, or a score is no number.
    """
    columns, rows, separator = _table(path)
    score = _score_column(columns, asked, path)
    if separator != "," and any(_DECIMAL_COMMA.fullmatch(row[score]) for _, row in rows):
        rows = [(line, _with_points(row)) for line, row in rows]
    prefix = "" if columns[:3] == _OWN else _prefix(columns)
    knobs = _knobs(columns, prefix, {score, asked.column, asked.objective})
    if not knobs:
        raise UsageError(
            f"{path} has no column of a knob. Expected one a knob beside the score. Received: "
            f"{shown(columns)}. Add them."
        )
    status = next((name for name in columns if name.lower() in _STATUS), None)
    seconds = next((name for name in columns if name.lower() in _SECONDS), None)
    trials, running = [], 0
    for line, row in rows:
        state = _state(row[status], path, line) if status else TrialStatus.COMPLETED
        if state is TrialStatus.RUNNING:
            running += 1
            continue
        trials.append(_trial(path, line, row, knobs, (score, state, seconds)))
    objective, direction = _told(rows, columns, score, asked, path)
    notes = (f"{running} running left out",) if running else ()
    return ForeignTrials(str(path), "table", tuple(trials), objective, direction, notes)


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]], str]:
    """Returns the names of the columns, each row with its line, and the separator."""
    try:
        content = read_whole(path, limits.TEXT)
        check_text(content)
        if b"\0" in content:
            raise DataError("it holds zero bytes")
        text = content.decode("utf-8-sig")
        told = _SEPARATOR_TOLD.match(text)  # as spreadsheets write it
        text = text[told.end() :] if told else text
        first = _QUOTED.sub("", text.lstrip("\n").partition("\n")[0])
        separator = told[1] if told else max(",;\t", key=first.count)
        limits.COLUMNS.check(first.count(separator) + 1)
        reader = csv.reader(lines_of(text), delimiter=separator, strict=True)
        lines = [(reader.line_num + bool(told), cells) for cells in reader if any(cells)]
    except (DataError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(str(path), "a table of trials (CSV)", error) from None
    columns = [cell.strip() for cell in lines[0][1]] if lines else []
    twice = [name for name, count in Counter(columns).items() if count > 1 and name]
    if twice:
        raise UsageError(
            f"{path} has the column {', '.join(map(shown, twice))} more than once. Expected "
            "different names. Rename or remove one of them."
        )
    if len(lines) < 2:
        raise UsageError(
            f"{path} is an empty table. Expected a line with the names of the columns, then a line "
            f"a trial. Received: {len(lines)} lines. Leave it out."
        )
    for line, cells in lines[1:]:
        if len(cells) != len(columns):
            raise UsageError(
                f"{path}, line {line}, has {len(cells)} cells. Expected {len(columns)}, one a "
                "column. Restore it from a copy, or quote what holds a separator."
            )
    rows = [(line, dict(zip(columns, cells, strict=True))) for line, cells in lines[1:]]
    return columns, rows, separator


def _with_points(row: Mapping[str, str]) -> dict[str, str]:
    """Returns a row of a table whose numbers have decimal commas with points in their place."""
    return {
        name: cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell
        for name, cell in row.items()
    }


def _score_column(columns: list[str], asked: Asked, path: Path) -> str:
    if asked.column is not None and asked.column not in columns:
        raise UsageError(
            f"{path} has no column {shown(asked.column)}.{nearest(asked.column, columns)} Expected "
            f"one of: {shown(columns)}. Correct --column."
        )
    own = ["score"] if columns[:3] == _OWN else []
    found = [name for name in (asked.column, *own, asked.objective, *SCORES) if name in columns]
    if found and found[0] is not None:
        return found[0]
    wanted = " or ".join([shown(asked.objective)] * (asked.objective is not None) + ["'score'"])
    raise UsageError(
        f"{path} has no column with a score. Expected one called {wanted}. Received: "
        f"{shown(columns)}. Say which it is: tftune import {quoted(str(path))} --column NAME "
        "--objective NAME --direction max --csv trials.csv, and start from that table."
    )


def _prefix(columns: list[str]) -> str:
    return next(
        (prefix for prefix in PREFIXES if any(name.startswith(prefix) for name in columns)), ""
    )


def _knobs(columns: list[str], prefix: str, taken: set[str | None]) -> dict[str, str]:
    """Returns the column of each knob."""
    if prefix:
        return {name.removeprefix(prefix): name for name in columns if name.startswith(prefix)}
    free = [name for name in columns if name and name.lower() not in _KNOWN and name not in taken]
    # tftune calls a knob so whose name a column has already
    return {name.removeprefix("values/"): name for name in free}


def _state(text: str, path: Path, line: int) -> TrialStatus:
    word = text.strip().lower().rpartition(".")[2]  # also TrialState.COMPLETE
    for status, words in _STATES.items():
        if word in words.split():
            return status
    raise UsageError(
        f"{path}, line {line}: {shown(text)} is no state of a trial. Expected completed, pruned, "
        "failed or running. Correct the cell, or remove the column."
    )


def _trial(
    path: Path,
    line: int,
    row: Mapping[str, str],
    knobs: Mapping[str, str],
    columns: tuple[str, TrialStatus, str | None],
) -> ForeignTrial:
    score, state, seconds = columns
    try:
        number = float(row[score]) if row[score].strip() else None
    except ValueError:
        raise UsageError(
            f"{path}, line {line}: the score {shown(row[score])} in column {shown(score)} is no "
            "number. Expected a number, or nothing for a trial that failed. Correct the cell."
        ) from None
    values = {name: row[column].strip() for name, column in knobs.items() if row[column].strip()}
    lasted = None if seconds is None else _seconds(row[seconds])
    return foreign_trial(f"line {line}", values, number, state, lasted)


def _seconds(text: str) -> float | None:
    found = _DURATION.fullmatch(text.strip())
    if found:  # as pandas writes a duration
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    try:
        return float(text)
    except ValueError:
        return None


def _told(
    rows: list[tuple[int, dict[str, str]]], columns: list[str], score: str, asked: Asked, path: Path
) -> tuple[str | None, str | None]:
    """Returns name and direction of the score, as far as they are known."""
    told: list[str | None] = []
    for name in ("objective", "direction"):
        said = {row[name].strip() for _, row in rows if name in columns} - {""}
        if len(said) > 1:
            raise UsageError(
                f"{path} names several in its column {name}: {shown(sorted(said))}. Expected one. "
                "Split the table."
            )
        told.append(next(iter(said), None))
    objective, direction = told
    if direction not in ("max", "min", None):
        raise UsageError(
            f"{path} has {shown(direction)} in its column direction. Expected max or min. "
            "Correct the cells, or remove the column."
        )
    if asked.stated:
        return asked.objective or objective or _own_name(score), direction or asked.direction
    return objective or _own_name(score), direction


def _own_name(score: str) -> str | None:
    return None if score in SCORES else score


def table_of(found: ForeignTrials) -> str:
    """Returns trials as a table that `read_trial_table` reads, and that says what its score is.

    Example:
        >>> trial = foreign_trial("0", {"units": 8}, 0.5, "completed")
        >>> print(table_of(ForeignTrials("x", "table", (trial,), "val_auc", "max")))
        trial_id,status,score,seconds,objective,direction,units
        0,completed,0.5,,val_auc,max,8
        <BLANKLINE>
    """
    names = list(dict.fromkeys(name for trial in found.trials for name in trial.values))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    knobs = [f"values/{name}" if name.lower() in _KNOWN else name for name in names]
    writer.writerow([*_OWN, "seconds", "objective", "direction", *knobs])
    for trial in found.trials:
        told = (trial.name, trial.status, trial.score, trial.seconds, found.objective)
        cells = [*told, found.direction, *map(trial.values.get, names)]
        writer.writerow(["" if each is None else printable(str(each)) for each in cells])
    return buffer.getvalue()
