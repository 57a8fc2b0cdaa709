"""Subclasses of `Tuner` that run their trials themselves, as KerasTuner's guides have them."""

from __future__ import annotations

import csv
import json
import pickle
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from sklearn import linear_model

import tftune
from tftune.errors import UsageError
from tftune.training.inputs.fingerprint import fingerprint

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(48, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True).astype("float32")
FIT: dict[str, Any] = {"validation_data": (X[32:], Y[32:]), "epochs": 2, "verbose": 0}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 6))])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    return model


def options(folder: Path, **changes: Any) -> dict[str, Any]:
    given = {"oracle": "random", "max_trials": 3, "directory": folder, "project_name": "run"}
    return {**given, **changes}


class Parabola(tftune.Tuner):
    """Tunes a function: no model, no objective."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        x = trial.hyperparameters.Float("x", -1.0, 1.0)
        return x * x + 1


def records(tuner: tftune.Tuner) -> list[tuple[dict[str, Any], float | None]]:
    return [(trial.values, trial.score) for trial in tuner.state.trials.values()]


def test_any_function_is_tuned_with_journal_and_best_hyperparameters(tmp_path: Path) -> None:
    tuner = Parabola(**options(tmp_path, max_trials=8))
    tuner.search(verbose=0)
    assert not tuner.plan.run.in_children and len(tuner.state.trials) == 8
    assert records(tuner)[0] == ({"x": -1.0}, 2.0)  # the default, as a knob meets it first
    best = tuner.get_best_hyperparameters()[0].get("x")
    assert tuner.state.best().score == best * best + 1 == min(score for _, score in records(tuner))
    assert tuner.oracle.get_best_trials()[0].score == tuner.state.best().score
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["best"]["values"] == {"x": best} and summary["trials"]["completed"] == 8


def test_half_a_search_and_the_rest_are_the_whole(tmp_path: Path) -> None:
    Parabola(**options(tmp_path, max_trials=3, oracle="gp-fast")).search(verbose=0)
    rest = Parabola(**options(tmp_path, max_trials=7, oracle="gp-fast"))
    rest.search(verbose=0)
    whole = Parabola(**options(tmp_path, max_trials=7, oracle="gp-fast", project_name="whole"))
    whole.search(verbose=0)
    assert records(rest) == records(whole)


def history(losses: list[float]) -> keras.callbacks.History:
    made = keras.callbacks.History()
    made.epoch = list(range(len(losses)))
    made.history = {"loss": losses, "other": [2 * loss for loss in losses]}
    return made


@pytest.mark.parametrize(
    ("returned", "score", "best_epoch"),
    [
        (3, 3.0, None),
        (np.float32(0.5), 0.5, None),
        (np.array(0.25), 0.25, None),
        ({"loss": 0.5, "note": "text", "other": 1}, 0.5, None),
        (history([3.0, 1.0, float("nan"), 2.0]), 1.0, 2),
        ([1.0, 2.0], 1.5, None),
        ([{"loss": 1.0}, {"loss": 3.0}], 2.0, None),
        ([history([3.0, 1.0]), history([1.0, 2.0])], 1.0, 1),
    ],
)
def test_what_run_trial_may_return(
    returned: Any, score: float, best_epoch: int | None, tmp_path: Path
) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, **kwargs: Any) -> Any:
            trial.hyperparameters.Boolean("flag")
            return returned

    tuner = Own(**options(tmp_path, objective="loss", max_trials=1))
    tuner.search(verbose=0)
    best = tuner.state.best()
    assert (best.score, best.best_epoch, best.metrics["loss"]) == (score, best_epoch, score)


@pytest.mark.parametrize(
    ("returned", "objective", "kind", "message"),
    [
        (None, "loss", TypeError, "Did you forget to return the metrics"),
        ("good", "loss", TypeError, "must return a number.*'good' of type str"),
        (True, "loss", TypeError, "of type bool"),
        ([], "loss", TypeError, "It is empty"),
        ({"mae": 0.5}, "loss", ValueError, r"without the objective. Expected 'loss'.*\['mae'\]"),
        ({"loss": "low"}, "loss", TypeError, "'loss' of Tuner.run_trial"),
        ({"mae": 0.5}, None, TypeError, "one number where no objective was given"),
        (history([1.0]), None, TypeError, "one number where no objective was given"),
    ],
)
def test_what_run_trial_may_not_return_ends_the_search_as_a_fatal_error(
    returned: Any, objective: str | None, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, **kwargs: Any) -> Any:
            return returned

    tuner = Own(**options(tmp_path, objective=objective))
    with pytest.raises(keras_tuner.errors.FatalError, match=f"(?s){message}") as caught:
        tuner.search(verbose=0)
    assert isinstance(caught.value, kind) and isinstance(caught.value, UsageError)
    assert tuner.state.counts() == {"completed": 0, "pruned": 0, "failed": 1}


def test_results_may_be_told_to_the_oracle_instead(tmp_path: Path) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any) -> None:
            x = trial.hyperparameters.Float("x", 0.0, 1.0)
            for step, score in enumerate([x, x + 1, x + 0.5]):
                self.oracle.update_trial(trial.trial_id, {"score": score, "x": x}, step=step)

    tuner = Own(**options(tmp_path, objective=keras_tuner.Objective("score", "max")))
    tuner.search()
    assert all(trial.score == trial.values["x"] + 1 for trial in tuner.state.trials.values())
    assert tuner.state.best().metrics.keys() == {"score", "x"}


def test_a_loop_of_ones_own_tells_its_epochs_and_its_best_model_is_kept(tmp_path: Path) -> None:
    """KerasTuner's guide to custom training loops."""

    class Loop(tftune.Tuner):
        def run_trial(self, trial: Any, x_train: Any, y_train: Any) -> None:
            model = self.hypermodel.build(trial.hyperparameters)
            rate = trial.hyperparameters.Float("rate", 1e-3, 1e-1, sampling="log")
            for epoch in range(3):
                self.on_epoch_begin(trial, model, epoch, logs={})
                loss = model.train_on_batch(x_train, y_train, return_dict=True)["loss"]
                loss = loss if epoch < 2 else 99.0  # the last one is the worst
                self.on_epoch_end(trial, model, epoch, logs={"loss": loss, "rate": rate})

    tuner = Loop(hypermodel=build, **options(tmp_path, objective="loss"))
    tuner.search(x_train=X, y_train=Y)
    for trial in tuner.state.trials.values():
        assert [epoch for epoch, _ in trial.epochs] == [1, 2, 3] and trial.best_epoch == 2
        assert trial.score == trial.epochs[1][1]["loss"]
    model = tuner.get_best_models()[0]
    assert float(model.evaluate(X, Y, verbose=0)[0]) < tuner.state.best().epochs[0][1]["loss"]


