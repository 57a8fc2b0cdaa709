"""An interrupted trial goes on at its epoch: what follows equals, bit for bit, what an
uninterrupted one does. What cannot begins again and says why.
"""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training import keeping, training_state
from tftune.training.checkpoints import load_checkpoint, save_checkpoint
from tftune.training.inputs.functions import DataFunction
from tftune.training.inputs.transport import SharedPipeline, share
from tftune.training.settings import TrainingSettings
from tftune.training.task import Keeping, Outcome, TrialTask
from tftune.training.trial import run_trial

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(90, 6)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
DATA = {"validation_data": (X[60:], Y[60:]), "batch_size": 20}
EPOCHS = 5


class KilledError(BaseException):
    """What no code of a trial may catch."""


def network(optimizer: Any = "adam", *more: Any, **compiled: Any) -> Any:
    """Returns a function that builds a network with everything that has a state."""

    def build(hp: Any) -> keras.Model:
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(8, activation="relu"),
                layers.BatchNormalization(),
                layers.Dropout(0.3),
                *(make() for make in more),
                layers.Dense(1, "sigmoid", dtype="float32"),
            ]
        )
        made = optimizer() if callable(optimizer) else optimizer
        model.compile(made, "binary_crossentropy", metrics=["accuracy"], **compiled)
        return model

    return build


class Subclassed(keras.Model):
    """Builds itself on its first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.layers.Dense(4, activation="relu")
        self.drop, self.outer = keras.layers.Dropout(0.4), keras.layers.Dense(1, "sigmoid")

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.outer(self.drop(self.inner(inputs), training=training))


def subclassed(hp: Any) -> keras.Model:
    model = Subclassed()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def half_precision(hp: Any) -> keras.Model:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return network(lambda: keras.optimizers.Adam(1e-2))(hp)
    finally:
        keras.config.set_dtype_policy("float32")


def task(hypermodel: Any = None, **changes: Any) -> TrialTask:
    fields: dict[str, Any] = {
        "trial_id": "0000",
        "stream": 0,
        "seed": 0,
        "hypermodel": cloudpickle.dumps(get_hypermodel(hypermodel or network())),
        "hyperparameters": keras_tuner.HyperParameters().get_config(),
        "objective": "val_loss",
        "direction": "min",
        "arguments": (X[:60], Y[:60]),
        "options": DATA,
        "settings": settings(),
        "last_epoch": EPOCHS,
    }
    return TrialTask(**{**fields, **changes})


def settings(**changes: Any) -> TrainingSettings:
    return TrainingSettings(**{"epochs": EPOCHS, "early_stopping_patience": 0, **changes})


def run(job: TrialTask, kill_in: int | None = None) -> tuple[Outcome | None, list[dict[str, Any]]]:
    """Runs a trial, to its end or until it has reported an epoch and not kept it."""
    told: list[dict[str, Any]] = []

    def report(message: dict[str, Any]) -> bool:
        told.append(message)
        if message.get("epoch") == kill_in and kill_in is not None:
            raise KilledError
        return False

    try:
        return run_trial(report, job), told
    except KilledError:
        return None, told


def curve(told: list[dict[str, Any]]) -> list[tuple[int, dict[str, float]]]:
    return [(each["epoch"], each["metrics"]) for each in told if "epoch" in each]


def with_pipeline(folder: Path) -> dict[str, Any]:
    """Data that are shuffled and augmented by a pipeline, as they reach a child."""
    pairs = tf.data.Dataset.from_tensor_slices((X[:60], Y[:60])).shuffle(60).batch(20)
    arguments = share((pairs,), folder, "x")
    assert isinstance(arguments[0], SharedPipeline)
    return {"arguments": arguments, "options": {"validation_data": DATA["validation_data"]}}


def with_endless_pipeline(folder: Path) -> dict[str, Any]:
    pairs = tf.data.Dataset.from_tensor_slices((X[:60], Y[:60])).shuffle(60).repeat().batch(20)
    options = {"validation_data": DATA["validation_data"], "steps_per_epoch": 2}
    return {"arguments": share((pairs,), folder, "x"), "options": options}


def with_dataset(folder: Path) -> dict[str, Any]:
    pairs = tf.data.Dataset.from_tensor_slices((X[:60], Y[:60])).batch(20)
    held_out = tf.data.Dataset.from_tensor_slices((X[60:], Y[60:])).batch(20)
    options = {"validation_data": share(held_out, folder, "validation_data")}
    return {"arguments": share((pairs,), folder, "x"), "options": options}


def called(*callbacks: Any, **options: Any) -> dict[str, Any]:
    return {"options": {**DATA, **options, "callbacks": list(callbacks)}}


class Counting(keras.callbacks.Callback):
    """Has an effect that depends on what it has seen."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.seen: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append(logs["loss"])
        self.model.optimizer.learning_rate = 0.1 / (1 + len(self.seen)) * min(self.seen)


