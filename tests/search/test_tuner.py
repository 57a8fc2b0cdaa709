"""The Tuner as a user of KerasTuner meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import NoTrialCompletedError, RunFolderError, UsageError
from tftune.journal.journal import read
from tftune.journal.state import SearchState
from tftune.oracles.sampling.random_search import RandomOracle

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(90, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
FIT = {"x": X[:50], "y": Y[:50], "validation_data": (X[50:70], Y[50:70]), "epochs": 2, "verbose": 0}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Int("units", 2, 30), "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    model.compile(
        keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"], run_eagerly=True
    )
    return model


def make(
    folder: Path, hypermodel: Any = build, oracle: Any = "random", **changes: Any
) -> tftune.Tuner:
    options: dict[str, Any] = {
        "objective": "val_accuracy",
        "max_trials": 3,
        "workers": 0,
        "directory": folder,
        "project_name": "run",
    }
    return tftune.Tuner(hypermodel, oracle, **{**options, **changes})


def test_the_whole_way_in_child_processes(tmp_path: Path) -> None:
    tuner = make(tmp_path, workers=2, keep_models=2)
    tuner.search(**FIT)
    assert tuner.state.counts() == {"completed": 3, "pruned": 0, "failed": 0}
    metrics = tuner.evaluate_best(X[70:], Y[70:])
    best, second = tuner.get_best_models(2)
    assert metrics["loss"] == pytest.approx(
        best.evaluate(X[70:], Y[70:], verbose=0, return_dict=True)["loss"], rel=1e-5
    )
    saved = keras.models.load_model(tmp_path / "run" / "best_model.keras")
    np.testing.assert_allclose(saved.predict(X, verbose=0), best.predict(X, verbose=0), rtol=1e-5)
    assert second.count_params() > 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["test"] == metrics and summary["best"]["trial_id"] == tuner.state.best().trial_id
    assert summary["data"]["train"] == 50 and summary["data"]["validation"] == 20
    names = sorted(entry.name for entry in (tmp_path / "run").iterdir())
    assert names == [
        "best_model.keras",
        "checkpoints",
        "journal.jsonl",
        "predictions.npz",
        "summary.json",
        "tensorboard",
        "trials.csv",
    ]
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 2


def test_inline_and_child_processes_give_the_same_trials(tmp_path: Path) -> None:
    results = []
    for workers in (0, 1):
        tuner = make(tmp_path / str(workers), workers=workers)
        tuner.search(**FIT)
        results.append([(trial.values, trial.score) for trial in tuner.state.trials.values()])
    assert results[0] == results[1]


def test_a_finished_search_can_be_read_by_a_later_process_and_extended(tmp_path: Path) -> None:
    make(tmp_path, max_trials=2).search(**FIT)
    later = make(tmp_path, max_trials=2)
    assert len(later.state.trials) == 2
    assert later.get_best_hyperparameters()[0].values == later.state.best().values
    more = make(tmp_path, max_trials=4)
    more.search(**FIT)
    fresh = make(tmp_path / "fresh", max_trials=4)
    fresh.search(**FIT)
    assert [trial.values for trial in more.state.trials.values()] == [
        trial.values for trial in fresh.state.trials.values()
    ]


def test_search_can_be_called_again_on_the_same_tuner(tmp_path: Path) -> None:
    tuner = make(tmp_path)
    tuner.search(**FIT)
    before = list(tuner.state.trials)
    tuner.search(**FIT)
    assert list(tuner.state.trials) == before  # max_trials counts them all


def test_the_test_split_is_used_once(tmp_path: Path) -> None:
    tuner = make(tmp_path, max_trials=1)
    tuner.search(**FIT)
    first = tuner.evaluate_best(X[70:], Y[70:])
    again = make(tmp_path, max_trials=1).evaluate_best(X[:20], 1 - Y[:20])
    assert again == first


@pytest.mark.parametrize(
    ("changes", "fit", "message"),
    [
        ({"seed": 1}, {}, "seed: 0 in the folder, 1 now"),
        (
            {"objective": "val_loss"},
            {},
            "objective: .*val_accuracy.* in the folder, .*val_loss.* now",
        ),
        (
            {"early_stopping_patience": 3},
            {},
            "training: early_stopping_patience: 10 in the folder, 3 now",
        ),
        ({}, {"epochs": 5}, "training: epochs: 2 in the folder, 5 now"),
        ({}, {"x": X[10:60]}, "data: fingerprint "),
        ({"oracle": "grid", "max_trials": 3}, {}, "search: 'random' in the folder, 'grid' now"),
    ],
)
def test_another_search_in_the_folder_is_refused_with_the_difference(
    changes: dict[str, Any], fit: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Hazard A16: KerasTuner would go on with the old settings and say nothing."""
    make(tmp_path, max_trials=1).search(**FIT)
    before = (tmp_path / "run" / "journal.jsonl").read_bytes()
    with pytest.raises(RunFolderError, match=f"holds another search:(?s:.*){message}"):
        make(tmp_path, **changes).search(**{**FIT, **fit})
    assert (tmp_path / "run" / "journal.jsonl").read_bytes() == before


