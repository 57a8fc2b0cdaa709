"""The arguments of `search()`, which are those of `fit`."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.training.inputs.call import FitCall, is_plain_fit, own_names

X, Y = np.zeros((6, 2), "float32"), np.zeros(6)


def test_what_stands_third_has_its_name() -> None:
    call = FitCall.of((X, Y, np.int64(8), np.int32(3), 0), {"validation_freq": np.int64(2)})
    assert call.options == {"batch_size": 8, "validation_freq": 2}
    assert (call.epochs, call.verbose, len(call.arguments)) == (3, 0, 2)
    assert type(call.epochs) is int and type(call.options["batch_size"]) is int


def test_none_is_what_keras_would_take() -> None:
    call = FitCall.of((X, Y), {"batch_size": None, "callbacks": None, "epochs": None})
    assert call.options == {"batch_size": None} and call.epochs is None and call.verbose == 1


def test_validation_data_may_be_a_list() -> None:
    as_list = FitCall.of((X, Y), {"validation_data": [X, Y]})
    assert isinstance(as_list.options["validation_data"], tuple) and as_list.validates
    plain = FitCall.of((X, Y), {"validation_data": ([[1, 2], [3, 4]], [0, 1])})
    assert [part.shape for part in plain.validation[:2]] == [(2, 2), (2,)]
    assert FitCall.of((X, Y), {"validation_split": 0.5}).validates
    assert not FitCall.of((X, Y), {}).validates


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X, Y), {"validaton_data": (X, Y)}, "no argument 'validaton_data'.*'validation_data'"),
        ((X, Y), {"y": Y}, "received 'y' twice"),
        ((X, Y), {"batch_size": 0}, "batch_size must be an integer of at least 1"),
        ((X, Y), {"batch_size": 2.5}, "batch_size must be an integer"),
        ((X, Y), {"steps_per_epoch": -1}, "steps_per_epoch must be an integer of at least 1"),
        ((X, Y), {"epochs": 0}, "epochs must be an integer of at least 1"),
        ((X, Y), {"validation_split": 1.0}, "validation_split must be a number .* below 1"),
        ((X, Y), {"validation_freq": 0}, "validation_freq must be an integer of at least 1"),
        ((X, Y), {"class_weight": [1, 2]}, "class_weight must be a dict"),
        ((X, Y), {"class_weight": {"cat": 1}}, "whole numbers as keys.*'cat'"),
        ((X, Y), {"validation_data": 3}, "validation_data must be"),
        ((X, Y), {"validation_data": (X, Y, Y, Y)}, r"\(x, y, sample_weight\).*tuple of 4"),
    ],
)
def test_what_keras_would_not_take_is_refused(
    arguments: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=f"(?s){message}"):
        FitCall.of(arguments, options)


class OwnNames(keras_tuner.HyperModel):
    """Its `fit` has names of its own."""

    def build(self, hp: Any) -> None: ...

    def fit(self, hp: Any, model: Any, images: Any, repeats: int) -> float:
        return 0.0


class PassesOn(OwnNames):
    """Its `fit` passes everything on."""

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, **kwargs)


class Repeats(PassesOn):
    """Its `fit` has one name more than Keras'."""

    def fit(self, hp: Any, model: Any, *args: Any, repeats: int = 1, **kwargs: Any) -> Any:
        return model.fit(*args, **kwargs)


def test_names_that_an_own_fit_adds_are_its_own() -> None:
    assert own_names(Repeats()) == {"repeats"} and is_plain_fit(Repeats())
    call = FitCall.of((X, Y), {"repeats": "many"}, own=own_names(Repeats()))
    assert call.options == {"repeats": "many"}
    with pytest.raises(UsageError, match="no argument 'repeat'"):
        FitCall.of((X, Y), {"repeat": 2}, own=own_names(Repeats()))


def test_names_of_an_own_fit_are_left_alone() -> None:
    assert not is_plain_fit(OwnNames()) and is_plain_fit(PassesOn())
    call = FitCall.of(([1, 2],), {"repeats": 2, "epochs": 3}, plain=False)
    assert call.arguments == ([1, 2],) and call.options == {"repeats": 2} and call.epochs == 3
