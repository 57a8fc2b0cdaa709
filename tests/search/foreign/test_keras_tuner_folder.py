"""Projects of KerasTuner: what is taken of them, and which metric was searched for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.search.foreign.sources import project
from tftune.errors import UsageError
from tftune.search.foreign.foreign_trials import Asked
from tftune.search.foreign.reading import read_foreign

UNITS = {"values": {"units": 8, "rate": 0.1}}


def test_trials_keep_their_state_and_the_metric_is_found(tmp_path: Path) -> None:
    failed = {**UNITS, "status": "FAILED", "score": None, "metrics": {}}
    invalid, running = {**failed, "status": "INVALID"}, {**failed, "status": "RUNNING"}
    folder = project(tmp_path / "p", [UNITS, {**UNITS, "score": 0.25}, failed, invalid, running])
    found = read_foreign(folder)
    assert [(trial.score, trial.status) for trial in found.trials] == [
        (0.5, "completed"),
        (0.25, "completed"),
        (None, "failed"),
        (None, "failed"),
    ]
    assert (found.objective, found.direction) == ("val_loss", "min")
    assert found.trials[0].values == UNITS["values"] and found.notes == ("1 running left out",)


def test_a_trial_without_a_finite_score_has_failed(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", [UNITS, {**UNITS, "score": float("nan")}])
    found = read_foreign(folder)
    assert [trial.status for trial in found.trials] == ["completed", "failed"]
    assert found.notes == ("1 completed without a finite score count as failed",)


def test_another_metric_is_taken_where_it_is_stated(tmp_path: Path) -> None:
    metrics = {"val_loss": 0.5, "val_accuracy": 0.875}
    folder = project(tmp_path / "p", [{**UNITS, "metrics": metrics}])
    found = read_foreign(folder, Asked("val_accuracy"))
    assert (found.objective, found.direction) == ("val_loss", "min")  # refused by the search
    stated = read_foreign(folder, Asked("val_accuracy", stated=True))
    assert (stated.objective, stated.direction) == ("val_accuracy", "max")
    assert stated.trials[0].score == 0.875
    with pytest.raises(UsageError, match="has the metric 'auc'. Expected one of: val_loss, val_ac"):
        read_foreign(folder, Asked("auc", stated=True))


def test_of_a_hyperband_the_whole_trainings_are_taken(tmp_path: Path) -> None:
    trials = [
        {"values": {"units": units, "tuner/epochs": epochs, "tuner/bracket": 1}}
        for units, epochs in ((1, 2), (2, 2), (3, 6))
    ]
    found = read_foreign(project(tmp_path / "p", trials))
    assert [trial.values for trial in found.trials] == [{"units": 3}]
    assert found.notes == ("2 of fewer than 6 epochs left out",)


def cut(file: Path) -> None:
    file.write_text(file.read_text()[:50])


def without_values(file: Path) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), "hyperparameters": {}}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut, r"trial_00.trial\.json cannot be read as a trial of KerasTuner"),
        (without_values, "Received: \"no 'values' in it\""),
        (lambda file: file.write_text("[" * 100_000), "cannot be read as a trial of KerasTuner"),
        (lambda file: file.write_text("3"), "cannot be read as a trial of KerasTuner"),
        (lambda file: file.unlink(), "has no trials. Expected folders trial_"),
    ],
    ids=["cut", "without values", "deep", "a number", "no trials"],
)
def test_a_damaged_project_is_one_error(tmp_path: Path, change: Any, said: str) -> None:
    folder = project(tmp_path / "p", [UNITS])
    change(folder / "trial_00" / "trial.json")
    with pytest.raises(UsageError, match=said):
        read_foreign(folder)


def test_the_folder_around_a_project_and_a_file_in_it_lead_to_it(tmp_path: Path) -> None:
    folder = project(tmp_path / "around" / "p", [UNITS])
    with pytest.raises(UsageError, match="holds KerasTuner projects.*Expected one of: .*around.p"):
        read_foreign(folder.parent)
    with pytest.raises(UsageError, match="is one file of a KerasTuner project. Expected its fold"):
        read_foreign(folder / "oracle.json", Asked())


@pytest.mark.parametrize(
    ("field", "value"), [("status", ["COMPLETED"]), ("best_step", [2]), ("best_step", {})]
)
def test_a_field_of_another_type_is_not_followed(tmp_path: Path, field: str, value: Any) -> None:
    folder = project(tmp_path / "tuner", [{"values": {"units": 8}}, {"values": {"units": 9}}])
    file = folder / "trial_00" / "trial.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), field: value}))
    found = read_foreign(folder)
    assert found.trials[-1].values == {"units": 9}


@pytest.mark.parametrize("direction", ["up", None, [1]])
def test_a_direction_that_is_none_is_not_told(tmp_path: Path, direction: Any) -> None:
    folder = project(tmp_path / "tuner", [{"values": {"units": 8}}])
    file = folder / "trial_00" / "trial.json"
    told = json.loads(file.read_text())
    told["metrics"]["metrics"]["val_loss"]["direction"] = direction
    file.write_text(json.dumps(told))
    found = read_foreign(folder)
    assert (found.objective, found.direction) == ("val_loss", None)
