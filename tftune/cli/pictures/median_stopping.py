"""The median stopping rule on curves that real networks have had.

D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro, D. Sculley: Google Vizier: A Service for
Black-Box Optimization. KDD 2017, section 3.2.2.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from tftune.cli.pictures.estimates import Estimate, estimate
from tftune.cli.pictures.real_curves import EPOCHS, WHAT, real_curves
from tftune.cli.pictures.stopped import Stopped, run_through
from tftune.reports.charts.chart import Axis, Chart, Line, Points
from tftune.reports.measures.wilson import wilson
from tftune.reports.views.view import Table, View
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.median import MedianScheduler
from tftune.schedulers.values import running_average
from tftune.support.seeding import generator

TRIALS, ORDERS = 24, 100
WARMUPS = (1, 3, 5, 8)  # epochs; the first is tftune's default

Curves = Sequence[Sequence[float]]
Array = np.ndarray[Any, Any]


def median_stopping(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the order in which trials come.
    """
    curves = real_curves()
    order = _order(seed, 0, len(curves))
    told = run_through(MedianScheduler("max", EPOCHS), curves, order)
    pruned = [each for each in told if each.pruned]
    spent = sum(each.epochs for each in told)
    found = {warmup: _many(warmup, curves, seed) for warmup in WARMUPS}
    default = found[WARMUPS[0]]
    last = max(pruned or told, key=lambda each: each.epochs)
    return View(
        "median-stopping",
        "The median rule: worse than the typical trial by now",
        "Each line is a real network; they run one after another. A line that ends with a marker "
        "was stopped there; dashed, how it would have gone on.",
        sentences=(
            "Formula: stop a trial after epoch s if the best of its first s epochs is worse than "
            "the bar: the median, over the completed trials, of the mean of their first s epochs. "
            "The rule has no model and no option that must be tuned.",
            f"Here: of {TRIALS} trials {len(pruned)} were stopped, which saves "
            f"{TRIALS * EPOCHS - spent} of {TRIALS * EPOCHS} epochs "
            f"({100 * (1 - spent / TRIALS / EPOCHS):.0f} %). The first {_completed(told)} trials "
            "run to their end: the rule waits for five to compare with.",
            "Why the mean: the bar is made of running means, which lag behind the curves, and a "
            "trial is compared with it by its best epoch. Both are in the trial's favour. "
            f"Trial {told.index(last)} was stopped after epoch {last.epochs}; it would "
            f"have reached {max(curves[last.number]):.3f}, and the best of all "
            f"{max(max(curves[number]) for number in order):.3f}.",
            f"Often: over {ORDERS} orders of {TRIALS} trials {100 * default['spared'].mean:.0f} % "
            f"of the epochs are saved, and the best trial is stopped in "
            f"{100 * default['best_stopped'].mean:.1f} % of the orders. The AUC that is found "
            f"falls short of that without stopping by {_tiny(default['lacks'].mean)} (at most "
            f"{_tiny(default['lacks'].high)} with 95 %).",
            "Warm-up: with a longer one the rule is safer and saves less; the table says how much. "
            "It protects from curves that cross late.",
        ),
        charts=(_all(told, curves), _one(told, last, curves), _bars(told, curves)),
        tables=(_table(found),),
    )


def bar(completed: Curves, step: int) -> float:
    """Returns the median of the running averages of trials that were completed.

    Example:
        >>> bar([[0.5, 0.7], [0.6, 0.8], [0.7, 0.9]], 2)
        0.7
    """
    return statistics.median(running_average(curve, step, "max") for curve in completed)


def _order(seed: int, number: int, count: int) -> list[int]:
    order: list[int] = (
        generator(seed, number, "median stopping").permutation(count)[:TRIALS].tolist()
    )
    return order


def _many(warmup: int, curves: Curves, seed: int) -> dict[str, Estimate]:
    """Returns what the rule spares and costs, over orders of trials."""
    rows = []
    for number in range(ORDERS):
        order = _order(seed, number, len(curves))
        rule: AbstractScheduler = MedianScheduler("max", EPOCHS, warmup_epochs=warmup)
        told = run_through(rule, curves, order)
        best = max(order, key=lambda number: max(curves[number]))
        spent = sum(each.epochs for each in told) / (TRIALS * EPOCHS)
        stopped = next(each.pruned for each in told if each.number == best)
        lacks = max(curves[best]) - max(each.best for each in told)
        rows.append((1 - spent, float(stopped), lacks))
    spared, best_stopped, lacking = zip(*rows, strict=True)
    share = Estimate(sum(best_stopped) / ORDERS, *wilson(sum(best_stopped), ORDERS))
    return {"spared": estimate(spared), "best_stopped": share, "lacks": estimate(lacking)}


