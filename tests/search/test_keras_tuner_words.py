"""A script that is moved from KerasTuner: each word of its constructors is taken or answered."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest

import tftune
from tftune.errors import UsageError


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 6))])
    model.compile("sgd", "mse")
    return model


def make(folder: Path, *arguments: Any, **changes: Any) -> tftune.Tuner:
    given = {"objective": "val_loss", "workers": 0, "directory": folder, **changes}
    return tftune.Tuner(*(arguments or (build, "random")), **given)


@pytest.mark.parametrize(
    ("keyword", "way"),
    [
        ("hyperband_iterations", r'oracle="hyperband", oracle_options=\{"iterations": '),
        ("max_epochs", r'oracle="hyperband", oracle_options=\{"max_epochs": '),
        ("factor", r'oracle_options=\{"factor": '),
        ("num_initial_points", r'oracle="gp", oracle_options=\{"initial_points": '),
        ("alpha", "the noise of the objective is learnt"),
        ("beta", r'oracle_options=\{"acquisition": "LCB"\}'),
        ("epochs", r"epochs= of search\(\)"),
        ("max_trial", "Did you mean 'max_trials'"),
        ("projectname", "Did you mean 'project_name'"),
        ("hyperband_iteration", "Did you mean 'hyperband_iterations'"),
        ("direction", r'objective=keras_tuner\.Objective\(name, "max"\)'),
        ("n_trials", r"max_trials=\.\.\."),
        ("study_name", "project_name="),
        ("scramble", "option of the search method sobol, halton"),
        ("zzz", "Remove it"),
    ],
)
def test_an_unknown_keyword_is_answered_with_the_way(
    keyword: str, way: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"no argument '{keyword}'.*{way}") as caught:
        make(tmp_path, **{keyword: 1})
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    "kind",
    [
        keras_tuner.RandomSearch,
        keras_tuner.GridSearch,
        keras_tuner.BayesianOptimization,
        keras_tuner.Hyperband,
        keras_tuner.Tuner,
        keras_tuner.engine.base_tuner.BaseTuner,
    ],
)
def test_every_keyword_of_keras_tuners_tuners_is_taken_or_answered(
    kind: type, tmp_path: Path
) -> None:
    ours = inspect.signature(tftune.Tuner.__init__).parameters
    for name in inspect.signature(kind.__init__).parameters:
        if name not in ours and name not in ("self", "kwargs"):
            with pytest.raises(UsageError, match=f"no argument '{name}'. Write "):
                make(tmp_path, **{name: 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"distribution_strategy": "mirrored"}, "strategy.scope.*workers=0"),
        ({"tuner_id": "tuner0"}, "tuner_id is not supported.*ray_address="),
        ({"max_model_size": 0}, "max_model_size must be an integer of at least 1"),
        ({"max_model_size": "10k"}, "max_model_size must be an integer"),
    ],
)
def test_what_is_not_supported_is_refused_with_the_way(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        make(tmp_path, **changes)


def test_a_logger_is_not_used_and_that_is_said(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="logger is not used.*listeners="):
        make(tmp_path, logger=object())


def test_the_environment_of_keras_tuners_chief_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    with pytest.raises(UsageError, match="KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP is set"):
        make(tmp_path)


def test_arguments_in_keras_tuners_order_are_refused(tmp_path: Path) -> None:
    oracle = keras_tuner.oracles.RandomSearchOracle(objective="val_loss", max_trials=1)
    for arguments, message in (
        ((build, "val_loss"), "'val_loss', which is an objective"),
        ((build, keras_tuner.Objective("score", "max")), "which is an objective"),
        ((build, "random", "val_loss", 10), "all else by keyword. Received also: 'val_loss', 10"),
        ((oracle, build), "The model comes first"),
    ):
        with pytest.raises(UsageError, match=message):
            make(tmp_path, *arguments)
