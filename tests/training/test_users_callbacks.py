"""The user's callbacks: whatever Keras takes, copied for each training, before ours; and the
weights that they change do not deceive us.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import SETTINGS, Written, small
from tests.training.test_trial import X, Y, run, task
from tftune.training.checkpoints import load_checkpoint
from tftune.training.settings import TrainingSettings
from tftune.training.task import Outcome, TrialTask
from tftune.training.users_callbacks import acts_on, listed, users_callbacks

SEEN: list[Any] = []


class Seen(keras.callbacks.Callback):
    """Counts its epochs and leaves word of itself."""

    def __init__(self, name: str = "seen") -> None:
        super().__init__()
        self.name, self.epochs = name, 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs += 1
        logs["mine"] = float(self.epochs)
        SEEN.append((self.name, self.epochs))


class Held(Seen):
    """Cannot be copied."""

    def __init__(self) -> None:
        super().__init__("held")
        self.lock = threading.Lock()


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def job(callbacks: Any, epochs: int = 2, optimizer: Any = None, **changes: Any) -> TrialTask:
    settings = TrainingSettings(**{**SETTINGS, "epochs": epochs, **changes.pop("settings", {})})
    options = {"batch_size": 60, "validation_data": (X[60:], Y[60:]), "callbacks": callbacks}
    fields = {"arguments": (X[:60], Y[:60]), "objective": "mine", "options": options}
    return task(small(optimizer), settings=settings, **{**fields, **changes})


@pytest.mark.parametrize(
    "callbacks",
    [
        Seen(),
        [Seen()],
        (Seen(),),
        [[Seen()], (None, [])],
        {"one": Seen()},
        keras.callbacks.CallbackList([Seen()]),
        keras.callbacks.CallbackList([Seen()], add_history=True, model=small()(None)),
        Seen,
        lambda: Seen(),
        lambda trial_id: [Seen(f"seen {trial_id}")],
        [lambda: Held()],
    ],
)
def test_whatever_keras_takes_and_functions_are_callbacks(callbacks: Any) -> None:
    for _ in range(2):
        outcome, epochs = run(job(callbacks))
        assert outcome.status == "completed", outcome.message
        assert [epoch["metrics"]["mine"] for epoch in epochs] == [1.0, 2.0]
    assert len(SEEN) == 4 and SEEN[0][0] in ("seen", "seen 0000", "held")


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (
            [Seen(), Held()],
            r"The callback Held cannot be copied \(TypeError: .*lock.*callbacks=lambda: \[Held",
        ),
        ("early", "callbacks must be Keras callbacks.*Received: 'early' of type str"),
        (lambda: [3], "callbacks must be Keras callbacks.*Received: 3 of type int"),
    ],
)
def test_what_cannot_be_a_callback_is_refused_by_name(callbacks: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        users_callbacks(job(callbacks), "0000")
    assert run(job(callbacks))[0].failure == "fatal"


def test_copies_share_what_the_callbacks_share_and_leave_the_model_behind() -> None:
    one, other = Seen("one"), Seen("other")
    one.common = other.common = []
    one.set_model(small()(None))
    first, second = users_callbacks(job([one, other]), "0000")
    assert first is not one and first.common is second.common is not one.common
    assert first.model is None and one.model is not None
    assert listed(None) == [] and not acts_on([first], "on_train_end", "on_test_end")
    assert acts_on([keras.callbacks.LambdaCallback(on_train_end=print)], "on_train_end")


def test_each_execution_and_fold_has_its_own_copy() -> None:
    run(job(Seen(), settings={"executions_per_trial": 2}))
    assert [epochs for _, epochs in SEEN] == [1, 2, 1, 2]
    SEEN.clear()
    where = {"fold_of_row": np.arange(len(X)) % 2, "objective": "mine"}
    settings = {**SETTINGS, "epochs": 2, "folds": 2}
    outcome, _ = run(folded(small(), options={"callbacks": Seen()}, settings=settings, **where))
    assert outcome.status == "completed", outcome.message
    assert [epochs for _, epochs in SEEN] == [1, 1, 2, 2]


def test_a_callback_that_fails_or_stops_ends_its_trial() -> None:
    class Fails(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise ValueError("no more")

    class Stops(Seen):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            super().on_epoch_end(epoch, logs)
            self.model.stop_training = self.epochs == 2

    outcome, _ = run(job(Fails()))
    assert outcome.failure == "crashed" and "ValueError: no more" in str(outcome.message)
    outcome, epochs = run(job(Stops(), epochs=5))
    assert outcome.status == "completed" and len(epochs) == 2


def kept(path: Path) -> Any:
    """Loss and accuracy of the weights of the best epoch."""
    model = small()(None)
    best = load_checkpoint(path).best
    assert best is not None
    for variable, value in zip(model.variables, best, strict=True):
        variable.assign(value)
    return model.evaluate(X[60:], Y[60:], verbose=0)


def trained(path: Path, callbacks: Any, optimizer: Any = None, **changes: Any) -> Any:
    goal = {"objective": "val_loss", "direction": "min", "checkpoint": str(path)}
    outcome, epochs = run(job(callbacks, optimizer=optimizer, **{**goal, **changes}))
    assert outcome.status == "completed", outcome.message
    return outcome, [epoch["metrics"]["val_loss"] for epoch in epochs]


def test_weights_that_a_callback_restores_are_not_taken_for_the_last_ones(tmp_path: Path) -> None:
    """Two halves equal the whole, although Keras' own rule brings the first epoch back."""
    bring_back = {"patience": 9, "restore_best_weights": True, "mode": "min"}
    callbacks = [
        keras.callbacks.EarlyStopping("val_accuracy", **bring_back),
        Written(val_accuracy=[0.0, 1.0, 1.0, 1.0]),
    ][::-1]
    _, whole = trained(tmp_path / "whole.npz", callbacks, epochs=4)
    outcome, first = trained(tmp_path / "half.npz", callbacks, epochs=4, last_epoch=2)
    assert kept(tmp_path / "half.npz")[0] == pytest.approx(min(first), rel=1e-5)
    assert outcome.score == min(first) and outcome.best_epoch == 2
    parent = {"first_epoch": 2, "parent_checkpoint": str(tmp_path / "half.npz")}
    outcome, rest = trained(tmp_path / "rest.npz", callbacks, epochs=4, **parent)
    assert first + rest == whole
    assert len(outcome.notes) == 1 and "EarlyStopping, Written counted" in outcome.notes[0]


