"""When early stopping ends a trial, and of which epoch its score and weights are: as plain Keras
has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import Written, small
from tests.training.test_returned import own
from tests.training.test_trial import X, Y, curve, run, task
from tftune.errors import UsageError
from tftune.support.seeding import derive
from tftune.training.checkpoints import load_checkpoint
from tftune.training.settings import YOUNGER, TrainingSettings

VALIDATION = (X[60:], 1 - Y[60:])  # contrary to what is trained, so that its loss rises
DATA = {"validation_data": VALIDATION, "batch_size": 60, "shuffle": False}
GETS_WORSE = [0.7, 0.5, 0.498, 0.497, 0.496, 0.9]  # gains of less than 0.01 from the third epoch


def trained(
    path: Path | None = None, written: list[float] | None = None, **changes: Any
) -> tuple[Any, list[Any]]:
    """Trains a trial whose validation loss is as it is, or as it is written."""
    settings = {"epochs": 6, "plateau_patience": 0, "early_stopping_patience": 2}
    told = [Written(val_loss=written)] if written else []
    fields = {
        "arguments": (X[:60], Y[:60]),
        "options": {**DATA, "callbacks": told},
        "objective": "val_loss",
        "direction": "min",
        "checkpoint": path and str(path),
        "settings": TrainingSettings(**{**settings, **changes.pop("settings", {})}),
    }
    return run(task(small(lambda: keras.optimizers.SGD(0.5)), **{**fields, **changes}))


def plainly(stopping: Any, written: list[float] | None = None) -> tuple[Any, Any]:
    """Trains the same by plain Keras; returns the model and its history."""
    keras.utils.set_random_seed(derive(0, 0, "execution 0"))
    model = small(lambda: keras.optimizers.SGD(0.5))(None)
    told = [Written(val_loss=written)] if written else []
    options = {**DATA, "epochs": 6, "callbacks": [*told, stopping], "verbose": 0}
    return model, model.fit(X[:60], Y[:60], **options)


def kept(path: Path) -> list[np.ndarray]:
    best = load_checkpoint(path).best
    assert best is not None
    return best[:2]  # kernel and bias


@pytest.mark.parametrize("min_delta", [0.0, 0.01])
@pytest.mark.parametrize("written", [None, GETS_WORSE])
def test_a_trial_ends_as_by_early_stopping_of_keras_with_its_last_weights(
    min_delta: float, written: list[float] | None, tmp_path: Path
) -> None:
    rule = keras.callbacks.EarlyStopping("val_loss", min_delta, patience=2, mode="min")
    model, history = plainly(rule, written)
    settings = {"early_stopping_min_delta": min_delta, "keep_weights": "last"}
    outcome, epochs = trained(tmp_path / "kept.npz", written, settings=settings)
    told = history.history["val_loss"]
    assert len(epochs) == len(told) == outcome.best_epoch
    assert outcome.score == pytest.approx(told[-1], rel=1e-5)
    for ours, theirs in zip(kept(tmp_path / "kept.npz"), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("written", [None, GETS_WORSE])
def test_the_best_weights_are_those_that_keras_restores(
    written: list[float] | None, tmp_path: Path
) -> None:
    rule = keras.callbacks.EarlyStopping(
        "val_loss", patience=2, mode="min", restore_best_weights=True
    )
    model, history = plainly(rule, written)
    outcome, _ = trained(tmp_path / "kept.npz", written)
    assert outcome.score == pytest.approx(min(history.history["val_loss"]), rel=1e-5)
    for ours, theirs in zip(kept(tmp_path / "kept.npz"), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_least_gain_decides_when_a_trial_ends_and_not_which_epoch_is_best() -> None:
    """Keras would bring back the weights of epoch 2, the last that gained 0.01."""
    rule = keras.callbacks.EarlyStopping(
        "val_loss", 0.01, patience=2, mode="min", restore_best_weights=True
    )
    plainly(rule, GETS_WORSE)
    settings = {"early_stopping_min_delta": 0.01}
    outcome, epochs = trained(written=GETS_WORSE, settings=settings)
    assert rule.best_epoch == 1 and len(epochs) == 4  # it waited for epochs 3 and 4
    assert (outcome.score, outcome.best_epoch) == (0.497, 4)
    assert len(trained(written=GETS_WORSE)[1]) == 6  # each small gain counts


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_continued_trial_waits_on_and_keeps_what_the_whole_keeps(
    keep: str, tmp_path: Path
) -> None:
    settings = {"early_stopping_min_delta": 0.01, "keep_weights": keep, "epochs": 5}
    options = {"settings": settings, "written": GETS_WORSE}
    whole, epochs = trained(tmp_path / "whole.npz", **options)
    _, first = trained(tmp_path / "half.npz", last_epoch=3, **options)
    parent = str(tmp_path / "half.npz")
    rest, second = trained(
        tmp_path / "rest.npz", first_epoch=3, parent_checkpoint=parent, last_epoch=5, **options
    )
    assert curve(first + second) == curve(epochs) and len(epochs) == 4
    assert (rest.score, rest.best_epoch) == (whole.score, whole.best_epoch) == (0.497, 4)
    for one, other in zip(kept(tmp_path / "whole.npz"), kept(tmp_path / "rest.npz"), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_a_pruned_trial_is_worth_its_last_epoch_too() -> None:
    job = task(settings=TrainingSettings(epochs=6, keep_weights="last"))
    outcome, epochs = run(job, stop=lambda epoch: epoch["epoch"] == 3)
    assert outcome.status == "pruned" and outcome.best_epoch == 3
    assert outcome.score == epochs[-1]["metrics"]["val_accuracy"]


@pytest.mark.slow
def test_the_last_epoch_of_folds_is_that_of_their_mean() -> None:
    outcome, epochs = run(folded(settings={"keep_weights": "last"}))
    assert outcome.score == epochs[-1]["metrics"]["val_loss"] and outcome.best_epoch == 3


def test_executions_are_averaged_over_their_last_epochs() -> None:
    settings = {"keep_weights": "last", "executions_per_trial": 2, "epochs": 2}
    outcome, epochs = trained(settings=settings)
    alone, _ = trained(settings={**settings, "executions_per_trial": 1})
    assert epochs[-1]["metrics"]["val_loss"] == alone.score != outcome.score


def test_a_last_epoch_that_is_no_number_fails_the_trial() -> None:
    written = [0.5, 0.4, float("nan")]
    settings = {"keep_weights": "last", "epochs": 3}
    outcome, _ = trained(written=written, settings=settings)
    assert outcome.status == "failed" and "in its last epoch" in str(outcome.message)
    again, _ = trained(written=[0.5, float("nan"), 0.4], settings=settings)
    assert (again.status, again.score) == ("completed", 0.4)


def test_a_history_of_an_own_training_counts_with_its_last_epoch() -> None:
    def fits_alone(model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> Any:
        told = Written(val_loss=[0.3, 0.6])
        data = {"validation_data": validation_data, "verbose": 0, "callbacks": [told]}
        return model.fit(x, y, epochs=2, **data)

    scores = [
        run(
            task(
                own(fits_alone),
                objective="val_loss",
                direction="min",
                settings=TrainingSettings(epochs=2, keep_weights=keep),
            )
        )[0]
        for keep in ("best", "last")
    ]
    assert [(each.score, each.best_epoch) for each in scores] == [(0.3, 1), (0.6, 2)]


def test_fields_that_older_journals_lack_are_written_only_where_they_are_set() -> None:
    assert not set(YOUNGER) & set(TrainingSettings(epochs=3).to_dict())
    told = TrainingSettings(keep_weights="last", early_stopping_min_delta=0.01).to_dict()
    assert (told["keep_weights"], told["early_stopping_min_delta"]) == ("last", 0.01)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"keep_weights": "first"}, "keep_weights"),
        ({"early_stopping_min_delta": -0.1}, "early_stopping_min_delta must be a number of at"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TrainingSettings(**wrong)
