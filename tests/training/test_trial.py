"""One trial: continuation is exact, feeding changes no number, failures stay its own."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import keras_tuner
import numpy as np
import pytest

from tftune.errors import RunFolderError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training import trial
from tftune.training.batches import feed_fast
from tftune.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from tftune.training.settings import TrainingSettings
from tftune.training.trial import Outcome, TrialTask, run_trial

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(120, 6)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
DATA = {"validation_data": (X[90:], Y[90:]), "batch_size": 20}


def build(hp: Any) -> keras.Model:
    """A network with everything that has a state: dropout, batch normalisation, Adam."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1.0, default=0.3)),
        "binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def task(hypermodel: Any = build, **changes: Any) -> TrialTask:
    hp = keras_tuner.HyperParameters()
    fields: dict[str, Any] = {
        "trial_id": "0000",
        "stream": 0,
        "seed": 0,
        "hypermodel": cloudpickle.dumps(get_hypermodel(hypermodel)),
        "hyperparameters": hp.get_config(),
        "objective": "val_accuracy",
        "direction": "max",
        "arguments": (X[:90], Y[:90]),
        "options": DATA,
        "settings": TrainingSettings(epochs=6, plateau_patience=1, plateau_factor=0.5),
    }
    return TrialTask(**{**fields, **changes})


def run(
    job: TrialTask, stop: Callable[[dict[str, Any]], bool] = lambda epoch: False
) -> tuple[Outcome, list[dict[str, Any]]]:
    epochs: list[dict[str, Any]] = []

    def report(epoch: dict[str, Any]) -> bool:
        epochs.append(epoch)
        return stop(epoch)

    return run_trial(report, job), epochs


def curve(epochs: list[dict[str, Any]]) -> list[tuple[int, dict[str, float]]]:
    return [(epoch["epoch"], epoch["metrics"]) for epoch in epochs]


