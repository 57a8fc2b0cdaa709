"""Runs the search that a `SearchPlan` describes, with KerasTuner's interface."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Sequence
from typing import Any

import cloudpickle
import keras_tuner
import numpy as np

from tftune.errors import NoTrialCompletedError, SearchInterrupted, TftuneError
from tftune.execution.base import Job
from tftune.journal import journal
from tftune.journal.journal import History
from tftune.journal.provenance import summarize_arrays
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import Listener, SearchState
from tftune.journal.status import TrialStatus
from tftune.reports.live import LiveView
from tftune.reports.tensorboard_log import TensorBoardLog
from tftune.schedulers.base import AbstractScheduler
from tftune.search import warm_start
from tftune.search.driver import Driver
from tftune.search.hooks import TrialHooks
from tftune.search.objective_check import check_objective
from tftune.search.own_search import accepted_options, plan_of_own_trials
from tftune.search.own_trials import OwnTasks, run_own_trial
from tftune.search.plan import SearchPlan
from tftune.search.session import open_session
from tftune.search.tasks import TrialTasks, example_of
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training.arrays import share
from tftune.training.compiling import BuildRules
from tftune.training.discover import declares_itself, discover_space
from tftune.training.folds import fold_data


class PlannedTuner(TrialHooks):
    """Searches as a plan says; `tftune.Tuner` makes the plan from keywords, a program from flags.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)` that returns a compiled
            Keras model.
        plan: Everything that defines the search but the model, the epochs and the data.
        folder: The run folder.
        hyperparameters: A `keras_tuner.HyperParameters` with knobs declared beforehand, or None.
        groups: An entry per row of train followed by validation, equal for rows that belong
            together; used with folds only.
        listeners: Objects with `on_record(record, state)` and `close()`; None shows the search live
            and logs it for TensorBoard.
        overwrite: True removes a search that is in the folder; False resumes it if it is the same.
        known: What `journal.read` told of the folder before, so that it is read once.
        rules: Of compiling and size, for each model that is built.

    Attributes:
        plan: As given; `state.header` holds what was added by `search`.
        folder: As given.
        search_name: Name of the search method.

    Raises:
        UsageError: If what is given does not fit the model's knobs, or two arguments contradict.
        RunFolderError: If the run folder is not one.
    """

    def __init__(
        self,
        hypermodel: Any,
        plan: SearchPlan,
        folder: RunFolder,
        hyperparameters: Any = None,
        groups: Any = None,
        listeners: Sequence[Listener] | None = None,
        overwrite: bool = False,
        known: History | None = None,
        rules: BuildRules | None = None,
    ) -> None:
        folder.check_usable()
        self.plan, self.folder, self._listeners = plan, folder, listeners
        self._check_overrides(hypermodel)
        if known is None and folder.exists() and not overwrite:
            known = journal.read(folder.journal)
        self._known = known
        self._state = SearchState().apply_all(known[0] if known else [])
        recorded = self._state.header.get("options", {}).get("warm_start")
        oracle = plan.make_oracle(hyperparameters, recorded)
        warm_start.check_objective(
            plan.warm_start, oracle.objective.name, oracle.objective.direction
        )
        self.search_name = plan.search_name
        self._groups = None if groups is None or not plan.training.folds else np.asarray(groups)
        self._example: np.ndarray | None = None
        self._searched = False
        rules = rules or BuildRules()
        model = None if hypermodel is None else get_hypermodel(hypermodel)
        self._hypermodel_to_build = rules.applied_to(model)
        self._payload = cloudpickle.dumps(self._hypermodel_to_build)
        super().__init__(
            oracle,
            hypermodel,
            directory=str(folder.path.parent),
            project_name=folder.path.name,
            executions_per_trial=plan.training.executions_per_trial,
            optimizer=rules.optimizer,
            loss=rules.loss,
            metrics=rules.metrics,
            max_model_size=rules.max_model_size,
        )
        # the last bits of a fit depend on it, and one is the fastest at these sizes
        oracle.blas_threads = 1
        self._pristine_oracle = pickle.dumps(oracle)
        # the journal is the one record; the oracle writes no files of its own
        oracle._set_project_dir(None, None)
        warm_start.check_space(plan.warm_start, oracle.space.difference)
        oracle.check_given()
        if overwrite:
            folder.clear()

    def _populate_initial_space(self) -> None:
        if self.hypermodel is None:
            return  # `run_trial` declares the knobs
        # one that says what its knobs are is not built, so that no child is needed
        here = not self.plan.run.in_children or declares_itself(self.hypermodel)
        config = self.oracle.get_space().get_config()
        given = (self._payload, config, not self.overrides("run_trial"))
        config = self._run_job(discover_space, *given, in_this_process=here)
        self.oracle.update_space(keras_tuner.HyperParameters.from_config(config))

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Runs the search, or the rest of it, to its end.

        Args:
            *fit_args: As for `model.fit`: inputs and targets.
            **fit_kwargs: As for `model.fit`: `validation_data`, `epochs`, `batch_size`, `callbacks`
                and so on. NumPy arrays are shared with the children as memory-mapped files.
                `verbose=0` shows nothing.

        Raises:
            UsageError: If the objective is no metric of the model, or an argument cannot travel to
                a child.
            RunFolderError: If the folder holds another search.
            NoTrialCompletedError: If every trial failed; the message quotes the last failure.
            SearchInterrupted: After Ctrl-C or SIGTERM; the same call resumes.
        """
        if self.runs_own_trials():
            self._search_own_trials(fit_args, fit_kwargs)
            return
        model, folds = self._hypermodel_to_build, self.plan.training.folds
        check_objective(self.oracle.objective, model, fit_args, fit_kwargs, folds)
        fit_kwargs = self.with_hooks(fit_kwargs)
        verbose = fit_kwargs.pop("verbose", 1)
        epochs = fit_kwargs.pop("epochs", None) or self.oracle.planned_epochs or 1
        if self._searched:
            self._renew_oracle()
        self._searched = True
        summary = self.plan.data or summarize_arrays(fit_args, fit_kwargs, self._groups)
        plan = self.plan.at(epochs, summary)
        scheduler = plan.make_scheduler(self.oracle.objective.direction, epochs)
        if not self._state.header:
            warm_start.warn_of_differences(
                plan.warm_start, {"data": summary, "training": plan.training.to_dict()}
            )
        data = fold_data(fit_args, fit_kwargs, plan.training.folds, self.oracle.seed, self._groups)
        listeners = self._default_listeners(verbose) if self._listeners is None else self._listeners
        recorder = open_session(self.folder, plan, self.oracle, scheduler, listeners, self._known)
        self._known, self._state, self._example = None, recorder.state, example_of(*data[:2])
        try:
            reason = self._drive(plan, scheduler, recorder, data)
        finally:
            recorder.close()
            self.folder.remove_scratch()
        self._finish(reason)

    def _drive(
        self, plan: SearchPlan, scheduler: AbstractScheduler, recorder: Recorder, data: Any
    ) -> str:
        """Runs the search to its end and returns why it ended.

        Args:
            plan: With epochs and data.
            scheduler: Stops the hopeless trials.
            recorder: Remembers everything.
            data: Positional and keyword arguments of `fit`, and the fold of each row.
        """
        shared = share(data, self.folder.data) if plan.run.in_children else data
        tasks = TrialTasks(self.oracle, recorder.state, self.folder, plan, self._payload, *shared)
        return self._run(plan, scheduler, recorder, tasks)

    def _search_own_trials(self, fit_args: tuple[Any, ...], fit_kwargs: dict[str, Any]) -> None:
        """Searches by a subclass's `run_trial`, which gets the arguments as they are."""
        verbose, fit_kwargs = (
            fit_kwargs.get("verbose", 1),
            accepted_options(self, fit_args, fit_kwargs),
        )
        if self._searched:
            self._renew_oracle()
        self._searched = True
        plan = plan_of_own_trials(self, fit_args, fit_kwargs)
        scheduler = plan.make_scheduler(self.oracle.objective.direction, plan.training.epochs)
        listeners = self._default_listeners(verbose) if self._listeners is None else self._listeners
        recorder = open_session(self.folder, plan, self.oracle, scheduler, listeners, self._known)
        self._known, self._state = None, recorder.state
        tasks = OwnTasks(self, recorder.state, plan, fit_args, fit_kwargs)
        try:
            reason = self._run(plan, scheduler, recorder, tasks, run_own_trial)
        finally:
            recorder.close()
        self._finish(reason)

    def _run(
        self,
        plan: SearchPlan,
        scheduler: AbstractScheduler,
        recorder: Recorder,
        tasks: TrialTasks,
        job: Job | None = None,
    ) -> str:
        """Runs the trials and returns why the search ended.

        Args:
            plan: With epochs and data.
            scheduler: Stops the hopeless trials.
            recorder: Remembers everything.
            tasks: Makes tasks from trials.
            job: Runs a task; None trains it.
        """
        self.on_search_begin()
        with plan.run.opened_executor(self.folder.logs) as executor:
            driver = Driver(
                self.oracle,
                scheduler,
                executor,
                recorder,
                self.told_of(tasks, recorder.state),
                plan.training.epochs,
                plan.run,
                job,
            )
            try:
                reason = driver.run()
            except TftuneError:
                recorder.write("finish", reason="error", wall_seconds=recorder.state.wall_seconds)
                self._write_results()
                raise
            recorder.write("finish", reason=reason, wall_seconds=recorder.state.wall_seconds)
        return reason

    def _renew_oracle(self) -> None:
        """Takes the oracle as it was made: what it has learnt since comes back from the journal."""
        space = self.oracle.get_space()
        self.oracle = pickle.loads(self._pristine_oracle)
        self.oracle.update_space(space)

    def _default_listeners(self, verbose: Any) -> list[Listener]:
        return [TensorBoardLog(self.folder.tensorboard), *([LiveView()] if verbose else [])]

    def _finish(self, reason: str) -> None:
        self._write_results()
        if reason != "interrupted":
            self.on_search_end()
        counts = self._state.counts()
        if reason == "interrupted":
            raise SearchInterrupted(
                f"The search was interrupted after {sum(counts.values())} trials; everything is "
                f"kept in {self.folder.path}. Call search() again with the same arguments to go on."
            )
        if self._state.best() is None:
            trials = self._state.trials.values()
            failed = [trial for trial in trials if trial.status is TrialStatus.FAILED]
            last = (
                f" The last failure, trial {failed[-1].trial_id}:\n{failed[-1].message}"
                if failed
                else ""
            )
            raise NoTrialCompletedError(
                f"No trial completed: {counts['failed']} failed, the search ended with "
                f"{reason!r}.{last}"
            )
        if reason == "failures":
            warnings.warn(
                f"The search ended early: {self.plan.run.max_consecutive_failed_trials} trials in "
                f"a row crashed. The traceback stands in {self.folder.trials_csv}.",
                stacklevel=3,
            )
