"""Counting the configurations of a conditional space: mixed radix, one number for each, none twice.

The last knob's digit moves fastest. Where a knob is inactive its digit is left out, so that every
number stands for another configuration; blocks of equal size are counted at once and nothing is
listed, so 10**30 configurations are fine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tftune.errors import UsageError
from tftune.space.knob import Condition, Knob, Value, Values


class Axis(Protocol):
    """The values one knob takes in an enumeration."""

    def __len__(self) -> int: ...
    def value_at(self, position: int) -> Value:
        """Returns the value at a position."""
        ...

    def position_of(self, value: Value) -> int | None:
        """Returns where the value stands, or None if it is not on the axis."""
        ...


class AllValues(Axis):
    """Every value of a knob that has finitely many."""

    def __init__(self, knob: Knob) -> None:
        self._knob = knob

    def __len__(self) -> int:
        return self._knob.size or 1  # an interval counts as one value when only activity matters

    def value_at(self, position: int) -> Value:
        """Returns the knob's value at a position."""
        return self._knob.value_at(position) if self._knob.size else self._knob.low

    def position_of(self, value: Value) -> int | None:
        """Returns the position of a value of the knob."""
        if self._knob.choices:
            return self._knob.choices.index(value) if value in self._knob.choices else None
        if self._knob.size is None or isinstance(value, str):
            return None
        position = self._knob.position_of(value)
        return position if self._knob.value_at(position) == value else None


class SomeValues(Axis):
    """A list of values of a knob."""

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = tuple(values)

    def __len__(self) -> int:
        return len(self._values)

    def value_at(self, position: int) -> Value:
        """Returns the value at a position."""
        return self._values[position]

    def position_of(self, value: Value) -> int | None:
        """Returns the position of a listed value."""
        return self._values.index(value) if value in self._values else None


class _Run(NamedTuple):
    """Neighbouring positions of an axis that switch the same conditions on."""

    start: int
    length: int
    conditions: frozenset[int]


