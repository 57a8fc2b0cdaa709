"""Arrays of text, of which Keras takes few: as tensors it takes all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tftune.training.inputs.leaves import map_leaves


def with_texts(value: Any) -> Any:
    """Returns inputs, nested or not, whose arrays of text have become tensors.

    Example:
        >>> with_texts({"words": np.array(["a", "b"])})["words"].dtype
        tf.string
    """
    return map_leaves(_as_text, value)


def _as_text(leaf: Any) -> Any:
    if not isinstance(leaf, np.ndarray) or not leaf.size:
        return leaf
    words = leaf.dtype.kind in "US" or (
        leaf.dtype.kind == "O" and all(isinstance(word, str | bytes) for word in leaf.flat)
    )
    return tf.constant(leaf, tf.string) if words else leaf
