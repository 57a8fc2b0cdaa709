"""The nested evaluation: what the winner of each fold's search scored in validation, and what it is
worth on the fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.words import name_of, spoken
from tftune.reports.charts.chart import Axis, Chart, Points
from tftune.reports.nested import NestedWorth, nested_worth, sentences
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View
from tftune.support.texts import one_line

_TITLE = "Nested evaluation: what search and choice are worth"
_HOW_TO_READ = (
    "A row is an outer fold: the same search ran on the other rows, and its winner, chosen by its "
    "validation score, was evaluated once on the fold. The mean over the folds is what the whole "
    "procedure is worth, and the step from validation to the fold is how much choosing flatters. "
    "No model comes out of it: the model is that of the search on all rows."
)
_WHY_NOT = (
    "The procedure was not evaluated as a whole. --nested 5 (tftune.nested_evaluation) runs the "
    "same search on five parts of train and validation, which costs five times the search; called "
    "with --resume it adds that to a search that has ended."
)


def nested(runs: Sequence[RunData]) -> View:
    """Returns the view of the nested evaluation."""
    told: list[str] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    for run in runs:
        worth = nested_worth(run.state)
        if worth is None:
            continue
        told += [prefix(run, runs) + sentence for sentence in sentences(run.state)]
        if worth.pooled is not None:
            told.append(
                f"{prefix(run, runs)}The interval over the rows is from {worth.pooled['rows']:,} "
                f"rows by {worth.pooled['method']}."
            )
        if not worth.results:
            continue
        charts.append(_chart(run, runs, worth))
        tables += [_folds(run, runs, worth), _winners(run, runs, worth)]
    if not told:
        return View("nested", _TITLE, _HOW_TO_READ, why_not=_WHY_NOT)
    return View("nested", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts), tuple(tables))


def _chart(run: RunData, runs: Sequence[RunData], worth: NestedWorth) -> Chart:
    names = ("mean", *(f"fold {each['fold']}" for each in reversed(worth.results)))
    places = {each["fold"]: len(worth.results) - row for row, each in enumerate(worth.results)}
    known = [each for each in worth.results if each["value"] is not None]
    bounded = [each for each in known if each.get("interval")]
    ends: dict[str, Any] = {}
    if len(bounded) == len(known):
        ends = {side: [each["interval"][at] for each in known] for at, side in enumerate(_SIDES)}
    chosen = [each for each in worth.results if each["score"] is not None]
    marks = [
        Points(
            [float(each["score"]) for each in chosen],
            [places[each["fold"]] for each in chosen],
            series="validation score of the winner",
            colour="reference",
            hover=[
                f"fold {each['fold']}: {name_of(worth.objective)} {format_value(each['score'])} of "
                f"trial {each['trial_id']} in validation"
                for each in chosen
            ],
        ),
        Points(
            [float(each["value"]) for each in known],
            [places[each["fold"]] for each in known],
            series="the same on the outer fold" + (" (95 % interval)" if ends else ""),
            colour="neutral",
            hover=[
                f"fold {each['fold']}: {name_of(worth.metric)} {format_value(each['value'])} on "
                f"{each['test']:,} rows"
                for each in known
            ],
            **ends,
        ),
    ]
    outer = worth.outer
    if outer is not None:
        several = outer.count > 1
        ends = {"low": [outer.low], "high": [outer.high]} if several else {}
        marks.append(
            Points(
                [outer.mean],
                [0],
                series="mean over the folds" + (" (95 % interval)" if several else ""),
                colour="best",
                hover=[f"mean {format_value(outer.mean)}"],
                **ends,
            )
        )
    return Chart(
        f"nested{suffix(run, runs)}",
        Axis(name_of(worth.metric)),
        Axis("", "category", categories=names),
        tuple(marks),
    )


_SIDES = ("low", "high")


def _folds(run: RunData, runs: Sequence[RunData], worth: NestedWorth) -> Table:
    sign = 1.0 if worth.direction == "max" else -1.0
    rows = []
    for each in worth.results:
        both = each["score"] is not None and each["value"] is not None
        ends = each.get("interval")
        interval = f" [{format_value(ends[0])}, {format_value(ends[1])}]" if ends else ""
        rows.append(
            (
                str(each["fold"]),
                f"{each['train']:,} + {each['validation']:,}",
                f"{each['test']:,}",
                f"{each['trials']:,}",
                _told(each["score"]),
                f"{_told(each['value'])}{interval}",
                format_value(sign * (each["score"] - each["value"])) if both else "-",
                spoken(each["seconds"]),
            )
        )
    header = (
        "fold",
        "train + validation rows",
        "its rows",
        "trials",
        "best in validation",
        f"{name_of(worth.metric)} on its rows",
        "flattered by",
        "search took",
    )
    title = one_line(f"{prefix(run, runs)}The folds")
    return Table(header, tuple(rows), numbers=(0, 1, 2, 3, 4, 6), title=title)


def _winners(run: RunData, runs: Sequence[RunData], worth: NestedWorth) -> Table:
    """Returns what was chosen in each fold: whether the choice is steady."""
    knobs = dict.fromkeys(name for each in worth.results for name in each.get("values") or {})
    rows = tuple(
        (
            name_of(knob),
            *(_told((each.get("values") or {}).get(knob)) for each in worth.results),
            _told(_chosen(run).get(knob)),
        )
        for knob in knobs
    )
    header = ("knob", *(f"fold {each['fold']}" for each in worth.results), "on all rows")
    title = one_line(f"{prefix(run, runs)}What was chosen: alike where the choice is steady")
    return Table(header, rows, title=title)


def _chosen(run: RunData) -> Mapping[str, Any]:
    best = run.state.best()
    return {} if best is None else best.values


def _told(value: Any) -> str:
    return "-" if value is None else format_value(value)
