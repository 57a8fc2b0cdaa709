"""Finds the knobs of a model-building function: it is built, once for each set of conditions that
no build has met yet.

KerasTuner's own discovery builds a number of models that grows with the square of the number of
scopes, and feeds the function values that it never declared. This one activates as many scopes as
it can at a time, with declared values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import cloudpickle
import keras_tuner

from tftune.errors import UsageError
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.space.knob_records import read_knob
from tftune.training.fitting import build_model
from tftune.training.model_card import model_card
from tftune.training.model_identity import identity_of

MAX_BUILDS = 100
MAX_DRAWS = 20  # of values for a function that cannot build its defaults


@dataclass(frozen=True)
class Discovery:
    """What building a model tells.

    Attributes:
        space: The config of the `HyperParameters` that it declares.
        card: Of the model at its default knobs, or at the first that it could be built with (see
            `training.model_card`); None for a HyperModel that says itself what its knobs are.
        identities: What each model was that had to be built, that one first (see
            `training.model_identity`).
    """

    space: dict[str, Any]
    card: dict[str, Any] | None = None
    identities: tuple[dict[str, Any], ...] = ()


def discover_space(
    report: Any, hypermodel: bytes, config: dict[str, Any], of_models: bool = True
) -> Discovery:
    """Returns what a hypermodel declares.

    Args:
        report: Not used; a job of an executor takes it.
        hypermodel: A `keras_tuner.HyperModel`, pickled by cloudpickle.
        config: Of knobs that are declared already.
        of_models: Whether what is built must be a Keras model.
    """
    return declared_space(cloudpickle.loads(hypermodel), config, of_models)


def declared_space(model_builder: Any, config: dict[str, Any], of_models: bool = True) -> Discovery:
    """Returns what a hypermodel of this process declares.

    Args:
        model_builder: A `keras_tuner.HyperModel`.
        config: Of knobs that are declared already.
        of_models: Whether what is built must be a Keras model.

    Raises:
        Exception: What the model-building function raised at its defaults, if it raised at all
            values that were tried.
    """
    hp = CheckedHyperParameters.from_config(config)
    model_builder.declare_hyperparameters(hp)
    if declares_itself(model_builder):
        return Discovery(dict(hp.get_config()))
    met: list[Any] = []
    card, identities = None, []
    for _ in range(MAX_BUILDS):
        hp, model = _built(model_builder, hp, of_models)
        if of_models:
            card = card or model_card(model)
            identities.append(identity_of(model))
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
    return Discovery(dict(hp.get_config()), card, tuple(identities))


def _built(model_builder: Any, hp: Any, of_models: bool) -> tuple[Any, Any]:
    """Builds a model, at values drawn at random where the given ones cannot be built."""
    build = partial(build_model, model_builder) if of_models else model_builder.build
    try:
        return hp, build(hp)
    except UsageError:
        raise  # it says what is wrong with any model of the function
    except Exception as error:
        first = error
    for seed in range(MAX_DRAWS):
        following = CheckedHyperParameters.from_config(hp.get_config())
        following.values = {
            knob.name: knob.random_sample(seed) for knob in hp.space if hp.is_active(knob)
        }
        following.ensure_active_values()
        hp = following
        try:
            return hp, build(hp)
        except Exception:
            continue
    raise first


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
