"""What a search method may write: `suggest`, and hooks that do nothing unless a method needs them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import keras_tuner

from tftune.oracles.core.observations import Observations
from tftune.oracles.core.tried import Tried
from tftune.space.search_space import SearchSpace, Values


class Signal(enum.Enum):
    """What `suggest` returns when it has no configuration now."""

    WAIT = "ask again when a running trial has ended"
    EXHAUSTED = "no further trial will be proposed"


class OracleHooks(keras_tuner.Oracle):
    """The methods that a search method overrides; `AbstractOracle` is the class to derive from."""

    space: SearchSpace
    tried: Tried
    observations: Observations
    # True: `suggest` itself gives out `next_start()`, such as Hyperband, which has to add a budget
    places_starts = False

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the values of the trial with this number, or a `Signal`, in which case the oracle
        must be unchanged.

        Called in the order of the numbers, but not for those that the base gives to start
        configurations; the base notes the values in `trials` and `tried` afterwards. Results may
        come from trials that this method never proposed: read `observations`.

        Args:
            trial_number: 0 for the first trial.
        """
        raise NotImplementedError(f"{type(self).__name__} must define suggest(trial_number).")

    def observe(self, trial: Any) -> None:
        """Called when a trial has ended for good; its status is COMPLETED with a finite score, or
        FAILED.
        """

    def plan(self) -> str:
        """Returns a few lines to show before the search: its size, and its cost where that is
        known.
        """
        count, size = self.expected_trials(), self.space.cardinality()
        trials = "trials without end" if count is None else f"at most {count} trials"
        return (
            f"{trials}; the space has {'infinitely many' if size is None else size} configurations"
        )

    def expected_trials(self) -> int | None:
        """Returns how many trials there will be if none fails, or None if there is no limit."""
        known = [
            count for count in (self.max_trials, self.space.cardinality()) if count is not None
        ]
        return min(known, default=None)

    def memo(self) -> dict[str, Any] | None:
        """Returns a JSON-able snapshot that spares replaying earlier events, or None if replaying
        is cheap.
        """
        return None

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the state that `memo` described; `trials`, `tried` and `end_order` already hold the
        events before it.
        """

    def needed_checkpoints(self) -> set[str]:
        """Returns ids of ended trials whose weights a later trial may continue."""
        return set()

    def space_changed(self) -> None:
        """Called when a trial has declared new knobs; `space` and `tried` are new."""

    def reset(self) -> None:
        """Forgets everything the method has learnt; called before the first trial and before a
        reload.
        """

    def options(self) -> dict[str, Any]:
        """Returns the method's own arguments, JSON-able; a saved search with others is refused."""
        return {}

    def all_options(self) -> dict[str, Any]:
        """Returns `options()` and what was given beforehand; fixed knobs stand in the space."""
        given = {
            name: list(getattr(self, name))
            for name in ("start", "warm_start")
            if getattr(self, name)
        }
        return {**self.options(), **given}

    def _proposal(self, number: int) -> Values | Signal:
        """Returns a start configuration or what `suggest` says."""
        raise NotImplementedError
