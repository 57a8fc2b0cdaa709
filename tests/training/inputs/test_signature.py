"""What one batch of inputs looks like, kept as JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tftune.training.inputs.signature import example_batch, signature_of

FLOATS = {"shape": [2], "dtype": "float32"}


@pytest.mark.parametrize(
    ("x", "signature"),
    [
        (np.zeros((5, 2)), FLOATS),
        ((np.zeros((5, 2)), np.zeros(5, "int32")), (FLOATS, {"shape": [], "dtype": "int32"})),
        ({"a": np.array(["x"] * 5)}, {"a": {"shape": [], "dtype": "string"}}),
        (tf.zeros((5, 2)), FLOATS),
        (tf.data.Dataset.from_tensors((np.zeros((5, 2), "float32"), np.zeros(5))), FLOATS),
        (tf.data.Dataset.from_tensors({"a": tf.zeros((5, 2))}), {"a": FLOATS}),
        ((row for row in ()), None),
        (lambda: None, None),
    ],
)
def test_the_signature_of_an_input(x: Any, signature: Any) -> None:
    assert signature_of(x) == signature


def test_a_batch_is_made_from_json() -> None:
    signature = json.loads(json.dumps(signature_of([np.zeros((5, 2)), {"a": np.array(["x"] * 5)}])))
    batch = example_batch(signature)
    assert batch[0].shape == (1, 2) and batch[1]["a"].numpy().tolist() == [b""]
