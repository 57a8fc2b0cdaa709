"""Whether arrays fit the model: number of inputs, shapes, fixed batches, labels and the loss.

What is known of the model is its card, made where it is built; what the card does not tell is not
checked here but by Keras, in the first trial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.support.checks import shortened
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, rows_of, shape_of

_BATCH = 32  # Keras' own size where none is given
_SLACK = 1e-3  # scaled data end a little beyond 1
_BETWEEN_0_AND_1 = ("binary_crossentropy", "binary_focal_crossentropy")
_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")


def check_fits_model(call: FitCall, card: dict[str, Any]) -> None:
    """Refuses arrays that the model cannot be trained on.

    Args:
        call: The arguments of `fit`.
        card: Of the model at its default knobs, as `training.model_card` makes it.

    Raises:
        UsageError: If an input has another shape than the model's, a batch another size, or a label
            is none of the loss.
    """
    x, y, _ = call.validation
    for prefix, inputs, targets in (("", call.x, call.y), ("validation_data", x, y)):
        if kind_of(inputs) is not InputKind.ARRAYS:
            continue
        names = (f"{prefix}[0]", f"{prefix}[1]") if prefix else ("x", "y")
        _check_inputs(names[0], inputs, card)
        _check_targets(names[1], targets, card)
    if kind_of(call.x) is InputKind.ARRAYS:
        _check_batches(call, card)


def _check_inputs(name: str, inputs: Any, card: dict[str, Any]) -> None:
    wanted = card.get("inputs")
    if not wanted:
        return
    given = list(leaves(inputs))
    if len(given) != len(wanted):
        # a dict may hold more than the model takes
        if isinstance(inputs, dict) and len(given) > len(wanted):
            return
        raise UsageError(
            f"{name} has {len(given)} arrays, and the model takes {len(wanted)}: "
            f"{', '.join(str(each['name']) for each in wanted)}. Pass one array for each, as a "
            "list or a dict by name."
        )
    if len(wanted) == 1:
        _check_shape(name + given[0][0], given[0][1], wanted[0])


def _check_shape(name: str, leaf: Any, wanted: dict[str, Any]) -> None:
    shape, expected = shape_of(leaf), wanted["shape"]
    if shape is None or expected is None:
        return
    # Keras adds or drops a last axis of one
    ranks_agree = len(shape) == len(expected)
    sizes_agree = all(
        want is None or size is None or want == size
        for want, size in zip(expected[1:], shape[1:], strict=False)
    )
    close = abs(len(shape) - len(expected)) == 1 and sizes_agree
    if not (sizes_agree and (ranks_agree or close)):
        raise UsageError(
            f"{name} has shape {_told(shape)}, and the model's input {wanted['name']!r} takes "
            f"{_told(expected)}. Expected rows of shape {_told(expected[1:])}. Reshape the data, "
            "or build the model for it."
        )


def _told(shape: Any) -> str:
    return str(tuple(shape))


def _check_batches(call: FitCall, card: dict[str, Any]) -> None:
    """A model with a fixed number of rows a batch takes no other."""
    fixed = {each["shape"][0] for each in card.get("inputs") or () if each["shape"]} - {None}
    rows = next((rows_of(leaf) for _, leaf in leaves(call.x)), None)
    elsewhere = ("validation_split", "steps_per_epoch")
    if len(fixed) != 1 or rows is None or any(call.options.get(name) for name in elsewhere):
        return
    size = fixed.pop()
    batch = call.options.get("batch_size") or _BATCH
    if min(batch, rows) != size or rows % size:
        raise UsageError(
            f"The model takes batches of exactly {size} rows (Input(batch_shape=...)). Received: "
            f"batch_size={batch} and {rows} rows. Pass batch_size={size} and a multiple of {size} "
            "rows, or build the model without a fixed batch."
        )


def _check_targets(name: str, targets: Any, card: dict[str, Any]) -> None:
    given, outputs = list(leaves(targets)), card.get("outputs") or []
    losses = card.get("losses") or []
    if len(given) != 1 or len(outputs) != 1 or len(losses) != 1:
        return
    (place, leaf), shape, loss = given[0], outputs[0]["shape"], losses[0]
    if not (isinstance(leaf, np.ndarray) or hasattr(leaf, "to_numpy")) or shape is None:
        return
    labels = np.asarray(leaf)
    if labels.dtype.kind in "USO":
        raise UsageError(
            f"{name}{place} holds strings, such as {shortened(labels.ravel()[0])}, and the loss "
            f"{loss!r} takes numbers. Number the classes, for example with "
            "np.unique(y, return_inverse=True)."
        )
    if loss == "sparse_categorical_crossentropy":
        _check_class_numbers(name + place, labels, shape[-1])
    elif loss in _ONE_HOT:
        _check_one_hot(name + place, labels, shape, loss)
    elif loss in _BETWEEN_0_AND_1 and labels.size and not _inside(labels, -_SLACK, 1 + _SLACK):
        raise UsageError(
            f"{name}{place} has values from {labels.min():g} to {labels.max():g}, and the loss "
            f"{loss!r} takes targets from 0 to 1: outside it falls without bound. Number the two "
            "classes 0 and 1."
        )


def _check_class_numbers(name: str, labels: np.ndarray, classes: int | None) -> None:
    if not labels.size or classes is None:
        return
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.round(labels)):
        raise UsageError(
            f"{name} holds numbers that are not whole, such as "
            f"{labels[labels != np.round(labels)].ravel()[0]:g}, and the loss "
            "'sparse_categorical_crossentropy' takes the numbers of classes. Number the classes "
            "from 0."
        )
    if labels.ndim > 1 and labels.shape[-1] == classes > 1 and _is_one_hot(labels):
        raise UsageError(
            f"{name} is one-hot, of shape {labels.shape}, and the loss "
            "'sparse_categorical_crossentropy' takes the numbers of classes. Use "
            "'categorical_crossentropy', or y.argmax(axis=-1)."
        )
    if not _inside(labels, 0, classes - 1):
        raise UsageError(
            f"{name} has class numbers from {labels.min():g} to {labels.max():g}, and the model "
            f"has {classes} outputs. Expected whole numbers from 0 to {classes - 1}. Number the "
            f"classes from 0, or give the last layer {int(labels.max()) + 1} units."
        )


def _check_one_hot(name: str, labels: np.ndarray, shape: Any, loss: str) -> None:
    if labels.ndim < len(shape) or (shape[-1] is not None and labels.shape[-1] != shape[-1]):
        raise UsageError(
            f"{name} has shape {labels.shape}, and the loss {loss!r} compares it with outputs of "
            f"shape {_told(shape)}. Expected one column for each of the {shape[-1]} classes. Use "
            "keras.utils.to_categorical(y), or the loss 'sparse_categorical_crossentropy' with "
            "class numbers."
        )


def _is_one_hot(labels: np.ndarray) -> bool:
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=-1) == 1).all())


def _inside(labels: np.ndarray, low: float, high: float) -> bool:
    return bool(labels.min() >= low and labels.max() <= high)