class Swap(keras.callbacks.Callback):
    """A swap of the user's own: it validates with weights that are nought."""

    def on_test_begin(self, logs: Any = None) -> None:
        self.own = self.model.get_weights()
        self.model.set_weights([0.0 * weights for weights in self.own])

    def on_test_end(self, logs: Any = None) -> None:
        self.model.set_weights(self.own)


@pytest.mark.parametrize("name", ["swap", "swap on epoch", "own"])
@pytest.mark.parametrize("folds", [False, True])
def test_the_weights_of_the_validation_are_those_that_are_kept(
    name: str, folds: bool, tmp_path: Path
) -> None:
    def optimizer() -> Any:
        return keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)

    swap = keras.callbacks.SwapEMAWeights
    callback = {"swap": swap(), "swap on epoch": swap(swap_on_epoch=True), "own": Swap()}[name]
    path = tmp_path / "trial.npz"
    if not folds:
        outcome, _ = trained(path, callback, optimizer, epochs=3)
        assert kept(path)[0] == pytest.approx(outcome.score, rel=1e-5)
    elif name == "own":
        where = {"fold_of_row": np.arange(len(X)) // 60, "checkpoint": str(path)}
        settings = {**SETTINGS, "epochs": 2, "folds": 2}
        run(folded(small(), options={"callbacks": callback}, settings=settings, **where))
        best = load_checkpoint(path).best
        assert best is not None and not any(array.any() for array in best)
        assert all(array.any() for array in load_checkpoint(path).last)


def test_keras_own_rules_live_beside_ours(tmp_path: Path) -> None:
    """A threshold of the user's decides what is saved; early stopping of the user's comes first."""
    written = Written(val_loss=[3.0, 2.0, 2.5, 2.6, 2.7, 2.8])
    path = str(tmp_path / "{epoch:02d}-{val_loss:.1f}.weights.h5")
    best = {"save_weights_only": True, "save_best_only": True, "initial_value_threshold": 2.5}
    callbacks = [
        written,
        keras.callbacks.EarlyStopping("val_loss", patience=1),
        keras.callbacks.ModelCheckpoint(path, **best),
        keras.callbacks.TerminateOnNaN(),
    ]
    outcome, losses = trained(tmp_path / "trial.npz", callbacks, epochs=6)
    assert losses == [3.0, 2.0, 2.5] and (outcome.score, outcome.best_epoch) == (2.0, 2)
    assert [file.name for file in (tmp_path / "0000").iterdir()] == ["02-2.0.weights.h5"]


def test_outcomes_know_their_notes() -> None:
    assert Outcome("completed").notes == []  # type: ignore[arg-type]
