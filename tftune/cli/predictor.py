"""The best model of a run folder, asked for one chunk of rows after another.

`best_model.keras` is taken where it is there, whether it takes raw input or, of an older tftune,
coded input; else the weights of the best trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tftune.cli.saved_model import load_saved
from tftune.cli.terminal import tell
from tftune.errors import RunFolderError
from tftune.journal.run_folder import RunFolder
from tftune.search.load_run import load_run
from tftune.support.texts import one_line

LARGEST_CHUNK = 256  # rows
CHUNK_BYTES = 32_000_000  # of what a chunk of rows holds


@dataclass(frozen=True)
class Answer:
    """What the model says of a row.

    Attributes:
        probabilities: Of each class, by its name; None where the model's output is no probability.
        top_class: The class that is taken, or None.
        output: The numbers of the model's output.
    """

    probabilities: dict[str, float] | None
    top_class: str | None
    output: list[Any]


class Predictor:
    """Answers rows by the best model of a run; the model is loaded when the first row comes.

    Args:
        folder: The run folder.

    Attributes:
        trial_id: Which trial the model is of.
        class_names: Names of the classes, or None.

    Raises:
        RunFolderError: If there is no search in the folder.
        NoTrialCompletedError: If it has no model yet.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._run = load_run(folder.path)
        self._file = folder.best_model
        self.class_names = self._run.class_names
        state = self._run.state
        if not self._file.exists():
            self.trial_id = self._run.best_trial().trial_id
            self._tell_of(self._run.best_trial())
            return
        best = state.best()
        self.trial_id = str((state.test or {}).get("trial_id") or (best and best.trial_id))
        if best is not None and best.trial_id != self.trial_id:
            tell(
                f"{self._file.name} is of trial {self.trial_id}; trial {best.trial_id} has been "
                "better since, and is saved when the search is finished."
            )

    def _tell_of(self, trial: Any) -> None:
        state = self._run.state
        reasons = {"interrupted": "the search was interrupted", "error": "the search failed"}
        why = (
            "the search has not ended"
            if state.finish is None
            else reasons.get(state.finish["reason"], "the best model was not saved")
        )
        score = f"{state.objective} {trial.score:.4g}"
        tell(f"{why}: the best trial so far answers, {trial.trial_id} ({score}).")

    @property
    def task(self) -> str:
        """The program of the search, such as `beans`."""
        return str(self._run.header.get("task"))

    @property
    def shape(self) -> Any:
        """The structure of one coded row, see `Run.input_signature`."""
        signature = self._run.input_signature
        return self._shape_of_model() if signature is None else signature

    def _shape_of_model(self) -> Any:
        (first, *others) = self._model.inputs
        return None if others else {"shape": list(first.shape[1:]), "dtype": str(first.dtype)}

    @cached_property
    def _model(self) -> Any:
        if not self._file.exists():
            return self._best_so_far()
        try:
            return load_saved(self._file)
        except Exception as error:  # a torn file, or classes of the user's that are not here
            reason = one_line(f"{type(error).__name__}: {error}", 200)
            tell(f"{self._file.name} cannot be loaded ({reason}); trying the kept weights.")
        try:
            best = self._run.best_trial().trial_id == self.trial_id
            return self._run.best_model() if best else self._run.load_model(self.trial_id)
        except RunFolderError:
            raise
        except (KeyError, OSError) as error:
            raise RunFolderError(
                f"The model of trial {self.trial_id} cannot be had: {one_line(str(error))}. "
                "Restore the run folder from a copy."
            ) from error

    def _best_so_far(self) -> Any:
        """Returns the model of the best trial; a search that runs may have found a better one
        since the journal was read, and keeps the weights of that one only.
        """
        try:
            return self._run.best_model()
        except RunFolderError:
            self._run = load_run(self._run.folder.path)
            best = self._run.best_trial()
            if best.trial_id == self.trial_id:
                raise
            self.trial_id = best.trial_id
            self._tell_of(best)
            return self._run.best_model()

    def answers(self, rows: Sequence[Any]) -> list[Answer]:
        """Returns an answer for each row: pixels, a sequence of letters, or an array of one's own.

        Args:
            rows: As the readers of `tftune.datasets` return them.
        """
        output = self._model.predict(self._batch(rows), batch_size=len(rows), verbose=0)
        if isinstance(output, dict) and "top_class" in output:
            names = self._model.get_layer("top_class").get_vocabulary()[1:]
            chosen = [name.decode() for name in output["top_class"]]
            return [
                _named(row, names, name)
                for row, name in zip(output["probability"], chosen, strict=True)
            ]
        if isinstance(output, dict | list | tuple):
            return [
                Answer(None, None, [np.asarray(part[number]).tolist() for part in _parts(output)])
                for number in range(len(rows))
            ]
        return [self._answer(row) for row in output]

    def _batch(self, rows: Sequence[Any]) -> Any:
        if isinstance(rows[0], dict):
            return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        if not isinstance(rows[0], str):
            return np.stack(rows)
        if self._model.inputs[0].dtype == "string":
            return np.array(rows, dtype=object)  # Keras takes no other array of texts
        from tftune.datasets.amino_acids import encode

        return encode(rows, width=int(self._model.inputs[0].shape[1]))

    def _answer(self, row: Any) -> Answer:
        """Returns the answer that an array of numbers is, for a model without names."""
        row = np.asarray(row, dtype=float)
        names, flat = self.class_names, row.ndim == 1
        inside = flat and bool(((row >= 0) & (row <= 1)).all())
        if inside and names is not None and len(names) == max(len(row), 2):
            return _named(row, names)
        if inside and len(row) > 1 and names is None and abs(row.sum() - 1) < 1e-3:
            return _named(row, [str(number) for number in range(len(row))])
        return Answer(None, None, row.tolist() if row.ndim else [float(row)])


def _named(row: Any, names: Sequence[str], chosen: str | None = None) -> Answer:
    values = [float(value) for value in row]
    if len(values) == 1:
        values = [1.0 - values[0], values[0]]
        number = int(values[1] >= 0.5)
    else:
        number = int(np.argmax(values))
    top = names[number] if chosen is None else chosen
    return Answer(dict(zip(names, values, strict=True)), top or None, [float(v) for v in row])


def _parts(output: Any) -> list[Any]:
    return list(output.values()) if isinstance(output, dict) else list(output)


def chunk_size(shape: Any) -> int:
    """Returns how many rows are held at a time."""
    if not isinstance(shape, dict) or "dtype" not in shape:
        return LARGEST_CHUNK
    row = 4 * int(np.prod([size or 1 for size in shape["shape"]]))  # as float32
    return max(1, min(LARGEST_CHUNK, CHUNK_BYTES // max(row, 1)))
