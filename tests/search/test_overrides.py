"""What a subclass of `Tuner` overrides is called as KerasTuner calls it, or refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import UsageError
from tftune.search.overrides import AROUND, ASKED, HERE, overridden

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
FIT: dict[str, Any] = {"validation_split": 0.25, "epochs": 2, "batch_size": 9, "verbose": 0}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 6))])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse")
    return model


def make(kind: type[tftune.Tuner], folder: Path, **changes: Any) -> tftune.Tuner:
    given = {"oracle": "random", "objective": "val_loss", "max_trials": 2, "directory": folder}
    return kind(build, **{**given, **changes})


class Listening(tftune.Tuner):
    """Writes down what it is told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.told: list[tuple[Any, ...]] = []

    def on_search_begin(self) -> None:
        self.told.append(("search begins",))

    def on_search_end(self) -> None:
        self.told.append(("search ends", self.state.best().score))

    def on_trial_begin(self, trial: Any) -> None:
        self.told.append((trial.trial_id, "begins", trial.status))

    def on_trial_end(self, trial: Any) -> None:
        super().on_trial_end(trial)
        self.told.append((trial.trial_id, "ends", trial.status, trial.score))


class Watching(Listening):
    """Looks at epochs and batches, too."""

    def on_epoch_begin(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        self.told.append((trial.trial_id, f"epoch {epoch} begins", isinstance(model, keras.Model)))

    def on_epoch_end(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(trial, model, epoch, logs=logs)
        self.told.append((trial.trial_id, f"epoch {epoch} ends", sorted(logs)))

    def on_batch_end(self, trial: Any, model: Any, batch: int, logs: Any = None) -> None:
        self.told.append((trial.trial_id, f"batch {batch}", "loss" in logs))


def scores(tuner: tftune.Tuner) -> list[float | None]:
    return [trial.score for trial in tuner.state.trials.values()]


def test_hooks_around_trials_are_called_wherever_these_run(tmp_path: Path) -> None:
    tuner = make(Listening, tmp_path, workers=1)
    tuner.search(X, Y, **FIT)
    first, second = scores(tuner)
    assert tuner.told == [
        ("search begins",),
        ("0000", "begins", "RUNNING"),
        ("0000", "ends", "COMPLETED", first),
        ("0001", "begins", "RUNNING"),
        ("0001", "ends", "COMPLETED", second),
        ("search ends", min(first, second)),
    ]


def test_hooks_of_epochs_and_batches_are_called_in_this_process(tmp_path: Path) -> None:
    tuner = make(Watching, tmp_path)
    assert not tuner.plan.run.in_children
    tuner.search(X, Y, **FIT)
    epoch = [("batch 0", True), ("batch 1", True)]
    expected = [
        line
        for number in range(2)
        for line in [
            (f"epoch {number} begins", True),
            *epoch,
            (f"epoch {number} ends", ["loss", "val_loss"]),
        ]
    ]
    assert [(what, *rest) for trial, what, *rest in tuner.told[2:-1] if trial == "0000"][
        :8
    ] == expected
    plain = make(tftune.Tuner, tmp_path / "plain", workers=0)
    plain.search(X, Y, **FIT)
    assert scores(plain) == pytest.approx(scores(tuner), rel=1e-5)


@pytest.mark.parametrize("name", HERE)
def test_what_runs_in_this_process_is_refused_beside_workers(name: str, tmp_path: Path) -> None:
    kind = type("Mine", (tftune.Tuner,), {name: lambda self, *args, **kwargs: 1.0})
    for given, told in (
        ({"workers": 2}, "workers=2"),
        ({"ray_address": "auto"}, "ray_address='auto'"),
        ({"trial_timeout": 9}, "trial_timeout=9"),
        ({"trial_memory": 2}, "trial_memory=2"),
    ):
        with pytest.raises(UsageError, match=f"Mine overrides {name}.*Received: {told}"):
            make(kind, tmp_path, **given)
    assert make(kind, tmp_path, workers=0).plan.run.workers == 0


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("pre_create_trial", "on_trial_begin"),
        ("_try_build", "build and fit"),
        ("_run_and_update_trial", "run_trial"),
        ("_configure_tensorboard_dir", "ignored"),
        ("get_state", "on_trial_end"),
        ("save", "leave the method out"),
    ],
)
def test_what_would_never_be_called_is_refused_by_name(name: str, way: str, tmp_path: Path) -> None:
    kind = type("Mine", (tftune.Tuner,), {name: lambda self, *args, **kwargs: None})
    with pytest.raises(
        UsageError, match=f"Mine overrides {name}, which tftune does not call.*{way}"
    ):
        make(kind, tmp_path)


def test_every_method_of_keras_tuner_is_called_or_refused(tmp_path: Path) -> None:
    """So that a later KerasTuner brings no method that is ignored without a word."""
    for name in (name for name in dir(keras_tuner.Tuner) if not name.startswith("__")):
        kind = type("Mine", (tftune.Tuner,), {name: lambda self, *args, **kwargs: 1.0})
        assert overridden(kind.__new__(kind)) == (name,)
        if name not in (*HERE, *AROUND, *ASKED):
            with pytest.raises(UsageError, match=f"overrides {name}"):
                make(kind, tmp_path)


def test_save_model_alone_would_not_be_called(tmp_path: Path) -> None:
    kind = type("Mine", (tftune.Tuner,), {"save_model": lambda self, *args, **kwargs: None})
    with pytest.raises(UsageError, match="save_model, which nothing would call"):
        make(kind, tmp_path)


def test_a_method_that_is_replaced_on_the_tuner_itself_counts(tmp_path: Path) -> None:
    tuner = make(tftune.Tuner, tmp_path, workers=0)
    tuner.run_trial = lambda trial, **kwargs: 0.5  # type: ignore[method-assign,assignment]
    tuner.search(verbose=0)
    assert scores(tuner) == [0.5, 0.5]
    children = make(tftune.Tuner, tmp_path / "other", workers=1)
    children.on_batch_end = lambda *args, **kwargs: None  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="Tuner overrides on_batch_end.*processes of their own"):
        children.search(X, Y, **FIT)


def test_folds_mean_nothing_to_a_run_trial(tmp_path: Path) -> None:
    kind = type("Mine", (tftune.Tuner,), {"run_trial": lambda self, trial: 1.0})
    with pytest.raises(UsageError, match="run_trial, to which folds mean nothing.*folds=3"):
        make(kind, tmp_path, folds=3)


def test_no_model_is_needed_only_where_run_trial_is_overridden(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received hypermodel=None"):
        tftune.Tuner(objective="val_loss", directory=tmp_path)
    with pytest.raises(ValueError, match="Received hypermodel=None"):
        Listening(objective="val_loss", directory=tmp_path)
