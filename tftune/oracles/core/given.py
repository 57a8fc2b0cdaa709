"""What a person gives a search beforehand: knobs that are fixed, configurations to start with,
results of earlier searches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.journal.status import ENDED, TrialStatus
from tftune.space.search_space import CheckedHyperParameters, Knob, SearchSpace, Value, Values


def declared_space(
    hyperparameters: keras_tuner.HyperParameters | None,
    fixed: Mapping[str, Value],
    may_grow: bool = True,
) -> CheckedHyperParameters:
    """Returns the space that a search begins with: a copy of the user's, or an empty one that the
    model fills.

    Raises:
        UsageError: If there is none and it may not grow, or a fixed value is impossible.
    """
    if hyperparameters is not None:
        return fix_knobs(hyperparameters, fixed)
    if not may_grow:
        raise UsageError(
            "Without new entries the search space must be given. Expected a "
            "keras_tuner.HyperParameters. Received: None. Pass hyperparameters=."
        )
    return CheckedHyperParameters()


def fix_knobs(
    hyperparameters: keras_tuner.HyperParameters, fixed: Mapping[str, Value]
) -> CheckedHyperParameters:
    """Returns a copy of a space in which some knobs have one value; names it does not know are
    passed over.

    A number may lie outside the knob's range, as `l2=0.0` does where the range is logarithmic; a
    choice must be one of the choices.

    Raises:
        UsageError: If a value is no number where one is needed, or none of the choices.

    Example:
        >>> import numpy as np
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("l2", 1e-6, 1e-2, sampling="log"), hp.Boolean("norm")
        >>> SearchSpace(fix_knobs(hp, {"l2": 0.0})).sample(np.random.default_rng(0))
        {'l2': 0.0, 'norm': False}
    """
    space = SearchSpace(hyperparameters)
    if not fixed:
        return space.hyperparameters
    config = space.config()
    for knob, record in zip(space.knobs, config["knobs"], strict=True):
        if knob.name in fixed:
            record.update(kind="Fixed", default=_fixed_value(knob, fixed[knob.name]))
    return SearchSpace.from_config(config).to_hyperparameters(
        {}
    )  # KerasTuner asks a known knob for its value


def _fixed_value(knob: Knob, value: Value) -> Value:
    if knob.kind not in ("Int", "Float"):
        return knob.choices[knob.position_of(value)]
    number = _finite_number(knob, value)
    if knob.kind == "Int" and number != int(number):
        raise UsageError(
            f"Knob {knob.name!r} is an integer. Received: {value!r}. Fix it at a whole number."
        )
    return int(number) if knob.kind == "Int" else float(number)


def check_names(what: str, names: Iterable[str], space: SearchSpace) -> None:
    """Checks that every name is a knob.

    Raises:
        UsageError: If one is not.
    """
    unknown = sorted(set(names) - set(space.names))
    if unknown:
        raise UsageError(
            f"{what} names {unknown}, which no knob has. Expected names among {list(space.names)}. "
            "Correct the name."
        )


def start_configurations(starts: Sequence[Mapping[str, Value]], space: SearchSpace) -> list[Values]:
    """Returns whole configurations for partial ones; a knob that is not named stands at its
    default, a number is snapped to the steps.

    Raises:
        UsageError: If a name is unknown or not active beside the other values, a number outside its
            range or a choice unknown.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 8, 64, step=8), hp.Float("dropout", 0.0, 0.5)
        >>> start_configurations([{"units": 17}], SearchSpace(hp))
        [{'units': 16, 'dropout': 0.0}]
    """
    return [_start_configuration(start, space) for start in starts]


def _start_configuration(start: Mapping[str, Value], space: SearchSpace) -> Values:
    check_names("A start configuration", start, space)
    values: Values = {}
    for knob in space.knobs:
        if knob.name not in values and knob.active(values):
            values[knob.name] = (
                _start_value(knob, start[knob.name]) if knob.name in start else knob.default
            )
    idle = [name for name in start if name not in values]
    if idle:
        raise UsageError(
            f"A start configuration gives a value to {idle}, which plays no part beside its other "
            "values. Expected only knobs that are "
            f"active in {values}. Received: {dict(start)}. Leave the knob out, or give the knob it "
            "depends on the value it needs."
        )
    return values


def _start_value(knob: Knob, value: Value) -> Value:
    if knob.kind == "Fixed" and value != knob.default:
        raise UsageError(
            f"Knob {knob.name!r} is fixed at {knob.default!r}. Received a start configuration with "
            f"{value!r}. Leave the knob out of it."
        )
    if knob.kind in ("Int", "Float"):
        value = _finite_number(knob, value)
        if not knob.low <= value <= knob.high:
            raise UsageError(
                f"Knob {knob.name!r} cannot start at {value}. Expected a number from {knob.low} to "
                f"{knob.high}. Received: {value}. "
                "Choose one in the range."
            )
    return knob.canonical(value)


def earlier_results(results: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Returns results of earlier searches in their whole form: values, score, status and seconds.

    Args:
        results: Mappings with values and score. A missing status is `completed` where there is a
            finite score, else `failed`; missing seconds are None.

    Raises:
        UsageError: If values are missing or a status is unknown, or a trial that did not fail has
            no finite score.

    Example:
        >>> earlier_results([{"values": {"units": 8}, "score": 0.5}])
        ({'values': {'units': 8}, 'score': 0.5, 'status': 'completed', 'seconds': None},)
    """
    return tuple(_earlier_result(result) for result in results)


def _earlier_result(result: Mapping[str, Any]) -> dict[str, Any]:
    score = result.get("score")
    finite = isinstance(score, (int, float)) and math.isfinite(score)
    status = result.get("status", TrialStatus.COMPLETED if finite else TrialStatus.FAILED)
    failed = status == TrialStatus.FAILED
    if not (isinstance(result.get("values"), Mapping) and status in ENDED and (failed or finite)):
        raise UsageError(
            "A result of an earlier search needs values, a finite score, and as status one of "
            f"{', '.join(ENDED)}; a failed trial needs "
            f"no score. Received: {dict(result)}. Correct it or leave it out."
        )
    return {
        "values": dict(result["values"]),
        "score": None if failed else score,
        "status": TrialStatus(status).value,
        "seconds": result.get("seconds"),
    }


def _finite_number(knob: Knob, value: Any) -> int | float:
    value = getattr(value, "item", lambda: value)()  # NumPy's scalars become Python's
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise UsageError(
            f"Knob {knob.name!r} needs a finite number. Received: {value!r}. Correct the value."
        )
    return value
