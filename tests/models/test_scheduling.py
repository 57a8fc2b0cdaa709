"""The optimizer has the schedule's rate in each step, whatever optimizer and however it is
trained.
"""

from __future__ import annotations

from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models import knobs
from tftune.models.optimizers import OPTIMIZERS, make_optimizer
from tftune.models.peptide_cnn import PeptideCNN
from tftune.models.schedules import SCHEDULES, make_schedule
from tftune.models.scheduling import ScheduledRate, described_schedule, schedule_of

X = np.linspace(-1.0, 1.0, 24, dtype="float32").reshape(8, 3)
Y = X.sum(axis=1, keepdims=True)


def model_with(optimizer: Any, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", **options)
    return model


class Rates(keras.callbacks.Callback):
    """Notes the rate after each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.rates.append(float(self.model.optimizer.learning_rate))


def fitted(model: keras.Model, callbacks: list[Any], **options: Any) -> list[Any]:
    options = {"epochs": 3, "batch_size": 2, "shuffle": False, "verbose": 0, **options}
    model.fit(X, Y, callbacks=callbacks, **options)
    return [variable.numpy() for variable in model.variables]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_the_rate_of_each_step(name: str) -> None:
    seen = Rates()
    schedule = make_schedule("cosine", warmup=0.25)
    model = model_with(make_optimizer(name, 0.1), run_eagerly=True)
    fitted(model, [ScheduledRate(schedule), seen])
    expected = [0.1 * schedule.factor(step, 12) for step in range(12)]
    assert seen.rates == pytest.approx(expected, rel=1e-6)


@pytest.mark.quick("1")
@pytest.mark.parametrize("steps", [1, 4])
def test_training_is_as_with_a_schedule_of_keras_in_the_optimizer(steps: int) -> None:
    of_keras = keras.optimizers.schedules.CosineDecay(0.1, 12, 0.2)
    theirs = fitted(model_with(keras.optimizers.Adam(of_keras), steps_per_execution=steps), [])
    rate = ScheduledRate(make_schedule("cosine", final=0.2))
    mine = fitted(model_with(keras.optimizers.Adam(0.1), steps_per_execution=steps), [rate])
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_a_training_in_parts_is_that_in_one() -> None:
    schedule = make_schedule("one_cycle")
    whole, parts = model_with(make_optimizer("adam", 0.1)), model_with(make_optimizer("adam", 0.1))
    expected = fitted(whole, [ScheduledRate(schedule)])
    rate = ScheduledRate(schedule, epochs=3)
    fitted(parts, [rate], epochs=1)
    found = fitted(parts, [rate], initial_epoch=1)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_new_optimizer_that_goes_on_in_the_middle_is_in_its_place() -> None:
    """As KerasTuner's Hyperband does it: weights are loaded, the optimizer counts from 0."""
    seen, schedule = Rates(), make_schedule("polynomial", final=0.0)
    model = model_with(keras.optimizers.SGD(1.0), run_eagerly=True)
    fitted(model, [ScheduledRate(schedule), seen], initial_epoch=2)
    assert seen.rates == pytest.approx([4 / 12, 3 / 12, 2 / 12, 1 / 12])


def test_a_loss_that_is_scaled_leaves_the_rate_to_the_optimizer_within() -> None:
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0)
    model = model_with(scaled)
    fitted(model, [ScheduledRate(make_schedule("polynomial", final=0.0))])
    assert float(scaled.learning_rate) == pytest.approx(0.1 / 12)


def test_a_loop_of_ones_own_has_the_rate_of_each_epoch() -> None:
    model = model_with(keras.optimizers.SGD(0.1))
    rate = ScheduledRate(make_schedule("polynomial", final=0.0), epochs=2)
    rate.set_model(model)
    rate.prepare(0)
    rates = []
    for epoch in range(2):
        model.optimizer.apply([keras.ops.ones((3, 1)), keras.ops.ones(1)], model.trainable_weights)
        rates.append(float(model.optimizer.learning_rate))
        rate.on_epoch_end(epoch)
    assert rates == pytest.approx([0.1, 0.05])


def test_a_schedule_in_the_optimizer_is_refused() -> None:
    inside = keras.optimizers.schedules.CosineDecay(0.1, 12)
    with pytest.raises(UsageError, match="Expected an optimizer that was made with a number. Rec"):
        fitted(model_with(keras.optimizers.SGD(inside)), [ScheduledRate(make_schedule("step"))])


def test_every_schedule_comes_back_from_its_knobs() -> None:
    for name, kind in SCHEDULES.items():
        hp = keras_tuner.HyperParameters()
        schedule = knobs.learning_rate_schedule(hp, default=name)
        assert type(schedule) is kind and schedule_of(hp.values) == schedule
        active = {knob.name for knob in hp.space if hp.is_active(knob.name)}
        fixed = {"final"} if name == "one_cycle" else set()  # of little importance
        assert active == {"schedule"} | {f"schedule_{one}" for one in schedule.settings()} - {
            f"schedule_{one}" for one in fixed
        }


def test_another_knob_called_schedule_is_left_alone() -> None:
    assert schedule_of({"schedule": "cosine", "learning_rate": 0.1}) is None
    with pytest.raises(UsageError, match="schedule must be one of constant"):
        described_schedule({"schedule": "mine", "schedule_warmup": 0.0})


class Scheduled(PeptideCNN):
    """The peptide network with knobs for the schedule."""

    def build(self, hp: Any) -> Any:
        """Builds the usual network."""
        knobs.learning_rate_schedule(hp)
        model = super().build(hp)
        model.run_eagerly = True
        return model


@pytest.mark.slow
def test_knobs_of_a_schedule_reach_fit_under_any_tuner() -> None:
    values = {"schedule": "polynomial", "schedule_power": 1.0, "schedule_final": 0.001}
    hp = knobs.fixed_values(batch_size=4, learning_rate=0.008, **values)
    hypermodel, seen = Scheduled(width=8), Rates()
    x = np.ones((8, 8), "int32")
    model = hypermodel.build(hp)
    hypermodel.fit(hp, model, x, Y, epochs=2, verbose=0, callbacks=[seen])
    assert seen.rates == pytest.approx([0.008, 0.006, 0.004, 0.002], rel=1e-2)


def test_gathered_gradients_take_the_rate_of_their_place() -> None:
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    model, rates = model_with(optimizer), Rates()
    schedule = ScheduledRate(make_schedule("step", drops=1, drop=0.5))
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[schedule, rates])
    assert rates.rates == pytest.approx([0.1] * 4 + [0.05] * 4)


def test_a_schedule_in_a_scope_of_names_is_found() -> None:
    hp = keras_tuner.HyperParameters()
    with hp.name_scope("descent"):
        declared = knobs.learning_rate_schedule(hp, default="step")
    assert schedule_of(hp.values) == declared == make_schedule("step", warmup=0.0)
    with hp.name_scope("other"):
        knobs.learning_rate_schedule(hp)
    with pytest.raises(UsageError, match="Received: descent/schedule, other/schedule"):
        schedule_of(hp.values)


def test_a_schedule_that_does_not_apply_is_constant() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["b"]):
        assert knobs.learning_rate_schedule(hp, default="step") == make_schedule("constant")
    assert schedule_of(hp.values) is None
