"""The only place that maps `keras_tuner.HyperParameters` <-> unit cube <-> plain Python values.

Example:
    >>> import keras_tuner
    >>> hp = keras_tuner.HyperParameters()
    >>> _ = hp.Choice("model", ["mlp", "cnn"])
    >>> with hp.conditional_scope("model", ["cnn"]):
    ...     _ = hp.Int("filters", 8, 32, step=8)
    >>> space = SearchSpace(hp)
    >>> space.cardinality()
    5
    >>> space.canonical({"model": "cnn", "filters": 11})
    {'model': 'cnn', 'filters': 8}
    >>> space.active({"model": "mlp", "filters": 8})
    {'model': 'mlp'}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import keras_tuner
import numpy as np

from tftune.errors import UsageError
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.space.enumeration import AllValues, Axis, Enumeration, SomeValues
from tftune.space.knob import BUDGET_PREFIX, Condition, Knob, Value, Values, public_values
from tftune.space.knob_records import keras_tuner_config, knob_record, read_knob

__all__ = [
    "CheckedHyperParameters",
    "Condition",
    "Knob",
    "SearchSpace",
    "Value",
    "Values",
    "public_values",
]


class SearchSpace:
    """What can be tuned: a copy of KerasTuner's space with exact arithmetic.

    - Stepped floats reach their end and carry no rounding noise: `Float(0, 1, step=0.2)` has 0.6
      and 1.0.
    - `Choice([True, False])`, which KerasTuner stores as the integers 1 and 0, comes back as bool;
      `Choice([0, 1])` cannot be told from it and does so too, which is harmless since `True == 1`.
    - Values are plain `int`, `float`, `str` and `bool`, never NumPy's.
    - Of two active knobs of one name the first counts, as in KerasTuner; different ranges are
      refused.

    Args:
        hyperparameters: The space, such as a HyperModel's `build` declares it. It is copied.

    Raises:
        UsageError: If it is no `keras_tuner.HyperParameters`, or a name is declared twice with
            different ranges.
    """

    def __init__(self, hyperparameters: keras_tuner.HyperParameters) -> None:
        if not isinstance(hyperparameters, keras_tuner.HyperParameters):
            raise UsageError(
                "The search space must be a keras_tuner.HyperParameters. Received: "
                f"{hyperparameters!r}. Declare knobs with its methods."
            )
        self._hyperparameters = CheckedHyperParameters.adopt(hyperparameters)
        self.knobs: tuple[Knob, ...] = tuple(
            read_knob(hp.__class__.__name__, hp.get_config()) for hp in self._hyperparameters.space
        )
        self.names: tuple[str, ...] = tuple(dict.fromkeys(knob.name for knob in self.knobs))
        self._enumeration = Enumeration(self.knobs, [AllValues(knob) for knob in self.knobs])
        self._finite = all(
            self.knobs[index].size is not None for index in self._enumeration.reachable
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SearchSpace:
        """Returns the space that `config()` described."""
        knobs = [
            {"class_name": record["kind"], "config": keras_tuner_config(record)}
            for record in config["knobs"]
        ]
        return cls(CheckedHyperParameters.from_config({"space": knobs, "values": {}}))

    @property
    def hyperparameters(self) -> CheckedHyperParameters:
        """A copy of the space as KerasTuner's object, with checks on what is declared to it."""
        return self._hyperparameters.copy()

    def config(self) -> dict[str, Any]:
        """Returns a description that JSON can hold: `{"knobs": [...]}` in declaration order."""
        return {"knobs": [knob_record(knob) for knob in self.knobs]}

    def fingerprint(self) -> str:
        """Returns the SHA-256 of `config()`; equal spaces have equal ones on any machine."""
        return hashlib.sha256(json.dumps(self.config(), sort_keys=True).encode()).hexdigest()

    def difference(self, other: Mapping[str, Any]) -> list[str]:
        """Returns one line for everything that differs from another space's `config()`; none if
        they are equal.

        Example:
            >>> old, new = keras_tuner.HyperParameters(), keras_tuner.HyperParameters()
            >>> _ = old.Int("units", 8, 64), new.Int("units", 8, 128)
            >>> SearchSpace(new).difference(SearchSpace(old).config())
            ["knob 'units': max was 64, is 128"]
        """
        was, now = _by_identity(other), _by_identity(self.config())
        lines = [
            f"knob {record['name']!r} is gone"
            for identity, record in was.items()
            if identity not in now
        ]
        for identity, record in now.items():
            if identity not in was:
                lines.append(f"knob {record['name']!r} is new")
                continue
            old = was[identity]
            for field in dict.fromkeys((*old, *record)):
                if old.get(field) != record.get(field):
                    lines.append(
                        f"knob {record['name']!r}: {field} was {old.get(field)!r}, is "
                        f"{record.get(field)!r}"
                    )
        if not lines and list(was) != list(now):
            lines.append(
                f"the order of the knobs was {[key[0] for key in was]}, is "
                f"{[key[0] for key in now]}"
            )
        return lines

    def active(self, values: Mapping[str, Value]) -> Values:
        """Returns only the values of active knobs, in declaration order; nothing is filled in."""
        result: Values = {}
        for knob in self.knobs:
            if knob.name not in result and knob.name in values and knob.active(result):
                result[knob.name] = values[knob.name]
        return result

    def canonical(self, values: Mapping[str, Value]) -> Values:
        """Returns plain values: clipped, snapped, defaults for missing knobs, inactive and unknown
        ones dropped.

        Raises:
            UsageError: If a value is not finite or none of the choices.
        """
        result: Values = {}
        for knob in self.knobs:
            if knob.name not in result and knob.active(result):
                result[knob.name] = knob.canonical(values.get(knob.name, knob.default))
        return result

    def key(self, values: Mapping[str, Value], canonical: bool = False) -> str:
        """Returns a string that two configurations share exactly if they are the same; `canonical`
        says that `values` are so already.
        """
        return json.dumps(values if canonical else self.canonical(values))

    def sample(self, generator: np.random.Generator) -> Values:
        """Draws a configuration, each knob evenly over its range (or its logarithm)."""
        return self.from_unit(generator.random(len(self.knobs)))

    def to_unit(self, values: Mapping[str, Value]) -> np.ndarray:
        """Returns the configuration as a vector in the unit cube, shape (n_knobs,); inactive knobs
        stand at their default.
        """
        values = self.canonical(values)
        active: Values = {}
        vector = np.empty(len(self.knobs))
        for index, knob in enumerate(self.knobs):
            takes_part = knob.name not in active and knob.active(active)
            vector[index] = knob.to_unit(values[knob.name] if takes_part else knob.default)
            if takes_part:
                active[knob.name] = values[knob.name]
        return vector

    def from_unit(self, vector: Sequence[float] | np.ndarray) -> Values:
        """Returns the configuration at a point of the unit cube, shape (n_knobs,).

        Raises:
            UsageError: If the vector has another length.
        """
        if len(vector) != len(self.knobs):
            raise UsageError(
                f"The unit vector must have {len(self.knobs)} entries, one a knob. Received: "
                f"{len(vector)}. Use to_unit()."
            )
        result: Values = {}
        for knob, place in zip(self.knobs, vector, strict=True):
            if knob.name not in result and knob.active(result):
                result[knob.name] = knob.from_unit(place)
        return result

    def cardinality(self) -> int | None:
        """Returns the number of different configurations, inactive knobs not counted; None if it is
        infinite.
        """
        return self._enumeration.size if self._finite else None

    def configurations(self) -> Enumeration:
        """Returns the numbering of all configurations of a finite space.

        Raises:
            UsageError: If the space is infinite.
        """
        if not self._finite:
            raise UsageError(
                "An infinite space cannot be enumerated. Expected only knobs with steps. Use "
                "grid(levels) instead."
            )
        return self._enumeration

    def grid(self, levels: int | Mapping[str, int] = 3) -> Enumeration:
        """Returns the numbering of a grid over the space.

        Knobs with steps and choices take all their values; others `levels` values evenly over their
        range, both ends among them.

        Args:
            levels: At least 2, for every knob without a step; or a mapping from knob names, also of
                knobs with steps, the others 3.

        Raises:
            UsageError: If a level is below 2 or a name unknown.
        """
        return Enumeration(self.knobs, [self._axis(knob, levels) for knob in self.knobs])

    def to_hyperparameters(self, values: Mapping[str, Value]) -> CheckedHyperParameters:
        """Returns KerasTuner's object for one configuration; keys that start with `tuner/` are
        kept.
        """
        result = self._hyperparameters.twin()
        budget = {name: value for name, value in values.items() if name.startswith(BUDGET_PREFIX)}
        result.values = {**self.canonical(values), **budget}
        return result

    def _axis(self, knob: Knob, levels: int | Mapping[str, int]) -> Axis:
        named = isinstance(levels, Mapping)
        unknown = sorted(set(levels) - set(self.names)) if isinstance(levels, Mapping) else []
        count = levels.get(knob.name, 3) if isinstance(levels, Mapping) else levels
        if unknown or isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise UsageError(
                "levels must be an integer of at least 2, so that both ends are reached, or such a "
                "number for names of knobs "
                f"among {list(self.names)}. Received: {levels!r}. Pass for example levels=3."
            )
        stepless = knob.kind in ("Int", "Float") and knob.step is None
        # named: levels are a mapping
        if stepless or (named and knob.name in levels):  # type: ignore[operator]
            return SomeValues(knob.spread(count))
        return AllValues(knob)


def _by_identity(config: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (record["name"], json.dumps(record["conditions"])): dict(record)
        for record in config["knobs"]
    }
