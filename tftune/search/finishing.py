"""Takes the best trial of a search that did not come to its end as the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cloudpickle

from tftune.datasets.nearness import Nearness
from tftune.errors import NoTrialCompletedError, RunFolderError
from tftune.journal import journal
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.summary import write_summary
from tftune.reports.tables import write_trials_csv
from tftune.search.evaluation import evaluate_run, fitting_rows
from tftune.search.evaluation_record import record_evaluation
from tftune.search.finished_model import members_of
from tftune.search.load_run import Run
from tftune.search.own_report import write_own_report
from tftune.search.references import SearchReferences
from tftune.training.evaluate import evaluate_model, save_model
from tftune.training.predictions import Predictions

REASON = "finished"  # of the record that ends the search
_CUT_SHORT = ("interrupted", "error")  # reasons of an end that was none


@dataclass(frozen=True)
class _Result:
    metrics: dict[str, float] | None
    predictions: Predictions | None


def is_finished(folder: RunFolder, state: SearchState, evaluated: bool) -> bool:
    """Whether nothing is left to do.

    Args:
        folder: Of the run.
        state: Of the run.
        evaluated: Whether an evaluation of the best trial is wanted, too.
    """
    best = state.best()
    if best is None or _goes_on(state) or not folder.best_model.exists():
        return False
    return state.is_tested or not evaluated


def _goes_on(state: SearchState) -> bool:
    """Whether the search has not come to an end."""
    return state.finish is None or state.finish["reason"] in _CUT_SHORT


def finish_run(
    run: Run,
    hypermodel: Any = None,
    x: Any = None,
    y: Any = None,
    nearness: Nearness | None = None,
    references: SearchReferences | None = None,
) -> SearchState:
    """Evaluates the best trial, saves its model as `best_model.keras`, writes `summary.json`,
    `trials.csv` and the report, and ends the search; the search can still be resumed.

    All of it under the lock; the model first and the records last, so that what is cut short is
    done again.

    Args:
        run: The run; it must not be searching.
        hypermodel: That of the search, whose model is built as the search itself would; None makes
            it from its checkpoint.
        x: Inputs of the test split, or a dataset; None evaluates nothing.
        y: Targets.
        nearness: How near the rows stand to the training rows, where that is known.
        references: The reference models of the search, which are fitted and noted, too; None fits
            none.

    Returns:
        The state of the run.

    Raises:
        RunFolderError: If the search is running, or its model cannot be had or saved; then nothing
            is written.
        NoTrialCompletedError: If there is no best trial.
    """
    folder = run.folder
    with journal.Journal(folder.journal) as opened:
        recorder = Recorder(opened)
        best = recorder.state.best()
        if best is None:
            raise NoTrialCompletedError(
                f"There is nothing to finish in {folder.path}: no trial has completed. Go on with "
                "the search."
            )
        result = _saved(run, recorder.state, best, hypermodel, x, y)
        if result.metrics is not None:
            predictions = result.predictions
            if predictions is not None:
                predictions = predictions.with_nearness(nearness)
            record_evaluation(recorder, folder, best.trial_id, predictions, metrics=result.metrics)
            if references is not None:
                references.record_validation(recorder)
                references.record_test(recorder, best.trial_id, x, y, predictions)
        if _goes_on(recorder.state):
            seconds = recorder.state.wall_seconds
            recorder.write("finish", reason=REASON, wall_seconds=seconds)
        write_trials_csv(recorder.state, folder.trials_csv)
        write_summary(recorder.state, folder.summary)
        write_own_report(folder, None)
        folder.remove_scratch()  # which a search that was killed has left
        return recorder.state


def _saved(run: Run, state: SearchState, best: Any, hypermodel: Any, x: Any, y: Any) -> _Result:
    """Evaluates and saves the model; whole, or not at all."""
    if hypermodel is not None and x is not None:
        with fitting_rows(run, x):
            metrics, unsaved, predictions = evaluate_model(
                None,
                cloudpickle.dumps(hypermodel),
                dict(run.space.to_hyperparameters(best.values).get_config()),
                str(run.folder.checkpoint(best.trial_id)),
                x,
                y,
                str(run.folder.best_model),
                run.class_names,
                members_of(state, run.folder, run.space),
            )
        if unsaved is not None:
            raise _not_saved(run, unsaved)
        return _Result(metrics, predictions)
    model = run.best_model()
    found = None if x is None else evaluate_run(run, model, x, y)
    try:
        save_model(model, run.folder.best_model)
    except Exception as error:  # of Keras or of the user's classes
        text = str(error).strip().splitlines() or [""]
        raise _not_saved(run, f"{type(error).__name__}: {text[0]}") from error
    return _Result(None, None) if found is None else _Result(found.metrics, found.predictions)


def _not_saved(run: Run, reason: str) -> RunFolderError:
    return RunFolderError(
        f"The best model cannot be saved as {run.folder.best_model}: {reason}. Nothing was "
        "recorded. Expected a model that Keras can save. A class of your own needs get_config()."
    )
