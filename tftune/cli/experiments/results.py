"""What an experiment has found, as files in its run folder and as text on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import tftune
from tftune.cli.experiments.measurements import Measurements
from tftune.cli.terminal import print_document
from tftune.journal.run_folder import ExperimentFolder
from tftune.reports.charts.standalone import svg_file
from tftune.reports.page.document import page_of_views
from tftune.reports.summary import json_ready, to_json
from tftune.reports.view_text import text_of
from tftune.reports.views.view import View
from tftune.support.files import write_atomically


def write_results(
    folder: ExperimentFolder,
    title: str,
    command: str,
    views: Sequence[View],
    measurements: Measurements,
) -> dict[str, Any]:
    """Writes `table.json`, `table.txt`, the figures and the page; returns the content of the first.

    Args:
        folder: The run folder.
        title: What the page is called.
        command: That repeats the experiment.
        views: What was found.
        measurements: All that was measured.
    """
    document: dict[str, Any] = json_ready(
        {
            "experiment": title,
            "command": command,
            "tftune": tftune.__version__,
            "seconds": round(sum(record["seconds"] for record in measurements.records), 1),
            "views": [document_of(view) for view in views],
            "measurements": [
                {name: record[name] for name in ("what", "cell", "result", "seconds")}
                for record in measurements.records
            ],
        }
    )
    write_atomically(folder.table, to_json(document))
    write_atomically(folder.table_text, f"{command}\n\n{_text(views)}")
    for view in views:
        for chart in view.charts:
            # alone, a figure without a title of its own would say nowhere what it shows
            titled = chart if chart.title else replace(chart, title=view.title)
            write_atomically(folder.figures / f"{chart.name}.svg", svg_file(titled))
    write_atomically(folder.report, page_of_views(title, command, views))
    return document


def document_of(view: View) -> dict[str, Any]:
    """Returns the words and tables of a view as plain values."""
    return {
        "name": view.name,
        "title": view.title,
        "sentences": list(view.sentences),
        "facts": dict(view.facts),
        "tables": [
            {"title": table.title, "header": list(table.header), "rows": _lists(table.rows)}
            for table in view.tables
        ],
        "figures": [f"figures/{chart.name}.svg" for chart in view.charts],
        "why_not": view.why_not,
    }


def _lists(rows: Iterable[Iterable[str]]) -> list[list[str]]:
    return [list(row) for row in rows]


def _text(views: Iterable[View]) -> str:
    return "\n\n\n".join(map(text_of, views)) + "\n"


def print_results(
    document: dict[str, Any], views: Sequence[View], folder: ExperimentFolder, as_json: bool
) -> None:
    """Prints what was found, and where the files are.

    Args:
        document: The content of `table.json`.
        views: What was found.
        folder: The run folder.
        as_json: Whether stdout is to be the document and nothing else.
    """
    if as_json:
        print_document(document)
        return
    sys.stdout.write(_text(views))
    sys.stdout.write(f"\nTable, figures and page: {folder.path}\n")
