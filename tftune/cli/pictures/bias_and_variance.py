"""Bias and variance over a model's complexity, taken apart by fitting many samples.

S. Geman, E. Bienenstock, R. Doursat: Neural Networks and the Bias/Variance Dilemma. Neural
Computation 4:1-58, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from tftune.cli.pictures.estimates import Estimate, estimate
from tftune.reports.charts.chart import Axis, Chart, Line, Points, Rule
from tftune.reports.views.view import Table, View
from tftune.support.seeding import generator

DEGREES = tuple(range(14))
SHOWN = (1, 7, 13)
ROWS, NOISE, SAMPLES, PLACES, DRAWN = 25, 0.3, 400, 60, 20
SIZES = (20, 25, 50, 100, 200, 400)  # training rows of the learning curve

LEAST = 3e-4  # where the axis begins; less leaves the picture

Array = np.ndarray[Any, Any]


def target(x: Array) -> Array:
    """Returns what is to be learnt.

    Example:
        >>> target(np.array([0.0, 10 / 17])).round(3).tolist()
        [0.0, 0.294]
    """
    return np.asarray(np.sin(1.7 * np.pi * x) + 0.5 * x)


@dataclass(frozen=True)
class Parts:
    """The error of a degree, taken apart.

    Attributes:
        train: Mean square error on the rows that were fitted.
        validation: The same on fresh rows, measured.
        bias: Its square.
        variance: Of the predictions over samples.
        gap: Measured error less bias^2 + variance + noise, which is 0 but for chance.
    """

    train: Estimate
    validation: Estimate
    bias: float
    variance: float
    gap: Estimate

    @property
    def sum(self) -> float:
        """bias^2 + variance + noise."""
        return self.bias + self.variance + NOISE**2


def parts(degree: int, seed: int, rows: int = ROWS) -> Parts:
    """Returns the error of polynomials of one degree, over many samples of training rows.

    bias^2 is the mean over x of (mean prediction - target)^2, freed of the share of the variance
    that a mean over finitely many samples keeps; variance is the mean over x of the variance of
    the predictions.

    Args:
        degree: Of the polynomials.
        seed: Of the samples, which are the same for every degree.
        rows: Training rows of a sample.

    Example:
        >>> found = parts(0, 0)
        >>> found.variance < 0.1 < found.bias < 0.6, found.gap.verdict
        (True, 'noise')
    """
    places = np.linspace(-1, 1, PLACES)
    predictions, train, measured = _fits(degree, seed, rows, places)
    mean, variance = predictions.mean(axis=0), predictions.var(axis=0, ddof=1)
    squared = (mean - target(places)) ** 2 - variance / SAMPLES
    bias, spread = float(squared.mean()), float(variance.mean())
    errors = estimate(measured)
    expected = bias + spread + NOISE**2
    return Parts(
        estimate(train),
        errors,
        bias,
        spread,
        Estimate(*(each - expected for each in errors)),
    )


def bias_and_variance(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the training rows and their noise.
    """
    found = {degree: parts(degree, seed) for degree in DEGREES}
    best = min(found, key=lambda degree: found[degree].validation.mean)
    low, high = found[SHOWN[0]], found[SHOWN[-1]]
    within = sum(each.gap.verdict == "noise" for each in found.values())
    curves = {degree: [parts(degree, seed, rows) for rows in SIZES] for degree in (1, SHOWN[-1])}
    return View(
        "bias-and-variance",
        "Bias and variance: too simple and too flexible",
        f"Polynomials of growing degree are fitted to {SAMPLES} samples of {ROWS} noisy rows; "
        "the error on fresh rows is taken apart into bias^2, variance and noise.",
        sentences=(
            "Formula: E[(y - f(x))^2] = bias^2 + variance + noise: (mean prediction - truth)^2, "
            "the variance of the prediction over training samples, and the noise of y, which no "
            "model removes.",
            f"Checked: measured on fresh rows, the error agrees with the sum for {within} of "
            f"{len(found)} degrees within its 95 % interval; of degree {best} it is "
            f"{found[best].validation.told()}, and the sum {found[best].sum:.3f}.",
            f"High bias: degree {SHOWN[0]} has bias^2 {low.bias:.3f} and variance "
            f"{low.variance:.3f}. Its training error, {low.train.mean:.3f}, is high, and the "
            f"validation error, {low.validation.mean:.3f}, is close to it. More rows do not help; "
            "a larger model, longer training or less regularisation does.",
            f"High variance: degree {SHOWN[-1]} has bias^2 {max(high.bias, 0):.3f} and variance "
            f"{high.variance:.3f}. Its training error, {high.train.mean:.3f}, is below the noise, "
            f"{NOISE**2:.2f}, and the validation error, {high.validation.mean:.3f}, is far above "
            "it. More rows, regularisation, dropout or early stopping help.",
            f"Between: the validation error is least at degree {best}. Tuning looks for this "
            "place, with layers, units, dropout and epochs instead of the degree. The training "
            "error cannot show it: it only falls.",
            "More rows: with "
            f"{SIZES[-1]} rows in place of {SIZES[0]}, the validation error falls to "
            f"{curves[SHOWN[-1]][-1].validation.mean:.3f} for degree {SHOWN[-1]} and to "
            f"{curves[1][-1].validation.mean:.3f} for degree 1, where the bias stays.",
        ),
        charts=(
            _errors(found),
            _apart(found),
            *(_fitted(degree, seed) for degree in SHOWN),
            _rows_needed(curves),
        ),
        tables=(_table(found),),
    )


