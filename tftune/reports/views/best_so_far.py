"""The best score so far, by trials and by seconds, beside what random search would have reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tftune.journal.status import loss_of
from tftune.reports.analysis.axes import axis_of, far_off, is_far_off
from tftune.reports.analysis.clock import Clock
from tftune.reports.analysis.groups import (
    caveats,
    colour_of,
    comparable,
    nothing_ended,
    prefix,
    suffix,
    titled,
)
from tftune.reports.analysis.progress import Ended, ended_trials, improvements
from tftune.reports.analysis.random_reference import Reference, reference_of
from tftune.reports.analysis.references import best_reference
from tftune.reports.analysis.trials import FATES, thinned
from tftune.reports.analysis.words import counted, name_of, time_unit
from tftune.reports.charts.chart import Axis, Chart, Line, Mark, Points, Rule
from tftune.reports.confirmation import overtaken_words
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View

_MOST_POINTS = 400  # in a line or a cloud
_TITLE = "Best so far"
_HOW_TO_READ = (
    "The line is the best score that any trial had reached by then; a step is an improvement, a "
    "long flat end means that further trials hardly help."
)
_FORMULA = (
    "What random search is expected to reach is the mean best of k configurations out of the n "
    "that were drawn at random, over all ways to choose them: the sum of their scores, each times "
    "C(n - i, k - 1) / C(n, k), where i is its rank from the best on. The line ends at k = n, "
    "because what further draws would bring is not known. By time, a draw takes the mean time of "
    "such a trial, divided by the number of workers."
)


@dataclass(frozen=True)
class _Drawn:
    """One search, ready to be drawn."""

    run: RunData
    ended: Sequence[Ended]
    clock: Clock
    reference: Reference
    limit: float | None
    colour: str  # "" where it is alone and its trials are shown by fate


def best_so_far(runs: Sequence[RunData]) -> View:
    """Returns the view of the best score after each trial and after each second of search."""
    told: list[str] = []
    charts: list[Chart] = []
    has_reference = False
    for group in comparable(runs):
        some: list[_Drawn] = []
        for run in group:
            clock = Clock(run.records)
            ended = ended_trials(run.state, run.records, clock)
            scores = [each.score for each in ended if each.score is not None]
            if not scores:
                told.append(f"{prefix(run, runs)}no trial has a score yet.")
                continue
            limit = far_off(scores, run.state.direction)
            colour = colour_of(run, runs) if len(group) > 1 else ""
            drawn = _Drawn(run, ended, clock, reference_of(run, group), limit, colour)
            told += [prefix(run, runs) + sentence for sentence in _sentences(drawn)]
            has_reference = has_reference or bool(drawn.reference.expected)
            some.append(drawn)
        if some:
            charts += _charts(some, group, runs)
    if not charts:
        return View("best-so-far", _TITLE, _HOW_TO_READ, why_not=nothing_ended(runs))
    told += [*caveats(runs), *([_FORMULA] if has_reference else [])]
    return View("best-so-far", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts))


def _charts(
    some: Sequence[_Drawn], group: Sequence[RunData], runs: Sequence[RunData]
) -> list[Chart]:
    state = some[0].run.state
    values = [score for drawn in some for score in _inside(drawn)]
    score = axis_of(state.objective, values, state.direction)
    unit, length = time_unit(max(drawn.clock.total for drawn in some))
    by_trials = Axis("trials that have ended", low=0.0, whole=True)
    by_time = Axis(f"{unit} of search, pauses left out", low=0.0)
    number = suffix(group[0], runs)
    return [
        Chart(f"{name}{number}", x, score, tuple(_marks(some, scale)), titled(title, group, runs))
        for name, x, title, scale in (
            ("best-by-trials", by_trials, "By trials", None),
            ("best-by-time", by_time, "By time", length),
        )
    ]


def _inside(drawn: _Drawn) -> list[float]:
    """Returns the scores that are drawn."""
    return [
        each.score
        for each in drawn.ended
        if each.score is not None
        if not is_far_off(each.score, drawn.limit, drawn.run.state.direction)
    ]


def _marks(some: Sequence[_Drawn], unit: float | None) -> list[Mark]:
    """Returns what is drawn, by trials, or in units of so many seconds."""
    marks: list[Mark] = []
    references: set[tuple[float, ...]] = set()
    for drawn in some:
        marks += [] if drawn.colour else _points(drawn, unit)
        marks.append(_steps(drawn, unit))
    marks += _rule(some)
    for drawn in some:
        if drawn.reference.expected not in references:
            references.add(drawn.reference.expected)
            marks += _reference_line(drawn, unit)
    return marks


def _rule(some: Sequence[_Drawn]) -> list[Mark]:
    """Returns the line of the best reference model on the validation split, unless it is so far
    off that the scores would be squeezed, or the runs have several.
    """
    best = {name: value for drawn in some for name, value in best_reference(drawn.run.state)}
    if len(best) != 1:
        return []
    name, value = next(iter(best.items()))
    known = [score for drawn in some for score in _inside(drawn)]
    room = 2 * (max(known) - min(known))
    if not min(known) - room <= value <= max(known) + room:
        return []
    return [Rule(value, "y", f"{name} {format_value(value)}")]


def _points(drawn: _Drawn, unit: float | None) -> list[Mark]:
    state = drawn.run.state
    objective, marks = name_of(state.objective), []
    for status, colour in FATES.items():
        told = [
            (each, each.score)
            for each in drawn.ended
            if each.trial.status is status and each.score is not None
            if not is_far_off(each.score, drawn.limit, state.direction)
        ]
        shown = thinned(told, _MOST_POINTS)
        if shown:
            marks.append(
                Points(
                    [_place(each, unit) for each, _ in shown],
                    [score for _, score in shown],
                    status.value,
                    colour,
                    [each.trial.trial_id for each, _ in shown],
                    [
                        f"trial {each.trial.trial_id}, {status.value}: {objective} "
                        f"{format_value(score)}"
                        for each, score in shown
                    ],
                )
            )
    return [*marks]


def _steps(drawn: _Drawn, unit: float | None) -> Line:
    steps: list[tuple[float, float]] = []
    last: float | None = None
    direction = drawn.run.state.direction
    for each in drawn.ended:
        if each.best is None or is_far_off(each.best, drawn.limit, direction):
            continue
        if each.best != last or each is drawn.ended[-1]:
            steps.append((_place(each, unit), each.best))
        last = each.best
    name = f"best of {name_of(drawn.run.name)}" if drawn.colour else "best so far"
    colour = drawn.colour or "best"
    return Line([x for x, _ in steps], [y for _, y in steps], name, colour, steps=True)


def _reference_line(drawn: _Drawn, unit: float | None) -> list[Mark]:
    reference = drawn.reference
    if not reference.expected or (unit is not None and not reference.mean_seconds):
        return []
    direction = drawn.run.state.direction
    losses = [loss_of(score, direction) for score in _inside(drawn)]
    worst = math.inf if drawn.limit is None else max(losses)  # a far-off score moves the mean, too
    pace = (reference.mean_seconds or 0.0) / drawn.clock.workers
    points = [
        (float(count) if unit is None else count * pace / unit, best)
        for count, best in enumerate(reference.expected, start=1)
        if loss_of(best, direction) <= worst
    ]
    if not points:
        return []
    shown = thinned(points, _MOST_POINTS)
    name = f"random search, expected{reference.beside}"
    x, y = [x for x, _ in shown], [y for _, y in shown]
    return [Line(x, y, name, "reference", dashed=True)]


def _place(each: Ended, unit: float | None) -> float:
    return float(each.number) if unit is None else each.seconds / unit


def _sentences(drawn: _Drawn) -> list[str]:
    ended, reference, state = drawn.ended, drawn.reference, drawn.run.state
    best = ended[-1].best
    after = next(each for each in ended if each.best == best)
    told = [
        f"The best {name_of(state.objective)} is {format_value(best)}; trial "
        f"{after.trial.trial_id} reached it, as number {after.number:,} of the {len(ended):,} "
        "trials that have ended.",
        *overtaken_words(state),
    ]
    scores = [each.score for each in ended if each.score is not None]
    found, expected = improvements(scores, state.direction)
    if len(scores) > 2:
        told.append(
            f"The best score improved {counted(found, 'time')}, counting the first; in a random "
            f"order of the same trials it would improve {expected:.1f} times on average. A search "
            "that learns tends to improve more often."
        )
    left_out = sum(is_far_off(score, drawn.limit, state.direction) for score in scores)
    if left_out:
        told.append(
            f"{counted(left_out, 'trial')} with a score of {format_value(drawn.limit)} or worse "
            "would hide the others and are not drawn."
        )
    if not reference.expected:
        reason = f"What random search would have reached cannot be told: {reference.why_not}."
        return [*told, reason]
    at = min(reference.draws, len(ended))
    here = next((each.best for each in ended if each.number == at), None)
    compared = "" if here is None else f", and this search had {format_value(here)} by then"
    told.append(
        f"Random search: of {reference.draws:,} trials that were drawn at random "
        f"({reference.source}) the expected best after {at:,} is "
        f"{format_value(reference.expected[at - 1])}{compared}."
    )
    if reference.draws < len(ended):
        told.append(
            f"The dashed line ends after {counted(reference.draws, 'draw')}; a random search of "
            f"{len(ended):,} trials laid beside this one would tell the rest."
        )
    return told
