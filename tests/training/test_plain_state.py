"""Plain data become JSON and arrays, and come back as they were; anything else is refused."""

from __future__ import annotations

import collections
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tftune.training.plain_state import NotPlainError, pack, unpack

VALUES = [
    None,
    [1, 2.5, float("inf"), "text", True],
    (1, (2, [3])),
    {"a": {1: "integer as key", (1, 2): "tuple as key"}},
    {1, 2, 3},
    frozenset({"a"}),
    Path("logs/run"),
    random.Random(0).getstate(),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_is_plain_comes_back_as_it_was(value: Any) -> None:
    arrays: dict[str, np.ndarray] = {}
    packed = json.loads(json.dumps(pack(value, "0", arrays)))
    back = unpack(packed, arrays)
    assert back == value and type(back) is type(value)


def test_arrays_and_their_numbers_come_back_to_the_bit() -> None:
    arrays: dict[str, np.ndarray] = {}
    value = {"best": np.float32(0.1), "weights": [np.arange(3, dtype=np.int8), np.ones((2, 0))]}
    back = unpack(pack(value, "0", arrays), arrays)
    assert back["best"] == value["best"] and back["best"].dtype == np.float32
    assert back["weights"][0].dtype == np.int8 and back["weights"][1].shape == (2, 0)
    value["weights"][0][:] = 9
    assert back["weights"][0].tolist() == [0, 1, 2]  # a copy


@pytest.mark.parametrize(
    "value",
    [
        object(),
        lambda: 1,
        np.array(["text"]),
        np.array([None]),
        np.ma.array([1, 2], mask=[False, True]),
        collections.deque(),
        collections.OrderedDict(),
        [1, [open]],
        {"key": b"bytes"},
    ],
)
def test_anything_else_is_refused_by_the_name_of_its_class(value: Any) -> None:
    with pytest.raises(
        NotPlainError, match="object|function|ndarray|Masked|deque|Ordered|built|bytes"
    ):
        pack(value, "0", {})
