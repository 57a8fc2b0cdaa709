"""The reference models beside the network: what it has to beat on the same split."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.groups import prefix, suffix, titled
from tftune.reports.analysis.references import ReferenceTable, Row, notes_of, tables_of
from tftune.reports.charts.chart import Axis, Chart, Points, Rule
from tftune.reports.evaluation_text import number, with_interval
from tftune.reports.run_data import RunData
from tftune.reports.views.view import Table, View

_NAME = "references"
_TITLE = "What the network must beat"
_HOW_TO_READ = (
    "Simple models, fitted in seconds on the same training rows with settings that nobody tuned, "
    "beside the tuned network; brackets are 95 % intervals. A network that is not better than they "
    "are is not worth its trouble."
)
_WITHOUT = (
    "No reference models were fitted: they were left out, the search has not ended, an older "
    "version ran it, or its trials are code of their own."
)
_ROW_HEIGHT, _LEAST_HEIGHT = 0.12, 0.6
_FIRST = {"test": "test split", "validation": "validation split"}


def references(runs: Sequence[RunData]) -> View:
    """Returns the view: a chart of the deciding measure and a table for each split."""
    sentences: list[str] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    for run in runs:
        found = tables_of(run.state)
        notes = [note for table in found for note in table.notes] or notes_of(run.state)
        told = [_sentence(table) for table in found]
        told += [_inputs(found[0])] if found else []
        told += list(dict.fromkeys(notes))
        sentences += [prefix(run, runs) + text for text in told if text]
        if found:
            charts.append(_chart(run, found, runs))
        tables += [_table(run, table, runs) for table in found]
    if not tables:
        return View(_NAME, _TITLE, _HOW_TO_READ, why_not=" ".join(sentences) or _WITHOUT)
    return View(_NAME, _TITLE, _HOW_TO_READ, tuple(sentences), tuple(charts), tuple(tables))


def _sentence(table: ReferenceTable) -> str:
    """Returns what a split says of the network and the best reference."""
    network = next((row for row in table.rows if row.is_network), None)
    best = table.best
    if network is None or best is None:
        return ""
    measure = table.name_of(table.deciding)
    sides = [with_interval(row.metrics.get(table.deciding)) for row in (network, best)]
    told = (
        f"On the {table.split} split the network has {measure} {sides[0]}, {best.name} {sides[1]}"
    )
    if table.split == "validation":
        return f"{told}; the network was chosen for its score there, which is likely too good."
    return f"{told}. {table.verdict}"


def _inputs(table: ReferenceTable) -> str:
    """Returns what the references look at."""
    names: dict[str, list[str]] = {}
    for row in table.rows:
        if row.on and row.on != "nothing":
            names.setdefault(row.on, []).append(row.name)
    told = "; ".join(f"{' and '.join(models)}: {on}" for on, models in names.items())
    return f"What they look at: {told}." if told else ""


def _chart(run: RunData, tables: Sequence[ReferenceTable], runs: Sequence[RunData]) -> Chart:
    """Returns the deciding measure of all models, a series a split."""
    deciding = tables[0].deciding
    names = ["the network"]
    for table in tables:
        names += [row.name for row in table.rows if not row.is_network and row.name not in names]
    names = names[::-1]  # the network stands on top
    marks: list[Points | Rule] = []
    for table in tables:
        rows = [row for row in table.rows if _value(row, deciding) is not None]
        told = [row.metrics[deciding] for row in rows]
        values = [float(each["value"] or 0.0) for each in told]
        places = [names.index("the network" if row.is_network else row.name) for row in rows]
        shift = 0.1 if table.split == "test" else -0.1
        marks.append(
            Points(
                values,
                [place + (shift if len(tables) > 1 else 0.0) for place in places],
                _FIRST[table.split],
                "best" if table.split == "test" else "neutral",
                hover=[
                    f"{row.name}, {table.split}: {with_interval(row.metrics[deciding])}"
                    for row in rows
                ],
                low=[_end(each["low"], value) for each, value in zip(told, values, strict=True)],
                high=[_end(each["high"], value) for each, value in zip(told, values, strict=True)],
            )
        )
    return Chart(
        f"references{suffix(run, runs)}",
        Axis(tables[0].name_of(deciding)),
        Axis("", "category", categories=tuple(names)),
        tuple(marks),
        titled("Network and references", [run], runs),
        height=max(_ROW_HEIGHT * len(names) + 0.25, _LEAST_HEIGHT),
    )


def _value(row: Row, measure: str) -> float | None:
    return (row.metrics.get(measure) or {}).get("value")


def _end(end: float | None, value: float) -> float:
    return value if end is None else end


def _table(run: RunData, table: ReferenceTable, runs: Sequence[RunData]) -> Table:
    rows = tuple(
        (
            row.name + (" *" if row.is_best else ""),
            *(with_interval(row.metrics.get(name)) for name in table.measures),
            "" if row.seconds is None else number(row.seconds),
        )
        for row in table.rows
    )
    header = ("model", *(table.name_of(name) for name in table.measures), "fit, s")
    numbers = (*range(1, len(table.measures) + 1), len(header) - 1)
    title = f"{_FIRST[table.split][:1].upper()}{_FIRST[table.split][1:]}, {table.of}"
    title += "; *: the best reference in validation" if table.best else ""
    return Table(header, rows, numbers, title=f"{prefix(run, runs)}{title}")
