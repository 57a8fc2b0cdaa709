"""KerasTuner's `HyperParameters` with checks on what a model-building function declares to it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import UsageError
from tftune.space.keras_tuner_internals import OpenHyperParameters


class CheckedHyperParameters(OpenHyperParameters):
    """Behaves as `keras_tuner.HyperParameters`, except that

    - a name that one build declares twice with different ranges is an error; KerasTuner silently
      takes the first;
    - a `conditional_scope` inside another may name a parent that was declared outside; KerasTuner
      does not find it;
    - `Choice` returns the type that was declared, also for booleans; KerasTuner turns them into
      integers;
    - `copy` keeps all this.

    A knob that was declared before the build, in `hyperparameters=` of an oracle, still overrides
    the build's range.

    Example:
        >>> hp = CheckedHyperParameters()
        >>> hp.Choice("nesterov", [True, False])
        True
        >>> _ = hp.Int("units", 8, 64)
        >>> _ = hp.Int("units", 8, 128)
        Traceback (most recent call last):
            ...
        tftune.errors.UsageError: Knob 'units' is declared twice, and max_value differs: ...
    """

    def __init__(self) -> None:
        super().__init__()
        # conditions and config of what this build declared
        self._declared: list[tuple[list[Any], dict[str, Any]]] = []

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> CheckedHyperParameters:
        """Returns the object that a config describes; KerasTuner's own changes the config."""
        made: CheckedHyperParameters = super().from_config(copy.deepcopy(dict(config)))
        return made

    @classmethod
    def adopt(cls, hyperparameters: keras_tuner.HyperParameters) -> CheckedHyperParameters:
        """Returns a checked copy of KerasTuner's object."""
        return cls.from_config(hyperparameters.get_config())

    def copy(self) -> CheckedHyperParameters:
        """Returns a copy, to which another build may declare."""
        return self.adopt(self)

    def twin(self) -> CheckedHyperParameters:
        """Returns a copy that shares the knobs until one is declared to it: a search makes one a
        trial.

        Example:
            >>> hp = CheckedHyperParameters()
            >>> other = hp.twin()
            >>> _ = other.Boolean("flag")
            >>> len(hp.space), len(other.space)
            (0, 1)
        """
        result = CheckedHyperParameters()
        if not result.share_knobs_of(self):
            return self.copy()
        result.values = dict(self.values)
        return result

    def Choice(self, name: str, values: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """As KerasTuner's, but takes NumPy's arrays and numbers, too, and returns the value as it
        stands in `values`.
        """
        plain = [value.item() if hasattr(value, "item") else value for value in values]
        args = tuple(value.item() if hasattr(value, "item") else value for value in args)
        if hasattr(kwargs.get("default"), "item"):
            kwargs["default"] = kwargs["default"].item()
        chosen = super().Choice(name, plain, *args, **kwargs)
        return next((value for value in plain if value == chosen), chosen)

    def on_declaration(self, knob: Any) -> None:
        """Compares a knob with those of its name that this build has declared.

        Raises:
            UsageError: If their ranges differ under the same conditions.
        """
        config = knob.get_config()
        for conditions, earlier in self._declared:
            if earlier["name"] == knob.name and conditions == knob.conditions:
                _check_equal(earlier, config)
        self._declared.append((copy.deepcopy(knob.conditions), config))


def _check_equal(earlier: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    for field, value in config.items():
        if field not in ("conditions", "default") and earlier.get(field, value) != value:
            raise UsageError(
                f"Knob {config['name']!r} is declared twice, and {field} differs: "
                f"{earlier[field]!r} and {value!r}. Expected one range for one name. Rename one "
                "of the two, or declare it once and reuse its value."
            )
