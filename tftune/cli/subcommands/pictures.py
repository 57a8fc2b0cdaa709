"""`tftune pictures`: how search methods and schedulers work, as drawings, tables and sentences."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tftune
from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, one_of, place
from tftune.cli.pictures import PICTURES
from tftune.cli.terminal import aligned, tell
from tftune.errors import UsageError
from tftune.support.files import write_atomically
from tftune.support.seeding import MAX_SEED
from tftune.support.texts import shown

if TYPE_CHECKING:
    from tftune.reports.views.view import View


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        type=place,
        help="where to write them; made if it is absent",
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        type=one_of(PICTURES, "picture"),
        help="this picture; may be given several times (default: all)",
    )
    parser.add_argument(
        "--seed",
        metavar="S",
        type=integer(0, MAX_SEED),
        default=0,
        help="of everything that is drawn at random (default: 0)",
    )
    parser.add_argument("--list", action="store_true", help="print the names and end")


def _run(options: argparse.Namespace) -> int:
    if options.list:
        print(aligned([(name, PICTURES.summary(name)) for name in PICTURES]))
        return 0
    folder = _checked(options.folder)
    wanted = [name for name in PICTURES if not options.only or name in options.only]
    views = []
    for number, name in enumerate(wanted, 1):
        began = time.monotonic()
        views.append(PICTURES[name](seed=options.seed))
        tell(f"{number}/{len(wanted)}  {name}  {time.monotonic() - began:.1f} s")
    for path in write_pictures(views, folder, options.seed):
        print(path)
    return 0


def _checked(folder: Path | None) -> Path:
    """Returns the folder, which is made now: a mistake is told before anything is computed."""
    if folder is None:
        raise UsageError(
            "There is no folder to write into. Expected one. Received: none. Name it, as in: "
            "tftune pictures pictures; --list tells what there is."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # whether there is a right to write
            pass
    except (OSError, ValueError) as error:
        what = "it is a file" if isinstance(error, FileExistsError) else _reason(error)
        raise UsageError(
            f"The pictures cannot be written into {shown(str(folder))}: {what}. Expected a folder "
            "that can be written. Name another."
        ) from error
    return folder


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def write_pictures(views: Sequence[View], folder: Path, seed: int) -> list[Path]:
    """Writes a drawing a chart, all tables and sentences, and a page of everything.

    Args:
        views: Of the functions in `PICTURES`.
        folder: Where to.
        seed: They were made with.

    Returns:
        The page, the texts, then the drawings.

    Raises:
        UsageError: If a file cannot be written.
    """
    from tftune.reports.charts.standalone import svg_file
    from tftune.reports.page.document import page_of_views
    from tftune.reports.view_text import text_of

    drawings = {
        f"{view.name}-{number}-{chart.name}.svg": svg_file(chart)
        for view in views
        for number, chart in enumerate(view.charts, 1)
    }
    page = page_of_views(
        "How a search works", f"{len(views)} pictures, seed {seed}", views, "tftune pictures"
    )
    files = {
        "index.html": page,
        "pictures.txt": "\n\n\n".join(map(text_of, views)) + "\n",
        "pictures.json": json.dumps(_document(views, seed), default=list) + "\n",
        **drawings,
    }
    try:
        for name, content in files.items():
            write_atomically(folder / name, content)
    except OSError as error:
        raise UsageError(
            f"The pictures cannot be written into {shown(str(folder))}: {_reason(error)}. Expected "
            "a folder that can be written and has room. Name another."
        ) from error
    return [folder / name for name in files]


def _document(views: Sequence[View], seed: int) -> dict[str, Any]:
    told = [
        {
            "name": view.name,
            "title": view.title,
            "how_to_read": view.how_to_read,
            "sentences": view.sentences,
            "tables": [
                {"title": table.title, "header": table.header, "rows": table.rows}
                for table in view.tables
            ],
            "charts": [
                {
                    "file": f"{view.name}-{number}-{chart.name}.svg",
                    "marks": [type(mark).__name__ for mark in getattr(chart, "marks", ())],
                    **asdict(chart),
                }
                for number, chart in enumerate(view.charts, 1)
            ],
        }
        for view in views
    ]
    return {"tftune": tftune.__version__, "seed": seed, "pictures": told}


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("pictures", "writes all of them into the folder pictures; open pictures/index.html"),
        ("pictures --only discrepancy --seed 7", "one of them, with other random draws"),
        ("--list", "what there is"),
    ),
)
