"""What every search method shares: one method to write, everything else is done here.

An oracle is a `keras_tuner.Oracle` whose state is a sequence of events - trial started, trial
ended, space grew - and whose proposals are a function of the seed and of these events. Resuming
replays the events; nothing else has to be saved.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import keras_tuner

from tftune.errors import TftuneError, UsageError
from tftune.oracles.core.bookkeeping import COMPLETED, FAILED, INVALID, RUNNING
from tftune.oracles.core.given import earlier_results, fix_knobs
from tftune.oracles.core.hooks import Signal
from tftune.oracles.core.objective import resolve_objective
from tftune.oracles.core.results import judge
from tftune.oracles.core.saving import SavedOracle
from tftune.oracles.core.trial_table import new_trial
from tftune.space.search_space import CheckedHyperParameters, Values
from tftune.support.checks import check_count
from tftune.support.seeding import MAX_SEED, check_seed

__all__ = ["AbstractOracle", "Signal", "TooManyFailuresError"]


class TooManyFailuresError(TftuneError, RuntimeError):
    """Look at the failures: so many trials in a row failed that the search was ended (exit code 3)."""

    exit_code = 3


class AbstractOracle(SavedOracle):
    """Base of the search methods; a subclass writes `suggest` and those hooks of `OracleHooks` that
    it needs.

    Safe to call from several threads. Trials have the ids `"0000"`, `"0001"`, ... in the order of
    their start.

    Args:
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

    Example:
        >>> class Midpoint(AbstractOracle):
        ...     def suggest(self, trial_number):
        ...         return Signal.EXHAUSTED if trial_number else self.space.from_unit([0.5] * len(self.space.knobs))
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 0.5)
        >>> oracle = Midpoint("val_accuracy", hyperparameters=hp, seed=0)
        >>> trial = oracle.create_trial("slot 0")
        >>> trial.hyperparameters.values
        {'dropout': 0.25}
        >>> _ = oracle.update_trial(trial.trial_id, {"val_accuracy": 0.9})
        >>> trial.status = "COMPLETED"
        >>> oracle.end_trial(trial)
        >>> oracle.get_best_trials()[0].score, oracle.create_trial("slot 0").status
        (0.9, 'STOPPED')
    """

    def __init__(
        self,
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
        check_count("max_trials", max_trials, least=1, optional=True)
        check_count("max_retries_per_trial", max_retries_per_trial, least=0)
        check_count(
            "max_consecutive_failed_trials", max_consecutive_failed_trials, least=0, optional=True
        )
        if hyperparameters is None and not (allow_new_entries and tune_new_entries):
            raise UsageError(
                "Without new entries the search space must be given. Expected a "
                "keras_tuner.HyperParameters. Received: None. "
                "Pass hyperparameters=."
            )
        self.start, self.warm_start, self.fixed = (
            tuple(map(dict, start)),
            earlier_results(warm_start),
            dict(fixed or {}),
        )
        space = (
            CheckedHyperParameters()
            if hyperparameters is None
            else fix_knobs(hyperparameters, self.fixed)
        )
        super().__init__(
            objective=resolve_objective(objective),
            max_trials=max_trials,
            hyperparameters=space,
            allow_new_entries=allow_new_entries if hyperparameters is not None else True,
            tune_new_entries=tune_new_entries if hyperparameters is not None else True,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self.seed_was_given = seed is not None
        self.seed = (
            check_seed(seed) if seed is not None else secrets.randbelow(MAX_SEED + 1)
        )  # keras_tuner replaces seed 0 by chance
        self._lock = threading.RLock()
        self._forget()
        self.reset()

    # KerasTuner's interface.

    def create_trial(self, tuner_id: str) -> Any:
        """Returns a `keras_tuner` trial: RUNNING with values to run, IDLE (ask again later) or
        STOPPED (there is no further one).

        Args:
            tuner_id: Name of the slot that will run it; a slot that asks before its trial ended
                gets the same trial again.
        """
        with self._lock:
            if tuner_id in self.ongoing_trials:
                return self.ongoing_trials[tuner_id]
            trial = self._take_retry() or self._propose(len(self.trials))
            if trial.status == RUNNING:
                self.tuner_ids.add(tuner_id)
                self.ongoing_trials[tuner_id] = trial
                self._save_trial(trial)
                self.save()
            elif trial.status == "STOPPED":
                self.tuner_ids.discard(tuner_id)
            return trial

    def update_trial(self, trial_id: str, metrics: Mapping[str, float], step: int = 0) -> Any:
        """Notes the metrics that a running trial reports at a step, such as an epoch; they need not
        be finite.

        Raises:
            UsageError: If the trial is unknown or the objective is missing.
        """
        with self._lock:
            trial = self._open_trial(trial_id)
            if self.objective.name not in metrics:
                raise UsageError(
                    f"The objective is missing in the metrics of trial {trial_id}. Expected "
                    f"{self.objective.name!r}. "
                    f"Received: {sorted(metrics)}. Compile the model with this metric or choose "
                    "another objective."
                )
            self._add_metrics(trial, metrics, step)
            self._save_trial(trial)
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
            known = self._open_trial(trial.trial_id)
            self.update_space(trial.hyperparameters)
            known.hyperparameters, known.status, known.message = (
                trial.hyperparameters,
                trial.status,
                trial.message,
            )
            if known.status == COMPLETED:
                judge(known, self.objective)
            self._run_times[known.trial_id] = self._run_times.get(known.trial_id, 0) + 1
            if (
                known.status == INVALID
                and self._run_times[known.trial_id] <= self.max_retries_per_trial
            ):
                self._queue_retry(known)
            else:
                self._conclude(known)
            self._save_trial(known)
            self.save()
            self._check_consecutive_failures()

    def update_space(self, hyperparameters: keras_tuner.HyperParameters) -> None:
        """Adds knobs that a model declared; known ones stay as they are.

        Raises:
            UsageError: If there are new ones and `allow_new_entries` is False.
        """
        with self._lock:
            new = self._new_knobs(hyperparameters)
            if new and not self.allow_new_entries:
                raise UsageError(
                    "The model declares knobs that the search space lacks. "
                    f"Expected only {[hp.name for hp in self.hyperparameters.space]}. "
                    f"Received also: {[hp.name for hp in new]}. Add them to hyperparameters= or "
                    "pass allow_new_entries=True."
                )
            if new and self.tune_new_entries:
                self._extend_space(new)

    def get_best_trials(self, num_trials: int = 1) -> list[Any]:
        """Returns the best completed trials, best first, of equals the earlier first; fewer if
        fewer have completed.
        """
        completed = [trial for trial in self.trials.values() if trial.status == COMPLETED]
        sign = -1.0 if self.objective.direction == "max" else 1.0
        return sorted(completed, key=lambda trial: sign * trial.score)[:num_trials]

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Not used: `create_trial` asks `suggest`.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"populate_space({trial_id!r}) is not how an oracle of tftune is asked. Call "
            "create_trial(slot) instead."
        )

    # The driver's interface; see also `restore` and `unfinished`.

    def set_trial_seconds(self, trial_id: str, seconds: float) -> None:
        """Notes how long a trial took; call it before the trial ends."""
        self.trial_seconds[trial_id] = float(seconds)

    def end_from_record(self, record: Mapping[str, Any]) -> None:
        """Ends a trial for good as a journal's end record tells it; retries and the limit of
        failures are the driver's.

        Args:
            record: Keys trial, status (completed, pruned or failed), score, epoch, metrics,
                message, seconds; and, if building the model declared new knobs, space: the config
                of its `HyperParameters`.
        """
        with self._lock:
            trial = self._open_trial(record["trial_id"])
            if record.get("space"):
                self.update_space(keras_tuner.HyperParameters.from_config(record["space"]))
            self._apply_end(trial, record)
            self._conclude(trial)
            self._save_trial(trial)
            self.save()

    def _propose(self, number: int) -> Any:
        proposal: Values | Signal
        if self.max_trials is not None and number >= self.max_trials:
            proposal = Signal.EXHAUSTED
        elif not self.space.knobs and self.unfinished():
            proposal = Signal.WAIT  # the first trial will tell what can be tuned
        else:
            proposal = self._proposal(number)
        if not isinstance(proposal, Signal):
            return self._start(proposal)
        if proposal is Signal.WAIT and not self.unfinished():
            raise TftuneError(
                f"{type(self).__name__} waits, but no trial is running. This is a fault of the "
                "oracle: report it."
            )
        return new_trial(
            self.get_space(), f"{number:04d}", "IDLE" if proposal is Signal.WAIT else "STOPPED"
        )

    def _proposal(self, number: int) -> Values | Signal:
        if number == 0 and self.space.knobs:
            self.check_given()
        start = None if self.places_starts else self.next_start()
        return self.suggest(number) if start is None else start

    def _check_consecutive_failures(self) -> None:
        limit = self.max_consecutive_failed_trials
        last = [self.trials[trial_id] for trial_id in self.end_order[-limit:]] if limit else []
        if limit and len(last) == limit and all(trial.status == FAILED for trial in last):
            raise TooManyFailuresError(
                f"{limit} trials in a row failed. Expected fewer than "
                f"max_consecutive_failed_trials={limit}. "
                f"The last one said: {last[-1].message or 'nothing'}"
            )
