"""The figures of the chapter's experiment: learning curves, and the test AUC of every training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.cli.experiments.chapter_models import MODELS, SEARCHED
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points
from tftune.reports.measures.seeds import over_seeds

Found = Mapping[str, Sequence[Mapping[str, Any]]]  # the trainings of each model, by seed


def title_of(name: str) -> str:
    """Returns what a model is called in tables and figures."""
    return MODELS[name].title if name in MODELS else "searched by tftune"


def curves_chart(split: str, found: Found, metric: str, label: str) -> Chart:
    """Returns the mean of a metric over the seeds after each epoch, with one standard deviation.

    Args:
        split: `random` or `grouped`.
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
        title=f"{label}, {split} split",
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
    names = [*reversed(MODELS), SEARCHED]
    names = [name for name in names if any(name in found for found in results.values())]
    marks: list[Points] = []
    for number, (split, found) in enumerate(results.items()):
        offset = (0.18 if number == 0 else -0.18) if len(results) > 1 else 0.0
        x, y, hover = [], [], []
        means, rows, low, high = [], [], [], []
        for row, name in enumerate(names):
            values = [each["written"][metric] for each in found.get(name, ())]
            x += values
            y += [row + offset] * len(values)
            hover += [f"{title_of(name)}, {split}, {value:.3f}" for value in values]
            if values:
                spread = over_seeds(values)
                means, rows = [*means, spread.mean], [*rows, row + offset]
                low, high = [*low, spread.low], [*high, spread.high]
        marks.append(Points(x, y, f"{split} split, one training", f"run-{4 * number}", hover=hover))
        if not any(map(math.isnan, low)):
            series = f"{split} split, mean and 95 % interval"
            marks.append(Points(means, rows, series, f"run-{5 * number + 1}", low=low, high=high))
    printed = [name for name in names if name in MODELS]
    marks.append(
        Points(
            [getattr(MODELS[name], metric) for name in printed],
            [names.index(name) for name in printed],
            "printed in the chapter",
            "neutral",
        )
    )
    axis = Axis("", "category", -0.5, len(names) - 0.5, tuple(map(title_of, names)))
    return Chart(f"test-{metric}", Axis(label), axis, tuple(marks), label, wide=True, height=1.3)
