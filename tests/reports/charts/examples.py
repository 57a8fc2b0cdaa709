"""Charts of every kind, and what is wrong in all of them at once."""

from __future__ import annotations

import math

from tftune.reports.charts.chart import (
    AnyChart,
    Axis,
    Band,
    Bars,
    Cells,
    Chart,
    Line,
    ParallelChart,
    Points,
    Rule,
)

NAN, INF = math.nan, math.inf
HOSTILE = (
    '<script>alert("1")</script>\' & \u202eRTL\u200f \x00\x1b[31m\ud800\uffff ]]>' + "x" * 10_000
)
DOLLARS = r"_$\frac{1$ $"


def every_mark() -> tuple[Chart, ...]:
    """A chart for each kind of mark."""
    names = ("adam", "sgd")
    x, y = (1.0, 2.0, 3.0, 4.0), (0.5, 0.7, 0.6, 0.9)
    return (
        Chart("line", Axis("epoch", whole=True), Axis("loss"), (Line(x, y, key="0001"),)),
        Chart(
            "steps",
            Axis("seconds", scale="log"),
            Axis("loss"),
            (
                Line(x, y, "best so far", "best", steps=True),
                Line(x, y[::-1], "random", "reference", dashed=True),
            ),
        ),
        Chart(
            "points",
            Axis("rate"),
            Axis("loss"),
            (Points(x, y, "a", "completed", ("0", "1", "2", "3"), ("t0", "t1", "t2", "t3"), y, x),),
        ),
        Chart("band", Axis("x"), Axis("y"), (Band(x, y, x, "68 %"), Line(x, y, "mean"))),
        Chart(
            "bars",
            Axis("share", low=0),
            Axis("", scale="category", categories=names),
            (Bars((0, 0), (0.2, 0.8), (-0.3, 0.7), (0.3, 1.3), "share", "failed", ("0", "1")),),
        ),
        Chart(
            "cells",
            Axis("predicted", scale="category", categories=names),
            Axis("true", scale="category", categories=names),
            (Cells((-0.5, 0.5, 1.5), (-0.5, 0.5, 1.5), ((5, NAN), (1, 9)), "rows"),),
        ),
        Chart("rules", Axis("x"), Axis("y"), (Line(x, y), Rule(0.7, "y", "mean"), Rule(2, "x"))),
    )


def parallel(trials: int = 5) -> ParallelChart:
    """Parallel coordinates with every scale and a conditional knob."""
    axes = (
        Axis("rate", scale="log"),
        Axis("units", whole=True),
        Axis("optimizer", scale="category", categories=("adam", "sgd")),
        Axis("momentum"),
        Axis("score"),
    )
    rows = tuple(
        (10.0 ** -(number % 5), 8 + number, number % 2, 0.5 if number % 2 else None, number / 10)
        for number in range(trials)
    )
    keys = tuple(f"{number:04d}" for number in range(trials))
    ranks = tuple(number / max(trials - 1, 1) for number in range(trials))
    return ParallelChart("all", axes, rows, keys, tuple(f"trial {key}" for key in keys), ranks)


def hostile() -> tuple[AnyChart, ...]:
    """Charts whose every text wants to break out."""
    axis = Axis(HOSTILE, scale="category", categories=(HOSTILE, DOLLARS, "שלום", "c"))
    values = (1.0, 2.0, 3.0, 4.0)
    texts = (HOSTILE,) * 4
    marks = (
        Points((0, 1, 2, 3), values, HOSTILE, HOSTILE, texts, texts),
        Line((0, 3), (1, 4), DOLLARS, "run-0", key=HOSTILE, hover=HOSTILE),
        Band((0, 3), (1, 2), (2, 4), HOSTILE + "b", "run-1"),
        Bars((0,), (1,), (1,), (2,), HOSTILE + "c", "run-2", texts, texts),
        Rule(2, "y", HOSTILE),
        Rule(2, "x", DOLLARS),
    )
    cells = Cells((-0.5, 0.5), (-0.5, 0.5), ((1,),), HOSTILE, ((HOSTILE,),))
    axes = (Axis(HOSTILE), axis)
    return (
        Chart(HOSTILE, axis, Axis(HOSTILE), marks, title=HOSTILE),
        Chart("cells", axis, axis, (cells,), title=DOLLARS),
        ParallelChart(HOSTILE, axes, ((1, 2), (2, 0)), texts[:2], texts[:2], (0, 1), HOSTILE),
    )


def odd() -> tuple[AnyChart, ...]:
    """Charts of too little, too much, or no number."""

    def line(x: tuple[float, ...], y: tuple[float, ...], scale: str = "linear") -> Chart:
        marks = (Line(x, y), Points(x, y), Band(x, y, y), Bars(x, x, y, y, hover=("h",) * len(x)))
        return Chart("odd", Axis("x", scale=scale), Axis("y", scale=scale), marks)  # type: ignore[arg-type]

    lone = ParallelChart("lone", (Axis("a"),), ((1.0,),), ("0",), ("",), (1,))
    return (
        line((), ()),
        line((1,), (NAN,)),
        line((1, 2), (INF, -INF)),
        line((1,), (1,)),
        line((1, 2, 3), (5, 5, 5)),
        line((0, 0), (0, 0)),
        line((1, 2, 3, 4), (1, NAN, INF, 2)),
        line((1e-12, 3e-12), (1e9, 2e9)),
        line((1e-300, 1e300), (-1e308, 1e308)),
        line((5e-324, 1e-320), (1e-310, 1)),
        line((1e9, 1e9 + 1), (0.1, 0.1 + 1e-15)),
        line((-1, 0, 1, 10), (-5, 0, 1, 100), "log"),
        line((-1, 0), (-5, 0), "log"),
        line((1e-300, 1e300), (1e-30, 1e30), "log"),
        Chart("none", Axis("x", scale="category"), Axis("y"), (Points((0,), (1,)),)),
        Chart("ends", Axis("x", low=5, high=5), Axis("y", low=3, high=1), (Points((0,), (1,)),)),
        Chart("nan", Axis("x"), Axis("y"), (Cells((0, 1), (0, 1), ((NAN,),), "c"),)),
        Chart("same", Axis("x"), Axis("y"), (Cells((0, 1), (0, 1), ((3,),), "c"),)),
        Chart("nothing", Axis(""), Axis(""), ()),
        ParallelChart("none", (), (), (), (), ()),
        ParallelChart("none", (Axis("a"), Axis("b")), (), (), (), ()),
        ParallelChart("nan", (Axis("a"), Axis("b")), ((NAN, None),), ("0",), ("",), (0,)),
        lone,
    )
