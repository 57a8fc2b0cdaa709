"""Scales of an axis: from values to positions, and the ticks that a person would choose.

Example:
    >>> scale = scale_of(Axis("learning rate", scale="log"), [1e-5, 1e-1], pad=0)
    >>> [tick.text for tick in scale.ticks(5)]
    ['1e-5', '1e-4', '1e-3', '1e-2', '1e-1']
    >>> scale.positions([1e-5, 1e-3, 0]).tolist()
    [0.0, 0.5, nan]
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tftune.reports.charts.chart import Axis

_LEAST_PLAIN, _MOST_PLAIN = 1e-3, 1e6  # numbers beyond are written with an exponent
_RESOLUTION = 1e-12  # a narrower range is one value: floats tell no more apart


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        value: Where.
        at: Its position, from 0 to 1.
        text: Its label, whole.
    """

    value: float
    at: float
    text: str


@dataclass(frozen=True)
class Scale:
    """An axis with its first and last value.

    Attributes:
        axis: What is shown.
        low: Its first value.
        high: Its last value, which is greater.
    """

    axis: Axis
    low: float
    high: float

    @property
    def log(self) -> bool:
        """Whether equal distances are equal ratios."""
        return self.axis.scale == "log"

    def positions(self, values: Sequence[float] | Any) -> np.ndarray[Any, Any]:
        """Returns positions from 0 (the first value) to 1; NaN where a value has none."""
        numbers = np.asarray(values, dtype=float)
        low, high = self.low, self.high
        with np.errstate(all="ignore"):
            if self.log:
                numbers = np.log10(np.where(numbers > 0, numbers, np.nan))
                low, high = math.log10(low), math.log10(high)
            # halves, so that a range of 1e308 does not overflow
            at = (numbers / 2 - low / 2) / (high / 2 - low / 2)
        return np.where(np.isfinite(at), at, np.nan)

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """Returns at most about `most` ticks; of categories, all of them."""
        if self.axis.scale == "category":
            values: Sequence[float] = range(len(self.axis.categories))
            texts: Sequence[str] = self.axis.categories
        else:
            values = self._tick_values(max(most, 2))
            texts = number_labels(values)
        places = self.positions(values).tolist()
        return tuple(
            Tick(float(value), at, text)
            for value, at, text in zip(values, places, texts, strict=True)
            if -1e-9 <= at <= 1 + 1e-9
        )

    def _tick_values(self, most: int) -> list[float]:
        if self.log:
            found = log_ticks(self.low, self.high, most, self.axis.whole)
            if len(found) >= 2:
                return found
        found = linear_ticks(self.low, self.high, most, self.axis.whole)
        return [value for value in found if value > 0] if self.log else found


def scale_of(
    axis: Axis, values: Iterable[float], tight: Iterable[float] = (), pad: float = 0.04
) -> Scale | None:
    """Returns the scale of an axis on which all finite values lie, or None if there are none.

    Args:
        axis: Its own ends win over the values.
        values: What is shown, with a little room around it.
        tight: What may touch the ends, such as the edges of bars.
        pad: The room, as a share.
    """
    if axis.scale == "category":
        return Scale(axis, -0.5, len(axis.categories) - 0.5) if axis.categories else None
    log = axis.scale == "log"
    loose, edges = _usable(values, log), _usable(tight, log)
    ends = [end for end in (axis.low, axis.high) if end is not None and _is_usable(end, log)]
    seen = np.concatenate([loose, edges, ends])
    if not len(seen):
        return None
    low, high = float(seen.min()), float(seen.max())
    low, high = (math.log10(low), math.log10(high)) if log else (low, high)
    room = pad * (high / 2 - low / 2) * 2
    if not high / 2 - low / 2 > _RESOLUTION * max(abs(low), abs(high)):
        room = 0.35 if log else _room_of_one(low, axis.whole)
        edges = edges[:0]
    if not len(edges) or (len(loose) and loose.min() < edges.min()):
        low -= room
    if not len(edges) or (len(loose) and loose.max() > edges.max()):
        high += room
    limit = 308.0 if log else float(np.finfo(float).max)
    low, high = max(low, -limit), min(high, limit)
    low, high = (10**low, 10**high) if log else (low, high)
    first = axis.low if axis.low is not None and _is_usable(axis.low, log) else low
    last = axis.high if axis.high is not None and _is_usable(axis.high, log) else high
    if not last > first:  # ends that were given leave no room
        first, last = low, max(high, math.nextafter(low, math.inf))
    return Scale(axis, float(first), float(last))


def _room_of_one(value: float, whole: bool) -> float:
    if value == 0:
        return 1.0
    return max(abs(value) * 0.05, 1.0) if whole else abs(value) * 0.05


