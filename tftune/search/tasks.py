"""From a trial to what runs it, and which weights are kept: the driver's knowledge of files."""

from __future__ import annotations

from typing import Any

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.oracles.core.oracle import Oracle
from tftune.search.plan import SearchPlan
from tftune.training.task import TrialTask


class TrialTasks:
    """Makes tasks from trials, and removes weights that nothing needs any more.

    Args:
        oracle: Its seed fixes every random stream; it knows which weights may be continued.
        state: What the journal tells.
        folder: Of the run.
        plan: How a trial is trained, how many models are kept.
        hypermodel: What is tuned, pickled.
        arguments: Positional arguments of `fit`, arrays shared.
        options: Keyword arguments of `fit`, arrays shared.
        fold_of_row: Fold of each row, or None without folds.
        code: What is tuned, as it is here: its source lines explain failures in children.
    """

    def __init__(
        self,
        oracle: Oracle[Any],
        state: SearchState,
        folder: RunFolder,
        plan: SearchPlan,
        hypermodel: bytes = b"",
        arguments: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
        fold_of_row: Any = None,
        code: Any = None,
    ) -> None:
        self.oracle, self.state, self.folder, self.plan = oracle, state, folder, plan
        self.hypermodel, self.fold_of_row = hypermodel, fold_of_row
        self.arguments, self.options, self.code = arguments, options or {}, code

    def task_of(self, trial: Any, record: TrialRecord) -> TrialTask:
        """Returns what an executor runs.

        Args:
            trial: A `keras_tuner` trial, as the oracle proposed it.
            record: The same trial in the journal.
        """
        return TrialTask(
            trial_id=trial.trial_id,
            stream=self._first_of_lineage(record),
            seed=self.oracle.seed,
            hypermodel=self.hypermodel,
            hyperparameters=trial.hyperparameters.get_config(),
            objective=self.state.objective,
            direction=self.state.direction,
            arguments=self.arguments,
            options=self.options,
            settings=self.plan.training,
            first_epoch=record.first_epoch,
            last_epoch=record.last_epoch,
            parent_checkpoint=str(self.folder.checkpoint(record.parent)) if record.parent else None,
            checkpoint=str(self.folder.checkpoint(record.trial_id)),
            fold_of_row=self.fold_of_row,
        )

    def _first_of_lineage(self, record: TrialRecord) -> int:
        while record.parent is not None:
            record = self.state.trials[record.parent]
        return record.number

    def trial_has_ended(self, untold: set[str]) -> None:
        """Removes the weights of all trials but the best, the running and what may be continued.

        Args:
            untold: Trials that ended and that the oracle has not heard of.
        """
        running = [self.state.trials[trial_id] for trial_id in self.state.standing.running]
        parents = {trial.parent for trial in running if trial.parent}
        # one may have written its file and not been heard yet
        own = {trial.trial_id for trial in running}
        best = set(self.state.standing.ranked(self.plan.run.keep_models))
        self.folder.keep_checkpoints(
            best | parents | own | untold | self.oracle.needed_checkpoints()
        )
