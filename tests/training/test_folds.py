"""Folds: every row validates once, groups stay whole, classes stay even; and a search on folds from
end to end.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.datasets import hemolytic_peptides
from tftune.errors import RunFolderError, UsageError
from tftune.journal.journal import read
from tftune.training.folds import assign_folds, fold_data, join_parts, select_fold
from tftune.training.settings import TrainingSettings

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(90, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0.5).astype("float32")


def sizes(fold_of_row: np.ndarray) -> list[int]:
    return np.bincount(fold_of_row).tolist()


def test_folds_have_equal_sizes_and_equal_shares_of_each_class() -> None:
    y = np.repeat([0, 1, 2], [60, 24, 6])
    folds = assign_folds(y, 3, seed=0)
    assert sizes(folds) == [30, 30, 30]
    assert [np.bincount(y[folds == fold]).tolist() for fold in range(3)] == [[20, 8, 2]] * 3
    np.testing.assert_array_equal(
        folds, assign_folds(np.eye(3)[y], 3, seed=0)
    )  # one-hot targets are the same classes


@pytest.mark.parametrize(
    "y",
    [Y, np.eye(3)[np.arange(90) % 3], X[:, :1], X],
    ids=["binary", "one-hot", "regression", "vectors"],
)
def test_groups_never_straddle_a_border(y: np.ndarray) -> None:
    groups = np.random.default_rng(1).integers(0, 30, 90)
    folds = assign_folds(y, 5, seed=3, groups=groups)
    assert set(folds) == set(range(5))
    assert all(len(set(folds[groups == group])) == 1 for group in groups)
    assert max(sizes(folds)) - min(sizes(folds)) <= 12


@pytest.mark.parametrize("groups", [None, np.arange(90) // 2], ids=["rows", "groups"])
@pytest.mark.parametrize("y", [Y, X], ids=["classes", "vectors"])
def test_the_seed_fixes_the_folds(y: np.ndarray, groups: Any) -> None:
    one, other, different = (assign_folds(y, 3, seed, groups) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, other)
    assert (one != different).any()


def test_names_of_groups_do_not_matter() -> None:
    numbers = np.random.default_rng(2).integers(0, 30, 90)
    names = np.array([f"sequence {number}" for number in numbers])
    np.testing.assert_array_equal(assign_folds(Y, 3, 0, names), assign_folds(Y, 3, 0, numbers))


def test_a_rare_class_gives_plain_folds() -> None:
    assert sizes(assign_folds(np.array([0] * 10 + [1] * 2), 3, seed=0)) == [4, 4, 4]


@pytest.mark.parametrize(
    ("y", "folds", "groups", "message"),
    [
        (Y[:2], 3, None, "folds=3 needs at least 3 rows. Received: 2. Use fewer folds"),
        (Y, 3, np.arange(90) % 2, "folds=3 needs at least 3 different groups. Received: 2"),
        (
            Y,
            3,
            np.arange(89),
            r"one entry for each row of train followed by validation, shape \(90,\). Received: "
            r"shape \(89,\)",
        ),
        (
            np.array([0] * 6 + [1] * 3),
            3,
            np.array([0, 0, 1, 1, 2, 2, 3, 3, 3]),
            "Fold . of 3 has no row of class 1",
        ),
    ],
)
def test_impossible_folds_are_refused(y: np.ndarray, folds: int, groups: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        assign_folds(y, folds, 0, groups)


def test_each_row_validates_once_and_never_trains_beside_itself() -> None:
    rows = np.arange(10)
    arguments, options, fold_of_row = fold_data(
        (rows[:7], rows[:7] % 2), {"validation_data": (rows[7:], rows[7:] % 2), "epochs": 4}, 3, 0
    )
    assert arguments[0].tolist() == rows.tolist() and options == {"epochs": 4}
    validated = []
    for fold in range(3):
        (x, y), options = select_fold(arguments, {}, fold_of_row, fold)
        inside, targets = options["validation_data"]
        assert sorted([*x, *inside]) == rows.tolist()
        np.testing.assert_array_equal(y, x % 2)
        np.testing.assert_array_equal(targets, inside % 2)
        validated += inside.tolist()
    assert sorted(validated) == rows.tolist()


def test_inputs_and_targets_stay_where_they_stood_in_the_call() -> None:
    arguments, options, y = join_parts((X,), {"y": Y, "validation_data": (X[:3], Y[:3])})
    assert (
        len(arguments) == 1
        and arguments[0].shape == (93, 4)
        and options["y"].shape == y.shape == (93, 1)
    )
    arguments, options, _ = join_parts((X, Y, 16), {})
    assert arguments[2] == 16 and options == {}
    assert fold_data((X,), {"y": Y}, 0, 0) == ((X,), {"y": Y}, None)


@pytest.mark.parametrize(
    ("arguments", "options", "received"),
    [
        (([1, 2], Y), {}, "list"),
        ((X,), {}, "NoneType"),
        ((X, Y), {"sample_weight": np.ones(90)}, "sample_weight"),
        ((X, Y), {"validation_split": 0.1}, "validation_split"),
        ((X, Y), {"validation_data": (X, Y, np.ones(90))}, "ndarray"),
    ],
)
def test_what_cannot_be_cut_into_folds_is_refused(
    arguments: Any, options: Any, received: str
) -> None:
    with pytest.raises(
        UsageError,
        match=f"Folds are cut from arrays. Expected x and y .*Received: .*{received}.*search with "
        "folds=0",
    ):
        join_parts(arguments, options)


@pytest.mark.parametrize("folds", [1, -2, 2.0, True])
def test_settings_refuse_an_impossible_number_of_folds(folds: Any) -> None:
    with pytest.raises(
        UsageError,
        match=f"folds must be an integer of at least 2. Received: {folds}",
    ):
        TrainingSettings(folds=folds)


def test_the_peptides_know_their_groups(tmp_path: Path) -> None:
    dataset = hemolytic_peptides.load("sample", cache=tmp_path)
    parts = [part.load() for part in (dataset.train, dataset.validation)]
    x, y = (np.concatenate([part[axis] for part in parts]) for axis in (0, 1))
    folds = assign_folds(y, 5, 0, dataset.groups)
    of_sequence: dict[bytes, set[int]] = {}
    for row, fold in zip(x, folds, strict=True):
        of_sequence.setdefault(row.tobytes(), set()).add(int(fold))
    assert len(of_sequence) < len(x) and all(len(found) == 1 for found in of_sequence.values())
    shares = [y[folds == fold].mean() for fold in range(5)]
    assert max(shares) - min(shares) < 0.05
    assert hemolytic_peptides.load("sample", "random", cache=tmp_path).groups is None


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


def make(folder: Path, **changes: Any) -> tftune.Tuner:
    objective = keras_tuner.Objective("val_loss", "min")
    options = {
        "objective": objective,
        "max_trials": 2,
        "workers": 0,
        "directory": folder,
        "project_name": "run",
        "folds": 3,
    }
    return tftune.Tuner(build, **{**options, **changes})


FIT = {"x": X[:50], "y": Y[:50], "validation_data": (X[50:70], Y[50:70]), "epochs": 2, "verbose": 0}
GROUPS = np.arange(70) // 2


@pytest.mark.slow
def test_a_search_on_folds_from_end_to_end(tmp_path: Path) -> None:
    tuner = make(tmp_path, groups=GROUPS)
    tuner.search(**FIT)
    assert tuner.state.counts() == {"completed": 2, "pruned": 0, "failed": 0}
    records = read(tmp_path / "run" / "journal.jsonl").records
    assert records[0]["training"]["folds"] == 3
    epochs = [record for record in records if record["kind"] == "epoch"]
    assert len(epochs) == 4 and all(len(record["folds"]["val_loss"]) == 3 for record in epochs)
    for record in epochs:
        assert record["metrics"]["val_loss"] == pytest.approx(np.mean(record["folds"]["val_loss"]))
        assert record["metrics"]["val_loss_std"] == pytest.approx(
            np.std(record["folds"]["val_loss"], ddof=1)
        )
    best = tuner.state.best()
    assert best is not None and best.score == min(
        record["metrics"]["val_loss"] for record in epochs
    )
    assert math.isfinite(best.metrics["val_loss_std"])
    metrics = tuner.evaluate_best(X[70:], Y[70:])
    assert metrics["loss"] == pytest.approx(
        tuner.get_best_models()[0].evaluate(X[70:], Y[70:], verbose=0)[0], rel=1e-5
    )
    assert (
        json.loads((tmp_path / "run" / "summary.json").read_text())["best"]["score"] == best.score
    )


@pytest.mark.slow
def test_folds_in_child_processes_give_the_same_numbers(tmp_path: Path) -> None:
    scores = []
    for workers in (0, 2):
        tuner = make(tmp_path / str(workers), workers=workers, groups=GROUPS)
        tuner.search(**FIT)
        scores.append([trial.score for trial in tuner.state.trials.values()])
    assert scores[0] == scores[1]


@pytest.mark.slow
def test_another_number_of_folds_or_other_groups_are_another_search(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1, groups=GROUPS).search(**FIT)
    before = (tmp_path / "run" / "journal.jsonl").read_bytes()
    for changes, message in [
        ({"folds": 2}, "training: folds: 3 in the folder, 2 now"),
        ({"folds": 0}, "training: folds: 3 in the folder, 0 now"),
        ({"groups": GROUPS // 2}, "data: fingerprint "),
        ({"groups": None}, "data: fingerprint "),
    ]:
        with pytest.raises(RunFolderError, match=f"holds another search:(?s:.*){message}"):
            make(tmp_path, **{"groups": GROUPS, **changes}).search(**FIT)
    assert (tmp_path / "run" / "journal.jsonl").read_bytes() == before
    resumed = make(tmp_path, groups=GROUPS)
    resumed.search(**FIT)
    assert len(resumed.state.ranked()) == 2


@pytest.mark.slow
def test_a_search_without_folds_writes_the_header_it_always_wrote(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1, folds=0, groups=GROUPS).search(
        **FIT
    )  # groups alone change nothing
    header = read(tmp_path / "run" / "journal.jsonl")[0][0]
    assert "folds" not in header["training"]
    make(tmp_path, max_trials=2, folds=0).search(**FIT)


def test_bad_groups_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"shape \(70,\). Received: shape \(50,\)"):
        make(tmp_path, groups=GROUPS[:50]).search(**FIT)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_hyperband_goes_on_with_all_folds(tmp_path: Path) -> None:
    tuner = make(
        tmp_path, oracle="hyperband", max_trials=None, oracle_options={"max_epochs": 3}, folds=2
    )
    tuner.search(**{**FIT, "epochs": None})
    promoted = [trial for trial in tuner.state.trials.values() if trial.parent]
    assert promoted and tuner.state.counts()["failed"] == 0
    assert [epoch for epoch, _ in promoted[0].epochs] == list(
        range(promoted[0].first_epoch + 1, promoted[0].last_epoch + 1)
    )
