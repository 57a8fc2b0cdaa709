"""Arrays of text become tensors."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tftune.training.inputs.texts import with_texts


@pytest.mark.parametrize(
    "words",
    [
        np.array(["ab", "c"]),
        np.array([b"ab", b"c"]),
        np.array([["ab"], ["c"]], dtype=object),
    ],
)
def test_text_of_any_kind_is_a_tensor(words: np.ndarray) -> None:
    tensor = with_texts((words, None))[0]
    assert tensor.dtype == tf.string and tensor.shape == words.shape


def test_anything_else_is_left_alone() -> None:
    mixed = np.array([1, "a"], dtype=object)
    given = {"numbers": np.zeros(2), "mixed": mixed, "empty": np.array([], dtype="U1")}
    assert all(with_texts(given)[name] is value for name, value in given.items())
