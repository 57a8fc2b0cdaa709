"""What a model predicts for the rows of an evaluation, beside what is true of them.

Only models whose one output is a probability or a number are understood; for all others there is
nothing to tell, and nothing is lost: `model.evaluate` has been asked before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tftune.datasets.nearness import Nearness
from tftune.reports.measures.classification import answers, mistakes
from tftune.reports.measures.grouped import are_grouped
from tftune.reports.measures.regression import regression
from tftune.reports.pictures import presentable
from tftune.training.inputs.fingerprint import fingerprint
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, rows_of
from tftune.training.references.rows import groups_of

EVALUATION_BATCH = 32  # Keras' own
MOST_ROWS = 200_000
MOST_NUMBERS = 4_000_000  # of all rows
MOST_BYTES = 64_000_000  # of the inputs of a dataset, which are kept to be shown
_PROBABILITIES = {
    *("binarycrossentropy", "binaryfocalcrossentropy", "categoricalcrossentropy"),
    *("categoricalfocalcrossentropy", "sparsecategoricalcrossentropy", "kldivergence"),
}
_NUMBERS = {
    *("meansquarederror", "meanabsoluteerror", "meanabsolutepercentageerror", "huber"),
    *("meansquaredlogarithmicerror", "logcosh", "poisson"),
}


@dataclass(frozen=True)
class Predictions:
    """Predictions of some rows.

    Attributes:
        kind: `classification` or `regression`.
        probabilities: Shape `(rows, 1)` or `(rows, classes)`; or the predicted numbers.
        labels: As the data have them, shape `(rows,)` or `(rows, columns)`.
        fingerprint: Of inputs and labels: equal rows have an equal one.
        inputs: Those of `input_rows` that can be looked at: pictures, texts, or codes, shape
            `(rows, width)`; None where none can.
        input_rows: Rows that the model is surest of, and wrong about.
        nearness: How near the rows stand to the training rows, where that is known.
        groups: A number for each row, equal for equal inputs; None where all are different, or
            where that is not known.
    """

    kind: str
    probabilities: np.ndarray
    labels: np.ndarray
    fingerprint: str
    inputs: np.ndarray | None = None
    input_rows: tuple[int, ...] = ()
    nearness: Nearness | None = None
    groups: np.ndarray | None = None

    def with_nearness(self, nearness: Nearness | None) -> Predictions:
        """Returns the same beside how near the rows stand to the training rows.

        Args:
            nearness: Of as many rows; None where it is not known.
        """
        fits = nearness is not None and len(nearness.distances) == len(self.labels)
        return replace(self, nearness=nearness) if fits else self


def predictions_of(model: Any, arguments: tuple[Any, ...]) -> Predictions | None:
    """Returns what a model predicts for the data of an evaluation, or None where that is not
    understood, cannot be read a second time, or is too much.

    Args:
        model: Compiled.
        arguments: Positional ones of `model.evaluate`: inputs and targets, or a dataset of both.
    """
    try:
        return _predictions(model, arguments)
    except Exception:  # of the user's model or data; what `evaluate` told is worth keeping
        return None


def _predictions(model: Any, arguments: tuple[Any, ...]) -> Predictions | None:
    kind, logits = kind_of_model(model)
    if kind is None:
        return None
    given = kind_of(arguments[0])
    if given is InputKind.ARRAYS:
        found = _of_arrays(model, *arguments[:2])
    elif given in (InputKind.DATASET, InputKind.PYDATASET, InputKind.LOADER):
        found = _of_batches(model, _batches(arguments[0]))
    else:
        return None
    if found is None:
        return None
    outputs, labels, digest, inputs = found
    outputs = outputs.reshape(len(outputs), -1).astype(np.float32)
    labels = labels.reshape(len(labels), -1)
    labels = labels[:, 0] if labels.shape[1] == 1 else labels
    if logits:
        outputs = _probabilities(outputs)
    if not _fits(kind, outputs, labels):
        return None
    if kind == "regression":
        rows = [one["row"] for one in regression(labels, outputs)["residuals"]]
    else:
        rows = [one["row"] for one in mistakes(answers(labels, outputs))]
    kept = None if inputs is None else _shown(inputs, rows)
    shown = () if kept is None else tuple(rows)
    groups = _groups(inputs, len(labels))
    return Predictions(kind, outputs, labels, digest, kept, shown, groups=groups)


def _groups(inputs: Any, rows: int) -> np.ndarray | None:
    """Returns a number for each row, equal for equal inputs; None where all are different."""
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind not in "biufSU":
        return None
    found = groups_of(inputs, rows)
    return found if are_grouped(found) else None


def kind_of_model(model: Any) -> tuple[str | None, bool]:
    """Returns `classification` or `regression`, as the loss of a model tells, or None; and whether
    its outputs are logits.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
        >>> kind_of_model(model)
        ('classification', True)
    """
    loss = getattr(model, "loss", None)
    parts = [part for _, part in leaves(loss)]
    outputs = getattr(model, "outputs", None)
    if len(parts) != 1 or (outputs is not None and len(outputs) != 1):
        return None, False
    loss = keras.losses.get(parts[0])
    if isinstance(loss, keras.losses.Loss):
        names = {kind.__name__.lower() for kind in type(loss).__mro__}
        logits = bool(loss.get_config().get("from_logits", False))
    else:
        names, logits = {getattr(loss, "__name__", "").replace("_", "").lower()}, False
    if names & _PROBABILITIES:
        return "classification", logits
    return ("regression" if names & _NUMBERS else None), False


def _of_arrays(model: Any, x: Any, y: Any = None) -> tuple[Any, ...] | None:
    targets, inputs = ([leaf for _, leaf in leaves(each)] for each in (y, x))
    rows = rows_of(inputs[0]) or 0
    if len(targets) != 1 or not 0 < rows <= MOST_ROWS:
        return None
    outputs = model.predict(x, batch_size=batch_size_of(model), verbose=0)
    labels = np.asarray(targets[0])
    return _checked(outputs, labels, _digest(inputs, labels), inputs)


def _digest(inputs: list[Any], labels: np.ndarray) -> str:
    """Returns a fingerprint that is the same however exactly the numbers are stored."""
    plain = [
        np.asarray(leaf, np.float32)
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
        else leaf
        for leaf in inputs
    ]
    if labels.dtype.kind in "biuf":
        labels = labels.astype(np.float32).reshape(len(labels), -1)
    return fingerprint(plain, labels)


def batch_size_of(model: Any) -> int:
    """Returns the rows a batch: Keras' number, or that which the model takes alone."""
    shapes = [each.shape for each in getattr(model, "inputs", None) or ()]
    fixed = {shape[0] for shape in shapes if len(shape)} - {None}
    return int(fixed.pop()) if len(fixed) == 1 else EVALUATION_BATCH


