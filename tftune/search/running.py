"""A search on its way: tasks are made from trials, data are shared with the children, old weights
are dropped.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tftune.execution.base import AbstractExecutor
from tftune.execution.choose import open_executor
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import TrialRecord
from tftune.oracles.core.oracle import Oracle
from tftune.schedulers.base import AbstractScheduler
from tftune.search.driver import Driver
from tftune.search.run_settings import RunSettings
from tftune.training.arrays import share
from tftune.training.settings import TrainingSettings
from tftune.training.task import TrialTask


class SearchRun:
    """Drives a search.

    Args:
        oracle: Proposes the trials.
        scheduler: Stops the hopeless ones.
        recorder: Remembers everything.
        folder: Of the run.
        run: How it runs.
        training: How a trial is trained.
        hypermodel: What is tuned, pickled.
    """

    def __init__(
        self,
        oracle: Oracle,
        scheduler: AbstractScheduler,
        recorder: Recorder,
        folder: RunFolder,
        run: RunSettings,
        training: TrainingSettings,
        hypermodel: bytes,
    ) -> None:
        self.oracle, self.scheduler, self.recorder, self.folder = (
            oracle,
            scheduler,
            recorder,
            folder,
        )
        self.run, self.training, self.hypermodel = run, training, hypermodel

    def drive(self, arguments: tuple[Any, ...], options: dict[str, Any], fold_of_row: Any) -> str:
        """Runs the search to its end and returns why it ended.

        Args:
            arguments: Positional arguments of `fit`.
            options: Keyword arguments of `fit`.
            fold_of_row: See `TrialTask`.
        """
        run = self.run
        self._data = (
            share((arguments, options, fold_of_row), self.folder.data)
            if run.in_children
            else (arguments, options, fold_of_row)
        )
        workers = run.workers if isinstance(run.workers, int) else None
        executor = open_executor(
            workers, run.threads, self.folder.logs, run.trial_memory, run.ray, run.gpu_share
        )
        try:
            if run.ray is not None:
                run.check_lag(executor.slots)
            return self._run(executor)
        finally:
            executor.close()

    def _run(self, executor: AbstractExecutor) -> str:
        run = self.run
        self._driver = Driver(
            self.oracle,
            self.scheduler,
            executor,
            self.recorder,
            self._make_task,
            epochs=self.training.epochs,
            max_retries_per_trial=run.max_retries_per_trial,
            max_consecutive_failed_trials=run.max_consecutive_failed_trials,
            deadline=None if run.timeout is None else time.monotonic() + run.timeout,
            trial_timeout=run.trial_timeout,
            lag=run.lag,
            after_end=self._drop_checkpoints,
        )
        reason = self._driver.run()
        self.recorder.write("finish", reason=reason, wall_seconds=self.recorder.state.wall_seconds)
        return reason

    def _make_task(self, trial: Any, record: TrialRecord) -> TrialTask:
        arguments, options, fold_of_row = self._data
        return TrialTask(
            trial_id=trial.trial_id,
            stream=self._first_of_lineage(record),
            seed=self.oracle.seed,
            hypermodel=self.hypermodel,
            hyperparameters=trial.hyperparameters.get_config(),
            objective=self.recorder.state.objective,
            direction=self.recorder.state.direction,
            arguments=arguments,
            options=options,
            settings=self.training,
            first_epoch=record.first_epoch,
            last_epoch=record.last_epoch,
            parent_checkpoint=str(self.folder.checkpoint(record.parent)) if record.parent else None,
            checkpoint=str(self.folder.checkpoint(record.trial_id)),
            fold_of_row=fold_of_row,
        )

    def _first_of_lineage(self, record: TrialRecord) -> int:
        while record.parent is not None:
            record = self.recorder.state.trials[record.parent]
        return record.number

    def _drop_checkpoints(self) -> None:
        state = self.recorder.state
        running = [state.trials[trial] for trial in state.standing.running]
        parents = {trial.parent for trial in running if trial.parent}
        own = {
            trial.trial_id for trial in running
        }  # one may have written its file and not been heard yet
        best = set(state.standing.ranked(self.run.keep_models))
        self.folder.keep_checkpoints(
            best | parents | own | self._driver.untold() | self.oracle.needed_checkpoints()
        )


def example_of(arguments: tuple[Any, ...], options: dict[str, Any]) -> np.ndarray | None:
    """Returns the first row of the inputs, which builds a model that does not know its input's
    shape; None if they are no array.
    """
    inputs = arguments[0] if arguments else options.get("x")
    return np.asarray(inputs[:1]) if isinstance(inputs, np.ndarray) else None
