"""Equal data have equal fingerprints, in any process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tftune.training.inputs.fingerprint import fingerprint

ROWS = np.arange(12, dtype="float32").reshape(6, 2)


class Setting:
    """Of a class of the user's."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.itself = self


def shuffled(rows: np.ndarray, size: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(rows).shuffle(size).batch(2)


@pytest.mark.parametrize(
    ("make", "other"),
    [
        (lambda: ROWS, lambda: ROWS[:5]),
        (lambda: ROWS, lambda: ROWS.astype("float64")),
        (lambda: [ROWS, ROWS], lambda: [ROWS, ROWS[::-1]]),
        (lambda: {"a": ROWS}, lambda: {"b": ROWS}),
        (lambda: np.array(["a", None], dtype=object), lambda: np.array(["b", None], dtype=object)),
        (lambda: tf.constant(ROWS), lambda: tf.constant(ROWS + 1)),
        (lambda: tf.ragged.constant([[1], [2, 3]]), lambda: tf.ragged.constant([[1, 2], [3]])),
        (lambda: shuffled(ROWS, 6), lambda: shuffled(ROWS, 3)),
        (lambda: shuffled(ROWS, 6), lambda: shuffled(ROWS[:4], 6)),
        (lambda: Setting(3), lambda: Setting(4)),
        (lambda: lambda: ROWS, lambda: lambda: 2),
        (lambda: lambda size=1: size, lambda: lambda size=2: size),
        (lambda: {3, 1, 2}, lambda: {1, 2}),
    ],
)
def test_what_differs_is_told_apart(make: Callable[[], Any], other: Callable[[], Any]) -> None:
    assert fingerprint(make()) == fingerprint(make()) != fingerprint(other())


def test_a_function_counts_by_what_it_does() -> None:
    first = eval("lambda x: x + 1")
    second = eval("lambda  x :  x + 1  # a comment")
    assert fingerprint(first) == fingerprint(second) != fingerprint(eval("lambda x: x + 2"))


def test_a_memory_mapped_array_counts_as_any_other(tmp_path: Any) -> None:
    np.save(tmp_path / "rows.npy", ROWS)
    assert fingerprint(np.load(tmp_path / "rows.npy", mmap_mode="r")) == fingerprint(ROWS)


@pytest.mark.slow
def test_another_process_finds_the_same() -> None:
    code = (
        "import numpy as np, tensorflow as tf\n"
        "from tftune.training.inputs.fingerprint import fingerprint\n"
        "rows = np.arange(12, dtype='float32').reshape(6, 2)\n"
        "print(fingerprint(tf.data.Dataset.from_tensor_slices(rows).shuffle(6).batch(2)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint(shuffled(ROWS, 6))
