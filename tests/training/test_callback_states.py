"""What the user's callbacks count with is kept and put back, or it is said that nobody knows it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tftune.training.callback_states import UnknownStateError, put_back, state_of, states_of


class Counts(keras.callbacks.Callback):
    """Begins anew when a training begins, as Keras' own do."""

    def __init__(self, wait: int = 0) -> None:
        super().__init__()
        self.wait, self.best = wait, [np.zeros(2)]
        self.latest: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = 0


def test_a_state_is_put_back_after_the_training_has_begun_and_only_once() -> None:
    arrays: dict[str, np.ndarray] = {}
    first, second = Counts(5), Counts()
    first.best = [np.array([1.0, 2.0])]
    put_back(second, state_of(first, "0", arrays), arrays, epochs=3)
    second.on_train_begin()
    assert second.wait == 5 and second.best[0].tolist() == [1.0, 2.0]
    second.on_train_begin()
    assert second.wait == 0 and "on_train_begin" not in vars(second)


@pytest.mark.parametrize("kind", [keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau])
@pytest.mark.parametrize(("mode", "next_value"), [("min", 0.9), ("max", 1.1)])
def test_a_least_improvement_keeps_its_direction(kind: Any, mode: str, next_value: float) -> None:
    first, second = (kind("score", mode=mode, patience=9, min_delta=0.5) for _ in range(2))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    for callback in (first, second):
        callback.set_model(model)
    first.on_train_begin()
    first.on_epoch_end(0, {"score": 1.0})
    put_back(second, state_of(first, "0", {}), {}, epochs=1)
    second.on_train_begin()
    second.on_epoch_end(1, {"score": next_value})  # better, and not by enough
    assert (second.best, second.wait) == (1.0, 1)


def test_a_state_is_of_plain_data_or_the_callback_is_named() -> None:
    class Holds(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.stream = object()

    with pytest.raises(UnknownStateError, match="callback Holds has an attribute 'stream'"):
        state_of(Holds(), "0", {})


def test_attributes_that_are_one_object_are_named() -> None:
    one, other = Counts(), Counts()
    other.best = one.best
    with pytest.raises(UnknownStateError, match=r"Counts\.best and Counts\.best of its callbacks"):
        states_of([one, other], {})
    one.latest = one.best
    with pytest.raises(UnknownStateError, match=r"Counts\.best and Counts\.latest of its"):
        states_of([one], {})

    class Tells(Counts):
        def get_state(self) -> Any:
            return {"wait": self.wait}

        def set_state(self, state: Any) -> None:
            self.wait = state["wait"]

    telling = Tells(3)
    telling.latest = telling.best
    assert len(states_of([telling], {})) == 1  # it says itself what it needs


def test_several_callbacks_are_kept_though_keras_gives_all_the_same_parameters() -> None:
    callbacks = [Counts(), Counts(5)]
    keras.callbacks.CallbackList(callbacks, params={"epochs": 3})
    assert callbacks[0].params is callbacks[1].params
    assert [state["attributes"]["wait"] for state in states_of(callbacks, {})] == [0, 5]


def test_a_list_of_the_users_is_kept_under_a_name_that_keras_has_for_a_function() -> None:
    class Steps(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.schedule = [1, 2, 3]

    arrays: dict[str, np.ndarray] = {}
    first, second = Steps(), Steps()
    first.schedule.pop()
    put_back(second, state_of(first, "0", arrays), arrays, epochs=1)
    second.on_train_begin()
    assert second.schedule == [1, 2]
    rate = 0.5
    named = keras.callbacks.LearningRateScheduler(lambda epoch: rate)
    assert "schedule" not in state_of(named, "0", arrays)["attributes"]


def test_a_state_that_a_callback_tells_must_be_plain_too() -> None:
    class Tells(keras.callbacks.Callback):
        def get_state(self) -> Any:
            return {"function": open}

        def set_state(self, state: Any) -> None:
            raise AssertionError

    with pytest.raises(UnknownStateError, match=r"get_state\(\) of the callback Tells"):
        state_of(Tells(), "0", {})


def test_functions_that_close_over_nothing_have_no_state() -> None:
    plain = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    assert state_of(plain, "0", {}) is not None
    seen: list[int] = []
    closing = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    with pytest.raises(UnknownStateError, match="LambdaCallback has an attribute 'on_epoch_end'"):
        state_of(closing, "0", {})
