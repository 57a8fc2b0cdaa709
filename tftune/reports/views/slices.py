"""View 6: the score against each knob."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.journal.status import TrialStatus
from tftune.reports.analysis.axes import axis_of
from tftune.reports.analysis.groups import (
    colour_of,
    comparable,
    nothing_ended,
    prefix,
    suffix,
    titled,
)
from tftune.reports.analysis.knobs import TunedKnob
from tftune.reports.analysis.slices import Spot, at_an_end, edge_of, shown, slices_of
from tftune.reports.analysis.trials import is_finite
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.charts.chart import Axis, Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View

_CHARTS = 24
_POINTS = 1500  # in all charts, so that a page stays small
_THIRDS = (("first third", "run-4"), ("second third", "run-2"), ("last third", "completed"))

Kind = tuple[str, str, tuple[str, ...]]

HOW_TO_READ = (
    "Each point is a trial: a knob matters where the points rise or fall along it, and its range "
    "was too narrow where the best ones lie at an end."
)


def slices(runs: Sequence[RunData]) -> View:
    """Returns the score against each knob, a chart a knob."""
    charts: list[Chart] = []
    sentences: list[str] = []
    groups = comparable(runs)
    wanted = sum(len(_kinds(group)) for group in groups)
    most = max(50, _POINTS // max(1, min(wanted, _CHARTS)))
    for group in groups:
        for kind in _kinds(group):
            if len(charts) < _CHARTS:
                charts.append(_chart(kind, group, runs, len(charts), most))
    if not charts:
        tuned = any(slices_of(run.state) for run in runs)
        why_not = nothing_ended(runs) if tuned else "No knob was tuned."
        return View("slices", "Slices", HOW_TO_READ, why_not=why_not)
    if wanted > len(charts):
        sentences.append(f"The first {len(charts)} of {wanted} knobs are shown.")
    longest = max(len(each.spots) for run in runs for each in slices_of(run.state))
    if longest > most:
        sentences.append(
            f"Of the {longest:,} trials about {most} are shown: the best, and others evenly over "
            "the search."
        )
    sentences = _too_narrow(runs) + sentences + _at_the_edge(runs) + _absent(runs)
    return View("slices", "Slices", HOW_TO_READ, tuple(sentences), tuple(charts))


def _kind(knob: TunedKnob) -> Kind:
    return knob.name, knob.scale, knob.axis().categories


def _kinds(group: Sequence[RunData]) -> list[Kind]:
    """Returns name, scale and choices of the knobs of searches; one that differs in two of them
    gets a chart for each.
    """
    parts = (each for run in group for each in slices_of(run.state) if each.spots)
    return list(dict.fromkeys(_kind(each.knob) for each in parts))


def _chart(
    kind: Kind, group: Sequence[RunData], runs: Sequence[RunData], number: int, most: int
) -> Chart:
    parts = [
        (run, each)
        for run in group
        for each in slices_of(run.state)
        if each.spots and _kind(each.knob) == kind
    ]
    direction = group[0].state.direction
    spots = [shown(each.spots, max(25, most // len(parts)), direction) for _, each in parts]
    scores = [spot.score for each in spots for spot in each]
    upright = axis_of(group[0].state.objective, scores, direction)
    edge = edge_of(scores, direction, upright.scale)
    marks: list[Points] = []
    for (run, _), chosen in zip(parts, spots, strict=True):
        if len(runs) > 1:
            colour = colour_of(run, runs)
            marks.append(_points(chosen, name_of(run.name), colour, edge, run is runs[0]))
        else:
            marks += _by_fate(chosen, edge)
    return Chart(
        f"slice-{number + 1}" + suffix(group[0], runs),
        _axis([each.knob for _, each in parts]),
        upright,
        tuple(marks),
        "" if len(group) == len(runs) else titled(name_of(kind[0]), group, runs),
    )


def _axis(knobs: Sequence[TunedKnob]) -> Axis:
    """Returns an axis wide enough for all searches."""
    axis = knobs[0].axis()
    if axis.scale == "category":
        return axis
    low, high = min(knob.low for knob in knobs), max(knob.high for knob in knobs)
    return Axis(axis.label, axis.scale, low, high, whole=axis.whole)


def _by_fate(spots: Sequence[Spot], edge: float) -> list[Points]:
    """Returns the trials of one search by fate; by time where all have completed."""
    fates = {spot.fate for spot in spots}
    best = [spot for spot in spots if spot.best]
    rest = [spot for spot in spots if not spot.best]
    if fates <= {TrialStatus.COMPLETED} and len(rest) >= 9:
        thirds = [rest[len(rest) * part // 3 : len(rest) * (part + 1) // 3] for part in range(3)]
        marks = [
            _points(third, series, colour, edge, True)
            for third, (series, colour) in zip(thirds, _THIRDS, strict=True)
        ]
    else:
        marks = [
            _points(
                [spot for spot in rest if spot.fate is fate], fate.value, fate.value, edge, True
            )
            for fate in (TrialStatus.FAILED, TrialStatus.PRUNED, TrialStatus.COMPLETED)
        ]
    marks.append(_points(best, "best", "best", edge, True))
    return [mark for mark in marks if mark.x]


def _points(spots: Sequence[Spot], series: str, colour: str, edge: float, keys: bool) -> Points:
    return Points(
        tuple(spot.x for spot in spots),
        tuple(spot.score if is_finite(spot.score) else edge for spot in spots),
        series,
        colour,
        tuple(spot.trial_id for spot in spots) if keys else (),
        tuple(spot.hover for spot in spots),
    )


def _too_narrow(runs: Sequence[RunData]) -> list[str]:
    """Says at which ends of ranges the best trials lie."""
    said = []
    for run in runs:
        for each in slices_of(run.state)[:_CHARTS]:
            found = at_an_end(each, run.state.direction)
            if found is not None:
                end = format_value(found.knob.high if found.upper else found.knob.low)
                side = "upper" if found.upper else "lower"
                said.append(
                    f"{prefix(run, runs)}{found.count} of the best {found.of} trials lie at the "
                    f"{side} end of {name_of(found.knob.name)} ({end}): a wider range, where "
                    "there can be one, may hold better ones."
                )
    return said


def _at_the_edge(runs: Sequence[RunData]) -> list[str]:
    """Says what stands at the edge though it has no score there."""
    failed, far = 0, 0
    for run in runs:
        without: dict[str, TrialStatus] = {}
        for each in slices_of(run.state):
            for spot in each.spots:
                if not is_finite(spot.score):
                    without[spot.trial_id] = spot.fate
        failed += sum(fate is TrialStatus.FAILED for fate in without.values())
        far += sum(fate is not TrialStatus.FAILED for fate in without.values())
    said = []
    if failed:
        said.append(
            f"{counted(failed, 'failed trial')} without a score, at the edge of the charts."
        )
    if far:
        said.append(
            f"{counted(far, 'trial')} with a score so bad that the others would look alike, at the "
            "edge of the charts, too."
        )
    return said


def _absent(runs: Sequence[RunData]) -> list[str]:
    """Says which knobs some trials did not have."""
    said = []
    for run in runs:
        parts = [each for each in slices_of(run.state) if each.absent and each.spots]
        if parts:
            names = ", ".join(
                f"{name_of(each.knob.name)} ({len(each.spots)} of {len(each.spots) + each.absent})"
                for each in parts[:6]
            )
            said.append(f"{prefix(run, runs)}Knobs that only some trials had: {names}.")
    return said
