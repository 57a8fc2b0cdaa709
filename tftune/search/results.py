"""What a search has found: KerasTuner's questions answered from the journal, in any later process
too.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras_tuner

from tftune.datasets.nearness import Nearness
from tftune.errors import NoTrialCompletedError, RunFolderError, TftuneError, UsageError
from tftune.execution.base import JobError
from tftune.execution.choose import open_executor
from tftune.journal import journal
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.oracles.core.oracle import Oracle
from tftune.reports.best_trial_log import write_evaluation
from tftune.reports.frame import to_dataframe
from tftune.reports.summary import write_summary
from tftune.reports.tables import print_best_trials, write_trials_csv
from tftune.search.evaluation_record import record_evaluation
from tftune.search.finished_model import members_of
from tftune.search.load_run import recorded_space
from tftune.search.own_report import is_wanted, write_own_report
from tftune.search.plan import SearchPlan
from tftune.search.references import VARIABLE, SearchReferences
from tftune.space.search_space import SearchSpace
from tftune.support.refusals import told_as_refusal
from tftune.support.sources import with_sources
from tftune.training import process_settings
from tftune.training.evaluate import checked_test_data, evaluate_model, restore_model
from tftune.training.inputs.call import is_plain_fit
from tftune.training.inputs.transport import share

if TYPE_CHECKING:
    import pandas


class AbstractSearchResults(keras_tuner.Tuner):
    """The half of `tftune.Tuner` that looks at results; the attributes are set by the other half.

    Attributes:
        oracle: Proposes the trials; its space is the search's.
        folder: The run folder.
        plan: Workers, threads, how many models are kept.
    """

    oracle: Oracle[Any]
    folder: RunFolder
    plan: SearchPlan
    _payload: bytes  # the hypermodel, pickled
    _state: SearchState
    _signature: Any  # of an input batch, for models that build themselves on one
    _card: dict[str, Any] | None  # of the model, as it was built to find the knobs
    _hypermodel_to_build: Any
    _references: SearchReferences | None = None  # of the last call of `search`

    @property
    def state(self) -> SearchState:
        """What the journal tells of this search."""
        return self._state

    @property
    def project_dir(self) -> str:
        """The run folder; unlike KerasTuner's, looking at it does not make it."""
        return str(self.folder.path)

    def save(self) -> None:
        """Does nothing: the journal has everything already."""

    def reload(self) -> None:
        """Reads the state of the run folder again."""
        self._state = SearchState().apply_all(journal.read(self.folder.journal)[0])

    def _write_results(self, report: bool = True) -> None:
        with told_as_refusal(self.folder.path):
            write_trials_csv(self._state, self.folder.trials_csv)
            write_summary(self._state, self.folder.summary)
        write_evaluation(self.folder, self._state)
        if report:
            write_own_report(self.folder, self.plan.run.report)

    def _references_of(self, plan: SearchPlan, data: Any) -> SearchReferences | None:
        """Returns the reference models of a search, which are not fitted yet; None where they are
        not wanted, or where a HyperModel's own `fit` gives the data a meaning of its own.

        Args:
            plan: With epochs and data.
            data: Positional and keyword arguments of `fit`, and the fold of each row.
        """
        if not is_wanted(plan.run.references, VARIABLE):
            return None
        if not is_plain_fit(self._hypermodel_to_build):
            return None
        arguments, options, folds = data
        losses = (self._card or {}).get("losses")
        objective, seed = self.oracle.objective.name, self.oracle.seed
        return SearchReferences(arguments, options, objective, plan.task, losses, folds, seed)

    def _conclude(self, recorder: Recorder, reason: str) -> None:
        """Fits the reference models, and writes the results of a search that has ended."""
        interrupted = reason == "interrupted"
        if self._references is not None and not interrupted and self._state.best() is not None:
            self._references.record_validation(recorder)
        self._write_results(report=not interrupted)

    def _conclude_error(self, recorder: Recorder) -> None:
        """Writes the results of a search that an error has ended, as far as the disk lets it."""
        with contextlib.suppress(TftuneError):
            recorder.write("finish", reason="error", wall_seconds=recorder.state.wall_seconds)
            self._write_results(report=False)

    def evaluate_best(
        self, x: Any, y: Any = None, nearness: Nearness | None = None
    ) -> dict[str, float]:
        """Evaluates the best trial on the test split, once, and saves its model as
        `best_model.keras`.

        Of a classifier, or a model that predicts one number, the journal also keeps what
        `tftune evaluate` shows: intervals, curves, calibration, the surest mistakes.

        Args:
            x: Inputs of the test split, anything that `model.evaluate` takes: arrays of shape
                (rows, ...), a list or dict of them, or a dataset with its targets.
            y: Targets, shape (rows, ...); None where x brings them.
            nearness: How near the rows stand to the training rows (see
                `tftune.datasets.nearness`): the score is then told by distance, too.

        Returns:
            Loss and metrics; those of the journal if this trial has been evaluated before.

        Raises:
            NoTrialCompletedError: If there is no best trial.
            RunFolderError: If another process is at work in the folder; nothing is then changed.
        """
        best = self._best_trial()
        test = self._state.test if self._state.is_tested else None
        if test is not None and self.folder.best_model.exists():
            return dict(test["metrics"])
        x, y = checked_test_data(x, y)
        with self._resumed_journal() as recorder:
            best = self._best_trial()
            try:
                metrics, unsaved, predictions = self._run_job(
                    evaluate_model,
                    self._payload,
                    self._config_of(best),
                    str(self.folder.checkpoint(best.trial_id)),
                    share(x, self.folder.data, "x"),
                    share(y, self.folder.data, "y"),
                    str(self.folder.best_model),
                    (self._state.header.get("data") or {}).get("class_names"),
                    members_of(self._state, self.folder, self._space()),
                )
            finally:
                self.folder.remove_scratch()
            if predictions is not None:
                predictions = predictions.with_nearness(nearness)
            record_evaluation(recorder, self.folder, best.trial_id, predictions, metrics=metrics)
            if self._references is not None:
                self._references.record_test(recorder, best.trial_id, x, y, predictions)
            self._write_results()
        if unsaved is not None:
            warnings.warn(
                f"The best model was evaluated, but not saved as {self.folder.best_model.name}: "
                f"{unsaved} Its weights are kept; get_best_models() builds it again. A class of "
                "your own needs get_config() to be saved.",
                stacklevel=2,
            )
        return dict(metrics)

    @contextlib.contextmanager
    def _resumed_journal(self) -> Iterator[Recorder]:
        """Locks the folder and takes over what other processes have found since."""
        header = self._state.header
        if self.folder.exists():
            with journal.Journal(self.folder.journal) as opened:
                recorder = Recorder(opened)
                if recorder.state.header == header:
                    self._state = recorder.state
                    yield recorder
                    return
        raise RunFolderError(
            f"The run folder {self.folder.path} no longer has the search of this tuner. Expected "
            "the one that it has searched or read. Received: "
            f"{'another search' if self.folder.exists() else 'no search'}. Make the tuner anew."
        )

    def _best_trial(self) -> TrialRecord:
        best = self._state.best()
        if best is None:
            raise NoTrialCompletedError(
                f"There is no best trial in {self.folder.path}: none has completed. Run search() "
                "first."
            )
        return best

    def _config_of(self, trial: TrialRecord) -> dict[str, Any]:
        return dict(self._space().to_hyperparameters(trial.values).get_config())

    def _space(self) -> SearchSpace:
        """Returns the space as the journal tells it, knobs that only a trial declared included."""
        if self._state.header:
            return recorded_space(self._state)
        return SearchSpace(self.oracle.hyperparameters)

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[Any]:
        """Returns the values of the best trials, best first, as `keras_tuner.HyperParameters`; at
        most as many as completed.
        """
        space = self._space()
        return [space.to_hyperparameters(trial.values) for trial in self._state.ranked(num_trials)]

    def get_best_models(self, num_models: int = 1) -> list[Any]:
        """Returns the models of the best trials with the weights of their best epochs, best first.

        Raises:
            UsageError: If more are wanted than the weights were kept of.
        """
        if num_models > self.plan.run.keep_models:
            raise UsageError(
                f"Only the weights of the best {self.plan.run.keep_models} trials are kept. "
                f"Received: num_models={num_models}. "
                f"Make the tuner with keep_models={num_models} before the search, or train again "
                "with get_best_hyperparameters()."
            )
        return [self.load_model(trial) for trial in self._state.ranked(num_models)]

    def load_model(self, trial: Any) -> Any:
        """Returns the model of a trial with the weights of its best epoch, built here."""
        config = self._config_of(self._state.trials[trial.trial_id])
        with process_settings.kept():  # building a model may change them
            return restore_model(
                self._payload,
                config,
                str(self.folder.checkpoint(trial.trial_id)),
                self._signature or self._state.header.get("signature"),
            )

    def to_dataframe(self, metrics: bool = False) -> pandas.DataFrame:
        """Returns all trials as a data frame, a row each (see `tftune.reports.frame.to_dataframe`).

        Args:
            metrics: Whether there is a column `metrics/<name>` for each metric at the best epoch.

        Raises:
            UsageError: If pandas is not installed: the extra `plots` has it.
        """
        return to_dataframe(self._state, metrics)

    def results_summary(self, num_trials: int = 10) -> None:
        """Prints the table of the best trials."""
        print_best_trials(self._state, count=num_trials)

    def _run_job(self, function: Any, *arguments: Any, in_this_process: bool | None = None) -> Any:
        """Runs one job where trials run, or in this process."""
        here = not self.plan.run.in_children if in_this_process is None else in_this_process
        executor = open_executor(0 if here else 1, self.plan.run.threads)
        executor.on_output = _print
        try:
            return executor.call(function, *arguments)
        except JobError as error:
            told = with_sources(str(error), getattr(self, "hypermodel", None))
            raise UsageError(f"The model could not be built or evaluated.\n{told}") from None
        finally:
            executor.close()


def _print(key: str, line: str) -> None:
    print(line, file=sys.stderr, flush=True)
