"""What methods that move points through the unit cube share: asked for a point, told its loss,
results of others passed on.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from tftune.oracles.core.method import SearchMethod, Signal
from tftune.space.search_space import Values
from tftune.support.seeding import derive

MOST_REPEATS = 50  # answers from the record before a proposal is replaced by a neighbour


class Engine(Protocol):
    """A method in the unit cube, one coordinate a knob that has more than one value. Deterministic,
    and can be pickled.
    """

    def ask(self) -> tuple[Any, np.ndarray]:
        """Returns a ticket and a point, shape (n_coordinates,)."""

    def tell(self, ticket: Any, loss: float) -> None:
        """Takes the loss of a point asked for."""

    def tell_other(self, point: np.ndarray, loss: float) -> None:
        """Takes the loss of a point that it never proposed: a start configuration, a result of an
        earlier search.
        """


class PopulationMethod(SearchMethod):
    """Lets an engine move through the unit cube over all knobs; a subclass builds it.

    - Every knob with more than one value is a coordinate; choices own equal parts of the interval,
      in the order of their declaration. So a step from one choice to the next is a move, though the
      order of choices such as names of optimisers means nothing.
    - Coordinates of inactive knobs move without effect.
    - A point whose configuration was tried is answered with the loss known, at no cost, and the
      next point asked for, up to 50 times; then it stands for the nearest of 64 configurations that
      were not tried.
    - A failed trial is told as worse than the worst (see `Observations`). Trials may run and end
      side by side, in any order.
    - Nothing is saved: the engine is asked and told again when a search is resumed.
    """

    def new_engine(self, coordinates: int, seed: int) -> Engine:
        """Returns an engine.

        Args:
            coordinates: Its number of coordinates, at least 1.
            seed: Of its random numbers.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define new_engine(coordinates, seed)."
        )

    def reset(self) -> None:
        """Drops the engine."""
        self._engine: Engine | None = None
        self._tickets: dict[str, Any] = {}
        self._losses: dict[str, float] = {}
        self._told = 0
        self._built_at = 0

    def space_changed(self) -> None:
        """Starts a new engine, which is told all results as those of others."""
        self.reset()
        self._built_at = len(self.view.trials)

    @property
    def coordinates(self) -> list[int]:
        """The numbers of the knobs that are a coordinate."""
        return [index for index, knob in enumerate(self.view.space.knobs) if knob.size != 1]

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the configuration at the engine's next point, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        if not self.coordinates:
            return self.view.space.canonical({})
        engine = self._informed_engine()
        ticket, values = self._ask(engine)
        for _ in range(MOST_REPEATS):
            known = (
                self._losses.get(self.view.space.key(values)) if values in self.view.tried else None
            )
            if known is None:  # new, or still running
                break
            engine.tell(ticket, known)
            ticket, values = self._ask(engine)
        fresh = self.view.untried(values, trial_number)
        if fresh is None:
            return Signal.EXHAUSTED
        self._tickets[f"{trial_number:04d}"] = ticket
        return fresh

    def unless_short(self, needed: int, told: str, short: str) -> str:
        """Returns what the plan says of the trials, and what is true where they are no more than
        `needed`: too few for the method to learn.
        """
        total = self.expected_trials()
        if total is None or total > needed:
            return told
        if self.view.warm_start or not self.coordinates:
            return told  # the engine has results already, or nothing to do
        return f"{told}; {short}"

    def _ask(self, engine: Engine) -> tuple[Any, Values]:
        ticket, point = engine.ask()
        place = np.full(len(self.view.space.knobs), 0.5)
        place[self.coordinates] = point
        return ticket, self.view.space.from_unit(place)

    def _informed_engine(self) -> Engine:
        """Returns the engine, told of every result."""
        if self._engine is None:
            self._engine = self.new_engine(
                len(self.coordinates), derive(self.view.seed, self._built_at, "population")
            )
        for seen in self.view.observations[self._told :]:
            self._losses[self.view.space.key(seen.values)] = seen.loss
            ticket = self._tickets.pop(seen.trial_id, None) if seen.trial_id is not None else None
            if ticket is None:
                self._engine.tell_other(
                    self.view.space.to_unit(seen.values)[self.coordinates], seen.loss
                )
            else:
                self._engine.tell(ticket, seen.loss)
        self._told = len(self.view.observations)
        return self._engine
