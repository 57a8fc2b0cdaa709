"""p_k = 0.9^k: the chance that k random trials all miss the best tenth of a search space.

The same formula is the weight that a momentum of 0.9 leaves to the gradient of k steps ago.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, proposals
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points, Rule
from tftune.reports.measures.wilson import wilson
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive

TOPS = (0.10, 0.05, 0.01)
TRIALS, SEARCHES, SAMPLE = 100, 200, 5_000
AT = (5, 10, 22, 29, 44, 60, 90)  # numbers of trials at which it is measured
KNOBS = 4
_COLOURS = {0.10: "run-0", 0.05: "run-2", 0.01: "run-5"}

Array = np.ndarray[Any, Any]


def chance_of_missing(trials: int, top: float = 0.1) -> float:
    """Returns (1 - top)^k: no trial of k is in the best share of the space.

    Example:
        >>> round(chance_of_missing(22), 3), round(chance_of_missing(59, top=0.05), 3)
        (0.098, 0.048)
    """
    return (1 - top) ** trials


def trials_needed(top: float, sure: float) -> int:
    """Returns how many random trials meet the best share with a probability.

    k = log(1 - sure) / log(1 - top), rounded up.

    Example:
        >>> trials_needed(0.10, 0.90), trials_needed(0.05, 0.95), trials_needed(0.01, 0.95)
        (22, 59, 299)
    """
    return math.ceil(math.log(1 - sure) / math.log(1 - top))


def best_tenth(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the searches.
    """
    ranks = _ranks(derive(seed, 0, "best tenth"))
    first = {top: (ranks > top).cumprod(axis=1) for top in TOPS}  # all missed so far
    missed = first[0.10][:, 22 - 1]
    low, high = wilson(float(missed.sum()), SEARCHES)
    best = np.minimum.accumulate(ranks, axis=1)
    return View(
        "best-tenth",
        "p_k = 0.9^k: how many random trials are enough",
        "Lines are the formula, points with intervals what tftune's random search did. The first "
        "chart: how likely it still is after k trials that none is among the best configurations.",
        sentences=(
            "Formula: a random trial misses the best tenth with probability 0.9; k independent "
            "ones all miss it with p_k = 0.9^k. Of the best share q it is (1 - q)^k, and k = "
            "log(1 - p) / log(1 - q) trials meet it with probability p.",
            f"Needed: {trials_needed(0.1, 0.9)} trials meet the best tenth in 90 of 100 searches, "
            f"{trials_needed(0.1, 0.95)} in 95, {trials_needed(0.1, 0.99)} in 99; the best "
            f"twentieth takes {trials_needed(0.05, 0.95)} for 95 (hence the rule of 60 trials), "
            f"the best hundredth {trials_needed(0.01, 0.95)}.",
            f"Measured: of {SEARCHES} random searches over {KNOBS} knobs, 22 trials all missed the "
            f"best tenth in {100 * missed.mean():.1f} % (95 %: {100 * low:.1f} to "
            f"{100 * high:.1f}); the formula says {100 * chance_of_missing(22):.1f} %.",
            "Knobs: how many there are makes no difference. But this is all that random search "
            "promises: the best tenth may still be poor, and nothing is learnt from the trials so "
            "far. A method with a model has to beat this line.",
            "Rank: on average the best of k trials is among the best 1 / (k + 1) of the space: "
            f"for 10 trials the best {100 / 11:.0f} %, measured {100 * best[:, 9].mean():.1f} %. "
            "It takes twice the trials to halve this: gains come ever more slowly.",
            "Elsewhere: 0.9^k is also what a momentum of 0.9 leaves of the gradient of k steps "
            "ago, which sums to 1 / (1 - 0.9) = 10 steps, and an exponential decay of the "
            f"learning rate by 0.9 an epoch: a tenth is left after {trials_needed(0.1, 0.9)}.",
        ),
        charts=(_missing(first), _rank(best), _memory()),
        tables=(_table(),),
    )


