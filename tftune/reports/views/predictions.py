"""View 11: what the surrogate model predicted against what came."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.axes import far_off, is_far_off
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.predictions import (
    SHARE,
    WITH_A_MODEL,
    Judgement,
    Pair,
    judged,
    pairs_of,
)
from tftune.reports.analysis.trials import thinned, trials_of
from tftune.reports.analysis.words import counted, name_of, ranked_words
from tftune.reports.charts.chart import Axis, Chart, Line, Points
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View

TITLE = "Predictions of the surrogate model"
HOW_TO_READ = (
    "Each point is a trial that the search method proposed because of its model: the nearer to the "
    "dashed diagonal, the better the model knew what would come; the lines are its "
    f"{100 * SHARE:.0f} % intervals."
)
_POINTS = 400


def predictions(runs: Sequence[RunData]) -> View:
    """Returns what was expected of the proposals against their scores, a chart a run."""
    charts: list[Chart] = []
    sentences: list[str] = []
    reasons: list[str] = []
    for run in runs:
        pairs = pairs_of(run.state)
        if not pairs:
            reasons.append(f"{prefix(run, runs)}{_why_not(run)}")
            continue
        charts.append(_chart(thinned(pairs, _POINTS), run, runs))
        sentences += [prefix(run, runs) + each for each in _said(pairs, judged(pairs))]
        if len(pairs) > _POINTS:
            sentences.append(f"{_POINTS} of {len(pairs):,} trials are drawn; all are counted.")
    if not charts:
        return View("predictions", TITLE, HOW_TO_READ, why_not=" ".join(reasons))
    return View("predictions", TITLE, HOW_TO_READ, tuple(sentences + reasons), tuple(charts))


def _why_not(run: RunData) -> str:
    search = name_of(run.state.header.get("search") or "the search method")
    if any(trial.predicted for trial in trials_of(run.state)):
        return "No trial that the model proposed has a score yet."
    if run.state.header.get("search") not in WITH_A_MODEL:
        return (
            f"{search} has no model that predicts scores, so there is nothing to compare; "
            f"{', '.join(WITH_A_MODEL[:-1])} and {WITH_A_MODEL[-1]} have one."
        )
    return (
        f"No prediction of {search} is in the journal: its model is asked only after the first "
        "trials, and earlier versions of tftune did not note what it said."
    )


def _chart(pairs: Sequence[Pair], run: RunData, runs: Sequence[RunData]) -> Chart:
    objective = name_of(run.state.objective)
    direction = run.state.direction
    limit = far_off([pair.score for pair in pairs], direction)
    pairs = [pair for pair in pairs if not is_far_off(pair.score, limit, direction)]
    scores = [pair.score for pair in pairs]
    margin = (max(scores) - min(scores)) or 0.1 * abs(scores[0]) or 0.1
    ends = (min(scores) - margin, max(scores) + margin)  # of what is drawn
    values = [*scores, *(_between(pair.mean, *ends) for pair in pairs)]
    least, most = min(values), max(values)
    marks: list[Line | Points] = [
        Line((least, most), (least, most), "as predicted", "reference", dashed=True)
    ]
    for whole, series in ((False, "pruned"), (True, "completed")):
        part = [pair for pair in pairs if pair.whole is whole]
        if part:
            marks.append(_points(part, series, objective, ends, run is runs[0]))
    return Chart(
        f"predictions{suffix(run, runs)}",
        Axis(f"{objective}, as it came"),
        Axis(f"{objective}, as predicted"),
        tuple(marks),
        name_of(run.name) if len(runs) > 1 else "",
        height=1.3,
    )


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _points(
    pairs: Sequence[Pair], fate: str, objective: str, ends: tuple[float, float], keys: bool
) -> Points:
    """Returns points with intervals; what lies far beyond the scores is drawn at the edge."""
    return Points(
        tuple(pair.score for pair in pairs),
        tuple(_between(pair.mean, *ends) for pair in pairs),
        fate,
        fate,
        tuple(pair.trial_id for pair in pairs) if keys else (),
        tuple(
            f"trial {pair.trial_id}: {objective} {format_value(pair.score)}, predicted "
            f"{format_value(pair.mean)} ({format_value(pair.low)} to {format_value(pair.high)})"
            for pair in pairs
        ),
        tuple(_between(pair.low, *ends) for pair in pairs),
        tuple(_between(pair.high, *ends) for pair in pairs),
    )


def _said(pairs: Sequence[Pair], found: Judgement) -> list[str]:
    said = []
    interval = f"{100 * SHARE:.0f} % interval"
    if found.count:
        verdict = {
            "": "about as many as expected",
            "too sure": f"fewer than expected: the model is too sure of itself (about "
            f"{round(SHARE * found.count)} were expected)",
            "too careful": f"more than expected: the model is too careful (about "
            f"{round(SHARE * found.count)} were expected)",
        }[found.verdict]
        if not found.verdict and found.count < 10:
            verdict = "too few trials to judge it by"
        said.append(f"{found.inside} of {found.count} inside the {interval}: {verdict}.")
    if found.rank is not None:
        words = ranked_words(found.rank, found.count)
        said.append(
            f"The model ranked its own proposals {words}: rank correlation {found.rank:.2f} "
            "(1 is perfect, 0 is chance)."
        )
    pruned = len(pairs) - found.count
    if pruned:
        said.append(
            f"{counted(pruned, 'pruned trial')} not counted: stopped early, a trial has not shown "
            "what was predicted of it."
        )
    return said
