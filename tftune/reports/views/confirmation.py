"""The confirmation of the winner: what the best few scored in the search and on fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tftune.journal.records import Record
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Axis, Chart, Points
from tftune.reports.confirmation import cut_words, luck_words, sentences
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View
from tftune.support.texts import one_line

_TITLE = "Confirmation: the best few, trained again"
_HOW_TO_READ = (
    "A row is a trial: its score in the search, for which it was chosen, and its trainings on "
    "fresh seeds, which all trials of a round share. After each round those go on that have the "
    "best mean of all results so far; the best of the last round has won, and the mean of its "
    "repeats is what to expect of it."
)
_WHY_NOT = (
    "No winner was confirmed. --confirm 3 (confirm=3) trains the best three again on fresh seeds, "
    "nine trainings in all; searches of 60 trials and more do so by themselves."
)


def confirmation(runs: Sequence[RunData]) -> View:
    """Returns the view of the confirmation."""
    told: list[str] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    for run in runs:
        record = run.state.confirmed
        if record is None:
            continue
        told += [prefix(run, runs) + sentence for sentence in sentences(run.state)]
        told.append(
            f"{prefix(run, runs)}The trainings took {len(record['rounds'])} rounds, "
            f"{cut_words(record)}."
        )
        order = _order(record)
        charts.append(_chart(run, runs, record, order))
        tables.append(_table(run, runs, record, order))
    if not charts:
        return View("confirmation", _TITLE, _HOW_TO_READ, why_not=_WHY_NOT)
    return View("confirmation", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts), tuple(tables))


def _order(record: Record) -> list[dict[str, Any]]:
    """Returns the contenders, the winner first, then those who raced longer."""
    return sorted(
        record["contenders"],
        key=lambda each: (each["trial_id"] != record["trial_id"], -len(each["repeats"])),
    )


def _finite(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _chart(
    run: RunData, runs: Sequence[RunData], record: Record, order: Sequence[dict[str, Any]]
) -> Chart:
    objective = name_of(run.state.objective)
    rows = list(range(len(order)))[::-1]
    names = tuple(f"trial {each['trial_id']}" for each in order)[::-1]
    again = [
        (value, row, each["trial_id"], number)
        for each, row in zip(order, rows, strict=True)
        for number, value in enumerate(each["repeats"], start=1)
        if value is not None
    ]
    marks = [
        Points(
            [float(each["score"]) for each in order],
            rows,
            series="score in the search",
            colour="reference",
            keys=[str(each["trial_id"]) for each in order],
            hover=[
                f"trial {each['trial_id']}: {objective} {format_value(each['score'])} in the search"
                for each in order
            ],
        ),
        Points(
            [value for value, *_ in again],
            [row for _, row, *_ in again],
            series="trained again on a fresh seed",
            colour="neutral",
            keys=[str(trial) for _, _, trial, _ in again],
            hover=[
                f"trial {trial}, round {number}: {objective} {format_value(value)}"
                for value, _, trial, number in again
            ],
        ),
    ]
    low, high = (record[name] for name in ("low", "high"))
    ends = {} if low is None else {"low": [low], "high": [high]}
    marks.append(
        Points(
            [record["repeated"]],
            [rows[0]],
            series="mean of the winner's repeats" + (" (90 % interval)" if ends else ""),
            colour="best",
            hover=[f"mean {format_value(record['repeated'])}"],
            **ends,
        )
    )
    return Chart(
        f"confirmation{suffix(run, runs)}",
        Axis(objective),
        Axis("", "category", categories=names),
        tuple(marks),
    )


def _table(
    run: RunData, runs: Sequence[RunData], record: Record, order: Sequence[dict[str, Any]]
) -> Table:
    rows = []
    for each in order:
        values = _finite(each["repeats"])
        mean = math.fsum(values) / len(values) if values else None
        score = float(each["score"])
        sign = 1 if run.state.direction == "max" else -1
        failed = len(each["repeats"]) - len(values)
        won = " (winner)" if each["trial_id"] == record["trial_id"] else ""
        every = math.fsum([score, *values]) / (1 + len(values))
        rows.append(
            (
                f"{each['trial_id']}{won}",
                str(len(each["repeats"])),
                format_value(score),
                " ".join(map(format_value, values)) + (f" ({failed} failed)" if failed else ""),
                "-" if mean is None else format_value(mean),
                "-" if failed else format_value(every),
                "-" if mean is None else luck_words(sign * (score - mean)),
            )
        )
    seeds = ("on fresh seeds", "mean of these", "mean of all")
    header = ("trial", "rounds", "in the search", *seeds, "the search score was")
    title = one_line(f"{prefix(run, runs)}The race")
    return Table(header, tuple(rows), numbers=(1, 2, 4, 5), title=title)
