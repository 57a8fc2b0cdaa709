"""Tiny data in every form that `fit` takes: 36 rows to train on, 20 to validate.

Each function returns the arguments anew, as nobody may rely on what an earlier training left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.differential.case import told

TRAIN = 36
_RANDOM = np.random.default_rng(5)
X = _RANDOM.normal(size=(56, 6)).astype("float32")
Y = (X[:, :1] + X[:, 1:2] > 0).astype("float32")
CLASSES = ((X[:, 0] > 0).astype("int64") + (X[:, 1] > 0.5))[:, None]
WEIGHTS = _RANDOM.uniform(0.2, 3.0, size=56).astype("float32")
TOKENS = _RANDOM.integers(1, 12, size=(56, 7)) * (
    np.arange(7) < _RANDOM.integers(2, 8, size=(56, 1))
)
SEQUENCES = _RANDOM.normal(size=(56, 5, 3)).astype("float32")
IMAGES = _RANDOM.integers(0, 256, size=(56, 8, 8, 3), dtype="uint8")
WORDS = np.array(["red", "green", "blue", "grey"])[_RANDOM.integers(0, 4, size=(56, 1))]
TEXTS = np.array([" ".join(row) for row in np.repeat(WORDS, 3, axis=1)])[:, None]

Convert = Callable[[np.ndarray], Any]
Data = Callable[[], dict[str, Any]]


def split(
    x: np.ndarray, y: np.ndarray, as_x: Convert = np.array, as_y: Convert = np.array
) -> dict[str, Any]:
    """The rows cut into both parts, each made what the converters make of it."""
    return {
        "x": as_x(x[:TRAIN]),
        "y": as_y(y[:TRAIN]),
        "validation_data": (as_x(x[TRAIN:]), as_y(y[TRAIN:])),
    }


def of(text: str, x: Any = X, y: Any = Y, as_x: Any = np.array, as_y: Any = np.array) -> Data:
    """Data of one input and one target.

    Args:
        text: What the table says of them.
        x: All rows.
        y: Their targets.
        as_x: Makes of an array what `fit` gets.
        as_y: Likewise of the targets.
    """
    return told(text, lambda: split(x, y, as_x, as_y))


def structured(text: str, make: Callable[[slice], tuple[Any, Any]]) -> Data:
    """Data with several inputs or targets.

    Args:
        text: What the table says of them.
        make: Returns inputs and targets of some rows.
    """

    def data() -> dict[str, Any]:
        x, y = make(slice(0, TRAIN))
        return {"x": x, "y": y, "validation_data": make(slice(TRAIN, None))}

    return told(text, data)


def rows(x: Any = X, y: Any = Y, weights: Any = None, part: slice = slice(0, TRAIN)) -> Any:
    """A Dataset of single rows of one part."""
    arrays = (x, y) if weights is None else (x, y, weights)
    return tf.data.Dataset.from_tensor_slices(tuple(array[part] for array in arrays))


def dataset(text: str, make: Callable[[Any], Any], weights: Any = None, **arrays: Any) -> Data:
    """Training and validation as Datasets.

    Args:
        text: What the table says of them.
        make: Turns a Dataset of rows into one of batches; the validation's is in batches of 8.
        weights: A weight a row.
        **arrays: `x` and `y`, if not the usual ones.
    """

    def data() -> dict[str, Any]:
        validation = rows(part=slice(TRAIN, None), weights=weights, **arrays).batch(8)
        return {"x": make(rows(weights=weights, **arrays)), "validation_data": validation}

    return told(text, data)


def weighted(data: Data, validation: bool = False) -> Data:
    """The same data with a weight for each row, of validation too if asked for."""

    def made() -> dict[str, Any]:
        found = data() | {"sample_weight": WEIGHTS[:TRAIN]}
        if validation:
            found["validation_data"] = (*found["validation_data"], WEIGHTS[TRAIN:])
        return found

    words = ", sample weights" + (" also for validation" if validation else "")
    return told(f"{data.__doc__}{words}", made)


def without_validation(data: Data) -> Data:
    """The same data without those for validation."""

    def made() -> dict[str, Any]:
        return {name: value for name, value in data().items() if name != "validation_data"}

    return told(f"{data.__doc__}, no validation", made)


def validated_by(data: Data, text: str, validation: Callable[[], Any]) -> Data:
    """The same data, validated by what a function returns."""
    return told(
        f"{data.__doc__}; validation: {text}", lambda: data() | {"validation_data": validation()}
    )


def only(data: Data, name: str) -> Data:
    """The same data without targets, for models that need none."""

    def made() -> dict[str, Any]:
        found = data()
        return {name: found["x"], "validation_data": (found["validation_data"][0], None)}

    return told(f"{data.__doc__}, no targets", made)


class Batches(keras.utils.PyDataset):
    """Batches of arrays, as a PyDataset.

    Args:
        part: Which rows.
        weights: Whether each row has a weight.
        size: Rows a batch.
        turning: Whether each epoch begins one row later.
    """

    def __init__(
        self, part: slice, weights: bool = False, size: int = 8, turning: bool = False
    ) -> None:
        super().__init__()
        self.arrays = [X[part], Y[part], *([WEIGHTS[part]] if weights else [])]
        self.size, self.turning = size, turning

    def __len__(self) -> int:
        return -(-len(self.arrays[0]) // self.size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        part = slice(index * self.size, (index + 1) * self.size)
        return tuple(array[part] for array in self.arrays)

    def on_epoch_end(self) -> None:
        """Turns the rows."""
        if self.turning:
            self.arrays = [np.roll(array, -1, axis=0) for array in self.arrays]


def py_dataset(text: str, **options: Any) -> Data:
    """Training and validation as PyDatasets.

    Args:
        text: What the table says of them.
        **options: Of `Batches`; the validation does not turn.
    """

    def data() -> dict[str, Any]:
        calm = {name: value for name, value in options.items() if name != "turning"}
        return {
            "x": Batches(slice(0, TRAIN), **options),
            "validation_data": Batches(slice(TRAIN, None), **calm),
        }

    return told(text, data)


def batches(part: slice = slice(0, TRAIN), again: bool = False) -> Iterator[Any]:
    """A generator of batches of 8 rows, without an end if it begins again."""
    while True:
        for start in range(0, len(X[part]), 8):
            yield X[part][start : start + 8], Y[part][start : start + 8]
        if not again:
            return


def mapped(array: np.ndarray) -> np.ndarray:
    """The array as a memory-mapped file."""
    path = Path(tempfile.mkdtemp()) / "array.npy"
    np.save(path, array)
    return np.load(path, mmap_mode="r")


def frame(array: np.ndarray) -> Any:
    """The array as a DataFrame, or as a Series if it has one column."""
    pd = pytest.importorskip("pandas")
    if array.shape[1] == 1:
        return pd.Series(array[:, 0])
    return pd.DataFrame(array, columns=[f"column {index}" for index in range(array.shape[1])])


def columns(part: slice) -> dict[str, np.ndarray]:
    """The inputs as two arrays by name."""
    return {"left": X[part, :4], "right": X[part, 4:]}


def targets(part: slice) -> dict[str, np.ndarray]:
    """Two targets by name: a number, and a class."""
    return {"number": Y[part], "kind": CLASSES[part]}


arrays = of("arrays, float32")
double = of("arrays, float64", x=X.astype("float64"), y=Y.astype("float64"))
contrary = of(
    "arrays, the targets of the last rows turned round",
    y=np.where(np.arange(56)[:, None] < 27, Y, 1.0 - Y),
)
classes = of("arrays, float32; integer classes", y=CLASSES)
tokens = of("arrays of tokens, int64, zeros at the end", x=TOKENS)
steps = of("arrays of sequences, float32", x=SEQUENCES)
images = of("arrays of images, uint8; integer classes", x=IMAGES, y=CLASSES)
words = told(
    "tensors of strings",
    lambda: {
        "x": tf.constant(WORDS[:TRAIN]),
        "y": Y[:TRAIN],
        "validation_data": (tf.constant(WORDS[TRAIN:]), Y[TRAIN:]),
    },
)
texts = told(
    "tensors of texts",
    lambda: {
        "x": tf.constant(TEXTS[:TRAIN]),
        "y": Y[:TRAIN],
        "validation_data": (tf.constant(TEXTS[TRAIN:]), Y[TRAIN:]),
    },
)
as_lists = structured(
    "lists of arrays", lambda part: ([*columns(part).values()], [*targets(part).values()])
)
as_tuples = structured(
    "tuples of arrays", lambda part: (tuple(columns(part).values()), tuple(targets(part).values()))
)
as_dicts = structured("dicts of arrays", lambda part: (columns(part), targets(part)))
as_dicts_one_target = structured(
    "a dict of arrays, one target", lambda part: (columns(part), Y[part])
)
batched = dataset("a Dataset in batches of 8", lambda data: data.batch(8))
