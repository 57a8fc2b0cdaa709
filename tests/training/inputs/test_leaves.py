"""Nested inputs, and lists that are arrays."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.inputs.leaves import leaves, map_leaves, rows_of, with_arrays

Pair = namedtuple("Pair", ["left", "right"])


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ([1, 2, 3], (3,)),
        ((1.5, 2.5), (2,)),
        ([[1, 2], [3, 4], [5, 6]], (3, 2)),
        (["a", "b"], (2,)),
        ([np.float32(1), np.float32(2)], (2,)),
        ([True, False], (2,)),
    ],
)
def test_a_list_of_numbers_or_strings_is_one_array(given: Any, shape: tuple[int, ...]) -> None:
    assert with_arrays(given, "x").shape == shape


def test_lists_of_arrays_are_several_inputs() -> None:
    several = with_arrays([np.zeros((3, 2)), [1, 2, 3]], "x")
    assert isinstance(several, list) and [part.shape for part in several] == [(3, 2), (3,)]
    named = with_arrays(OrderedDict(a=[1, 2], b=np.zeros(2)), "x")
    assert isinstance(named, OrderedDict) and named["a"].tolist() == [1, 2]


def test_rows_of_several_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match="x is a list whose rows have several lengths.*Pad"):
        with_arrays([[1, 2], [3]], "x")


def test_a_nested_input_keeps_its_structure() -> None:
    nested = {"image": np.zeros(2), "pair": Pair(np.zeros(2), (np.zeros(2), None))}
    doubled = map_leaves(lambda leaf: leaf + 2, nested)
    assert isinstance(doubled["pair"], Pair) and doubled["pair"].right[1] is None
    assert [place for place, _ in leaves(nested)] == ["['image']", "['pair'][0]", "['pair'][1][0]"]
    assert doubled["image"].tolist() == [2, 2] and rows_of(doubled["image"]) == 2
