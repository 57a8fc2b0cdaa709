"""`Tuner`: KerasTuner's interface over our oracles, our driver, our journal and child processes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tftune.execution.base import AbstractExecutor
from tftune.journal.listener import Listener
from tftune.journal.provenance import script_command
from tftune.journal.run_folder import RunFolder
from tftune.oracles.core.oracle import Oracle
from tftune.schedulers.base import AbstractScheduler
from tftune.search.keras_tuner_words import (
    check_order,
    refuse_elsewhere,
    refuse_positional,
    refuse_unknown,
)
from tftune.search.overrides import overridden, workers_for
from tftune.search.plan import SearchPlan
from tftune.search.planned_tuner import PlannedTuner
from tftune.search.run_settings import RunSettings
from tftune.search.warm_start import read_runs
from tftune.support.checks import check_count
from tftune.training.compiling import BuildRules
from tftune.training.settings import TrainingSettings


class Tuner(PlannedTuner):
    """Searches the knobs of any Keras model, survives a crash, repeats exactly.

    Trials run in child processes. The keywords make a `tftune.search.plan.SearchPlan`, on which
    their defaults stand.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)` that returns a compiled
            Keras model; None where a subclass overrides `run_trial`.
        oracle: A name of `tftune.ORACLES`, or an oracle that is made, also one of your own.
            Defaults to `"auto"`.
        objective: Name of a metric, or `keras_tuner.Objective(name, "max" | "min")`. Required with
            a name as `oracle`, unless `HyperModel.fit` or `run_trial` returns one number, which is
            minimised.
        max_trials: Trials in all, resumed ones among them; None for the plan of grid or Hyperband,
            else no limit beside `timeout` or `stop_when_flat`, else 10. Defaults to None.
        seed: 0 to 2**31 - 1; the same seed gives the same trials. Defaults to 0.
        split_seed: Of how `folds`, `reshuffle` and `confirm` cut rows; None is `seed`, so give it
            where searches with several seeds are to share their cuts. Defaults to None.
        hyperparameters: A `keras_tuner.HyperParameters` with knobs declared beforehand, or None.
        oracle_options: Further arguments of a named oracle, such as `{"max_epochs": 27}`. With that
            one, `"auto"` chooses by `budget`, `timeout`, `max_trials` (`tftune.search.choosing`).
        tune_new_entries: False tunes only the knobs in `hyperparameters`; others stand at their
            default. Defaults to True.
        allow_new_entries: False refuses a model that declares other knobs than those in
            `hyperparameters`. Defaults to True.
        start: Configurations that are tried first, each a mapping from knobs to values; knobs not
            named stand at their default.
        fixed: Knobs that are not tuned, with their values; a number may lie outside the knob's
            range.
        warm_start: Run folders of earlier searches of this space and objective to learn from; also
            an Optuna storage, a KerasTuner project folder or a CSV of trials, of which a warning
            says what does not fit. When resumed, the journal has the results.
        directory: Parent of the run folder. Defaults to `"runs"`.
        project_name: Name of the run folder. Defaults to `"search"`.
        overwrite: True removes a search that is in the folder; False resumes it if it is the same
            search, and refuses if not.
        workers: Child processes at a time; 0 trains in this process; "ray" trains on a Ray that is
            started on this machine; or an executor of your own, which stays open. Defaults to one
            a core, or one a GPU; to 0 where a subclass overrides what must run in this process
            (`tftune.search.overrides`).
        ray_address: A Ray cluster to train on, "auto" or "HOST:PORT"; `workers` is then trials at a
            time on all of it.
        threads: Threads for one TensorFlow operation in a child. Defaults to 1.
        scheduler: A name of `tftune.SCHEDULERS`, or a scheduler that is made, also one of your own.
            Defaults to `"none"`.
        scheduler_options: Further arguments of the scheduler.
        executions_per_trial: Repeated trainings a trial; their best scores are averaged. Defaults
            to 1.
        folds: Folds K to cross-validate each trial on, at least 2: the rows of train and validation
            joined, cut by `seed`, each fold validating once (see `tftune.training.lockstep`).
            Defaults to 0: one training, on the validation data.
        groups: An entry per row of train followed by validation, equal for rows that belong
            together, which no fold and no other cut then tears apart.
        reshuffle: Whether each trial has another cut of train and validation, or other folds, so
            that the search does not fit one validation split (see `tftune.training.fresh_cut`).
            Needs arrays. Defaults to False.
        max_retries_per_trial: Further attempts for a trial that crashed. Defaults to 0.
        max_consecutive_failed_trials: Trials in a row that crashed or raised
            `keras_tuner.errors.FailedTrialError`, which end the search; trials that diverge do not
            count. Defaults to 3.
        optimizer: Replaces the optimizer that each model was compiled with; None leaves it.
        loss, metrics: Likewise.
        max_model_size: Trainable weights of a model at most; a trial with more fails as by
            `FailedTrialError`. None is no limit.
        early_stopping_patience: Epochs without a better objective; 0 is off. Defaults to 10.
        early_stopping_min_delta: How much better it must be to count, as in Keras' EarlyStopping.
            Defaults to 0.
        keep_weights: `"best"` or `"last"`: the epoch whose objective is a trial's score and whose
            weights are its model's. Defaults to `"best"`.
        plateau_factor: ReduceLROnPlateau's factor, on `val_loss`. Defaults to 0.9.
        plateau_patience: Its patience; 0 is off. Defaults to 5.
        minimum_learning_rate: Its floor. Defaults to 1e-5.
        schedule: Of the learning rate in every trial without knobs for it: a name of
            `tftune.models.schedules.SCHEDULES`. It switches the plateau rule off. Defaults to
            `constant`.
        warmup: Share of all steps in which the rate rises from almost 0. Defaults to 0.
        batch_growth: Whether the batch grows where the schedule would lower the rate. Defaults to
            False.
        keep_models: Trials whose weights are kept, best first, for `get_best_models`. Defaults to
            1.
        timeout: Seconds after which the search ends; the trials under way are taken up again when
            it is resumed. None is no limit.
        trial_timeout: Seconds after which a trial is ended and counts as failed. None is no limit.
        trial_memory: Gigabytes (10^9 bytes) after which it is, likewise.
        reproducible: True, or a lag of at least `workers` (True: 4): trial n is proposed from the
            results of the trials up to n minus the lag and no others, so any number of workers
            gives the same trials. A model-based search knows a little less then.
        stop_when_flat: Trials, completed or pruned, that end one after another without a better one
            and so end the search; those under way are finished. A larger number resumes it. Failed
            trials do not count. Defaults to None: never.
        finish: Part of the time that the trials took which finishing the model may take when the
            search is done: a confirmation, the mean of its last weights, a refit on train and
            validation, an ensemble, each kept only if it gains on rows that it did not choose on
            (see `tftune.search.finish`). True is 0.2. Defaults to None: nothing is finished.
        confirm: How many of the best trials are trained again when the search is done, on fresh
            seeds and other cuts of train and validation; the best two of them three times more. The
            winner is the best in the mean of all its results, and its model the best model. Or how
            many in each round, such as `(5, 3, 2)`; 0 is none. Defaults to None: 3 for searches of
            60 trials and more, which are nine trainings, else none.
        gpu_share: Part of a GPU that one trial uses, above 0 and at most 1; `workers` defaults to
            what fits. Defaults to a whole one.
        report: False writes no `report.html` when the search ends; None writes it unless the
            environment variable TFTUNE_REPORT is 0. Defaults to None.
        references: False fits no reference models when the search ends (majority class or mean, a
            linear model; of peptides a forest, boosting, neighbours), some seconds' work; None fits
            them unless the environment variable TFTUNE_REFERENCES is 0. Defaults to None.
        checkpoint: True keeps a trial after each epoch, so that one which is interrupted goes on
            there (see `tftune.training.keeping`); False never; None, the default, where more than
            10 s of training would be lost. What cannot go on exactly begins again, and says why.
        listeners: Objects with `on_record(record, state)` and `close()`; None shows the search live
            and logs it for TensorBoard.
        task: A name for the reports. Defaults to the project's name.
        data_summary: What the reports say of the data, `fingerprint` among it; by default the
            arrays given to `search` are hashed.
        distribution_strategy: Not supported; the message says what to pass instead.
        tuner_id: Likewise.
        logger: Not used, with a warning; KerasTuner does not use it either.
        **unknown: Refused, with the word that was meant.

    Raises:
        UsageError: If an argument is wrong.
        RunFolderError: If the run folder is in use or is not one.

    Example:
        >>> import keras
        >>> def build(hp):
        ...     layers = [keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 4))]
        ...     model = keras.Sequential(layers)
        ...     model.compile("adam", "mse")
        ...     return model
        >>> tuner = Tuner(build, "random", objective="val_loss", workers=0)
        >>> [hp.name for hp in tuner.oracle.get_space().space]
        ['units']
    """

    def __init__(
        self,
        hypermodel: Any = None,
        oracle: str | Oracle[Any] = SearchPlan.oracle,
        *more: Any,
        objective: Any = SearchPlan.objective,
        max_trials: int | None = SearchPlan.max_trials,
        seed: int = SearchPlan.seed,
        split_seed: int | None = SearchPlan.split_seed,
        hyperparameters: Any = None,
        oracle_options: Mapping[str, Any] | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        start: Sequence[Mapping[str, Any]] = SearchPlan.start,
        fixed: Mapping[str, Any] | None = None,
        warm_start: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        directory: str | os.PathLike[str] = "runs",
        project_name: str = "search",
        overwrite: bool = False,
        workers: int | str | AbstractExecutor | None = RunSettings.workers,
        ray_address: str | None = RunSettings.ray_address,
        threads: int = RunSettings.threads,
        scheduler: str | AbstractScheduler = SearchPlan.scheduler,
        scheduler_options: Mapping[str, Any] | None = None,
        executions_per_trial: int = TrainingSettings.executions_per_trial,
        folds: int = TrainingSettings.folds,
        groups: Any = None,
        reshuffle: bool = TrainingSettings.reshuffle,
        max_retries_per_trial: int = RunSettings.max_retries_per_trial,
        max_consecutive_failed_trials: int = RunSettings.max_consecutive_failed_trials,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        max_model_size: int | None = None,
        early_stopping_patience: int = TrainingSettings.early_stopping_patience,
        early_stopping_min_delta: float = TrainingSettings.early_stopping_min_delta,
        keep_weights: str = TrainingSettings.keep_weights,
        plateau_factor: float = TrainingSettings.plateau_factor,
        plateau_patience: int = TrainingSettings.plateau_patience,
        minimum_learning_rate: float = TrainingSettings.minimum_learning_rate,
        schedule: str = TrainingSettings.schedule,
        warmup: float = TrainingSettings.warmup,
        batch_growth: bool = TrainingSettings.batch_growth,
        keep_models: int = RunSettings.keep_models,
        timeout: float | None = RunSettings.timeout,
        trial_timeout: float | None = RunSettings.trial_timeout,
        trial_memory: float | None = RunSettings.trial_memory,
        reproducible: bool | int = RunSettings.reproducible,
        stop_when_flat: int | None = RunSettings.stop_when_flat,
        confirm: int | Sequence[int] | None = RunSettings.confirm,
        finish: float | bool | None = RunSettings.finish,
        gpu_share: float | None = RunSettings.gpu_share,
        report: bool | None = RunSettings.report,
        references: bool | None = RunSettings.references,
        checkpoint: bool | None = RunSettings.checkpoint,
        listeners: Sequence[Listener] | None = None,
        task: str | None = None,
        data_summary: Mapping[str, Any] | None = None,
        distribution_strategy: Any = None,
        tuner_id: str | None = None,
        logger: Any = None,
        **unknown: Any,
    ) -> None:
        refuse_unknown(unknown, Tuner.__init__)
        refuse_positional(more)
        refuse_elsewhere(distribution_strategy, tuner_id, logger)
        check_order(hypermodel, oracle)
        check_count("max_model_size", max_model_size, least=1, optional=True)
        elsewhere = {
            "ray_address": ray_address,
            "gpu_share": gpu_share,
            "trial_timeout": trial_timeout,
            "trial_memory": trial_memory,
        }
        workers = workers_for(overridden(self), workers, elsewhere, type(self))
        entries = {"tune_new_entries": tune_new_entries, "allow_new_entries": allow_new_entries}
        restricted = {name: value for name, value in entries.items() if value is not True}
        rules = BuildRules(optimizer, loss, metrics, max_model_size)
        run = RunSettings(
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
            stop_when_flat=stop_when_flat,
            confirm=confirm,
            finish=finish,
            report=report,
            references=references,
            checkpoint=checkpoint,
        )
        training = TrainingSettings(
            early_stopping_patience=early_stopping_patience,
            early_stopping_min_delta=early_stopping_min_delta,
            keep_weights=keep_weights,
            plateau_factor=plateau_factor,
            plateau_patience=plateau_patience,
            minimum_learning_rate=minimum_learning_rate,
            schedule=schedule,
            warmup=warmup,
            batch_growth=batch_growth,
            executions_per_trial=executions_per_trial,
            folds=folds,
            reshuffle=reshuffle,
        )
        plan = SearchPlan(
            oracle,
            objective,
            max_trials=max_trials,
            seed=seed,
            split_seed=split_seed,
            oracle_options={**(oracle_options or {}), **restricted},
            start=start,
            fixed=fixed or {},
            warm_start=read_runs(warm_start, getattr(objective, "name", objective)),
            scheduler=scheduler,
            scheduler_options=scheduler_options or {},
            run=run,
            training=training,
            task=task or project_name,
            names_task=task is not None,
            data=data_summary,
            origin=None if (script := script_command()) is None else {"script": script},
        )
        folder = RunFolder(Path(directory) / project_name)
        given = (hyperparameters, groups, listeners, overwrite)
        super().__init__(hypermodel, plan, folder, *given, rules=rules)
