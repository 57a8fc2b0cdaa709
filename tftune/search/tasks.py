"""From a trial to what runs it, and which weights are kept: the driver's knowledge of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.oracles.core.oracle import Oracle
from tftune.search.load_run import recorded_space
from tftune.search.plan import SearchPlan
from tftune.search.run_settings import CANDIDATES
from tftune.space.search_space import Values
from tftune.support.seeding import derive
from tftune.training.task import Keeping, TrialTask

KEPT = ".unfinished"  # how the names of files end in which trainings under way are kept
KEPT_EVERY = 10.0  # seconds of training that may be lost, where nobody says anything
REPEAT = "-confirm-"


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
        groups: An entry per row of train followed by validation, shared, or None.
        can_cut: Whether train and validation can be cut anew.
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
        groups: Any = None,
        can_cut: bool = False,
    ) -> None:
        self.oracle, self.state, self.folder, self.plan = oracle, state, folder, plan
        self.hypermodel, self.fold_of_row = hypermodel, fold_of_row
        self.arguments, self.options, self.code = arguments, options or {}, code
        self.groups, self.can_cut = groups, can_cut

    def task_of(self, trial: Any, record: TrialRecord) -> TrialTask:
        """Returns what an executor runs.

        Args:
            trial: A `keras_tuner` trial, as the oracle proposed it.
            record: The same trial in the journal.
        """
        stream = self._first_of_lineage(record)
        restarts = record.parent is not None and not record.first_epoch
        parent = None if restarts or record.parent is None else record.parent
        shuffles = self.plan.training.reshuffle
        return TrialTask(
            trial_id=trial.trial_id,
            stream=stream,
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
            parent_checkpoint=None if parent is None else str(self.folder.checkpoint(parent)),
            restarts=restarts,
            checkpoint=str(self.folder.checkpoint(record.trial_id)),
            fold_of_row=self.fold_of_row,
            cut=self._cut(stream, "cut") if shuffles else None,
            groups=self.groups if shuffles else None,
            keeping=self._keeping(record.trial_id, self.state.interrupted.last(record)),
        )

    def first_epoch(self, values: Values) -> int:
        """Returns after how many epochs of its parent a trial begins: 0 without a parent, and where
        its weights are gone, as those of paused trials are once a search has ended.
        """
        parent = values.get("tuner/trial_id")
        if parent is None or not self.folder.checkpoint(str(parent)).exists():
            return 0
        return int(values.get("tuner/initial_epoch", 0))

    def _keeping(self, name: str, told: int | None) -> Keeping | None:
        """Returns how a training is kept while it runs.

        Args:
            name: Of its file.
            told: The last epoch that the journal tells of an earlier attempt; None lets any count.
        """
        asked = self.plan.run.checkpoint
        if asked is False:
            return None
        options: dict[str, Any] = {"seconds": 0.0 if asked else KEPT_EVERY, "asked": bool(asked)}
        if self.plan.run.ray is not None:
            why = "on Ray nothing is kept of a trial before its end"
            return Keeping(None, told=told, why=why, **options)
        return Keeping(str(self._kept(name)), told=told, **options)

    def _kept(self, name: str) -> Path:
        return self.folder.checkpoints / f"{name}{KEPT}"

    def is_kept(self, trial_id: str) -> bool:
        """Whether something is kept of a trial's training that was interrupted."""
        keeping = self._keeping(trial_id, None)
        return keeping is not None and keeping.path is not None and os.path.exists(keeping.path)

    def remove_kept(self) -> None:
        """Removes what was kept of trainings that are over, or that this search does not know."""
        going_on = set(self.state.standing.running)
        for path in self.folder.checkpoints.glob(f"*{KEPT}"):
            name = path.name.removesuffix(KEPT)
            trial_id, _, number = name.partition(REPEAT)
            repeats = number.isdigit() and trial_id in self.state.trials
            over = repeats and (trial_id, int(number) - 1) in self.state.repetitions
            if name not in going_on and (over or not repeats):
                path.unlink(missing_ok=True)

    def repeat_of(self, record: TrialRecord, number: int) -> TrialTask:
        """Returns what trains a trial's configuration once more, whole and on a fresh seed, the
        same for all trials.

        Args:
            record: The trial in the journal.
            number: Of the seed, from 0.
        """
        space = recorded_space(self.state)
        checkpoint = self.folder.checkpoint(record.trial_id)
        # a winner whose weights were not kept has those of its first repeat
        missing = number == 0 and self.lacks_weights(record)
        return TrialTask(
            trial_id=(name := f"{record.trial_id}{REPEAT}{number + 1}"),
            stream=0,
            seed=derive(self.oracle.seed, number, "confirm"),
            hypermodel=self.hypermodel,
            hyperparameters=dict(space.to_hyperparameters(record.values).get_config()),
            objective=self.state.objective,
            direction=self.state.direction,
            arguments=self.arguments,
            options=self.options,
            settings=self.plan.training,
            last_epoch=record.last_epoch,
            checkpoint=str(checkpoint) if missing else None,
            fold_of_row=self.fold_of_row,
            cut=self._cut(number, "confirm cut") if self.can_cut else None,
            groups=self.groups if self.can_cut else None,
            keeping=self._keeping(name, None),
        )

    def lacks_weights(self, record: TrialRecord) -> bool:
        """Whether the weights of a trial are gone: those of its first repeat then stand for it."""
        return not self.folder.checkpoint(record.trial_id).exists()

    def _cut(self, number: int, purpose: str) -> int:
        return derive(self.plan.seed_of_cuts(self.oracle.seed), number, purpose)

    def _first_of_lineage(self, record: TrialRecord) -> int:
        while record.parent is not None:
            record = self.state.trials[record.parent]
        return record.number

    def trial_has_ended(self, untold: set[str]) -> None:
        """Removes the weights of all trials but the best, the running and what may be continued.

        Args:
            untold: Trials that ended and that the oracle has not heard of.
        """
        self.remove_kept()
        running = [self.state.trials[trial_id] for trial_id in self.state.standing.running]
        parents = {trial.parent for trial in running if trial.parent}
        # one may have written its file and not been heard yet
        own = {trial.trial_id for trial in running}
        planned = max(len(self.state.trials), self.oracle.expected_trials() or 0)
        contenders = self.plan.run.rounds(planned)[:1]
        company = CANDIDATES if self.plan.run.finish_share else 1
        count = max(self.plan.run.keep_models, *contenders, company)
        best = set(self.state.standing.ranked(count)) | self._of_the_result()
        self.folder.keep_checkpoints(
            best | parents | own | untold | self.oracle.needed_checkpoints()
        )

    def _of_the_result(self) -> set[str]:
        """Returns the files of the confirmed winner and of the members of a finished model, which
        stay the result until a further trial has a score.
        """
        confirmed = self.state.confirmed
        winner = set() if confirmed is None else {str(confirmed["trial_id"])}
        return winner | {str(each["checkpoint"]) for each in self.state.members}
