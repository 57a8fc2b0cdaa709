"""Parallel coordinates: an axis a knob, a line a trial, and a table of the trials beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.axes import axis_of, far_off, is_far_off
from tftune.reports.analysis.groups import nothing_ended, prefix, suffix
from tftune.reports.analysis.knobs import TunedKnob, active_among, knob_records, knobs_of
from tftune.reports.analysis.trials import is_finite, score_of, scored, thinned, trials_of
from tftune.reports.analysis.words import counted, knob_words, name_of
from tftune.reports.charts.chart import ParallelChart
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View

_BEST_LINES, _OTHER_LINES, _MOST_AXES = 50, 200, 14
_ROWS, _ROWS_WITHOUT_SCORE = 50, 10
_TITLE = "Parallel coordinates: which values go with good scores"
_HOW_TO_READ = (
    "Each line is a trial that crosses every knob at its value and ends at its score; where the "
    "best lines bundle, that value matters, where they spread, it hardly does."
)


def parallel_coordinates(runs: Sequence[RunData]) -> View:
    """Returns the view of the trials by their knobs, a chart and a table a search."""
    told: list[str] = []
    charts: list[ParallelChart] = []
    tables: list[Table] = []
    for run in runs:
        knobs = knobs_of(run.state)
        records = knob_records(run.state)
        active = {trial.trial_id: active_among(trial, records) for trial in trials_of(run.state)}
        if active:
            tables.append(_table(run, runs, knobs, active))
        if not knobs:
            told.append(f"{prefix(run, runs)}no knob was tuned: each is fixed, or none is known.")
        elif scored(run.state):
            chart, sentences = _chart(run, runs, knobs, active)
            charts.append(chart)
            told += [prefix(run, runs) + sentence for sentence in sentences]
        else:
            told.append(prefix(run, runs) + nothing_ended([run]))
    name, texts = "parallel-coordinates", tuple(told)
    if not charts and not tables:
        return View(name, _TITLE, _HOW_TO_READ, why_not="No trial has started yet.")
    return View(name, _TITLE, _HOW_TO_READ, texts, tuple(charts), tuple(tables))


def _chart(
    run: RunData,
    runs: Sequence[RunData],
    knobs: Sequence[TunedKnob],
    active: Mapping[str, Mapping[str, Any]],
) -> tuple[ParallelChart, list[str]]:
    state = run.state
    told = []
    shown_knobs = _most_related(knobs, state, active)
    if len(shown_knobs) < len(knobs):
        told.append(
            f"{len(shown_knobs)} of {len(knobs)} knobs are shown: those whose order goes most with "
            "that of the scores. The table has all of them."
        )
    conditional = [name_of(knob.name) for knob in shown_knobs if knob.conditional]
    if conditional:
        told.append(
            f"A line leaves out a knob that played no part in its trial ({', '.join(conditional)})."
        )
    ranked = scored(state)
    limit = far_off([score_of(trial) for trial in ranked], state.direction)
    ranked = [each for each in ranked if not is_far_off(score_of(each), limit, state.direction)]
    if limit is not None:
        told.append(
            f"Trials with a score of {format_value(limit)} or worse would hide the others; they "
            "stand in the table only."
        )
    lines = ranked[:_BEST_LINES] + thinned(ranked[_BEST_LINES:], _OTHER_LINES)
    if len(lines) < len(ranked):
        told.append(
            f"{len(lines):,} of {len(ranked):,} trials are shown: the best {_BEST_LINES}, and "
            "the others evenly spaced by rank."
        )
    failed = sum(trial.score is None for trial in trials_of(state))
    if failed:
        told.append(f"{counted(failed, 'trial')} without a score: in the table only.")
    rank = {trial.trial_id: place for place, trial in enumerate(ranked)}
    last = max(len(ranked) - 1, 1)
    lines.reverse()  # the best are drawn last, on top
    objective = axis_of(state.objective, [score_of(each) for each in ranked], state.direction)
    rows = tuple(
        (
            *(_position(knob, active[trial.trial_id]) for knob in shown_knobs),
            score_of(trial),
        )
        for trial in lines
    )
    chart = ParallelChart(
        f"parallel-coordinates{suffix(run, runs)}",
        (*(knob.axis() for knob in shown_knobs), objective),
        rows,
        tuple(trial.trial_id for trial in lines),
        tuple(_hover(state, trial, rank[trial.trial_id] + 1, active) for trial in lines),
        tuple(1.0 - rank[trial.trial_id] / last for trial in lines),
        name_of(run.name) if len(runs) > 1 else "",
    )
    return chart, told


def _position(knob: TunedKnob, values: Mapping[str, Any]) -> float | None:
    return knob.position(values[knob.name]) if knob.name in values else None


def _hover(
    state: SearchState, trial: TrialRecord, rank: int, active: Mapping[str, Mapping[str, Any]]
) -> str:
    score = f"{name_of(state.objective)} {format_value(trial.score)}"
    knobs = knob_words(dict(active[trial.trial_id]), most=8)
    return f"trial {trial.trial_id}, rank {rank}, {trial.status.value}: {score}; {knobs}"


def _most_related(
    knobs: Sequence[TunedKnob], state: SearchState, active: Mapping[str, Mapping[str, Any]]
) -> list[TunedKnob]:
    """Returns the knobs, in order; of many those that are related most to the score."""
    if len(knobs) <= _MOST_AXES:
        return list(knobs)
    order = [active[trial.trial_id] for trial in scored(state)]
    strength = {knob.name: _relation(knob, order) for knob in knobs}
    kept = sorted(strength, key=lambda name: -strength[name])[:_MOST_AXES]
    return [knob for knob in knobs if knob.name in kept]


def _relation(knob: TunedKnob, ranked: Sequence[Mapping[str, Any]]) -> float:
    """Returns how far the better half of the trials differs from the other in a knob: the distance
    of the mean ranks of its values, as a share of their number.
    """
    places = [place for values in ranked if (place := _position(knob, values)) is not None]
    if len(places) < 4:
        return 0.0
    order = sorted(places)
    first = {value: order.index(value) for value in set(order)}
    ranks = [first[place] for place in places]
    half = len(ranks) // 2
    better, other = sum(ranks[:half]) / half, sum(ranks[half:]) / (len(ranks) - half)
    return abs(better - other) / len(ranks)


def _table(
    run: RunData,
    runs: Sequence[RunData],
    knobs: Sequence[TunedKnob],
    active: Mapping[str, Mapping[str, Any]],
) -> Table:
    """Returns the table of the trials, best first, then those without a score."""
    state = run.state
    ranked = scored(state)
    others = [trial for trial in trials_of(state) if not is_finite(trial.score)]
    kept = min(len(others), max(_ROWS - len(ranked), _ROWS_WITHOUT_SCORE))
    trials = ranked[: _ROWS - kept] + others[:kept]
    ranks = {trial.trial_id: str(place) for place, trial in enumerate(ranked, start=1)}
    rows = tuple(
        (
            ranks.get(trial.trial_id, ""),
            trial.trial_id,
            trial.status.value,
            "" if trial.score is None else format_value(trial.score),
            "" if trial.best_epoch is None else str(trial.best_epoch),
            "" if trial.seconds is None else f"{trial.seconds:.1f}",
            *(_cell(active[trial.trial_id], knob) for knob in knobs),
        )
        for trial in trials
    )
    header = ("rank", "trial", "fate", name_of(state.objective), "best epoch", "seconds")
    numbers = tuple(
        number for number, knob in enumerate(knobs, len(header)) if knob.scale != "category"
    )
    total = len(active)
    few = f"{len(rows)} of {total:,} trials" if len(rows) < total else counted(total, "trial")
    return Table(
        (*header, *(name_of(knob.name) for knob in knobs)),
        rows,
        (0, 3, 4, 5, *numbers),
        tuple(trial.trial_id for trial in trials),
        f"{prefix(run, runs)}{few}, best first",
    )


def _cell(values: Mapping[str, Any], knob: TunedKnob) -> str:
    return format_value(values[knob.name]) if knob.name in values else ""
