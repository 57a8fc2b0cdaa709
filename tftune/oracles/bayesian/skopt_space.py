"""scikit-optimize's view of a search space: its dimensions, and points of them for configurations
and back.

A Float becomes a `Real`, an Int an `Integer`, with prior "log-uniform" where sampled so; knobs with
other steps become the `Integer` that counts them, "reverse_log" the log-uniform mirror image. A
Choice whose values have an order, as numbers do by default, becomes the `Integer` that counts them;
one without order, and a Boolean, a `Categorical`. One-point knobs have no dimension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skopt.space import Categorical, Integer, Real

from tftune.oracles.core.coordinate import Coordinate
from tftune.space.search_space import SearchSpace, Value, Values


def _dimension(axis: Coordinate) -> Any:
    if axis.kind == "choice":
        return Categorical(list(axis.knob.choices))
    if axis.counted:
        return Integer(axis.low, axis.high)
    kind = Integer if axis.kind == "integer" else Real
    return kind(axis.low, axis.high, prior="log-uniform" if axis.log else "uniform")


class SkoptSpace:
    """Translates between configurations and points.

    Args:
        space: The search space.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> _ = hp.Int("units", 16, 64, step=16), hp.Fixed("depth", 2)
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
        self._axes = {
            index: Coordinate(knob) for index, knob in enumerate(space.knobs) if knob.size != 1
        }
        self.dimensions = [_dimension(axis) for axis in self._axes.values()]

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
        return [axis.encode(coordinates[index]) for index, axis in self._axes.items()]

    def values(self, point: Sequence[Any]) -> Values:
        """Returns the configuration at a point: active knobs only, plain Python values."""
        decoded = {
            index: axis.decode(x)
            for (index, axis), x in zip(self._axes.items(), point, strict=True)
        }
        active: Values = {}
        for index, knob in enumerate(self.space.knobs):
            if knob.name not in active and knob.active(active):
                active[knob.name] = decoded.get(index, knob.canonical(knob.default))
        return active
