"""Configurations as rows of numbers that a model of the objective can learn from: many at a time,
by NumPy.

A place is a point of the unit cube, one coordinate a knob, as `SearchSpace.from_unit` takes it.
Features are what a model sees of it: a number or an ordered choice gives one column from 0 to 1 (on
the scale on which it is sampled), a choice without order, or a boolean, one column a choice, of
which one is 1/sqrt(2) and the others 0, so that two different choices have the distance 1. Inactive
knobs stand at their default.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from tftune.space.search_space import Condition, Knob, SearchSpace, Value

Array = np.ndarray
MOST_COUNTED = 2**53  # beyond it floats leave integers out


class Encoding:
    """Translates between configurations, places and features of one search space.

    Args:
        space: The search space.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 16, 64, step=16), hp.Boolean("norm")
        >>> encoding = Encoding(SearchSpace(hp))
        >>> encoding.features(np.array([[0.4, 0.9]])).round(3).tolist()
        [[0.333, 0.0, 0.707]]
        >>> encoding.knob_of_column.tolist()
        [0, 1, 1]
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self.sizes = [_positions(knob) for knob in space.knobs]
        self.tuned = np.array([knob.size != 1 for knob in space.knobs], dtype=bool)
        unordered = np.array([is_unordered(knob) for knob in space.knobs], dtype=bool)
        self.unordered = unordered & self.tuned
        widths = [self._width(index) for index in range(len(space.knobs))]
        self.knob_of_column = np.repeat(np.arange(len(widths)), widths)
        self._defaults = np.array([knob.to_unit(knob.default) for knob in space.knobs])
        self._conditional = any(knob.conditions for knob in space.knobs) or len(space.names) < len(
            space.knobs
        )

    def places(self, configurations: Iterable[Mapping[str, Value]]) -> Array:
        """Returns the places of configurations, shape (n, n_knobs)."""
        rows = [self.space.to_unit(values) for values in configurations]
        return np.array(rows).reshape(len(rows), len(self.space.knobs))

    def snap(self, places: Array) -> Array:
        """Returns the places of the configurations at these places; a knob that is inactive there
        stands at its default.
        """
        snapped: Array = np.clip(places, 0.0, 1.0)
        for index, knob in enumerate(self.space.knobs):
            snapped[:, index] = _snap(knob, self.sizes[index], snapped[:, index])
        if self._conditional:
            snapped = np.where(self.active(snapped), snapped, self._defaults)
        return snapped

    def features(self, places: Array) -> Array:
        """Returns the features of places, shape (n, n_columns)."""
        snapped = self.snap(places)
        columns = [
            self._columns(index, snapped[:, index])
            for index in range(len(self.space.knobs))
            if self.tuned[index]
        ]
        return np.hstack(columns) if columns else np.zeros((len(snapped), 0))

    def mutate(
        self, places: Array, spread: float, share: float, generator: np.random.Generator
    ) -> Array:
        """Returns places near others: some knobs of each are moved, at least one.

        Args:
            places: Where to begin, shape (n, n_knobs).
            spread: Standard deviation of a move of an ordered knob, as a share of its range; at
                least to the next step.
            share: Probability of moving a knob; unordered ones then take any choice.
            generator: The source of random numbers.
        """
        count, knobs = places.shape
        moved = (generator.random((count, knobs)) < share) & self.tuned
        movable = np.flatnonzero(self.tuned)
        if len(movable):
            moved[np.arange(count), generator.choice(movable, count)] = True
        steps = generator.normal(0.0, spread, (count, knobs))
        for index, size in enumerate(self.sizes):
            if size is not None and size > 1:  # at least to the next value
                steps[:, index] = np.copysign(
                    np.maximum(np.abs(steps[:, index]), 1.0 / size), steps[:, index]
                )
        jumps = generator.random((count, knobs))
        walked = places + steps
        outside = (walked < 0) | (walked > 1)
        walked = np.where(
            outside, places - steps, walked
        )  # the other way: reflected, a step would end where it began
        return np.clip(np.where(moved, np.where(self.unordered, jumps, walked), places), 0.0, 1.0)

    def _width(self, index: int) -> int:
        if not self.tuned[index]:
            return 0
        return self.sizes[index] or 1 if self.unordered[index] else 1

    def _columns(self, index: int, places: Array) -> Array:
        size = self.sizes[index]
        if size is None:
            return places[:, None]
        positions = np.minimum((places * size).astype(int), size - 1)
        if self.unordered[index]:
            columns = np.zeros((len(positions), size))
            columns[np.arange(len(positions)), positions] = 1.0 / math.sqrt(2)
            return columns
        return np.asarray((positions / (size - 1))[:, None])

    def active(self, places: Array) -> Array:
        """Returns which knobs are active at snapped places, shape (n, n_knobs)."""
        active = np.zeros(places.shape, dtype=bool)
        for index, knob in enumerate(self.space.knobs):
            holds = np.ones(len(places), dtype=bool)
            for condition in knob.conditions:
                holds &= self._holds(condition, places, active)
            earlier = [other for other in range(index) if self.space.knobs[other].name == knob.name]
            active[:, index] = holds & ~active[:, earlier].any(axis=1)
        return active

    def _holds(self, condition: Condition, places: Array, active: Array) -> Array:
        met = np.zeros(len(places), dtype=bool)
        for index, knob in enumerate(self.space.knobs):
            if knob.name == condition.parent:
                different, which = np.unique(places[:, index], return_inverse=True)
                met |= (
                    active[:, index]
                    & np.array([knob.from_unit(place) in condition.values for place in different])[
                        which
                    ]
                )
        return met


def is_unordered(knob: Knob) -> bool:
    """Whether a knob is a choice without order or a boolean: no value lies between two others."""
    return knob.kind in ("Choice", "Boolean") and not knob.ordered


def _positions(knob: Knob) -> int | None:
    """Number of evenly spaced values; None for a knob that covers an interval, for integers
    without a step, which are many, and for more values than floats can count.
    """
    counted = knob.choices or knob.size == 1 or knob.step is not None
    return knob.size if counted and (knob.size or 0) <= MOST_COUNTED else None


def _snap(knob: Knob, size: int | None, places: Array) -> Array:
    if size is not None:
        return np.asarray((np.minimum((places * size).astype(int), size - 1) + 0.5) / size)
    if knob.kind != "Int" or (knob.size or 0) > MOST_COUNTED:
        return places
    low, high = knob.low, knob.high + 1  # every integer v owns [v, v + 1) of the range
    if knob.sampling == "linear":
        numbers = low + places * (high - low)
    elif knob.sampling == "log":
        numbers = low * (high / low) ** places
    else:
        numbers = high + low - low * (high / low) ** (1.0 - places)
    whole = np.clip(np.floor(numbers), low, knob.high) + 0.5
    if knob.sampling == "linear":
        return np.asarray((whole - low) / (high - low))
    if knob.sampling == "log":
        return np.asarray(np.log(whole / low) / math.log(high / low))
    return np.asarray(1.0 - np.log((high + low - whole) / low) / math.log(high / low))
