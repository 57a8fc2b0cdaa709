"""A batch that grows where the rate would fall: the sizes, the rate that is left, one training for
callbacks, halves that equal the whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.test_lockstep import folded
from tests.training.test_plateau import small
from tests.training.test_trial import curve, run, task
from tftune.errors import UsageError
from tftune.models import knobs
from tftune.models.schedules import SCHEDULES, make_schedule
from tftune.training.growing import BatchGrowth
from tftune.training.settings import TrainingSettings

X = np.random.default_rng(0).normal(size=(240, 6)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
SETTINGS = {"epochs": 4, "early_stopping_patience": 0, "batch_growth": True}


def sizes(name: str, rows: int = 10_000, **settings: Any) -> list[int]:
    growth = BatchGrowth(make_schedule(name, **settings), epochs=8, batch_size=10, rows=rows)
    return [growth.size(epoch) for epoch in range(8)]


def test_a_schedule_of_steps_grows_the_batch_by_its_factor() -> None:
    assert sizes("step", drops=3, drop=0.2) == [10, 10, 50, 50, 250, 250, 1000, 1000]
    assert sizes("step", drops=1, drop=0.3) == [10] * 4 + [33] * 4


def test_a_rate_that_falls_all_the_time_doubles_the_batch() -> None:
    assert sizes("exponential", final=1 / 16) == [10, 10, 20, 20, 40, 40, 80, 80]


def test_the_batch_keeps_below_a_tenth_of_the_rows_and_waits_for_the_warmup() -> None:
    assert max(sizes("exponential", rows=300)) == 20  # a further doubling would be too much
    assert sizes("exponential", rows=50) == [10] * 8
    assert sizes("exponential", final=1 / 16, warmup=0.5) == [10] * 5 + [20, 40, 80]


@pytest.mark.parametrize("name", ["triangular", "one_cycle"])
def test_a_schedule_that_rises_grows_nothing(name: str) -> None:
    assert sizes(name) == [10] * 8
    falling = ", ".join(name for name, kind in SCHEDULES.items() if kind.falls)
    with pytest.raises(UsageError, match=f"never rises: {falling}. Received: '{name}'"):
        TrainingSettings(schedule=name, batch_growth=True)


class Seen(keras.callbacks.Callback):
    """Notes the steps of each epoch and how often a training began and ended."""

    told: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Begins."""
        self.told.append("begin")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the steps."""
        self.told.append((epoch, self.params["steps"]))

    def on_train_end(self, logs: Any = None) -> None:
        """Ends."""
        self.told.append("end")


def growing(**changes: Any) -> Any:
    settings = TrainingSettings(**SETTINGS, **changes.pop("settings", {"schedule": "step"}))
    options = {"validation_data": (X, Y), "batch_size": 4, **changes.pop("options", {})}
    fields = {"arguments": (X, Y), "options": options, "settings": settings, **changes}
    hypermodel = fields.pop("hypermodel", small())
    return task(hypermodel, **fields)


@pytest.mark.slow
def test_steps_become_fewer_and_the_rate_keeps_what_the_batch_does_not_take() -> None:
    Seen.told = []
    _, epochs = run(growing(options={"callbacks": [Seen()]}))
    # 1, 0.2 from epoch 1.33 and 0.04 from epoch 2.67 of the rate; the batch grows at 2 and 3
    assert Seen.told == ["begin", (0, 60), (1, 60), (2, 12), (3, 10), "end"]
    rates = [epoch["metrics"]["learning_rate"] for epoch in epochs]
    # the batch of 24 is a tenth of the rows: 0.04 * 6
    assert rates == pytest.approx([0.1, 0.02, 0.1 * 0.04 * 5, 0.1 * 0.04 * 6])


@pytest.mark.slow
def test_halves_equal_the_whole_while_the_batch_grows(tmp_path: Path) -> None:
    _, whole = run(growing(settings={"schedule": "exponential"}))
    half, how = str(tmp_path / "half.npz"), {"schedule": "exponential"}
    _, first = run(growing(settings=how, last_epoch=2, checkpoint=half))
    _, second = run(growing(settings=how, first_epoch=2, parent_checkpoint=half))
    assert curve(first + second) == curve(whole)


@pytest.mark.slow
def test_a_rule_ends_the_training_between_two_sizes() -> None:
    outcome, epochs = run(growing(), stop=lambda epoch: epoch["epoch"] == 2)
    assert outcome.status == "pruned" and len(epochs) == 2


@pytest.mark.slow
def test_the_batch_grows_on_folds_and_by_a_knob() -> None:
    def tuned(hp: Any) -> keras.Model:
        knobs.learning_rate_schedule(hp, default="step")
        knobs.batch_growth(hp, default=True)
        return small()(hp)

    Seen.told = []
    options = {"batch_size": 4, "callbacks": [Seen()]}
    how = {"epochs": 4, "folds": 2, "early_stopping_patience": 0}
    fold_of_row = np.arange(len(X)) % 2
    run(folded(tuned, arguments=(X, Y), options=options, settings=how, fold_of_row=fold_of_row))
    steps = [told[1] for told in Seen.told if told[0] == 2 and isinstance(told, tuple)]
    assert steps == [10, 10]  # 120 rows of each fold in batches of 12, a tenth


def test_what_comes_in_batches_is_refused() -> None:
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
    outcome, _ = run(growing(arguments=(batches,), options={"batch_size": None}))
    assert "Expected arrays for batch_growth=True" in str(outcome.message)


@pytest.mark.slow
def test_the_rows_of_several_inputs_are_known() -> None:
    def two_inputs(hp: Any) -> keras.Model:
        left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
        joined = keras.layers.Dense(1, "sigmoid")(keras.layers.Concatenate()([left, right]))
        model = keras.Model([left, right], joined)
        options = {"metrics": ["accuracy"], "run_eagerly": True}
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", **options)
        return model

    for x in ([X, X], {"left": X, "right": X}):
        Seen.told = []
        options = {"validation_data": (x, Y), "callbacks": [Seen()], "batch_size": 12}
        outcome, _ = run(growing(hypermodel=two_inputs, arguments=(x, Y), options=options))
        assert outcome.status == "completed", outcome
        assert (3, 10) in Seen.told
