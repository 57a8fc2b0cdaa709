"""`tftune trials`: every trial of a run, as a table, CSV or JSON."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import opened
from tftune.cli.terminal import print_document, tell
from tftune.errors import UsageError
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus, loss_of
from tftune.support.checks import nearest

_FIELDS = ("trial_id", "number", "status", "score", "best_epoch", "seconds", "parameters")
_MORE_FIELDS = ("attempt", "parent", "started", "first_epoch", "last_epoch")
_LONGEST = 60  # characters of a failure in the table


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="as trials.csv, to stdout")
    form.add_argument("--json", action="store_true", help="one JSON document to stdout")
    parser.add_argument(
        "--sort",
        metavar="COLUMN",
        help="by a column, a knob or a metric instead of the start; score: best first",
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument(
        "--status",
        metavar="S",
        action="append",
        choices=[status.value for status in TrialStatus],
        help=f"only those that are {', '.join(TrialStatus)}; may be given several times",
    )


def _run(options: argparse.Namespace) -> int:
    run = opened(options.run)
    trials = selected(run.state, options.status, options.sort, options.reverse)
    if options.json:
        print_document({"run": run.name, "trials": [document(trial) for trial in trials]})
    elif options.csv:
        from tftune.reports.tables import trials_csv

        sys.stdout.write(trials_csv(run.state, trials))
    elif trials:
        _print(run.state, trials)
    else:
        of = f" that are {' or '.join(options.status)}" if options.status else ""
        tell(f"There are no trials{of} in {run.name}.")
    return 0


def selected(
    state: SearchState,
    statuses: list[str] | None = None,
    sort: str | None = None,
    reverse: bool = False,
) -> list[TrialRecord]:
    """Returns some trials of a search in order.

    Args:
        state: The search.
        statuses: What became of them; anything by default.
        sort: A column, a knob or a metric; the start by default. Trials without it come last.
        reverse: Whether the order is the other way round.

    Raises:
        UsageError: If there is no such column.
    """
    trials = [each for each in state.trials.values() if not statuses or each.status in statuses]
    if sort is None:
        return trials[::-1] if reverse else trials
    columns = {trial_id: _sortable(trial) for trial_id, trial in state.trials.items()}
    known = dict.fromkeys([*_FIELDS, *_MORE_FIELDS])
    known |= {name: None for values in columns.values() for name in values}
    if sort not in known:
        raise UsageError(
            f"There is no column {sort!r} to sort by. Expected one of {', '.join(known)}."
            f"{nearest(sort, known)}"
        )
    found = [(columns[trial.trial_id].get(sort), trial) for trial in trials]
    having = [(value, trial) for value, trial in found if _there(value)]
    lacking = [trial for value, trial in found if not _there(value)]
    direction = state.direction if sort == "score" else "min"
    having.sort(key=lambda pair: _key(pair[0], direction), reverse=reverse)
    return [trial for _, trial in having] + lacking


def _sortable(trial: TrialRecord) -> dict[str, Any]:
    """Returns all columns of a trial; of one name a field counts before a knob, that before a
    metric.
    """
    from tftune.space.knob import public_values

    fields = {name: getattr(trial, name) for name in (*_FIELDS, *_MORE_FIELDS)}
    return {**trial.metrics, **public_values(trial.values), **fields}


def _there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _key(value: Any, direction: str) -> tuple[int, Any]:
    """Returns what is compared; numbers stand before texts."""
    if isinstance(value, int | float):
        return (0, loss_of(value, direction))
    return (1, str(value))


def document(trial: TrialRecord) -> dict[str, Any]:
    """Returns a trial for JSON, with all its digits."""
    from tftune.space.knob import public_values

    values: Mapping[str, Any] = public_values(trial.values)
    fields = {name: getattr(trial, name) for name in (*_FIELDS, *_MORE_FIELDS)}
    return {**fields, "values": values, "metrics": trial.metrics, "message": trial.message}


def _print(state: SearchState, trials: list[TrialRecord]) -> None:
    from tftune.reports.analysis.knobs import knob_records
    from tftune.reports.knob_words import inactive
    from tftune.reports.tables import format_value, knob_names
    from tftune.reports.text_table import Column, print_table
    from tftune.space.knob import public_values
    from tftune.support.texts import one_line
    from tftune.support.tracebacks import summary

    names, knobs = knob_names(state), knob_records(state)
    messages = any(trial.message for trial in trials)
    columns = [
        Column("trial", left=True),
        Column("status", left=True),
        Column(one_line(state.objective, _LONGEST)),
        Column("best_epoch", drop=3),
        Column("seconds", drop=2),
        *(Column(one_line(name, 40), drop=4 + place) for place, name in enumerate(names)),
        *([Column("failure", left=True, drop=1)] if messages else []),
    ]
    rows = []
    for trial in trials:
        values = public_values(trial.values)
        idle = inactive(knobs, trial.values)
        shown = [
            "" if name not in values or name in idle else one_line(format_value(values[name]), 40)
            for name in names
        ]
        failure = one_line(summary(trial.message), _LONGEST) if trial.message else ""
        rows.append(
            [
                trial.trial_id,
                str(trial.status),
                "" if trial.score is None else format_value(trial.score),
                "" if trial.best_epoch is None else str(trial.best_epoch),
                "" if trial.seconds is None else f"{trial.seconds:.1f}",
                *shown,
                *([failure] if messages else []),
            ]
        )
    print_table(columns, rows)


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("beans-auto --sort score", "best first"),
        ("beans-auto --status failed --json", "the failures, for a program"),
    ),
)
