"""The reference models of a search: fitted when it has ended, on the rows that it was given, and
noted in its journal beside its own results. They delay no trial, and never fail a search: what goes
wrong is a note.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.journal.recorder import Recorder
from tftune.reports.measures.classification import classes_of
from tftune.reports.measures.metric_names import measure_of
from tftune.reports.measures.paired import paired_difference
from tftune.reports.measures.split_scores import LOSSES, split_scores
from tftune.reports.summary import json_ready
from tftune.support.texts import one_line
from tftune.training.folds import inputs_and_targets
from tftune.training.inputs.call import FitCall
from tftune.training.predictions import Predictions
from tftune.training.references.fitting import Measured, References, cross_fitted, fit_references
from tftune.training.references.rows import NotUnderstoodError, Rows, rows_of_data
from tftune.training.references.targets import targets_of

VARIABLE = "TFTUNE_REFERENCES"
_LOSS_IS = {"mean_squared_error": "mse", "mse": "mse", "mean_absolute_error": "mae", "mae": "mae"}


class SearchReferences:
    """The reference models of one search.

    Args:
        arguments: Positional arguments of `fit`.
        options: Its keyword arguments.
        objective: Name of the metric that is searched for.
        task: Of the search.
        losses: Names of the model's losses, or none.
        fold_of_row: Fold of each row, where train and validation are joined; else None.
        seed: Of all draws.
    """

    def __init__(
        self,
        arguments: Sequence[Any],
        options: Mapping[str, Any],
        objective: str,
        task: str = "",
        losses: Sequence[str] | None = None,
        fold_of_row: NDArray[np.int64] | None = None,
        seed: int = 0,
    ) -> None:
        self._call = FitCall(tuple(arguments), dict(options))
        self._objective, self._task, self._seed = objective, task, seed
        self._losses = tuple(losses or ())
        self._folds = fold_of_row
        self._found: tuple[References, Measured | None] | None = None

    def record_validation(self, recorder: Recorder) -> None:
        """Fits the references and notes what they are worth on the validation split, unless the
        journal tells it already, or why there are none.
        """
        known = recorder.state.references.get("validation")
        if known is not None and not known.get("interrupted"):
            return
        begun = time.monotonic()
        try:
            made, measured = self._fitted()
            if measured is None:
                raise NotUnderstoodError("there is no validation split")
            told = self._told(made, measured)
        except (Exception, KeyboardInterrupt) as error:  # the results of the search are to be saved
            told = nothing(error)
        seconds = round(time.monotonic() - begun, 2)
        recorder.write("references", split="validation", seconds=seconds, **told)

    def record_test(
        self, recorder: Recorder, trial_id: str, x: Any, y: Any, network: Predictions | None
    ) -> None:
        """Notes what the references are worth on the test split, beside the network.

        Args:
            recorder: Of the search.
            trial_id: Whose model was evaluated.
            x: Inputs of the test split, or a dataset.
            y: Targets.
            network: What the model predicted for the same rows; None where that is not known.
        """
        validation = recorder.state.references.get("validation")
        begun = time.monotonic()
        told = self.compared(x, y, network, best_of(validation), "test")
        seconds = round(time.monotonic() - begun, 2)
        recorder.write("references", split="test", trial_id=trial_id, seconds=seconds, **told)

    def compared(
        self, x: Any, y: Any, network: Predictions | None, best: str | None, split: str
    ) -> dict[str, Any]:
        """Returns what the references are worth on some rows, beside the network; never raises.

        Args:
            x: Inputs, or a dataset.
            y: Targets.
            network: What the model predicted for the same rows, or None.
            best: The reference that was the best in validation; None: it is told here.
            split: Which rows, for the notes.
        """
        try:
            made, validation = self._fitted()
            if best is None and validation is not None:
                best = best_of(self._told(made, validation))
            measured = made.measured(rows_of_data(x, y, what=f"the {split} split"), self._seed)
            told = self._told(made, measured)
            # chosen on the validation split: no choice is made on these rows
            told["best"] = best if best in measured.scores else None
            return {**told, **self._beside(measured, network, told)}
        except (Exception, KeyboardInterrupt) as error:
            return nothing(error)

    def _fitted(self) -> tuple[References, Measured | None]:
        """Returns the fitted references, and what they are worth in validation; fitted once."""
        if self._found is None:
            self._found = self._fit()
        return self._found

    def _fit(self) -> tuple[References, Measured | None]:
        options = self._call.options
        if self._folds is not None:
            x, y = inputs_and_targets(self._call.arguments, dict(options))
            whole = rows_of_data(x, y, what="training")
            return cross_fitted(whole, self._folds, self._fit_rows, self._seed)
        train, validation = self._parts()
        if validation is None:
            return self._fit_rows(train, 0), None
        classes = targets_of([train.y, validation.y], self._losses, self._objective).classes
        made = self._fit_rows(train, classes)
        made.notes += validation.notes
        return made, made.measured(validation, self._seed)

    def _fit_rows(self, rows: Rows, classes: int) -> References:
        return fit_references(rows, self._losses, self._objective, self._task, self._seed, classes)

    def _parts(self) -> tuple[Rows, Rows | None]:
        """Returns the rows of train and of validation, as Keras cuts them."""
        call, options = self._call, self._call.options
        data, share = options.get("validation_data"), options.get("validation_split")
        train = rows_of_data(call.x, call.y, options.get("steps_per_epoch"), "training")
        if data is not None:
            x, y, _ = call.validation
            steps = options.get("validation_steps")
            return train, rows_of_data(x, y, steps, "the validation split")
        if not share:
            return train, None
        first = math.floor(len(train.y) * (1.0 - share))  # Keras validates on the last rows
        return _cut(train, 0, first), _cut(train, first, len(train.y))

    def _told(self, made: References, measured: Measured) -> dict[str, Any]:
        """Returns the fields of a record."""
        deciding = deciding_measure(self._objective, self._losses, measured)
        models = [
            {
                "name": name,
                "on": made.on[name],
                "seconds": made.seconds[name],
                "metrics": measured.scores[name],
            }
            for name in measured.scores
        ]
        told = {
            "kind_of": measured.kind,
            "rows": len(measured.labels),
            "groups": len(np.unique(measured.groups)),
            "class_counts": list(measured.class_counts),
            "metric": deciding,
            "models": models,
            "notes": list(dict.fromkeys(made.notes)),
        }
        return {**told, "best": best_name(models, deciding)}

    def _beside(
        self, measured: Measured, network: Predictions | None, told: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Returns what the network is worth on the same rows, and how it differs from the best."""
        if network is None or network.kind != measured.kind:
            return {}
        labels: Any = network.labels
        if measured.kind == "classification":
            rows, columns = network.probabilities.shape
            labels = classes_of(labels, (rows, max(columns, 2)))[0]
        same = np.array_equal(
            np.asarray(labels, np.float32).reshape(-1),
            np.asarray(measured.labels, np.float32).reshape(-1),
        )
        if not same:
            note = "The rows came in another order each time, so the models cannot be paired."
            return {"notes": [*told["notes"], note]}
        given = (measured.kind, measured.labels)
        scores = split_scores(*given, network.probabilities, measured.groups, self._seed)
        found: dict[str, Any] = {"network": scores}
        best = told["best"]
        if best is None:
            return found
        pair = paired_difference(
            told["metric"],
            *given,
            network.probabilities,
            measured.answers[best],
            measured.groups,
            self._seed,
        )
        told_of_pair = None if pair is None else json_ready({"with": best, **asdict(pair)})
        return {**found, "comparison": told_of_pair}