class Telling(keras.callbacks.Callback):
    """Says itself what it counts with."""

    def __init__(self) -> None:
        super().__init__()
        self.counted, self.function = 0, lambda: self.counted

    def __deepcopy__(self, memo: Any) -> Telling:
        return Telling()

    def get_state(self) -> dict[str, int]:
        return {"counted": self.counted}

    def set_state(self, state: dict[str, int]) -> None:
        self.counted = state["counted"]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.counted += 1
        self.model.optimizer.learning_rate = 0.01 * self.counted


def sgd() -> Any:
    return keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)


def decayed() -> Any:
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, 12))


def averaged() -> Any:
    return keras.optimizers.Adam(0.05, use_ema=True, ema_overwrite_frequency=None)


STOPPING = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
PLATEAU = keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.5, min_delta=0.5)
FAST = network(lambda: keras.optimizers.Adam(0.3))  # so fast that rules act
NOISE = network(sgd, lambda: keras.layers.GaussianNoise(0.2))
CASES: dict[str, Any] = {
    "adam": {},
    "sgd": {"hypermodel": network(sgd)},
    "noise": {"hypermodel": NOISE},
    "subclassed": {"hypermodel": subclassed},
    "mixed-precision": {"hypermodel": half_precision},
    "moving-average": {"hypermodel": network(averaged)},
    "keras-schedule": {"hypermodel": network(decayed)},
    "schedule": {"settings": settings(schedule="cosine", warmup=0.2)},
    "growing-batch": {"settings": settings(schedule="step", batch_growth=True)},
    "plateau": {
        "hypermodel": FAST,
        "settings": settings(plateau_patience=1, plateau_factor=0.5),
    },
    "early-stopping": {
        "hypermodel": FAST,
        "settings": settings(early_stopping_patience=2, early_stopping_min_delta=0.05),
    },
    "last-weights": {"settings": settings(keep_weights="last")},
    "executions": {"settings": settings(executions_per_trial=2)},
    "folds": {
        "settings": settings(folds=2, plateau_patience=1),
        "arguments": (X, Y),
        "options": {"batch_size": 20},
        "fold_of_row": np.arange(len(X)) % 2,
    },
    "users-early-stopping": {"hypermodel": FAST, **called(STOPPING)},
    "users-plateau": called(PLATEAU),
    "users-swapping": {
        "hypermodel": network(averaged),
        **called(keras.callbacks.SwapEMAWeights(swap_on_epoch=True)),
    },
    "users-own": called(Counting()),
    "users-telling": called(Telling()),
    "users-several": called(Counting(), PLATEAU, Telling()),
    "in-batches": called(shuffle="batch"),
    "as-keras-feeds": {"hypermodel": network(sgd, steps_per_execution=2)},
    "split": {"options": {"validation_split": 0.25, "batch_size": 20}},
    "dataset": with_dataset,
    "pipeline": with_pipeline,
    "endless-pipeline": with_endless_pipeline,
}


