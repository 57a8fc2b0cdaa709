"""`load_run`: what a run folder tells in a new process, on another machine, on another day.

Neither the search nor the function that built the models is needed; the journal and the
checkpoints have everything. Trials are read without TensorFlow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tftune.errors import NoTrialCompletedError, RunFolderError, UsageError
from tftune.journal.readable import honest, read_checked, within
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.frame import to_dataframe
from tftune.reports.tables import print_best_trials
from tftune.space.knob import public_values
from tftune.support.checks import check_count

if TYPE_CHECKING:
    import keras
    import keras_tuner
    import pandas

    from tftune.reports.analysis.training_sizes import TrainingSizes
    from tftune.space.search_space import SearchSpace


def load_run(
    folder: str | os.PathLike[str],
    build: Callable[[Any], Any] | Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
) -> Run:
    """Returns what a run folder tells: trials, best hyper-parameters, best models.

    Args:
        folder: A run folder, such as `runs/search`; it may have been moved and renamed.
        build: The function `build(hp)` or the `keras_tuner.HyperModel` of the search; needed only
            for models that Keras cannot serialise.
        custom_objects: Layers, losses and so on of your own, by name, that are not registered with
            `keras.saving.register_keras_serializable`.
        safe_mode: False also loads `Lambda` layers of a Python lambda, which runs code from the
            folder: only if you trust it.

    Raises:
        RunFolderError: If there is no search in the folder, or its journal is damaged.

    Example:
        >>> load_run("runs/nowhere")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        tftune.errors.RunFolderError: runs/nowhere is not a run folder: it has no journal.jsonl...
    """
    return Run(RunFolder(folder), build, custom_objects, safe_mode)


class Run:
    """A search as its folder tells it; nothing is written.

    Args:
        folder: The run folder.
        build: As for `load_run`.
        custom_objects: As for `load_run`.
        safe_mode: As for `load_run`.

    Attributes:
        folder: The run folder.
        state: What the journal tells.
    """

    def __init__(
        self,
        folder: RunFolder,
        build: Any = None,
        custom_objects: Mapping[str, Any] | None = None,
        safe_mode: bool = True,
    ) -> None:
        self.folder, self._build = folder, build
        self._custom_objects, self._safe_mode = dict(custom_objects or {}), safe_mode
        self._best: Any = None
        if not folder.exists():
            raise RunFolderError(
                f"{folder.path} is not a run folder: it has no {folder.journal.name}. Expected "
                "the folder of a search, such as runs/search. Correct the path."
            )
        self.state = read_checked(folder)[1]
        if not self.state.header:
            raise RunFolderError(
                f"The journal in {folder.path} is empty: the search had not begun. Expected a "
                "header. Run the search again."
            )

    @property
    def header(self) -> Record:
        """The first record of the journal: everything that identifies the search."""
        return self.state.header

    @property
    def objective(self) -> str:
        """Name of the metric that was searched for."""
        return self.state.objective

    @property
    def direction(self) -> str:
        """`max` or `min`."""
        return self.state.direction

    @property
    def space(self) -> SearchSpace:
        """What could be tuned, with the knobs that only a later trial declared."""
        with honest(self.folder):
            return recorded_space(self.state)

    @property
    def input_signature(self) -> Any:
        """The structure of the inputs with `{"shape", "dtype"}` for each array, without the axis of
        the batch; None where the journal does not tell.
        """
        return self.header.get("signature")

    @property
    def class_names(self) -> list[str] | None:
        """Names of the classes in the order of the labels, where the data told them."""
        names = (self.header.get("data") or {}).get("class_names")
        return None if names is None else list(names)

    @property
    def trials(self) -> list[TrialRecord]:
        """All trials in the order of their start."""
        return list(self.state.trials.values())

    def table(self) -> list[dict[str, Any]]:
        """Returns a dict a trial, as `pandas.DataFrame` takes them: trial_id, status, score,
        best_epoch, seconds, parameters, then the knobs; a knob that a trial lacks is left out.
        """
        names = ("trial_id", "status", "score", "best_epoch", "seconds", "parameters")
        return [
            {
                **{name: getattr(trial, name) for name in names},
                "status": trial.status.value,
                **public_values(trial.values),
            }
            for trial in self.trials
        ]

    def to_dataframe(self, metrics: bool = False) -> pandas.DataFrame:
        """Returns all trials as a data frame, a row each (see `tftune.reports.frame.to_dataframe`).

        Args:
            metrics: Whether there is a column `metrics/<name>` for each metric at the best epoch.

        Raises:
            UsageError: If pandas is not installed: the extra `plots` has it.
        """
        return to_dataframe(self.state, metrics)

    def results_summary(self, num_trials: int = 10) -> None:
        """Prints the table of the best trials."""
        print_best_trials(self.state, count=num_trials)

    def best_trial(self) -> TrialRecord:
        """Returns the best trial.

        Raises:
            NoTrialCompletedError: If there is none.
        """
        best = self.state.best()
        if best is None:
            raise NoTrialCompletedError(
                f"There is no best trial in {self.folder.path}: none has completed. Go on with the "
                "search."
            )
        return best

    def best_hyperparameters(self) -> keras_tuner.HyperParameters:
        """Returns the values of the best trial, those of conditional knobs among them.

        Raises:
            NoTrialCompletedError: If there is no best trial.
        """
        return self._hyperparameters([self.best_trial()])[0]

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[keras_tuner.HyperParameters]:
        """Returns the values of the best trials, best first; at most as many as have a score."""
        return self._hyperparameters(self.state.ranked(num_trials))

    def _hyperparameters(self, trials: list[TrialRecord]) -> list[keras_tuner.HyperParameters]:
        space = self.space
        with honest(self.folder):
            return [space.to_hyperparameters(trial.values) for trial in trials]

    def best_model(self) -> keras.Model:
        """Returns the model of the best trial with the weights of its best epoch, made once; of a
        search that was finished (see `tftune.search.finish`) what was made of it.

        Raises:
            NoTrialCompletedError: If there is no best trial.
            RunFolderError: If the model cannot be had; the message says what is missing.
        """
        if self._best is None:
            from tftune.search.finished_model import finished_model

            self._best = finished_model(self) or self.load_model(self.best_trial())
        return self._best

    def get_best_models(self, num_models: int = 1) -> list[keras.Model]:
        """Returns the models of the best trials with the weights of their best epochs, best first.

        Raises:
            UsageError: If more are wanted than the weights were kept of.
            RunFolderError: If a model cannot be had; the message says what is missing.
        """
        check_count("num_models", num_models, least=1)
        trials = self.state.ranked(num_models)
        kept = [trial for trial in trials if self.folder.checkpoint(trial.trial_id).exists()]
        if len(kept) < len(trials):
            raise UsageError(
                f"The weights of {len(kept)} of the best {len(trials)} trials are in "
                f"{self.folder.checkpoints}. Received: num_models={num_models}. Ask for fewer, or "
                "search with keep_models= next time; get_best_hyperparameters() has the values."
            )
        return [self.load_model(trial) for trial in trials]

    def load_model(self, trial: TrialRecord | str) -> keras.Model:
        """Returns the model of a trial with the weights of its best epoch.

        Args:
            trial: The trial, or its id.

        Raises:
            RunFolderError: If the model cannot be had; the message says what is missing.
        """
        record = self.state.trials[trial if isinstance(trial, str) else trial.trial_id]
        return self.model_of_file(record, record.trial_id)

    def model_of_file(self, record: TrialRecord, name: str) -> Any:
        """Returns the model of a trial with the weights of a file in `checkpoints/`."""
        from tftune.training.checkpoints import load_checkpoint
        from tftune.training.described_model import load_described
        from tftune.training.evaluate import build_with_weights

        saved = load_checkpoint(within(self.folder, self.folder.checkpoint(name)))
        signature = self.header.get("signature")
        if self._build is None:
            return load_described(saved, signature, self._custom_objects, self._safe_mode)
        from tftune.space.keras_tuner_internals import get_hypermodel

        hp = self.space.to_hyperparameters(record.values)
        return build_with_weights(get_hypermodel(self._build), hp, saved, signature)

    def learning_curve(
        self, x: Any, y: Any, validation_data: tuple[Any, ...], **options: Any
    ) -> TrainingSizes:
        """Trains the best configuration on growing training sets, and keeps what came in
        `learning_curve.json` of the folder, where the diagnosis finds it.

        Args:
            x: Inputs of the training split, arrays.
            y: Targets.
            validation_data: Inputs and targets of the validation split.
            **options: As for `tftune.search.training_sizes.measure_training_sizes`: `trial`,
                `sizes`, `repeats`, `epochs`, and further arguments of `fit`.

        Raises:
            UsageError: If `load_run` was not given the function that builds the model.
        """
        from tftune.search.training_sizes import measure_training_sizes

        if self._build is None:
            raise UsageError(
                "A learning curve trains new models. Expected the function or HyperModel that "
                "builds them. Pass it: tftune.load_run(folder, build=build)."
            )
        return measure_training_sizes(self, self._build, x, y, validation_data, **options)

    def predict(self, x: Any, **options: Any) -> Any:
        """Returns the best model's predictions.

        Args:
            x: Inputs, as for `model.predict`.
            **options: As for `model.predict`.
        """
        return self.best_model().predict(x, **{"verbose": 0, **options})


def recorded_space(state: SearchState) -> SearchSpace:
    """Returns the space of a search, grown by what its trials declared."""
    from tftune.space.keras_tuner_internals import is_declared
    from tftune.space.search_space import CheckedHyperParameters, SearchSpace

    hyperparameters = SearchSpace.from_config(state.header["space"]).hyperparameters
    for config in state.spaces:
        declared = CheckedHyperParameters.from_config(config).space
        hyperparameters.merge([knob for knob in declared if not is_declared(hyperparameters, knob)])
    return SearchSpace(hyperparameters)
