"""A map of values in colour, and the scale beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tftune.reports.charts.chart import Cells
from tftune.reports.charts.colours import STEPS, step_of
from tftune.reports.charts.scales import number_labels, number_text
from tftune.reports.charts.svg_text import hover_title, plain, short, text_element, width_of

_MANY = 900  # cells beyond which those of one colour are one path that tells nothing
BAR_WIDTH = 10.0


def value_range(cells: Cells) -> tuple[float, float] | None:
    """Returns the least and the greatest finite value, or None if there is none."""
    finite = [value for row in cells.values for value in row if np.isfinite(value)]
    return (min(finite), max(finite)) if finite else None


def share(value: float, ends: tuple[float, float]) -> float:
    """Returns where a value stands between two ends, from 0 to 1; in the middle if they are one."""
    low, high = ends
    return (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5


def cells_svg(
    cells: Cells, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], titles: bool = True
) -> str:
    """Returns the cells between edges that are given in units of the view box."""
    ends = value_range(cells)
    if ends is None:
        return ""
    parts, texts, merged = [], [], [""] * STEPS
    many = sum(len(row) for row in cells.values) > _MANY
    for row, values in enumerate(cells.values):
        for column, value in enumerate(values):
            corners = [*x[column : column + 2], *y[row : row + 2]]
            if not np.isfinite(value) or len(corners) < 4 or not np.isfinite(corners).all():
                continue
            step = step_of(share(value, ends))
            left, right, bottom, top = corners
            path = (
                f"M{short(left)},{short(top)}h{short(right - left)}"
                f"v{short(bottom - top)}h{short(left - right)}z"
            )
            if many:
                merged[step] += path
                continue
            title = hover_title(f"{plain(cells.label, 200)} {number_text(value)}") * titles
            end = f">{title}</path>" if title else "/>"
            parts.append(f'<path class="q{step}" d="{path}"{end}')
            if text := _text_of(cells.texts, row, column):
                texts.append(
                    _cell_text(text, (left + right) / 2, (top + bottom) / 2, step, corners)
                )
    parts += [f'<path class="q{step}" d="{path}"/>' for step, path in enumerate(merged) if path]
    return f'<g class="cells" shape-rendering="crispEdges">{"".join(parts)}</g>{"".join(texts)}'


def _text_of(texts: Sequence[Sequence[str]], row: int, column: int) -> str:
    return plain(texts[row][column]) if row < len(texts) and column < len(texts[row]) else ""


def _cell_text(text: str, x: float, y: float, step: int, corners: list[float]) -> str:
    """What is written into a cell, if it has the room."""
    wide, high = abs(corners[1] - corners[0]), abs(corners[3] - corners[2])
    if width_of(text) > wide - 2 or high < 11:
        return ""
    kind = "cell-text inverse" if step > STEPS // 2 else "cell-text"
    return text_element(x, y + 4, text, kind, "middle")


def bar_width(cells: Cells) -> float:
    """Returns how much room the scale of colours wants at the right."""
    ends = value_range(cells)
    if ends is None:
        return 0.0
    return BAR_WIDTH + 16 + max(width_of(text) for text in _bar_labels(ends))


def _bar_labels(ends: tuple[float, float]) -> list[str]:
    low, high = ends
    if not high > low:
        return [number_text(low)]
    middle = low / 2 + high / 2
    rounded = [number_text(each, 3) for each in (low, middle, high)]
    return rounded if len(set(rounded)) == 3 else number_labels([low, middle, high])


def colour_bar(cells: Cells, left: float, top: float, height: float) -> str:
    """Returns the scale of colours, greatest on top."""
    ends = value_range(cells)
    if ends is None:
        return ""
    labels = _bar_labels(ends)
    steps: Sequence[int] = range(STEPS) if len(labels) > 1 else (STEPS // 2,)
    each = height / len(steps)
    boxes = "".join(
        f'<path class="q{step}" d="M{short(left)},{short(top + height - (number + 1) * each)}'
        f'h{short(BAR_WIDTH)}v{short(each + 0.05)}h{short(-BAR_WIDTH)}z"/>'
        for number, step in enumerate(steps)
    )
    places = [1.0, 0.5, 0.0] if len(labels) > 1 else [0.5]
    texts = "".join(
        text_element(left + BAR_WIDTH + 5, top + 4 + place * height, label, "tick")
        for place, label in zip(places, labels, strict=True)
    )
    cells_group = f'<g class="cells" shape-rendering="crispEdges">{boxes}</g>'
    return f'<g class="colour-bar">{cells_group}{texts}</g>'
