"""A chart as plain data: axes and marks, computed first and drawn second.

`svg.py` draws it for the page, `matplotlib_figure.py` for a notebook; a view never draws.

Example:
    >>> line = Line((1, 2, 3), (0.5, 0.75, 0.75), series="best so far", colour="best", steps=True)
    >>> chart = Chart("best-so-far", Axis("trials", whole=True), Axis("val_auc"), (line,))
    >>> chart.marks[0].y
    (0.5, 0.75, 0.75)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log", "category"]

COLOURS = (
    *("completed", "pruned", "failed", "best", "reference", "neutral"),
    *(f"run-{number}" for number in range(8)),
)


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        label: What it shows, with its unit.
        scale: `linear`, `log`, or `category`, where positions are 0, 1, 2, ... in `categories`.
        low: Its first value; None takes it from the marks.
        high: Its last value; None takes it from the marks.
        categories: Their names, of any number of characters: they are cut in drawing.
        whole: Whether only whole numbers get a tick.
    """

    label: str
    scale: Scale = "linear"
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Line:
    """A line through points; a value that is not finite breaks it.

    Attributes:
        x: Positions.
        y: Values.
        series: Its name in the legend; lines of one name share an entry; "" has none.
        colour: One of `COLOURS`.
        steps: Whether a value holds until the next one.
        dashed: Whether it is dashed.
        faint: Whether it is one of many, drawn thin and pale.
        key: The trial it belongs to, or "": what is brushed or pointed at in one view is shown in
            all.
        hover: What is told when it is pointed at.
    """

    x: Sequence[float]
    y: Sequence[float]
    series: str = ""
    colour: str = "neutral"
    steps: bool = False
    dashed: bool = False
    faint: bool = False
    key: str = ""
    hover: str = ""


@dataclass(frozen=True)
class Points:
    """Points.

    Attributes:
        x: Positions.
        y: Values.
        series: As of a line.
        colour: One of `COLOURS`; each series has a marker of its own, too.
        keys: The trial of each, or nothing.
        hover: What each tells, or nothing.
        low: Lower ends of intervals, or nothing; they are vertical, or horizontal where the
            vertical axis has categories.
        high: Upper ends of intervals, or nothing.
    """

    x: Sequence[float]
    y: Sequence[float]
    series: str = ""
    colour: str = "neutral"
    keys: Sequence[str] = ()
    hover: Sequence[str] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Band:
    """An area between two lines, for an uncertainty.

    Attributes:
        x: Positions.
        low: Lower edge.
        high: Upper edge.
        series: As of a line.
        colour: One of `COLOURS`.
    """

    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    series: str = ""
    colour: str = "neutral"


@dataclass(frozen=True)
class Bars:
    """Rectangles: of a histogram, of importances, of a timeline.

    Attributes:
        left: Left edges.
        right: Right edges.
        bottom: Lower edges.
        top: Upper edges.
        series: As of a line.
        colour: One of `COLOURS`.
        keys: The trial of each, or nothing.
        hover: What each tells, or nothing.
    """

    left: Sequence[float]
    right: Sequence[float]
    bottom: Sequence[float]
    top: Sequence[float]
    series: str = ""
    colour: str = "neutral"
    keys: Sequence[str] = ()
    hover: Sequence[str] = ()


@dataclass(frozen=True)
class Cells:
    """A map of values in colour, with a scale beside it.

    Attributes:
        x: Edges of the columns, one more than there are.
        y: Edges of the rows, one more than there are.
        values: A row for each, lowest first; NaN is left empty.
        label: What the colour means.
        texts: What is written into each cell, or nothing.
    """

    x: Sequence[float]
    y: Sequence[float]
    values: Sequence[Sequence[float]]
    label: str
    texts: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Rule:
    """A straight line across the chart at one value.

    Attributes:
        at: The value.
        of: The axis that it stands on.
        text: What it is.
        dashed: Whether it is dashed.
    """

    at: float
    of: Literal["x", "y"]
    text: str = ""
    dashed: bool = True


Mark = Line | Points | Band | Bars | Cells | Rule


@dataclass(frozen=True)
class Chart:
    """Axes and marks.

    Attributes:
        name: A word for a file or an anchor, such as `best-so-far`.
        x: The horizontal axis.
        y: The vertical axis.
        marks: Drawn in order, the last on top.
        title: A few words above it, where a view has several charts.
        wide: Whether it wants the whole width of a page.
        height: In units of the usual height.
    """

    name: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    title: str = ""
    wide: bool = False
    height: float = 1.0


@dataclass(frozen=True)
class ParallelChart:
    """Parallel coordinates: an axis a knob, a line a trial.

    Attributes:
        name: A word for a file or an anchor.
        axes: From left to right; the last is the objective.
        rows: A value on each axis for each trial; None where it has none there.
        keys: The trial of each.
        hover: What each tells.
        colours: From 0 (worst) to 1 (best) for each: the rank of its score.
        title: A few words above it.
    """

    name: str
    axes: tuple[Axis, ...]
    rows: tuple[tuple[float | None, ...], ...]
    keys: tuple[str, ...]
    hover: tuple[str, ...]
    colours: tuple[float, ...]
    title: str = ""


AnyChart = Chart | ParallelChart
