"""The workers over time, where the time went, and an estimate of the energy."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tftune.reports.analysis.attempts import Attempt, TimeSpent, attempts_of, time_spent
from tftune.reports.analysis.clock import Clock
from tftune.reports.analysis.energy import WATTS_VARIABLE, energy_words, watts_of
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.words import counted, name_of, percent, spoken, time_unit
from tftune.reports.charts.chart import Axis, Bars, Chart, Mark, Rule
from tftune.reports.run_data import RunData
from tftune.reports.views.view import Table, View

_TITLE = "Timeline: who worked when, and where the time went"
_HOW_TO_READ = (
    "A row is a worker, a bar an attempt at a trial; gaps are time in which a worker waited for "
    "the next trial. Pauses between sessions are cut out; a dashed line is where the search was "
    "taken up again."
)
_COLOURS = {
    "completed": "completed",
    "pruned": "pruned",
    "failed": "failed",
    "repeated": "reference",
    "confirming": "best",
    "finishing": "run-7",
    "interrupted": "run-3",
    "running": "neutral",
}
_WORDS = {
    "completed": "trials that completed",
    "pruned": "trials that were pruned (stopped early)",
    "failed": "trials that failed",
    "repeated": "attempts that failed and were repeated",
    "confirming": "trainings that confirm the winner",
    "finishing": "trainings that finish the model",
    "interrupted": "attempts that an interruption cut off",
    "running": "trials still under way",
    "waiting": "waiting: for the next proposal, for the start of a worker, or at the end",
}


def timeline(runs: Sequence[RunData]) -> View:
    """Returns the view of the workers over time."""
    told: list[str] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    for run in runs:
        clock = Clock(run.records)
        attempts = attempts_of(run.records, clock)
        if not attempts:
            told.append(f"{prefix(run, runs)}no trial has started.")
            continue
        spent = time_spent(run.records, clock)
        told += [prefix(run, runs) + sentence for sentence in _sentences(clock, attempts, spent)]
        charts.append(_chart(run, runs, clock, attempts, spent))
        tables.append(_table(run, runs, spent))
    if not charts:
        why_not = "No trial has started yet."
        return View("timeline", _TITLE, _HOW_TO_READ, why_not=why_not)
    watts, complaint = watts_of(os.environ.get(WATTS_VARIABLE))
    told += [complaint] if complaint else []
    told.append(
        f"Energy is an estimate, not a measurement: it assumes that a worker draws {watts:g} W "
        f"while a trial runs, about one processor core, and nothing while it waits. Set "
        f"{WATTS_VARIABLE} to what yours draws (a graphics card: some hundreds)."
    )
    facts = tuple(
        (f"{prefix(run, runs)}energy, estimated", energy_words(time_spent(run.records).busy, watts))
        for run in runs
        if len(run.state.trials)
    )
    shown = (tuple(told), tuple(charts), tuple(tables))
    return View("timeline", _TITLE, _HOW_TO_READ, *shown, facts=facts)


def _chart(
    run: RunData,
    runs: Sequence[RunData],
    clock: Clock,
    attempts: Sequence[Attempt],
    spent: TimeSpent,
) -> Chart:
    unit, length = time_unit(clock.total)
    lanes = max(spent.lanes, clock.workers)
    marks: list[Mark] = []
    for fate, colour in _COLOURS.items():
        some = [each for each in attempts if each.fate == fate]
        if not some:
            continue
        marks.append(
            Bars(
                [each.began / length for each in some],
                [each.ended / length for each in some],
                [lanes - 1 - each.lane - 0.4 for each in some],
                [lanes - 1 - each.lane + 0.4 for each in some],
                fate,
                colour,
                [each.trial_id for each in some],
                [_hover(each) for each in some],
            )
        )
    for number, session in enumerate(clock.sessions[1:], start=2):
        marks.append(Rule(session.earlier / length, "x", f"session {number}"))
    names = tuple(f"worker {lane + 1}" for lane in reversed(range(lanes)))
    return Chart(
        f"timeline{suffix(run, runs)}",
        Axis(f"{unit} of search, pauses cut out", low=0.0, high=max(clock.total / length, 1e-9)),
        Axis("", "category", low=-0.5, high=lanes - 0.5, categories=names),
        tuple(marks),
        name_of(run.name) if len(runs) > 1 else "",
        wide=True,
        height=min(max(0.35 + 0.12 * lanes, 0.5), 2.5),
    )


def _hover(attempt: Attempt) -> str:
    again = f", attempt {attempt.attempt}" if attempt.attempt > 1 else ""
    took = spoken(attempt.seconds)
    return f"trial {attempt.trial_id}{again}: {attempt.fate} after {took}"


def _sentences(clock: Clock, attempts: Sequence[Attempt], spent: TimeSpent) -> list[str]:
    lanes = max(spent.lanes, clock.workers)
    sessions = f" in {len(clock.sessions):,} sessions" if len(clock.sessions) > 1 else ""
    trials = len({each.trial_id for each in attempts if each.fate != "finishing"})
    confirming, finishing = (
        sum(each.fate == fate for each in attempts) for fate in ("confirming", "finishing")
    )
    further = len(attempts) - trials - confirming - finishing
    verb = "was" if further == 1 else "were"
    again = f" ({counted(further, 'attempt')} more {verb} needed)" if further else ""
    confirmed = f", and {counted(confirming, 'training')} to confirm the winner"
    confirmed = confirmed if confirming else ""
    finished = f", and {counted(finishing, 'job')} to finish the model" if finishing else ""
    told = [
        f"The search took {spoken(clock.total)}{sessions} with {counted(lanes, 'worker')}: "
        f"{counted(trials, 'trial')}{again}{confirmed}{finished}."
    ]
    shares = {name: share for name, (_, share) in spent.shares().items()}
    lost = sum(shares.get(name, 0.0) for name in ("failed", "repeated", "interrupted"))
    ways = (
        ("went into trials that completed", shares.get("completed", 0.0)),
        ("into trials that were stopped early", shares.get("pruned", 0.0)),
        ("into trainings that confirm the winner", shares.get("confirming", 0.0)),
        ("into what finished the model", shares.get("finishing", 0.0)),
        ("into work that failed, was repeated or cut off", lost),
        ("into trials that are under way", shares.get("running", 0.0)),
        ("was waiting", shares.get("waiting", 0.0)),
    )
    parts = [f"{percent(share)} {words}" for words, share in ways if share]
    if parts:
        told.append(f"Of the workers' time {', '.join(parts)}.")
    return told


def _table(run: RunData, runs: Sequence[RunData], spent: TimeSpent) -> Table:
    rows = tuple(
        (_WORDS[name], f"{seconds:,.1f}", percent(share))
        for name, (seconds, share) in spent.shares().items()
    )
    title = f"{prefix(run, runs)}where the workers' time went"
    return Table(("what", "seconds, all workers", "share"), rows, (1, 2), title=title)
