"""Parts of a search space: ranges that are narrowed around the best results, and knobs that stand
still.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tftune.errors import UsageError
from tftune.journal.status import TrialStatus
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.tried import Tried
from tftune.space.enumeration import AllValues, Enumeration
from tftune.space.knob_records import keras_tuner_config, read_knob
from tftune.space.search_space import Knob, SearchSpace, Value, Values

_LISTED = 256  # configurations that are looked up one by one
# of the unit interval: where an end falls between two steps, rounding must not decide which
_INSIDE = 1e-9


def narrowed(
    space: SearchSpace,
    seen: Sequence[Observation],
    width: float,
    free: Collection[str] | None = None,
    held: Mapping[str, Value] | None = None,
) -> dict[str, Any]:
    """Returns the part of a space around the best results, as `SearchSpace.config` describes it.

    A number, and a choice with an order, keeps the share `width` of its range (on its own scale),
    centred at the best result in which it is active and moved where it would reach beyond an end. A
    choice without an order keeps the best ceil(width * size) of its values, judged by the best
    result with each, those without one last. A knob that no result knows keeps its range.

    Args:
        space: The whole space.
        seen: The results; failed ones do not count.
        width: Share of every range that is kept, above 0 and at most 1.
        free: Names of the knobs to vary; the others stand at their value in `held` or, inactive
            there, in the best result in which they are active, or at their default. None varies
            all.
        held: The configuration of the knobs that are not free.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0), hp.Int("units", 1, 8)
        >>> _ = hp.Choice("activation", ["relu", "tanh"])
        >>> space, best = SearchSpace(hp), {"dropout": 0.5, "units": 8, "activation": "tanh"}
        >>> seen = [Observation(best, 0.1, "completed")]
        >>> part = SearchSpace.from_config(narrowed(space, seen, 0.5))
        >>> [(knob.low, knob.high, knob.choices) for knob in part.knobs]
        [(0.25, 0.75, ()), (5, 8, ()), (0, 0, ('tanh',))]
        >>> config = narrowed(space, [], 1.0, free=["units"], held={"dropout": 0.2})
        >>> [record["kind"] for record in config["knobs"]]
        ['Fixed', 'Int', 'Fixed']
    """
    config = space.config()
    ranked = sorted(
        (result for result in seen if result.status != TrialStatus.FAILED),
        key=lambda result: result.loss,
    )
    for knob, record in zip(space.knobs, config["knobs"], strict=True):
        known = [result.values[knob.name] for result in ranked if _has(knob, result.values)]
        if free is not None and knob.name not in free:
            best = known[0] if known else knob.default
            _fix(record, held[knob.name] if held is not None and _has(knob, held) else best)
        elif known and width < 1:
            _narrow(record, knob, known, width)
    return config


def all_tried(part: Mapping[str, Any], tried: Tried) -> bool:
    """Whether a part is finite and was tried entirely; quicker than by a `SearchSpace` of it."""
    knobs = [read_knob(record["kind"], keras_tuner_config(record)) for record in part["knobs"]]
    count = Enumeration(knobs, [AllValues(knob) for knob in knobs])
    if count.size > _LISTED or any(knobs[index].size is None for index in count.reachable):
        return False
    return all(count.values(number) in tried for number in range(count.size))


def contains(space: SearchSpace, values: Values) -> bool:
    """Whether a configuration of the whole space, canonical, lies in a part of it."""
    for knob in space.knobs:
        if knob.size == 1 and _has(knob, values) and knob.value_at(0) != values[knob.name]:
            return False  # the usual case, and quick
    try:
        return space.canonical(values) == values
    except UsageError:  # a choice that the part lacks
        return False


def _has(knob: Knob, values: Mapping[str, Value]) -> bool:
    return knob.name in values and knob.active(values)


def _fix(record: dict[str, Any], value: Value) -> None:
    record.update(kind="Fixed", default=value)


def _narrow(record: dict[str, Any], knob: Knob, known: Sequence[Any], width: float) -> None:
    if knob.size == 1:
        return
    if knob.choices and not knob.ordered:
        kept = list(dict.fromkeys([*known, *knob.choices]))[: math.ceil(width * len(knob.choices))]
        values = [choice for choice in knob.choices if choice in kept]
        _keep_values(record, values, known[0])
        return
    low = min(max(knob.to_unit(known[0]) - width / 2, 0.0), 1.0 - width)
    inside = 0.0 if knob.size is None else _INSIDE
    ends: tuple[Any, Any] = knob.from_unit(low + inside), knob.from_unit(low + width - inside)
    if knob.choices or (
        knob.step is not None and knob.sampling != "linear"
    ):  # the steps of a part would be others
        first, last = (knob.position_of(end) for end in ends)
        _keep_values(
            record, [knob.value_at(position) for position in range(first, last + 1)], known[0]
        )
    elif ends[0] == ends[1]:
        _fix(record, known[0])
    else:
        record.update(
            min=min(ends[0], known[0]), max=max(ends[1], known[0]), default=known[0]
        )  # rounding must not lose the best


def _keep_values(record: dict[str, Any], values: list[Value], best: Value) -> None:
    if len(values) == 1:
        _fix(record, best)
    else:
        record.update(
            kind="Choice",
            values=values,
            default=best,
            ordered=record.get("ordered", record["kind"] != "Boolean"),
        )
