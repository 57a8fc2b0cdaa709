"""Learning curves: the objective by epoch, coloured by what became of each trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tftune.journal.state import TrialRecord
from tftune.reports.analysis.axes import axis_of, far_off, is_far_off
from tftune.reports.analysis.curves import (
    best_lines,
    curve_of,
    losses_in,
    sample_of,
    thin_curve,
    trained_to_the_end,
    whole_curve,
)
from tftune.reports.analysis.groups import (
    colour_of,
    comparable,
    nothing_ended,
    prefix,
    suffix,
    titled,
)
from tftune.reports.analysis.trials import FATES, count_fates, scored, trials_of
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.charts.chart import Axis, Chart, Line, Mark, Points
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View

_MOST_CURVES, _MOST_POINTS = 150, 60
_WITH_LOSSES = 3  # trials
_TITLE = "Learning curves"
_HOW_TO_READ = (
    "Each line is a trial, epoch by epoch: one that still rises (or, for a loss, falls) at its end "
    "could have trained longer, and one whose validation loss grows while its training loss falls "
    "learns its training data by heart."
)


def learning_curves(runs: Sequence[RunData]) -> View:
    """Returns the view of the learning curves, and of the losses of the best trials."""
    told: list[str] = []
    charts: list[Chart] = []
    for group in comparable(runs):
        lines: list[Mark] = []
        values: list[float] = []
        for run in group:
            best_of = colour_of(run, runs) if len(group) > 1 else ""
            most = max(_MOST_CURVES // len(group), 2)
            some, limits, sentences = _lines(run, most, best_of)
            lines += some
            values += limits
            told += [prefix(run, runs) + sentence for sentence in sentences]
        if lines:
            state = group[0].state
            score = axis_of(state.objective, values, state.direction)
            epochs = Axis("epoch", whole=True)
            name, title = f"curves{suffix(group[0], runs)}", titled("Objective", group, runs)
            # what is drawn last is on top
            lines.sort(key=lambda line: not (isinstance(line, Line) and line.faint))
            charts.append(Chart(name, epochs, score, tuple(lines), title, wide=True))
    for run in runs:
        charts += _losses(run, runs)
    if not charts:
        return View("learning-curves", _TITLE, _HOW_TO_READ, why_not=_why_not(runs))
    return View("learning-curves", _TITLE, _HOW_TO_READ, tuple(told), tuple(charts))


def _lines(
    run: RunData, most: int, colour_of_run: str
) -> tuple[list[Mark], list[float], list[str]]:
    """Returns the lines of a search, their values, and what is to be said about them."""
    state = run.state
    trials = {trial.trial_id: trial for trial in trials_of(state)}
    sample = sample_of(state, most)
    curves = {
        trial.trial_id: thin_curve(
            curve_of(trial, state.objective, trials), _MOST_POINTS, {trial.best_epoch or 0}
        )
        for trial in sample
    }
    every = [value for curve in curves.values() for _, value in curve]
    limit = far_off(every, state.direction)
    best = next((trial.trial_id for trial in scored(state)[:1]), None)
    lines: list[Mark] = []
    values: list[float] = []
    for trial in sample:
        curve = [
            point
            for point in curves[trial.trial_id]
            if not is_far_off(point[1], limit, state.direction)
        ]
        if not curve:
            continue
        is_best = trial.trial_id == best
        colour = colour_of_run or ("best" if is_best else FATES[trial.status])
        series = name_of(run.name) if colour_of_run else "best" if is_best else trial.status.value
        values += [value for _, value in curve]
        lines.append(
            Line(
                [epoch for epoch, _ in curve],
                [value for _, value in curve],
                series,
                colour,
                faint=not is_best,
                key=trial.trial_id,
                hover=_hover(run, trial),
            )
        )
        if is_best and trial.best_epoch in dict(curve):
            place, value = [trial.best_epoch or 0], [dict(curve)[trial.best_epoch or 0]]
            keys, hover = [trial.trial_id], [_hover(run, trial)]
            lines.append(Points(place, value, series, colour, keys, hover))
    return lines, values, _sentences(run, sample, trials, limit)


def _sentences(
    run: RunData,
    sample: Sequence[TrialRecord],
    trials: Mapping[str, TrialRecord],
    limit: float | None,
) -> list[str]:
    told = []
    without = sum(not curve_of(trial, run.state.objective) for trial in sample)
    if len(sample) < len(trials):
        told.append(
            f"{len(sample):,} of {len(trials):,} trials are shown: the best tenth of these by "
            "score, and of every fate the same share of the others, evenly spaced."
        )
    if without:
        told.append(
            f"{counted(without, 'trial')} {'has' if without == 1 else 'have'} no curve: no epoch "
            "gave a finite score."
        )
    if limit is not None:
        told.append(
            f"Values of {format_value(limit)} or worse would hide the others and are not drawn."
        )
    continued = sum(trial.parent is not None for trial in trials.values())
    if continued:
        told.append(
            f"{counted(continued, 'trial')} went on from an earlier one; {_its(continued)} line "
            "begins where that one ended."
        )
    if any(trial.reason for trial in trials.values()):
        told.append("Why each trial began stands at its line, and in `tftune show --trial ID`.")
    best = next(iter(scored(run.state)), None)
    if best is not None and trained_to_the_end(best) is not None:
        words = (
            "after which it got no better"
            if trained_to_the_end(best)
            else "its last: more epochs might have helped"
        )
        told.append(
            f"The best trial, {best.trial_id}, was best at epoch {best.best_epoch}, {words}."
        )
    pruned = count_fates(run.state)["pruned"]
    if pruned:
        told.append(
            f"{counted(pruned, 'trial')} {'was' if pruned == 1 else 'were'} pruned: stopped early, "
            "because others did better at that epoch."
        )
    return told


def _losses(run: RunData, runs: Sequence[RunData]) -> list[Chart]:
    """Returns a chart of the losses of the best trials, from the first epoch on."""
    trials = {trial.trial_id: trial for trial in trials_of(run.state)}
    best = best_lines(scored(run.state), trials, _WITH_LOSSES)
    marks: list[Mark] = []
    values: list[float] = []
    for place, line in reversed(list(enumerate(best))):
        trial = line[-1]
        name_of_line = f"trial {' > '.join(each.trial_id for each in line)}"
        for name in losses_in(line):
            curve = thin_curve(whole_curve(line, name), _MOST_POINTS)
            if not curve:
                continue
            values += [value for _, value in curve]
            on = "validation" if name == "val_loss" else "training"
            marks.append(
                Line(
                    [epoch for epoch, _ in curve],
                    [value for _, value in curve],
                    f"{name_of_line}, {on}",
                    "best" if place == 0 else ("completed", "reference", "neutral")[place],
                    dashed=name == "loss",
                    key=trial.trial_id,
                    hover=f"{name_of_line}: {on} loss",
                )
            )
    if not marks:
        return []
    which = "best trial" if len(best) == 1 else f"best {len(best)} trials"
    title = f"{prefix(run, runs)}loss of the {which}"
    epochs, loss = Axis("epoch", whole=True), axis_of("loss", values, "min")
    return [Chart(f"losses{suffix(run, runs)}", epochs, loss, tuple(marks), title, wide=True)]


def _hover(run: RunData, trial: TrialRecord) -> str:
    score = f"{name_of(run.state.objective)} {format_value(trial.score)}"
    reached = f", best {score} at epoch {trial.best_epoch}" if trial.score is not None else ""
    why = f"; {name_of(trial.reason)}" if trial.reason else ""
    return f"trial {trial.trial_id}, {trial.status.value}{reached}{why}"


def _its(number: int) -> str:
    return "its" if number == 1 else "each"


def _why_not(runs: Sequence[RunData]) -> str:
    if any(trial.epochs for run in runs for trial in trials_of(run.state)):
        return "No epoch has given a finite score."
    if any(len(run.state.trials) for run in runs):
        return "No trial has finished an epoch."
    return nothing_ended(runs)
