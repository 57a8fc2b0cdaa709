"""`tftune import`: shows the trials of another tool, what of them fits a search, and writes them as
a table that `--warm-start` reads.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tftune.cli.assignments import split
from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.terminal import print_document
from tftune.errors import UsageError
from tftune.support.checks import nearest
from tftune.support.files import expanded
from tftune.support.texts import one_line, printable, quoted, shown

if TYPE_CHECKING:
    from tftune.search.foreign.fitting import Fitted
    from tftune.search.foreign.foreign_trials import ForeignTrials

_MOST = 6  # choices of a knob that the table shows


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE",
        type=source,
        help="an Optuna storage (SQLite or journal file, or sqlite:///, postgresql:// ...), a "
        "KerasTuner project folder, or a table of trials (CSV)",
    )
    parser.add_argument("--study", metavar="NAME", help="of an Optuna storage with several studies")
    parser.add_argument("--column", metavar="NAME", help="the column of a table with the score")
    parser.add_argument("--objective", metavar="NAME", help="what the score is called here")
    parser.add_argument("--direction", choices=("max", "min"), help="which scores are better")
    parser.add_argument(
        "--rename",
        metavar="OLD=NEW",
        action="append",
        default=[],
        help="what a knob is called here; several by commas, or the flag again",
    )
    parser.add_argument(
        "--run",
        metavar="RUN",
        type=source,
        help="a run folder, or its name in runs/: what fits its space?",
    )
    parser.add_argument(
        "--csv", metavar="FILE", type=source, help="write the trials as a table for --warm-start"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    from tftune.search.foreign.foreign_trials import Asked
    from tftune.search.foreign.reading import read_foreign

    target = None if options.csv is None else expanded(options.csv)
    if target is not None and target.exists() and not options.overwrite:
        raise UsageError(
            f"{shown(str(target))} is there already, and is left as it is. Expected a new file. "
            "Choose another name, or pass --overwrite."
        )
    source = options.source if "://" in options.source else str(expanded(options.source))
    asked = Asked(options.objective, options.direction, options.study, options.column, stated=True)
    found = _renamed(_with_direction(read_foreign(source, asked), options), options.rename)
    fitted = None
    if options.run is not None:
        found, fitted = _fitted(found, options.run)
    if options.json:
        print_document(_document(found, fitted))
    else:
        print(_text(found, fitted))
    if target is not None:
        _write(found, target)
        if not options.json:
            print(
                f"\n{printable(str(target))}: {_trials(len(found.trials))}. Start from them: "
                f"--warm-start {quoted(str(target))}"
            )
    return 0


def _with_direction(found: ForeignTrials, options: argparse.Namespace) -> ForeignTrials:
    """Returns the source with the direction that was stated.

    Raises:
        UsageError: If the source says the other one.
    """
    if options.direction is not None and found.direction not in (None, options.direction):
        raise UsageError(
            f"{found.source} ({found.kind}) says {found.direction}. Received: --direction "
            f"{options.direction}. Leave it out; to turn scores round, write them as a table with "
            "the other sign."
        )
    return replace(found, direction=found.direction or options.direction)


def _renamed(found: ForeignTrials, texts: Sequence[str]) -> ForeignTrials:
    """Returns the source with other names for its knobs.

    Raises:
        UsageError: If a name is in no trial, or two knobs would have one name.
    """
    try:
        names = {old: new for text in texts for old, new in split(text).items()}
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--rename cannot be read: {error}") from None
    known = list(dict.fromkeys(name for trial in found.trials for name in trial.values))
    for old in names:
        if old not in known:
            raise UsageError(
                f"No trial has a knob {shown(old)}.{nearest(old, known)} Expected one of: "
                f"{', '.join(known)}. Correct --rename."
            )
    after = [names.get(name, name) for name in known]
    twice = sorted({name for name in after if after.count(name) > 1})
    if twice:
        raise UsageError(
            f"Two knobs would be called {', '.join(twice)}. Expected different names. Correct "
            "--rename."
        )
    return replace(
        found,
        trials=tuple(
            replace(trial, values={names.get(k, k): value for k, value in trial.values.items()})
            for trial in found.trials
        ),
    )


def _fitted(found: ForeignTrials, run: str) -> tuple[ForeignTrials, Fitted]:
    from tftune.cli.runs import opened
    from tftune.search.foreign.fitting import fit_source
    from tftune.search.warm_start import check_objective
    from tftune.space.knob_records import keras_tuner_config, read_knob

    header = opened(run).state.header
    check_objective([found], header["objective"]["name"], header["objective"]["direction"])
    knobs = [
        read_knob(record["kind"], keras_tuner_config(record)) for record in header["space"]["knobs"]
    ]
    return fit_source(found, knobs)


def _text(found: ForeignTrials, fitted: Fitted | None) -> str:
    from tftune.reports.tables import format_value
    from tftune.reports.text_table import Column, aligned_table
    from tftune.search.foreign.foreign_trials import counted

    name = found.objective or "not told (say it with --objective)"
    way = found.direction or "not told (say it with --direction)"
    scores = [trial.score for trial in found.trials if trial.score is not None]
    ends = f"{format_value(min(scores))} to {format_value(max(scores))}"
    lines = [
        f"{printable(found.source)}: {found.kind}",
        f"trials: {counted(found.trials)}" + "".join(f"; {note}" for note in found.notes),
        f"score: {ends}; objective {printable(name)}; direction {way}",
    ]
    columns = [Column("knob", left=True), Column("trials"), Column("values", left=True)]
    rows = [
        [one_line(knob, 60), str(count), one_line(values, 80)]
        for knob, count, values in _knobs(found)
    ]
    lines += ["", aligned_table(columns, rows)]
    if fitted is not None:
        lines += ["", f"{len(fitted.results)} of {fitted.total} trials fit the run's space."]
        lines += [f"- {sentence}" for sentence in fitted.sentences()]
    return "\n".join(line.rstrip("\n") for line in lines)


def _knobs(found: ForeignTrials) -> list[tuple[str, int, str]]:
    """Returns each knob, how many trials tell it, and which values it had, in words."""
    seen: dict[str, list[Any]] = {}
    for trial in found.trials:
        for name, value in trial.values.items():
            seen.setdefault(name, []).append(value)
    return [(printable(name), len(values), _values(values)) for name, values in seen.items()]


def _values(values: Sequence[Any]) -> str:
    from tftune.reports.tables import format_value
    from tftune.search.foreign.knob_values import number_of

    numbers = [number_of(value) for value in values]
    if None not in numbers:
        low, high = min(numbers), max(numbers)  # type: ignore[type-var]
        return format_value(low) if low == high else f"{format_value(low)} to {format_value(high)}"
    different = list(dict.fromkeys(shown(value, 40).strip("'") for value in values))
    more = f" and {len(different) - _MOST} more" if len(different) > _MOST else ""
    return ", ".join(different[:_MOST]) + more


def _document(found: ForeignTrials, fitted: Fitted | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "source": found.source,
        "kind": found.kind,
        "objective": found.objective,
        "direction": found.direction,
        "notes": list(found.notes),
        "trials": [
            {
                "name": trial.name,
                "status": trial.status,
                "score": trial.score,
                "seconds": trial.seconds,
                "values": {name: _plain(value) for name, value in trial.values.items()},
            }
            for trial in found.trials
        ],
    }
    if fitted is not None:
        told["fitting"] = {"trials": len(fitted.results), "misfits": fitted.sentences()}
    return told


def _plain(value: Any) -> Any:
    """Returns a value that JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else shown(value)


def _write(found: ForeignTrials, target: Path) -> None:
    from tftune.search.foreign.trial_table import table_of
    from tftune.support.files import write_atomically

    try:
        write_atomically(target, table_of(found))
    except OSError as error:
        raise UsageError(
            f"{shown(str(target))} cannot be written: {error.strerror or error}. Expected a file "
            "in a folder that is writable. Choose another place."
        ) from None


def _trials(count: int) -> str:
    return f"{count} trial{'' if count == 1 else 's'}"


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("study.db", "what an Optuna storage holds"),
        ("my_dir/my_project --run beans-auto", "does a KerasTuner search fit a run's space?"),
        ("runs.csv --column auc --objective val_auc --direction max --csv ready.csv", "a table"),
    ),
)
