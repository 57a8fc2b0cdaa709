"""Views and a drawing that need nothing of the real ones: what a page is given, small enough to be
known by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from tftune.journal import journal
from tftune.journal.run_folder import RunFolder
from tftune.reports.charts.chart import AnyChart, Axis, Chart, ParallelChart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.view import Table, View

HOSTILE = '<img src=x onerror="document.title=1">'


def drawn(chart: AnyChart) -> str:
    """SVG by the contract of `svg_of`: classes, keys, titles; positions are no matter."""
    parallel = isinstance(chart, ParallelChart)
    kind = "chart parallel" if parallel else "chart"
    marks = _parallel(chart) if isinstance(chart, ParallelChart) else _points(chart)
    label = escape(chart.title or chart.name)
    return (
        f'<svg class="{kind}" viewBox="0 0 {900 if parallel else 440} 240" role="img" '
        f'aria-label="{label}">{marks}</svg>'
    )


def _points(chart: Chart) -> str:
    points = [mark for mark in chart.marks if isinstance(mark, Points)]
    return "".join(
        f'<g class="points c-{mark.colour}">'
        + "".join(
            f'<circle cx="{40 + 380 * place / len(mark.x):.1f}" cy="{200 - 160 * y:.1f}" r="5" '
            f'data-key="{escape(key)}"><title>trial {escape(key)}: {y}</title></circle>'
            for place, (y, key) in enumerate(zip(mark.y, mark.keys, strict=True))
        )
        + "</g>"
        for mark in points
    )


def _parallel(chart: ParallelChart) -> str:
    ends = [
        [value for row in chart.rows if (value := row[place]) is not None]
        for place in range(len(chart.axes))
    ]
    axes = "".join(
        f'<g class="parallel-axis" data-axis="{place}"><line class="axis" x1="{60 + 180 * place}" '
        f'x2="{60 + 180 * place}" y1="30" y2="210"/><text class="label" x="{60 + 180 * place}" '
        f'y="18">{escape(axis.label)}</text></g>'
        for place, axis in enumerate(chart.axes)
    )
    lines = []
    for row, key in zip(chart.rows, chart.keys, strict=True):
        shares = [
            "" if value is None else f"{(value - min(of)) / ((max(of) - min(of)) or 1):.3f}"
            for value, of in zip(row, ends, strict=True)
        ]
        path = "L".join(
            f"{60 + 180 * place} {210 - 180 * float(share):.1f}"
            for place, share in enumerate(shares)
            if share
        )
        lines.append(
            f'<path class="line" d="M{path}" data-key="{escape(key)}" '
            f'data-values="{",".join(shares)}"><title>{escape(key)}</title></path>'
        )
    return "".join(lines) + axes


def story(runs: Sequence[RunData]) -> View:
    state = runs[0].state
    facts = (("trials", str(len(state.trials))), ("command", "python -m tftune.beans --seed 0"))
    return View("story", "The story", "Read this first.", ("A search was made.",), facts=facts)


def points(runs: Sequence[RunData]) -> View:
    charts, rows, keys = [], [], []
    for place, run in enumerate(runs):
        trials = run.state.ranked()
        ids = [trial.trial_id for trial in trials]
        scores = [trial.score or 0.0 for trial in trials]
        colour = f"run-{place}" if len(runs) > 1 else "completed"
        mark = Points(range(len(ids)), scores, run.name, colour, ids)
        charts.append(Chart("points", Axis("trial"), Axis("score"), (mark,), title=run.name))
        rows += [(trial.trial_id, f"{trial.score:.4g}", HOSTILE) for trial in trials]
        keys += ids
    table = Table(("trial", "score", HOSTILE), tuple(rows), (1,), tuple(keys))
    return View("points", "Scores", "A point a trial.", charts=tuple(charts), tables=(table,))


def parallel(runs: Sequence[RunData]) -> View:
    charts = []
    for run in runs:
        trials = run.state.ranked()
        charts.append(
            ParallelChart(
                "parallel",
                (Axis("dropout"), Axis(HOSTILE), Axis(run.state.objective)),
                tuple((trial.values.get("dropout"), trial.number, trial.score) for trial in trials),
                tuple(trial.trial_id for trial in trials),
                tuple(trial.trial_id for trial in trials),
                tuple(0.5 for _ in trials),
                run.name,
            )
        )
    return View("parallel", "Parallel coordinates", "A line a trial.", charts=tuple(charts))


def nothing(runs: Sequence[RunData]) -> View:
    return View("nothing", "Surrogate", "Points.", why_not="This method has no surrogate.")


def failing(runs: Sequence[RunData]) -> View:
    raise ZeroDivisionError(f"of {HOSTILE}")


VIEWS: Mapping[str, Callable[[Sequence[RunData]], View]] = {
    "story": story,
    "points": points,
    "parallel": parallel,
    "nothing": nothing,
    "failing": failing,
}


def run_of(search: Any, name: str = "run") -> RunData:
    """What a search played from a script has told."""
    return RunData(name, search.state, search.records)


def written(search: Any, path: Path) -> RunFolder:
    """A run folder with the journal of a search played from a script."""
    folder = RunFolder(path)
    with journal.Journal(folder.journal) as opened:
        opened.extend(search.records)
    return folder
