"""What a search method is: two calls, `propose` and `observe`, and hooks that do nothing."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

from tftune.errors import UsageError
from tftune.oracles.core.phases import counted, tried_before
from tftune.oracles.core.prediction import Prediction
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values
from tftune.support.signatures import parameters_of


class Signal(enum.Enum):
    """What `propose` returns when it has no configuration now."""

    WAIT = "ask again when a running trial has ended"
    EXHAUSTED = "no further trial will be proposed"


class SearchMethod:
    """Decides what is tried next: a subclass writes `propose`, and those hooks that it needs.

    The constructor of a method takes its own options, and nothing else. What it may know of the
    search - the space, the results so far, the seed - it reads from `view`, which the oracle hands
    it in `begin`. An `Oracle` makes a method fit for KerasTuner, for our driver and for resuming.
    One object serves one search.

    Proposals must be a function of the seed and of what has happened; then a search is resumed by
    telling the method again what happened.

    Attributes:
        view: What the method may know; there from `begin` on.
        places_starts: Whether `propose` itself gives out `view.next_start()`, as Hyperband does,
            which has to add a budget. Otherwise the oracle gives out start configurations first.
        follows_max_trials: Names of options that `begin` settles by `view.max_trials` where the
            user has named none. A search that is resumed keeps those it began with, so that it may
            be given more trials, or fewer.
        planned_epochs: The most epochs of a trial, of a method that plans them itself, or None.
        prediction: What a method with a model of the results expects of the configuration that
            `propose` has just returned, or None. It is noted in the journal and changes nothing.
        reason: Why `propose` returned it, in a few words, or None. Noted likewise.
        recorded: While a search is resumed, the recorded values of the proposal that `propose` has
            to repeat; otherwise None.

    Example:
        >>> import keras_tuner
        >>> from tftune.oracles.core.oracle import Oracle
        >>> class Midpoint(SearchMethod):
        ...     def propose(self, trial_number):
        ...         middle = self.view.space.from_unit([0.5] * len(self.view.space.knobs))
        ...         return Signal.EXHAUSTED if trial_number else middle
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 0.5)
        >>> oracle = Oracle(Midpoint(), "val_accuracy", hyperparameters=hp, seed=0)
        >>> trial = oracle.create_trial("slot 0")
        >>> trial.hyperparameters.values
        {'dropout': 0.25}
        >>> _ = oracle.update_trial(trial.trial_id, {"val_accuracy": 0.9})
        >>> trial.status = "COMPLETED"
        >>> oracle.end_trial(trial)
        >>> oracle.get_best_trials()[0].score, oracle.create_trial("slot 0").status
        (0.9, 'STOPPED')
    """

    view: SearchView
    places_starts: ClassVar[bool] = False
    follows_max_trials: ClassVar[tuple[str, ...]] = ()
    planned_epochs: int | None = None
    prediction: Prediction | None = None
    reason: str | None = None
    recorded: Values | None = None

    def begin(self, view: SearchView) -> None:
        """Called once, before anything else.

        A method whose defaults depend on the search, such as on `view.max_trials`, extends this and
        settles them here; see `follows_max_trials`.
        """
        self.view = view
        self.reset()

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the values of the trial with this number, or a `Signal`, in which case the method
        must be unchanged.

        Called in the order of the numbers, but not for those that the oracle gives to start
        configurations; the trial stands in `view.trials` and `view.tried` afterwards. Results may
        come from trials that this method never proposed: read `view.observations`.

        Args:
            trial_number: 0 for the first trial.
        """
        raise NotImplementedError(f"{type(self).__name__} must define propose(trial_number).")

    def observe(self, trial: Any) -> None:
        """Called when a `keras_tuner` trial has ended for good; its status is COMPLETED with a
        finite score, or FAILED.
        """

    def plan(self) -> str:
        """Returns a few lines to show before the search: its size, and its cost where that is
        known.
        """
        count, size = self.expected_trials(), self.view.space.cardinality()
        trials = "trials without end" if count is None else f"at most {counted(count, 'trial')}"
        space = "infinitely many configurations"
        return (
            f"{trials}; the space has {space if size is None else counted(size, 'configuration')}"
        )

    def expected_trials(self) -> int | None:
        """Returns how many trials there will be if none fails, or None if there is no limit."""
        size = self.view.space.cardinality()
        new = None if size is None else size - len(tried_before(self.view))
        limits = (self.view.max_trials, new)
        return min((count for count in limits if count is not None), default=None)

    def options(self) -> dict[str, Any]:
        """Returns what a search is resumed with, JSON-able; one that was saved with other options
        is refused.

        By default every argument of the constructor, read from the attribute of its name.
        """
        return {name: getattr(self, name) for name in parameters_of(type(self))}

    def memo(self) -> dict[str, Any] | None:
        """Returns a JSON-able snapshot that spares replaying earlier events, or None if replaying
        is cheap.
        """
        return None

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets the state that `memo` described; the view already shows the events before it."""

    def extend(self, budget: int | None, seconds: float | None) -> bool:
        """Called when a search is resumed, once the method knows what has happened: what this
        session may spend. Whatever comes of it has to be part of `memo`.

        Args:
            budget: Epochs of all trials of all sessions together, or None.
            seconds: Seconds of the further trials together, or None.

        Returns:
            Whether it plans anew; a method that spends no budget does not.
        """
        return False

    def needed_checkpoints(self) -> set[str]:
        """Returns ids of ended trials whose weights a later trial may continue."""
        return set()

    def reset(self) -> None:
        """Forgets everything the method has learnt; called by `begin` and before a reload."""

    def space_changed(self) -> None:
        """Called when a trial has declared new knobs; the view shows the larger space.

        By default the method is reset: the results stay in `view.observations`.
        """
        self.reset()


def check_method(method: object) -> None:
    """Checks that a search can begin with a method.

    Raises:
        UsageError: If it is none, or serves another search.
    """
    if not isinstance(method, SearchMethod):
        raise UsageError(
            "method must be a SearchMethod, made. Received: "
            f"{method!r} of type {type(method).__name__}. Pass for example RandomMethod()."
        )
    if hasattr(method, "view"):
        raise UsageError(
            f"A search method serves one search. Received: a {type(method).__name__} that serves "
            "one already. Make a new one."
        )