def _cut(rows: Rows, first: int, last: int) -> Rows:
    x = None if rows.x is None else rows.x[first:last]
    return Rows(x, rows.y[first:last], rows.why_not, rows.notes)


def nothing(error: BaseException) -> dict[str, Any]:
    """Returns the fields of a record that says why there are no references."""
    text = (
        str(error) if isinstance(error, NotUnderstoodError) else f"{type(error).__name__}: {error}"
    )
    told: dict[str, Any] = {"models": []}
    if isinstance(error, KeyboardInterrupt):
        text, told["interrupted"] = "they were interrupted", True
    return told | {"notes": [f"There are no reference models: {one_line(text, 300)}."]}


def deciding_measure(objective: str, losses: Sequence[str], measured: Measured) -> str:
    """Returns the measure that the references are ranked by: the objective's, or the nearest.

    Args:
        objective: Name of the metric that is searched for.
        losses: Names of the model's losses.
        measured: What the references are worth.
    """
    known = next(iter(measured.scores.values()), {})
    name = measure_of(objective)
    if name in known:
        return name
    if measured.kind == "regression":
        return _LOSS_IS.get((losses or [""])[0] if name == "loss" else name, "mae")
    if name == "loss" or "crossentropy" in name:
        return "log_loss"
    return "macro_f1" if name in ("precision", "recall") else "accuracy"


def best_name(models: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """Returns the best of the models of a record; of equals the simplest.

    Example:
        >>> models = [{"name": "mean", "metrics": {"mae": {"value": 2.0}}}]
        >>> best_name([*models, {"name": "ridge", "metrics": {"mae": {"value": 1.0}}}], "mae")
        'ridge'
    """
    sign = -1 if name in LOSSES else 1
    found = [
        (sign * each["metrics"][name]["value"], -place, each["name"])
        for place, each in enumerate(models)
        if each["metrics"].get(name, {}).get("value") is not None
    ]
    return max(found)[2] if found else None


def best_of(record: Mapping[str, Any] | None) -> str | None:
    """Returns the reference that a record calls the best, or None."""
    return None if record is None else record.get("best")


def references_of_program(
    dataset: Any, header: Mapping[str, Any], losses: Sequence[str] = ()
) -> SearchReferences:
    """Returns the references of a program's run whose data were loaded again.

    Args:
        dataset: As the program loads it.
        header: Of the run.
        losses: Names of the model's losses, or none.
    """
    from tftune.training.folds import fold_data

    folds = int((header.get("training") or {}).get("folds") or 0)
    seed = int(header.get("seed") or 0)
    options: dict[str, Any] = {"validation_data": dataset.validation.load()}
    groups = dataset.groups if folds else None
    cuts = int(header.get("split_seed", seed))  # those of the search itself
    arguments, options, rows = fold_data(dataset.train.load(), options, folds, cuts, groups)
    objective = str(header["objective"]["name"])
    task = str(header.get("task") or "")
    return SearchReferences(arguments, options, objective, task, losses, rows, seed)
