"""Whole searches that are finished: what is saved, that it is the same everywhere, and that no
choice can see the test split.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import UsageError
from tftune.journal.journal import read
from tftune.search.finish import joining, work
from tftune.search.finish.greedy_ensemble import mean_answers
from tftune.search.finish.verdicts import KEPT

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 4)).astype("float32")
SUM = X.sum(axis=1) + 0.5 * RANDOM.normal(size=150)
TRAIN, VALIDATION = slice(0, 60), slice(60, 110)
TEST = slice(110, 150)
KINDS: dict[str, tuple[Any, int, Any, Any, str]] = {
    "two classes": ((SUM > 0).astype("float32"), 1, "sigmoid", "binary_crossentropy", "accuracy"),
    "three classes": (
        np.digitize(SUM, [-1, 1]),
        3,
        "softmax",
        "sparse_categorical_crossentropy",
        "accuracy",
    ),
    "a number": (SUM.astype("float32"), 1, None, "mse", "mae"),
}
UNTIMED = ("time", "crc", "seconds", "wall_seconds", "budget", "training", "plan", "host")


class Build(keras_tuner.HyperModel):
    """Eager, because tracing a graph would take longer than the training."""

    def __init__(self, units: int, activation: Any, loss: Any, metric: str) -> None:
        super().__init__()
        self.given = units, activation, loss, metric

    def build(self, hp: Any) -> keras.Model:
        units, activation, loss, metric = self.given
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Int("units", 2, 8))])
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Dense(units, activation=activation))
        optimizer = keras.optimizers.Adam(hp.Float("rate", 1e-2, 1e-1, sampling="log"))
        model.compile(optimizer, loss, metrics=[metric], run_eagerly=True)
        return model


def search(folder: Path, kind: str = "two classes", **options: Any) -> Any:
    """Searches and finishes; the share is large, so that what fits does not depend on the clock."""
    y, units, activation, loss, metric = KINDS[kind]
    direction = "min" if metric == "mae" else "max"
    call = {"validation_data": (X[VALIDATION], y[VALIDATION]), "epochs": 3, "batch_size": 60}
    call |= options.pop("call", {})
    tuner = tftune.Tuner(
        Build(units, activation, loss, metric),
        "random",
        objective=keras_tuner.Objective(f"val_{metric}", direction),
        **{
            "max_trials": 2,
            "directory": folder,
            "project_name": "run",
            "workers": 0,
            "finish": 1000.0,
            "confirm": 0,
            "report": False,
            "references": False,
            "listeners": [],
            **options,
        },
    )
    tuner.search(X[TRAIN], y[TRAIN], verbose=0, **call)
    return tuner


def steps(tuner: Any) -> dict[str, Any]:
    return {each["step"]: each for each in tuner.state.finished["steps"]}


def records(folder: Path) -> list[Any]:
    """The journal without what the clock says."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if name not in UNTIMED}
        return [plain(each) for each in value] if isinstance(value, list) else value

    found = read(folder / "run" / "journal.jsonl").records
    return [plain(each) for each in found if each["kind"] not in ("test", "evaluation")]


def weights(folder: Path) -> dict[str, Any]:
    found = {}
    for file in sorted((folder / "run" / "checkpoints").glob("*.npz")):
        with np.load(file) as content:
            found |= {
                f"{file.name}/{name}": content[name]
                for name in content.files
                if name.startswith(("best", "last"))
            }
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_finished_model_is_one_file_that_predicts_alike(tmp_path: Path, kind: str) -> None:
    tuner = search(tmp_path, kind)
    found = steps(tuner)
    assert list(found) == ["confirm", "average", "refit", "ensemble"]
    assert all(found[name]["gain"] is not None for name in ("average", "refit", "ensemble"))
    assert all(found[name]["rows"] == 50 for name in ("average", "refit", "ensemble"))
    y = KINDS[kind][0]
    metrics = tuner.evaluate_best(X[TEST], y[TEST])
    assert metrics == tuner.evaluate_best(X[TEST], y[TEST])  # it is used once
    assert tuner.state.test_uses == 1
    loaded = keras.models.load_model(tuner.folder.best_model)
    run = tftune.load_run(tuner.folder.path)
    assert np.allclose(run.predict(X[TEST]), np.asarray(loaded(X[TEST])), atol=1e-6)
    summary = json.loads(tuner.folder.summary.read_text())
    assert summary["finish"]["members"] == tuner.state.members
    members = {f"{each['checkpoint']}.npz" for each in tuner.state.members}
    left = {file.name for file in tuner.folder.checkpoints.glob("finish-*.npz")}
    assert left == {name for name in members if name.startswith("finish-")}


