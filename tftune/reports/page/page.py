"""The report: every view of one or several runs in one HTML file that needs nothing else.

It opens from a disk, offline, in any browser; its style and script stand inside it and a content
security policy lets nothing else run or load. Figures and tables need no JavaScript.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tftune
from tftune.errors import UsageError
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import TrialRecord
from tftune.reports.page.blocks import swatch
from tftune.reports.page.document import contents, document, resource
from tftune.reports.page.markup import Markup, data_block, element, escaped, joined
from tftune.reports.page.sections import Draw, failed_section, section
from tftune.reports.run_data import RunData, read_run
from tftune.reports.tables import format_value, knob_names
from tftune.reports.views import VIEWS
from tftune.reports.views.view import View
from tftune.space.knob import public_values
from tftune.support.files import write_atomically
from tftune.support.texts import one_line

MOST_RUNS = 8  # each has a colour of its own
_LONGEST_NAME = 80  # of a knob or a value in the box of a trial


def write_report(folders: Iterable[RunFolder | str | os.PathLike[str]], path: Path | str) -> Path:
    """Writes the report of one or several runs whole or not at all, and returns its path.

    Args:
        folders: Run folders; the first is the main one. No lock is needed, a search may be at work.
        path: The file.

    Raises:
        UsageError: If there are no runs, or more than can be told apart.
        RunFolderError: If there is no search in a folder, or its journal is damaged.
        OSError: If the file cannot be written; an old one is then untouched.
    """
    given = [each if isinstance(each, RunFolder) else RunFolder(each) for each in folders]
    found = list({folder.path.resolve(): folder for folder in given}.values())
    if not 1 <= len(found) <= MOST_RUNS:
        raise UsageError(
            f"A report shows 1 to {MOST_RUNS} runs, each in a colour of its own. Received: "
            f"{len(found)}. Name fewer."
        )
    text = render(_told_apart([read_run(folder) for folder in found]))
    # a lone surrogate, which no file can hold, would be a fault of a chart
    write_atomically(path, text.encode("utf-8", "replace"))
    return Path(path)


def _told_apart(runs: Sequence[RunData]) -> list[RunData]:
    """Returns the runs with names that differ: those of one name get their parent's, too."""
    names = [run.name for run in runs]
    return [
        replace(run, name="/".join(run.folder.path.absolute().parts[-2:]))
        if run.folder is not None and names.count(run.name) > 1
        else run
        for run in runs
    ]


def render(
    runs: Sequence[RunData],
    views: Mapping[str, Callable[[Sequence[RunData]], View]] = VIEWS,
    draw: Draw | None = None,
) -> str:
    """Returns the report as HTML.

    Args:
        runs: The runs shown together, at least one; the first is the main one.
        views: What is shown, in order, by name: functions of the runs. One that raises costs its
            own section only, which says so.
        draw: Makes SVG of a chart; `tftune.reports.charts.svg.svg_of` by default.
    """
    names = [run.name for run in runs]
    made = [_section(name, views, runs, number, draw) for number, name in enumerate(views, 1)]
    body = (
        element("a", "Skip to the report", href="#main", class_="skip"),
        _header(runs),
        element(
            "main",
            *(html for _, html in made[:1]),
            contents([(name, title) for name, (title, _) in zip(views, made, strict=True)]),
            *(html for _, html in made[1:]),
            id="main",
        ),
        _footer(runs),
        data_block("trials", [_told(run) for run in runs]),
    )
    title = f"{', '.join(names)}: report"
    return document(title, body, resource("report.css"), resource("report.js"))


def _section(
    name: str,
    views: Mapping[str, Callable[[Sequence[RunData]], View]],
    runs: Sequence[RunData],
    number: int,
    draw: Draw | None,
) -> tuple[str, Markup]:
    """Returns the title of a view and its section, also if it fails."""
    try:
        view = replace(views[name](runs), name=name)
        return view.title, section(view, number, [run.name for run in runs], draw)
    except Exception as error:  # a fault in one view must not cost the page
        return name.replace("-", " ").capitalize(), failed_section(name, number, error)


def _header(runs: Sequence[RunData]) -> Markup:
    several = len(runs) > 1
    names = [
        element(
            "span",
            swatch(place) if several else "",
            escaped(run.name, 120),
            class_="run",
        )
        for place, run in enumerate(runs)
    ]
    return element(
        "header",
        element("p", "tftune report", class_="brand"),
        element("h1", joined(names, " "), class_="several" if several else None),
        *(element("p", _line_of(run, several), class_="subtitle") for run in runs),
    )


def _line_of(run: RunData, named: bool) -> str:
    """Returns what was searched, in a line."""
    header, state = run.state.header, run.state
    which = {"max": "highest", "min": "lowest"}.get(state.direction, state.direction)
    trials = len(state.trials)
    told = [
        *([run.name] if named else []),
        str(header.get("task") or "search"),
        f"search method {header.get('search') or 'unknown'}",
        f"{which} {state.objective}",
        f"{trials:,} trial{'' if trials == 1 else 's'}",
    ]
    return " \u00b7 ".join(one_line(word, 80) for word in told)


def _footer(runs: Sequence[RunData]) -> Markup:
    told = [float(record["time"]) for run in runs for record in run.records if "time" in record]
    last = _moment(max(told)) if told else ""
    return element(
        "footer",
        element(
            "p",
            f"Made by tftune {tftune.__version__} from "
            f"{'the journals' if len(runs) > 1 else 'the journal'}"
            f"{f' as of {last}' if last else ''}. This file is complete: it loads nothing, and "
            "nothing leaves it.",
        ),
    )


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):  # a clock that was wrong
        return ""


def _told(run: RunData) -> dict[str, Any]:
    """Returns what the script shows of the trials: names once, then a row for each."""
    knobs = knob_names(run.state)
    return {
        "run": one_line(run.name, _LONGEST_NAME),
        "objective": one_line(run.state.objective, _LONGEST_NAME),
        "knobs": [one_line(knob, _LONGEST_NAME) for knob in knobs],
        "trials": {
            trial_id: [trial.status.value, *_numbers(trial), *_values(trial, knobs)]
            for trial_id, trial in run.state.trials.items()
        },
    }


def _numbers(trial: TrialRecord) -> list[str]:
    return ["" if trial.score is None else format_value(trial.score)]


def _values(trial: TrialRecord, knobs: Sequence[str]) -> list[str]:
    values = public_values(trial.values)
    return [
        one_line(format_value(values[knob]), _LONGEST_NAME) if knob in values else ""
        for knob in knobs
    ]
