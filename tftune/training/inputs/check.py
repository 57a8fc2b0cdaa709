"""What cannot fit together is found before a trial starts: numbers of rows, kinds of data, numbers
of batches. In Keras' words where it has some.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tftune.errors import UsageError
from tftune.support.checks import shortened
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.fits_model import check_fits_model
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import leaves, rows_of, shape_of

_NAMES = {
    InputKind.DATASET: "tf.data.Dataset",
    InputKind.PYDATASET: "PyDataset",
    InputKind.LOADER: "DataLoader",
    InputKind.GENERATOR: "generator",
    InputKind.FUNCTION: "function that makes the data",
}


def check_call(call: FitCall, card: dict[str, Any] | None = None) -> None:
    """Refuses arguments of `fit` that no model, or not this one, can be trained with.

    Args:
        call: The arguments; those of a HyperModel's own `fit` with names of its own are let pass.
        card: Of the model at its default knobs, as `training.model_card` makes it, or None.

    Raises:
        UsageError: If rows, kinds, shapes or labels cannot fit together.

    Example:
        >>> check_call(FitCall.of((np.zeros((3, 2)), np.zeros(2)), {}))
        Traceback (most recent call last):
            ...
        tftune.errors.UsageError: Data cardinality is ambiguous: x has 3 rows, y has 2. ...
    """
    if not call.plain:
        return
    if kind_of(call.x) is InputKind.NONE:
        raise UsageError(
            "There is nothing to train on: x is missing. Expected arrays, a tf.data.Dataset, a "
            "PyDataset, a generator or a function that makes one. Pass search(x, y, ...) or "
            "search(dataset, ...)."
        )
    _check_part("", call.x, call.y, call.sample_weight, call.options.get("steps_per_epoch"))
    _check_weights(call)
    _check_validation(call)
    if card is not None:
        check_fits_model(call, card)


def _check_part(prefix: str, x: Any, y: Any, weight: Any, steps: int | None) -> None:
    """Checks inputs, targets and weights that belong together."""
    name = prefix or "x"
    kind = kind_of(x)
    if kind is InputKind.OTHER:
        raise UsageError(
            f"{name} is no data that Keras can train on: {shortened(x)} of type "
            f"{type(x).__name__}. Expected arrays, tensors, data frames, lists or dicts of them, a "
            "tf.data.Dataset, a PyDataset, a generator, or a function that makes one of these."
        )
    if kind is InputKind.ARRAYS:
        names = [f"{prefix}[{index}]" for index in range(3)] if prefix else None
        _check_arrays(dict(zip(names or ("x", "y", "sample_weight"), (x, y, weight), strict=True)))
        return
    for argument, value in (("y", y), ("sample_weight", weight)):
        if value is not None and not (kind is InputKind.FUNCTION and argument != "y"):
            raise UsageError(
                f"When {name} is a {_NAMES[kind]}, {argument} should not be passed. Expected them "
                f"inside it: it gives (x, y) or (x, y, sample_weight). Received: {argument} of "
                f"type {type(value).__name__}."
            )
    if kind is InputKind.DATASET:
        _check_dataset(name, x, steps)
    if kind is InputKind.PYDATASET:
        _check_pydataset(name, x, steps)


def _check_arrays(parts: dict[str, Any]) -> None:
    rows: dict[str, int] = {}
    for name, part in parts.items():
        for place, leaf in leaves(part):
            _check_array(name + place, leaf)
            count = rows_of(leaf)
            if count is not None:
                rows[name + place] = count
    if len(set(rows.values())) > 1:
        first, *others = rows.items()
        told = ", ".join([f"{first[0]} has {first[1]} rows", *(f"{n} has {c}" for n, c in others)])
        raise UsageError(
            f"Data cardinality is ambiguous: {told}. Expected the same number of rows in all of "
            "them, row i of each belonging together. Cut them to the same rows, in the same order."
        )
    empty = [name for name, count in rows.items() if count == 0]
    if empty:
        raise UsageError(
            f"{empty[0]} has no rows. Expected at least one. Look at how the data was cut or "
            "filtered."
        )


def _check_array(name: str, leaf: Any) -> None:
    shape = shape_of(leaf)
    if shape == ():
        raise UsageError(
            f"{name} is a single number, not an array of rows: {shortened(leaf)}. Expected at "
            "least one axis, that of the rows."
        )
    if isinstance(leaf, np.ndarray) and leaf.dtype.hasobject:
        kinds = {type(value).__name__ for value in leaf.ravel()[:1000]}
        if not kinds <= {"str", "bytes"}:
            raise UsageError(
                f"{name} is an array of Python objects ({', '.join(sorted(kinds)[:3])}), which "
                "Keras cannot turn into a tensor. Expected numbers, or strings only. Convert it, "
                "for example with .astype('float32') or np.stack, or pad rows of several lengths."
            )


def _check_dataset(name: str, dataset: Any, steps: int | None) -> None:
    if not isinstance(dataset, tf.data.Dataset):
        return
    cardinality = int(dataset.cardinality())
    if cardinality == 0:
        raise UsageError(
            f"{name} is an empty tf.data.Dataset. Expected at least one batch. Look at how it was "
            "made: drop_remainder=True with fewer rows than a batch leaves none."
        )
    if cardinality == tf.data.INFINITE_CARDINALITY and steps is None:
        _refuse_endless(name, "tf.data.Dataset")
    spec = dataset.element_spec
    if isinstance(spec, tuple) and len(spec) > 3:
        raise UsageError(
            f"{name} gives elements of {len(spec)} parts. Expected x, (x, y) or (x, y, "
            "sample_weight). Several inputs stand in a tuple or dict of their own: ((x1, x2), y)."
        )
    scalars = [part for part in tf.nest.flatten(spec) if _rank(part) == 0]
    if scalars:
        raise UsageError(
            f"{name} gives single rows: an element has a part without any axis ({scalars[0]}). "
            "Expected batches. Call dataset.batch(32) last."
        )


def _check_pydataset(name: str, dataset: Any, steps: int | None) -> None:
    try:
        batches = dataset.num_batches
    except NotImplementedError:
        raise UsageError(
            f"{name}, a {type(dataset).__name__}, does not say how many batches it has. Expected "
            "__len__, or the property num_batches, which is None for an endless one. Add "
            "def __len__(self)."
        ) from None
    if batches is None and steps is None:
        _refuse_endless(name, "PyDataset")
    if batches == 0:
        raise UsageError(f"{name}, a {type(dataset).__name__}, has no batches. Expected one.")


def _rank(spec: Any) -> int | None:
    shape = getattr(spec, "shape", None)
    rank: int | None = getattr(shape, "rank", None)
    return rank


def _refuse_endless(name: str, kind: str) -> None:
    steps = "steps_per_epoch" if name == "x" else "validation_steps"
    raise UsageError(
        f"{name} is a {kind} that never ends, so that an epoch would not end either. Expected "
        f"{steps} with it. Pass {steps}=..., the batches of an epoch, or leave out .repeat()."
    )


def _check_weights(call: FitCall) -> None:
    weights = call.options.get("class_weight")
    if weights is None:
        return
    if call.sample_weight is not None:
        raise UsageError(
            "class_weight and sample_weight cannot be used together. Expected one of them. "
            "Multiply the weights of the rows by those of their classes, and leave out "
            "class_weight."
        )
    if kind_of(call.x) in (InputKind.GENERATOR, InputKind.LOADER):
        raise UsageError(
            "class_weight is not supported for Python generators and DataLoaders. Let them give "
            "(x, y, sample_weight)."
        )
    if kind_of(call.x) is InputKind.ARRAYS and len(list(leaves(call.y))) > 1:
        raise UsageError(
            "class_weight is only supported for models with one output. Received: "
            f"{len(list(leaves(call.y)))} targets. Pass sample_weight for each output instead."
        )


def _check_validation(call: FitCall) -> None:
    data, split = call.options.get("validation_data"), call.options.get("validation_split")
    if data is not None:
        steps = call.options.get("validation_steps")
        prefix = "validation_data" if isinstance(data, tuple) else ""
        x, y, weight = call.validation
        if not prefix:
            _check_part("validation_data", x, y, weight, steps)
        else:
            _check_part(prefix, x, y, weight, steps)
        _check_alike(call)
    elif split:
        _check_split(call, split)


def _check_split(call: FitCall, split: float) -> None:
    kind = kind_of(call.x)
    if kind is not InputKind.ARRAYS:
        raise UsageError(
            "`validation_split` is only supported for arrays and tensors. Received: x is a "
            f"{_NAMES[kind]}. Pass validation_data, for example dataset.take(n) and "
            "dataset.skip(n)."
        )
    rows = next(filter(None, (rows_of(leaf) for _, leaf in leaves(call.x))), 0)
    if int(rows * (1.0 - split)) in (0, rows):
        raise UsageError(
            f"validation_split={split} of {rows} rows leaves no row for training or none for "
            "validation. Expected at least one in each. Pass another share or more data."
        )


def _check_alike(call: FitCall) -> None:
    """Refuses validation arrays that are built otherwise than the training arrays."""
    if kind_of(call.x) is not InputKind.ARRAYS:
        return
    x, y, _ = call.validation
    for name, train, validation in (("x", call.x, x), ("y", call.y, y)):
        if kind_of(validation) is not InputKind.ARRAYS or train is None:
            continue
        ours, theirs = (dict(leaves(part)) for part in (train, validation))
        if list(ours) != list(theirs) and len(ours) != len(theirs):
            raise UsageError(
                f"{name} has {len(ours)} arrays, and that of validation_data {len(theirs)}. "
                "Expected the same inputs and targets in both."
            )
        for place in ours.keys() & theirs.keys():
            _check_kinds_alike(name + place, ours[place], theirs[place])


def _check_kinds_alike(name: str, ours: Any, theirs: Any) -> None:
    kinds = [_is_text(leaf) for leaf in (ours, theirs)]
    ranks = [len(shape_of(leaf) or ()) for leaf in (ours, theirs)]
    if kinds[0] != kinds[1]:
        told = ["strings" if text else "numbers" for text in kinds]
        raise UsageError(
            f"{name} holds {told[0]}, and that of validation_data {told[1]}. Expected the same in "
            "both. Prepare both parts in the same way."
        )
    # (rows,) and (rows, 1) are the same to Keras
    if abs(ranks[0] - ranks[1]) > 1:
        raise UsageError(
            f"{name} has shape {shape_of(ours)}, and that of validation_data {shape_of(theirs)}. "
            "Expected the same number of axes in both."
        )


def _is_text(leaf: Any) -> bool:
    dtype = getattr(leaf, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind == "O" and isinstance(leaf, np.ndarray):
        return leaf.size > 0 and isinstance(leaf.ravel()[0], str | bytes)
    if isinstance(dtype, np.dtype):
        return dtype.kind in "US"
    return dtype == tf.string or str(dtype) in ("string", "str")
