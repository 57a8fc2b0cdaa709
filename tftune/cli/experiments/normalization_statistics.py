"""Views of gradients by layer, and of moving against batch statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tftune.cli.experiments.normalization_measures import Result, Trained, mean
from tftune.reports.charts.chart import Axis, Chart, Line, Mark, Points
from tftune.reports.views.view import Table, View

_ARMS = ((False, "without", "run-1", "run-4"), (True, "with batch norm", "run-0", "run-2"))


def gradients(trained: Trained) -> View:
    """Returns the view of the gradient norms by layer: before the first step and at the end, at the
    rate in the middle.
    """
    charts, rows = [], []
    for activation in trained.activations:
        charts.append(_gradient_chart(trained, activation))
        for normalized, name, *_ in _ARMS:
            found = trained.over_seeds(activation, normalized, trained.middle)
            for place, epoch in enumerate(found[0]["looks"]):
                norms = _norms(found, place)
                if norms:
                    cells = [f"{each:.2g}" for each in norms]
                    rows.append((activation, name, str(epoch), *cells))
    layers = tuple(_layers(trained))
    return View(
        "gradients",
        "Gradient norms by layer",
        "Norm of the gradient of each kernel on a batch of 96 training photographs that stays the "
        f"same, learning rate {trained.middle:g}, mean over the seeds (geometric). Evenly high is "
        "good: where the first blocks are far below the last, they hardly learn.",
        charts=tuple(charts),
        tables=(
            Table(
                ("activation", "", "after epoch", *layers),
                tuple(rows),
                numbers=tuple(range(2, 3 + len(layers))),
                title=f"Gradient norms, learning rate {trained.middle:g}",
            ),
        ),
    )


def _layers(trained: Trained) -> list[str]:
    first = trained.one(trained.activations[0], False, trained.middle, trained.seeds[0])
    return list(first["layers"])


def _norms(found: Sequence[Result], place: int) -> list[float]:
    """Returns the geometric mean over the seeds for each layer; nothing where a seed has none."""
    lists = [each["gradient_norms"][place] for each in found if len(each["gradient_norms"]) > place]
    if len(lists) < len(found) or not all(each > 0 for norms in lists for each in norms):
        return []
    return [math.exp(mean(map(math.log, column))) for column in zip(*lists, strict=True)]


def _gradient_chart(trained: Trained, activation: str) -> Chart:
    marks: list[Mark] = []
    layers = _layers(trained)
    for normalized, name, early, late in _ARMS:
        found = trained.over_seeds(activation, normalized, trained.middle)
        last = len(found[0]["looks"]) - 1
        for place, when, colour in ((0, "at first", early), (last, "at the end", late)):
            norms = _norms(found, place)
            if norms:
                x = range(len(layers))
                dashed = place == 0
                marks.append(Line(x, norms, colour=colour, dashed=dashed))
                marks.append(Points(x, norms, series=f"{name}, {when}", colour=colour))
    return Chart(
        f"gradients-{activation}",
        Axis("layer", scale="category", categories=tuple(layers)),
        Axis("gradient norm of the kernel", scale="log"),
        tuple(marks),
        title=activation,
    )


def statistics(trained: Trained) -> View:
    """Returns the view of moving against batch statistics, of the normalised networks."""
    charts, rows = [], []
    for activation in trained.activations:
        for rate in trained.rates:
            found = trained.over_seeds(activation, True, rate)
            if all(math.isfinite(each["loss"][-1]) for each in found):
                charts.append(_statistics_chart(found, activation, rate))
            rows.append(_statistics_row(found, activation, rate))
    charts += [_distance_chart(trained, activation) for activation in trained.activations]
    header = (
        *("activation", "learning rate", "moving", "batch", "largest gap", "after epoch"),
        *("mean off", "variance off"),
    )
    return View(
        "statistics",
        "Moving against batch statistics",
        "Validation accuracy of the normalised networks with the moving statistics, which a model "
        "uses when it predicts, and with the statistics of batches of 32 validation photographs. "
        "Distances of the moving statistics are to those of all training photographs: of the mean "
        "in deviations, of the variance as |ln ratio|; mean over channels, blocks and seeds.",
        charts=tuple(charts),
        tables=(
            Table(header, tuple(rows), numbers=tuple(range(2, 8)), title="After the last epoch"),
        ),
    )


def _means(found: Sequence[Result], name: str) -> list[float]:
    """Returns the mean of a curve over the seeds, as far as all of them go."""
    return [mean(values) for values in zip(*(each[name] for each in found), strict=False)]


def _statistics_row(found: Sequence[Result], activation: str, rate: float) -> tuple[str, ...]:
    moving, batch = _means(found, "val_accuracy"), _means(found, "batch_val_accuracy")
    gaps = [b - m for m, b in zip(moving, batch, strict=False)]
    if len(batch) < len(moving):
        return (activation, f"{rate:g}", "diverged", "", "", "", "", "")
    widest = max(range(len(gaps)), key=lambda place: abs(gaps[place]))
    distances = [
        mean(value for each in found for value in each[name][-1])
        for name in ("mean_distance", "variance_distance")
    ]
    return (
        *(activation, f"{rate:g}", f"{moving[-1]:.3f}", f"{batch[-1]:.3f}"),
        *(f"{gaps[widest]:+.3f}", str(widest + 1), *(f"{each:.2f}" for each in distances)),
    )


def _statistics_chart(found: Sequence[Result], activation: str, rate: float) -> Chart:
    curves = (("val_accuracy", "moving", "run-0"), ("batch_val_accuracy", "of the batch", "run-5"))
    marks: list[Mark] = []
    for name, words, colour in curves:
        values = _means(found, name)
        marks.append(Line(range(1, len(values) + 1), values, series=words, colour=colour))
    return Chart(
        f"statistics-{activation}-{rate:g}",
        Axis("epoch", whole=True),
        Axis("validation accuracy", low=0.0, high=1.0),
        tuple(marks),
        title=f"{activation}, learning rate {rate:g}",
    )


def _distance_chart(trained: Trained, activation: str) -> Chart:
    marks: list[Mark] = []
    for place, rate in enumerate(trained.rates):
        found = trained.over_seeds(activation, True, rate)
        lists = zip(*(each["mean_distance"] for each in found), strict=False)
        values = [mean(value for blocks in epoch for value in blocks) for epoch in lists]
        if values:
            epochs = range(1, len(values) + 1)
            colour = f"run-{place % 8}"
            marks.append(Line(epochs, values, series=f"{rate:g}", colour=colour))
    return Chart(
        f"distance-{activation}",
        Axis("epoch", whole=True),
        Axis("moving mean off by, in deviations", low=0.0),
        tuple(marks),
        title=f"{activation}, by learning rate",
    )
