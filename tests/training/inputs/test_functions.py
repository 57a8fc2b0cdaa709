"""A function makes the data in each trial."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.inputs.arrival import fit_arguments
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.functions import DataFunction, with_functions_marked
from tftune.training.task import TrialTask

X, Y = np.zeros((6, 2), "float32"), np.arange(6)


def task_of(call: FitCall) -> TrialTask:
    call = with_functions_marked(call)
    return TrialTask(
        "0000", 0, 0, b"", {}, "loss", "min", arguments=call.arguments, options=dict(call.options)
    )


def test_what_it_returns_is_taken_apart() -> None:
    task = task_of(FitCall.of((lambda: (X, Y, np.ones(6)),), {"validation_data": lambda: (X, Y)}))
    arguments, options = fit_arguments(task)
    assert [part.shape for part in arguments] == [(6, 2), (6,)]
    assert options["sample_weight"].shape == (6,) and options["verbose"] == 0
    assert len(options["validation_data"]) == 2
    named = task_of(FitCall.of((), {"x": lambda: [[1, 2], [3, 4]], "y": [0, 1]}))
    arguments, options = fit_arguments(named)
    assert (*arguments, options.get("x"))[0 if arguments else -1].shape == (2, 2)


def test_a_generator_that_it_makes_is_read_for_all_epochs() -> None:
    task = task_of(
        FitCall.of(
            (lambda: ((X[:2], Y[:2]) for _ in range(3)),), {"validation_data": lambda: gen()}
        )
    )
    arguments, options = fit_arguments(task)
    for dataset in (arguments[0], options["validation_data"]):
        assert [len(list(dataset.as_numpy_iterator())) for _ in range(2)] == [3, 3]


def gen() -> Iterator[Any]:
    yield from [(X[:2], Y[:2])] * 3


def test_what_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(UsageError, match="cardinality is ambiguous"):
        fit_arguments(task_of(FitCall.of((lambda: (X, Y[:2]),), {})))


def test_functions_of_an_own_fit_are_left_alone() -> None:
    call = with_functions_marked(FitCall.of((len,), {}, plain=False))
    assert call.x is len
    assert isinstance(with_functions_marked(FitCall.of((lambda: X,), {})).x, DataFunction)