class Enumeration:
    """Numbers every configuration of the knobs on the given axes from 0 to `size - 1`.

    Args:
        knobs: In declaration order, parents before children.
        axes: One for each knob.

    Raises:
        UsageError: If two knobs of one name and different ranges can be active together (KerasTuner
            would silently use the first).

    Example:
        >>> layers = Knob("layers", "Int", 1, low=1, high=2, step=1)
        >>> flag = Knob("flag", "Boolean", False, choices=(False, True))
        >>> counter = Enumeration((layers, flag), (AllValues(layers), AllValues(flag)))
        >>> [counter.values(number) for number in (0, 1, 3)]
        [{'layers': 1, 'flag': False}, {'layers': 1, 'flag': True}, {'layers': 2, 'flag': True}]
        >>> counter.number({'layers': 2, 'flag': False})
        2
    """

    def __init__(self, knobs: Sequence[Knob], axes: Sequence[Axis]) -> None:
        self._knobs = tuple(knobs)
        self._axes = tuple(axes)
        conditions = list(
            dict.fromkeys(condition for knob in self._knobs for condition in knob.conditions)
        )
        self._needs = [
            frozenset(conditions.index(condition) for condition in knob.conditions)
            for knob in self._knobs
        ]
        self._runs = [self._find_runs(index, conditions) for index in range(len(self._knobs))]
        self._later_needs, self._later_names = self._look_ahead()
        self._counts: dict[tuple[int, frozenset[int], frozenset[str]], int] = {}
        self.reachable: set[int] = set()  # indices of the knobs that some configuration activates
        self.size = self._count(0, frozenset(), frozenset())

    @property
    def lengths(self) -> tuple[int, ...]:
        """Number of values on each axis: the radices of the counter."""
        return tuple(len(axis) for axis in self._axes)

    def values(self, number: int) -> Values:
        """Returns the active values of the configuration with this number."""
        if not 0 <= number < self.size:
            raise UsageError(
                f"There is no configuration {number}. Expected 0 to {self.size - 1}. Received: "
                f"{number}."
            )
        values: Values = {}
        met: frozenset[int] = frozenset()
        for index, knob in enumerate(self._knobs):
            if not self._takes_part(index, met, values):
                continue
            for run in self._runs[index]:
                block = self._count(
                    index + 1, met | run.conditions, frozenset((*values, knob.name))
                )
                if number < run.length * block:
                    break
                number -= run.length * block
            position, number = divmod(number, block)
            values[knob.name] = self._axes[index].value_at(run.start + position)
            met |= run.conditions
        return values

    def number(self, values: Mapping[str, Value]) -> int | None:
        """Returns the number of a configuration given by its active values, or None if it is not
        enumerated.
        """
        number = 0
        seen: Values = {}
        met: frozenset[int] = frozenset()
        for index, knob in enumerate(self._knobs):
            if not self._takes_part(index, met, seen):
                continue
            position = (
                self._axes[index].position_of(values[knob.name]) if knob.name in values else None
            )
            if position is None:
                return None
            seen[knob.name] = values[knob.name]
            names = frozenset(seen)
            for run in self._runs[index]:
                block = self._count(index + 1, met | run.conditions, names)
                if position < run.start + run.length:
                    break
                number += run.length * block
            number += (position - run.start) * block
            met |= run.conditions
        return number

    def _takes_part(
        self, index: int, met: frozenset[int], named: Mapping[str, Value] | frozenset[str]
    ) -> bool:
        # of one name, the first active knob counts
        return self._needs[index] <= met and self._knobs[index].name not in named

    def _count(self, index: int, met: frozenset[int], named: frozenset[str]) -> int:
        """Returns how many configurations the knobs from `index` on have, given what the knobs
        before decided.
        """
        if index == len(self._knobs):
            return 1
        key = (index, met & self._later_needs[index], named & self._later_names[index])
        if key not in self._counts:
            knob = self._knobs[index]
            if self._needs[index] <= met:
                self.reachable.add(index)
                if knob.name in named:
                    self._check_same_range(index)
            if self._takes_part(index, met, named):
                named = named | {knob.name}
                total = sum(
                    run.length * self._count(index + 1, met | run.conditions, named)
                    for run in self._runs[index]
                )
            else:
                total = self._count(index + 1, met, named)
            self._counts[key] = total
        return self._counts[key]

    def _find_runs(self, index: int, conditions: Sequence[Condition]) -> list[_Run]:
        """Splits an axis at the values that later conditions name; all others act alike."""
        axis, name = self._axes[index], self._knobs[index].name
        met: dict[int, set[int]] = {}
        for identity, condition in enumerate(conditions):
            if condition.parent == name:
                for value in condition.values:
                    position = axis.position_of(value)
                    if position is not None:
                        met.setdefault(position, set()).add(identity)
        runs, start = [], 0
        for position in sorted(met):
            if position > start:
                runs.append(_Run(start, position - start, frozenset()))
            runs.append(_Run(position, 1, frozenset(met[position])))
            start = position + 1
        if start < len(axis):
            runs.append(_Run(start, len(axis) - start, frozenset()))
        return runs

    def _look_ahead(self) -> tuple[list[frozenset[int]], list[frozenset[str]]]:
        """Returns, for each index, the conditions and names that matter from there on: the memory
        of `_count`.
        """
        needs, names = [frozenset[int]()], [frozenset[str]()]
        for index in reversed(range(len(self._knobs))):
            needs.append(needs[-1] | self._needs[index])
            names.append(names[-1] | {self._knobs[index].name})
        return needs[::-1], names[::-1]

    def _check_same_range(self, index: int) -> None:
        knob = self._knobs[index]
        for earlier in self._knobs[:index]:
            same = (
                earlier.kind,
                earlier.choices,
                earlier.low,
                earlier.high,
                earlier.step,
                earlier.sampling,
            )
            if earlier.name == knob.name and same != (
                knob.kind,
                knob.choices,
                knob.low,
                knob.high,
                knob.step,
                knob.sampling,
            ):
                raise UsageError(
                    f"Knob {knob.name!r} is declared twice with different ranges, and both can be "
                    "active together. "
                    "Expected one range, or conditions that exclude each other. Received: "
                    f"{earlier} and {knob}. Rename one of them."
                )
