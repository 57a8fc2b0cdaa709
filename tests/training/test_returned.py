"""What a HyperModel's own `fit` returns is the score, as in KerasTuner; its weights are kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import SETTINGS, small
from tests.training.test_trial import X, Y, run, task
from tftune.errors import UsageError
from tftune.search.tuner import Tuner
from tftune.training.checkpoints import load_checkpoint
from tftune.training.returned import score_of
from tftune.training.settings import TrainingSettings
from tftune.training.task import Outcome

VALIDATION = (X[60:], Y[60:])
DATA = {"validation_data": VALIDATION, "batch_size": 60}
NO_OBJECTIVE = "default_objective"


def own(fit: Callable[..., Any], build: Any = None) -> keras_tuner.HyperModel:
    """A HyperModel that trains in its own way."""

    class Own(keras_tuner.HyperModel):
        def build(self, hp: Any) -> keras.Model:
            return (build or small())(hp)

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return fit(model, *args, **kwargs)

    return Own()


def trained(hypermodel: Any, path: Path | None = None, **changes: Any) -> tuple[Outcome, Any]:
    settings = TrainingSettings(**{**SETTINGS, "epochs": 3})
    fields = {"arguments": (X[:60], Y[:60]), "options": DATA, "settings": settings}
    fields |= {"objective": NO_OBJECTIVE, "direction": "min", "checkpoint": path and str(path)}
    return run(task(hypermodel, **{**fields, **changes}))


def loss_of(path: Path) -> float:
    """The loss of the weights that were kept."""
    model = small()(None)
    best = load_checkpoint(path).best
    assert best is not None
    for variable, value in zip(model.variables, best, strict=True):
        variable.assign(value)
    return float(model.evaluate(*VALIDATION, verbose=0)[0])


def fits_with_callbacks(model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> float:
    """KerasTuner's guide: nothing of the epochs is the objective."""
    model.fit(x, y, **kwargs)
    return float(model.evaluate(*validation_data, verbose=0)[0])


def fits_alone(model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> Any:
    model.fit(x, y, epochs=2, verbose=0)
    return np.float32(model.evaluate(*validation_data, verbose=0)[0])


def loops(model: Any, x: Any, y: Any, validation_data: Any, callbacks: Any, **kwargs: Any) -> Any:
    """KerasTuner's guide to loops of one's own."""
    for callback in callbacks:
        callback.set_model(model)
    losses = []
    for epoch in range(kwargs["epochs"]):
        model.train_on_batch(x, y)
        losses.append(float(model.evaluate(*validation_data, verbose=0)[0]))
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs={NO_OBJECTIVE: losses[-1]})
    return min(losses)


def loops_without_any(model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> Any:
    model.train_on_batch(x, y)
    loss = model.evaluate(*validation_data, verbose=0)[0]
    return {NO_OBJECTIVE: loss, "per_class": np.array([1.0, 2.0]), "name": "text"}


@pytest.mark.parametrize("fit", [fits_with_callbacks, fits_alone, loops, loops_without_any])
def test_a_number_is_minimised_without_an_objective(fit: Any, tmp_path: Path) -> None:
    outcome, epochs = trained(own(fit), tmp_path / "trial.npz")
    assert outcome.status == "completed", outcome.message
    assert outcome.score == pytest.approx(loss_of(tmp_path / "trial.npz"), rel=1e-5)
    seen = fit in (fits_with_callbacks, loops)
    assert len(epochs) == 3 * seen and outcome.best_epoch == (3 if seen else None)
    assert any("did not pass its callbacks on" in note for note in outcome.notes) == (not seen)
    assert all(epoch["seconds"] < 60 for epoch in epochs)
    assert outcome.metrics[NO_OBJECTIVE] == outcome.score
    assert ("per_class_1" in outcome.metrics) == (fit is loops_without_any)


def test_a_model_without_an_optimizer_is_trained_by_a_loop_of_its_own(tmp_path: Path) -> None:
    """The guide's model is not compiled; the second half goes on with its weights."""

    def bare(hp: Any) -> keras.Model:
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])

    def loop(model: Any, x: Any, y: Any, callbacks: Any, **kwargs: Any) -> Any:
        for epoch in range(kwargs.get("initial_epoch", 0), kwargs["epochs"]):
            model.layers[0].bias.assign_add([1.0])
            value = float(model.layers[0].bias[0])
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"my_metric": value})
        return value

    goal = {"objective": "my_metric", "direction": "max"}
    first, _ = trained(own(loop, bare), tmp_path / "a.npz", last_epoch=2, **goal)
    assert first.score == 2.0, first.message
    parent = {"parent_checkpoint": str(tmp_path / "a.npz"), "first_epoch": 2}
    second, epochs = trained(own(loop, bare), tmp_path / "b.npz", **parent, **goal)
    assert second.score == 3.0, second.message
    assert [epoch["epoch"] for epoch in epochs] == [3]


