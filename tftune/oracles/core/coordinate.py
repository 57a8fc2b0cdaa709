"""A knob as optimisation libraries see it: a choice, a count or a number, on some scale."""

from __future__ import annotations

from typing import Any

from tftune.space.search_space import Knob, Value

_LEAST, _GREATEST, _NARROW = 1e-30, 2.0**53, 1e-9  # scikit-optimize keeps 12 digits


class Coordinate:
    """The way from a knob's value to a coordinate and back.

    A Float or Int without steps stands for itself, on a logarithmic scale if it is sampled so;
    `"reverse_log"` becomes the mirror image of a logarithmic one. A knob with other steps, and a
    choice whose values have an order, becomes the integer that counts them. A choice without order
    stays a choice. A range so large, small or narrow that other libraries' arithmetic fails becomes
    the place in [0, 1].

    Args:
        knob: The knob.

    Attributes:
        kind: `"choice"`, `"integer"` or `"real"`.
        low: Least coordinate of a number.
        high: Greatest coordinate of a number.
        log: Whether equal ratios of the coordinate count alike.

    Example:
        >>> knob = Knob("momentum", "Float", 0.9, low=0.5, high=0.99, sampling="reverse_log")
        >>> momentum = Coordinate(knob)
        >>> momentum.kind, momentum.low, momentum.high, momentum.log
        ('real', 0.5, 0.99, True)
        >>> momentum.encode(0.99), momentum.decode(0.5)
        (0.5, 0.99)
    """

    def __init__(self, knob: Knob) -> None:
        self.knob = knob
        every_integer = knob.kind == "Int" and knob.step == 1 and knob.sampling == "linear"
        self.counted = knob.ordered if knob.choices else bool(knob.step) and not every_integer
        self._mirrored = not self.counted and knob.sampling == "reverse_log"
        self.log = not knob.choices and not self.counted and knob.sampling != "linear"
        self.kind = (
            "integer"
            if self.counted or knob.kind == "Int"
            else "choice"
            if knob.choices
            else "real"
        )
        self.low: Any = 0 if self.counted else knob.low
        self.high: Any = (knob.size or 1) - 1 if self.counted else knob.high
        self._by_place = not knob.choices and _is_extreme(self.low, self.high, self.log)
        if self._by_place:
            self.kind, self.counted, self._mirrored, self.log = "real", False, False, False
            self.low, self.high = 0.0, 1.0

    def encode(self, value: Any) -> Any:
        """Returns the coordinate of a value."""
        if self._by_place:
            return self.knob.to_unit(value)
        if self.counted:
            return self.knob.position_of(value)
        return self._mirror(value) if self._mirrored else value

    def decode(self, coordinate: Any) -> Value:
        """Returns the value at a coordinate, plain and inside the range."""
        plain = coordinate.item() if hasattr(coordinate, "item") else coordinate
        if self._by_place:
            return self.knob.from_unit(plain)
        if self.counted:
            return self.knob.value_at(plain)
        return self.knob.canonical(self._mirror(plain) if self._mirrored else plain)

    def _mirror(self, number: Any) -> Any:
        return min(max(self.knob.low + self.knob.high - number, self.knob.low), self.knob.high)


def _is_extreme(low: float, high: float, log: bool) -> bool:
    """Whether a range goes beyond what rounding to some digits, squares and ratios can stand."""
    greatest, width = max(abs(low), abs(high)), high - low
    if log:
        return low < _LEAST or high > _GREATEST or high / low < 1 + _NARROW
    return greatest > _GREATEST or width < max(_LEAST, _NARROW * greatest)
