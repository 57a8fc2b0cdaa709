"""Bayesian optimisation step by step: a Gaussian process, its expected improvement, the next trial.

J. Snoek, H. Larochelle, R. P. Adams: Practical Bayesian Optimization of Machine Learning
Algorithms. NeurIPS 2012. D. R. Jones, M. Schonlau, W. J. Welch: Efficient Global Optimization of
Expensive Black-Box Functions. Journal of Global Optimization 13:455-492, 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, play
from tftune.cli.pictures.estimates import estimate, estimates
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points, Rule
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive

LOW, HIGH = 1e-5, 1.0
INITIAL, SHOWN, TRIALS, SEARCHES = 3, (3, 4, 5, 7, 9, 12), 16, 30

Array = np.ndarray[Any, Any]


def loss_of(rates: Array | float) -> Array:
    """Returns the loss at a learning rate: a wide valley, a deeper narrow one, and a wall where
    training diverges.

    Example:
        >>> loss_of(np.array([1e-5, 1e-4, 6e-3, 1.0])).round(2).tolist()
        [0.75, 0.52, 0.31, 1.4]
    """
    r = np.log10(np.asarray(rates, dtype=float))
    wide = 0.25 * np.exp(-0.5 * ((r + 3.9) / 0.6) ** 2)
    deep = 0.40 * np.exp(-0.5 * ((r + 2.2) / 0.35) ** 2)
    return np.asarray(0.8 - 0.03 * (r + 5) - wide - deep + 0.75 / (1 + np.exp(-9 * (r + 0.7))))


@dataclass(frozen=True)
class Step:
    """What the method knew before a trial.

    Attributes:
        rates: Of the trials so far.
        losses: What they gave.
        mean: Of the process, at the rates of `axis()`.
        deviation: Its standard deviation there, of the noiseless loss.
        improvement: Expected improvement there, in losses.
        chosen: The rate of the next trial.
    """

    rates: list[float]
    losses: list[float]
    mean: Array
    deviation: Array
    improvement: Array
    chosen: float


def axis() -> Array:
    """Returns the rates at which curves are drawn."""
    return np.geomspace(LOW, HIGH, 241)


def steps(seed: int, trials: int = TRIALS) -> list[Step]:
    """Returns a search of tftune's `gp-fast`, each of its proposals with what it looked at.

    Args:
        seed: Of the search.
        trials: How many.
    """
    asked = oracle("gp-fast", _knobs, seed, trials, initial_points=INITIAL)

    from tftune.oracles.bayesian.acquisition import log_expected_improvement  # slow at first
    from tftune.oracles.bayesian.gaussian_process import GaussianProcess
    from tftune.oracles.bayesian.warping import WARPINGS

    method, found = asked.method, []
    told: list[tuple[dict[str, Any], float]] = []
    for _ in range(trials):
        told += play(asked, _loss, 1)
        before = told[:-1]
        if len(before) < INITIAL:
            continue
        rates, losses = [each["rate"] for each, _ in before], [loss for _, loss in before]
        encoding = method.encoding
        process = GaussianProcess(encoding.knob_of_column)
        theta = method.memo()["thetas"]["none"]  # the lengths it has just fitted
        process.fit(
            encoding.features(encoding.places([values for values, _ in before])),
            WARPINGS["none"](np.array(losses)),
            theta,
            iterations=0,
        )
        places = [{"rate": rate} for rate in axis().tolist()]
        mean, deviation = process.predict(encoding.features(encoding.places(places)))
        best = float(process.predict(process.features)[0].min())
        improvement = np.exp(log_expected_improvement(mean, deviation, best))
        centre, scale = float(np.mean(losses)), float(np.std(losses))
        found.append(
            Step(
                rates,
                losses,
                centre + scale * mean,
                scale * deviation,
                scale * improvement,
                told[-1][0]["rate"],
            )
        )
    return found


def gaussian_process(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the search; further ones are derived from it.
    """
    walk = steps(seed, max(SHOWN) + 1)
    shown = {step: walk[step - INITIAL] for step in SHOWN}
    least = float(loss_of(np.geomspace(LOW, HIGH, 100_001)).min())
    found = {name: _searches(name, seed) for name in ("gp-fast", "random")}
    ten = {name: estimate(rows[:, 9] - least) for name, rows in found.items()}
    gain = estimate(found["gp-fast"][:, 9] - found["random"][:, 9])
    words = {"noise": "noise", "lower": "the process is better", "higher": "random is better"}
    last = walk[-1]
    return View(
        "gaussian-process",
        "A Gaussian process with expected improvement, step by step",
        "In each pair: above, the trials so far, what the process makes of them and where the next "
        "trial goes; below, the expected improvement, whose top is that place.",
        sentences=(
            "Formula: the process says of every rate x a mean m(x) and a standard deviation s(x); "
            "EI(x) = E[max(best - loss(x), 0)] = s (z Phi(z) + phi(z)), z = (best - m) / s, "
            "where Phi and phi are the normal distribution and its density.",
            "Two reasons: a place is worth a trial where the mean is low (exploit), or where the "
            "deviation is large, because no trial is near (explore). EI adds them up in the unit "
            "of the loss; nothing has to be balanced by hand.",
            f"Here: after {INITIAL} random trials, the process proposes each further one. After "
            f"{max(SHOWN)} trials the best is within {min(last.losses) - least:.4f} of the least "
            f"loss, {least:.4f}. The dashed line is the loss itself, a formula in place of a "
            "training; the method does not know it.",
            f"Compared: after 10 trials the process is {ten['gp-fast'].told()} above the least "
            f"loss, random search {ten['random'].told()} (mean of {SEARCHES} searches, 95 %); the "
            f"difference is {gain.told()}: {words[gain.verdict]}.",
            "Costs: after n trials, each proposal solves a system of n equations. That takes "
            "milliseconds, where a training takes minutes.",
            "Assumes: values that are near each other, on the scale of the knob, give similar "
            "losses. This is one more reason to declare a learning rate on a log scale.",
        ),
        charts=(*_pairs(shown), _compared(found, least)),
        tables=(_table(shown),),
    )


