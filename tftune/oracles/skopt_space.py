"""scikit-optimize's view of a search space: its dimensions, and points of them for configurations and back.

A Float becomes a `Real`, an Int an `Integer`, with prior "log-uniform" where sampled so; knobs with other steps become the `Integer` that
counts them, "reverse_log" the log-uniform mirror image; Choice and Boolean become a `Categorical`. One-point knobs have no dimension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skopt.space import Categorical, Integer, Real

from tftune.space import Knob, SearchSpace, Value, Values


class _Axis:
    """One dimension, and the way to it from a knob's value and back."""

    def __init__(self, knob_index: int, knob: Knob) -> None:
        self.knob_index, self.knob = knob_index, knob
        self._counted = bool(knob.step) and not (knob.kind == "Int" and knob.step == 1 and knob.sampling == "linear")
        self._mirrored = not self._counted and knob.sampling == "reverse_log"
        self.dimension = self._dimension()

    def _dimension(self) -> Any:
        if self.knob.choices:
            return Categorical(list(self.knob.choices))
        if self._counted:
            return Integer(0, (self.knob.size or 1) - 1)
        kind = Integer if self.knob.kind == "Int" else Real
        return kind(self.knob.low, self.knob.high, prior="uniform" if self.knob.sampling == "linear" else "log-uniform")

    def encode(self, value: Any) -> Any:
        """Returns the coordinate of a value."""
        if self._counted:
            return self.knob.position_of(value)
        return self._mirror(value) if self._mirrored else value

    def decode(self, coordinate: Any) -> Value:
        """Returns the value at a coordinate, plain and inside the range."""
        plain = coordinate.item() if hasattr(coordinate, "item") else coordinate
        if self._counted:
            return self.knob.value_at(plain)
        return self.knob.canonical(self._mirror(plain) if self._mirrored else plain)

    def _mirror(self, number: Any) -> Any:
        return min(max(self.knob.low + self.knob.high - number, self.knob.low), self.knob.high)


class SkoptSpace:
    """Translates between configurations and points.

    Args:
        space: The search space.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log"), hp.Int("units", 16, 64, step=16), hp.Fixed("depth", 2)
        >>> translate = SkoptSpace(SearchSpace(hp))
        >>> [type(dimension).__name__ for dimension in translate.dimensions]
        ['Real', 'Integer']
        >>> translate.point({"rate": 0.01, "units": 48})
        [0.01, 2]
        >>> translate.values([0.01, 2])
        {'rate': 0.01, 'units': 48, 'depth': 2}
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._axes = [_Axis(index, knob) for index, knob in enumerate(space.knobs) if knob.size != 1]
        self.dimensions = [axis.dimension for axis in self._axes]

    def point(self, values: Mapping[str, Value]) -> list[Any]:
        """Returns the point of a configuration; inactive knobs stand at their default."""
        values = self.space.canonical(values)
        active: Values = {}
        coordinates: dict[int, Any] = {}
        for index, knob in enumerate(self.space.knobs):
            takes_part = knob.name not in active and knob.active(active)
            coordinates[index] = values[knob.name] if takes_part else knob.default
            if takes_part:
                active[knob.name] = values[knob.name]
        return [axis.encode(coordinates[axis.knob_index]) for axis in self._axes]

    def values(self, point: Sequence[Any]) -> Values:
        """Returns the configuration at a point: active knobs only, plain Python values."""
        decoded = {axis.knob_index: axis.decode(x) for axis, x in zip(self._axes, point, strict=True)}
        active: Values = {}
        for index, knob in enumerate(self.space.knobs):
            if knob.name not in active and knob.active(active):
                active[knob.name] = decoded.get(index, knob.canonical(knob.default))
        return active
