"""Curve fitting on curves that real networks have had: what is foretold, and what came.

T. Domhan, J. T. Springenberg, F. Hutter: Speeding Up Automatic Hyperparameter Optimization of Deep
Neural Networks by Extrapolation of Learning Curves. IJCAI 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.cli.pictures.real_curves import EPOCHS, WHAT, real_curves
from tftune.cli.pictures.stopped import Stopped, run_through
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points, Rule
from tftune.reports.measures.wilson import wilson
from tftune.reports.views.view import Table, View
from tftune.schedulers.base import NoScheduler
from tftune.schedulers.curve_fit import CurveFitScheduler
from tftune.schedulers.extrapolation import Extrapolation
from tftune.schedulers.median import MedianScheduler
from tftune.support.seeding import derive, generator

TRIALS, SHOWN, AT = 16, 4, 6  # AT: the epoch after which a trial is looked at
CHECKED, CHECKED_AT, LEVELS, DRAWS = 80, (4, 8, 12), (0.5, 0.9), 1000
THRESHOLD = 0.05  # the default of curve-fit
_EVERY = 2  # epochs between two intervals that are drawn

Curves = Sequence[Sequence[float]]
Array = np.ndarray[Any, Any]


def curve_fitting(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the order in which trials come.
    """
    curves = real_curves()
    order = generator(seed, 0, "curve fitting").permutation(len(curves)).tolist()
    rule = CurveFitScheduler("max", EPOCHS, threshold=THRESHOLD)
    told = run_through(rule, curves, order[:TRIALS])
    target = max(each.best for each in told)
    shown = _spread(curves, order[:TRIALS], target)
    chances = {number: _chances(curves[number], target, seed) for number in shown}
    covered = _covered([curves[number] for number in order[-CHECKED:]], seed)
    spent = {
        "none": run_through(NoScheduler("max", EPOCHS), curves, order[:TRIALS]),
        "median": run_through(MedianScheduler("max", EPOCHS), curves, order[:TRIALS]),
        "curve-fit": told,
    }
    epochs = {name: sum(each.epochs for each in rows) for name, rows in spent.items()}
    return View(
        "curve-fitting",
        "Curve fitting: extend the curve, and stop what will not beat the best",
        f"Solid is what was seen until epoch {AT}; the band is what is then foretold, with 90 % "
        "for each epoch; dashed is what came. The level line is the best of the other trials.",
        sentences=(
            "Formula: y(t) = a + b g(t) + drift + noise, where g is one of seven families of "
            "shapes (power laws, Weibull, Hill, vapour pressure, ...), each with many parameters. "
            "All are fitted, and weighted by how well they explain what was seen. A trial is "
            f"stopped if P(best of the epochs to come > best of the others) < {THRESHOLD:g}.",
            f"Here: {sum(each.pruned for each in told)} of {TRIALS} trials were stopped, so that "
            f"{epochs['curve-fit']} epochs were trained in place of {epochs['none']}; the median "
            f"rule takes {epochs['median']} for the same trials. The best AUC found: "
            + ", ".join(
                f"{name} {max(each.best for each in rows):.4f}" for name, rows in spent.items()
            )
            + ".",
            "Doubt: the band is wide where a curve has hardly bent yet. So a slow starter is "
            "stopped only when a late rise has become unlikely, too.",
            "Does it hold? Of "
            + f"{CHECKED} curves, the best value still to come lay inside the "
            + "; ".join(
                f"{100 * level:.0f} % interval in "
                + ", ".join(
                    f"{100 * share.mean():.0f} % (after epoch {epoch})"
                    for epoch, share in covered[level].items()
                )
                for level in LEVELS
            )
            + ".",
            "More: python -m benchmarks.stopping_rules compares all rules over many orders.",
        ),
        charts=(
            *(_fan(curves[number], target) for number in shown),
            _by_epoch(chances),
            _coverage(covered),
        ),
        tables=(_table(told, spent),),
    )


def _spread(curves: Curves, order: Sequence[int], target: float) -> list[int]:
    """Returns trials from poor to good, without the best of all, which has no one to beat."""
    others = sorted(
        (number for number in order if max(curves[number]) < target),
        key=lambda number: max(curves[number]),
    )
    places = np.linspace(0, len(others) - 1, SHOWN).round().astype(int)
    return [others[place] for place in places]


def _chances(curve: Sequence[float], target: float, seed: int) -> list[float]:
    """Returns the probability to beat a value, after the epochs 1, 2, ... but the last."""
    found = []
    for step in range(1, EPOCHS):
        draws = generator(derive(seed, step, "chance"), 0, "curve fitting")
        best = Extrapolation(curve[:step], EPOCHS).draw_best(draws, DRAWS)
        found.append(float((best > target).mean()))
    return found


