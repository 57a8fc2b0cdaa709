"""The figures of the chapter's experiment: learning curves, and the test AUC of every training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.cli.experiments.chapter_models import MODELS, SEARCHED, SPLITS, shared_of
from tftune.cli.experiments.paired import widened
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points

Found = Mapping[str, Sequence[Mapping[str, Any]]]  # the trainings of each model, by seed


def title_of(name: str) -> str:
    """Returns what a model is called in tables and figures."""
    return MODELS[name].title if name in MODELS else "searched by tftune"


def curves_chart(split: str, found: Found, metric: str, label: str) -> Chart:
    """Returns the mean of a metric over the seeds after each epoch, with one standard deviation.

    Args:
        split: One of `SPLITS`.
        found: The trainings of each model.
        metric: Name of the curve, such as `val_auc`.
        label: For the axis.
    """
    marks: list[Band | Line] = []
    lines: list[Band | Line] = []
    for number, name in enumerate(name for name in MODELS if name in found):
        curves = [each["curves"][metric] for each in found[name]]
        # where only some seeds still train, their mean is of other trainings than before
        epochs = range(min(map(len, curves)))
        means = [math.fsum(curve[epoch] for curve in curves) / len(curves) for epoch in epochs]
        spread = [_deviation([curve[epoch] for curve in curves]) for epoch in epochs]
        x, colour = [epoch + 1 for epoch in epochs], f"run-{number}"
        if len(curves) > 1:
            low = [mean - sd for mean, sd in zip(means, spread, strict=True)]
            high = [mean + sd for mean, sd in zip(means, spread, strict=True)]
            marks.append(Band(x, low, high, colour=colour))
        lines.append(Line(x, means, series=title_of(name), colour=colour))
    return Chart(
        f"{metric.replace('_', '-')}-{split}",
        Axis("epoch", whole=True),
        Axis(label),
        (*marks, *lines),
        title=f"{label}, {SPLITS[split]}",
    )


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def dots_chart(results: Mapping[str, Found], metric: str, label: str) -> Chart:
    """Returns a dot for each training, the mean with its interval, and the printed value.

    Args:
        results: The trainings by split and model.
        metric: `auc` or `accuracy`.
        label: For the axis.
    """
    names = [SEARCHED, *list(MODELS)[::-1]]
    names = [name for name in names if any(name in found for found in results.values())]
    marks: list[Points] = []
    for number, (split, found) in enumerate(results.items()):
        offset = 0.24 * ((len(results) - 1) / 2 - number)
        values = {
            row + offset: [each["written"][metric] for each in found[name]]
            for row, name in enumerate(names)
            if name in found
        }
        x = [value for each in values.values() for value in each]
        y = [row for row, each in values.items() for _ in each]
        hover = [f"{SPLITS[split]}: {value:.3f}" for value in x]
        series, colour = f"{SPLITS[split]}: each seed", f"run-{number}"
        marks.append(Points(x, y, series, colour, hover=hover))
        spreads = [widened(each, shared_of(split)) for each in values.values()]
        if spreads[0].count > 2:  # of two seeds an interval is wider than the figure
            means, low, high = zip(*((s.mean, s.low, s.high) for s in spreads), strict=True)
            series, colour = f"{SPLITS[split]}: mean, 95 % interval", f"run-{(4, 5, 7)[number]}"
            marks.append(Points(means, list(values), series, colour, low=low, high=high))
    printed = {names.index(name): getattr(model, metric) for name, model in MODELS.items()}
    marks.append(Points(list(printed.values()), list(printed), "printed in the chapter", "run-6"))
    axis = Axis("", "category", -0.5, len(names) - 0.5, tuple(map(title_of, names)))
    return Chart(f"test-{metric}", Axis(label), axis, tuple(marks), label, wide=True, height=1.5)
