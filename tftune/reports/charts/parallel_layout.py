"""Parallel coordinates before they are drawn: a scale for each axis, a place for each value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tftune.reports.charts.chart import ParallelChart
from tftune.reports.charts.scales import Scale, scale_of

ABSENT = -0.1  # below the axis: where the line of a trial without the knob passes


@dataclass(frozen=True)
class ParallelLayout:
    """Parallel coordinates as places from 0 (bottom) to 1 (top).

    Attributes:
        scales: One for each axis; None where no trial has a finite value.
        places: A row for each trial; None where it has no value.
        has_absent: For each axis, whether a trial has no value there.
        order: Numbers of the trials, worst first, so that the best is drawn on top.
    """

    scales: tuple[Scale | None, ...]
    places: tuple[tuple[float | None, ...], ...]
    has_absent: tuple[bool, ...]
    order: tuple[int, ...]


def parallel_layout(chart: ParallelChart) -> ParallelLayout:
    """Returns where all values of a chart stand.

    Example:
        >>> from tftune.reports.charts.chart import Axis
        >>> axes = (Axis("rate", scale="log"), Axis("val_auc"))
        >>> rows = ((1e-4, 0.5), (None, 0.7), (1e-2, 0.9))
        >>> chart = ParallelChart("all", axes, rows, ("0", "1", "2"), ("", "", ""), (0, 0.5, 1))
        >>> layout = parallel_layout(chart)
        >>> layout.places, layout.has_absent
        (((0.0, 0.0), (None, 0.5), (1.0, 1.0)), (True, False))
    """
    columns = []
    scales = []
    for number, axis in enumerate(chart.axes):
        values = [row[number] if number < len(row) else None for row in chart.rows]
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        scale = scale_of(axis, numbers, pad=0.0)
        scales.append(scale)
        places = scale.positions(numbers) if scale else np.full(len(numbers), np.nan)
        columns.append(
            [
                round(float(place), 6) if 0 <= round(float(place), 6) <= 1 else None
                for place in places
            ]
        )
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    colours = [chart.colours[row] if row < len(chart.colours) else 0.0 for row in range(len(rows))]
    order = sorted(range(len(rows)), key=lambda row: colours[row])
    return ParallelLayout(
        tuple(scales), rows, tuple(None in column for column in columns), tuple(order)
    )
