"""Runs the search that a `SearchPlan` describes, with KerasTuner's interface."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cloudpickle
import keras_tuner
import numpy as np

from tftune.errors import TftuneError
from tftune.execution.base import Job
from tftune.journal.journal import History
from tftune.journal.listener import Listener
from tftune.journal.readable import read_to_go_on
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.schedulers.base import AbstractScheduler
from tftune.search import warm_start
from tftune.search.choosing import chosen_by_options
from tftune.search.ending import check_end
from tftune.search.finish.finishing import finish_search
from tftune.search.fit_data import sorted_arguments, summary_of
from tftune.search.hooks import TrialHooks
from tftune.search.identity import fit_identity, model_identity
from tftune.search.listeners import listeners_of
from tftune.search.objective_check import check_objective
from tftune.search.own_search import accepted_options, plan_of_own_trials
from tftune.search.own_trials import OwnTasks, run_own_trial
from tftune.search.plan import SearchPlan
from tftune.search.session import open_session, show_earlier
from tftune.search.stages import run_stages
from tftune.search.tasks import TrialTasks
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.support.streams import open_standard_descriptors
from tftune.support.temporary import temporary_folder
from tftune.training.compiling import BuildRules
from tftune.training.discover import declares_itself, discover_space
from tftune.training.folds import fold_data
from tftune.training.fresh_cut import check_cuts
from tftune.training.inputs.call import FitCall, is_plain_fit, own_names
from tftune.training.inputs.check import check_call
from tftune.training.inputs.functions import with_functions_marked
from tftune.training.inputs.generators import with_generators_read
from tftune.training.inputs.signature import signature_of
from tftune.training.inputs.transport import share, share_call


class PlannedTuner(TrialHooks):
    """Searches as a plan says; `tftune.Tuner` makes the plan from keywords, a program from flags.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)` that returns a compiled
            Keras model.
        plan: Everything that defines the search but the model, the epochs and the data.
        folder: The run folder.
        hyperparameters: A `keras_tuner.HyperParameters` with knobs declared beforehand, or None.
        groups: An entry per row of train followed by validation, equal for rows that belong
            together, which no fold and no other cut tears apart.
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
        if overwrite:
            folder.check_free()
        self.plan, self.folder, self._listeners = plan, folder, listeners
        self._check_overrides(hypermodel)
        if known is None and folder.exists() and not overwrite:
            known = read_to_go_on(folder)
        self._known = known
        self._state = SearchState().apply_all(known[0] if known else [])
        plan = self.plan = chosen_by_options(plan, self._state.header or None)
        recorded = self._state.header.get("options", {})
        oracle = plan.make_oracle(hyperparameters, recorded)
        warm_start.check_objective(
            plan.warm_start, oracle.objective.name, oracle.objective.direction
        )
        self.search_name = plan.search_name
        self._groups = None if groups is None else np.asarray(groups)
        self._card: dict[str, Any] | None = None
        self._identities: tuple[dict[str, Any], ...] = ()
        self._signature, self._searched, self._data = None, False, None
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
        self.plan, self.oracle = plan, oracle = warm_start.joined(plan, oracle, recorded)
        # the last bits of a fit depend on it, and one is the fastest at these sizes
        oracle.blas_threads = 1
        self._pristine_oracle = pickle.dumps(oracle)
        # the journal is the one record; the oracle writes no files of its own
        oracle._set_project_dir(None, None)
        oracle.check_given()
        if overwrite:
            folder.clear()
        elif known:
            show_earlier(oracle, known[0])
            self._searched = True  # search() begins with a fresh oracle, as it does the second time

    def _populate_initial_space(self) -> None:
        if self.hypermodel is None:
            return  # `run_trial` declares the knobs
        # one that says what its knobs are is not built, so that no child is needed
        here = not self.plan.run.in_children or declares_itself(self.hypermodel)
        config = self.oracle.get_space().get_config()
        given = (self._payload, config, not self.overrides("run_trial"))
        found = self._run_job(discover_space, *given, in_this_process=here)
        self._card, self._identities = found.card, found.identities
        self.oracle.update_space(keras_tuner.HyperParameters.from_config(found.space))

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Runs the search, or the rest of it, to its end.

        Args:
            *fit_args: As for `model.fit`: inputs and targets, or a `tf.data.Dataset`, a
                `PyDataset`, a generator, or a function that makes one. How each reaches the
                children stands in `tftune.training.inputs.transport`.
            **fit_kwargs: As for `model.fit`: `validation_data`, `epochs`, `batch_size`, `callbacks`
                and so on. `callbacks` are copied for each training, or made by a function;
                `{trial_id}` in their paths becomes the trial's id (see
                `tftune.training.callback_paths`). `verbose=0` shows nothing, also nothing that
                trials print in their processes; 2 has `fit` print a line an epoch.

        Raises:
            UsageError: If the objective is no metric of the model, or an argument cannot travel to
                a child.
            RunFolderError: If the folder holds another search.
            NoTrialCompletedError: If every trial failed; the message quotes the last failure.
            SearchInterrupted: After Ctrl-C or SIGTERM; the same call resumes.
        """
        open_standard_descriptors()
        if self.runs_own_trials():
            given = accepted_options(self, fit_args, fit_kwargs)
            plan = plan_of_own_trials(self, fit_args, given)
            tasks = partial(OwnTasks, self, plan=plan, arguments=fit_args, options=given)
            self._search(plan, fit_kwargs.get("verbose", 1), {}, tasks, run_own_trial)
            return
        model, folds = self._hypermodel_to_build, self.plan.training.folds
        plain = is_plain_fit(model, bool(fit_args) or "x" in fit_kwargs)
        call = FitCall.of(fit_args, self.with_hooks(fit_kwargs), plain, own_names(model))
        check_objective(self.oracle.objective, model, fit_args, fit_kwargs, folds)
        check_call(call, self._card)
        # the run folder may be another search's until its lock is held
        with temporary_folder() as scratch:
            self._search_by_fit(with_functions_marked(with_generators_read(call, scratch)))

    def _search_by_fit(self, call: FitCall) -> None:
        """Searches by trials that train with Keras' `fit`."""
        epochs = call.epochs or self.oracle.planned_epochs or 1
        cuts = self.plan.training.folds or self.plan.training.reshuffle
        groups = self._groups if cuts else None  # else the search does not depend on them
        summary = self.plan.data or summary_of(call, self._state.header, groups)
        plan = self.plan.at(epochs, summary)
        if not self._state.header:
            warm_start.warn_of_differences(
                plan.warm_start, {"data": summary, "training": plan.training.to_dict()}
            )
        arguments, options = sorted_arguments(call)
        cut_seed = plan.seed_of_cuts(self.oracle.seed)
        data = fold_data(arguments, options, plan.training.folds, cut_seed, self._groups)
        can_cut = check_cuts(arguments, options, plan.training, self._groups)
        self._signature = signature_of(call.x) if call.plain else None
        identity = {
            "fit": fit_identity(
                {**call.options, "arguments": arguments[2:] or None}, call.callbacks
            ),
            "model": model_identity(self._identities, self.hypermodel),
            "signature": self._signature,
        }
        self._search(plan, call.verbose, identity, partial(self._tasks, plan, data, can_cut))

    def _tasks(self, plan: SearchPlan, data: Any, can_cut: bool, state: SearchState) -> TrialTasks:
        """Returns what makes tasks from trials.

        Args:
            plan: With epochs and data.
            data: Positional and keyword arguments of `fit`, and the fold of each row.
            can_cut: Whether train and validation can be cut anew.
            state: What the journal tells.
        """
        self._references, self._data = self._references_of(plan, data), data
        shared, groups = data, self._groups
        if plan.run.in_children:
            shared = share_call(data, self.folder.data)
            groups = share(groups, self.folder.data, "groups")
        rows = {"groups": groups, "can_cut": can_cut, "code": self.hypermodel}
        return TrialTasks(self.oracle, state, self.folder, plan, self._payload, *shared, **rows)

    def _search(
        self,
        plan: SearchPlan,
        verbose: Any,
        identity: dict[str, Any],
        tasks_of: Callable[[SearchState], TrialTasks],
        job: Job | None = None,
    ) -> None:
        """Opens the session, runs the trials, writes the results.

        Args:
            plan: With epochs and data.
            verbose: As given to `search`.
            identity: What else the journal's header says of the search.
            tasks_of: Makes what makes tasks from trials.
            job: Runs a task; None trains it.
        """
        if self._searched:
            self._renew_oracle()
        self._searched = True
        scheduler = plan.make_scheduler(self.oracle.objective.direction, plan.training.epochs)
        listeners = listeners_of(self._listeners, self.folder, verbose, plan.run.in_children)
        recorder = open_session(
            self.folder, plan, self.oracle, scheduler, listeners, self._known, **identity
        )
        self._known, self._state = None, recorder.state
        try:
            reason = self._run(plan, scheduler, recorder, tasks_of(recorder.state), job)
            self._conclude(recorder, reason)
        finally:
            if recorder.journal.in_place:
                self.folder.remove_scratch()
            recorder.close()  # the lock goes with it: nothing is written after this
        self._finish(reason)

    def _run(
        self,
        plan: SearchPlan,
        scheduler: AbstractScheduler,
        recorder: Recorder,
        tasks: TrialTasks,
        job: Job | None = None,
    ) -> str:
        """Runs the trials and returns why the search ended."""
        self.on_search_begin()
        given = (plan, self.oracle, scheduler, recorder, self.folder, tasks)
        told = self.told_of(tasks, recorder.state)
        try:
            confirms, finish = self.can_confirm(), self._finish_of(plan, recorder, tasks)
            reason = run_stages(*given, told, job, confirms=confirms, finish=finish)
        except TftuneError:
            self._conclude_error(recorder)
            raise
        recorder.write("finish", **plan.run.end_of(reason, recorder.state.wall_seconds))
        return reason

    def _finish_of(self, plan: SearchPlan, recorder: Recorder, tasks: TrialTasks) -> Any:
        """Returns what finishes the model when the search is done, or None."""
        if not plan.run.finish_share or not self.can_confirm():
            return None
        given = (recorder, tasks, self._data, self._groups, plan.run)
        return partial(finish_search, *given, (self._card or {}).get("losses") or ())

    def _renew_oracle(self) -> None:
        """Takes the oracle as it was made: what it has learnt since comes back from the journal."""
        self.oracle = pickle.loads(self._pristine_oracle)
        self.oracle._set_project_dir(None, None)

    def _finish(self, reason: str) -> None:
        if reason != "interrupted":
            self.on_search_end()
        check_end(self._state, self.folder, reason, self.plan.run.max_consecutive_failed_trials)
