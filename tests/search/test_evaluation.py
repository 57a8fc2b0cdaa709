"""What is remembered of the use of the test split."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.search.test_tuner import FIT, X, Y, make
from tftune.errors import RunFolderError, UsageError
from tftune.journal.journal import read
from tftune.journal.run_folder import OWN_NAMES, RunFolder
from tftune.journal.state import SearchState
from tftune.search.evaluation import evaluate_run, record_use
from tftune.search.load_run import load_run

TEST = X[70:], Y[70:]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tuner whose best trial was evaluated."""
    tuner = make(tmp_path_factory.mktemp("evaluated"), max_trials=2)
    tuner.search(**FIT)
    tuner.evaluate_best(*TEST)
    return tuner


def records_of(tuner: Any) -> list[dict[str, Any]]:
    return read(tuner.folder.journal)[0]


def test_metrics_are_as_ever_and_the_record_follows_them(evaluated: Any) -> None:
    test, record = records_of(evaluated)[-2:]
    model = evaluated.get_best_models()[0]
    assert test["metrics"] == pytest.approx(model.evaluate(*TEST, verbose=0, return_dict=True))
    assert set(test) == {"kind", "trial_id", "metrics", "time"}
    assert (record["kind"], record["split"], record["rows"]) == ("evaluation", "test", 20)
    assert record["trial_id"] == test["trial_id"] and "again" not in record
    accuracy = record["report"]["metrics"]["accuracy"]
    assert accuracy["value"] == pytest.approx(test["metrics"]["accuracy"], abs=1e-6)
    assert evaluated.state.evaluations == [record] and evaluated.state.test_uses == 1
    assert evaluated.state.evaluation() == record
    summary = json.loads(evaluated.folder.summary.read_text())
    assert summary["test_intervals"]["accuracy"] == [accuracy["low"], accuracy["high"]]
    assert "loss" not in summary["test_intervals"]


def test_predictions_are_kept_beside_the_journal(evaluated: Any) -> None:
    with np.load(evaluated.folder.predictions, allow_pickle=False) as kept:
        assert set(kept.files) == {"kind", "probabilities", "labels", "fingerprint", "trial_id"}
        told = evaluated.get_best_models()[0].predict(X[70:], verbose=0)
        np.testing.assert_allclose(kept["probabilities"], told, rtol=1e-5)
        np.testing.assert_array_equal(kept["labels"], Y[70:, 0])
        assert kept["labels"].dtype == np.int64 and kept["probabilities"].shape == (20, 1)
        assert str(kept["trial_id"]) == evaluated.state.best().trial_id
    assert evaluated.folder.predictions.name in OWN_NAMES


def test_asking_again_uses_nothing_again(evaluated: Any) -> None:
    before = evaluated.folder.journal.read_bytes()
    evaluated.evaluate_best(*TEST)
    make(evaluated.folder.path.parent, max_trials=2).evaluate_best(*TEST)
    assert evaluated.folder.journal.read_bytes() == before


def test_a_use_on_another_day_is_counted_and_costs_no_search_time(tmp_path: Path) -> None:
    tuner = make(tmp_path, max_trials=1)
    tuner.search(**FIT)
    tuner.evaluate_best(*TEST)
    run = load_run(tuner.folder.path)
    found = evaluate_run(run, run.best_model(), *TEST)
    assert found.metrics == pytest.approx(dict(run.state.test["metrics"]), rel=1e-5)
    state = record_use(run, run.best_trial().trial_id, found)
    assert state.test_uses == 2 and len(state.evaluations) == 2
    assert state.evaluations[1]["again"] is True
    assert state.evaluations[0]["report"] == state.evaluations[1]["report"]
    later = [{**record, "time": record["time"] + 10**6} for record in read(tuner.folder.journal)[0]]
    first = [record for record in later if record["kind"] not in ("test", "evaluation")]
    assert SearchState().apply_all(later).wall_seconds == pytest.approx(
        SearchState().apply_all(first).wall_seconds
    )
    with pytest.raises(RunFolderError, match="Expected trial 0009 to be the best still"):
        record_use(run, "0009", found)
    tuner.reload()
    more = make(tmp_path, max_trials=2)
    more.search(**FIT)  # records of evaluations are no obstacle
    assert len(more.state.trials) == 2 and more.state.test_uses == 2


def test_numbers_have_a_report_of_their_own(tmp_path: Path) -> None:
    def numbers(hp: Any) -> Any:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Int("units", 1, 1))])
        model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
        return model

    tuner = make(tmp_path, numbers, objective="val_mae", max_trials=1)
    tuner.search(**{**FIT, "epochs": 1})
    metrics = tuner.evaluate_best(*TEST)
    report = tuner.state.evaluation()["report"]
    assert report["kind"] == "regression"
    assert report["metrics"]["mae"]["value"] == pytest.approx(metrics["mae"], rel=1e-4)
    assert set(json.loads(tuner.folder.summary.read_text())["test_intervals"]) == {"mae"}


def test_other_models_are_evaluated_as_ever_and_nothing_else_is_said(tmp_path: Path) -> None:
    def several(hp: Any) -> Any:
        inputs = keras.Input((4,))
        outputs = [keras.layers.Dense(1, name=f"out_{n}")(inputs) for n in range(hp.Int("n", 2, 2))]
        model = keras.Model(inputs, outputs)
        model.compile("adam", ["mse", "mse"], run_eagerly=True)
        return model

    data = {
        "x": X[:50],
        "y": [Y[:50], Y[:50]],
        "validation_data": (X[50:70], [Y[50:70], Y[50:70]]),
    }
    tuner = make(tmp_path, several, objective="val_loss", max_trials=1)
    tuner.search(**data, epochs=1, verbose=0)
    assert tuner.evaluate_best(X[70:], [Y[70:], Y[70:]])["loss"] > 0
    assert tuner.state.evaluations == [] and not tuner.folder.predictions.exists()
    assert tuner.state.test_uses == 1 and tuner.state.evaluation() is None
    assert json.loads(tuner.folder.summary.read_text())["test_intervals"] == {}


@pytest.mark.slow
def test_a_use_that_tells_only_metrics_is_counted_too(tmp_path: Path) -> None:
    tuner = make(tmp_path, max_trials=1)
    tuner.search(**FIT)
    tuner.evaluate_best(*TEST)
    run = load_run(tuner.folder.path)
    found = replace(evaluate_run(run, run.best_model(), *TEST), predictions=None)
    state = record_use(run, run.best_trial().trial_id, found)
    assert state.test_uses == 2 and len(state.evaluations) == 1
    with pytest.raises(UsageError, match=r"inputs as .* \[4\].*Received: <ndarray of"):
        evaluate_run(run, run.best_model(), X[70:, :3], Y[70:])


def test_a_folder_of_its_own_names_is_cleared_of_predictions(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.journal.write_text("")
    folder.predictions.write_bytes(b"")
    folder.clear()
    assert list(tmp_path.iterdir()) == []