def test_knobs_for_training_and_then_as_usual(tmp_path: Path) -> None:
    """The commonest subclass of all: `super().run_trial` with a batch size and epochs."""

    class Batches(tftune.Tuner):
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            kwargs["batch_size"] = trial.hyperparameters.Int("batch_size", 8, 32, step=8)
            kwargs["epochs"] = trial.hyperparameters.Int("epochs", 1, 3)
            results = super().run_trial(trial, *args, **kwargs)
            assert len(results[0].history["val_loss"]) == kwargs["epochs"]
            return results

    tuner = Batches(build, **options(tmp_path, objective="val_loss", max_trials=4))
    tuner.search(X[:32], Y[:32], **FIT)
    trials = list(tuner.state.trials.values())
    assert [len(trial.epochs) for trial in trials] == [trial.values["epochs"] for trial in trials]
    model = tuner.get_best_models()[0]
    found = model.evaluate(X[32:], Y[32:], verbose=0)[0]
    assert found == pytest.approx(tuner.state.best().score, rel=1e-5)


def test_as_usual_is_what_a_search_without_the_subclass_does(tmp_path: Path) -> None:
    class Same(tftune.Tuner):
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            return super().run_trial(trial, *args, **kwargs)

    results = []
    for kind, name in ((Same, "own"), (tftune.Tuner, "plain")):
        given = options(tmp_path, objective="val_loss", project_name=name, max_trials=4)
        given |= {"oracle": "hyperband", "oracle_options": {"max_epochs": 2, "factor": 2}}
        tuner = kind(build, workers=0, **given)
        tuner.search(X[:32], Y[:32], **FIT)
        results.append(records(tuner))
    assert results[0] == results[1]


