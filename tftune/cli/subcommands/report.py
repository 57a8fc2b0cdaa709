"""`tftune report`: a page with every view of one or several runs."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

from tftune.cli.command import Subcommand
from tftune.cli.converters import place, source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import tell
from tftune.errors import RunFolderError, UsageError
from tftune.journal.run_folder import RunFolder
from tftune.support.texts import one_line, printable, shown

_LONGEST = 80  # characters of a run's name in the name of a file


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", type=source, nargs="+", help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=place,
        help="where to write it (default: report.html in the run folder; of several runs, in this "
        "folder)",
    )
    parser.add_argument("--open", action="store_true", help="show it in the browser")


def _run(options: argparse.Namespace) -> int:
    folders = [folder_of(run) for run in options.runs]
    if options.output is not None:
        path = _written(folders, options.output)
    elif len({folder.path.resolve() for folder in folders}) == 1:
        path = _written_into(folders[0])
    else:
        path = _written(folders, Path("report.html"))
    print(printable(str(path)))
    if options.open:
        _show(path)
    return 0


def _written(folders: Sequence[RunFolder], path: Path) -> Path:
    """Writes the report where it was asked for.

    Raises:
        UsageError: If the file cannot be written.
    """
    from tftune.reports.page.page import write_report

    try:
        with contextlib.ExitStack() as held:
            for folder in {one.path.resolve(): one for one in folders}.values():
                held.enter_context(folder.held_for(path))
            return write_report(folders, path)
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {shown(str(path))}: {error.strerror or error}. "
            "Expected a file in a folder that can be written. Name another with --output."
        ) from error


def _written_into(folder: RunFolder) -> Path:
    """Writes the report into the run folder, or beside it where that is not possible, and says
    why.
    """
    from tftune.reports.page.page import write_report

    try:
        with folder.held_for(folder.report):  # all writing in a run folder happens under its lock
            return write_report([folder], folder.report)
    except RunFolderError:
        why = f"a search is at work in {folder.path}"
    except OSError as error:
        why = f"{folder.report} cannot be written ({error.strerror or error})"
    path = _written([folder], Path(f"{_name_of(folder)}-report.html"))
    tell(f"The report is written here: {why}.")
    return path


def _name_of(folder: RunFolder) -> str:
    name = folder.path.absolute().name[:_LONGEST] or "run"
    return f"./{name}" if name.startswith("-") else name


def _show(path: Path) -> None:
    import webbrowser

    address = path.absolute().as_uri()
    try:
        shown_now = webbrowser.open(address)
    except (webbrowser.Error, OSError) as error:
        tell(f"warning: the browser could not be started: {one_line(str(error))}")
        return
    if not shown_now:
        tell(f"warning: there is no browser here that could be started; open {address}")


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("runs/beans-auto", "writes runs/beans-auto/report.html"),
        ("beans-auto beans-random --open", "both laid over each other, in the browser"),
        ("beans-auto --output beans.html", "to another file"),
    ),
)