def _is_usable(value: float, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


def _usable(values: Iterable[float], log: bool) -> np.ndarray[Any, Any]:
    numbers = np.asarray(list(values), dtype=float)
    with np.errstate(all="ignore"):
        good = np.isfinite(numbers) & ((numbers > 0) | (not log))
    return np.asarray(numbers[good])


def intervals_are_level(x: Axis, y: Axis) -> bool:
    """Returns whether intervals of points run along the horizontal axis: where the vertical one
    has categories.

    Example:
        >>> intervals_are_level(Axis("share"), Axis("knob", scale="category", categories=("a",)))
        True
    """
    return y.scale == "category" and x.scale != "category"


def linear_ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """Returns round values between two ends, at most `most`, at steps of 1, 2 or 5 times a power
    of ten.

    Example:
        >>> linear_ticks(0, 1, 6), linear_ticks(1, 3.9, 9, whole=True)
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 2.0, 3.0])
    """
    span = high / max(most - 1, 1) - low / max(most - 1, 1)
    exponent = max(math.floor(math.log10(span)), -300) if span > 0 else 0
    exponent = max(exponent, 0) if whole else exponent
    steps = [
        factor * 10.0**power for power in (exponent, exponent + 1) for factor in (1.0, 2.0, 5.0)
    ]
    for step in steps:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    digits = max(-math.floor(math.log10(step)), 0)
    return [round(number * step, min(digits, 320)) + 0.0 for number in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """Returns powers of ten between two ends, every few of them where there are many, and with
    their multiples by 2 and 5 where there are few.

    Example:
        >>> log_ticks(16, 1024, 6), log_ticks(1e-6, 1, 4)
        ([20.0, 50.0, 100.0, 200.0, 500.0, 1000.0], [1e-06, 0.0001, 0.01, 1.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))

    def between(factors: tuple[int, ...], every: int = 1) -> list[float]:
        values = [
            float(f"{factor}e{power}")
            for power in range(first, last + 1)
            if power % every == 0
            for factor in factors
        ]
        inside = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        return [value for value in inside if value >= 1] if whole else inside

    for factors in ((1, 2, 5), (1, 3), (1,)):
        if 2 <= len(found := between(factors)) <= most:
            return found
    every = max(math.ceil((last - first + 1) / most), 1)
    return between((1,), every)


def number_labels(values: Sequence[float]) -> list[str]:
    """Returns labels for the numbers of one axis, all written in the same way, with as many digits
    as tell them apart.

    Example:
        >>> number_labels([0, 0.5, 1]), number_labels([0, 250000, 500000])
        (['0.0', '0.5', '1.0'], ['0', '250,000', '500,000'])
        >>> number_labels([0, 1e-12, 1.5e-12]), number_labels([1e9, 2e9])
        (['0', '1.0e-12', '1.5e-12'], ['1e9', '2e9'])
    """
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return ["0"] * len(values)
    ordered = sorted(values)
    gaps = [after - before for before, after in zip(ordered, ordered[1:], strict=False)]
    gap = min((each for each in gaps if each > 0), default=min(sizes))
    plain = _LEAST_PLAIN <= max(sizes) < _MOST_PLAIN and gap >= _LEAST_PLAIN / 10
    narrow = max(sizes) / gap > 1e4  # then an exponent would need more digits than it saves
    log = len(values) > 2 and max(gaps) > 5 * gap  # steps of a ratio
    if log and min(sizes) < _LEAST_PLAIN:
        plain = False
    if plain or (narrow and not log and gap >= 1e-9 and max(sizes) < 1e12):
        if log:
            return [f"{value:,.10g}" if value >= 1 else f"{value:.10g}" for value in values]
        digits = next(
            (
                count
                for count in range(10)
                if all(abs(round(each, count) - each) <= gap / 1e3 for each in values)
            ),
            10,
        )
        return [f"{value:,.{digits}f}" for value in values]
    digits = next(
        (
            count
            for count in range(16)
            if all(abs(float(f"{each:.{count}e}") - each) <= gap / 1e3 for each in values)
        ),
        16,
    )
    return [_with_exponent(value, digits) for value in values]


def _with_exponent(value: float, digits: int) -> str:
    if not value:
        return "0"
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{int(exponent)}" if int(exponent) else mantissa


def number_text(value: float | None, digits: int = 4) -> str:
    """Returns a number as a person reads it, with a few significant digits.

    Example:
        >>> number_text(0.98765432), number_text(1e-5), number_text(12345678), number_text(64)
        ('0.9877', '1e-5', '1.235e7', '64')
        >>> number_text(None), number_text(0.98765432, digits=2)
        ('none', '0.99')
    """
    if value is None or math.isnan(value):
        return "none"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == round(value) and abs(value) < _MOST_PLAIN:
        return f"{value:,.0f}"
    if _LEAST_PLAIN <= abs(value) < _MOST_PLAIN:
        text = f"{value:.{digits}g}"
        return f"{float(text):,.0f}" if "e" in text else text
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