def test_a_search_that_grows_does_without_weights_that_are_gone(tmp_path: Path) -> None:
    class Own(tftune.Tuner):
        def _build_and_fit_model(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            return super()._build_and_fit_model(trial, *args, **kwargs)

    given = options(tmp_path, objective="val_loss", workers=0, scheduler="asha")
    given |= {"oracle": "hyperband", "oracle_options": {"max_epochs": 4, "factor": 2}}
    for kind, name in ((Own, "own"), (tftune.Tuner, "plain")):
        given["project_name"] = name
        kind(build, **given | {"max_trials": 4}).search(X[:32], Y[:32], **FIT)
        tuner = kind(build, **given | {"max_trials": 6})
        with pytest.warns(UserWarning, match="goes on without them trains its first epochs again"):
            tuner.search(X[:32], Y[:32], **FIT)
        again = [each for each in tuner.state.trials.values() if each.parent]
        assert again and all(each.score is not None for each in tuner.state.trials.values())
        assert {each.first_epoch for each in again} == {0, 1}
        assert [len(each.epochs) for each in again] == [2 - each.first_epoch for each in again]
    whole = tftune.Tuner(build, **given | {"project_name": "whole", "max_trials": 6})
    whole.search(X[:32], Y[:32], **FIT)
    scores = [[each.score for each in one.state.trials.values()] for one in (tuner, whole)]
    assert scores[0] == scores[1]


@pytest.mark.slow
def test_the_model_that_is_built_and_fitted_by_an_override(tmp_path: Path) -> None:
    class Fitting(tftune.Tuner):
        calls = 0

        def _build_and_fit_model(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            kwargs["batch_size"] = trial.hyperparameters.Int("batch_size", 8, 16, step=8)
            return super()._build_and_fit_model(trial, *args, **kwargs)

    given = options(tmp_path, objective="val_loss", max_trials=2, executions_per_trial=2)
    tuner = Fitting(build, **given)
    tuner.search(X[:32], Y[:32], **FIT)
    assert tuner.calls == 4 and "batch_size" in tuner.state.best().values
    assert len(tuner.get_best_models()) == 1
    trial = tuner.oracle.create_trial("by hand")
    trial = keras_tuner.engine.trial.Trial(tuner.oracle.get_space(), "0009", "RUNNING")
    assert len(tuner.run_trial(trial, X[:32], Y[:32], **FIT)[0].history["val_loss"]) == 2


def test_a_model_that_is_not_of_keras_is_saved_and_loaded_by_overrides(tmp_path: Path) -> None:
    class Sklearn(tftune.Tuner):
        def run_trial(self, trial: Any, x: Any, y: Any, validation_data: Any) -> Any:
            model = self.hypermodel.build(trial.hyperparameters)
            model.fit(x, y)
            self.save_model(trial.trial_id, model)
            return {"score": model.score(*validation_data)}

        def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
            (Path(self.get_trial_dir(trial_id)) / "model").write_bytes(pickle.dumps(model))

        def load_model(self, trial: Any) -> Any:
            assert trial.hyperparameters.values and trial.status == "COMPLETED"
            file = Path(self.get_trial_dir(trial.trial_id)) / "model"
            return pickle.loads(file.read_bytes())

    def regression(hp: Any) -> Any:
        return linear_model.Ridge(alpha=hp.Float("alpha", 1e-3, 1e3, sampling="log"))

    objective = keras_tuner.Objective("score", "max")
    tuner = Sklearn(hypermodel=regression, **options(tmp_path, objective=objective))
    tuner.search(X[:32], Y[:32], validation_data=(X[32:], Y[32:]))
    scores = [model.score(X[32:], Y[32:]) for model in tuner.get_best_models(2)]
    assert scores == [trial.score for trial in tuner.state.ranked(2)]
    again = options(tmp_path, objective=objective, overwrite=True)
    Sklearn(hypermodel=regression, **again)
    assert not (tmp_path / "run" / "trials").exists()


def test_a_model_that_nobody_saved_is_missed_in_words(tmp_path: Path) -> None:
    tuner = Parabola(**options(tmp_path, max_trials=1))
    tuner.search(verbose=0)
    with pytest.raises(UsageError, match="cannot be loaded: none was saved"):
        tuner.get_best_models()

    class Unsaved(tftune.Tuner):
        def run_trial(self, trial: Any) -> float:
            return float(self.hypermodel.build(trial.hyperparameters).count_params())

    tuner = Unsaved(build, **options(tmp_path, max_trials=1, project_name="unsaved"))
    tuner.search()
    with pytest.raises(UsageError, match=r"none was saved. .*self.save_model"):
        tuner.get_best_models()


@pytest.mark.slow
def test_without_a_hypermodel_a_saved_model_is_loaded_as_keras_describes_it(
    tmp_path: Path,
) -> None:
    class Alone(tftune.Tuner):
        def run_trial(self, trial: Any, x: Any, y: Any) -> float:
            units = trial.hyperparameters.Int("units", 1, 6)
            model = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])
            model.compile("sgd", "mse")
            model.fit(x, y, verbose=0)
            self.save_model(trial.trial_id, model)
            return float(model.evaluate(x, y, verbose=0))

    tuner = Alone(**options(tmp_path, max_trials=2))
    tuner.search(X, Y)
    for model in (tuner.get_best_models()[0], tftune.load_run(tmp_path / "run").best_model()):
        loss = float(np.mean((model.predict(X, verbose=0) - Y) ** 2))
        assert loss == pytest.approx(tuner.state.best().score, rel=1e-5)