HISTORY = keras.callbacks.History()
HISTORY.history = {"loss": [3.0, 2.0, 1.0], "val_loss": [0.5, 0.25, 0.75], "val_f": [0.5]}
HISTORY.epoch = [0, 1, 2]


@pytest.mark.parametrize(
    ("returned", "score"),
    [
        (0.25, 0.25),
        (1, 1.0),
        (np.int64(1), 1.0),
        (np.array(0.25), 0.25),
        (keras.ops.convert_to_tensor(0.25), 0.25),
        ({"val_loss": np.float32(0.25), "other": "text"}, 0.25),
        (HISTORY, 0.25),
        ([HISTORY, 0.75, {"val_loss": 2.0}], 1.0),
        ((0.25, 0.75), 0.5),
    ],
)
def test_each_kind_of_result_is_the_score(returned: Any, score: float) -> None:
    outcome, _ = trained(own(lambda *args, **kwargs: returned), objective="val_loss")
    assert (outcome.status, outcome.score) == ("completed", score), outcome.message
    assert outcome.best_epoch == (2 if returned is HISTORY else None)


def test_a_history_of_seldom_validation_has_no_known_epoch() -> None:
    assert score_of(HISTORY, "val_f", "max") == (0.5, {"val_f": 0.5})
    outcome, _ = trained(own(lambda *args, **kwargs: HISTORY), objective="val_f", direction="max")
    assert (outcome.score, outcome.best_epoch) == (0.5, None)


