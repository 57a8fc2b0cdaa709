"""From a step of the finish to the task of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tftune.journal.state import TrialRecord
from tftune.search.finish.rows import SearchRows
from tftune.search.finish.trainings import PREFIX, Training
from tftune.search.load_run import recorded_space
from tftune.search.tasks import TrialTasks
from tftune.support.seeding import derive
from tftune.training.retraining import RetrainTask, has_own_fit, run_answers, run_retraining


class FinishTasks:
    """Makes tasks.

    Args:
        trials: Makes those of trials: it knows the data as they travel.

    Attributes:
        folder: Of the run.
        plan: Of the search.
        seed: Of the search.
        why_not: Why nothing can be trained again, or "".
    """

    def __init__(self, trials: TrialTasks) -> None:
        self.trials, self.folder, self.plan = trials, trials.folder, trials.plan
        self.seed = int(trials.oracle.seed)
        self.why_not = (
            "the HyperModel trains in its own way, so only it knows what rows mean"
            if has_own_fit(trials.hypermodel)
            else ""
        )

    def answers(self, trial: TrialRecord, rows: SearchRows) -> Training:
        """Returns what asks the kept model of a trial.

        Args:
            trial: Whose weights are kept.
            rows: Of the search; those that validate are answered.
        """
        key = f"{trial.trial_id}-answers"
        task = self._task(key, trial, None, rows.held)
        kept = str(self.folder.checkpoint(trial.trial_id))
        return Training(key, run_answers, replace(task, parent_checkpoint=kept))

    def base(self, trial: TrialRecord, rows: SearchRows, epochs: int, window: int) -> Training:
        """Returns the training on the training rows, followed on those that validate.

        Args:
            trial: The winner.
            rows: Of the search.
            epochs: How many are trained.
            window: Of how many last ones the weights are averaged; 0 averages none.
        """
        return self._training("base", trial, rows.train, rows.held, epochs, window)

    def half(
        self,
        trial: TrialRecord,
        rows: SearchRows,
        epochs: int,
        window: int,
        rates: Sequence[float],
        halves: Sequence[Any],
        number: int,
    ) -> Training:
        """Returns the training that has one half of the rows that validate, too, and is judged on
        the other.

        Args:
            trial: The winner.
            rows: Of the search.
            epochs: As for `base`.
            window: As for `base`.
            rates: The learning rate of each epoch of `base`, which is replayed.
            halves: Places of both halves among the rows that validate.
            number: Which half is trained on, 0 or 1.
        """
        train = np.sort(np.concatenate([rows.train, rows.held[halves[number]]]))
        held = rows.held[halves[1 - number]]
        name = f"half-{number + 1}"
        return self._training(name, trial, train, held, epochs, window, rates)

    def refit(
        self,
        trial: TrialRecord,
        rows: SearchRows,
        epochs: int,
        window: int,
        rates: Sequence[float],
    ) -> Training:
        """Returns the training on all rows.

        Args:
            trial: The winner.
            rows: Of the search.
            epochs: As for `base`.
            window: As for `base`.
            rates: As for `half`.
        """
        every = np.sort(np.concatenate([rows.train, rows.held]))
        return self._training("refit", trial, every, None, epochs, window, rates)

    def _training(
        self,
        name: str,
        trial: TrialRecord,
        train: Any,
        held: Any,
        epochs: int,
        window: int,
        rates: Sequence[float] | None = None,
    ) -> Training:
        key = f"{trial.trial_id}-{epochs}-{name}"
        task = self._task(key, trial, train, held)
        told = None if rates is None else tuple(float(rate) for rate in rates)
        task = replace(task, last_epoch=epochs, window=window, rates=told)
        return Training(key, run_retraining, task)

    def _task(self, key: str, trial: TrialRecord, train: Any, held: Any) -> RetrainTask:
        trials, state = self.trials, self.trials.state
        space = recorded_space(state)
        longest = max(self.plan.training.epochs, trial.last_epoch or 0)  # that schedules know
        return RetrainTask(
            trial_id=f"{PREFIX}{key}",
            stream=0,
            # the same for all trainings: what a seed does to both of two then cancels
            seed=derive(self.seed, trial.number, "finish"),
            hypermodel=trials.hypermodel,
            hyperparameters=dict(space.to_hyperparameters(trial.values).get_config()),
            objective=state.objective,
            direction=state.direction,
            arguments=trials.arguments,
            options=trials.options,
            settings=replace(self.plan.training, folds=0, reshuffle=False, epochs=longest),
            checkpoint=str(self.folder.checkpoint(f"{PREFIX}{key}")),
            train_rows=train,
            held_rows=held,
        )

    def remove_files(self, members: Sequence[Mapping[str, Any]]) -> None:
        """Removes what only the steps needed.

        Args:
            members: Of the finished model, whose files stay.
        """
        kept = {f"{each['checkpoint']}.npz" for each in members}
        for file in self.folder.checkpoints.glob(f"{PREFIX}*.npz"):
            if file.name not in kept:
                file.unlink(missing_ok=True)
