"""The knobs of a search in words: ranges, conditions, and which of them play a part in a trial.

Example:
    >>> rate = {"name": "rate", "kind": "Float", "min": 1e-4, "max": 0.1, "step": None}
    >>> rate |= {"sampling": "log", "conditions": [{"parent": "form", "values": ["moved"]}]}
    >>> range_words(rate), condition_words(rate)
    ('0.0001 to 0.1, log', 'where form is moved')
    >>> form = {"name": "form", "kind": "Choice", "values": ["plain", "moved"], "conditions": []}
    >>> inactive([form, rate], {"form": "plain", "rate": 0.01})
    {'rate'}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.reports.tables import format_value
from tftune.support.texts import one_line

_MOST_VALUES = 12
_LONGEST = 120

KnobRecord = Mapping[str, Any]


def range_words(knob: KnobRecord) -> str:
    """Returns what a knob may be."""
    kind = knob.get("kind")
    if kind == "Fixed":
        return f"always {format_value(knob.get('default'))}"
    if kind == "Boolean":
        return "False, True"
    if kind == "Choice":
        values = [one_line(format_value(value), 30) for value in knob.get("values") or []]
        more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
        return one_line(", ".join(values[:_MOST_VALUES]) + more, _LONGEST)
    words = f"{format_value(knob.get('min'))} to {format_value(knob.get('max'))}"
    if knob.get("sampling") not in (None, "linear"):
        words += f", {knob['sampling']}"
    if knob.get("step") not in (None, 1):
        words += f", step {format_value(knob['step'])}"
    return words


def condition_words(knob: KnobRecord) -> str:
    """Returns when a knob plays a part, or "" where it always does."""
    words = []
    for condition in knob.get("conditions") or []:
        values = " or ".join(format_value(value) for value in condition["values"])
        words.append(f"{one_line(str(condition['parent']), 40)} is {values}")
    return one_line("where " + " and ".join(words), _LONGEST) if words else ""


def inactive(knobs: Sequence[KnobRecord], values: Mapping[str, Any]) -> set[str]:
    """Returns the names of the knobs that play no part in a trial.

    Args:
        knobs: In the order of their declaration; one name may stand under several conditions.
        values: Of the trial.
    """
    active: dict[str, Any] = {}
    for knob in knobs:
        holds = all(
            active.get(condition["parent"], _NOTHING) in condition["values"]
            for condition in knob.get("conditions") or []
        )
        if holds and knob["name"] in values:
            active[knob["name"]] = values[knob["name"]]
    return {knob["name"] for knob in knobs} - set(active)


_NOTHING = object()
