"""The private names of KerasTuner that tftune relies on; they stand here and nowhere else.

Tried with KerasTuner 1.4.7 and 1.4.8. Where another version lacks one of these names, KerasTuner's
own behaviour is what is left: a trial's hyper-parameters are copied instead of shared, and the
checks of `CheckedHyperParameters` that need the name are not made. `tests/space/` guards each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import keras_tuner

from tftune.errors import UsageError


def get_hypermodel(model_builder: Any) -> Any:
    """Returns a `keras_tuner.HyperModel`: a function `build(hp)` is put into one.

    KerasTuner's own function of this name is private; this one needs nothing that is.

    Args:
        model_builder: A `keras_tuner.HyperModel` or a function `build(hp)`.

    Raises:
        UsageError: If it is neither.

    Example:
        >>> get_hypermodel(lambda hp: "model").build(keras_tuner.HyperParameters())
        'model'
    """
    if isinstance(model_builder, keras_tuner.HyperModel):
        return model_builder
    if not callable(model_builder):
        raise UsageError(
            "The model must be a keras_tuner.HyperModel or a function build(hp) that returns a "
            f"compiled Keras model. Received: {model_builder!r}. Pass the function itself, not "
            "what it returns."
        )
    return _FunctionHyperModel(model_builder)


class _FunctionHyperModel(keras_tuner.HyperModel):
    """A function `build(hp)` as a HyperModel."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        super().__init__()
        self.build = build


def is_declared(hyperparameters: keras_tuner.HyperParameters, knob: Any) -> bool:
    """Returns whether a knob of that name stands there under the same conditions.

    Args:
        hyperparameters: Of KerasTuner.
        knob: One of KerasTuner's hyper-parameters, such as stand in `hyperparameters.space`.

    Example:
        >>> hp, other = keras_tuner.HyperParameters(), keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 1, 4), other.Int("units", 1, 8)
        >>> is_declared(other, hp.space[0])
        True
    """
    look_up = getattr(hyperparameters, "_exists", None)  # by name: it need not see all knobs
    if look_up is not None:
        return bool(look_up(knob.name, knob.conditions))
    return any(
        known.name == knob.name and known.conditions == knob.conditions
        for known in hyperparameters.space
    )


class OpenHyperParameters(keras_tuner.HyperParameters):
    """KerasTuner's `HyperParameters` with a hook at each declaration and knobs that can be shared.

    A `conditional_scope` inside another may name a parent that was declared outside; KerasTuner
    does not find it.
    """

    _space: list[Any]  # KerasTuner's: the knobs in the order of their declaration
    _hps: dict[str, list[Any]]  # KerasTuner's: the same by name
    shares_knobs = False

    def on_declaration(self, knob: Any) -> None:
        """Is told of each knob that a build declares, known or new, before it gets its value."""

    def share_knobs_of(self, other: OpenHyperParameters) -> bool:
        """Uses the other's knobs until one is declared here.

        Returns:
            False, and nothing has changed, if this version of KerasTuner keeps them elsewhere.
        """
        if not all(hasattr(other, name) for name in ("_space", "_hps", "_register")):
            return False
        self._space, self._hps, self.shares_knobs = other._space, other._hps, True
        return True

    def _retrieve(self, hp: Any) -> Any:
        self.on_declaration(hp)
        return super()._retrieve(hp)

    def _register(self, hyperparameter: Any, overwrite: bool = False) -> Any:
        if self.shares_knobs:
            self._space, self.shares_knobs = list(self._space), False
            self._hps = defaultdict(list, {name: list(knobs) for name, knobs in self._hps.items()})
        return super()._register(hyperparameter, overwrite)

    def _exists(self, name: str, conditions: Sequence[Any] | None = None) -> bool:
        around = getattr(self, "_conditions", None)
        if conditions is not None or around is None:
            return bool(super()._exists(name, conditions))
        # a scope asks: here, or in one of the scopes around it
        ask = super()._exists
        return any(ask(name, around[:depth]) for depth in range(len(around) + 1))
