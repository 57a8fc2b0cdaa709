"""`Tuner`: KerasTuner's interface over our oracles, our driver, our journal and child processes."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cloudpickle
import keras_tuner
import numpy as np

from tftune.errors import NoTrialCompletedError, SearchInterrupted
from tftune.journal.provenance import summarize_arrays
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import Listener, SearchState
from tftune.journal.status import TrialStatus
from tftune.oracles import ORACLES
from tftune.oracles.core.make import make_oracle
from tftune.oracles.core.oracle import AbstractOracle
from tftune.reports.live import LiveView
from tftune.reports.tensorboard_log import TensorBoardLog
from tftune.schedulers.make import make_scheduler
from tftune.search import warm_start as earlier
from tftune.search.results import AbstractSearchResults
from tftune.search.run_settings import RunSettings
from tftune.search.running import SearchRun, example_of
from tftune.search.session import make_header, open_session
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training.discover import discover_space
from tftune.training.folds import fold_data
from tftune.training.settings import TrainingSettings


class Tuner(AbstractSearchResults):
    """Searches the knobs of any Keras model; survives a crash, repeats exactly, trains in child
    processes.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)` that returns a compiled
            Keras model.
        oracle: A name of `tftune.ORACLES` or one of our oracles, made. Defaults to `"auto"`.
        objective: Name of a metric, or `keras_tuner.Objective(name, "max" | "min")`. Required with
            a name as `oracle`.
        max_trials: Trials in all, resumed ones among them. Defaults to 10; grid and Hyperband have
            a plan of their own.
        seed: 0 to 2**31 - 1; the same seed gives the same trials. Defaults to 0.
        hyperparameters: A `keras_tuner.HyperParameters` with knobs declared beforehand, or None.
        oracle_options: Further arguments of a named oracle, such as `{"max_epochs": 27}` for
            Hyperband.
        start: Configurations that are tried first, each a mapping from knobs to values; knobs not
            named stand at their default.
        fixed: Knobs that are not tuned, with their values; a number may lie outside the knob's
            range.
        warm_start: Run folders of earlier searches of this space and objective to learn from. When
            resumed, the journal has the results.
        directory: Parent of the run folder. Defaults to `"runs"`.
        project_name: Name of the run folder. Defaults to `"search"`.
        overwrite: True removes a search that is in the folder; False resumes it if it is the same
            search, and refuses if not.
        workers: Child processes at a time; 0 trains in this process; "ray" trains on a Ray that is
            started on this machine. Defaults to one a core, or one a GPU.
        ray_address: A Ray cluster to train on, "auto" or "HOST:PORT"; `workers` is then trials at a
            time on all of it.
        threads: Threads for one TensorFlow operation in a child. Defaults to 1.
        scheduler: A name of `tftune.SCHEDULERS`. Defaults to `"none"`.
        scheduler_options: Further arguments of the scheduler.
        executions_per_trial: Repeated trainings a trial; their best scores are averaged. Defaults
            to 1.
        folds: Folds K to cross-validate each trial on, at least 2: the rows of train and validation
            joined, cut by `seed`, each fold validating once (see `tftune.training.lockstep`).
            Defaults to 0: one training, on the validation data.
        groups: An entry per row of train followed by validation, equal for rows that belong
            together, which no fold then tears apart; used with `folds` only.
        max_retries_per_trial: Further attempts for a trial that crashed. Defaults to 0.
        max_consecutive_failed_trials: Crashed trials in a row that end the search; trials that
            diverge do not count. Defaults to 3.
        early_stopping_patience: Epochs without a better objective; 0 is off. Defaults to 10.
        plateau_factor: ReduceLROnPlateau's factor, on `val_loss`. Defaults to 0.9.
        plateau_patience: Its patience; 0 is off. Defaults to 5.
        minimum_learning_rate: Its floor. Defaults to 1e-5.
        keep_models: Trials whose weights are kept, best first, for `get_best_models`. Defaults to
            1.
        timeout: Seconds after which the search ends; the trials under way are taken up again when
            it is resumed. None is no limit.
        trial_timeout: Seconds after which a trial is ended and counts as failed. None is no limit.
        trial_memory: Gigabytes (10^9 bytes) after which it is, likewise.
        reproducible: True, or a lag of at least `workers` (True: 4): trial n is proposed from the
            results of the trials up to n minus the lag and no others, so any number of workers
            gives the same trials. A model-based search knows a little less then.
        gpu_share: Part of a GPU that one trial uses, above 0 and at most 1; `workers` defaults to
            what fits. Defaults to a whole one.
        listeners: Objects with `on_record(record, state)` and `close()`; None shows the search live
            and logs it for TensorBoard.
        task: A name for the reports. Defaults to the project's name.
        data_summary: What the reports say of the data, `fingerprint` among it; by default the
            arrays given to `search` are hashed.

    Raises:
        UsageError: If an argument is wrong.
        RunFolderError: If the run folder is in use or is not one.

    Example:
        >>> import keras
        >>> def build(hp):
        ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 4))])
        ...     model.compile("adam", "mse")
        ...     return model
        >>> tuner = Tuner(build, "random", objective="val_loss", workers=0)
        >>> [hp.name for hp in tuner.oracle.get_space().space]
        ['units']
    """

    def __init__(
        self,
        hypermodel: Any,
        oracle: str | AbstractOracle = "auto",
        *,
        objective: Any = None,
        max_trials: int | None = None,
        seed: int = 0,
        hyperparameters: Any = None,
        oracle_options: Mapping[str, Any] | None = None,
        start: Sequence[Mapping[str, Any]] = (),
        fixed: Mapping[str, Any] | None = None,
        warm_start: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        directory: str | os.PathLike[str] = "runs",
        project_name: str = "search",
        overwrite: bool = False,
        workers: int | str | None = None,
        ray_address: str | None = None,
        threads: int = 1,
        scheduler: str = "none",
        scheduler_options: Mapping[str, Any] | None = None,
        executions_per_trial: int = 1,
        folds: int = 0,
        groups: Any = None,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        early_stopping_patience: int = 10,
        plateau_factor: float = 0.9,
        plateau_patience: int = 5,
        minimum_learning_rate: float = 1e-5,
        keep_models: int = 1,
        timeout: float | None = None,
        trial_timeout: float | None = None,
        trial_memory: float | None = None,
        reproducible: bool | int = False,
        gpu_share: float | None = None,
        listeners: Sequence[Listener] | None = None,
        task: str | None = None,
        data_summary: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = RunFolder(Path(directory) / project_name)
        self.folder.check_usable()
        self._state = SearchState()
        if self.folder.exists() and not overwrite:
            self.reload()
        self._earlier = earlier.read_runs(warm_start)
        recorded = (
            self._state.header.get("options", {}).get("warm_start")
            if isinstance(oracle, str)
            else None
        )
        given = {
            "start": start,
            "fixed": fixed,
            "warm_start": earlier.all_results(self._earlier) or recorded,
        }
        named = {
            **(oracle_options or {}),
            **{name: value for name, value in given.items() if value},
        }
        made = make_oracle(oracle, objective, max_trials, seed, hyperparameters, named)
        earlier.check_objective(self._earlier, made.objective.name, made.objective.direction)
        self.search_name = ORACLES.name_of(type(made))
        self.scheduler_name, self._scheduler_options = scheduler, dict(scheduler_options or {})
        self.scheduler = make_scheduler(
            scheduler, made.objective.direction, None, scheduler_options
        )  # again when epochs are known
        self.run_settings = RunSettings(
            workers=workers,
            ray_address=ray_address,
            threads=threads,
            gpu_share=gpu_share,
            keep_models=keep_models,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            timeout=timeout,
            trial_timeout=trial_timeout,
            trial_memory=trial_memory,
            reproducible=reproducible,
        )
        self.settings = TrainingSettings(
            epochs=1,
            early_stopping_patience=early_stopping_patience,
            plateau_factor=plateau_factor,
            plateau_patience=plateau_patience,
            minimum_learning_rate=minimum_learning_rate,
            executions_per_trial=executions_per_trial,
            folds=folds,
        )
        self.task, self.data_summary = task or project_name, dict(data_summary or {})
        self._listeners = listeners
        self._groups = None if groups is None or not folds else np.asarray(groups)
        self._example: np.ndarray | None = None
        self._searched = False
        self._payload = cloudpickle.dumps(get_hypermodel(hypermodel))
        super().__init__(
            made,
            hypermodel,
            directory=str(directory),
            project_name=project_name,
            executions_per_trial=executions_per_trial,
        )
        made.blas_threads = (
            1  # the last bits of a fit depend on it, and one is the fastest at these sizes
        )
        self._pristine_oracle = pickle.dumps(made)
        made._set_project_dir(
            None, None
        )  # the journal is the one record; the oracle writes no files of its own
        earlier.check_space(self._earlier, made.space.difference)
        made.check_given()
        if overwrite:
            self.folder.clear()

    def _populate_initial_space(self) -> None:
        config = self._run_job(discover_space, self._payload, self.oracle.get_space().get_config())
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
        verbose = fit_kwargs.pop("verbose", 1)
        epochs = fit_kwargs.pop("epochs", None)
        settings = TrainingSettings(
            **{**self.settings.to_dict(), "epochs": epochs or getattr(self.oracle, "max_epochs", 1)}
        )
        if self._searched:
            self._renew_oracle()
        self._searched = True
        self.scheduler = make_scheduler(
            self.scheduler_name, self.scheduler.direction, settings.epochs, self._scheduler_options
        )
        summary = self.data_summary or summarize_arrays(fit_args, fit_kwargs, self._groups)
        scheduler = (self.scheduler_name, self.scheduler.options())
        header = make_header(
            self.oracle,
            self.search_name,
            scheduler,
            settings.to_dict(),
            summary,
            self.task,
            self.run_settings.lag,
        )
        if not self._state.header:
            earlier.warn_of_differences(self._earlier, header)
        data = fold_data(fit_args, fit_kwargs, settings.folds, self.oracle.seed, self._groups)
        listeners = (
            self._listeners if self._listeners is not None else self._default_listeners(verbose)
        )
        recorder = open_session(
            self.folder, self.oracle, header, listeners, self.run_settings.workers
        )
        self._state, self._example = recorder.state, example_of(*data[:2])
        try:
            run = SearchRun(
                self.oracle,
                self.scheduler,
                recorder,
                self.folder,
                self.run_settings,
                settings,
                self._payload,
            )
            reason = run.drive(*data)
        finally:
            recorder.close()
            self.folder.remove_scratch()
        self._finish(reason)

    def _renew_oracle(self) -> None:
        """Takes the oracle as it was made: what it has learnt since comes back from the journal."""
        space = self.oracle.get_space()
        self.oracle = pickle.loads(self._pristine_oracle)
        self.oracle.update_space(space)

    def _default_listeners(self, verbose: Any) -> list[Listener]:
        return [TensorBoardLog(self.folder.tensorboard), *([LiveView()] if verbose else [])]

    def _finish(self, reason: str) -> None:
        self._write_results()
        counts = self._state.counts()
        if reason == "interrupted":
            raise SearchInterrupted(
                f"The search was interrupted after {sum(counts.values())} trials; everything is "
                f"kept in {self.folder.path}. "
                "Call search() again with the same arguments to go on."
            )
        if self._state.best() is None:
            failed = [
                trial for trial in self._state.trials.values() if trial.status is TrialStatus.FAILED
            ]
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
                f"The search ended early: {self.run_settings.max_consecutive_failed_trials} trials "
                "in a row "
                "crashed. "
                f"The traceback stands in {self.folder.trials_csv}.",
                stacklevel=3,
            )
