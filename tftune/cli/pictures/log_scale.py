"""Why a learning rate is drawn on a log scale, and a momentum on one of its distance to 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, proposals
from tftune.cli.pictures.estimates import estimate, estimates
from tftune.reports.charts.chart import Axis, Band, Bars, Chart, Line, Points
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive

LOW, HIGH, DECADES = 1e-4, 1.0, 4
DRAWS, SHOWN, TRIALS, SEARCHES = 2000, 40, 30, 100
MOMENTUM = (0.9, 0.999)
BEST, WIDTH, FLOOR, DEPTH = 3e-3, 0.35, 0.10, 0.40  # of the error: the best rate, decades, error
SCALES = {"uniform": "linear", "log": "log"}
_COLOURS = {"uniform": "run-1", "log": "run-0"}

Array = np.ndarray[Any, Any]


def error_of(rates: Array | float) -> Array:
    """Returns the validation error at a learning rate: a valley on the log scale.

    Example:
        >>> error_of(BEST).item(), error_of(10 * BEST).round(2).item()
        (0.1, 0.49)
    """
    away = np.log10(np.asarray(rates, dtype=float) / BEST) / WIDTH
    return np.asarray(FLOOR + DEPTH * (1 - np.exp(-0.5 * away**2)))


def shares(values: Sequence[float] | Array, edges: Sequence[float]) -> list[float]:
    """Returns the share of values between each two edges.

    Example:
        >>> shares([0.5, 0.05, 0.2, 0.3], (0.01, 0.1, 1.0))
        [0.25, 0.75]
    """
    counts, _ = np.histogram(np.asarray(values), bins=np.asarray(edges))
    return [float(count) / len(values) for count in counts]


def slide() -> dict[str, str]:
    """Returns what the lecture's line `np.exp(10, r)` does, tried here, and what it must say.

    Example:
        >>> slide()["np.exp(10, r), r a number"]
        'TypeError: return arrays must be of ArrayType'
    """
    exp: Any = np.exp
    try:
        exp(10, -3.0)
        with_a_number = "no error"
    except TypeError as error:
        with_a_number = f"TypeError: {error}"
    r = np.array([-3.0, -1.0])
    exp(10, r)
    return {
        "np.exp(10, r), r a number": with_a_number,
        "np.exp(10, r), r the array [-3, -1]": f"overwrites r with e^10: {r.round(2).tolist()}",
        "10 ** r, r = -3": f"{10**-3.0:g}",
        "np.power(10.0, r), r the array [-3, -1]": f"{np.power(10.0, [-3, -1]).tolist()}",
        'hp.Float("learning_rate", 1e-4, 1.0, sampling="log")': "the same, done by the knob",
    }


def log_scale(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the draws.
    """
    edges = [LOW * 10**decade for decade in range(DECADES + 1)]
    drawn = {name: _draws(sampling, derive(seed, 0, name)) for name, sampling in SCALES.items()}
    found = {name: _searches(sampling, seed) for name, sampling in SCALES.items()}
    near = {name: shares(rates, (BEST / 3, BEST * 3))[0] for name, rates in drawn.items()}
    below = {name: shares(rates, (LOW, 0.1))[0] for name, rates in drawn.items()}
    gain = estimate(found["log"][:, 9] - found["uniform"][:, 9])
    ten = {name: estimate(rows[:, 9]) for name, rows in found.items()}
    momenta = _momenta(seed)
    near_one = {name: shares(values, (0.99, 1.0))[0] for name, values in momenta.items()}
    return View(
        "log-scale",
        "Uniform and log scale: where draws of a learning rate fall",
        "The bars say which share of the draws falls into each factor of ten, a decade. The other "
        "charts show draws one by one, and what a search finds with either scale.",
        sentences=(
            "Formula: r ~ U(a, b), rate = 10^r with a = log10(low), b = log10(high): each factor "
            "of ten is as likely as the next. Drawn uniformly, a decade gets as many draws as it "
            "is wide: (1 - 0.1) / (1 - 0.0001) = 90 % of them lie between 0.1 and 1.",
            f"Measured: of {DRAWS:,} uniform draws from {LOW:g} to {HIGH:g}, "
            f"{100 * (1 - below['uniform']):.1f} % are above 0.1 and {100 * near['uniform']:.1f} % "
            f"within a factor of three of {BEST:g}, a usual rate. On the log scale these are "
            f"{100 * (1 - below['log']):.1f} % and {100 * near['log']:.1f} %.",
            f"Consequence: the best of 10 trials has an error of {ten['uniform'].told()} with "
            f"uniform draws and of {ten['log'].told()} on the log scale (mean of {SEARCHES} "
            f"searches, 95 %; the optimum is {FLOOR:g}); the difference is {gain.told()}: "
            f"{_verdict(gain)}.",
            "When: use a log scale where the ratio of two values is what counts: learning rates of "
            "0.001 and 0.002 differ as much as 0.1 and 0.2 do. So it is for learning rate, weight "
            "decay and epsilon. Where the difference counts, as for a dropout rate, a uniform "
            "scale is right.",
            "Momentum: a momentum m averages over about 1 / (1 - m) steps, so 1 - m is what "
            "belongs on the log scale: momentum = 1 - "
            'hp.Float("forgetting", 0.001, 0.1, sampling="log"). Then '
            f"{100 * near_one['1 - m on a log scale']:.0f} % of the draws are above 0.99; of "
            f"uniform draws {100 * near_one['uniform']:.0f} % are. KerasTuner's sampling "
            f'"reverse_log" is not this, with {100 * near_one["reverse_log"]:.0f} %: it mirrors '
            "the log scale of the range 0.9 to 0.999, which is far from a factor of ten wide.",
            "The slide: a lecture's slide writes np.exp(10, r), which is not 10 to the power of r: "
            "np.exp takes one number, and its second argument is the array to write into. It must "
            "say 10 ** r, or np.power(10.0, r).",
        ),
        charts=(
            _decades(drawn, edges),
            _strip(drawn),
            _consequence(found),
            _error(drawn),
            _momentum(momenta),
        ),
        tables=(
            Table(
                ("decade", *(f"{name}: share" for name in drawn), "uniform: by the formula"),
                tuple(
                    (
                        f"{low:g} to {high:g}",
                        *(f"{shares(rates, (low, high))[0]:.4f}" for rates in drawn.values()),
                        f"{(high - low) / (HIGH - LOW):.4f}",
                    )
                    for low, high in zip(edges, edges[1:], strict=False)
                ),
                (1, 2, 3),
                title=f"Share of {DRAWS:,} draws in each decade",
            ),
            Table(
                ("what is written", "what it does"),
                tuple(slide().items()),
                title="The lecture's line, tried",
            ),
        ),
    )