def _sample(seed: int, number: int, rows: int) -> tuple[Array, Array]:
    draws = generator(seed, number, "bias and variance")
    x = -1 + 2 * (np.arange(rows) + draws.random(rows)) / rows  # one in each slice
    return x, target(x) + draws.normal(0, NOISE, rows)


def _fit(degree: int, x: Array, y: Array) -> Array:
    coefficients: Array = np.linalg.lstsq(legendre.legvander(x, degree), y, rcond=None)[0]
    return coefficients


def _fits(degree: int, seed: int, rows: int, places: Array) -> tuple[Array, Array, Array]:
    """Returns predictions at some places, errors on the training rows and on fresh ones, a row or
    a value a sample.
    """
    predictions, train, measured = [], [], []
    at = legendre.legvander(places, degree)
    for number in range(SAMPLES):
        x, y = _sample(seed, number, rows)
        coefficients = _fit(degree, x, y)
        predictions.append(at @ coefficients)
        train.append(((y - legendre.legval(x, coefficients)) ** 2).mean())
        noise = generator(seed, number, "fresh rows").normal(0, NOISE, len(places))
        measured.append(((target(places) + noise - predictions[-1]) ** 2).mean())
    return np.array(predictions), np.array(train), np.array(measured)


def _errors(found: dict[int, Parts]) -> Chart:
    top = 5 * max(found[0].validation.mean, NOISE**2)
    return Chart(
        "errors",
        Axis("degree of the polynomial", low=0, high=DEGREES[-1], whole=True),
        Axis("mean square error", scale="log", low=0.02, high=top),
        (
            Line(
                DEGREES, [each.train.mean for each in found.values()], "on training rows", "run-0"
            ),
            Line(
                DEGREES, [each.validation.mean for each in found.values()], "on fresh rows", "run-5"
            ),
            Rule(NOISE**2, "y", "noise"),
        ),
        title=f"Training and validation error, {ROWS} rows",
    )


def _apart(found: dict[int, Parts]) -> Chart:
    top = 5 * max(found[0].validation.mean, NOISE**2)
    return Chart(
        "parts",
        Axis("degree of the polynomial", low=0, high=DEGREES[-1], whole=True),
        Axis("share of the mean square error", scale="log", low=LEAST, high=top),
        (
            Line(
                DEGREES, [max(each.bias, LEAST / 99) for each in found.values()], "bias^2", "run-1"
            ),
            Line(DEGREES, [each.variance for each in found.values()], "variance", "run-2"),
            Line(DEGREES, [NOISE**2] * len(DEGREES), "noise", "neutral"),
            Line(DEGREES, [each.sum for each in found.values()], "their sum", "run-6"),
            Points(
                DEGREES,
                [each.validation.mean for each in found.values()],
                "measured",
                "run-5",
                low=[each.validation.low for each in found.values()],
                high=[each.validation.high for each in found.values()],
            ),
        ),
        title="The error on fresh rows, taken apart",
    )


def _fitted(degree: int, seed: int) -> Chart:
    places = np.linspace(-1, 1, 81)
    at = legendre.legvander(places, degree)
    fits = [at @ _fit(degree, *_sample(seed, number, ROWS)) for number in range(DRAWN)]
    x, y = _sample(seed, 0, ROWS)
    mean = np.mean(
        [at @ _fit(degree, *_sample(seed, number, ROWS)) for number in range(SAMPLES)], axis=0
    )
    words = {SHOWN[0]: "high bias", SHOWN[-1]: "high variance"}
    return Chart(
        f"degree-{degree}",
        Axis("x", low=-1, high=1),
        Axis("y", low=-2.2, high=2.2),
        (
            *(
                Line(places.tolist(), fit.tolist(), f"{DRAWN} fits", "run-0", faint=True)
                for fit in fits
            ),
            Line(places.tolist(), mean.tolist(), "mean of all fits", "run-1"),
            Line(places.tolist(), target(places).tolist(), "truth", "run-6", dashed=True),
            Points(x.tolist(), y.tolist(), "rows of one sample", "neutral"),
        ),
        title=f"Degree {degree}: {words.get(degree, 'between')}",
    )


def _rows_needed(curves: dict[int, list[Parts]]) -> Chart:
    marks: list[Line | Rule] = []
    for (degree, row), colours in zip(
        curves.items(), (("run-1", "run-3"), ("run-0", "run-4")), strict=True
    ):
        marks += [
            Line(
                SIZES,
                [each.validation.mean for each in row],
                f"degree {degree}, fresh",
                colours[0],
            ),
            Line(
                SIZES,
                [each.train.mean for each in row],
                f"degree {degree}, training",
                colours[1],
                dashed=True,
            ),
        ]
    return Chart(
        "rows",
        Axis("training rows", scale="log", low=SIZES[0], high=SIZES[-1], whole=True),
        Axis("mean square error", scale="log", low=0.01, high=5),
        (*marks, Rule(NOISE**2, "y", "noise")),
        title="What more rows do",
    )


def _table(found: dict[int, Parts]) -> Table:
    return Table(
        ("degree", "training", "fresh rows, measured", "bias^2", "variance", "noise", "sum"),
        tuple(
            (
                str(degree),
                f"{each.train.mean:.4f}",
                each.validation.told(4),
                f"{max(each.bias, 0):.4f}",
                f"{each.variance:.4f}",
                f"{NOISE**2:.4f}",
                f"{each.sum:.4f}",
            )
            for degree, each in found.items()
        ),
        tuple(range(7)),
        title=f"Mean square error, mean of {SAMPLES} samples of {ROWS} rows, 95 %",
    )
