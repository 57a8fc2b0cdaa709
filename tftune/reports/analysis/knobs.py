"""Which knobs were tuned, on which scale, and which of them played a part in a trial.

Example:
    >>> knobs = [
    ...     {"name": "pool", "kind": "Boolean", "default": False, "conditions": []},
    ...     {"name": "size", "kind": "Int", "min": 2, "max": 4, "step": None, "sampling": "linear",
    ...      "default": 2, "conditions": [{"parent": "pool", "values": [True]}]},
    ...     {"name": "seed", "kind": "Fixed", "default": 7, "conditions": []},
    ... ]
    >>> objective = {"name": "val_auc", "direction": "max"}
    >>> state = SearchState(header={"objective": objective, "space": {"knobs": knobs}})
    >>> [(knob.name, knob.scale, knob.conditional) for knob in knobs_of(state)]
    [('pool', 'category', False), ('size', 'linear', True)]
    >>> active_values(TrialRecord("0000", 0, {"pool": False, "size": 3, "seed": 7}), state)
    {'pool': False}
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tftune.errors import UsageError
from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.trials import trials_of
from tftune.reports.analysis.words import name_of
from tftune.reports.charts.chart import Axis, Scale
from tftune.reports.tables import format_value
from tftune.space.knob import Value, Values, public_values
from tftune.space.knob_records import knob_record, read_knob

_DECADES_OF_A_LOG = 2  # that floats of an unknown knob span where its scale is guessed


@dataclass(frozen=True)
class TunedKnob:
    """A knob that could take more than one value, as a chart needs it.

    Attributes:
        name: Its name; what stood under several conditions is one knob here.
        scale: `linear`, `log`, or `category` for choices and booleans.
        low: Least value of a number; 0 for a category.
        high: Greatest value of a number; 0 for a category.
        choices: The values of a category, numbers ascending, otherwise in the order of the space.
        whole: Whether its numbers are whole.
        conditional: Whether it plays a part in some trials only.
    """

    name: str
    scale: Scale
    low: float = 0.0
    high: float = 0.0
    choices: tuple[Value, ...] = ()
    whole: bool = False
    conditional: bool = False

    def position(self, value: Any) -> float | None:
        """Returns where a value stands on the knob's axis: a number as itself, a choice by its
        place; None for what has no place there.
        """
        if self.scale == "category":
            marks = [_mark(choice) for choice in self.choices]
            return float(marks.index(_mark(value))) if _mark(value) in marks else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        inside = math.isfinite(value) and (self.scale != "log" or value > 0)
        return float(value) if inside else None

    def axis(self) -> Axis:
        """Returns an axis with the whole range of the knob."""
        if self.scale == "category":
            names = tuple(format_value(choice) for choice in self.choices)
            return Axis(name_of(self.name), "category", categories=names)
        return Axis(name_of(self.name), self.scale, self.low, self.high, whole=self.whole)


def knobs_of(state: SearchState) -> tuple[TunedKnob, ...]:
    """Returns the knobs that were tuned, in the order of the space, then those that trials
    declared later, then those that only their values tell of; fixed ones are left out.
    """
    records: dict[str, list[Mapping[str, Any]]] = {}
    for record in knob_records(state):
        records.setdefault(record["name"], []).append(record)
    seen: dict[str, dict[Any, Value]] = {}
    for trial in trials_of(state):
        for name, value in public_values(trial.values).items():
            seen.setdefault(name, {}).setdefault(_mark(value), value)
    known = (_merged(name, each, seen.get(name, {}).values()) for name, each in records.items())
    unknown = (_guessed(name, [*seen[name].values()]) for name in seen if name not in records)
    return tuple(knob for knob in (*known, *unknown) if knob is not None)


def active_values(trial: TrialRecord, state: SearchState) -> Values:
    """Returns the values of the tuned knobs that played a part in a trial: those whose conditions
    hold, without the fixed ones.
    """
    return active_among(trial, knob_records(state))


def active_among(trial: TrialRecord, records: Sequence[Mapping[str, Any]]) -> Values:
    """The same as `active_values`, with the records of the knobs looked up before: for many trials.

    Args:
        trial: The trial.
        records: What `knob_records` returns.
    """
    values = public_values(trial.values)
    active: Values = {}
    left_out: set[str] = set()
    for record in records:
        name = record["name"]
        conditions = record.get("conditions") or ()
        holds = all(
            each["parent"] in active and active[each["parent"]] in each["values"]
            for each in conditions
        )
        if holds and name in values:
            active[name] = values[name]
        if not (holds or name in active) or (holds and _is_single(record)):
            left_out.add(name)
        elif holds:
            left_out.discard(name)
    return {name: value for name, value in values.items() if name not in left_out}


def knob_records(state: SearchState) -> list[Mapping[str, Any]]:
    """Returns the records of all knobs, fixed ones too: those of the space, then those that trials
    declared later.
    """
    records = list((state.header.get("space") or {}).get("knobs") or [])
    for config in state.spaces:
        for knob in config.get("space") or []:
            try:
                record = knob_record(read_knob(knob["class_name"], knob["config"]))
            except (UsageError, ArithmeticError, LookupError, TypeError, ValueError):
                continue  # its values still tell of it
            if record not in records:
                records.append(record)
    return records


def _is_single(record: Mapping[str, Any]) -> bool:
    """Whether a record leaves no choice."""
    if record.get("kind") in ("Int", "Float"):
        return bool(record.get("min") == record.get("max"))
    if record.get("kind") == "Choice":
        return len(record.get("values") or ()) < 2
    return record.get("kind") == "Fixed"


def _merged(
    name: str, records: Sequence[Mapping[str, Any]], seen: Iterable[Value]
) -> TunedKnob | None:
    if all(_is_single(record) for record in records):
        return None
    conditional = all(record.get("conditions") for record in records)
    ranges = [record for record in records if record.get("kind") in ("Int", "Float")]
    others = [value for record in records for value in _choices(record)] + list(seen)
    numbers = _numbers(others)
    if not ranges or numbers is None:
        ends = [record[end] for record in ranges for end in ("min", "max")]
        choices = _in_order([*ends, *others])
        return TunedKnob(name, "category", choices=choices, conditional=conditional)
    low = min([record["min"] for record in ranges] + numbers)
    high = max([record["max"] for record in ranges] + numbers)
    log = low > 0 and all(record.get("sampling") == "log" for record in ranges)
    return TunedKnob(
        name,
        "log" if log else "linear",
        float(low),
        float(high),
        whole=all(record["kind"] == "Int" for record in ranges)
        and all(number.is_integer() for number in numbers),
        conditional=conditional,
    )


def _guessed(name: str, values: list[Value]) -> TunedKnob | None:
    """Returns a knob of which only values are known, or None if it was always the same."""
    if len(values) < 2:
        return None
    numbers = _numbers(values)
    if not numbers:
        return TunedKnob(name, "category", choices=_in_order(values))
    low, high = min(numbers), max(numbers)
    whole = all(number.is_integer() for number in numbers)
    log = low > 0 and not whole and math.log10(high) - math.log10(low) >= _DECADES_OF_A_LOG
    return TunedKnob(name, "log" if log else "linear", low, high, whole=whole)


def _choices(record: Mapping[str, Any]) -> list[Value]:
    kind = record.get("kind")
    if kind == "Boolean":
        return [False, True]
    if kind == "Fixed":
        return [record["default"]]
    return list(record.get("values") or ()) if kind == "Choice" else []


def _in_order(values: Iterable[Value]) -> tuple[Value, ...]:
    different = tuple({_mark(value): value for value in values}.values())
    return different if _numbers(different) is None else tuple(sorted(different))


def _numbers(values: Iterable[Value]) -> list[float] | None:
    """Returns the finite numbers among values, or None if anything else is among them."""
    numbers: list[float] = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if math.isfinite(value):
            numbers.append(float(value))
    return numbers


def _mark(value: Any) -> Any:
    """What tells True from 1 as a key."""
    return (isinstance(value, bool), value)
