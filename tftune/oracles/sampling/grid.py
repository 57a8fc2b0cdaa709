"""Grid search: a mixed-radix counter over the knobs, from one end of every range to the other."""

from __future__ import annotations

from collections.abc import Mapping

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.given import start_configurations
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import are, counted, tried_before
from tftune.oracles.core.view import SearchView
from tftune.space.enumeration import Enumeration
from tftune.space.search_space import SearchSpace, Values
from tftune.support.checks import check_choice
from tftune.support.seeding import generator

ORDERS = ("counting", "random")


class GridMethod(SearchMethod):
    """Tries every combination of a grid once; the last knob's digit moves fastest, as in counting.

    With knobs of n_1, ..., n_k values, trial t has the digits d_k = t mod n_k, d_{k-1} = (t div
    n_k) mod n_{k-1}, and so on. A knob that is inactive has no digit, so that conditional spaces
    hold no repeats. Nothing is listed: a grid may be of any size.

    A search that ends before the whole grid is tried would see a corner of it only, the first knobs
    at their first values. It therefore takes the combinations in a random order, a function of the
    seed: each trial the first untried one at or after a random number.

    Args:
        levels: Values of each knob without a step, at least 2, both ends among them; or a mapping
            from names of knobs, the others 3. Choices and knobs with a step take all their values
            unless the mapping names them.
        order: `"counting"`, `"random"`, or None: counting if `max_trials` suffices for the whole
            grid, random if not. Defaults to None.

    Raises:
        UsageError: If a level is below 2, a name or the order unknown; told when the search begins.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-2, sampling="log"), hp.Boolean("flag")
        >>> oracle = GridOracle("val_loss", hyperparameters=hp)
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(3)]
        >>> [tuple(trial.hyperparameters.values.values()) for trial in trials]
        [(0.0001, False), (0.0001, True), (0.001, False)]
        >>> print(oracle.plan())
        the grid has 6 combinations, 3 x 2; all are tried
    """

    follows_max_trials = ("order",)

    def __init__(self, levels: int | Mapping[str, int] = 3, order: str | None = None) -> None:
        check_choice("order", order, ORDERS, optional=True)
        self._order = order
        self.levels = dict(levels) if isinstance(levels, Mapping) else levels

    def begin(self, view: SearchView) -> None:
        """Refuses bad levels now, not in the first trial."""
        super().begin(view)
        if view.space.knobs:
            self.grid  # noqa: B018

    def reset(self) -> None:
        """Starts to count at 0."""
        self._next = 0
        self._grid: Enumeration | None = None
        self._counted: SearchSpace | None = None

    @property
    def grid(self) -> Enumeration:
        """The numbered combinations."""
        if self._grid is None or self._counted is not self.view.space:
            self._grid, self._counted = self.view.space.grid(self.levels), self.view.space
        return self._grid

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the next combination that was not tried, or EXHAUSTED."""
        size = self.grid.size
        counting = self.order == "counting"
        first = (
            self._next
            if counting
            else int(generator(self.view.seed, trial_number, "proposal").random() * size)
        )
        for number in range(first, size if counting else first + size):
            values = self.grid.values(number % size)
            if values not in self.view.tried:
                self._next = number + 1
                return values
        return Signal.EXHAUSTED

    @property
    def order(self) -> str:
        """`counting` or `random`."""
        limit = (
            self.view.max_trials
        )  # the order must not depend on anything else: journals repeat it
        whole = limit is None or limit >= self.grid.size
        return self._order or ("counting" if whole else "random")

    def expected_trials(self) -> int:
        """Returns the size of the grid, or `max_trials` if that is less.

        Start configurations beside the grid count, too; those of earlier searches are not tried
        again.
        """
        limit, every = self.view.max_trials, len(self._beside()) + self.grid.size - self._before()
        return every if limit is None else min(limit, every)

    def _beside(self) -> list[Values]:
        """Returns the start configurations that are no combination of the grid."""
        if not self.view.space.knobs:
            return []
        starts = start_configurations(self.view.start, self.view.space)
        return [values for values in starts if self.grid.number(values) is None]

    def _before(self) -> int:
        """Returns how many combinations an earlier search has tried that are not tried again."""
        if not self.view.warm_start:
            return 0
        gone = tried_before(self.view)
        earlier = {self.view.space.key(each["values"]): each for each in self.view.warm_start}
        return sum(
            key in gone and self.grid.number(self.view.space.canonical(each["values"])) is not None
            for key, each in earlier.items()
        )

    def plan(self) -> str:
        """Returns the size of the grid, how it comes about, and how much of it is tried."""
        size, beside, before = self.grid.size, len(self._beside()), self._before()
        tried = max(self.expected_trials() - beside, 0)
        conditional = any(knob.conditions for knob in self.view.space.knobs)
        how = "" if conditional else ", " + " x ".join(str(length) for length in self.grid.lengths)
        first = f" after {counted(beside, 'configuration')} beside it" if beside else ""
        how = f"the grid has {counted(size, 'combination')}{how}"
        if tried == size:
            return f"{how}; all are tried{first}"
        if before and tried == size - before:
            return f"{how}; {are(before)} known from earlier searches, {are(tried)} tried{first}"
        which = (
            "in a random order"
            if self.order == "random"
            else "which leaves the first knobs at their first values"
        )
        return (
            f"{how}; {are(tried)} tried{first}, {which}\nfor all of them "
            "raise max_trials or lower levels"
        )


class GridOracle(BoundOracle[GridMethod], max_trials=None):
    """Grid search as an oracle; the whole grid, unless `max_trials` is given."""