def test_failures_are_retried_rejected_or_end_the_search(tmp_path: Path) -> None:
    class Failing(tftune.Tuner):
        runs = 0

        def run_trial(self, trial: Any) -> float:
            self.runs += 1
            value = trial.hyperparameters.Int("value", 1, 5)
            if value in (2, 3):
                raise self.plan_error(f"wrong value {value}")  # type: ignore[attr-defined]
            return float(value)

    for error, runs in ((ValueError, 5 + 2 * 2), (keras_tuner.errors.FailedTrialError, 5)):
        name = error.__name__
        given = options(tmp_path, oracle="grid", max_trials=None, project_name=name)
        tuner = Failing(max_retries_per_trial=2, **given)
        tuner.plan_error = error
        tuner.search(verbose=0)
        assert tuner.runs == runs and tuner.state.counts()["failed"] == 2
        told = [trial.message for trial in tuner.state.trials.values() if trial.message]
        assert all("wrong value" in message for message in told)


def test_a_call_that_run_trial_cannot_take_is_refused_before_the_first_trial(
    tmp_path: Path,
) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, x_train: Any, y_train: Any = None) -> float:
            return 1.0

    for arguments, message in (
        ({"x": X}, "missing a required argument: 'x_train'"),
        ({"x_train": X, "epochs": 2}, "got an unexpected keyword argument 'epochs'"),
    ):
        with pytest.raises(UsageError, match=rf"Own.run_trial takes: {message}"):
            Own(**options(tmp_path)).search(**arguments)
    assert not (tmp_path / "run").exists()
    Own(**options(tmp_path, max_trials=1)).search(X, verbose=0)  # which is not for run_trial


def test_a_trial_that_gives_no_finite_number_failed(tmp_path: Path) -> None:
    class Diverging(tftune.Tuner):
        def run_trial(self, trial: Any) -> float:
            return float("nan") if trial.hyperparameters.Boolean("diverge") else 1.0

    tuner = Diverging(**options(tmp_path, oracle="grid", max_trials=None))
    tuner.search(verbose=0)
    assert tuner.state.counts() == {"completed": 1, "pruned": 0, "failed": 1}


def test_another_call_of_search_is_another_search(tmp_path: Path) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, data: Any, **kwargs: Any) -> float:
            return float(trial.hyperparameters.Float("x", 0.0, 1.0))

    Own(**options(tmp_path)).search(data=X, rate=0.5, verbose=0)
    Own(**options(tmp_path)).search(data=X, rate=0.5, verbose=1)
    for changed in ({"data": X[:9]}, {"data": [X]}, {"rate": 0.25}):
        with pytest.raises(tftune.RunFolderError, match="data: fingerprint"):
            Own(**options(tmp_path)).search(**{"data": X, "rate": 0.5, **changed})
    assert fingerprint((X,), {"a": iter([1])}) == fingerprint((X,), {"a": iter([2])})


def test_after_a_fatal_error_the_results_are_there_and_nothing_runs(tmp_path: Path) -> None:
    class Fatal(tftune.Tuner):
        def run_trial(self, trial: Any) -> float:
            if trial.trial_id == "0002":
                raise keras_tuner.errors.FatalRuntimeError("enough")
            return float(trial.hyperparameters.Float("x", 0.0, 1.0))

    tuner = Fatal(**options(tmp_path, max_trials=9))
    with pytest.raises(keras_tuner.errors.FatalRuntimeError, match="Trial 0002 cannot.*enough"):
        tuner.search(verbose=0)
    with (tmp_path / "run" / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["completed", "completed", "failed"]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["trials"] == {"completed": 2, "pruned": 0, "failed": 1} and summary["best"]
    assert not tuner.state.standing.running and tuner.state.finish["reason"] == "error"
