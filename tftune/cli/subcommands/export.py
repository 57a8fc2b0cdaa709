"""`tftune export`: trials for Optuna and as tables, the best model for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import folder_of
from tftune.errors import UsageError
from tftune.reports.run_data import RunData, read_run
from tftune.support.files import expanded
from tftune.support.texts import printable, shown

FORMATS = ("keras", "savedmodel", "onnx", "litert")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "--optuna",
        metavar="FILE",
        type=source,
        help="an Optuna storage: SQLite for .db or .sqlite, else a journal; optuna-dashboard "
        "opens both",
    )
    parser.add_argument("--csv", metavar="FILE", type=source, help="the trials as trials.csv")
    parser.add_argument("--parquet", metavar="FILE", type=source, help="the trials as Parquet")
    parser.add_argument("--format", choices=FORMATS, help="the best model in another format")
    parser.add_argument(
        "--output", metavar="PATH", type=source, help="where to; beside best_model.keras else"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def _run(options: argparse.Namespace) -> int:
    folder = folder_of(options.run)
    targets = _targets(options)
    run = read_run(folder)
    for kind, path in targets:
        try:
            with folder.held_for(path):
                _WRITERS[kind](run, path)
        except OSError as error:
            raise UsageError(
                f"{shown(str(path))} cannot be written. Expected a file in a folder that is "
                f"writable. Received: {error}. Choose another place."
            ) from error
        count = len(run.state.trials)
        print(f"{printable(str(path))}: {count} {'trial' if count == 1 else 'trials'}")
    if options.format is not None:
        from tftune.cli.subcommands.export_model import export_model

        output = None if options.output is None else expanded(options.output)
        for written in export_model(folder, options.format, output, options.overwrite):
            print(printable(str(written)))
    return 0


def _targets(options: argparse.Namespace) -> list[tuple[str, Path]]:
    """Returns what is written where, after checking that it can be.

    Raises:
        UsageError: If nothing is asked for, or a file is there already.
    """
    given = [(kind, getattr(options, kind)) for kind in _WRITERS]
    targets = [(kind, expanded(path)) for kind, path in given if path is not None]
    if options.output is not None and options.format is None:
        raise UsageError(
            "--output says where the model goes. Expected --format beside it. Received: "
            f"{shown(options.output)} without. Pass --format keras, or leave --output out."
        )
    if not targets and options.format is None:
        raise UsageError(
            "Nothing to export. Expected --optuna FILE, --csv FILE, --parquet FILE or --format "
            f"with one of {', '.join(FORMATS)}. Received: none of them. Pass at least one."
        )
    paths = [path for _, path in targets]
    for path in paths:
        _check_free(path, options.overwrite)
        if [other.absolute() for other in paths].count(path.absolute()) > 1:
            raise UsageError(
                f"Two exports go to one file. Expected a file for each. Received: "
                f"{shown(str(path))} twice. Choose another name for one of them."
            )
    return targets


def _check_free(path: Path, overwrite: bool) -> None:
    try:
        is_folder, is_there = path.is_dir(), path.exists() or path.is_symlink()
    except OSError as error:
        raise UsageError(
            f"{shown(str(path))} cannot be a file. Expected a path. Received: {error}. Choose "
            "another name."
        ) from error
    if is_folder:
        raise UsageError(
            f"{shown(str(path))} is a folder. Expected the name of a file. Choose another name, "
            "such as one inside it."
        )
    if is_there and not overwrite:
        raise UsageError(
            f"{shown(str(path))} is there already, and is left as it is. Expected a new file. "
            "Choose another name, or pass --overwrite."
        )


def _write_optuna(run: RunData, path: Path) -> None:
    from tftune.reports.trial_files import write_optuna

    write_optuna(run.state, path, run.name)


def _write_csv(run: RunData, path: Path) -> None:
    from tftune.reports.tables import write_trials_csv

    write_trials_csv(run.state, path)


def _write_parquet(run: RunData, path: Path) -> None:
    from tftune.reports.trial_files import write_parquet

    write_parquet(run.state, path)


_WRITERS: dict[str, Callable[[RunData, Path], None]] = {
    "optuna": _write_optuna,
    "csv": _write_csv,
    "parquet": _write_parquet,
}

COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("beans-auto --optuna trials.db", "then: optuna-dashboard sqlite:///trials.db"),
        ("beans-auto --parquet trials.parquet", "for pandas, polars, DuckDB"),
        ("beans-auto --format onnx --output leaves.onnx", "the best model"),
    ),
)
