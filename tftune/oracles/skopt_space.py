"""scikit-optimize's view of a search space: its dimensions, and points of them for configurations and back.

A Float becomes a `Real`, an Int an `Integer`, with prior "log-uniform" where sampled so; knobs with other steps become the `Integer` that
counts them, "reverse_log" the log-uniform mirror image; Choice and Boolean become a `Categorical`. One-point knobs have no dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from skopt.space import Categorical, Integer, Real

from tftune.space import Knob, SearchSpace, Value, Values


class _Axis(NamedTuple):
    """One dimension and the way to it from a knob's value and back."""

    knob_index: int
    knob: Knob
    dimension: Any
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


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
        self._axes = [_axis(index, knob) for index, knob in enumerate(space.knobs) if knob.size != 1]
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
        decoded = {axis.knob_index: axis.knob.canonical(axis.decode(x)) for axis, x in zip(self._axes, point, strict=True)}
        active: Values = {}
        for index, knob in enumerate(self.space.knobs):
            if knob.name not in active and knob.active(active):
                active[knob.name] = decoded.get(index, knob.canonical(knob.default))
        return active


def _axis(index: int, knob: Knob) -> _Axis:
    if knob.choices:
        return _Axis(index, knob, Categorical(list(knob.choices)), _same, _plain)
    counted = knob.step is not None and not (knob.kind == "Int" and knob.step == 1 and knob.sampling == "linear")
    if counted:
        last = (knob.size or 1) - 1
        return _Axis(index, knob, Integer(0, last), knob.position_of, lambda position: knob.value_at(int(position)))
    kind = Integer if knob.kind == "Int" else Real
    if knob.sampling == "linear":
        return _Axis(index, knob, kind(knob.low, knob.high), _same, _plain)
    dimension = kind(knob.low, knob.high, prior="log-uniform")
    if knob.sampling == "log":
        return _Axis(index, knob, dimension, _same, _plain)
    ends = knob.low + knob.high
    return _Axis(index, knob, dimension, lambda value: min(max(ends - value, knob.low), knob.high), lambda x: ends - _plain(x))


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
