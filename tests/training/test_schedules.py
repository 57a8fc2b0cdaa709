"""Schedules in trials: resumed and promoted trials go on where they were, schedules share a traced
graph, the plateau rule gives way, every way of training has the rates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import Written, small
from tests.training.test_trial import DATA, X, Y, build, curve, run, task
from tftune.models import knobs
from tftune.models.schedules import SCHEDULES, make_schedule
from tftune.training import trial as trial_module
from tftune.training.checkpoints import load_checkpoint
from tftune.training.graphs import Graphs
from tftune.training.settings import TrainingSettings

STEPS = 5  # of an epoch: 90 rows in batches of 20


def settings(schedule: str = "cosine", **changes: Any) -> TrainingSettings:
    fields = {"epochs": 4, "schedule": schedule, "early_stopping_patience": 0, **changes}
    return TrainingSettings(**fields)


def rates(epochs: list[dict[str, Any]]) -> list[float]:
    return [epoch["metrics"]["learning_rate"] for epoch in epochs]


def expected(rate: float, schedule: Any, epochs: int = 4, steps: int = STEPS) -> list[float]:
    """The rates of the last steps of all epochs."""
    last = [(epoch + 1) * steps - 1 for epoch in range(epochs)]
    return [rate * schedule.factor(step, epochs * steps) for step in last]


@pytest.mark.parametrize("halves", [[2], [1, 3]])
@pytest.mark.slow
def test_halves_of_a_scheduled_training_equal_the_whole(halves: list[int], tmp_path: Path) -> None:
    how = settings(warmup=0.3)
    _, whole = run(task(settings=how, checkpoint=str(tmp_path / "whole.npz")))
    assert rates(whole) == pytest.approx(expected(0.3, make_schedule("cosine", warmup=0.3)))
    parts: list[dict[str, Any]] = []
    parent, first = None, 0
    for number, last in enumerate([*halves, 4]):
        job = task(
            settings=how,
            first_epoch=first,
            last_epoch=last,
            parent_checkpoint=parent,
            checkpoint=str(tmp_path / f"{number}.npz"),
        )
        parts += run(job)[1]
        parent, first = job.checkpoint, last
    assert curve(parts) == curve(whole)
    ends = [load_checkpoint(path) for path in (tmp_path / "whole.npz", Path(str(parent)))]
    for one, other in zip(ends[0].optimizer, ends[1].optimizer, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_folds_follow_the_schedule_and_go_on(tmp_path: Path) -> None:
    how = {"epochs": 4, "schedule": "step", "early_stopping_patience": 0}
    _, whole = run(folded(settings=how))
    assert rates(whole) == pytest.approx(expected(0.3, make_schedule("step"), steps=2))
    _, first = run(folded(settings=how, last_epoch=2, checkpoint=str(tmp_path / "half.npz")))
    rest = {"first_epoch": 2, "parent_checkpoint": str(tmp_path / "half.npz")}
    _, second = run(folded(settings=how, **rest))
    assert curve(first + second) == curve(whole)


@pytest.mark.slow
def test_all_schedules_share_one_traced_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = Graphs()
    monkeypatch.setattr(trial_module, "_graphs", graphs)
    traced: list[Any] = []
    for name in SCHEDULES:
        keras.utils.clear_session()  # as a process does between two trials
        how = settings(name, epochs=2, warmup=0.1)
        _, epochs = run(task(settings=how))
        schedule = make_schedule(name, warmup=0.1)
        assert rates(epochs) == pytest.approx(expected(0.3, schedule, epochs=2))
        (kept,) = graphs._kept.values()
        traced.append(kept.model.train_function)
    assert graphs.hits == len(SCHEDULES) - 1
    assert len({id(function) for function in traced}) == 1
    keras.utils.clear_session()
    run(task(settings=TrainingSettings(epochs=1)))
    assert graphs.hits == len(SCHEDULES) - 1  # a rate that no schedule sets has a graph of its own


def test_a_schedule_trains_as_one_in_the_optimizer_does() -> None:
    def with_decay(hp: Any) -> keras.Model:
        model = build(hp)
        decay = keras.optimizers.schedules.PolynomialDecay(0.3, 4 * STEPS, 0.003)
        model.compile(keras.optimizers.Adam(decay), "binary_crossentropy", metrics=["accuracy"])
        return model

    _, mine = run(task(settings=settings("polynomial")))
    _, theirs = run(task(with_decay, settings=settings("constant", plateau_patience=0)))
    losses = [[epoch["metrics"]["loss"] for epoch in epochs] for epochs in (mine, theirs)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_plateau_rule_is_off_and_says_so() -> None:
    rising = {"val_loss": [1.0, 2.0, 3.0, 4.0]}
    how = settings("constant", warmup=0.2, plateau_patience=1)
    options = {**DATA, "callbacks": [Written(**rising)]}
    outcome, epochs = run(task(small(), settings=how, options=options))
    assert rates(epochs) == pytest.approx([0.1] * 4)
    assert [note for note in outcome.notes if "plateau" in note] == [
        "The learning rate is not lowered on a plateau, as tftune does by default, because a "
        "schedule sets it. With plateau_patience=0 it never is."
    ]


def test_the_usual_schedule_of_a_model_is_no_news() -> None:
    class Usual(keras_tuner.HyperModel):
        default_schedule = make_schedule("cosine")
        build = staticmethod(small())  # type: ignore[assignment]

    outcome, epochs = run(task(Usual(), settings=settings("constant", plateau_patience=1)))
    assert rates(epochs) == pytest.approx(expected(0.1, make_schedule("cosine")))
    assert not [note for note in outcome.notes if "plateau" in note]


def scheduled(hp: Any) -> keras.Model:
    knobs.learning_rate_schedule(hp, default="exponential")
    return small()(hp)


@pytest.mark.slow
def test_a_build_function_with_the_knobs_has_its_schedule() -> None:
    outcome, epochs = run(task(scheduled, settings=settings("constant")))
    assert rates(epochs) == pytest.approx(expected(0.1, make_schedule("exponential")))
    outcome, epochs = run(task(scheduled, settings=settings("cosine")))
    assert rates(epochs) == pytest.approx(expected(0.1, make_schedule("exponential")))
    assert any("schedule='cosine' is not used" in note for note in outcome.notes)


class OwnLoop(keras_tuner.HyperModel):
    """Trains by a loop of its own, as KerasTuner's guide shows it."""

    def build(self, hp: Any) -> keras.Model:
        """Builds a small network."""
        return small()(hp)

    def fit(self, hp: Any, model: Any, x: Any, y: Any, callbacks: Any = None, **_: Any) -> Any:
        """Takes one step an epoch."""
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(4):
            loss = model.train_on_batch(x, y, return_dict=True)["loss"]
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"val_accuracy": 0.5, "loss": loss})
        return 0.5


def test_a_loop_of_ones_own_has_a_rate_an_epoch() -> None:
    _, epochs = run(task(OwnLoop(), settings=settings("polynomial"), options={}))
    assert rates(epochs) == pytest.approx(expected(0.1, make_schedule("polynomial"), steps=1))


def test_two_masters_of_the_rate_are_refused() -> None:
    users = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)
    outcome, _ = run(task(small(), settings=settings(), options={**DATA, "callbacks": [users]}))
    assert "Two things would set the learning rate" in str(outcome.message)
    inside = small(lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9)))
    outcome, _ = run(task(inside, settings=settings()))
    assert "Expected an optimizer that was made with a number" in str(outcome.message)


@pytest.mark.slow
def test_repeated_trainings_each_have_the_whole_schedule() -> None:
    how = settings("polynomial", executions_per_trial=2)
    outcome, epochs = run(task(small(), settings=how, arguments=(X[:90], Y[:90])))
    assert outcome.score is not None
    assert rates(epochs) == pytest.approx(expected(0.1, make_schedule("polynomial")))
