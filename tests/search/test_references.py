"""Reference models of small searches: noted in the journal, beside the network, never a failure."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tftune
from tftune.journal.journal import Journal
from tftune.journal.recorder import Recorder
from tftune.search import references
from tftune.search.references import SearchReferences, best_name, references_of_program
from tftune.training.folds import fold_data

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3)).astype("float32")
Y = (X[:, 0] + 0.5 * RANDOM.normal(size=90) > 0).astype("float32")
TRAIN, VALIDATION, TEST = (X[:40], Y[:40]), (X[40:60], Y[40:60]), (X[60:], Y[60:])
PARTS = {"train": TRAIN, "validation": VALIDATION}


def build(hp: Any) -> keras.Model:
    layer = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((3,)), layer])
    hp.Float("rate", 0.001, 0.1)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def tuner_in(path: Path, **options: Any) -> tftune.Tuner:
    given = {"objective": "val_accuracy", "max_trials": 2, "workers": 0, "directory": path}
    given |= {"references": True, "listeners": [], **options}
    return tftune.Tuner(build, "random", **given)


def test_a_search_of_two_trials_has_them_on_both_splits(tmp_path: Path) -> None:
    tuner = tuner_in(tmp_path)
    tuner.search(*TRAIN, validation_data=VALIDATION, epochs=1, verbose=0)
    validation = tuner.state.references["validation"]
    assert [each["name"] for each in validation["models"]] == [
        "majority class",
        "logistic regression",
    ]
    share = max(VALIDATION[1].mean(), 1 - VALIDATION[1].mean())
    majority = validation["models"][0]["metrics"]["accuracy"]["value"]
    assert majority in (pytest.approx(share), pytest.approx(1 - share))
    assert validation["best"] == "logistic regression" and validation["metric"] == "accuracy"
    metrics = tuner.evaluate_best(*TEST)
    test = tuner.state.references["test"]
    assert test["network"]["accuracy"]["value"] == pytest.approx(metrics["accuracy"], abs=1e-5)
    assert test["comparison"]["with"] == "logistic regression"
    assert test["rows"] == 30 and test["best"] == "logistic regression"
    resumed = tuner_in(tmp_path)
    resumed.search(*TRAIN, validation_data=VALIDATION, epochs=1, verbose=0)
    assert resumed.state.references["validation"] == validation  # not fitted again
    again = tuner_in(tmp_path, overwrite=True, references=False)
    again.search(*TRAIN, validation_data=VALIDATION, epochs=1, verbose=0)
    again.evaluate_best(*TEST)
    assert again.state.references == {}


def recorded(
    path: Path, arguments: Any, options: Any, objective: str = "val_accuracy", **more: Any
) -> dict[str, Any]:
    """The record of the validation split."""
    with Journal(path / "journal.jsonl") as opened:
        recorder = Recorder(opened)
        SearchReferences(arguments, options, objective, **more).record_validation(recorder)
        return dict(recorder.state.references["validation"])


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (TRAIN, {"validation_data": VALIDATION}),
        ((), {"x": X[:40], "y": Y[:40], "validation_data": VALIDATION}),
        ((X[:60], Y[:60]), {"validation_split": 1 / 3}),
        (
            (tf.data.Dataset.from_tensor_slices(TRAIN).batch(8),),
            {"validation_data": tf.data.Dataset.from_tensor_slices(VALIDATION).batch(8)},
        ),
    ],
    ids=["arrays", "by-name", "validation-split", "datasets"],
)
def test_every_way_to_give_a_split_is_the_same(
    arguments: Any, options: Any, tmp_path: Path
) -> None:
    expected = recorded(tmp_path / "a", TRAIN, {"validation_data": VALIDATION})
    found = recorded(tmp_path / "b", arguments, options)
    assert [each["metrics"] for each in found["models"]] == [
        each["metrics"] for each in expected["models"]
    ]


def test_folds_measure_each_row_once(tmp_path: Path) -> None:
    folds = np.arange(60) % 3
    found = recorded(tmp_path, (X[:60], Y[:60]), {}, fold_of_row=folds)
    assert found["rows"] == 60 and len(found["models"]) == 2


def test_a_programs_run_has_the_folds_of_its_search_again(tmp_path: Path) -> None:
    """Rows are cut by the seed of the splits, where that is another."""
    header = {"seed": 1, "split_seed": 5, "training": {"folds": 3}, "task": "own"}
    header |= {"objective": {"name": "val_accuracy", "direction": "max"}}
    parts = {name: SimpleNamespace(load=lambda part=part: part) for name, part in PARTS.items()}
    again = references_of_program(SimpleNamespace(**parts, groups=None), header)
    with Journal(tmp_path / "journal.jsonl") as opened:
        recorder = Recorder(opened)
        again.record_validation(recorder)
        found = recorder.state.references["validation"]["models"]
    for seed in (5, 1):
        arguments, options, rows = fold_data(TRAIN, {"validation_data": VALIDATION}, 3, seed)
        told = recorded(tmp_path / str(seed), arguments, options, fold_of_row=rows, seed=1)
        same = [each["metrics"] for each in found] == [each["metrics"] for each in told["models"]]
        assert same == (seed == 5)


def test_the_best_reference_is_chosen_before_the_test_rows_are_seen() -> None:
    """On these test rows the model that was the best in validation is the worst."""
    made = SearchReferences(TRAIN, {"validation_data": VALIDATION}, "val_accuracy")
    told = made.compared(TEST[0], 1 - TEST[1], None, None, "test")
    worth = {each["name"]: each["metrics"]["accuracy"]["value"] for each in told["models"]}
    assert told["best"] == "logistic regression" == min(worth, key=worth.__getitem__)


@pytest.mark.parametrize(
    ("arguments", "options", "why"),
    [
        (TRAIN, {}, "there is no validation split"),
        ((X[:40], [Y[:40], Y[:40]]), {"validation_data": VALIDATION}, "several targets"),
        ((X[:40], np.zeros(40)), {"validation_data": (X[:2], np.ones((2, 3)))}, "several shapes"),
    ],
    ids=["no-validation", "several-targets", "shapes"],
)
def test_what_cannot_be_fitted_is_a_note(
    arguments: Any, options: Any, why: str, tmp_path: Path
) -> None:
    found = recorded(tmp_path, arguments, options)
    assert found["models"] == [] and why in found["notes"][0]


@pytest.mark.parametrize("error", [RuntimeError("odd"), KeyboardInterrupt()])
def test_nothing_fails_a_search(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(references, "fit_references", fail)
        found = recorded(tmp_path, TRAIN, {"validation_data": VALIDATION})
    assert found["notes"][0].startswith("There are no reference models: ")
    again = recorded(tmp_path, TRAIN, {"validation_data": VALIDATION})
    # what the user interrupted is done by the next session, what failed is not tried again
    assert bool(again["models"]) == isinstance(error, KeyboardInterrupt)


def test_numbers_are_compared_by_their_loss(tmp_path: Path) -> None:
    numbers = (X[:40], 2 * X[:40, 0]), (X[40:], 2 * X[40:, 0])
    found = recorded(
        tmp_path,
        numbers[0],
        {"validation_data": numbers[1]},
        "val_loss",
        losses=["mean_squared_error"],
    )
    assert found["metric"] == "mse" and found["best"] == "ridge regression"


def test_several_inputs_leave_the_majority_class(tmp_path: Path) -> None:
    pair = {"a": X, "b": X}
    options = {"validation_data": (pair, Y)}
    found = recorded(tmp_path, (pair, Y), options)
    assert [each["name"] for each in found["models"]] == ["majority class"]
    assert "several inputs" in found["notes"][0]


def test_the_best_is_the_simplest_of_equals() -> None:
    models = [{"name": name, "metrics": {"auc": {"value": 0.5}}} for name in ("first", "second")]
    assert best_name(models, "auc") == "first"
    assert best_name([], "auc") is None
