"""What the experiment on batch normalisation found, as views: verdicts, tables, charts."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence

from tftune.cli.experiments.claims import Claim, headline
from tftune.cli.experiments.normalization_claims import HYPOTHESES, claims_of, epochs_measure
from tftune.cli.experiments.normalization_measures import Trained, last_accuracy, mean, trains
from tftune.cli.experiments.normalization_statistics import gradients, statistics
from tftune.reports.charts.chart import Axis, Chart, Line, Mark, Points, Rule
from tftune.reports.measures.seeds import over_seeds
from tftune.reports.views.view import Table, View

ARMS = ((False, "without", "run-1"), (True, "with batch norm", "run-0"))


def views_of(trained: Trained, options: argparse.Namespace) -> list[View]:
    """Returns all views.

    Args:
        trained: All measurements.
        options: Of the experiment: `epochs`, `target`, `optimizer`.
    """
    return [
        _verdicts(claims_of(trained, options.target), len(trained.seeds)),
        _speed(trained, options),
        _rates(trained, options),
        *([_scales(trained)] if trained.scales else []),
        gradients(trained),
        statistics(trained),
    ]


def _verdicts(claims: Sequence[Claim], seeds: int) -> View:
    sentences = [f"{headline(name, claims)[:-1]} ({text})." for name, text in HYPOTHESES.items()]
    if seeds < 2:
        sentences.append("One seed has no interval: nothing can be told.")
    return View(
        "hypotheses",
        "Three hypotheses",
        "Each difference is with minus without batch normalisation, paired by seed "
        f"({seeds} of them): both networks of a pair begin with the same kernels. Where the 95 % "
        "interval (Student's t) contains 0 it cannot be told from noise. Of 20 measures without "
        "any difference one would be outside by chance. Counts that differ equally in all seeds "
        "have an interval without width: more seeds would give them one.",
        tuple(sentences),
        tables=tuple(
            Table(
                ("measure", "without", "with", "difference", "95 % interval", "verdict"),
                tuple(_verdict_row(claim) for claim in claims if claim.hypothesis == name),
                numbers=(1, 2, 3),
                title=f"{name}: {text}",
            )
            for name, text in HYPOTHESES.items()
        ),
    )


def _verdict_row(claim: Claim) -> tuple[str, ...]:
    spread = claim.difference
    pairs = list(zip(claim.without, claim.with_it, strict=True))
    both = [pair for pair in pairs if all(map(math.isfinite, pair))]  # of which the difference is
    without, with_it = zip(*(both or pairs), strict=True)
    return (
        claim.text,
        number(mean(value for value in without if math.isfinite(value))),
        number(mean(value for value in with_it if math.isfinite(value))),
        number(spread.mean, sign=True),
        interval(spread.low, spread.high),
        claim.verdict,
    )


def _speed(trained: Trained, options: argparse.Namespace) -> View:
    rows = []
    for activation in trained.activations:
        for rate in trained.rates:
            row = [activation, f"{rate:g}"]
            for curve in ("accuracy", "val_accuracy"):
                measure = epochs_measure(curve, options.target)
                for normalized, _, _ in ARMS:
                    values = [measure(r) for r in trained.over_seeds(activation, normalized, rate)]
                    row.append(epochs_text(values, options.epochs))
            rows.append(tuple(row))
    header = (
        *("activation", "learning rate"),
        *("training: without", "with", "validation: without", "with"),
    )
    charts = [
        _curves(trained, activation, rate)
        for activation in trained.activations
        for rate in trained.rates
    ]
    return View(
        "speed",
        "Training curves",
        "Mean loss over the seeds, and each seed pale. A curve that ends has diverged in a seed. "
        f"The table has the epochs to an accuracy of {options.target:g}, mean over the seeds "
        f"({options.optimizer}, {options.epochs} epochs; “>” where a seed did not reach it and "
        "counts as one epoch more).",
        charts=tuple(charts),
        tables=(Table(header, tuple(rows), numbers=(2, 3, 4, 5), title="Epochs to the target"),),
    )


def _curves(trained: Trained, activation: str, rate: float) -> Chart:
    marks: list[Mark] = []
    chance = trained.one(activation, False, rate, trained.seeds[0])["chance_loss"]
    for normalized, name, colour in ARMS:
        curves = [each["loss"] for each in trained.over_seeds(activation, normalized, rate)]
        epochs = range(1, len(curves[0]) + 1)
        marks += [Line(epochs, curve, colour=colour, faint=True) for curve in curves]
        middle = [mean(values) for values in zip(*curves, strict=True)]
        marks.append(Line(epochs, middle, series=name, colour=colour))
    marks.append(Rule(chance, "y", "chance"))
    return Chart(
        f"curves-{activation}-{rate:g}",
        Axis("epoch", whole=True),
        Axis("training loss", low=0.0, high=1.4 * chance),
        tuple(marks),
        title=f"{activation}, learning rate {rate:g}",
    )


def _rates(trained: Trained, options: argparse.Namespace) -> View:
    charts, rows = [], []
    for activation in trained.activations:
        charts.append(_accuracy_chart(trained, activation, options.epochs))
        for rate in trained.rates:
            row = [activation, f"{rate:g}"]
            for normalized, _, _ in ARMS:
                found = trained.over_seeds(activation, normalized, rate)
                row.append(f"{mean(last_accuracy(each) for each in found):.3f}")
                row.append(f"{sum(map(trains, found))} of {len(found)}")
            rows.append(tuple(row))
    header = ("activation", "learning rate", "without", "train", "with", "train")
    return View(
        "rates",
        "Accuracy against learning rate",
        f"Validation accuracy after {options.epochs} epochs, mean over the seeds with its 95 % "
        "interval; a diverged network has that of chance. A network trains if its last loss is "
        "finite and at least a tenth below that of chance.",
        charts=tuple(charts),
        tables=(Table(header, tuple(rows), numbers=(2, 4), title="Validation accuracy"),),
    )


def _accuracy_chart(trained: Trained, activation: str, epochs: int) -> Chart:
    lists = [
        (
            trained.rates,
            [trained.over_seeds(activation, normalized, rate) for rate in trained.rates],
        )
        for normalized, _, _ in ARMS
    ]
    scores = [[[last_accuracy(one) for one in each] for each in found] for _, found in lists]
    chance = trained.one(activation, False, trained.rates[0], trained.seeds[0])["chance_accuracy"]
    return Chart(
        f"accuracy-{activation}",
        Axis("learning rate", scale="log"),
        Axis(f"validation accuracy after {epochs} epochs", low=0.0, high=1.0),
        (*_arms(trained.rates, scores), Rule(chance, "y", "chance")),
        title=activation,
    )


def _arms(x: Sequence[float], scores: Sequence[Sequence[Sequence[float]]]) -> Iterator[Mark]:
    """Yields points with intervals, and a line, for each arm; its scores are lists over seeds for
    each position.
    """
    apart = (0.94, 1.06)  # so that intervals do not cover each other
    for (_, name, colour), found, factor in zip(ARMS, scores, apart, strict=True):
        spreads = [over_seeds(each) for each in found]
        places = [factor * each for each in x]
        means = [each.mean for each in spreads]
        yield Line(places, means, colour=colour, faint=True)
        yield Points(
            places,
            means,
            series=name,
            colour=colour,
            low=[max(each.low, 0.0) for each in spreads],
            high=[min(each.high, 1.0) for each in spreads],
        )


def _scales(trained: Trained) -> View:
    scales = sorted([1.0, *trained.scales])
    charts, rows = [], []
    for activation in trained.activations:
        scores = [
            [
                [
                    last_accuracy(each)
                    for each in trained.over_seeds(activation, normalized, trained.middle, scale)
                ]
                for scale in scales
            ]
            for normalized, _, _ in ARMS
        ]
        charts.append(
            Chart(
                f"initial-weights-{activation}",
                Axis("initial kernels multiplied by", scale="log"),
                Axis("validation accuracy", low=0.0, high=1.0),
                tuple(_arms(scales, scores)),
                title=f"{activation}, learning rate {trained.middle:g}",
            )
        )
        for place, scale in enumerate(scales):
            means = [f"{mean(arm[place]):.3f}" for arm in scores]
            rows.append((activation, f"{scale:g}", *means))
    return View(
        "initial-weights",
        "Scale of the initial weights",
        "All kernels were multiplied before the first step. Mean over the seeds with its 95 % "
        "interval.",
        charts=tuple(charts),
        tables=(
            Table(
                ("activation", "kernels times", "without", "with"),
                tuple(rows),
                numbers=(2, 3),
                title="Validation accuracy",
            ),
        ),
    )


def epochs_text(values: Sequence[float], epochs: int) -> str:
    """Returns the mean of epochs to a target.

    Example:
        >>> epochs_text([3, 4], 5), epochs_text([3, 6], 5), epochs_text([6, 6], 5)
        ('3.5', '> 4.5', 'never')
    """
    if all(value > epochs for value in values):
        return "never"
    more = "> " if any(value > epochs for value in values) else ""
    return f"{more}{mean(values):.1f}"


def number(value: float, sign: bool = False) -> str:
    """Returns a number as a table shows it.

    Example:
        >>> number(0.12345), number(12.345, sign=True), number(float("nan"))
        ('0.123', '+12.3', '')
    """
    if not math.isfinite(value):
        return ""
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:{'+' if sign else ''}.{digits}f}"


def interval(low: float, high: float) -> str:
    """Returns an interval as a table shows it.

    Example:
        >>> interval(-0.5, 1.25)
        '-0.500 to +1.25'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, sign=True)} to {number(high, sign=True)}"
