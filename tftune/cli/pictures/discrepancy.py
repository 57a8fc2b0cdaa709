"""How evenly samplers spread their points over two knobs: their star discrepancy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, plane, proposals
from tftune.cli.pictures.estimates import estimate, estimates
from tftune.cli.pictures.star_discrepancy import star_discrepancy
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive

SIZES = (4, 8, 16, 32, 64, 128)
SHOWN, SEEDS = 64, 16
SAMPLERS = {  # name of the search method: what it is called, colour
    "random": ("Random", "run-6"),
    "poisson-disk": ("Poisson disk", "run-3"),
    "lhs": ("Latin hypercube", "run-1"),
    "halton": ("Halton", "run-2"),
    "sobol": ("Sobol", "run-0"),
    "hammersley": ("Hammersley", "run-5"),
}
SEQUENCES = ("random", "halton", "sobol")  # more points leave the first ones as they are

Array = np.ndarray[Any, Any]


def discrepancy(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of all samplers; further seeds are derived from it.
    """
    found = {name: _measured(name, seed) for name in SAMPLERS}
    at = SIZES.index(SHOWN)
    shown = {name: points_of(name, SHOWN, seed) for name in SAMPLERS}
    told = ", ".join(
        f"{SAMPLERS[name][0]} {estimate(rows[:, at]).told()}"
        for name, rows in sorted(found.items(), key=lambda item: item[1][:, at].mean())
    )
    slopes = {name: _slope(rows) for name, rows in found.items()}
    apart = {name: _nearest(points) for name, points in shown.items()}
    lattice = found["random"][:, at] - found["poisson-disk"][:, at]
    return View(
        "discrepancy",
        "How evenly points are spread: star discrepancy",
        f"Each square shows {SHOWN} proposals of one method for two knobs; the curves say how "
        "uneven they are: lower is better.",
        sentences=(
            "Formula: D* = the largest difference, over all boxes [0, a) x [0, b), between the "
            "share of the points in the box and its area. It is computed exactly, over all boxes "
            "whose sides touch points. (scipy.stats.qmc.discrepancy measures other things: by "
            "default the centred L2 discrepancy, a mean of squares over other boxes.)",
            f"Measured: with {SHOWN} points, D* is {told} (mean of {SEEDS} seeds, 95 %).",
            f"Growth: from {SIZES[0]} to {SIZES[-1]} points, D* falls as n to the power of "
            + ", ".join(f"{slopes[name]:.2f} ({SAMPLERS[name][0]})" for name in SAMPLERS)
            + ". For random points theory says -0.5, for the low-discrepancy ones almost -1: "
            "log(n) / n with Hammersley, log(n)^2 / n with Halton and Sobol.",
            "Poisson disk: its points keep apart (the two nearest are "
            f"{apart['poisson-disk']:.3f} of the range from each other, the two nearest random "
            f"ones {apart['random']:.3f}), which is not the same as being even in every box: its "
            f"D* is below that of random points by {estimate(lattice).told()}.",
            "Use: a mean over n trials errs by at most D* times the variation of what is averaged "
            "(Koksma and Hlawka), and every box from the origin with an area above D* has a trial. "
            "Every knob alone gets many values, too, as with random search and not as with a grid. "
            "With few trials the gain is small, and it shrinks with the number of knobs.",
        ),
        charts=(
            *(_square(name, points) for name, points in shown.items()),
            _curves(found),
        ),
        tables=(_table(found),),
    )


def points_of(name: str, count: int, seed: int) -> Array:
    """Returns what a method proposes for two knobs, shape (count, 2).

    Args:
        name: Of the search method.
        count: How many points.
        seed: Of the search.
    """
    told = proposals(oracle(name, plane, seed, count), count)
    return np.array([[values["x"], values["y"]] for values in told])


def _measured(name: str, seed: int) -> Array:
    """Returns the discrepancy: a row a seed, a column a number of points."""
    rows = []
    for number in range(SEEDS):
        own = derive(seed, number, "points")
        whole = points_of(name, SIZES[-1], own) if name in SEQUENCES else None
        sets = [points_of(name, size, own) if whole is None else whole[:size] for size in SIZES]
        rows.append([star_discrepancy(points) for points in sets])
    return np.array(rows)


def _slope(rows: Array) -> float:
    return float(np.polyfit(np.log(SIZES), np.log(rows.mean(axis=0)), 1)[0])


def _nearest(points: Array) -> float:
    """Returns the least distance of two points."""
    return min(
        math.dist(one, other) for place, one in enumerate(points) for other in points[:place]
    )


def _square(name: str, points: Array) -> Chart:
    title, colour = SAMPLERS[name]
    return Chart(
        f"points-{name}",
        Axis("first knob, share of its range", low=-0.02, high=1.02),
        Axis("second knob", low=-0.02, high=1.02),
        (Points(points[:, 0].tolist(), points[:, 1].tolist(), colour=colour),),
        title=f"{title}: {SHOWN} points, D* = {star_discrepancy(points):.3f}",
        height=1.5,
    )


def _curves(found: dict[str, Array]) -> Chart:
    marks: list[Band | Line] = []
    for name, rows in found.items():
        title, colour = SAMPLERS[name]
        means, lows, highs = estimates(rows)
        marks += [Band(SIZES, lows, highs, title, colour), Line(SIZES, means, title, colour)]
    return Chart(
        "discrepancy",
        Axis("n, points", scale="log", low=SIZES[0], high=SIZES[-1], whole=True),
        Axis("star discrepancy D*", scale="log"),
        tuple(marks),
        title=f"Star discrepancy: mean of {SEEDS} seeds, 95 %",
        wide=True,
        height=1.4,
    )


def _table(found: dict[str, Array]) -> Table:
    return Table(
        ("points", *(title for title, _ in SAMPLERS.values())),
        tuple(
            (str(size), *(f"{rows[:, column].mean():.3f}" for rows in found.values()))
            for column, size in enumerate(SIZES)
        ),
        tuple(range(len(SAMPLERS) + 1)),
        title=f"Star discrepancy, mean of {SEEDS} seeds",
    )