def _knobs(hp: Any) -> None:
    hp.Float("learning_rate", 1e-5, 1e-1, sampling="log")
    hp.Float("dropout", 0.0, 0.6)
    hp.Int("units", 16, 512)
    hp.Float("momentum", 0.5, 0.99)


def _loss(values: Any) -> float:
    """A smooth error of four knobs, of unequal weight."""
    rate = (math.log10(values["learning_rate"]) + 2.7) / 1.2
    units = math.log2(values["units"] / 180) / 3
    return float(
        rate**2
        + 0.4 * (values["dropout"] - 0.25) ** 2
        + 0.1 * units**2
        + 0.3 * abs(values["momentum"] - 0.9)
    )


def _ranks(seed: int) -> Array:
    """Returns which share of all configurations is better: a row a search, a column a trial."""
    sample = proposals(oracle("random", _knobs, derive(seed, 0, "sample"), SAMPLE), SAMPLE)
    losses = np.sort([_loss(values) for values in sample])
    rows = []
    for number in range(SEARCHES):
        asked = oracle("random", _knobs, derive(seed, number, "search"), TRIALS)
        told = [_loss(values) for values in proposals(asked, TRIALS)]
        rows.append(np.searchsorted(losses, told) / SAMPLE)
    return np.array(rows)


def _missing(first: dict[float, Array]) -> Chart:
    trials = list(range(1, TRIALS + 1))
    marks: list[Line | Points | Rule] = []
    for top, missed in first.items():
        line = [100 * chance_of_missing(k, top) for k in trials]
        name = f"best {100 * top:.0f} %: {1 - top:g}^k"
        ends = [wilson(float(missed[:, k - 1].sum()), SEARCHES) for k in AT]
        marks += [
            Line(trials, line, name, _COLOURS[top]),
            Points(
                AT,
                [100 * float(missed[:, k - 1].mean()) for k in AT],
                name,
                _COLOURS[top],
                low=[100 * low for low, _ in ends],
                high=[100 * high for _, high in ends],
            ),
        ]
    return Chart(
        "missing",
        Axis("k, random trials", low=0, high=TRIALS, whole=True),
        Axis("searches in which all k miss, %", low=0, high=100),
        (*marks, Rule(10, "y", "one search of ten")),
        title=f"Formula, and {SEARCHES} searches with 95 % intervals",
    )


def _rank(best: Array) -> Chart:
    trials = list(range(1, TRIALS + 1))
    low, high = np.quantile(best, [0.05, 0.95], axis=0)
    return Chart(
        "rank",
        Axis("k, random trials", scale="log", low=1, high=TRIALS, whole=True),
        Axis("configurations that are better, %", scale="log", low=0.02, high=100),
        (
            Band(
                trials,
                (100 * np.maximum(low, 2e-4)).tolist(),
                (100 * high).tolist(),
                "9 of 10 searches",
                "run-0",
            ),
            Line(trials, (100 * best.mean(axis=0)).tolist(), "mean of the searches", "run-0"),
            Line(trials, [100 / (k + 1) for k in trials], "1 / (k + 1)", "run-6", dashed=True),
        ),
        title="Where the best of k trials stands",
    )


def _memory() -> Chart:
    steps = list(range(61))
    return Chart(
        "memory",
        Axis("k, steps ago", low=0, high=60, whole=True),
        Axis("weight of that step's gradient", low=0, high=1),
        tuple(
            Line(steps, [momentum**k for k in steps], f"momentum {momentum:g}", colour)
            for momentum, colour in ((0.5, "run-1"), (0.9, "run-0"), (0.99, "run-2"))
        ),
        title="The same formula as memory: m^k",
    )


def _table() -> Table:
    return Table(
        ("best share", "sure in 90 %", "in 95 %", "in 99 %"),
        tuple(
            (
                f"{100 * top:g} %",
                *(str(trials_needed(top, sure)) for sure in (0.90, 0.95, 0.99)),
            )
            for top in (0.25, *TOPS)
        ),
        (1, 2, 3),
        title="Random trials needed to meet the best share",
    )
