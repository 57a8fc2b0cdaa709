"""Errors that end a search are KerasTuner's, too, and leave its results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloudpickle
import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tftune.errors import TftuneError, UsageError
from tftune.search.fatal import fatal_error
from tftune.training.task import fatal_kind

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
ERRORS = keras_tuner.errors


@pytest.mark.parametrize(
    ("name", "also"),
    [
        (None, ()),
        ("FatalError", ()),
        ("FatalValueError", (ERRORS.FatalValueError,)),
        ("FatalTypeError", (ERRORS.FatalTypeError, TypeError)),
        ("FatalRuntimeError", (ERRORS.FatalRuntimeError, RuntimeError)),
    ],
)
def test_an_error_is_caught_by_both_names(name: str | None, also: tuple[type, ...]) -> None:
    error = fatal_error("no", name)
    for kind in (ERRORS.FatalError, UsageError, TftuneError, ValueError, *also):
        assert isinstance(error, kind)
    again = cloudpickle.loads(cloudpickle.dumps(error))
    assert type(again) is type(error) and str(again) == "no" and again.exit_code == 2


def test_the_kind_is_told_by_name_also_of_a_subclass() -> None:
    class Mine(ERRORS.FatalTypeError):
        pass

    assert fatal_kind(Mine("x")) == "FatalTypeError"
    assert fatal_kind(ERRORS.FatalError("x")) is None and fatal_kind(TypeError("x")) is None


class Moody(keras_tuner.HyperModel):
    """Raises an error from the second trial on, in `build` or in `fit`."""

    def __init__(self, error: type[Exception], where: str) -> None:
        super().__init__()
        self.error, self.where = error, where

    def build(self, hp: Any) -> keras.Model:
        units = hp.Int("units", 1, 6)
        if self.where == "build" and units > 1:
            raise self.error("moody")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])
        model.add(keras.layers.Dense(1))
        model.compile("sgd", "mse", run_eagerly=True)
        return model

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        if self.where == "fit" and hp.get("units") > 1:
            raise self.error("moody")
        return model.fit(*args, **kwargs)


def make(folder: Path, hypermodel: Any, **changes: Any) -> tftune.Tuner:
    given: dict[str, Any] = {"objective": "loss", "workers": 0, "directory": folder, **changes}
    return tftune.Tuner(hypermodel, "random", start=[{"units": 1}], **given)


@pytest.mark.parametrize("where", ["build", "fit"])
@pytest.mark.parametrize("kind", [ERRORS.FatalError, ERRORS.FatalValueError])
def test_a_fatal_error_of_a_trial_ends_the_search(
    kind: type[Exception], where: str, tmp_path: Path
) -> None:
    tuner = make(tmp_path, Moody(kind, where), max_trials=5)
    with pytest.raises(kind, match="Trial 0001 cannot run, and no other could. moody"):
        tuner.search(X, Y, verbose=0)
    assert [trial.status for trial in tuner.state.trials.values()] == ["completed", "failed"]
    assert (tmp_path / "search" / "trials.csv").exists()
    assert (tmp_path / "search" / "summary.json").exists()
    assert len(make(tmp_path, Moody(kind, where), max_trials=5).state.trials) == 2


@pytest.mark.slow
def test_trials_beside_a_fatal_one_end_with_it(tmp_path: Path) -> None:
    tuner = make(tmp_path, Moody(ERRORS.FatalError, "fit"), max_trials=6, workers=2)
    with pytest.raises(ERRORS.FatalError, match="moody"):
        tuner.search(X, Y, epochs=2, verbose=0)
    statuses = {trial.status for trial in tuner.state.trials.values()}
    assert statuses <= {"completed", "failed"} and "failed" in statuses
    assert ",running," not in (tmp_path / "search" / "trials.csv").read_text()


@pytest.mark.parametrize("where", ["build", "fit"])
def test_rejected_trials_in_a_row_end_the_search_without_a_retry(
    where: str, tmp_path: Path
) -> None:
    moody = Moody(ERRORS.FailedTrialError, where)
    tuner = make(tmp_path, moody, max_consecutive_failed_trials=2, max_retries_per_trial=3)
    with pytest.warns(UserWarning, match="2 trials in a row crashed"):
        tuner.search(X, Y, verbose=0)
    trials = list(tuner.state.trials.values())
    assert [trial.status for trial in trials] == ["completed", "failed", "failed"]
    assert [trial.attempt for trial in trials] == [1, 1, 1] and trials[1].message == "moody"
