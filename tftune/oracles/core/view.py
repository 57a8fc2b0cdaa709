"""What a search method may know of the search that it works for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.journal.status import TrialStatus
from tftune.oracles.core.book import TrialBook
from tftune.oracles.core.observations import Observations
from tftune.oracles.core.tried import Tried
from tftune.space.search_space import SearchSpace, Value, Values
from tftune.support.seeding import generator


class SearchView:
    """Shows the search as it is now. Every `Oracle` is one: its method reads these names and no
    others.

    Attributes:
        seed: The source of all random numbers, by `tftune.support.seeding`.
        max_trials: Trials at most, failed ones counted; None for no limit.
        objective: A `keras_tuner.Objective`: name and direction.
        start: The configurations to begin with, as they were given.
        warm_start: The results of earlier searches, each with values, score, status and seconds.
        trials: The `keras_tuner` trials by their ids, in the order of their start.
        end_order: The ids of the trials that ended, in the order of their end.
        blas_threads: How many threads linear algebra may use, on which the last bits of a fit
            depend; None for as many as it likes.
    """

    seed: int
    max_trials: int | None
    objective: Any
    start: Sequence[Values]
    warm_start: Sequence[Mapping[str, Any]]
    trials: Mapping[str, Any]
    end_order: Sequence[str]
    blas_threads: int | None = None
    book: TrialBook

    @property
    def space(self) -> SearchSpace:
        """What can be tuned; it grows if a model declares further knobs."""
        return self.book.space

    @property
    def tried(self) -> Tried:
        """The configurations that a trial had, of this search or of an earlier one."""
        return self.book.tried

    @property
    def observations(self) -> Observations:
        """The results so far, those of earlier searches first; a lower loss is better."""
        return self.book.observations

    def status(self, trial_id: str) -> TrialStatus:
        """Returns what became of a trial."""
        return self.book.status(self.book.trials[trial_id])

    def seconds(self, trial_id: str) -> float | None:
        """Returns how long a trial took, or None if nobody told."""
        return self.book.seconds.get(trial_id)

    def unfinished(self) -> list[Any]:
        """Returns the trials that were started and did not end, in the order of their numbers."""
        return self.book.unfinished()

    def next_start(self) -> Values | None:
        """Returns the first configuration to begin with that no trial had: those given, then the
        best of an earlier search; or None.
        """
        return self.book.next_start()

    def untried(self, values: Mapping[str, Value], trial_number: int) -> Values | None:
        """Returns the configuration, or if it was tried the nearest of 64 random ones that were
        not; None if there is none.
        """
        draws = generator(self.seed, trial_number, "instead of a repeat")
        return self.tried.nearest_new(values, draws)
