"""Finishing: what each step after the search was worth, on rows that it did not choose on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.journal.records import Record
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.charts.chart import Axis, Chart, Points, Rule
from tftune.reports.finish import HEADER, HOW, NAMES, NUMBERS, rows, sentences
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View
from tftune.support.texts import one_line

_TITLE = "Finishing: what each further step was worth"
_HOW_TO_READ = (
    "A row is a step: how much better it made the answers to rows that did not choose it, with a "
    "95 % interval (a paired bootstrap by groups of rows); right of zero is better, and an "
    "interval that contains zero is within the noise."
)
_WHY_NOT = (
    "The model was not finished. --finish (finish=True) averages its last weights, refits it on "
    "train and validation and joins the best trials, each only if it gains on rows that it did not "
    "choose on, in a fifth of the trials' time."
)


def finish(runs: Sequence[RunData]) -> View:
    """Returns the view of the finish."""
    told: list[str] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    for run in runs:
        record = run.state.finished
        if record is None:
            continue
        told += [prefix(run, runs) + sentence for sentence in [*sentences(run.state), HOW]]
        chart = _chart(run, runs, record)
        charts += [] if chart is None else [chart]
        title = one_line(f"{prefix(run, runs)}The steps")
        tables.append(Table(HEADER, tuple(rows(record)), numbers=NUMBERS, title=title))
    if not tables:
        return View("finish", _TITLE, _HOW_TO_READ, why_not=_WHY_NOT)
    return View("finish", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts), tuple(tables))


def _chart(run: RunData, runs: Sequence[RunData], record: Record) -> Chart | None:
    judged = [each for each in record["steps"] if each["gain"] is not None][::-1]
    if not judged:
        return None
    marks: list[Any] = [Rule(0.0, "x", "no change")]
    for colour, series, status in (
        ("best", "kept", "kept"),
        ("neutral", "not kept", "not kept"),
    ):
        places = [place for place, each in enumerate(judged) if each["status"] == status]
        if places:
            chosen = [judged[place] for place in places]
            marks.append(
                Points(
                    [each["gain"] for each in chosen],
                    places,
                    series=series,
                    colour=colour,
                    low=[_end(each, "low") for each in chosen],
                    high=[_end(each, "high") for each in chosen],
                    hover=[_hover(each) for each in chosen],
                )
            )
    return Chart(
        f"finish{suffix(run, runs)}",
        Axis(f"gain in {record['measure']}"),
        Axis("", "category", categories=tuple(NAMES[each["step"]] for each in judged)),
        tuple(marks),
    )


def _end(step: dict[str, Any], side: str) -> float:
    """Returns an end of the interval of a gain, the gain itself where there is none."""
    return float(step["gain"] if step[side] is None else step[side])


def _hover(step: dict[str, Any]) -> str:
    before, after = (format_value(step[name]) for name in ("before", "after"))
    return f"{NAMES[step['step']]}: {before} before, {after} after; {step['why']}"
