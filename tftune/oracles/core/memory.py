"""The memory of an oracle: everything that happens becomes an event, and events bring it back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import RunFolderError, TftuneError, UsageError
from tftune.journal.records import decode_number
from tftune.oracles.core.book import TrialBook
from tftune.oracles.core.judging import trial_event
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.trial_table import KerasTunerStatus, new_trial
from tftune.space.search_space import SearchSpace, Value, Values

_LAST_DIGITS = 1e-9  # relative


class Memory:
    """What happens passes through here: it is entered in the book, told to the method, and noted.

    Events are those of a journal: a trial started, a trial ended, the space grew. Proposals are a
    function of the seed and of the events, so nothing else has to be saved.

    Args:
        book: The trials.
        method: Proposes, and hears of every end.
        keeps_events: Whether events are noted here. Without, somebody else's journal is the record;
            trials that ended are then kept packed, and looking one up makes a copy.

    Attributes:
        events: What has happened, in order, as JSON can hold it.
    """

    def __init__(self, book: TrialBook, method: SearchMethod, keeps_events: bool = True) -> None:
        self.book, self.method, self.keeps_events = book, method, keeps_events
        self.events: list[dict[str, Any]] = []

    def proposal(self, number: int) -> Values | Signal:
        """Returns a start configuration, or what the method proposes."""
        if number == 0 and self.book.space.knobs:
            self.book.check_given()
        self.method.prediction = self.method.reason = None  # of the last proposal
        start = None if self.method.places_starts else self.book.next_start()
        return self.method.propose(number) if start is None else start

    def next_trial(self, max_trials: int | None) -> Any:
        """Starts and returns the next trial; one that is IDLE has to wait, STOPPED says the end."""
        number, proposal = len(self.book.trials), self._proposal_within(max_trials)
        if not isinstance(proposal, Signal):
            trial = self.start(proposal)
            self.book.note(trial.trial_id, self.method.prediction, self.method.reason)
            return trial
        if proposal is Signal.WAIT and not self.book.unfinished():
            raise TftuneError(
                f"{type(self.method).__name__} waits, but no trial is running. This is a fault of "
                "the search method: report it."
            )
        waits = proposal is Signal.WAIT
        status = KerasTunerStatus.IDLE if waits else KerasTunerStatus.STOPPED
        return new_trial(self.book.hyperparameters.copy(), f"{number:04d}", status)

    def _proposal_within(self, max_trials: int | None) -> Values | Signal:
        number = len(self.book.trials)
        if max_trials is not None and number >= max_trials:
            return Signal.EXHAUSTED
        if not self.book.space.knobs and self.book.unfinished():
            return Signal.WAIT  # the first trial will tell what can be tuned
        return self.proposal(number)

    def start(self, values: Mapping[str, Value]) -> Any:
        """Starts the next trial and returns it."""
        if not self.book.trials:
            self._note_space()
        trial = self.book.start(values)
        values = dict(trial.hyperparameters.values)
        self._note({"kind": "start", "trial_id": trial.trial_id, "values": values})
        return trial

    def end(self, trial: Any, compute: bool = True) -> None:
        """Ends a trial for good.

        Args:
            trial: Its status and score are known.
            compute: Whether the method hears of it.
        """
        self.book.end(trial)
        if self.keeps_events:
            seconds = self.book.seconds.get(trial.trial_id)
            self._note(trial_event(trial, self.book.status(trial), seconds))
        if compute:
            self.method.observe(trial)
        if not self.keeps_events:
            self.book.trials.settle(trial.trial_id)

    def declare(self, hyperparameters: Any, allowed: bool, tuned: bool) -> None:
        """Adds the knobs that a model declared and the space lacks.

        Raises:
            UsageError: If there are any, and they are not allowed.
        """
        new = self.book.new_knobs(hyperparameters)
        if new and not allowed:
            raise UsageError(
                "The model declares knobs that the search space lacks. "
                f"Expected only {[hp.name for hp in self.book.hyperparameters.space]}. "
                f"Received also: {[hp.name for hp in new]}. Add them to hyperparameters= or "
                "pass allow_new_entries=True."
            )
        if new and tuned:
            self.grow(new)

    def grow(self, knobs: list[Any], compute: bool = True) -> None:
        """Adds knobs to the space; `compute` tells whether the method hears of it."""
        self.book.grow(knobs)
        if self.book.trials:
            self._note_space()
            if compute:
                self.method.space_changed()

    def restore(
        self,
        events: Sequence[Mapping[str, Any]],
        memo: Mapping[str, Any] | None = None,
        memo_position: int = 0,
    ) -> None:
        """Brings a fresh book and method to where the events of an earlier session left them.

        Trials that were started and did not end stay RUNNING; `unfinished()` lists them.

        Args:
            events: Journal records of kind start, end and space, in order; other kinds are passed
                over. A second start of a trial that did not end is another attempt and changes
                nothing.
            memo: What `memo()` returned after the first `memo_position` of these events; they are
                then noted without computing anything. None replays all events.
            memo_position: A number of events.

        Raises:
            RunFolderError: If a replayed proposal is not the recorded one, or the events contradict
                each other.
            UsageError: If there are trials already.
        """
        if self.book.trials:
            raise UsageError(
                f"restore() needs a fresh oracle. Received: one with {len(self.book.trials)} "
                "trials. Make a new one."
            )
        position = 0 if memo is None else memo_position
        for event in events[:position]:
            self._replay(event, compute=False)
        if memo is not None:
            self.method.restore_memo(memo)
        for event in events[position:]:
            self._replay(event, compute=True)

    def show(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Enters the events of an earlier session in the book; the method is told nothing, so it
        cannot go on from there.
        """
        for event in events:
            self._replay(event, compute=False)

    def _note(self, event: dict[str, Any]) -> None:
        if self.keeps_events:
            self.events.append(event)

    def _note_space(self) -> None:
        self._note({"kind": "space", "config": self.book.hyperparameters.get_config()})

    def _replay(self, event: Mapping[str, Any], compute: bool) -> None:
        if event["kind"] == "space":
            new = self.book.new_knobs(_hyperparameters(event["config"]))
            if new:
                self.grow(new, compute)
        elif event["kind"] == "start":
            self._replay_start(event, compute)
        elif event["kind"] == "end":
            metrics = {
                name: decode_number(value) for name, value in (event.get("metrics") or {}).items()
            }
            trial = self.book.open_trial(event["trial_id"])
            self.book.apply(trial, {**event, "metrics": metrics})
            self.end(trial, compute)

    def _replay_start(self, event: Mapping[str, Any], compute: bool) -> None:
        trial_id, expected = event["trial_id"], f"{len(self.book.trials):04d}"
        if trial_id in self.book.trials and trial_id not in self.book.end_order:
            return  # another attempt
        if trial_id != expected:
            raise RunFolderError(
                f"The record does not fit. Expected the start of trial {expected}. Received: "
                f"{trial_id}. Start over."
            )
        if compute:
            self.method.recorded = event["values"]
            proposal = self.proposal(len(self.book.trials))
            self.method.recorded = None
            self._check_repeats(trial_id, event["values"], proposal)
        self.start(event["values"])

    def _check_repeats(self, trial_id: str, recorded: Values, proposal: Values | Signal) -> None:
        proposed: Any = proposal
        if not isinstance(proposal, Signal):
            proposed = dict(self.book.space.to_hyperparameters(proposal).values)
        if not _equal(proposed, recorded):
            raise RunFolderError(
                f"Trial {trial_id} cannot be repeated: the search method now proposes other "
                f"values. Expected (recorded): {recorded}. "
                f"Received (proposed): {proposed}. Resume with the versions and options of the "
                "record, or start over."
            )


def _equal(proposed: Any, recorded: Values) -> bool:
    """Whether two configurations are the same but for the last digits of numbers, which differ
    between processors and versions of NumPy.
    """
    if isinstance(proposed, Signal) or proposed.keys() != recorded.keys():
        return False
    pairs = ((value, recorded[name]) for name, value in proposed.items())
    return all(
        math.isclose(one, other, rel_tol=_LAST_DIGITS, abs_tol=1e-300)
        if isinstance(one, float) and isinstance(other, float)
        else one == other
        for one, other in pairs
    )


def _hyperparameters(config: Mapping[str, Any]) -> keras_tuner.HyperParameters:
    """Returns the space of an event, in our own form or in KerasTuner's."""
    if "knobs" in config:
        return SearchSpace.from_config(config).hyperparameters
    return keras_tuner.HyperParameters.from_config(config)
