"""Finds the knobs of a model-building function: it is built, once for each set of conditions that
no build has met yet.

KerasTuner's own discovery builds a number of models that grows with the square of the number of
scopes, and feeds the function values that it never declared. This one activates as many scopes as
it can at a time, with declared values only.
"""

from __future__ import annotations

from typing import Any

import cloudpickle
import keras_tuner

from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.space.knob_records import read_knob
from tftune.training.fitting import build_model

MAX_BUILDS = 100


def discover_space(
    report: Any, hypermodel: bytes, config: dict[str, Any], of_models: bool = True
) -> dict[str, Any]:
    """Returns the config of the `HyperParameters` that a hypermodel declares.

    Args:
        report: Not used; a job of an executor takes it.
        hypermodel: A `keras_tuner.HyperModel`, pickled by cloudpickle.
        config: Of knobs that are declared already.
        of_models: Whether what is built must be a Keras model.
    """
    return declared_space(cloudpickle.loads(hypermodel), config, of_models)


def declared_space(
    model_builder: Any, config: dict[str, Any], of_models: bool = True
) -> dict[str, Any]:
    """Returns the config of the `HyperParameters` that a hypermodel of this process declares.

    Args:
        model_builder: A `keras_tuner.HyperModel`.
        config: Of knobs that are declared already.
        of_models: Whether what is built must be a Keras model.
    """
    hp = CheckedHyperParameters.from_config(config)
    model_builder.declare_hyperparameters(hp)
    if declares_itself(model_builder):
        return dict(hp.get_config())
    met: list[Any] = []
    for _ in range(MAX_BUILDS):
        build_model(model_builder, hp) if of_models else model_builder.build(hp)
        met += [scope for scope in hp.active_scopes if scope not in met]
        missing = [scope for scope in hp.inactive_scopes if scope not in met]
        values = _activate(hp, missing)
        if not values:
            break
        following = CheckedHyperParameters.from_config(hp.get_config())
        following.values = {**hp.values, **values}
        following.ensure_active_values()
        hp = following
    hp.values = {}
    return dict(hp.get_config())


def declares_itself(model_builder: Any) -> bool:
    """Tells whether a hypermodel says what its knobs are, so that nothing need be built."""
    own: Any = type(model_builder).declare_hyperparameters
    return own is not keras_tuner.HyperModel.declare_hyperparameters


def _activate(hp: Any, scopes: list[Any]) -> dict[str, Any]:
    """Returns values that open as many scopes at once as agree with each other; a scope nothing can
    open is left out.
    """
    chosen: dict[str, Any] = {}
    for scope in scopes:
        wanted: dict[str, Any] = {}
        for condition in scope:
            open_values = [
                value for value in condition.values if _declared(hp, condition.name, value)
            ]
            kept = {**chosen, **wanted}.get(condition.name)
            if not open_values or (kept is not None and kept not in open_values):
                break
            wanted[condition.name] = kept if kept is not None else open_values[0]
        else:
            if any(hp.values.get(name) != value for name, value in wanted.items()):
                chosen |= wanted
    return chosen


def _declared(hp: Any, name: str, value: Any) -> bool:
    """Whether some knob of that name can take the value."""
    return any(
        read_knob(type(knob).__name__, knob.get_config()).can_be(value)
        for knob in hp.space
        if knob.name == name
    )
