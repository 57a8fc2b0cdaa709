"""`tftune list`: the runs in a folder, a row each."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import RUNS
from tftune.cli.terminal import print_document, tell
from tftune.errors import RunFolderError
from tftune.reports.overview import DEPTH, Overview, age, overview, runs_below, size
from tftune.reports.run_state import RunStatus
from tftune.support.files import expanded
from tftune.support.texts import one_line, shown

_LONGEST = 40  # characters of a cell


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="DIR",
        type=source,
        nargs="?",
        help=f"where to look, {DEPTH} folders deep; a run itself, too (default: runs, or this "
        "folder where there is none)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    folder = _folder(options.folder)
    found = [overview_of(path, folder) for path in runs_below(folder)]
    if options.json:
        print_document({"folder": str(folder), "runs": [run.document() for run in found]})
        return 0
    if not found:
        tell(f"There are no runs in {shown(str(folder))}, {DEPTH} folders deep.")
        return 0
    print_runs(found)
    return 0


def _folder(given: str | None) -> Path:
    if given is None:
        return RUNS if RUNS.is_dir() else Path(".")
    path = expanded(given)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):  # a name that is too long, or no name at all
        is_folder = exists = False
    if not is_folder:
        what = "is a file" if exists else "is not there"
        raise RunFolderError(
            f"{shown(given)} {what}. Expected a folder with runs in it, such as runs, or a run "
            "folder. Correct the path."
        )
    return path


def overview_of(path: Path, below: Path) -> Overview:
    """Returns the row of a run folder, called by its path below a folder."""
    from tftune.journal.run_folder import RunFolder

    name = path.absolute().name if path == below else str(path.relative_to(below))
    return overview(RunFolder(path), name)


def print_runs(runs: list[Overview]) -> None:
    """Prints a row for each run, and below them why a journal could not be read."""
    from tftune.reports.text_table import Column, print_table

    columns = (
        Column("run", left=True),
        Column("task", left=True, drop=3),
        Column("method", left=True, drop=4),
        Column("state", left=True),
        Column("trials"),
        Column("pruned", drop=5),
        Column("failed", drop=6),
        Column("best"),
        Column("objective", left=True, drop=2),
        Column("test"),
        Column("age", drop=1),
        Column("size", drop=7),
    )
    now = time.time()
    print_table(columns, [_row(run, now) for run in runs])
    for run in runs:
        if run.state.status in (RunStatus.DAMAGED, RunStatus.UNKNOWN):
            print(f"{one_line(run.name, _LONGEST)}: {one_line(run.state.reason, 400)}")


def _row(run: Overview, now: float) -> list[str]:
    from tftune.reports.tables import format_value

    known = run.objective != ""
    planned = "" if run.planned is None else f"/{run.planned}"
    return [
        one_line(run.name, _LONGEST),
        one_line(run.task, _LONGEST),
        one_line(run.search, _LONGEST),
        str(run.state.status),
        f"{run.ended}{planned}" if known else "",
        str(run.pruned) if known else "",
        str(run.failed) if known else "",
        "" if run.best is None else format_value(run.best),
        one_line(run.objective, _LONGEST),
        _test(run),
        "" if run.last is None else age(now - run.last),
        size(run.bytes),
    ]


def _test(run: Overview) -> str:
    from tftune.reports.tables import format_value

    if run.test_score is not None:
        return format_value(run.test_score)
    if not run.test:
        return ""
    name, value = next(iter(run.test.items()))
    return f"{one_line(name, _LONGEST)} {format_value(value)}"


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("", "the runs in runs/"),
        ("experiments --json", "those in another folder, for a program"),
    ),
)
