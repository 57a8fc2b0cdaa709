"""A chart of lines made of characters: Braille dots, or ASCII where a terminal knows no better.

Example:
    >>> rising = Curve("val_auc", ((1, 0.5), (2, 0.7), (3, 0.8)))
    >>> print("\\n".join(draw([rising], width=24, height=4, plain=True, x_label="epoch")))
     0.8 |             *****
         |       ******
         |  *****
     0.5 |**
         +------------------
          1                3
          epoch
          * val_auc
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tftune.reports.tables import format_value
from tftune.support.texts import one_line

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column, then by row
_MARKS = ("*", ".", "o", "x")
_COLOURS = ("\x1b[36m", "\x1b[33m", "\x1b[35m", "\x1b[32m")
_PLAIN_COLOUR = "\x1b[0m"
_GAPS = (1, 3, 5, 7)  # of each curve every first, third, ... dot is drawn
_LONGEST_NAME = 30


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        name: For the legend.
        points: `(x, y)`, by x; a value that is not finite breaks the line.
    """

    name: str
    points: Sequence[tuple[float, float]]


def wants_ascii(stream: Any) -> bool:
    """Whether only ASCII should be written to a stream: its encoding lacks the dots, or the
    environment asks for plain text with NO_COLOR or TERM=dumb.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return True
    try:
        (chr(_BRAILLE + 255) + "\u2514\u2500\u2502").encode(
            getattr(stream, "encoding", None) or "ascii"
        )
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def draw(
    curves: Sequence[Curve],
    width: int = 78,
    height: int = 12,
    plain: bool = False,
    colours: bool = False,
    x_label: str = "",
    mark: float | None = None,
) -> list[str]:
    """Returns the lines of a chart; nothing where there is no finite value.

    Args:
        curves: The first is drawn on top.
        width: Characters of a line at the most.
        height: Lines of the chart itself.
        plain: Whether only ASCII is used.
        colours: Whether escape codes give each curve a colour.
        x_label: What the horizontal axis shows.
        mark: A place on the horizontal axis that is pointed at.
    """
    points = [point for curve in curves for point in curve.points if _finite(point)]
    if not points:
        return []
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_low, y_high = min(y for _, y in points), max(y for _, y in points)
    if not math.isfinite(y_high - y_low):  # beyond what a float can tell apart
        return []
    ticks = _ticks(y_low, y_high, height)
    margin = max(len(text) for text in ticks.values()) + 2
    columns = max(width - margin - 1, 4)
    canvas = _Canvas(columns, height, plain, colours)
    for number, curve in reversed(list(enumerate(curves))):
        places = [
            (_share(x, x_low, x_high), _share(y, y_low, y_high)) if _finite((x, y)) else None
            for x, y in curve.points
        ]
        canvas.line(places, number)
    upright, corner, along = ("|", "+", "-") if plain else ("\u2502", "\u2514", "\u2500")
    rows = [
        f"{ticks.get(row, '').rjust(margin - 1)} {upright}{text}".rstrip()
        for row, text in enumerate(canvas.rows())
    ]
    rows.append(f"{' ' * margin}{corner}{along * columns}")
    indent = " " * (margin + 1)
    rows += [f"{indent}{line}" for line in _below(x_low, x_high, mark, columns)]
    rows += [f"{indent}{x_label}"] if x_label else []
    return [*rows, f"{indent}{canvas.legend([curve.name for curve in curves])}"]


def _finite(point: tuple[float, float]) -> bool:
    return all(isinstance(value, int | float) and math.isfinite(value) for value in point)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _ticks(low: float, high: float, height: int) -> dict[int, str]:
    """Returns what stands beside some of the rows, counted from the top."""
    if low == high:
        return {height // 2: format_value(float(low))}
    ticks = {0: format_value(float(high)), height - 1: format_value(float(low))}
    if height >= 8:
        middle = high + (low - high) * ((height // 2) / (height - 1))
        ticks[height // 2] = format_value(float(middle))
    return ticks


def _below(low: float, high: float, mark: float | None, columns: int) -> list[str]:
    """Returns the line with the ends of the horizontal axis, and one that points at a place."""
    first, last = format_value(low), format_value(high)
    if low == high:
        return [first.center(columns).rstrip()]
    lines = [first + last.rjust(columns - len(first))]
    if mark is not None and low <= mark <= high:
        place = round(_share(mark, low, high) * (columns - 1))
        text = f"^ best epoch {format_value(mark)}"
        other = f"best epoch {format_value(mark)} ^"
        fits = place + len(text) <= columns
        lines.insert(0, " " * place + text if fits else other.rjust(place + 1))
    return lines


class _Canvas:
    """Cells of Braille dots (two by four each) or of ASCII marks."""

    def __init__(self, columns: int, height: int, plain: bool, colours: bool) -> None:
        self._columns, self._height = columns, height
        self._plain, self._colours = plain, colours
        self._cells: dict[tuple[int, int], tuple[int, int]] = {}  # (row, column): (dots, curve)
        self._fine = (columns, height) if plain else (2 * columns, 4 * height)

    def line(self, places: Sequence[tuple[float, float] | None], curve: int) -> None:
        """Draws a line through places between 0 and 1."""
        before = None
        drawn = 0
        for place in places:
            here = None if place is None else self._dot(place)
            if here is not None:
                for x, y in self._between(before or here, here):
                    if self._plain or here in ((x, y), before) or drawn % self._gap(curve) == 0:
                        self._set(x, y, curve)
                    drawn += 1
            before = here

    def _gap(self, curve: int) -> int:
        return _GAPS[curve % len(_GAPS)]

    def _dot(self, place: tuple[float, float]) -> tuple[int, int]:
        width, height = self._fine
        return round(place[0] * (width - 1)), round((1 - place[1]) * (height - 1))

    @staticmethod
    def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            share = step / steps
            yield (
                round(start[0] + share * (end[0] - start[0])),
                round(start[1] + share * (end[1] - start[1])),
            )

    def _set(self, x: int, y: int, curve: int) -> None:
        if self._plain:
            self._cells[y, x] = (0, curve)
            return
        cell = (y // 4, x // 2)
        dots = self._cells.get(cell, (0, curve))[0] | _DOTS[x % 2][y % 4]
        self._cells[cell] = (dots, curve)

    def rows(self) -> Iterator[str]:
        """Yields the lines from the top to the bottom."""
        for row in range(self._height):
            yield "".join(self._text(row, column) for column in range(self._columns))

    def _text(self, row: int, column: int) -> str:
        if (row, column) not in self._cells:
            return " "
        dots, curve = self._cells[row, column]
        text = _MARKS[curve % len(_MARKS)] if self._plain else chr(_BRAILLE + dots)
        return self._coloured(text, curve)

    def _coloured(self, text: str, curve: int) -> str:
        colour = _COLOURS[curve % len(_COLOURS)]
        return f"{colour}{text}{_PLAIN_COLOUR}" if self._colours else text

    def legend(self, names: Sequence[str]) -> str:
        """Returns what each curve looks like."""
        dense, sparse = chr(_BRAILLE + 0x12) * 2, chr(_BRAILLE + 0x02) * 2
        words = []
        for number, name in enumerate(names):
            sample = _MARKS[number % len(_MARKS)] if self._plain else (sparse if number else dense)
            words.append(f"{self._coloured(sample, number)} {one_line(name, _LONGEST_NAME)}")
        return "   ".join(words)
