"""The configurations that were tried, and draws of others: without repeats until a finite space is
exhausted, exactly.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections.abc import Mapping

import numpy as np

from tftune.space.search_space import SearchSpace, Value, Values, public_values

FINITE_ATTEMPTS = 50  # draws before the untried configurations are counted out
INFINITE_ATTEMPTS = (
    20_000  # nearly all mass of an infinite space may lie on a few points, by conditions
)
_NEIGHBOURS = 64


def _digest(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())


class Tried:
    """Remembers which configurations of a space were tried.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Boolean("flag")
        >>> tried = Tried(SearchSpace(hp))
        >>> tried.add({"flag": True})
        >>> tried.draw_new(np.random.default_rng(0))
        {'flag': False}
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._keys: set[int] = (
            set()
        )  # digests of 64 bits: two of a million are alike in one search of 10^7
        self._finite = space.cardinality() is not None
        self._pending: list[
            Values
        ] = []  # tried, but their numbers are not yet known: they are needed near exhaustion only
        self._numbers: list[int] = []

    def add(self, values: Mapping[str, Value]) -> None:
        """Marks a configuration as tried; KerasTuner's own keys are ignored."""
        plain = self.space.canonical(public_values(values))
        key = _digest(self.space.key(plain, canonical=True))
        if key not in self._keys:
            self._keys.add(key)
            if self._finite:
                self._pending.append(plain)

    def __contains__(self, values: Mapping[str, Value]) -> bool:
        """Whether a configuration was tried."""
        return _digest(self.space.key(public_values(values))) in self._keys

    @property
    def exhausted(self) -> bool:
        """Whether every configuration of a finite space was tried."""
        size = self.space.cardinality()
        return size is not None and len(self._keys) >= size

    def draw_new(self, generator: np.random.Generator) -> Values | None:
        """Draws a configuration that was not tried, each knob evenly over its range; None if there
        is none.

        In a nearly exhausted finite space it draws evenly among the configurations left.
        """
        if self.exhausted:
            return None
        for _ in range(FINITE_ATTEMPTS if self._finite else INFINITE_ATTEMPTS):
            values = self.space.sample(generator)
            if values not in self:
                return values
        return self._pick(generator) if self._finite else None

    def nearest_new(
        self, values: Mapping[str, Value], generator: np.random.Generator
    ) -> Values | None:
        """Returns a configuration if it was not tried, or else the nearest of 64 drawn ones that
        were not; None if there is none.
        """
        plain = self.space.canonical(public_values(values))
        if plain not in self:
            return plain
        found = [
            fresh for _ in range(_NEIGHBOURS) if (fresh := self.draw_new(generator)) is not None
        ]
        place = self.space.to_unit(plain)
        return min(
            found,
            key=lambda fresh: float(np.abs(self.space.to_unit(fresh) - place).sum()),
            default=None,
        )

    def _pick(self, generator: np.random.Generator) -> Values:
        configurations = self.space.configurations()
        for values in self._pending:
            number = configurations.number(values)
            if number is not None:
                insort(self._numbers, number)
        self._pending.clear()
        left = configurations.size - len(self._numbers)
        pick = int(generator.random() * left) if left > 2**62 else int(generator.integers(left))
        for number in self._numbers:  # the pick-th number that is not in the sorted list
            if number > pick:
                break
            pick += 1
        return configurations.values(pick)