@pytest.mark.quick("users-several", "pipeline")
@pytest.mark.parametrize("name", CASES)
def test_what_follows_equals_what_an_uninterrupted_trial_does(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    job = task(**(case(tmp_path / "data") if callable(case) else case))
    job = replace(job, checkpoint=str(tmp_path / "whole.npz"))
    whole, told = run(job)
    assert whole is not None and whole.status == "completed", whole
    kept = tmp_path / "kept"
    first = replace(job, checkpoint=str(tmp_path / "again.npz"), keeping=Keeping(str(kept)))
    interrupted = 3 if len(curve(told)) > 3 else 2  # early stopping may end it
    _, before = run(first, kill_in=interrupted)
    assert kept.exists() and curve(before) == curve(told)[:interrupted]
    again, after = run(replace(first, keeping=Keeping(str(kept), told=interrupted)))
    assert again is not None and after[0] == {"continued": interrupted - 1}, again
    assert again.notes == whole.notes
    assert curve(after) == curve(told)[interrupted - 1 :]
    assert (again.status, again.score, again.best_epoch, again.metrics) == (
        whole.status,
        whole.score,
        whole.best_epoch,
        whole.metrics,
    )
    ends = [load_checkpoint(tmp_path / name) for name in ("whole.npz", "again.npz")]
    for group in ("last", "optimizer", "best"):
        for one, other in zip(*(getattr(end, group) for end in ends), strict=True):
            np.testing.assert_array_equal(one, other)


def test_an_execution_that_is_done_is_not_trained_again(tmp_path: Path) -> None:
    job = task(settings=settings(executions_per_trial=3), last_epoch=2)
    whole, told = run(job)
    job = replace(job, keeping=Keeping(str(tmp_path / "kept"), asked=True))
    kept = training_state.training_state
    states = 0

    def kill_in_the_third(*arguments: Any) -> Any:
        nonlocal states
        states += 1
        if states == 6:
            raise KilledError
        return kept(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "training_state", kill_in_the_third)
        assert run(job)[0] is None
    again, after = run(replace(job, keeping=Keeping(str(tmp_path / "kept"), told=2)))
    assert whole is not None and again is not None
    assert after == [{"continued": 2}] and again.score == whole.score
    assert curve(told) != []


@pytest.mark.slow
def test_a_promoted_trial_goes_on_from_its_own_state_not_from_its_parent(tmp_path: Path) -> None:
    parent = task(last_epoch=2, checkpoint=str(tmp_path / "0000.npz"))
    run(parent)
    child = task(trial_id="0001", first_epoch=2, last_epoch=6, parent_checkpoint=parent.checkpoint)
    whole, told = run(child)
    child = replace(child, keeping=Keeping(str(tmp_path / "kept")))
    run(child, kill_in=5)
    again, after = run(replace(child, keeping=Keeping(str(tmp_path / "kept"), told=5)))
    assert whole is not None and again is not None
    assert after[0] == {"continued": 4} and curve(after) == curve(told)[2:]
    assert again.score == whole.score


def test_a_training_that_had_ended_is_not_trained_on(tmp_path: Path) -> None:
    job = task(keeping=Keeping(str(tmp_path / "kept")))
    whole, _ = run(job)
    again, after = run(replace(job, keeping=Keeping(str(tmp_path / "kept"), told=EPOCHS)))
    assert whole is not None and again is not None
    assert after == [{"continued": EPOCHS}] and again.score == whole.score
    assert again.seconds > whole.seconds


class OwnFit(keras_tuner.HyperModel):
    """Trains by itself."""

    def build(self, hp: Any) -> keras.Model:
        return network()(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, **kwargs)


class OwnStep(Subclassed):
    """Has a step of its own."""

    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


class Hidden(keras.layers.Layer):
    """Keeps a variable that Keras does not know of."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = [tf.Variable(0.0, trainable=False)]

    def call(self, inputs: Any) -> Any:
        self.calls[0].assign_add(1.0)
        return inputs


class Drawing(keras.layers.Layer):
    """Draws from a state that only the running graph has."""

    def call(self, inputs: Any) -> Any:
        return inputs + 0.01 * tf.random.normal(tf.shape(inputs), dtype=inputs.dtype)


class Outside(keras.callbacks.Callback):
    """Counts in an object."""

    def __init__(self) -> None:
        super().__init__()
        self.tool = Path.cwd

    def __deepcopy__(self, memo: Any) -> Outside:
        return Outside()


def own_step(hp: Any) -> keras.Model:
    model = OwnStep()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def closing_over() -> Any:
    seen: list[int] = []
    return keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))


def pair() -> Any:
    return (X[:60], Y[:60])


SHUFFLED = tf.data.Dataset.from_tensor_slices((X[:60], Y[:60])).shuffle(60).batch(20)
HELD_OUT = {"validation_data": DATA["validation_data"]}
REASONS: dict[str, tuple[dict[str, Any], str]] = {
    "fit": ({"hypermodel": OwnFit()}, "HyperModel.fit"),
    "train_step": ({"hypermodel": own_step}, "OwnStep has a train_step"),
    "hidden": ({"hypermodel": network(sgd, Hidden)}, "Hidden keeps 'calls'"),
    "drawing": ({"hypermodel": network(sgd, Drawing)}, "RandomStandardNormal"),
    "eager": ({"hypermodel": network(sgd, Drawing, run_eagerly=True)}, "runs eagerly"),
    "callback": (called(Outside()), "the callback Outside has an attribute 'tool'"),
    "closure": ({"options": {**DATA, "callbacks": closing_over}}, "LambdaCallback"),
    "function": ({"arguments": (DataFunction(pair),), "options": HELD_OUT}, "x is made by"),
    "in-process": ({"arguments": (SHUFFLED,), "options": HELD_OUT}, "shuffles or varies"),
    "steps": ({"options": {**DATA, "steps_per_epoch": 2}}, "steps_per_epoch"),
    "validation": ({"options": {**DATA, "validation_steps": 1}}, "validation_steps"),
    "elsewhere": ({}, "on Ray"),
}


@pytest.mark.quick("callback")
@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_go_on_keeps_nothing_and_says_why(name: str, tmp_path: Path) -> None:
    changes, reason = REASONS[name]
    kept = tmp_path / "kept"
    path, why = (None, "on Ray nothing is kept") if name == "elsewhere" else (str(kept), None)
    job = task(**{"last_epoch": 2, **changes}, keeping=Keeping(path, asked=True, why=why))
    outcome, told = run(job)
    assert outcome is not None and outcome.status == "completed", outcome
    assert not kept.exists() and len(curve(told)) == 2
    said = [note for note in outcome.notes if "begins again at its first epoch" in note]
    assert len(said) == 1 and reason in said[0]
    unasked, _ = run(replace(job, keeping=Keeping(path, seconds=0.01, why=why)))
    assert unasked is not None and not [note for note in unasked.notes if "begins again" in note]


@pytest.mark.parametrize(
    "fault", ["torn", "a missing fact", "another model", "ahead of the journal"]
)
def test_what_does_not_fit_is_left_alone_and_the_trial_begins_again(
    fault: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    whole, told = run(task())
    run(task(keeping=Keeping(str(kept))), kill_in=4)
    job = task(keeping=Keeping(str(kept), told=4))
    if fault == "torn":
        kept.write_bytes(kept.read_bytes()[:-400])
    elif fault == "a missing fact":  # as in a file of another version
        found = load_checkpoint(kept)
        del found.facts["latest"]
        save_checkpoint(kept, found)
    elif fault == "another model":
        other = task(network("adam", lambda: keras.layers.Dense(3)), keeping=Keeping(str(kept)))
        run(other, kill_in=4)
    else:
        job = replace(job, keeping=Keeping(str(kept), told=2))
    again, after = run(job)
    assert whole is not None and again is not None
    assert after[0] == {"continued": 0} and curve(after) == curve(told)
    assert again.score == whole.score and "begins again" in again.notes[0]


def test_a_full_disk_ends_the_keeping_and_not_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = keeping.save_checkpoint
    calls: list[Any] = []

    def full(path: Any, checkpoint: Any) -> None:
        calls.append(path)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(path, checkpoint)

    monkeypatch.setattr(keeping, "save_checkpoint", full)
    outcome, told = run(task(keeping=Keeping(str(tmp_path / "kept"))))
    assert outcome is not None and outcome.status == "completed" and len(curve(told)) == EPOCHS
    assert len(calls) == 2 and list(tmp_path.iterdir()) == []
    assert "could not be written (No space left on device)" in outcome.notes[0]


def test_too_large_a_state_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_BYTES", 1000)
    outcome, _ = run(task(keeping=Keeping(str(tmp_path / "kept"), asked=True), last_epoch=1))
    assert outcome is not None and list(tmp_path.iterdir()) == []
    assert "more than 0.0 GB" in outcome.notes[0]


def test_nobody_waits_for_a_short_trial_to_be_kept(tmp_path: Path) -> None:
    outcome, _ = run(task(keeping=Keeping(str(tmp_path / "kept"), seconds=3600.0)))
    assert outcome is not None and outcome.notes == [] and list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_file_of_a_csv_logger_goes_on_without_doubled_rows(tmp_path: Path) -> None:
    def logging(name: str) -> dict[str, Any]:
        return called(keras.callbacks.CSVLogger(str(tmp_path / name / "log.csv")))

    run(task(**logging("whole")))
    kept = tmp_path / "kept"
    job = task(**logging("again"), keeping=Keeping(str(kept)))
    run(job, kill_in=4)
    path = tmp_path / "again" / "0000" / "log.csv"
    path.write_text(path.read_text() + "7,torn")  # of an epoch that was not kept
    run(replace(job, keeping=Keeping(str(kept), told=4)))
    assert path.read_text() == (tmp_path / "whole" / "0000" / "log.csv").read_text()