def _draws(
    sampling: str, seed: int, count: int = DRAWS, low: float = LOW, high: float = HIGH
) -> Array:
    asked = oracle("random", lambda hp: hp.Float("rate", low, high, sampling=sampling), seed, count)
    return np.array([values["rate"] for values in proposals(asked, count)])


def _momenta(seed: int) -> dict[str, Array]:
    low, high = MOMENTUM
    drawn = {
        name: _draws(sampling, derive(seed, 1, name), low=low, high=high)
        for name, sampling in (("uniform", "linear"), ("reverse_log", "reverse_log"))
    }
    distance = _draws("log", derive(seed, 1, "distance"), low=1 - high, high=1 - low)
    return {**drawn, "1 - m on a log scale": 1 - distance}


def _searches(sampling: str, seed: int) -> Array:
    """Returns the best error so far: a row a search, a column a trial."""
    drawn = [_draws(sampling, derive(seed, number, "search"), TRIALS) for number in range(SEARCHES)]
    return np.array([np.minimum.accumulate(error_of(rates)) for rates in drawn])


def _verdict(difference: Any) -> str:
    words = {"noise": "noise", "lower": "the log scale is better", "higher": "uniform is better"}
    return words[difference.verdict]


def _decades(drawn: dict[str, Array], edges: Sequence[float]) -> Chart:
    names = tuple(f"{low:g} to {high:g}" for low, high in zip(edges, edges[1:], strict=False))
    return Chart(
        "decades",
        Axis("learning rate", scale="category", categories=names),
        Axis("share of the draws, %", low=0, high=100),
        _side_by_side(
            {"drawn uniformly": drawn["uniform"], "drawn on a log scale": drawn["log"]},
            edges,
            ("run-1", "run-0"),
        ),
        title=f"{DRAWS:,} draws, by factor of ten",
    )


