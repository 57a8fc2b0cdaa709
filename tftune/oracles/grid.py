"""Grid search: a mixed-radix counter over the knobs, from one end of every range to the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tftune.enumeration import Enumeration
from tftune.errors import UsageError
from tftune.oracles.base import AbstractOracle, Signal
from tftune.space import SearchSpace, Values

ORDERS = ("counting", "striding")


class GridOracle(AbstractOracle):
    """Tries every combination of a grid once; the last knob's digit moves fastest, as in counting.

    With knobs of n_1, ..., n_k values, trial t has the digits d_k = t mod n_k, d_{k-1} = (t div n_k) mod n_{k-1}, and so on. A knob that
    is inactive has no digit, so that conditional spaces hold no repeats. Nothing is listed: a grid may be of any size.

    A search that ends before the whole grid is tried would see a corner of it only, the first knobs at their first values. It therefore
    strides: of N combinations trial t is number floor(N / 2) + t m modulo N, where m is the integer nearest to N (sqrt(5) - 1) / 2 that
    has no divisor in common with N. Every combination still comes once, and any number of them is spread over the grid.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`; None, the default, tries the whole grid.
        levels: Values of each knob without a step, at least 2, both ends among them; or a mapping from names of knobs, the others 3.
            Choices and knobs with a step take all their values unless the mapping names them.
        order: `"counting"`, `"striding"`, or None: counting if `max_trials` suffices for the whole grid, striding if not. Defaults to None.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If a level is below 2, a name or the order unknown.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-2, sampling="log"), hp.Boolean("flag")
        >>> oracle = GridOracle("val_loss", max_trials=None, hyperparameters=hp)
        >>> [oracle.suggest(number) for number in (0, 1, 2)]
        [{'rate': 0.0001, 'flag': False}, {'rate': 0.0001, 'flag': True}, {'rate': 0.001, 'flag': False}]
        >>> print(oracle.plan())
        the grid has 6 combinations, 3 x 2; all are tried
    """

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = None,
        hyperparameters: Any = None,
        seed: int | None = None,
        levels: int | Mapping[str, int] = 3,
        order: str | None = None,
        **options: Any,
    ) -> None:
        if order not in (None, *ORDERS):
            raise UsageError(f"order must be one of {', '.join(ORDERS)} or None. Received: {order!r}. Pass for example order='striding'.")
        self._order = order
        self.levels = dict(levels) if isinstance(levels, Mapping) else levels
        super().__init__(objective, max_trials, hyperparameters, seed, **options)
        if hyperparameters is not None:
            self.grid  # noqa: B018 - refuses bad levels now, not in the first trial

    def reset(self) -> None:
        """Starts to count at 0."""
        self._next = 0
        self._grid: Enumeration | None = None
        self._counted: SearchSpace | None = None

    def space_changed(self) -> None:
        """Starts to count the larger grid; what was tried is passed over."""
        self.reset()

    @property
    def grid(self) -> Enumeration:
        """The numbered combinations."""
        if self._grid is None or self._counted is not self.space:
            self._grid, self._counted = self.space.grid(self.levels), self.space
        return self._grid

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the next combination that was not tried, or EXHAUSTED."""
        size = self.grid.size
        first, stride = (0, 1) if self.order == "counting" else (size // 2, golden_stride(size))
        for index in range(self._next, size):
            values = self.grid.values((first + index * stride) % size)
            if values not in self.tried:
                self._next = index + 1
                return values
        return Signal.EXHAUSTED

    @property
    def order(self) -> str:
        """`counting` or `striding`."""
        if self._order is not None:
            return self._order
        return "counting" if self.max_trials is None or self.max_trials >= self.grid.size else "striding"

    def expected_trials(self) -> int | None:
        """Returns the size of the grid, or `max_trials` if that is less."""
        return self.grid.size if self.max_trials is None else min(self.max_trials, self.grid.size)

    def options(self) -> dict[str, Any]:
        """Returns the levels and the order."""
        return {"levels": self.levels, "order": self.order}

    def plan(self) -> str:
        """Returns the size of the grid, how it comes about, and how much of it is tried."""
        size, tried = self.grid.size, self.expected_trials()
        conditional = any(knob.conditions for knob in self.space.knobs)
        how = "" if conditional else ", " + " x ".join(str(length) for length in self.grid.lengths)
        if tried == size:
            return f"the grid has {size} combinations{how}; all are tried"
        which = "strides over all of it" if self.order == "striding" else "begins with the first knobs at their first values"
        return f"the grid has {size} combinations{how}; {tried} are tried, which {which}\nfor all of them raise max_trials or lower levels"


def golden_stride(size: int) -> int:
    """Returns the integer nearest to size (sqrt(5) - 1) / 2 that has no divisor in common with `size`.

    Example:
        >>> golden_stride(54), golden_stride(8)
        (35, 5)
    """
    middle = round(size * (math.sqrt(5.0) - 1.0) / 2.0)
    candidates = (middle + sign * distance for distance in range(size) for sign in (1, -1))
    return next((stride for stride in candidates if stride > 0 and math.gcd(stride, size) == 1), 1)
