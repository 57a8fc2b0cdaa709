"""One knob of a search space: its range, its steps, its place on the unit interval, its conditions,
its description.

A knob either has finitely many values, addressed by position 0, 1, ..., or covers an interval.
Stepped values are computed in decimal arithmetic, as the person wrote them: `Float(0, 1, step=0.2)`
has 0.6 and reaches 1.0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tftune.errors import UsageError

Value = int | float | str | bool
Values = dict[str, Value]

_TOLERANCE = 1e-9  # in steps: a range such as (0, 1, step 1/3) reaches its end
_NARROWEST = 1e-12  # of the ends: at least some thousand floats lie between
BUDGET_PREFIX = "tuner/"  # KerasTuner keeps a trial's budget among its values under such names


def public_values(values: Mapping[str, Value]) -> Values:
    """Returns the values without KerasTuner's own, whose names start with `tuner/`.

    Example:
        >>> public_values({"units": 8, "tuner/epochs": 3})
        {'units': 8}
    """
    return {name: value for name, value in values.items() if not name.startswith(BUDGET_PREFIX)}


@dataclass(frozen=True)
class Condition:
    """The knob is active only while `parent` is active and has one of `values`."""

    parent: str
    values: tuple[Value, ...]

    def holds(self, active: Mapping[str, Value]) -> bool:
        """Returns whether the active values of the knobs declared before meet the condition."""
        return self.parent in active and active[self.parent] in self.values


@dataclass(frozen=True)
class Knob:
    """One named hyper-parameter; `SearchSpace` makes them from KerasTuner's.

    Args:
        name: Its name; the same name may stand under several conditions.
        kind: `"Int"`, `"Float"`, `"Choice"`, `"Boolean"` or `"Fixed"`.
        default: The value where none is given.
        conditions: All must hold for the knob to be active.
        choices: The values of a Choice, Boolean or Fixed; empty for numbers.
        ordered: Whether the choices have an order.
        low: Least value of a number, inclusive.
        high: Greatest value of a number, inclusive.
        step: Distance (`"linear"`) or ratio (`"log"`, `"reverse_log"`) of neighbouring values; None
            for every value.
        sampling: `"linear"`, `"log"` or `"reverse_log"`.

    Example:
        >>> rate = Knob("rate", "Float", 0.0, low=0.0, high=1.0, step=0.2)
        >>> [rate.value_at(position) for position in range(rate.size)]
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        >>> rate.canonical(0.55)
        0.6
    """

    name: str
    kind: str
    default: Value
    conditions: tuple[Condition, ...] = ()
    choices: tuple[Value, ...] = ()
    ordered: bool = False
    low: int | float = 0
    high: int | float = 0
    step: int | float | None = None
    sampling: str = "linear"

    @cached_property
    def size(self) -> int | None:
        """Number of values, or None where they are infinitely many."""
        if self.choices:
            return len(self.choices)
        if self.low == self.high:
            return 1
        if self.step is None:
            return int(self.high - self.low) + 1 if self.kind == "Int" else None
        if self.sampling != "linear":
            return math.floor(_log(self.high, self.low) / math.log(self.step) + _TOLERANCE) + 1
        if self.kind == "Int":  # exact, also where a float is not
            return int((self.high - self.low) // self.step) + 1
        return math.floor(self._part(self.high, self.step) + _TOLERANCE) + 1

    def active(self, values: Mapping[str, Value]) -> bool:
        """Returns whether all conditions hold, given the active values of the knobs declared
        before.
        """
        return all(condition.holds(values) for condition in self.conditions)

    def can_be(self, value: Any) -> bool:
        """Returns whether the value is one of the choices, or a number inside the range."""
        return value in self.choices if self.choices else bool(self.low <= value <= self.high)

    def value_at(self, position: int) -> Value:
        """Returns the value number `position`, counted from 0, of a knob with finitely many;
        numbers ascend.
        """
        if self.choices:
            return self.choices[position]
        if self.step is None or self.low == self.high:
            return self.low + position
        low, high, step = (
            Decimal(repr(self.low)),
            Decimal(repr(self.high)),
            Decimal(repr(self.step)),
        )
        if self.sampling == "linear":
            value = low + position * step
        elif self.sampling == "log":
            value = low * step**position
        else:
            value = high + low - low * step ** ((self.size or 1) - 1 - position)
        return self._number(float(value)) if self.kind == "Float" else int(value)

    def position_of(self, value: Value) -> int:
        """Returns the position of the value nearest to `value`, for a knob with finitely many."""
        if self.choices:
            return self._choice(value)
        if self.low == self.high:
            return 0
        number = min(max(self._checked(value), self.low), self.high)
        count = self.size or 1
        if self.step is None:
            position = int(round(number) - self.low)
        elif self.sampling == "linear" and isinstance(number, int) and isinstance(self.step, int):
            position = (2 * (number - int(self.low)) + self.step) // (2 * self.step)
        elif self.sampling == "linear":
            position = math.floor(self._part(number, self.step) + 0.5)
        else:
            mirrored = self.sampling == "reverse_log"
            place = max(self.high + self.low - number, self.low) if mirrored else number
            position = round(_log(place, self.low) / math.log(self.step))
            position = count - 1 - position if mirrored else position
        return min(max(position, 0), count - 1)

    def canonical(self, value: Value) -> Value:
        """Returns `value` as a plain Python value, clipped into the range and snapped to the steps.

        Raises:
            UsageError: If it is no number where one is needed, or none of the choices.
        """
        if self.size is not None:
            return self.value_at(self.position_of(value))
        return self._number(self._checked(value))

    def to_unit(self, value: Value) -> float:
        """Returns the place of `value` in [0, 1]; a knob with n values owns n intervals and the
        place is a middle.
        """
        if self.size is not None and (self.choices or self.size == 1 or self.step is not None):
            return (self.position_of(value) + 0.5) / self.size
        half = 0.5 if self.kind == "Int" else 0.0  # every integer v owns [v, v + 1) of the range
        high = self.high + 2 * half
        number = self.canonical(value) + half  # type: ignore[operator]
        if self.sampling == "linear":
            return float(self._part(number, high - self.low, high))
        if self.sampling == "log":
            return _log(number, self.low) / _log(high, self.low)
        mirrored = max(high + self.low - number, self.low)  # rounding may take it below
        return 1.0 - _log(mirrored, self.low) / _log(high, self.low)

    def from_unit(self, place: float) -> Value:
        """Returns the value at `place` in [0, 1]; equal places for equal probabilities."""
        place = min(max(float(place), 0.0), 1.0)
        if self.size is not None and (self.choices or self.size == 1 or self.step is not None):
            return self.value_at(min(int(place * self.size), self.size - 1))
        high = self.high + 1 if self.kind == "Int" else self.high
        if self.sampling == "linear":
            width = high - self.low
            wide = not math.isfinite(width)  # each half of the range is not
            number = (1.0 - place) * self.low + place * high if wide else self.low + place * width
        elif self.sampling == "log":
            number = _power(high, self.low, place)
        else:
            number = high + self.low - _power(high, self.low, 1.0 - place)
        if self.kind == "Int":
            return int(min(max(math.floor(number), self.low), self.high))
        return self._number(number)

    def spread(self, count: int) -> tuple[Value, ...]:
        """Returns `count` different values evenly over the unit interval, both ends among them;
        fewer where there are fewer.

        Example:
            >>> Knob("rate", "Float", 1e-4, low=1e-4, high=1e-2, sampling="log").spread(3)
            (0.0001, 0.001, 0.01)
        """
        if self.size is not None and self.size <= count:
            return tuple(self.value_at(position) for position in range(self.size))
        if self.size is not None and (self.choices or self.step is not None):
            return tuple(
                self.value_at(round(index * (self.size - 1) / (count - 1)))
                for index in range(count)
            )
        inner = (self.from_unit(index / (count - 1)) for index in range(1, count - 1))
        # 0.001, not 0.0009999999999999998
        rounded = (float(f"{value:.12g}") if self.kind == "Float" else value for value in inner)
        return tuple(dict.fromkeys((self.low, *rounded, self.high)))

    def _part(self, number: float, of: float, high: float = 0.0) -> float:
        """Returns the distance from the least value in units of `of`, which is infinite where
        the range is wider than a float: then `of` is up to `high`.
        """
        if math.isfinite(of) and math.isfinite(number - self.low):
            return (number - self.low) / of
        whole = of / 2 if math.isfinite(of) else high / 2 - self.low / 2
        return (number / 2 - self.low / 2) / whole

    def check_range(self) -> None:
        """Checks that a computer can walk the range of a number.

        Raises:
            UsageError: If an end is not finite, an integer needs more than 64 bits, or an interval
                without steps has hardly a number inside.
        """
        if self.choices:
            return
        ends = f"Received: {self.low!r} to {self.high!r}."
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise UsageError(f"Knob {self.name!r} needs finite ends. {ends} Correct the range.")
        bits = self.low >= -(2**63) and self.high < 2**63 and self.high - self.low < 2**63 - 1
        if self.kind == "Int" and not bits:
            raise UsageError(
                f"Knob {self.name!r} needs fewer than 2**63 integers of 64 bits. {ends} Tune the "
                "logarithm, or a Float."
            )
        stepless = self.kind == "Float" and self.step is None and self.low != self.high
        least = _NARROWEST * max(abs(self.low), abs(self.high))
        if stepless and self.high - self.low < least:
            raise UsageError(
                f"Knob {self.name!r} has a range so narrow that floats hardly tell its values "
                f"apart. Expected a width of at least {least:g}. {ends} Tune the difference from "
                "one end, or use Fixed."
            )

    def _number(self, number: float) -> float:
        """Clips a float into the range; a last step that misses the end by rounding is the end."""
        if self.step is not None and abs(number - self.high) <= _TOLERANCE * abs(
            self.high - self.low
        ):
            return float(self.high)
        return float(min(max(number, self.low), self.high))

    def _checked(self, value: Value) -> int | float:
        number = getattr(value, "item", lambda: value)()  # NumPy's scalars become Python's
        if not isinstance(number, (int, float)) or not math.isfinite(number):
            raise UsageError(
                f"Knob {self.name!r} needs a finite number from {self.low} to {self.high}. "
                f"Received: {value!r}. Correct the value."
            )
        return number

    def _choice(self, value: Value) -> int:
        try:
            return self.choices.index(value)
        except ValueError:
            choices: Sequence[Value] = self.choices
            raise UsageError(
                f"Knob {self.name!r} has no such choice. Expected one of {list(choices)}. "
                f"Received: {value!r}. Correct the value."
            ) from None


def _log(number: float, low: float) -> float:
    """Returns the logarithm of a ratio, which itself may be too large for a float."""
    ratio = number / low
    return math.log(ratio) if 0 < ratio < math.inf else math.log(number) - math.log(low)


def _power(high: float, low: float, place: float) -> float:
    """Returns the number at `place` between two on a logarithmic scale."""
    ratio = high / low
    if ratio < math.inf:
        return float(low * ratio**place)
    return math.exp((1.0 - place) * math.log(low) + place * math.log(high))
