"""View 5: which knob mattered."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.importance import (
    ENDS,
    METHODS,
    REFITS,
    Group,
    Share,
    importance_of,
    untold_apart,
)
from tftune.reports.analysis.samples import LEAST, samples_of
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Axis, Bars, Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.view import Table, View

TITLE = "Importance"
HOW_TO_READ = (
    "A bar is the share of the differences between scores that a knob accounts for; the line on it "
    f"is where the middle {ENDS[1] - ENDS[0]:.0f} % of {REFITS} refits to trials drawn anew lie, "
    "and knobs whose lines overlap cannot be told apart."
)
_COLOURS = {"fANOVA": "run-0", "PED-ANOVA": "run-1"}
_MEANINGS = {
    "fANOVA": "fANOVA (the whole range)",
    "PED-ANOVA": "PED-ANOVA (what sets the best apart)",
}
_WIDTH = 0.36  # of a bar; the knobs stand at 0, 1, 2, ...
_KNOBS = 15  # in one chart


def importance(runs: Sequence[RunData]) -> View:
    """Returns how much each knob mattered, a chart for each group of knobs of each run."""
    charts: list[Chart] = []
    tables: list[Table] = []
    sentences: list[str] = []
    reasons: list[str] = []
    for run in runs:
        for number, group in enumerate(importance_of(run.state)):
            if group.shares:
                charts.append(_chart(group, run, runs, number))
                tables.append(_table(group, run, runs))
                sentences += [prefix(run, runs) + each for each in _said(group)]
            else:
                names = _names(group.knobs)
                reasons.append(f"{prefix(run, runs)}{names} cannot be judged: {group.why_not}.")
        constant = samples_of(run.state).constant
        if constant and importance_of(run.state):
            names = _names(constant)
            sentences.append(f"{prefix(run, runs)}Not judged, because always the same: {names}.")
    if not charts:
        why_not = " ".join(reasons) or _nothing(runs)
        return View("importance", TITLE, HOW_TO_READ, why_not=why_not)
    drawn = sorted(
        {group.drawn for run in runs for group in importance_of(run.state) if group.shares}
    )
    numbers = " or ".join(str(number) for number in drawn)
    sentences.append(
        f"Each of the {REFITS} refits sees {numbers} trials, drawn with replacement; pruned trials "
        "count with the score that they had reached, failed ones do not count."
    )
    return View(
        "importance",
        TITLE,
        HOW_TO_READ,
        tuple(sentences + reasons),
        tuple(charts),
        tuple(tables),
    )


def _nothing(runs: Sequence[RunData]) -> str:
    most = max(len(samples_of(run.state)) for run in runs)
    if most < LEAST:
        return f"Trials with a score: {most}. These are too few; at least {LEAST} are needed."
    return "No knob had more than one value, so nothing can be said of their importance."


def _chart(group: Group, run: RunData, runs: Sequence[RunData], number: int) -> Chart:
    names = list(next(iter(group.shares.values())))[:_KNOBS]
    methods = [method for method in METHODS if method in group.shares]
    marks: list[Bars | Points] = []
    for place, method in enumerate(methods):
        shares = [group.shares[method][name] for name in names]
        left = [index + (place - len(methods) / 2) * _WIDTH for index in range(len(names))]
        hovers = tuple(
            f"{method}: {name_of(name)} {_interval(share)}"
            for name, share in zip(names, shares, strict=True)
        )
        marks.append(
            Bars(
                tuple(left),
                tuple(x + _WIDTH for x in left),
                (0.0,) * len(names),
                tuple(share.middle for share in shares),
                _MEANINGS[method],
                _COLOURS[method],
                hover=hovers,
            )
        )
        marks.append(
            Points(
                tuple(x + _WIDTH / 2 for x in left),
                tuple(share.middle for share in shares),
                colour="neutral",
                hover=hovers,
                low=tuple(share.low for share in shares),
                high=tuple(share.high for share in shares),
            )
        )
    title = name_of(run.name) if len(runs) > 1 else ""
    if group.beside:
        among = f"among the {group.trials:,} trials that have {_names(group.knobs)}"
        title = f"{title}, {among}" if title else f"A{among[1:]}"
    part = f"-among-{number + 1}" if number else ""
    return Chart(
        f"importance{part}{suffix(run, runs)}",
        Axis("", "category", categories=tuple(name_of(name) for name in names)),
        Axis("share", low=0.0, high=1.0),
        tuple(marks),
        title,
    )


def _table(group: Group, run: RunData, runs: Sequence[RunData]) -> Table:
    methods = [method for method in METHODS if method in group.shares]
    header = ["knob"]
    for method in methods:
        header += [method, f"{method}, {ENDS[0]:.0f} % to {ENDS[1]:.0f} % of refits"]
    rows = []
    for name in next(iter(group.shares.values())):
        row = [name_of(name)]
        for method in methods:
            share = group.shares[method][name]
            row += [f"{share.middle:.2f}", f"{share.low:.2f} to {share.high:.2f}"]
        rows.append(tuple(row))
    title = name_of(run.name) if len(runs) > 1 else ""
    numbers = tuple(range(1, 2 * len(methods), 2))
    return Table(tuple(header), tuple(rows), numbers, title=title)


def _said(group: Group) -> list[str]:
    """Returns what the shares tell: the most important knob, and what cannot be told apart."""
    said = []
    method = next(method for method in METHODS if method in group.shares)
    shares = group.shares[method]
    names = list(shares)
    untold = untold_apart(shares)
    if group.beside:
        listed = ", ".join(f"{name_of(name)} {_interval(shares[name])}" for name in names[:6])
        return [
            f"{_names(group.knobs)} played a part in {group.trials:,} trials only; among these "
            f"{method} gives {listed}. These shares cannot be compared with the others."
        ]
    first = f"{_interval(shares[names[0]])} by {method}"
    if len(names) == 1:
        return [f"Only {name_of(names[0])} had more than one value."]
    if sum(share.middle for share in shares.values()) == 0:
        return [f"No knob makes a difference that {method} could see."]
    if untold and untold[0][0] == names[0]:
        tied = [
            name for name in names if name == names[0] or shares[name].overlaps(shares[names[0]])
        ]
        said.append(
            f"Which of {_names(tied)} matters most cannot be told: the intervals overlap "
            f"({name_of(names[0])}: {first})."
        )
    else:
        said.append(f"{name_of(names[0])} matters most: {first}.")
    rest = [pair for pair in untold if pair[0] != names[0]]
    if rest:
        chained = list(dict.fromkeys(name for pair in rest for name in pair))
        said.append(f"Neighbours that cannot be told apart: {_names(chained)}; intervals overlap.")
    other = next((each for each in METHODS if each in group.shares and each != method), None)
    if other is not None and next(iter(group.shares[other])) != names[0]:
        leader = next(iter(group.shares[other]))
        said.append(
            f"{other}, which asks what sets the best trials apart, puts {name_of(leader)} first "
            f"({_interval(group.shares[other][leader])})."
        )
    return said


def _interval(share: Share) -> str:
    return f"{share.middle:.2f} ({share.low:.2f} to {share.high:.2f})"


def _names(names: Sequence[str], most: int = 6) -> str:
    listed = [name_of(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(listed)} and {len(names) - most} more"
    return " and ".join(([", ".join(listed[:-1])] if len(listed) > 1 else []) + listed[-1:])