def test_two_halves_equal_the_whole(tmp_path: Path) -> None:
    """Hazards B1, B2, B5: weights, Adam's moments, dropout's random state, order of rows, plateau
    counters, epoch numbers.
    """
    whole, all_epochs = run(task(checkpoint=str(tmp_path / "whole.npz")))
    _, first = run(task(last_epoch=3, checkpoint=str(tmp_path / "half.npz")))
    continued = task(
        trial_id="0007",
        first_epoch=3,
        parent_checkpoint=str(tmp_path / "half.npz"),
        checkpoint=str(tmp_path / "rest.npz"),
    )
    rest, second = run(continued)
    assert curve(first + second) == curve(all_epochs)
    assert [epoch["epoch"] for epoch in second] == [4, 5, 6]
    assert (
        len({epoch["metrics"]["learning_rate"] for epoch in all_epochs}) > 1
    )  # the plateau rule acted, so its counters mattered
    assert (rest.score, rest.best_epoch, rest.metrics) == (
        whole.score,
        whole.best_epoch,
        whole.metrics,
    )
    ends = [load_checkpoint(tmp_path / name) for name in ("whole.npz", "rest.npz")]
    for group in ("last", "optimizer", "best"):
        for one, other in zip(*(getattr(end, group) for end in ends), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_parent_that_early_stopping_ended_is_not_trained_on(tmp_path: Path) -> None:
    settings = TrainingSettings(epochs=4, early_stopping_patience=1)
    job = task(
        objective="val_loss",
        direction="max",
        settings=settings,
        last_epoch=4,
        checkpoint=str(tmp_path / "parent.npz"),
    )
    parent, epochs = run(job)  # a falling loss never improves upwards: patience ends it early
    assert len(epochs) < 4
    child, more = run(
        task(
            objective="val_loss",
            direction="max",
            settings=settings,
            last_epoch=9,
            parent_checkpoint=job.checkpoint,
        )
    )
    assert more == [] and child.score == parent.score and child.status == "completed"


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    run(task(last_epoch=1, checkpoint=str(tmp_path / "parent.npz")))

    def wider(hp: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        return model

    outcome, _ = run(task(wider, parent_checkpoint=str(tmp_path / "parent.npz")))
    assert outcome.failure == "fatal" and "The saved weights does not fit the model" in str(
        outcome.message
    )


@pytest.mark.slow
def test_the_same_task_gives_the_same_numbers_and_another_seed_others() -> None:
    one, other, different = (curve(run(task(seed=seed))[1]) for seed in (0, 0, 1))
    assert one == other != different


@pytest.mark.slow
def test_fast_feeding_gives_the_numbers_of_a_plain_fit() -> None:
    hp = keras_tuner.HyperParameters()
    histories = []
    for fast in (False, True):
        keras.utils.set_random_seed(1)
        model = build(hp)
        if fast:
            feed_fast(model, seed=0)
        histories.append(
            model.fit(X[:90], Y[:90], epochs=3, shuffle=False, verbose=0, **DATA).history
        )
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-4, err_msg=name)


def test_each_epoch_sees_every_row_once_in_an_order_of_its_own() -> None:
    from tftune.training.batches import shuffled_batches

    rows = np.arange(50)
    batches = [
        x.numpy().tolist()
        for x, _ in shuffled_batches((rows, rows), 20, seed=3, first_epoch=0, last_epoch=2)
    ]
    assert [len(batch) for batch in batches] == [20, 20, 10] * 2
    first, second = sum(batches[:3], []), sum(batches[3:], [])
    assert sorted(first) == sorted(second) == rows.tolist() and first != second
    late = [
        x.numpy().tolist()
        for x, _ in shuffled_batches((rows, rows), 20, seed=3, first_epoch=1, last_epoch=2)
    ]
    assert (
        late == batches[3:]
    )  # a continued training sees what an uninterrupted one would have seen


@pytest.mark.slow
def test_a_nan_in_the_first_epoch_does_not_hide_later_ones() -> None:
    """Hazard B6."""

    class Score(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["val_score"] = [math.nan, 0.5, 0.4][epoch]

    settings = TrainingSettings(epochs=3)
    outcome, _ = run(
        task(objective="val_score", options={**DATA, "callbacks": [Score()]}, settings=settings)
    )
    assert (outcome.status, outcome.score, outcome.best_epoch) == ("completed", 0.5, 2)


def test_a_diverged_training_fails_without_being_a_crash() -> None:
    def explode(hp: Any) -> keras.Model:
        model = build(hp)
        model.compile(keras.optimizers.SGD(math.inf), "mse", metrics=["mse"])
        return model

    outcome, epochs = run(task(explode, objective="val_mse", direction="min"))
    assert (
        outcome.status == "failed"
        and outcome.failure == "diverged"
        and "diverged" in str(outcome.message)
    )
    assert len(epochs) == 1  # the rest of the budget was not wasted


@pytest.mark.slow
def test_a_report_that_answers_stop_prunes_the_trial() -> None:
    outcome, epochs = run(task(), stop=lambda epoch: epoch["epoch"] == 2)
    assert outcome.status == "pruned" and len(epochs) == 2 and outcome.score is not None


def test_an_exception_in_the_model_is_the_trials_own_failure() -> None:
    def broken(hp: Any) -> keras.Model:
        raise ValueError("no such layer")

    outcome, _ = run(task(broken))
    assert (
        outcome.status == "failed"
        and outcome.failure != "fatal"
        and "ValueError: no such layer" in str(outcome.message)
    )


def test_a_builder_that_returns_no_model_is_fatal() -> None:
    outcome, _ = run(task(lambda hp: None))
    assert (
        outcome.failure == "fatal"
        and "must return a compiled Keras model. Received: None" in str(outcome.message)
    )


@pytest.mark.parametrize("folds", [0, 2])
def test_a_model_that_is_not_compiled_is_a_fatal_error_that_says_so(folds: int) -> None:
    def bare(hp: Any) -> keras.Model:
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")], name="bare")

    outcome, _ = run(task(bare, settings=TrainingSettings(folds=folds)))
    assert (
        outcome.failure == "fatal"
        and "The model 'bare' is not compiled, so that it cannot be trained. Call model.compile("
        in str(outcome.message)
    )


def test_a_missing_objective_is_fatal_and_lists_what_there_is() -> None:
    outcome, _ = run(task(objective="val_f1"))
    assert (
        outcome.failure == "fatal"
        and "'val_f1' is not among the metrics" in str(outcome.message)
        and "val_accuracy" in str(outcome.message)
    )


@pytest.mark.parametrize(
    ("returned", "score"),
    [
        (0.25, 0.25),
        ({"val_accuracy": 0.5, "other": 1.0}, 0.5),
        ([0.25, {"val_accuracy": 0.75}], 0.5),
    ],
)
def test_a_hypermodel_may_return_numbers_of_its_own(returned: Any, score: float) -> None:
    class Own(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            return build(hp)

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return returned

    outcome, _ = run(task(Own()))
    assert (outcome.status, outcome.score) == ("completed", score)


def test_a_hypermodel_may_compile_in_fit() -> None:
    class Late(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
            return model.fit(*args, **kwargs)

    outcome, epochs = run(task(Late()))
    assert (outcome.status, len(epochs)) == ("completed", 6), outcome.message


def test_a_hypermodel_that_returns_nothing_is_told_so() -> None:
    class Nothing(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            return build(hp)

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return None

    outcome, _ = run(task(Nothing()))
    assert (
        outcome.failure == "fatal"
        and "HyperModel.fit() must return a History, a number, or a dict" in str(outcome.message)
    )


@pytest.mark.slow
def test_callbacks_may_be_none_and_a_subclass_of_tensorboard_gets_a_folder_a_trial(
    tmp_path: Path,
) -> None:
    """Hazards B13 and B14."""

    class Mine(keras.callbacks.TensorBoard):
        pass

    assert run(task(options={**DATA, "callbacks": None}))[0].status == "completed"
    assert (
        run(task(trial_id="0042", options={**DATA, "callbacks": [Mine(str(tmp_path))]}))[0].status
        == "completed"
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["0042"]


@pytest.mark.slow
def test_several_executions_are_averaged_and_the_first_ones_weights_are_kept(
    tmp_path: Path,
) -> None:
    """Hazard B10: the score is a mean, so the weights must not be those of the luckiest."""
    settings = TrainingSettings(epochs=2)
    single, _ = run(
        task(
            settings=settings,
            objective="val_loss",
            direction="min",
            checkpoint=str(tmp_path / "one.npz"),
        )
    )
    settings = TrainingSettings(epochs=2, executions_per_trial=3)
    mean, epochs = run(
        task(
            settings=settings,
            objective="val_loss",
            direction="min",
            checkpoint=str(tmp_path / "three.npz"),
        )
    )
    assert mean.score != single.score and len(epochs) == 2
    one, three = load_checkpoint(tmp_path / "one.npz"), load_checkpoint(tmp_path / "three.npz")
    np.testing.assert_array_equal(one.last[0], three.last[0])


def test_a_damaged_checkpoint_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "0000.npz"
    save_checkpoint(path, Checkpoint([np.ones(3)], [], None, {"epochs_trained": 1}))
    assert load_checkpoint(path).best is None
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(
        RunFolderError, match=r"cannot be read: .*0000\.npz.*restore the folder `checkpoints`"
    ):
        load_checkpoint(path)


def test_a_checkpoint_is_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "0000.npz", facts=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunFolderError, match="Python objects, which are never unpickled"):
        load_checkpoint(tmp_path / "0000.npz")


def test_a_repeat_that_diverges_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mean of the others would make a configuration that fails now and then look good."""
    diverged = Outcome(TrialStatus.FAILED, failure=FailureKind.DIVERGED, message="diverged")
    outcomes = [Outcome(TrialStatus.COMPLETED, score=score) for score in (0.75, 0.25)]
    for third, score in ((diverged, None), (Outcome(TrialStatus.COMPLETED, score=0.5), 0.5)):
        played = [*(replace(each) for each in outcomes), third]
        monkeypatch.setattr(trial, "_run_execution", lambda *given, all=played: all[given[2]])
        outcome, _ = run(task(settings=TrainingSettings(epochs=1, executions_per_trial=3)))
        assert outcome.score == score and outcome.failure is third.failure


class Full(keras.callbacks.Callback):
    """Writes where there is no room."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        with open("/dev/full", "w") as file:
            file.write("x")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_under_a_callback_is_no_fault_of_the_configuration() -> None:
    outcome, _ = run(task(options={**DATA, "callbacks": [Full()]}))
    assert outcome.failure is FailureKind.REFUSED
    assert outcome.message is not None and "Expected room on its disk" in outcome.message
