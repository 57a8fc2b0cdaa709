"""A generator that ends is read once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.generators import read, with_generators_read
from tftune.training.inputs.saved import SavedDataset

READ: list[int] = []


def batches(count: int = 4) -> Iterator[Any]:
    for number in range(count):
        READ.append(number)
        yield {"a": np.ones((2, 3)), "words": [["x"], ["y"]]}, np.array([number, number])


def test_all_epochs_see_what_it_gave(tmp_path: Path) -> None:
    READ.clear()
    dataset = read(batches(), tmp_path, "x").load()
    twice = [[int(y[0]) for _, y in dataset.as_numpy_iterator()] for _ in range(2)]
    assert twice == [[0, 1, 2, 3]] * 2 and READ == [0, 1, 2, 3]
    inputs, _ = next(dataset.as_numpy_iterator())
    assert inputs["words"].tolist() == [[b"x"], [b"y"]] and inputs["a"].shape == (2, 3)


def test_one_with_a_number_of_steps_is_left_alone(tmp_path: Path) -> None:
    endless, finite = batches(10**9), batches()
    call = FitCall.of((endless,), {"steps_per_epoch": 3, "validation_data": finite})
    call = with_generators_read(call, tmp_path)
    assert call.x is endless and isinstance(call.options["validation_data"], SavedDataset)


def test_one_that_gives_nothing_or_does_not_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="x is a generator that gives nothing"):
        read(batches(0), tmp_path, "x")
    with pytest.raises(UsageError, match=r"(?s)steps_per_epoch=.*search\(lambda"):
        read(batches(10**9), tmp_path, "x", max_bytes=1000)
    ragged = (np.zeros((2,) * rank) for rank in (1, 1, 2))
    with pytest.raises(UsageError, match="Batch 2 of the generator x"):
        read(ragged, tmp_path, "x")