@pytest.mark.parametrize(
    ("returned", "objective", "message"),
    [
        (None, "val_loss", "must return a History, a number, or a dict.*Received: None"),
        ("0.5", "val_loss", "Received: '0.5' of type str"),
        (True, "val_loss", "Received: True of type bool"),
        ([], "val_loss", "returned an empty list"),
        ([0.5, None], "val_loss", "Received: None"),
        (np.ones(3), "val_loss", "of type ndarray"),
        ({"loss": 1.0}, "val_loss", "'val_loss' is not among the metrics.*one of: loss"),
        (HISTORY, "val_auc", "'val_auc' is not among the metrics.*loss, val_f, val_loss"),
        (HISTORY, NO_OBJECTIVE, "has no objective, .*returned no number.*val_loss"),
        ({"loss": 1.0}, NO_OBJECTIVE, "has no objective, .*returned no number"),
        ({"f1": [0.5, 0.25]}, "f1", "is a vector of 2 elements.*f1_0, f1_1"),
    ],
)
def test_what_tells_no_score_is_refused(returned: Any, objective: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        score_of(returned, objective, "min")
    outcome, _ = trained(own(lambda *args, **kwargs: returned), objective=objective)
    assert outcome.failure == "fatal"


def test_epochs_that_told_the_objective_need_no_result(tmp_path: Path) -> None:
    """KerasTuner refuses None; a number goes before the epochs, as there."""

    def nothing(model: Any, *args: Any, **kwargs: Any) -> None:
        model.fit(*args, **kwargs)

    def number(model: Any, *args: Any, **kwargs: Any) -> float:
        model.fit(*args, **kwargs)
        return 0.125

    for fit in (nothing, number):
        outcome, epochs = trained(own(fit), tmp_path / "trial.npz", objective="val_loss")
        losses = [epoch["metrics"]["val_loss"] for epoch in epochs]
        best = min(losses)
        assert outcome.score == (best if fit is nothing else 0.125), outcome.message
        assert outcome.best_epoch == losses.index(best) + 1
        assert loss_of(tmp_path / "trial.npz") == pytest.approx(best, rel=1e-5)


def test_a_history_of_another_training_counts_with_its_weights(tmp_path: Path) -> None:
    def twice(model: Any, *args: Any, validation_data: Any, **kwargs: Any) -> Any:
        model.fit(*args, validation_data=validation_data, **kwargs)
        plain = {"epochs": 1, "verbose": 0, "validation_data": validation_data}
        return model.fit(*args, **plain)

    outcome, epochs = trained(own(twice), tmp_path / "trial.npz", objective="val_loss")
    assert len(epochs) == 3 and outcome.score is not None
    assert outcome.score < min(epoch["metrics"]["val_loss"] for epoch in epochs)
    assert loss_of(tmp_path / "trial.npz") == pytest.approx(outcome.score, rel=1e-5)


def test_a_callback_after_ours_may_tell_the_objective() -> None:
    class Late(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["mine"] = [3.0, 1.0, 2.0][epoch]

    def fit(model: Any, *args: Any, callbacks: Any, **kwargs: Any) -> Any:
        return model.fit(*args, callbacks=[*callbacks, Late()], **kwargs)

    outcome, epochs = trained(own(fit), objective="mine")
    assert (outcome.score, outcome.best_epoch, len(epochs)) == (1.0, 2, 3), outcome.message


def test_a_number_that_is_nan_is_a_failure_of_the_trial() -> None:
    outcome, _ = trained(own(lambda *args, **kwargs: math.nan))
    assert outcome.failure == "diverged"


def test_folds_take_a_number_after_each_epoch() -> None:
    settings = {**SETTINGS, "epochs": 2, "folds": 2}
    where = {"fold_of_row": np.arange(len(X)) % 2, "objective": NO_OBJECTIVE, "settings": settings}
    outcome, epochs = run(folded(own(fits_with_callbacks), **where))
    assert outcome.status == "completed", outcome.message
    means = [float(np.mean(epoch["folds"][NO_OBJECTIVE])) for epoch in epochs]
    assert outcome.score == min(means) and len(means) == 2

    def nothing(model: Any, *args: Any, **kwargs: Any) -> None:
        model.fit(*args, **kwargs)

    outcome, _ = run(folded(own(nothing), **{**where, "objective": "val_lost"}))
    assert outcome.failure == "fatal" and "'val_lost' is not among" in str(outcome.message)


@pytest.mark.parametrize("where", ["build", "fit", "callback"])
def test_errors_of_keras_tuner_mean_what_they_mean_there(where: str) -> None:
    errors = keras_tuner.errors
    kinds = {
        errors.FatalError: "fatal",
        errors.FatalValueError: "fatal",
        errors.FatalTypeError: "fatal",
        errors.FatalRuntimeError: "fatal",
        ValueError: "crashed",
    }
    for error, kind in [*kinds.items(), (errors.FailedTrialError, None)]:

        def fail(*args: Any, error: Any = error, **kwargs: Any) -> Any:
            raise error("as it happens")

        callback = keras.callbacks.LambdaCallback(on_epoch_end=fail)
        hypermodel = {"build": fail, "fit": own(fail), "callback": small()}[where]
        options = {**DATA, **({"callbacks": callback} if where == "callback" else {})}
        outcome, _ = trained(hypermodel, options=options, objective="val_loss")
        assert outcome.status == "failed" and "as it happens" in str(outcome.message)
        assert kind is None or outcome.failure == kind


def test_the_best_models_are_there_after_a_search(tmp_path: Path) -> None:
    place = {"directory": tmp_path, "workers": 0, "max_trials": 2}
    goal = keras_tuner.Objective(NO_OBJECTIVE, "min")
    tuner = Tuner(own(fits_alone), "random", objective=goal, **place)
    with pytest.warns(UserWarning, match="did not pass its callbacks on") as warned:
        tuner.search(X[:60], Y[:60], validation_data=VALIDATION, epochs=2, verbose=0)
    ours = [warning for warning in warned if warning.category is UserWarning]
    assert len(ours) == 1 and ours[0].filename == __file__
    (model,) = tuner.get_best_models()
    best = tuner.state.best()
    assert best is not None
    assert model.evaluate(*VALIDATION, verbose=0)[0] == pytest.approx(best.score, rel=1e-5)