def _tiny(difference: float) -> str:
    """A difference that is 0 or more; one that five digits do not show is told as such."""
    return f"{difference:.5f}" if difference >= 0.000005 else "less than 0.00001"


def _completed(told: Sequence[Stopped]) -> int:
    """Returns how many trials were completed before the first was stopped."""
    return next((place for place, each in enumerate(told) if each.pruned), len(told))


def _all(told: Sequence[Stopped], curves: Curves) -> Chart:
    epochs = list(range(1, EPOCHS + 1))
    marks: list[Line | Points] = []
    for each in told:
        if each.pruned:
            rest = range(each.epochs, EPOCHS + 1)
            values = [curves[each.number][epoch - 1] for epoch in rest]
            marks.append(Line(rest, values, "had it gone on", "neutral", dashed=True, faint=True))
    for place, each in enumerate(told):
        name, colour = ("stopped", "pruned") if each.pruned else ("completed", "completed")
        seen = curves[each.number][: each.epochs]
        marks.append(
            Line(epochs[: each.epochs], seen, name, colour, key=f"{place:04d}", faint=True)
        )
    ends = [each for each in told if each.pruned]
    marks.append(
        Points(
            [each.epochs for each in ends],
            [curves[each.number][each.epochs - 1] for each in ends],
            "stopped",
            "pruned",
        )
    )
    completed = [curves[each.number] for each in told if not each.pruned]
    end = [bar(completed, epoch) for epoch in epochs]
    marks.append(Line(epochs, end, "the bar at the end", "failed"))
    return Chart(
        "median",
        Axis("epoch", low=1, high=EPOCHS, whole=True),
        Axis(WHAT),
        tuple(marks),
        title=f"{len(told)} real networks, {len(ends)} of them stopped",
        wide=True,
        height=1.5,
    )


def _one(told: Sequence[Stopped], one: Stopped, curves: Curves) -> Chart:
    """One trial beside its bar."""
    before = [curves[each.number] for each in told[: told.index(one)] if not each.pruned]
    epochs = list(range(1, EPOCHS + 1))
    best = list(accumulate(curves[one.number], max))
    return Chart(
        "one-trial",
        Axis("epoch", low=1, high=EPOCHS, whole=True),
        Axis(WHAT),
        (
            Line(epochs, curves[one.number], "its curve", "neutral", faint=True),
            Line(epochs[: one.epochs], best[: one.epochs], "its best so far", "pruned", steps=True),
            Line(epochs, [bar(before, epoch) for epoch in epochs], "the bar", "failed"),
            Points([one.epochs], [best[one.epochs - 1]], "stopped", "pruned"),
        ),
        title=f"Trial {told.index(one)}: under the bar after epoch {one.epochs}",
    )


def _bars(told: Sequence[Stopped], curves: Curves) -> Chart:
    ends = [each for each in told if each.pruned]
    best = max(max(curves[each.number]) for each in told)
    return Chart(
        "what-was-lost",
        Axis("epoch after which it was stopped", low=0, high=EPOCHS, whole=True),
        Axis("AUC short of the best, had it gone on", low=0),
        (
            Points(
                [each.epochs for each in ends],
                [best - max(curves[each.number]) for each in ends],
                "stopped",
                "pruned",
            ),
        ),
        title="What the stopped ones would have come to",
    )


def _table(found: Mapping[int, Mapping[str, Estimate]]) -> Table:
    return Table(
        ("warm-up, epochs", "epochs saved, %", "best trial stopped, %", "AUC lost"),
        tuple(
            (
                str(warmup),
                Estimate(*(100 * value for value in each["spared"])).told(1),
                Estimate(*(100 * value for value in each["best_stopped"])).told(1),
                f"{_tiny(each['lacks'].mean)} (at most {_tiny(each['lacks'].high)})",
            )
            for warmup, each in found.items()
        ),
        (0, 1, 2, 3),
        title=f"Mean of {ORDERS} orders of {TRIALS} trials, 95 %",
    )