def test_another_space_is_refused_with_the_difference(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1).search(**FIT)
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.Int("units", 2, 60)
    with pytest.raises(RunFolderError, match="space: knob 'units': max was 30, is 60"):
        make(tmp_path, max_trials=1, hyperparameters=hyperparameters).search(**FIT)


def test_overwrite_starts_over_and_touches_nothing_else(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1).search(**FIT)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    tuner = make(tmp_path, max_trials=2, seed=5, overwrite=True)
    assert tuner.state.trials == {}
    tuner.search(**FIT)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine" and len(tuner.state.trials) == 2


def test_a_folder_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("x")
    with pytest.raises(
        RunFolderError, match=r"is not a run folder: it has no journal\.jsonl.*thesis\.tex"
    ):
        make(tmp_path, overwrite=True)
    assert (tmp_path / "run" / "thesis.tex").exists()


def fail_often() -> Any:
    def often(hp: Any) -> keras.Model:
        if hp.Int("units", 2, 30) % 2:
            raise ValueError("odd")
        return build(hp)

    return often


def test_failed_trials_are_recorded_and_the_others_count(tmp_path: Path) -> None:
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.Int("units", 2, 30, default=2)
    tuner = make(
        tmp_path,
        fail_often(),
        max_trials=6,
        max_consecutive_failed_trials=100,
        hyperparameters=hyperparameters,
    )
    tuner.search(**FIT)
    failed = [trial for trial in tuner.state.trials.values() if trial.status == "failed"]
    assert failed and all(
        trial.values["units"] % 2 and "ValueError: odd" in str(trial.message) for trial in failed
    )
    # told with the line of the user's code, which travelled to a child
    assert all(
        re.search(r'test_tuner.py, line \d+, in often: raise ValueError\("odd"\)', trial.message)
        for trial in failed
    )
    assert tuner.state.counts()["completed"] + len(failed) == 6
    best = tuner.oracle.get_best_trials(6)
    assert len(best) == 6 - len(failed)  # hazard B17: KerasTuner pads with failed trials


def always_fail(hp: Any) -> keras.Model:
    if hp.values:
        raise ValueError("never works")
    return build(hp)


