"""View 8: the effect of each knob by itself, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.dependence import Effect, effect_of
from tftune.reports.analysis.forest import Forest, forest_of, trust_in
from tftune.reports.analysis.groups import colour_of, comparable, prefix
from tftune.reports.analysis.importance import most_important
from tftune.reports.analysis.samples import LEAST, least_trials
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View

TITLE = "Partial dependence"
HOW_TO_READ = (
    "Each line is the score that a model expects as one knob is set, the others as the trials had "
    "them; the band, or the line at a point, is where two thirds of the model's trees lie, and an "
    "effect smaller than it may be none."
)
_KNOBS = 12  # of a run

Kind = tuple[str, str, tuple[str, ...]]


def partial_dependence(runs: Sequence[RunData]) -> View:
    """Returns the effect of each knob, a small chart a knob, the most important first."""
    charts: list[Chart] = []
    sentences: list[str] = []
    reasons: list[str] = []
    for group in comparable(runs):
        found: dict[Kind, list[tuple[RunData, Effect]]] = {}
        for run in group:
            forest = forest_of(run.state)
            if isinstance(forest, str):
                reasons.append(f"{prefix(run, runs)}There is no partial dependence: {forest}.")
                continue
            effects = _effects(forest, run)
            sentences += [prefix(run, runs) + each for each in _said(effects, forest, run)]
            for effect in effects:
                axis = effect.knob.axis()
                kind = (effect.knob.name, axis.scale, axis.categories)
                found.setdefault(kind, []).append((run, effect))
        charts += [
            _chart(parts, len(charts) + number, runs)
            for number, parts in enumerate(found.values(), start=1)
        ]
    if not charts:
        return View("partial-dependence", TITLE, HOW_TO_READ, why_not=" ".join(reasons))
    said = tuple(sentences + reasons)
    return View("partial-dependence", TITLE, HOW_TO_READ, said, tuple(charts))


def _effects(forest: Forest, run: RunData) -> list[Effect]:
    known = {knob.name for knob in forest.samples.knobs}
    names = [name for name in most_important(run.state) if name in known]
    return [effect_of(forest, name) for name in names[:_KNOBS]]


def _chart(parts: Sequence[tuple[RunData, Effect]], number: int, runs: Sequence[RunData]) -> Chart:
    """Returns the effects of one knob in the runs that are laid over each other."""
    marks: list[Band | Line | Points] = []
    for run, effect in parts:
        marks += _marks(effect, colour_of(run, runs), name_of(run.name) if len(runs) > 1 else "")
    axis = parts[0][1].knob.axis()
    if axis.scale != "category":
        low = min(effect.knob.low for _, effect in parts)
        high = max(effect.knob.high for _, effect in parts)
        axis = Axis(axis.label, axis.scale, low, high, whole=axis.whole)
    return Chart(
        f"dependence-{number}",
        axis,
        Axis(f"expected {name_of(parts[0][0].state.objective)}"),
        tuple(marks),
        height=0.8,
    )


def _marks(effect: Effect, colour: str, series: str) -> list[Band | Line | Points]:
    ends = zip(effect.middle, effect.low, effect.high, strict=True)
    hovers = tuple(
        f"{_value(effect, place)}: {format_value(middle)} "
        f"({format_value(low)} to {format_value(high)})"
        for place, (middle, low, high) in enumerate(ends)
    )
    if effect.knob.choices or len(effect.x) < 3:
        low, high = effect.low, effect.high
        return [Points(effect.x, effect.middle, series, colour, (), hovers, low, high)]
    return [
        Band(effect.x, effect.low, effect.high, colour=colour),
        Line(effect.x, effect.middle, series, colour),
    ]


def _value(effect: Effect, place: int) -> str:
    value = effect.x[place]
    return format_value(effect.knob.choices[int(value)] if effect.knob.choices else value)


def _said(effects: Sequence[Effect], forest: Forest, run: RunData) -> list[str]:
    """Returns where each effect is best, and how far all this can be trusted."""
    said = []
    best = max if run.state.direction == "max" else min
    clear = []
    for effect in effects:
        place = best(range(len(effect.x)), key=effect.middle.__getitem__)
        worst = (min if best is max else max)(range(len(effect.x)), key=effect.middle.__getitem__)
        apart = effect.low[place] > effect.high[worst] or effect.high[place] < effect.low[worst]
        if apart:
            clear.append(f"{name_of(effect.knob.name)} near {_value(effect, place)}")
    if clear:
        said.append(f"Best, by more than the uncertainty: {', '.join(clear)}.")
    else:
        said.append("No effect is larger than its uncertainty.")
    partly = [effect for effect in effects if effect.trials < len(forest.samples)]
    if partly:
        words = ", ".join(
            f"{name_of(effect.knob.name)} ({counted(effect.trials, 'trial')})" for effect in partly
        )
        said.append(f"Known only from the trials that had them: {words}.")
    rest = len(forest.samples.knobs) - len(effects)
    if rest > 0:
        said.append(f"{counted(rest, 'less important knob')} not shown.")
    least = least_trials(len(forest.samples.knobs))
    said.append(
        f"{trust_in(forest)} At least {least} trials are asked for: 3 a knob, and never fewer "
        f"than {LEAST}."
    )
    return said
