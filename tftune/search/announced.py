"""How the methods of a `Tuner` that a subclass overrides hear of trials, epochs and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from tftune.journal.state import SearchState, TrialRecord
from tftune.search.tasks import TrialTasks
from tftune.space.search_space import Values

if TYPE_CHECKING:
    from tftune.search.hooks import TrialHooks


class Announced:
    """Tasks whose trials are announced to a tuner's `on_trial_begin` and `on_trial_end`.

    Args:
        tasks: Make the tasks.
        tuner: Is told.
        state: What the journal tells.
    """

    def __init__(self, tasks: TrialTasks, tuner: TrialHooks, state: SearchState) -> None:
        self._tasks, self._tuner, self._state = tasks, tuner, state
        self._begun: list[str] = []

    def task_of(self, trial: Any, record: TrialRecord) -> Any:
        """Announces a trial and returns its task."""
        if record.trial_id not in self._begun:
            self._begun.append(record.trial_id)
        self._tuner._trial_now = trial
        self._tuner.on_trial_begin(trial)
        return self._tasks.task_of(trial, record)

    def first_epoch(self, values: Values) -> int:
        """Returns after how many epochs of its parent a trial begins."""
        return self._tasks.first_epoch(values)

    def is_kept(self, trial_id: str) -> bool:
        """Whether something is kept of a trial's training that was interrupted."""
        return self._tasks.is_kept(trial_id)

    def trial_has_ended(self, untold: set[str]) -> None:
        """Announces the trials that have ended since."""
        self._tasks.trial_has_ended(untold)
        running = set(self._state.standing.running)
        for trial_id in [trial_id for trial_id in self._begun if trial_id not in running]:
            self._begun.remove(trial_id)
            record = self._state.trials[trial_id]
            self._tuner.on_trial_end(self._tuner.keras_tuner_trial(record))


class EpochHooks(keras.callbacks.Callback):
    """Calls a tuner's methods of an epoch while a model is trained in the tuner's process."""

    def __init__(self, tuner: TrialHooks) -> None:
        super().__init__()
        self._tuner = tuner

    def __deepcopy__(self, memo: Any) -> EpochHooks:
        return type(self)(self._tuner)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Passes it on."""
        self._tuner.on_epoch_begin(self._tuner._trial_now, self.model, epoch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Passes it on."""
        self._tuner.on_epoch_end(self._tuner._trial_now, self.model, epoch, logs=logs)


class BatchHooks(EpochHooks):
    """Calls those of a batch, too."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Passes it on."""
        self._tuner.on_batch_begin(self._tuner._trial_now, self.model, batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Passes it on."""
        self._tuner.on_batch_end(self._tuner._trial_now, self.model, batch, logs=logs)
