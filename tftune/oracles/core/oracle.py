"""The oracle: a search method as KerasTuner and our driver see it.

It has a book of trials, a method that proposes, and a memory of what has happened. It adds
KerasTuner's interface, a lock, and the limits of trials, retries and failures.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import keras_tuner

from tftune.errors import UsageError
from tftune.oracles.core import files
from tftune.oracles.core.book import TrialBook
from tftune.oracles.core.given import declared_space, earlier_results
from tftune.oracles.core.judging import check_failures
from tftune.oracles.core.memory import Memory
from tftune.oracles.core.method import SearchMethod, check_method
from tftune.oracles.core.objective import resolve_objective
from tftune.oracles.core.trial_table import KerasTunerStatus, SilentDisplay
from tftune.oracles.core.view import SearchView
from tftune.support.checks import check_count
from tftune.support.seeding import MAX_SEED, check_seed

Method = TypeVar("Method", bound=SearchMethod)


class Oracle(SearchView, keras_tuner.Oracle, Generic[Method]):
    """Makes a search method a `keras_tuner.Oracle`, with a state that can be saved and resumed.

    Safe to call from several threads. Trials have the ids `"0000"`, `"0001"`, ... in the order of
    their start.

    Args:
        method: Proposes the trials; a new one.
        objective: Name of a known metric, a `keras_tuner.Objective`, or None where a trial returns
            one number to minimise.
        max_trials: Trials at most, failed ones counted; None for no limit.
        hyperparameters: The search space, copied; None where the model declares it.
        seed: 0 to 2**31 - 1; None draws one, which the attribute `seed` tells.
        allow_new_entries: Whether the model may declare knobs that are not in `hyperparameters`.
        tune_new_entries: Whether such knobs are tuned; otherwise they keep their default.
        max_retries_per_trial: Further runs of a trial that crashed or gave no finite score.
        max_consecutive_failed_trials: Failures in a row that end the search; None or 0 for no
            limit.
        start: Configurations that are tried first, each a mapping from knobs to values; knobs that
            are not named stand at their default.
        warm_start: Results of earlier searches of the same space, each a mapping with values,
            score, status (`completed`, `pruned` or `failed`) and seconds. The best completed one is
            tried again; the others are told to the method and not tried.
        fixed: Knobs that are not tuned, with their values; a number may lie outside the knob's
            range.

    Raises:
        UsageError: If an argument is outside its range or the objective's direction is not known.
    """

    seed_was_given = False

    def __init__(
        self,
        method: Method,
        objective: str | keras_tuner.Objective | None = None,
        max_trials: int | None = 10,
        hyperparameters: keras_tuner.HyperParameters | None = None,
        seed: int | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        start: Sequence[Mapping[str, Any]] = (),
        warm_start: Sequence[Mapping[str, Any]] = (),
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        check_method(method)
        check_count("max_trials", max_trials, least=1, optional=True)
        check_count("max_retries_per_trial", max_retries_per_trial, least=0)
        check_count(
            "max_consecutive_failed_trials", max_consecutive_failed_trials, 0, optional=True
        )
        self.objective, self.method = resolve_objective(objective), method
        self.start, self.warm_start = tuple(map(dict, start)), earlier_results(warm_start)
        self.fixed = dict(fixed or {})
        may_grow = allow_new_entries and tune_new_entries
        space = declared_space(hyperparameters, self.fixed, may_grow)
        self.open_book(space)
        super().__init__(
            objective=self.objective,
            max_trials=max_trials,
            hyperparameters=space,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        del self._run_times, self._id_to_hash  # not used, and not to be pickled
        self._show_book()
        self._display = SilentDisplay()
        self.seed_was_given = seed is not None  # KerasTuner replaces seed 0 by chance
        self.seed = check_seed(seed) if seed is not None else secrets.randbelow(MAX_SEED + 1)
        self._lock = threading.RLock()
        method.begin(self)

    def open_book(self, hyperparameters: Any, keeps_events: bool = True) -> None:
        """Begins with no trials in a space."""
        given = (self.start, self.warm_start, self.fixed)
        self.book = TrialBook(hyperparameters, self.objective, *given)
        self.memory = Memory(self.book, self.method, keeps_events)
        self._show_book()

    def _show_book(self) -> None:
        """Shows the book in the attributes of `keras_tuner.Oracle`."""
        self.trials, self.ongoing_trials = self.book.trials, self.book.ongoing
        self.start_order, self.end_order = self.book.start_order, self.book.end_order

    @property
    def hyperparameters(self) -> Any:
        """The search space, as KerasTuner describes it."""
        return self.book.hyperparameters

    @hyperparameters.setter
    def hyperparameters(self, hyperparameters: Any) -> None:
        self.book.hyperparameters = hyperparameters

    @property
    def kind(self) -> type:
        """The class that tells what the search method is."""
        return type(self.method)

    # KerasTuner's interface.

    def create_trial(self, tuner_id: str) -> Any:
        """Returns a `keras_tuner` trial for a slot: RUNNING with values to run, IDLE (ask again
        later) or STOPPED (there is no further one); as long as it runs, the same one again.
        """
        with self._lock:
            if tuner_id in self.book.ongoing:
                return self.book.ongoing[tuner_id]
            trial = self.book.take_retry() or self.memory.next_trial(self.max_trials)
            if trial.status == KerasTunerStatus.RUNNING:
                self.tuner_ids.add(tuner_id)
                self.book.ongoing[tuner_id] = trial
                self._save(trial)
            elif trial.status == KerasTunerStatus.STOPPED:
                self.tuner_ids.discard(tuner_id)
            return trial

    def update_trial(self, trial_id: str, metrics: Mapping[str, float], step: int = 0) -> Any:
        """Notes the metrics that a running trial reports at a step, such as an epoch; they need not
        be finite.

        Raises:
            UsageError: If the trial is unknown or the objective is missing.
        """
        with self._lock:
            trial = self.book.report(trial_id, metrics, step)
            files.save_trial(self, trial)
            return trial

    def end_trial(self, trial: Any) -> None:
        """Ends a run of a trial whose status is COMPLETED, INVALID (may be retried) or FAILED.

        A completed trial without a finite score counts as INVALID.

        Raises:
            UsageError: If the trial is unknown or has ended before.
            TooManyFailuresError: If the limit of consecutive failures is reached; the state is
                saved before.
        """
        with self._lock:
            known = self.book.open_trial(trial.trial_id)
            self.update_space(trial.hyperparameters)
            if self.book.end_run(known, trial, self.max_retries_per_trial):
                self.memory.end(known)
            self._save(known)
            if limit := self.max_consecutive_failed_trials:
                last = self.end_order[-limit:]
                check_failures([self.trials[trial_id] for trial_id in last], limit)

    def update_space(self, hyperparameters: keras_tuner.HyperParameters) -> None:
        """Adds knobs that a model declared; known ones stay as they are.

        Raises:
            UsageError: If there are new ones and `allow_new_entries` is False.
        """
        with self._lock:
            self.memory.declare(hyperparameters, self.allow_new_entries, self.tune_new_entries)

    def get_best_trials(self, num_trials: int = 1) -> list[Any]:
        """Returns the best completed trials, best first, of equals the earlier first."""
        return self.book.best(num_trials)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Raises a UsageError: `create_trial` asks the method instead."""
        raise UsageError(
            f"populate_space({trial_id!r}) is not how an oracle of tftune is asked. Call "
            "create_trial(slot) instead."
        )

    # The driver's interface.

    @property
    def planned_epochs(self) -> int | None:
        """The most epochs of a trial, of a method that plans them, or None."""
        return self.method.planned_epochs

    def plan(self) -> str:
        """Returns a few lines to show before the search: its size and cost."""
        return self.method.plan()

    def expected_trials(self) -> int | None:
        """Returns how many trials there will be if none fails, or None if there is no limit."""
        return self.method.expected_trials()

    def needed_checkpoints(self) -> set[str]:
        """Returns ids of ended trials whose weights a later trial may continue."""
        return self.method.needed_checkpoints()

    def all_options(self) -> dict[str, Any]:
        """Returns the method's options and what was given beforehand, JSON-able."""
        given = {"start": list(self.start), "warm_start": list(self.warm_start)}
        return {**self.method.options(), **{name: what for name, what in given.items() if what}}

    def check_given(self) -> None:
        """Checks what was given beforehand, as soon as the space is known; raises a UsageError."""
        self.book.check_given()

    def set_trial_seconds(self, trial_id: str, seconds: float) -> None:
        """Notes how long a trial took; call it before the trial ends."""
        self.book.seconds[trial_id] = float(seconds)

    def end_from_record(self, record: Mapping[str, Any]) -> None:
        """Ends a trial for good as a journal's end record tells it, which may hold new knobs as
        `space`; retries and the limit of failures are the driver's.
        """
        with self._lock:
            trial = self.book.open_trial(record["trial_id"])
            if record.get("space"):
                self.update_space(keras_tuner.HyperParameters.from_config(record["space"]))
            self.book.apply(trial, record)
            self.memory.end(trial)
            self._save(trial)

    def memo(self) -> dict[str, Any] | None:
        """Returns what spares replaying the events so far, JSON-able, or None."""
        return self.method.memo()

    def restore(
        self,
        events: Sequence[Mapping[str, Any]],
        memo: Mapping[str, Any] | None = None,
        memo_position: int = 0,
    ) -> None:
        """Brings a fresh oracle to where earlier events left it, as `Memory.restore` describes."""
        with self._lock:
            self.memory.restore(events, memo, memo_position)

    # Files under a plain keras_tuner.Tuner, and pickles.

    @property
    def autosave(self) -> bool:
        """Whether the oracle keeps events and files; our driver does it instead, in a journal."""
        return self.memory.keeps_events

    @autosave.setter
    def autosave(self, keeps_events: bool) -> None:
        self.memory.keeps_events = keeps_events

    def get_state(self) -> dict[str, Any]:
        """Returns the state as JSON can hold it."""
        return files.state_of(self)

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Replaces the state by one that `get_state` returned; running trials will run again."""
        with self._lock:
            files.set_state(self, state)

    def _save(self, trial: Any) -> None:
        files.save_trial(self, trial)
        self.save()

    def save(self) -> None:
        """Writes the state into the project folder, atomically; does nothing without a folder."""
        files.save(self)

    def reload(self) -> None:
        """Reads the state from the project folder."""
        with self._lock:
            files.reload(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()
