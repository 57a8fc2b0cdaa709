"""What a person gives a search beforehand: knobs that are fixed, configurations to start with, results of earlier searches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.space import CheckedHyperParameters, Knob, SearchSpace, Value, Values


def fix_knobs(hyperparameters: keras_tuner.HyperParameters, fixed: Mapping[str, Value]) -> CheckedHyperParameters:
    """Returns a copy of a space in which some knobs have one value; names it does not know are passed over.

    A number may lie outside the knob's range, as `l2=0.0` does where the range is logarithmic; a choice must be one of the choices.

    Raises:
        UsageError: If a value is no number where one is needed, or none of the choices.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("l2", 1e-6, 1e-2, sampling="log"), hp.Boolean("norm")
        >>> SearchSpace(fix_knobs(hp, {"l2": 0.0})).sample(__import__("numpy").random.default_rng(0))
        {'l2': 0.0, 'norm': False}
    """
    config = SearchSpace(hyperparameters).config()
    for knob, record in zip(SearchSpace(hyperparameters).knobs, config["knobs"], strict=True):
        if knob.name in fixed:
            record.update(kind="Fixed", default=_fixed_value(knob, fixed[knob.name]))
    return SearchSpace.from_config(config).hyperparameters


def _fixed_value(knob: Knob, value: Value) -> Value:
    if knob.kind not in ("Int", "Float"):
        return knob.choices[knob.position_of(value)]
    number = _finite_number(knob, value)
    if knob.kind == "Int" and number != int(number):
        raise UsageError(f"Knob {knob.name!r} is an integer. Received: {value!r}. Fix it at a whole number.")
    return int(number) if knob.kind == "Int" else float(number)


def check_names(what: str, names: Iterable[str], space: SearchSpace) -> None:
    """Checks that every name is a knob.

    Raises:
        UsageError: If one is not.
    """
    unknown = sorted(set(names) - set(space.names))
    if unknown:
        raise UsageError(f"{what} names {unknown}, which no knob has. Expected names among {list(space.names)}. Correct the name.")


def start_configurations(starts: Sequence[Mapping[str, Value]], space: SearchSpace) -> list[Values]:
    """Returns whole configurations for partial ones; a knob that is not named stands at its default, a number is snapped to the steps.

    Raises:
        UsageError: If a name is unknown, a number outside its range or a choice unknown.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 8, 64, step=8), hp.Float("dropout", 0.0, 0.5)
        >>> start_configurations([{"units": 17}], SearchSpace(hp))
        [{'units': 16, 'dropout': 0.0}]
    """
    for start in starts:
        check_names("A start configuration", start, space)
        for knob in space.knobs:
            if knob.name in start and knob.kind in ("Int", "Float"):
                number = _finite_number(knob, start[knob.name])
                if not knob.low <= number <= knob.high:
                    raise UsageError(
                        f"Knob {knob.name!r} cannot start at {number}. Expected a number from {knob.low} to {knob.high}. "
                        f"Received: {number}. Choose one in the range."
                    )
    return [space.canonical(start) for start in starts]


def _finite_number(knob: Knob, value: Value) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise UsageError(f"Knob {knob.name!r} needs a finite number. Received: {value!r}. Correct the value.")
    return value