def _of_batches(model: Any, batches: Iterator[Any]) -> tuple[Any, ...] | None:
    """Reads inputs and labels batch by batch, so that what belongs together stays together."""
    outputs, labels, kept, digest = [], [], [], hashlib.sha256()
    rows = size = 0
    for batch in batches:
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        targets = [np.asarray(leaf) for _, leaf in leaves(y)]
        inputs = [leaf for _, leaf in leaves(x)]
        if len(targets) != 1 or not len(targets[0]):
            return None
        rows += len(targets[0])
        if rows > MOST_ROWS:
            return None
        answer = model.predict_on_batch(x)
        if not isinstance(answer, np.ndarray):
            return None
        outputs.append(answer)
        labels.append(targets[0])
        digest.update(_digest([np.asarray(leaf) for leaf in inputs], targets[0]).encode())
        if len(inputs) == 1 and size <= MOST_BYTES:
            kept.append(np.asarray(inputs[0]))
            size += kept[-1].nbytes
    if not rows:
        return None
    whole = [np.concatenate(kept)] if size and size <= MOST_BYTES else []
    return _checked(np.concatenate(outputs), np.concatenate(labels), digest.hexdigest(), whole)


def _batches(data: Any) -> Iterator[Any]:
    if isinstance(data, keras.utils.PyDataset):
        return (data[number] for number in range(data.num_batches or 0))
    return iter(data)


def _checked(outputs: Any, labels: Any, digest: str, inputs: list[Any]) -> tuple[Any, ...] | None:
    if not isinstance(outputs, np.ndarray) or outputs.ndim not in (1, 2):
        return None
    if len(outputs) != len(labels) or outputs.size > MOST_NUMBERS:
        return None
    return outputs, labels, digest, inputs[0] if len(inputs) == 1 else None


def _probabilities(logits: np.ndarray) -> np.ndarray:
    from scipy.special import expit, softmax

    found: np.ndarray = expit(logits) if logits.shape[1] == 1 else softmax(logits, axis=1)
    return found


def _fits(kind: str, outputs: np.ndarray, labels: np.ndarray) -> bool:
    """Whether outputs are what the loss says: probabilities, of one class a row, or one number."""
    if kind == "regression":
        return outputs.shape[1] == 1 and labels.ndim == 1 and labels.dtype.kind in "biuf"
    if labels.dtype.kind not in "biuf":
        return False
    finite = outputs[np.isfinite(outputs)]
    if finite.size and (finite.min() < -1e-3 or finite.max() > 1 + 1e-3):
        return False
    if labels.ndim == 1:
        return True
    return bool(np.allclose(labels.sum(axis=1), 1, atol=1e-2))  # else several classes a row


def _shown(inputs: Any, rows: list[int]) -> np.ndarray | None:
    """Returns the inputs of some rows as they can be looked at, codes of letters among them."""
    try:
        found = presentable(inputs, rows)
    except Exception:  # of a column or a tensor of an unusual kind: there is nothing to see
        return None
    codes = getattr(inputs, "dtype", None) == np.uint8 and len(inputs.shape) == 2
    if found is None and rows and codes and int(inputs.shape[1]) <= 1000:
        found = np.stack([np.asarray(inputs[row]) for row in rows])
    return found
