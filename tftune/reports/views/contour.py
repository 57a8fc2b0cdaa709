"""View 7: the score over the two most important knobs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tftune.reports.analysis.dependence import map_of, means_of
from tftune.reports.analysis.forest import Forest, forest_of, trust_in
from tftune.reports.analysis.groups import prefix, suffix
from tftune.reports.analysis.importance import most_important
from tftune.reports.analysis.knobs import TunedKnob
from tftune.reports.analysis.slices import hover_of, shown, slices_of
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Cells, Chart, Points
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View

TITLE = "Contour of the two most important knobs"
HOW_TO_READ = (
    "The colour is the score that a model, fitted to the trials, expects at each place, the other "
    "knobs as the trials had them; the points are the trials, and where there are none the colour "
    "is a guess."
)
_POINTS = 300
_CHOICES = 12  # of a table


def contour(runs: Sequence[RunData]) -> View:
    """Returns the map of the two most important knobs of each run, or a table of means where both
    are choices.
    """
    charts: list[Chart] = []
    tables: list[Table] = []
    sentences: list[str] = []
    reasons: list[str] = []
    for run in runs:
        begin = prefix(run, runs)
        found = _pair(run)
        if isinstance(found, str):
            reasons.append(f"{begin}There is no contour: {found}.")
            continue
        forest, (across, up) = found
        if across.choices and up.choices:
            tables.append(_table(forest, across, up, run, runs))
            sentences.append(
                f"{begin}{name_of(across.name)} and {name_of(up.name)} are choices: the table has "
                "the mean scores of the trials, with their number."
            )
            continue
        charts.append(_chart(forest, across, up, run, runs))
        sentences.append(f"{begin}{trust_in(forest)}")
    if not charts and not tables:
        return View("contour", TITLE, HOW_TO_READ, why_not=" ".join(reasons))
    said = tuple(sentences + reasons)
    return View("contour", TITLE, HOW_TO_READ, said, tuple(charts), tuple(tables))


def _pair(run: RunData) -> tuple[Forest, tuple[TunedKnob, TunedKnob]] | str:
    """Returns the forest and the two most important knobs that a trial had together, or why there
    are none; a number stands on the horizontal axis before a choice.
    """
    forest = forest_of(run.state)
    if isinstance(forest, str):
        return forest
    knobs = {knob.name: knob for knob in forest.samples.knobs}
    names = [name for name in most_important(run.state) if name in knobs]
    if len(names) < 2:
        return f"only {name_of(names[0])} had more than one value" if names else "no knob was tuned"
    for second in names[1:]:
        columns = [forest.samples.column(name) for name in (names[0], second)]
        if (~np.isnan(forest.samples.places[:, columns]).any(axis=1)).sum() > 1:
            pair = (knobs[names[0]], knobs[second])
            turned = bool(pair[0].choices) and not pair[1].choices
            return forest, (pair[1], pair[0]) if turned else pair
    return "no trial had two of the knobs together"


def _chart(
    forest: Forest, across: TunedKnob, up: TunedKnob, run: RunData, runs: Sequence[RunData]
) -> Chart:
    drawn = map_of(forest, across.name, up.name)
    objective = name_of(run.state.objective)
    marks: list[Cells | Points] = []
    if drawn is not None:
        marks.append(Cells(*drawn.edges, drawn.values, f"expected {objective}"))
    marks += _trials(across, up, run, run is runs[0])
    title = name_of(run.name) if len(runs) > 1 else ""
    return Chart(
        f"contour{suffix(run, runs)}", across.axis(), up.axis(), tuple(marks), title, height=1.3
    )


def _trials(across: TunedKnob, up: TunedKnob, run: RunData, keys: bool) -> list[Points]:
    """Returns the trials that had both knobs, by fate, the best last."""
    by_name = {each.knob.name: each for each in slices_of(run.state)}
    heights = {spot.trial_id: spot.x for spot in by_name[up.name].spots}
    spots = tuple(spot for spot in by_name[across.name].spots if spot.trial_id in heights)
    marks = []
    chosen = shown(spots, _POINTS, run.state.direction)
    for fate in ("failed", "pruned", "completed", "best"):
        part = [spot for spot in chosen if ("best" if spot.best else spot.fate.value) == fate]
        if part:
            marks.append(
                Points(
                    tuple(spot.x for spot in part),
                    tuple(heights[spot.trial_id] for spot in part),
                    fate,
                    fate,
                    tuple(spot.trial_id for spot in part) if keys else (),
                    tuple(
                        hover_of(run.state.trials[spot.trial_id], run.state.objective)
                        for spot in part
                    ),
                )
            )
    return marks


def _table(
    forest: Forest, across: TunedKnob, up: TunedKnob, run: RunData, runs: Sequence[RunData]
) -> Table:
    means = means_of(forest, across.name, up.name).means
    rows, columns = (_most_frequent([pair[side] for pair in means]) for side in (0, 1))
    cells = []
    for row in rows:
        texts = [name_of(format_value(across.choices[row]))]
        for column in columns:
            mean, count = means.get((row, column), (float("nan"), 0))
            texts.append(f"{format_value(mean)} (n = {count})" if count else "")
        cells.append(tuple(texts))
    corner = f"{name_of(across.name)} \\ {name_of(up.name)}"
    header = (corner, *(name_of(format_value(up.choices[column])) for column in columns))
    title = f"Mean {name_of(run.state.objective)}"
    if len(runs) > 1:
        title += f": {name_of(run.name)}"
    return Table(header, tuple(cells), tuple(range(1, len(header))), title=title)


def _most_frequent(places: Sequence[int]) -> list[int]:
    counts = {place: places.count(place) for place in dict.fromkeys(places)}
    return sorted(sorted(counts, key=lambda place: -counts[place])[:_CHOICES])
