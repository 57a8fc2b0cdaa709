"""High bias or high variance, and the remedies that the trials support."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tftune.reports.analysis.advice import advice_for
from tftune.reports.analysis.axes import axis_of
from tftune.reports.analysis.curves import thin_curve, whole_curve
from tftune.reports.analysis.diagnosis import Diagnosis, diagnose
from tftune.reports.analysis.diagnosis_words import sentences_of
from tftune.reports.analysis.gaps import Pair, Target
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.training_sizes import Level
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Mark, Points, Rule
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View

TITLE = "Diagnosis: bias or variance"
HOW_TO_READ = (
    "Bias is what training itself falls short of what can be reached; variance is the gap from "
    "training to validation. Each is called high where its 95 % interval lies above 0 and it makes "
    "up a third of the distance or more."
)
_MOST_POINTS = 120
_ROOM = 0.1  # of the height
_TRAINING, _VALIDATION = "run-1", "run-0"


def diagnosis(
    runs: Sequence[RunData], trial_id: str | None = None, target: float | None = None
) -> View:
    """Returns what is wrong with the best trial of each search, and what to do about it.

    Args:
        runs: The searches.
        trial_id: Of another trial than the best.
        target: What the objective's measure can reach.
    """
    charts: list[Chart] = []
    tables: list[Table] = []
    told: list[str] = []
    reasons: list[str] = []
    for run in runs:
        found = diagnose(run, trial_id, target)
        if found.trial is None:
            reasons.append(f"{prefix(run, runs)}Nothing can be told: {found.why}.")
            continue
        told += [prefix(run, runs) + each for each in sentences_of(found)]
        charts += _charts(found, run, runs)
        tables += _tables(found, run, runs)
    if not told:
        return View("diagnosis", TITLE, HOW_TO_READ, why_not=" ".join(reasons))
    return View(
        "diagnosis", TITLE, HOW_TO_READ, tuple(told + reasons), tuple(charts), tuple(tables)
    )


def _charts(found: Diagnosis, run: RunData, runs: Sequence[RunData]) -> list[Chart]:
    pair = found.pair
    if pair is None:
        return []
    title = f"{name_of(run.name)}: " if len(runs) > 1 else ""
    of_curves = _curves(found, pair)
    charts = []
    if of_curves is not None:
        name = f"diagnosis{suffix(run, runs)}"
        charts.append(replace(of_curves, name=name, title=title + of_curves.title))
    of_sizes = _sizes(found, pair)
    if of_sizes is not None:
        name = f"training-sizes{suffix(run, runs)}"
        charts.append(replace(of_sizes, name=name, title=title + of_sizes.title))
    return charts


def _curves(found: Diagnosis, pair: Pair) -> Chart | None:
    """Returns the chart of training beside validation, epoch by epoch."""
    marks: list[Mark] = []
    values: list[float] = []
    for name, series, colour in (
        (pair.name, "training", _TRAINING),
        (pair.validation, "validation", _VALIDATION),
    ):
        whole = whole_curve(found.line, name)
        curve = thin_curve(whole, _MOST_POINTS, {found.epoch})
        if not curve:
            continue
        x, y = zip(*curve, strict=True)
        values += y
        dashed = series == "training"
        key = found.line[-1].trial_id
        marks.append(Line(x, y, series, colour, dashed=dashed, key=key, hover=name_of(name)))
        if found.epoch in dict(curve):
            marks.append(Points((found.epoch,), (dict(curve)[found.epoch],), series, colour))
    if not values:
        return None
    target = _shown(found.target, values)
    if target is not None:
        # room above it for its name
        values += [target.value, target.value + _ROOM * (target.value - min(values))]
        text = f"{'target' if target.is_known else 'assumed target'} {format_value(target.value)}"
        marks.append(Rule(target.value, "y", text))
    marks.append(Rule(float(found.epoch), "x", f"epoch {found.epoch}"))
    score = axis_of(name_of(pair.name), values, pair.direction)
    title = f"Training and validation of trial {found.line[-1].trial_id}"
    return Chart("", Axis("epoch", whole=True), score, tuple(marks), title, wide=True)


def _shown(target: Target | None, values: Sequence[float]) -> Target | None:
    """Returns a target unless drawing it would squeeze the curves into a line."""
    if target is None or not math.isfinite(target.value):
        return None
    low, high = min(*values, target.value), max(*values, target.value)
    spread = max(values) - min(values)
    return target if spread == 0 or high - low < 10 * spread else None


def _sizes(found: Diagnosis, pair: Pair) -> Chart | None:
    """Returns the chart of the learning curve over growing training sets."""
    levels = found.sizes.levels(pair.name, pair.direction) if found.sizes else []
    if not levels:
        return None
    marks: list[Mark] = []
    values: list[float] = []
    rows = [float(level.rows) for level in levels]
    for series, colour in (("training", _TRAINING), ("validation", _VALIDATION)):
        spreads = [getattr(level, series) for level in levels]
        middle = [spread.mean for spread in spreads]
        if all(math.isfinite(spread.low) for spread in spreads):
            low, high = [s.low for s in spreads], [s.high for s in spreads]
            marks.append(Band(rows, low, high, "", colour))
            values += [*low, *high]
        values += middle
        hover = tuple(_size_words(level, series) for level in levels)
        marks.append(Line(rows, middle, series, colour, dashed=series == "training"))
        marks.append(Points(rows, middle, series, colour, hover=hover))
    target = _shown(found.target, values)
    if target is not None:
        # room above it for its name
        values += [target.value, target.value + _ROOM * (target.value - min(values))]
        text = f"{'target' if target.is_known else 'assumed target'} {format_value(target.value)}"
        marks.append(Rule(target.value, "y", text))
    score = axis_of(name_of(pair.name), values, "max")
    title = "Learning curve over growing training sets, mean and 95 % interval"
    return Chart("", Axis("training rows", "log"), score, tuple(marks), title, wide=True)


def _size_words(level: Level, series: str) -> str:
    spread = getattr(level, series)
    ends = f" ({spread.low:.3g} to {spread.high:.3g})" if math.isfinite(spread.low) else ""
    return f"{level.rows:,} rows: {series} {format_value(spread.mean)}{ends}"


def _tables(found: Diagnosis, run: RunData, runs: Sequence[RunData]) -> list[Table]:
    title = prefix(run, runs)
    tables = []
    for against in ("bias", "variance", "mismatch"):
        rows = [
            (each.remedy.name, each.how, each.support.words, _with_note(each.evidence, each))
            for each in advice_for(run, found)
            if each.remedy.against == against
        ]
        if rows:
            header = ("remedy", "apply it with", "this search", "what its trials say")
            tables.append(Table(header, tuple(rows), title=f"{title}Against {_called(against)}"))
    tables += [_table_of_sizes(found, title)] if _has_sizes(found) else []
    if found.over is not None and found.pair is not None:
        tables.append(_table_of_trials(found, found.pair, title))
    return tables


def _called(against: str) -> str:
    return {"mismatch": "a mismatch of validation and test"}.get(against, f"high {against}")


def _with_note(evidence: str, advice: object) -> str:
    note = advice.remedy.note  # type: ignore[attr-defined]
    return "; ".join(text for text in (evidence, note) if text)


def _has_sizes(found: Diagnosis) -> bool:
    pair = found.pair
    return bool(found.sizes and pair and found.sizes.levels(pair.name, pair.direction))


def _table_of_sizes(found: Diagnosis, title: str) -> Table:
    pair, sizes = found.pair, found.sizes
    rows = []
    if pair is not None and sizes is not None:
        for level in sizes.levels(pair.name, pair.direction):
            spreads = (level.training, level.validation, level.gap)
            cells = [
                text
                for spread in spreads
                for text in (format_value(spread.mean), _ends(spread.low, spread.high))
            ]
            rows.append((f"{level.rows:,}", str(level.gap.count), *cells))
    header = ("rows", "trainings", "training", "95 %", "validation", "95 %", "gap", "95 %")
    return Table(header, tuple(rows), (0, 1, 2, 4, 6), title=f"{title}Growing training sets")


def _ends(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}" if math.isfinite(low) else ""


def _table_of_trials(found: Diagnosis, pair: Pair, title: str) -> Table:
    trials = found.over.trials if found.over is not None else ()
    rows = tuple(
        (
            each.trial_id,
            str(each.epoch),
            format_value(each.training),
            format_value(each.validation),
            format_value(each.gap(pair.direction)),
        )
        for each in trials
    )
    header = ("trial", "best epoch", name_of(pair.name), name_of(pair.validation), "gap")
    keys = tuple(each.trial_id for each in trials)
    return Table(header, rows, (1, 2, 3, 4), keys, f"{title}The better trials")
