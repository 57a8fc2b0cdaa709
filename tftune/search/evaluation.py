"""A model of a run folder on some rows, on any later day."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tftune.datasets.nearness import Nearness
from tftune.errors import RunFolderError, TftuneError, UsageError
from tftune.journal import journal
from tftune.journal.recorder import Recorder
from tftune.journal.state import SearchState
from tftune.reports.summary import write_summary
from tftune.search.evaluation_record import record_evaluation, record_test, report_of
from tftune.search.load_run import Run
from tftune.support.texts import one_line, shown
from tftune.training.evaluate import checked_test_data, plain_metrics
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.texts import with_texts
from tftune.training.predictions import Predictions, batch_size_of, predictions_of


@dataclass(frozen=True)
class Evaluated:
    """What came of it.

    Attributes:
        metrics: Those that the model was compiled with; empty if it is not.
        predictions: Of the rows, where they are understood.
        report: The same in numbers, or None.
    """

    metrics: dict[str, float]
    predictions: Predictions | None
    report: dict[str, Any] | None


def evaluate_run(
    run: Run, model: Any, x: Any, y: Any = None, nearness: Nearness | None = None
) -> Evaluated:
    """Evaluates a model of a run; nothing is written.

    Args:
        run: The run, which knows the names of the classes.
        model: Of one of its trials.
        x: Inputs, or a dataset with its targets.
        y: Targets.
        nearness: How near the rows stand to the training rows, where that is known.

    Raises:
        UsageError: If the data do not fit together, or not the model.
    """
    x, y = checked_test_data(x, y)
    arguments = tuple(map(with_texts, (x,) if y is None else (x, y)))
    size = batch_size_of(model) if kind_of(arguments[0]) is InputKind.ARRAYS else None
    metrics = {}
    if getattr(model, "compiled", False):
        with fitting_rows(run, x):
            options = {"batch_size": size, "verbose": 0, "return_dict": True}
            metrics = plain_metrics(model.evaluate(*arguments, **options))
    predictions = predictions_of(model, arguments)
    if predictions is not None:
        predictions = predictions.with_nearness(nearness)
    return Evaluated(metrics, predictions, report_of(predictions, run.header))


@contextlib.contextmanager
def fitting_rows(run: Run, x: Any) -> Iterator[None]:
    """Says of rows that a model does not take what it takes.

    Args:
        run: The run, which knows what inputs look like.
        x: Inputs.

    Raises:
        UsageError: Whatever the model raises.
    """
    try:
        yield
    except TftuneError:
        raise
    except Exception as error:
        text = one_line(str(error), 300)
        raise UsageError(
            f"The model cannot be evaluated on these rows: {type(error).__name__}: {text} Expected "
            f"inputs as the search had them, without the axis of the rows: "
            f"{shown(run.input_signature)}. Received: {shown(x)}. Prepare them as those of the "
            "search."
        ) from error


def record_use(
    run: Run, trial_id: str, found: Evaluated, references: dict[str, Any] | None = None
) -> SearchState:
    """Notes that the test split was used once more, with what was found, and returns the state.

    Args:
        run: The run.
        trial_id: Whose model was evaluated.
        found: What came of it.
        references: What the reference models are worth on the same rows, or None.

    Raises:
        RunFolderError: If another process is at work in the folder, or another trial is the best
            by now.
    """
    with journal.Journal(run.folder.journal) as opened:
        recorder = Recorder(opened)
        best = recorder.state.best()
        if best is None or best.trial_id != trial_id:
            raise RunFolderError(
                f"The search in {run.folder.path} has gone on meanwhile. Expected trial "
                f"{trial_id} to be the best still. Received: "
                f"{best.trial_id if best else 'none'}. Evaluate again."
            )
        if references is not None and references["models"]:
            recorder.write("references", **references)
        told = record_evaluation(recorder, run.folder, trial_id, found.predictions, again=True)
        if told is None and found.metrics:
            record_test(recorder, trial_id, found.metrics)
        if run.folder.summary.exists():
            write_summary(recorder.state, run.folder.summary)
        return recorder.state
