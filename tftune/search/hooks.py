"""The methods of KerasTuner's `Tuner` that a subclass may override, and what they do here.

`tftune.search.overrides` tells when each is called.
"""

from __future__ import annotations

from typing import Any

from tftune.errors import UsageError
from tftune.journal.state import SearchState, TrialRecord
from tftune.oracles.core.trial_table import KerasTunerStatus, new_trial
from tftune.search import own_trials
from tftune.search.announced import Announced, BatchHooks, EpochHooks
from tftune.search.overrides import AROUND, DURING, TRIAL, check_overrides, check_place, overridden
from tftune.search.results import AbstractSearchResults
from tftune.search.tasks import TrialTasks
from tftune.space.search_space import SearchSpace
from tftune.support.files import own_folder
from tftune.training.checkpoints import save_checkpoint, variables_of


class TrialHooks(AbstractSearchResults):
    """The part of `tftune.Tuner` that a subclass may replace.

    Attributes:
        own_trial: The trial that user code runs now, or None.
    """

    own_trial: own_trials.OwnTrial | None = None
    _trial_now: Any = None  # the trial that is trained in this process
    _hypermodel_to_build: Any  # with what the constructor says of compiling

    # What a subclass may override.

    def run_trial(self, trial: Any, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Trains one trial in this process, and returns a list with its History.

        A subclass may override it, with any arguments: what `search` is given goes there as it is.
        It returns a number, a dictionary with the objective, a History or a list of these; or
        None after `self.oracle.update_trial(...)` or `self.on_epoch_end(...)`. New knobs may be
        declared to `trial.hyperparameters`. Trials then run one after another.

        Args:
            trial: A `keras_tuner` trial.
            *fit_args: As for `model.fit`.
            **fit_kwargs: As for `model.fit`.
        """
        own = self.own_trial
        if own is None or own.trial is not trial:  # called by hand, outside of a search
            objective = self.oracle.objective
            header = {"objective": {"name": objective.name, "direction": objective.direction}}
            number = int(trial.trial_id) if str(trial.trial_id).isdigit() else 0
            record = TrialRecord(trial.trial_id, number, dict(trial.hyperparameters.values))
            state = SearchState(header=header)
            own = own_trials.OwnTrial(self, trial, record, self.plan, state)
        return own_trials.train(own, fit_args, fit_kwargs)

    def _build_and_fit_model(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds and trains the model of a trial and returns what the HyperModel's `fit` did."""
        return own_trials.build_and_fit(self, trial, args, kwargs)

    def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
        """Keeps the weights of a model, for `get_best_models`.

        Args:
            trial_id: Of the trial.
            model: A Keras model.
            step: Epochs trained before, counted from 0.
        """
        saved = own_trials.own_checkpoint(model, variables_of(model), {"step": int(step)})
        save_checkpoint(self.folder.checkpoint(trial_id), saved)

    def load_model(self, trial: Any) -> Any:
        """Returns the model of a trial with the weights of its best epoch, built here."""
        if not self.overrides(*TRIAL):
            return super().load_model(trial)
        record = self._state.trials[trial.trial_id]
        hp = SearchSpace(self.oracle.hyperparameters).to_hyperparameters(record.values)
        return own_trials.load_own_model(self, trial.trial_id, hp)

    def on_search_begin(self) -> None:
        """Called before the first trial of a call of `search`."""

    def on_search_end(self) -> None:
        """Called after the last one, when the results are written."""

    def on_trial_begin(self, trial: Any) -> None:
        """Called when a trial starts, also when it starts once more.

        Args:
            trial: A `keras_tuner` trial.
        """

    def on_trial_end(self, trial: Any) -> None:
        """Called when a trial has ended and is in the journal.

        Args:
            trial: A `keras_tuner` trial with its status and score.
        """

    def on_epoch_begin(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        """Called before an epoch, counted from 0."""

    def on_epoch_end(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        """Called after an epoch, counted from 0.

        A `run_trial` with a loop of its own calls it to tell the metrics of an epoch, the objective
        among them: they go to the journal and the scheduler, and the model of the best epoch is
        saved.
        """
        if self.own_trial is not None:
            self.own_trial.epoch_ended(model, epoch, logs or {})

    def on_batch_begin(self, trial: Any, model: Any, batch: int, logs: Any = None) -> None:
        """Called before a batch, counted from 0 in each epoch."""

    def on_batch_end(self, trial: Any, model: Any, batch: int, logs: Any = None) -> None:
        """Called after a batch."""

    # How the rest of this package asks.

    @property
    def payload(self) -> bytes:
        """The hypermodel, pickled."""
        return self._payload

    def overrides(self, *names: str) -> bool:
        """Whether one of KerasTuner's methods is overridden."""
        return bool(set(names) & set(self._overridden()))

    def _overridden(self) -> tuple[str, ...]:
        return overridden(self)

    def runs_own_trials(self) -> bool:
        """Whether user code runs the trials, in this process; checks that it can.

        Raises:
            UsageError: If it cannot.
        """
        self._check_overrides(self.hypermodel)
        return self.overrides(*TRIAL)

    def can_confirm(self) -> bool:
        """Whether the winner of a search can be confirmed: user code that runs trials, or follows
        their epochs, knows no further trainings.

        Raises:
            UsageError: If it cannot, and is to be.
        """
        names = [name for name in (*TRIAL, *DURING) if self.overrides(name)]
        if names and self.plan.run.finish_share:
            raise UsageError(
                f"The model cannot be finished: {type(self).__name__} overrides "
                f"{', '.join(names)}, which knows trials only. Expected a Tuner whose trials train "
                f"by fit. Received: finish={self.plan.run.finish!r}. Leave out finish, or the "
                "method."
            )
        if names and self.plan.run.confirm:
            raise UsageError(
                f"The winner cannot be confirmed: {type(self).__name__} overrides "
                f"{', '.join(names)}, which knows trials only. Expected a Tuner whose trials train "
                f"by fit. Received: confirm={self.plan.run.confirm!r}. Leave out confirm, or the "
                "method."
            )
        return not names

    def _check_overrides(self, hypermodel: Any) -> None:
        """Refuses methods that would not be called, and no model where one is needed; raises a
        UsageError.
        """
        names = self._overridden()
        if hypermodel is None and "run_trial" not in names:
            raise UsageError(
                "Received hypermodel=None. Expected a keras_tuner.HyperModel or a function "
                "build(hp). Pass one, or subclass Tuner and override run_trial."
            )
        check_overrides(names, type(self))
        check_place(names, type(self), self.plan.run.in_children, self.plan.training.folds)
        if self.plan.training.reshuffle and set(names) & set(TRIAL):
            raise UsageError(
                f"{type(self).__name__} overrides what trains a trial, to which reshuffle means "
                "nothing. Expected reshuffle=False. Received: reshuffle=True. Cut the rows in that "
                "method, or leave reshuffle out."
            )
        self.can_confirm()

    def hypermodel_to_build(self) -> Any:
        """Returns the hypermodel with what the constructor says of compiling."""
        return self._hypermodel_to_build

    def with_hooks(self, options: dict[str, Any], trial: Any = None) -> dict[str, Any]:
        """Returns the keyword arguments of `fit` with a callback that calls the overridden
        methods of an epoch and a batch.
        """
        names = [name for name in DURING if self.overrides(name)]
        if not names:
            return options
        self._trial_now = trial
        batches = any(name.startswith("on_batch") for name in names)
        hook = BatchHooks(self) if batches else EpochHooks(self)
        given = options.get("callbacks") or []
        given = list(given) if isinstance(given, list | tuple) else [given]
        return {**options, "callbacks": [*given, hook]}

    def told_of(self, tasks: TrialTasks, state: SearchState) -> Any:
        """Returns tasks that call the overridden methods around a trial; the same if there are
        none.
        """
        return Announced(tasks, self, state) if self.overrides(*AROUND, *DURING) else tasks

    def keras_tuner_trial(self, record: TrialRecord) -> Any:
        """Returns a trial of the journal as KerasTuner knows it."""
        hp = SearchSpace(self.oracle.hyperparameters).to_hyperparameters(record.values)
        failed = not record.status.has_score
        status = KerasTunerStatus.FAILED if failed else KerasTunerStatus.COMPLETED
        trial = new_trial(hp, record.trial_id, status)
        trial.score, trial.message = record.score, record.message
        trial.best_step = record.best_epoch or 0
        for name, value in record.metrics.items():
            trial.metrics.register(name, direction=self.oracle.objective.direction)
            trial.metrics.metrics[name].update(value, step=trial.best_step)
        return trial

    def get_best_models(self, num_models: int = 1) -> list[Any]:
        """Returns the models of the best trials with the weights of their best epochs, best first;
        by `load_model` if a subclass overrides it.

        Raises:
            UsageError: If more are wanted than the weights were kept of.
        """
        if not self.overrides("load_model"):
            return super().get_best_models(num_models)
        best = self._state.ranked(num_models)
        return [self.load_model(self.keras_tuner_trial(record)) for record in best]

    def get_trial_dir(self, trial_id: str) -> str:
        """Returns a folder for files of a trial, which `overwrite` removes, too."""
        folder = own_folder(self.folder.trials) / str(trial_id)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)