def test_no_choice_can_see_the_test_split(tmp_path: Path) -> None:
    """With other test rows, and with poisoned ones, everything that was chosen is the same to the
    last bit: journal, trainings, weights and members.
    """
    y = KINDS["two classes"][0]
    poisoned = np.full_like(X[TEST], np.nan), np.full_like(y[TEST], 7)
    for name, (x, labels) in {"real": (X[TEST], y[TEST]), "poisoned": poisoned}.items():
        tuner = search(tmp_path / name)
        before = read(tuner.folder.journal)[0]
        assert [each["kind"] for each in before if each["kind"] in ("test", "evaluation")] == []
        assert before[-1]["kind"] == "finish"  # every choice is made and written down
        tuner.evaluate_best(x, labels)
        loaded = keras.models.load_model(tuner.folder.best_model)
        run = tftune.load_run(tuner.folder.path)
        assert np.allclose(run.best_model()(X[TEST]), loaded(X[TEST]), atol=1e-6)
    assert records(tmp_path / "real") == records(tmp_path / "poisoned")
    real, other = (weights(tmp_path / name) for name in ("real", "poisoned"))
    assert real.keys() == other.keys()
    assert all(np.array_equal(real[name], other[name]) for name in real)


@pytest.mark.slow
def test_the_ensemble_answers_with_the_mean_of_its_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # whether it gains is another test's question
    monkeypatch.setattr(joining, "verdict", lambda *_: (KEPT, "for the test"))
    for seed in range(6):
        tuner = search(tmp_path / str(seed), "three classes", max_trials=5, seed=seed)
        if len(tuner.state.members) > 1:
            break
    else:
        pytest.fail("no ensemble had two members in six searches")
    run = tftune.load_run(tuner.folder.path)
    members = tuner.state.members
    told = {
        each["checkpoint"]: np.asarray(
            run.model_of_file(run.state.trials[each["trial_id"]], each["checkpoint"])(X[TEST])
        )
        for each in members
    }
    counts = {each["checkpoint"]: each["weight"] for each in members}
    tuner.evaluate_best(X[TEST], KINDS["three classes"][0][TEST])
    loaded = keras.models.load_model(tuner.folder.best_model)
    assert np.allclose(np.asarray(loaded(X[TEST])), mean_answers(told, counts), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"folds": 3},
        {"workers": 2},
        {"reshuffle": True},
        {"schedule": "cosine"},
        {"groups": np.repeat(np.arange(55), 2)},
        {"confirm": 2},
        {"keep_weights": "last"},
        {"executions_per_trial": 2},
        {"call": {"validation_data": None, "validation_split": 0.4}},
        {"call": {"callbacks": [keras.callbacks.EarlyStopping(patience=1)]}},
    ],
    ids=[
        *("folds", "workers", "reshuffle", "schedule", "groups", "confirm", "last weights"),
        *("executions", "validation split", "callbacks"),
    ],
)
def test_kinds_of_searches(tmp_path: Path, options: Any) -> None:
    tuner = search(tmp_path, **options)
    found = steps(tuner)
    assert found["average"]["gain"] is not None and found["refit"]["gain"] is not None
    assert (found["ensemble"]["gain"] is None) == ("reshuffle" in options)
    tuner.evaluate_best(X[TEST], KINDS["two classes"][0][TEST])
    assert tuner.folder.best_model.exists()


@pytest.mark.slow
def test_a_search_that_is_done_is_finished_by_the_same_script(tmp_path: Path) -> None:
    search(tmp_path, finish=None)
    kept = len(list((tmp_path / "run" / "checkpoints").glob("*.npz")))
    tuner = search(tmp_path)
    assert kept == 1 and "one completed trial only" in steps(tuner)["ensemble"]["why"]
    assert [each["kind"] for each in records(tmp_path)].count("start") == 2
    before = len(read(tuner.folder.journal)[0])
    again = search(tmp_path)
    new = [each["kind"] for each in read(again.folder.journal)[0][before:]]
    assert new == ["session", "finish"]  # nothing was left to do


@pytest.mark.slow
def test_a_search_that_is_finished_anew_is_evaluated_and_saved_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "verdict", lambda *_: (KEPT, "for the test"))
    y = KINDS["two classes"][0][TEST]
    for uses, share in ((1, 1000.0), (2, 900.0)):
        tuner = search(tmp_path, finish=share)
        assert tuner.state.members and not tuner.state.is_tested
        metrics = tuner.evaluate_best(X[TEST], y)
        assert tuner.state.test_uses == uses and tuner.evaluate_best(X[TEST], y) == metrics
        saved = keras.models.load_model(tuner.folder.best_model)
        run = tftune.load_run(tuner.folder.path)
        assert np.allclose(np.asarray(saved(X[TEST])), run.predict(X[TEST]), atol=1e-6)


@pytest.mark.slow
def test_what_cannot_be_cut_is_left_as_it_is(tmp_path: Path) -> None:
    import tensorflow as tf

    y = KINDS["two classes"][0]
    data = tf.data.Dataset.from_tensor_slices((X[VALIDATION], y[VALIDATION])).batch(10)
    tuner = search(tmp_path, call={"validation_data": data})
    assert all(
        "cannot be told apart" in each["why"]
        for name, each in steps(tuner).items()
        if name != "confirm"
    )
    assert tuner.state.members == []


def test_a_tuner_that_runs_its_own_trials_is_not_finished(tmp_path: Path) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, *arguments: Any, **options: Any) -> float:
            return 0.0

    with pytest.raises(UsageError, match=r"cannot be finished: Own overrides run_trial"):
        Own(Build(1, None, "mse", "mae"), objective="val_mae", directory=tmp_path, finish=0.2)
