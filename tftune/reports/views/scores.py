"""Rank and distribution of the scores: how far ahead the best is, and how many are near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tftune.journal.state import TrialRecord
from tftune.reports.analysis.axes import axis_of, far_off, is_far_off
from tftune.reports.analysis.distribution import edges_of, histogram, summary_of
from tftune.reports.analysis.groups import (
    caveats,
    colour_of,
    comparable,
    nothing_ended,
    prefix,
    suffix,
    titled,
)
from tftune.reports.analysis.trials import FATES, by_score, count_fates, score_of
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.charts.chart import Axis, Bars, Chart, Line, Mark, Points
from tftune.reports.confirmation import overtaken, overtaken_words
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View

_TITLE = "Rank and distribution of the scores"
_HOW_TO_READ = (
    "Left, the trials from best to worst: a flat beginning means that many configurations do as "
    "well as the best; right, how many trials scored how much."
)


def scores(runs: Sequence[RunData]) -> View:
    """Returns the view of the scores by rank and of their distribution."""
    told: list[str] = []
    charts: list[Chart] = []
    rows: list[tuple[str, ...]] = []
    for group in comparable(runs):
        shown: list[tuple[RunData, list[TrialRecord]]] = []
        for run in group:
            trials = by_score(run.state)
            if not trials:
                told.append(f"{prefix(run, runs)}no trial has a score.")
                continue
            direction = run.state.direction
            limit = far_off([score_of(trial) for trial in trials], direction)
            inside = [each for each in trials if not is_far_off(score_of(each), limit, direction)]
            sentences = _sentences(run, trials)
            if len(inside) < len(trials):
                sentences.append(
                    f"{counted(len(trials) - len(inside), 'trial')} with a score of "
                    f"{format_value(limit)} or worse would hide the others and are not drawn."
                )
            sentences += overtaken_words(run.state)
            told += [prefix(run, runs) + sentence for sentence in sentences]
            shown.append((run, inside))
            rows.append(_row(run, trials))
        if shown:
            charts += _charts(shown, group, runs)
    if not charts:
        return View("scores", _TITLE, _HOW_TO_READ, why_not=nothing_ended(runs))
    told += caveats(runs)
    header = ("search", "objective", "best", "median", "worst", "second best behind")
    tenth = ("best tenth, trials", "its lower quartile", "its median", "its upper quartile")
    table = Table((*header, *tenth), tuple(rows), tuple(range(2, 10)), title="In numbers")
    return View("scores", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts), (table,))


def _row(run: RunData, trials: Sequence[TrialRecord]) -> tuple[str, ...]:
    spread = summary_of([score_of(trial) for trial in trials], run.state.direction)
    return (
        name_of(run.name),
        f"{name_of(run.state.objective)} ({run.state.direction})",
        *(format_value(value) for value in (spread.best, spread.median, spread.worst)),
        "" if spread.gap is None else format_value(spread.gap),
        f"{spread.tenth:,}",
        *(format_value(value) for value in spread.tenth_quartiles),
    )


def _charts(
    shown: Sequence[tuple[RunData, list[TrialRecord]]],
    group: Sequence[RunData],
    runs: Sequence[RunData],
) -> list[Chart]:
    state = shown[0][0].state
    every = [score_of(trial) for _, trials in shown for trial in trials]
    axis = axis_of(state.objective, every, state.direction)
    number = suffix(group[0], runs)
    ranks: list[Mark] = []
    for run, trials in shown:
        ranks += _rank_marks(run, trials, colour_of(run, runs) if len(group) > 1 else "")
    rank_axis = Axis("rank, 1 is the best", low=0.0, whole=True)
    title = titled("By rank", group, runs)
    by_rank = Chart(f"scores-by-rank{number}", rank_axis, axis, tuple(ranks), title)
    name, title = f"scores-distribution{number}", titled("Distribution", group, runs)
    if len(group) > 1:
        shares = Axis("% of the trials that score so much or less", low=0.0, high=100.0)
        lines = tuple(_share_line(run, trials, runs) for run, trials in shown)
        return [by_rank, Chart(name, axis, shares, lines, title)]
    edges = edges_of(every, axis.scale == "log")
    ends = replace(axis, low=edges[0], high=edges[-1])
    count = Axis("trials", low=0.0, whole=True)
    return [by_rank, Chart(name, ends, count, tuple(_bars(shown[0][1], edges)), title)]


def _sentences(run: RunData, trials: Sequence[TrialRecord]) -> list[str]:
    spread = summary_of([score_of(trial) for trial in trials], run.state.direction)
    objective = name_of(run.state.objective)
    best = f"The best {objective} is {format_value(spread.best)} (trial {trials[0].trial_id})"
    if spread.gap is None:
        return [f"{best}; no other trial has a score."]
    if spread.ties > 1:
        ahead = f"{spread.ties:,} trials share it"
    else:
        ahead = f"the second best is {format_value(spread.gap)} behind (trial {trials[1].trial_id})"
    low, middle, high = spread.tenth_quartiles
    told = [f"{best}; {ahead}. The median of {spread.count:,} is {format_value(spread.median)}."]
    if spread.tenth > 1:
        told.append(
            f"The best tenth, {spread.tenth:,} trials, has the median {format_value(middle)} and "
            f"its middle half from {format_value(low)} to {format_value(high)}."
        )
    failed = count_fates(run.state)["failed"]
    if failed:
        told.append(f"{counted(failed, 'trial')} failed and {_has(failed)} no score.")
    return told


def _rank_marks(run: RunData, trials: Sequence[TrialRecord], colour_of_run: str) -> list[Mark]:
    places = {trial.trial_id: rank for rank, trial in enumerate(trials, start=1)}
    if colour_of_run:
        values = [score_of(trial) for trial in trials]
        return [Line([*places.values()], values, name_of(run.name), colour_of_run)]
    marks: list[Mark] = []
    for status, colour in FATES.items():
        some = [trial for trial in trials[1:] if trial.status is status]
        if some:
            marks.append(_points(run, some, places, status.value, colour))
    if trials:
        named = "best" if overtaken(run.state) is None else "best score, not confirmed"
        marks.append(_points(run, trials[:1], places, named, "best"))
    return marks


def _points(
    run: RunData, trials: Sequence[TrialRecord], places: dict[str, int], series: str, colour: str
) -> Points:
    objective = name_of(run.state.objective)
    return Points(
        [places[trial.trial_id] for trial in trials],
        [score_of(trial) for trial in trials],
        series,
        colour,
        [trial.trial_id for trial in trials],
        [
            f"rank {places[trial.trial_id]}: trial {trial.trial_id}, {trial.status.value}, "
            f"{objective} {format_value(trial.score)}"
            for trial in trials
        ],
    )


def _share_line(run: RunData, trials: Sequence[TrialRecord], runs: Sequence[RunData]) -> Line:
    values = sorted(score_of(trial) for trial in trials)
    shares = [100 * place / len(values) for place in range(1, len(values) + 1)]
    return Line(values, shares, name_of(run.name), colour_of(run, runs), steps=True)


def _bars(trials: Sequence[TrialRecord], edges: Sequence[float]) -> list[Mark]:
    """Returns the bars of a histogram, one fate upon another."""
    marks: list[Mark] = []
    bottom = [0] * (len(edges) - 1)
    for status, colour in FATES.items():
        some = [score_of(trial) for trial in trials if trial.status is status]
        if not some:
            continue
        counts = histogram(some, edges)
        top = [low + count for low, count in zip(bottom, counts, strict=True)]
        full = [place for place, count in enumerate(counts) if count]
        marks.append(
            Bars(
                [edges[place] for place in full],
                [edges[place + 1] for place in full],
                [bottom[place] for place in full],
                [top[place] for place in full],
                status.value,
                colour,
                hover=[
                    f"{counted(counts[place], 'trial')} {status.value}, from "
                    f"{format_value(edges[place])} to {format_value(edges[place + 1])}"
                    for place in full
                ],
            )
        )
        bottom = top
    return marks


def _has(number: int) -> str:
    return "has" if number == 1 else "have"
