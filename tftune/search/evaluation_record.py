"""What a model is worth, as it is remembered: the record `evaluation`, and `predictions.npz`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.datasets.amino_acids import ALPHABET, decode
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.reports.best_trial_log import write_evaluation
from tftune.reports.measures.classification import classes_of
from tftune.reports.measures.evaluation import classification_report, regression_report
from tftune.support.array_writing import write_arrays
from tftune.support.files import atomic_file
from tftune.support.refusals import told_as_refusal
from tftune.training.predictions import Predictions

PEPTIDES = "hemolysis"  # the task whose inputs are codes of letters


def report_of(predictions: Predictions | None, header: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns the report of predictions (see `tftune.reports.measures.evaluation`), None of none.

    Inputs that are text, or sequences, stand beside the mistakes as `text`.

    Args:
        predictions: Of the rows.
        header: Of the search, which knows the names of the classes.
    """
    if predictions is None:
        return None
    if predictions.kind == "regression":
        report = regression_report(predictions.labels, predictions.probabilities)
        rows = report["residuals"]
    else:
        names = (header.get("data") or {}).get("class_names")
        report = classification_report(
            predictions.labels,
            predictions.probabilities,
            names,
            nearness=predictions.nearness,
            groups=predictions.groups,
        )
        rows = report["mistakes"]
    texts = dict(zip(predictions.input_rows, _texts(predictions.inputs, header), strict=False))
    for row in rows:
        if row["row"] in texts:
            row["text"] = texts[row["row"]]
    return report


def _texts(inputs: np.ndarray | None, header: Mapping[str, Any]) -> list[str]:
    if inputs is None:
        return []
    if inputs.dtype.kind == "U":
        return [str(text) for text in inputs]
    codes = inputs.ndim == 2 and header.get("task") == PEPTIDES
    return decode(inputs) if codes and inputs.max(initial=0) <= len(ALPHABET) else []


def record_test(recorder: Recorder, trial_id: str, metrics: Mapping[str, float]) -> None:
    """Writes that the test split was used for the model that is the result now.

    Args:
        recorder: Of the search.
        trial_id: The best trial; the model may be what a finish has made of it.
        metrics: What the model was compiled with, on the test rows.
    """
    finished = {"finished": True} if recorder.state.members else {}
    recorder.write("test", trial_id=trial_id, metrics=metrics, **finished)


def record_evaluation(
    recorder: Recorder,
    folder: RunFolder,
    trial_id: str,
    predictions: Predictions | None,
    again: bool = False,
    metrics: Mapping[str, float] | None = None,
) -> dict[str, Any] | None:
    """Writes what a model is worth on the test split; under the lock of the folder.

    What may not fit on the disk is written first: the journal then tells of a use of the test split
    only if all of it is there.

    Args:
        recorder: Of the search.
        folder: Of the search.
        trial_id: Whose model it is.
        predictions: Of the test rows; None writes nothing.
        again: Whether no `test` record is written for this use of the test split.
        metrics: For that record (see `record_test`); None writes none.

    Returns:
        The report, or None. The TensorBoard log, if there is one, shows what is known.
    """
    report = report_of(predictions, recorder.state.header)
    if report is not None and predictions is not None:
        with told_as_refusal(folder.predictions):
            save_predictions(folder, trial_id, predictions)
    if metrics is not None:
        record_test(recorder, trial_id, metrics)
    if report is None:
        write_evaluation(folder, recorder.state)
        return None
    told = {"trial_id": trial_id, "split": "test", "rows": report["rows"], "report": report}
    recorder.write("evaluation", **told, **({"again": True} if again else {}))
    write_evaluation(folder, recorder.state)
    return report


def save_predictions(folder: RunFolder, trial_id: str, predictions: Predictions) -> None:
    """Writes `predictions.npz` whole or not at all: `kind`; `probabilities`, shape (rows, 1) or
    (rows, classes); `labels`, shape (rows,), numbers of classes, -1 where there is none, or the
    targets; `fingerprint` of the rows and `trial_id`; where rows have equal inputs also
    `groups`, a number for each row; where inputs can be shown also `inputs` and
    `input_rows`, those of the surest mistakes.
    """
    labels = predictions.labels
    if predictions.kind == "classification":
        rows, columns = predictions.probabilities.shape
        labels = classes_of(labels, (rows, max(columns, 2)))[0]
    content: dict[str, Any] = {
        "kind": np.array(predictions.kind),
        "probabilities": predictions.probabilities.astype(np.float32),
        "labels": labels,
        "fingerprint": np.array(predictions.fingerprint),
        "trial_id": np.array(trial_id),
    }
    if predictions.groups is not None:
        content["groups"] = predictions.groups
    if predictions.inputs is not None:
        content["inputs"] = predictions.inputs
        content["input_rows"] = np.array(predictions.input_rows, np.int64)
    with atomic_file(folder.predictions) as file:
        write_arrays(file, content, compress=True)