def _strip(drawn: dict[str, Array]) -> Chart:
    names = ("drawn on a log scale", "drawn uniformly")
    return Chart(
        "draws",
        Axis("learning rate", scale="log", low=LOW, high=HIGH),
        Axis("", scale="category", categories=names),
        (
            Points(drawn["log"][:SHOWN].tolist(), [0.0] * SHOWN, colour="run-0"),
            Points(drawn["uniform"][:SHOWN].tolist(), [1.0] * SHOWN, colour="run-1"),
        ),
        title=f"{SHOWN} draws of each, on a log axis",
    )


def _error(drawn: dict[str, Array]) -> Chart:
    rates = np.geomspace(LOW, HIGH, 161)
    tried = {name: values[:10] for name, values in drawn.items()}
    return Chart(
        "error",
        Axis("learning rate", scale="log", low=LOW, high=HIGH),
        Axis("validation error", low=0, high=0.6),
        (
            Line(rates.tolist(), error_of(rates).tolist(), "error", "neutral"),
            *(
                Points(values.tolist(), error_of(values).tolist(), f"10 {name} draws", colour)
                for (name, values), colour in zip(tried.items(), ("run-1", "run-0"), strict=True)
            ),
        ),
        title="Ten trials of each, on the error they meet",
    )


def _consequence(found: dict[str, Array]) -> Chart:
    trials = list(range(1, TRIALS + 1))
    marks: list[Band | Line] = []
    for name, rows in found.items():
        means, lows, highs = estimates(rows)
        series = f"{name} scale" if name == "log" else name
        marks += [
            Band(trials, lows, highs, series, _COLOURS[name]),
            Line(trials, means, series, _COLOURS[name]),
        ]
    return Chart(
        "best-by-scale",
        Axis("trials", low=1, high=TRIALS, whole=True),
        Axis("best validation error so far", low=0, high=0.55),
        tuple(marks),
        title=f"What a search gets: mean of {SEARCHES}, 95 %",
    )


def _momentum(momenta: dict[str, Array]) -> Chart:
    edges = [1 - 10**-power for power in (1, 1.5, 2, 2.5, 3)]
    names = tuple(
        f"{1 / (1 - low):.0f} to {1 / (1 - high):.0f}"
        for low, high in zip(edges, edges[1:], strict=False)
    )
    sides = [*edges[:-1], 1.0]
    return Chart(
        "momentum",
        Axis("steps remembered, 1 / (1 - momentum)", scale="category", categories=names),
        Axis("share of the draws, %", low=0, high=100),
        _side_by_side(momenta, sides, ("run-1", "run-3", "run-0")),
        title=f"{DRAWS:,} draws of a momentum from {MOMENTUM[0]} to {MOMENTUM[1]}",
    )


def _side_by_side(
    drawn: dict[str, Array], edges: Sequence[float], colours: Sequence[str]
) -> tuple[Bars, ...]:
    """Returns a bar for each series and each two edges."""
    width = 0.8 / len(drawn)
    bars = []
    for place, (name, values) in enumerate(drawn.items()):
        left = [number - 0.4 + width * place for number in range(len(edges) - 1)]
        told = [100 * share for share in shares(values, edges)]
        bars.append(
            Bars(
                left,
                [each + 0.95 * width for each in left],
                [0.0] * len(left),
                told,
                name,
                colours[place],
                hover=[f"{each:.1f} %" for each in told],
            )
        )
    return tuple(bars)