def test_a_search_without_one_completed_trial_says_so(tmp_path: Path) -> None:
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters.Int("units", 2, 30)

    class Declared(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Int("units", 2, 30)

        def build(self, hp: Any) -> keras.Model:
            raise ValueError("never works")

    tuner = make(tmp_path, Declared(), max_trials=20)
    with pytest.raises(
        NoTrialCompletedError,
        match="No trial completed: 3 failed, the search ended with 'failures'(?s:.*)ValueError: "
        "never works",
    ):
        tuner.search(**FIT)
    with pytest.raises(NoTrialCompletedError, match="There is no best trial"):
        tuner.evaluate_best(X, Y)


class HealsOnRetry(keras_tuner.HyperModel):
    """Crashes the first time in each folder."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def declare_hyperparameters(self, hp: Any) -> None:
        hp.Int("units", 2, 30)

    def build(self, hp: Any) -> keras.Model:
        marker = Path(self.folder) / f"tried-{hp.Int('units', 2, 30)}"
        if not marker.exists():
            marker.touch()
            raise ValueError("first time")
        return build(hp)


@pytest.mark.slow
def test_a_retry_can_heal_a_crash(tmp_path: Path) -> None:
    tuner = make(tmp_path, HealsOnRetry(str(tmp_path)), max_trials=2, max_retries_per_trial=1)
    tuner.search(**FIT)
    assert [(trial.status, trial.attempt) for trial in tuner.state.trials.values()] == [
        ("completed", 2),
        ("completed", 2),
    ]


def test_a_wrong_objective_ends_the_search_at_once(tmp_path: Path) -> None:
    tuner = make(tmp_path, objective=keras_tuner.Objective("val_f1", "max"))
    with pytest.raises(
        UsageError,
        match="'val_f1' is not among the metrics of an epoch. Expected one of: accuracy, ",
    ):
        tuner.search(**FIT)


@pytest.mark.slow
def test_the_time_limit_ends_the_search_and_resuming_goes_on(tmp_path: Path) -> None:
    tuner = make(tmp_path, max_trials=1)
    tuner.search(**FIT)
    limited = make(tmp_path, max_trials=3, timeout=0.0)
    limited.search(**FIT)
    assert (
        limited.state.finish is not None
        and limited.state.finish["reason"] == "timeout"
        and len(limited.state.trials) == 1
    )
    sessions = [each for each in read(limited.folder.journal)[0] if each["kind"] == "session"]
    assert sessions[-1]["plan"].splitlines()[-1] == "the search ends after 0 s"
    resumed = make(tmp_path, max_trials=3)
    resumed.search(**FIT)
    assert len(resumed.state.ranked()) == 3


@pytest.mark.slow
def test_a_flat_search_ends_and_a_larger_number_resumes_it(tmp_path: Path) -> None:
    def scores(number: int) -> list[float]:
        tuner = make(tmp_path, max_trials=6, stop_when_flat=number)
        tuner.search(**FIT)
        reasons.append(tuner.state.finish["reason"] if tuner.state.finish else "")
        return [trial.score for trial in tuner.state.trials.values() if trial.score is not None]

    reasons: list[str] = []
    first = scores(1)
    assert len(first) < 6 and first[-1] <= max(first[:-1])
    assert len(scores(100)) == 6 and reasons == ["flat", "done"]


def test_a_listener_that_fails_is_switched_off_and_the_search_goes_on(tmp_path: Path) -> None:
    class Broken:
        def on_record(self, record: dict[str, Any], state: SearchState) -> None:
            raise OSError("disk full")

        def close(self) -> None:
            raise AssertionError("switched off")

    tuner = make(tmp_path, max_trials=1, listeners=[Broken()])
    with pytest.warns(UserWarning, match="Broken failed and is switched off: OSError: disk full"):
        tuner.search(**FIT)
    assert tuner.state.counts()["completed"] == 1


@pytest.mark.slow
def test_a_knob_that_only_a_trial_declares_joins_the_space(tmp_path: Path) -> None:
    class Late(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Int("units", 2, 30)

        def build(self, hp: Any) -> keras.Model:
            hp.Float("late", 0.0, 1.0)
            return build(hp)

    tuner = make(tmp_path, Late(), max_trials=2)
    tuner.search(**FIT)
    assert "late" in tuner.state.trials["0001"].values
    again = make(tmp_path, Late(), max_trials=3)
    again.search(**FIT)
    assert len(again.state.ranked()) == 3


def test_a_made_oracle_is_taken_and_a_foreign_one_refused(tmp_path: Path) -> None:
    oracle = RandomOracle(objective="val_accuracy", max_trials=1, seed=3)
    tuner = tftune.Tuner(build, oracle, workers=0, directory=tmp_path, project_name="run")
    tuner.search(**FIT)
    assert tuner.search_name == "random" and tuner.state.header["seed"] == 3
    foreign = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=1
    )
    with pytest.raises(
        UsageError, match="oracle must be a name of tftune.ORACLES .*Received: .*RandomSearchOracle"
    ):
        tftune.Tuner(build, foreign, directory=tmp_path / "other")
    with pytest.raises(UsageError, match="belong to a named oracle"):
        tftune.Tuner(
            build,
            RandomOracle(objective="val_accuracy"),
            max_trials=3,
            directory=tmp_path / "other",
        )


def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    for changes, message in [
        ({"oracle": "rnadom"}, "Unknown search method 'rnadom'. Expected one of: .*random, grid"),
        ({"scheduler": "medain"}, "Unknown scheduler 'medain'"),
        ({"seed": -1}, "seed must be an integer from 0"),
        ({"max_trials": 0}, "max_trials must be an integer of at least 1"),
        (
            {"plateau_factor": 2.0},
            "plateau_factor must be a number above 0 and below 1. Received: 2.0",
        ),
        ({"objective": "val_quality"}, "val_quality"),
    ]:
        with pytest.raises(UsageError, match=message):
            make(tmp_path, **changes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_more_models_than_were_kept_cannot_be_had(tmp_path: Path) -> None:
    tuner = make(tmp_path)
    tuner.search(**FIT)
    with pytest.raises(
        UsageError,
        match="Only the weights of the best 1 trials are kept. Received: num_models=2. Make the "
        "tuner with keep_models=2",
    ):
        tuner.get_best_models(2)


def test_hyperparameters_of_the_user_are_not_changed(tmp_path: Path) -> None:
    """Hazard C12."""
    mine = keras_tuner.HyperParameters()
    mine.Int("units", 2, 4)
    tuner = make(tmp_path, hyperparameters=mine, max_trials=1)
    tuner.search(**FIT)
    assert [hp.name for hp in mine.space] == ["units"]


class Subclassed(keras.Model):
    """Has no variables before its first batch."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.hidden, self.answer = keras.layers.Dense(units), keras.layers.Dense(1, "sigmoid")

    def call(self, inputs: Any) -> Any:
        return self.answer(self.hidden(inputs))


def build_subclassed(hp: Any) -> keras.Model:
    model = Subclassed(hp.Int("units", 2, 30))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


@pytest.mark.slow
def test_subclassed_models_can_be_continued_and_restored(tmp_path: Path) -> None:
    """Hazard B4: KerasTuner fails every promoted trial of such a model."""
    tuner = make(
        tmp_path, build_subclassed, "hyperband", max_trials=None, oracle_options={"max_epochs": 3}
    )
    tuner.search(**{**FIT, "epochs": None})
    promoted = [trial for trial in tuner.state.trials.values() if trial.parent]
    assert promoted and tuner.state.counts()["failed"] == 0
    assert [epoch for epoch, _ in promoted[0].epochs] == list(
        range(promoted[0].first_epoch + 1, promoted[0].last_epoch + 1)
    )
    assert tuner.get_best_models()[0].predict(X[:3], verbose=0).shape == (3, 1)
