"""What the score is expected to be as one knob, or two, are set, the others as the trials had them.

J. H. Friedman: Greedy function approximation: a gradient boosting machine, Annals of Statistics
29(5), 2001 (partial dependence); the intervals are those of the trees of a forest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tftune.reports.analysis.forest import Forest
from tftune.reports.analysis.knobs import TunedKnob
from tftune.reports.analysis.samples import Array, value_at

POINTS = 13  # along a number
CELLS = 14  # along a side of a map
ENDS = (16.0, 84.0)  # percentiles of the trees, about one standard deviation
_MOST_CHOICES = 20


@dataclass(frozen=True)
class Effect:
    """The effect of one knob.

    Attributes:
        knob: The knob.
        x: Its values, or the places of its choices.
        middle: The expected score at each.
        low: Lower end of the interval.
        high: Upper end.
        trials: How many trials had the knob.
    """

    knob: TunedKnob
    x: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    trials: int


@dataclass(frozen=True)
class Map:
    """The effect of two knobs.

    Attributes:
        knobs: That of the horizontal axis, and that of the vertical one.
        edges: Of columns and rows.
        values: A row for each, lowest first.
        trials: How many trials had both knobs.
    """

    knobs: tuple[TunedKnob, TunedKnob]
    edges: tuple[tuple[float, ...], tuple[float, ...]]
    values: tuple[tuple[float, ...], ...]
    trials: int


@dataclass(frozen=True)
class Means:
    """Mean scores of pairs of choices, as they came; no model is asked.

    Attributes:
        knobs: That of the rows, and that of the columns.
        means: By places of choices: mean score and number of trials.
    """

    knobs: tuple[TunedKnob, TunedKnob]
    means: dict[tuple[int, int], tuple[float, int]]


def effect_of(forest: Forest, name: str) -> Effect:
    """Returns the effect of a knob."""
    column = forest.samples.column(name)
    knob = forest.samples.knobs[column]
    places, x = _places(forest, column, POINTS)
    trees = forest.effect([column], places[:, None])
    low, high = np.percentile(trees, ENDS, axis=0)
    middle = trees.mean(axis=0)
    there = int((~np.isnan(forest.samples.places[:, column])).sum())
    return Effect(knob, x, _floats(middle), _floats(low), _floats(high), there)


def map_of(forest: Forest, across: str, up: str) -> Map | None:
    """Returns the effect of two knobs, or None where no trial had both."""
    columns = [forest.samples.column(across), forest.samples.column(up)]
    knobs = forest.samples.knobs
    there = int((~np.isnan(forest.samples.places[:, columns]).any(axis=1)).sum())
    if not there:
        return None
    sides = [_cells(knobs[column]) for column in columns]
    settings = np.array([[x, y] for y in sides[1][0] for x in sides[0][0]])
    found = forest.effect(columns, settings).mean(axis=0)
    rows = found.reshape(len(sides[1][0]), len(sides[0][0]))
    values = tuple(tuple(map(float, row)) for row in rows)
    edges = (sides[0][1], sides[1][1])
    return Map((knobs[columns[0]], knobs[columns[1]]), edges, values, there)


def means_of(forest: Forest, one: str, other: str) -> Means:
    """Returns the mean scores of the pairs of choices of two knobs."""
    samples = forest.samples
    columns = [samples.column(one), samples.column(other)]
    found: dict[tuple[int, int], list[float]] = {}
    for row, score in zip(samples.places[:, columns], samples.scores, strict=True):
        if not np.isnan(row).any():
            found.setdefault((int(row[0]), int(row[1])), []).append(float(score))
    means = {pair: (float(np.mean(each)), len(each)) for pair, each in found.items()}
    return Means((samples.knobs[columns[0]], samples.knobs[columns[1]]), means)


def _floats(values: Array) -> tuple[float, ...]:
    return tuple(map(float, values))


def _places(forest: Forest, column: int, count: int) -> tuple[Array, tuple[float, ...]]:
    """Returns places along a knob, from the least to the greatest that a trial had, and values."""
    knob, seen = forest.samples.knobs[column], forest.samples.places[:, column]
    seen = seen[~np.isnan(seen)]
    different = np.unique(seen)
    if knob.choices:
        counts = {place: int((seen == place).sum()) for place in different}
        most = sorted(counts, key=lambda place: -counts[place])[:_MOST_CHOICES]
        places = np.array(sorted(most))
        return places, tuple(map(float, places))
    few = len(different) <= count
    places = different if few else np.linspace(different[0], different[-1], count)
    return places, tuple(value_at(knob, float(place)) for place in places)


def _cells(knob: TunedKnob) -> tuple[list[float], tuple[float, ...]]:
    """Returns the middles of cells as places, and their edges on the axis of the knob."""
    if knob.choices:
        count = min(len(knob.choices), _MOST_CHOICES)
        return [float(place) for place in range(count)], tuple(
            place - 0.5 for place in range(count + 1)
        )
    if knob.whole and knob.scale == "linear" and knob.high - knob.low < CELLS:
        values = np.arange(knob.low, knob.high + 1)
        middles = (values - knob.low) / (knob.high - knob.low)
        return middles.tolist(), tuple(float(value) - 0.5 for value in (*values, values[-1] + 1))
    edges = np.linspace(0.0, 1.0, CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    return middles.tolist(), tuple(value_at(knob, float(edge)) for edge in edges)