def _knobs(hp: Any) -> None:
    hp.Float("rate", LOW, HIGH, sampling="log")


def _loss(values: Mapping[str, Any]) -> float:
    return float(loss_of(values["rate"]))


def _searches(name: str, seed: int) -> Array:
    """Returns the least loss so far: a row a search, a column a trial."""
    rows = []
    for number in range(SEARCHES):
        options = {"initial_points": INITIAL} if name == "gp-fast" else {}
        asked = oracle(name, _knobs, derive(seed, number, "search"), TRIALS, **options)
        losses = [loss for _, loss in play(asked, _loss, TRIALS)]
        rows.append(np.minimum.accumulate(losses))
    return np.array(rows)


def _pairs(shown: Mapping[int, Step]) -> list[Chart]:
    """Returns the charts so that, two beside each other, each improvement stands below its
    process.
    """
    numbers = list(shown)
    charts = []
    for first in range(0, len(numbers), 2):
        row = numbers[first : first + 2]
        charts += [_process(number, shown[number]) for number in row]
        charts += [_improvement(number, shown[number]) for number in row]
    return charts


def _process(number: int, step: Step) -> Chart:
    rates = axis().tolist()
    chosen, truth = step.chosen, loss_of(axis()).tolist()
    return Chart(
        f"process-{number}",
        Axis("learning rate", scale="log", low=LOW, high=HIGH),
        Axis("loss", low=0.0, high=1.6),
        (
            Band(
                rates,
                (step.mean - 1.96 * step.deviation).tolist(),
                (step.mean + 1.96 * step.deviation).tolist(),
                "process: mean, 95 %",
                "run-0",
            ),
            Line(rates, step.mean.tolist(), "process: mean, 95 %", "run-0"),
            Line(
                rates,
                truth,
                "the loss itself",
                "neutral",
                dashed=True,
                faint=True,
            ),
            Points(step.rates, step.losses, "trials", "run-6"),
            Rule(chosen, "x", "next"),
            Points([chosen], [float(loss_of(chosen))], "next trial", "best"),
        ),
        title=f"After {number} trials",
    )


def _improvement(number: int, step: Step) -> Chart:
    return Chart(
        f"improvement-{number}",
        Axis("learning rate", scale="log", low=LOW, high=HIGH),
        Axis("expected improvement of the loss", low=0),
        (
            Band(axis().tolist(), [0.0] * len(axis()), step.improvement.tolist(), "", "run-2"),
            Line(axis().tolist(), step.improvement.tolist(), "", "run-2"),
            Rule(step.chosen, "x", "next"),
        ),
        title=f"After {number} trials: expected improvement",
        height=0.55,
    )


def _compared(found: Mapping[str, Array], least: float) -> Chart:
    trials = list(range(1, TRIALS + 1))
    marks: list[Band | Line] = []
    for (name, rows), colour in zip(found.items(), ("run-0", "run-1"), strict=True):
        means, lows, highs = estimates(rows - least)
        series = {"gp-fast": "Gaussian process", "random": "random search"}[name]
        marks += [Band(trials, lows, highs, series, colour), Line(trials, means, series, colour)]
    return Chart(
        "compared",
        Axis("trials", low=1, high=TRIALS, whole=True),
        Axis("best loss so far minus the least loss", low=0),
        tuple(marks),
        title=f"Beside random search: mean of {SEARCHES}, 95 %",
        wide=True,
    )


def _table(shown: Mapping[int, Step]) -> Table:
    return Table(
        ("trials so far", "best loss so far", "next rate", "predicted there", "loss there", "EI"),
        tuple(
            (
                str(number),
                f"{min(step.losses):.4f}",
                f"{step.chosen:.2e}",
                f"{np.interp(np.log(step.chosen), np.log(axis()), step.mean):.3f} +- "
                f"{np.interp(np.log(step.chosen), np.log(axis()), step.deviation):.3f}",
                f"{float(loss_of(step.chosen)):.4f}",
                f"{np.interp(np.log(step.chosen), np.log(axis()), step.improvement):.4f}",
            )
            for number, step in shown.items()
        ),
        (0, 1, 2, 3, 4, 5),
        title="What was proposed, and what it gave",
    )