def _covered(curves: Curves, seed: int) -> dict[float, dict[int, Array]]:
    """Returns for each level and epoch whether the best value to come lay in the interval."""
    found: dict[float, dict[int, list[bool]]] = {
        level: {epoch: [] for epoch in CHECKED_AT} for level in LEVELS
    }
    for number, curve in enumerate(curves):
        for epoch in CHECKED_AT:
            draws = generator(derive(seed, number, "covered"), epoch, "curve fitting")
            best = Extrapolation(curve[:epoch], EPOCHS).draw_best(draws, DRAWS)
            for level in LEVELS:
                low, high = np.quantile(best, [(1 - level) / 2, (1 + level) / 2])
                found[level][epoch].append(bool(low <= max(curve[epoch:]) <= high))
    return {
        level: {epoch: np.array(each) for epoch, each in row.items()}
        for level, row in found.items()
    }


def _fan(curve: Sequence[float], target: float) -> Chart:
    rule = CurveFitScheduler("max", EPOCHS)
    ahead = sorted({*range(AT + 1, EPOCHS, _EVERY), EPOCHS})
    ends = [rule.predict_interval(curve[:AT], epoch) for epoch in ahead]
    means = [rule.predict(curve[:AT], epoch)[0] for epoch in ahead]
    last = curve[AT - 1]
    return Chart(
        f"foretold-{max(curve):.4f}".replace(".", "-"),
        Axis("epoch", low=1, high=EPOCHS, whole=True),
        Axis(WHAT, low=0.45, high=1.0),
        (
            Band(
                [AT, *ahead],
                [last, *(low for low, _ in ends)],
                [last, *(high for _, high in ends)],
                "foretold, 90 %",
                "run-0",
            ),
            Line([AT, *ahead], [last, *means], "foretold, 90 %", "run-0", faint=True),
            Line(
                range(AT, EPOCHS + 1), curve[AT - 1 :], "what came", "best", dashed=True, faint=True
            ),
            Line(range(1, AT + 1), curve[:AT], "seen", "run-6"),
            Rule(target, "y", "best of the others"),
        ),
        title=f"A network that came to {max(curve):.3f}",
    )


def _by_epoch(chances: Mapping[int, Sequence[float]]) -> Chart:
    curves = real_curves()
    colours = ("failed", "run-1", "run-3", "run-0")
    return Chart(
        "chance",
        Axis("epoch", low=1, high=EPOCHS, whole=True),
        Axis("chance to beat the best, %", low=0, high=100),
        (
            *(
                Line(
                    range(1, EPOCHS),
                    [100 * chance for chance in row],
                    f"came to {max(curves[number]):.3f}",
                    colour,
                )
                for (number, row), colour in zip(chances.items(), colours, strict=True)
            ),
            Rule(100 * THRESHOLD, "y", "stopped below"),
        ),
        title="The same four, epoch by epoch",
    )


def _coverage(covered: Mapping[float, Mapping[int, Array]]) -> Chart:
    marks: list[Points | Rule] = []
    for level, colour in zip(LEVELS, ("run-1", "run-0"), strict=True):
        row = covered[level]
        ends = [wilson(float(each.sum()), len(each)) for each in row.values()]
        marks += [
            Points(
                list(row),
                [100 * float(each.mean()) for each in row.values()],
                f"{100 * level:.0f} % intervals",
                colour,
                low=[100 * low for low, _ in ends],
                high=[100 * high for _, high in ends],
            ),
            Rule(100 * level, "y", f"{100 * level:.0f} %"),
        ]
    return Chart(
        "coverage",
        Axis("epoch after which it was foretold", low=0, high=EPOCHS, whole=True),
        Axis("curves inside, %", low=0, high=100),
        tuple(marks),
        title=f"How often it came true: {CHECKED} curves, 95 %",
    )


def _table(told: Sequence[Stopped], spent: Mapping[str, Sequence[Stopped]]) -> Table:
    curves = real_curves()
    return Table(
        ("trial", "stopped after epoch", "best seen", "would have come to", "median rule"),
        tuple(
            (
                str(place),
                str(each.epochs) if each.pruned else "",
                f"{each.best:.4f}",
                f"{max(curves[each.number]):.4f}",
                f"stopped after {other.epochs}" if other.pruned else "completed",
            )
            for place, (each, other) in enumerate(zip(told, spent["median"], strict=True))
        ),
        (0, 1, 2, 3),
        title="What became of each trial",
    )
