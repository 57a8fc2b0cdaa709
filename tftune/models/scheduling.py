"""Sets an optimizer's learning rate in each step, as a schedule has it.

The rates of an epoch are written into a variable of the graph before the epoch begins, and the
optimizer takes its own from there at the beginning of each step. So a step has its rate however
many steps are one execution of the graph, in a loop of one's own as in `fit`, and every schedule
has the same graph, which is traced once. A schedule inside the optimizer, as Keras has it, is a
constant of the graph, and no callback can look at its rate or change it.

Where the steps of an epoch are not known before it begins (a dataset of unknown cardinality, a loop
of one's own) and under a distribution strategy, the rate changes from epoch to epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MethodType
from typing import Any

import keras
import tensorflow as tf

from tftune.errors import UsageError
from tftune.models.schedules import SCHEDULES, Schedule, make_schedule

PREFIX = "schedule_"  # of the names of the knobs; the rest is the name of the field


def schedule_of(values: Mapping[str, Any]) -> Schedule | None:
    """Returns the schedule that the values of knobs describe, as
    `tftune.models.knobs.learning_rate_schedule` declares them; None without these knobs.

    A knob of another's that happens to be called `schedule` is none of them: `schedule_warmup`
    stands beside it.

    Args:
        values: Of a trial, such as `hp.values`.

    Raises:
        UsageError: If a value is outside its range.

    Example:
        >>> schedule_of({"schedule": "step", "schedule_warmup": 0.0, "schedule_drops": 3})
        Step(warmup=0.0, drops=3, drop=0.2)
        >>> schedule_of({"schedule": "cosine"}) is None
        True
    """
    found = schedule_values(values)
    return None if found is None else described_schedule(found)


def schedule_values(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns the values of the scope of names in which the schedule's knobs were declared, by the
    names without it; None without these knobs.

    Args:
        values: Of a trial, such as `hp.values`.

    Raises:
        UsageError: If there are several schedules.

    Example:
        >>> schedule_values({"a/schedule": "constant", "a/schedule_warmup": 0.1, "units": 8})
        {'schedule': 'constant', 'schedule_warmup': 0.1}
    """
    scopes = [
        name.removesuffix("schedule")
        for name in values
        if name == "schedule" or name.endswith("/schedule")
    ]
    scopes = [scope for scope in scopes if scope + PREFIX + "warmup" in values]
    if len(scopes) > 1:
        raise UsageError(
            "The learning rate follows one schedule. Expected its knobs in one scope of names. "
            f"Received: {', '.join(f'{scope}schedule' for scope in scopes)}. Declare it once."
        )
    if not scopes:
        return None
    (scope,) = scopes
    return {
        name.removeprefix(scope): value
        for name, value in values.items()
        if name.startswith(scope) and "/" not in name.removeprefix(scope)
    }


def described_schedule(values: Mapping[str, Any]) -> Schedule:
    """Returns the schedule that the values of its knobs describe; those of others are passed over.

    Args:
        values: By the names of the knobs, `schedule` among them.

    Raises:
        UsageError: If the name is unknown or a value outside its range.

    Example:
        >>> described_schedule({"schedule": "constant", "schedule_drops": 3, "units": 8})
        Constant(warmup=0.0)
    """
    name = str(values["schedule"])
    own = [field.name for field in fields(SCHEDULES[name])] if name in SCHEDULES else []
    given = {one: values[PREFIX + one] for one in own if PREFIX + one in values}
    return make_schedule(name, **given)


class ScheduledRate(keras.callbacks.Callback):
    """Sets the optimizer's learning rate by a schedule; what the optimizer has when the callback
    first sees it is the schedule's greatest rate.

    The rate of a step follows from its epoch and its place in it, so that a training which is
    continued with `initial_epoch` goes on where it was.

    Args:
        schedule: The schedule.
        epochs: Of the whole training, parts that are trained later included; None is what `fit`
            is given.
        growth: Given an epoch from 0, by how much the batch has grown: the rate falls by as much
            less. None lets the rate fall alone.

    Raises:
        UsageError: When a training begins, if the optimizer's rate cannot be set.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
        >>> x = y = keras.ops.ones((4, 1))
        >>> rate = ScheduledRate(make_schedule("cosine", final=0.0))
        >>> _ = model.fit(x, y, epochs=2, batch_size=1, verbose=0, callbacks=[rate])
        >>> [round(each, 4) for each in rate.rates]  # of the last epoch
        [0.05, 0.0309, 0.0146, 0.0038]
    """

    def __init__(
        self,
        schedule: Schedule,
        epochs: int | None = None,
        growth: Callable[[int], float] | None = None,
    ) -> None:
        super().__init__()
        self.schedule, self.epochs, self.growth = schedule, epochs, growth
        self.rates: list[float] = []
        self._optimizer: Any = None
        self._greatest: list[float] = []  # the rate of each part of the optimizer
        self._told = False  # whether the loop tells when an epoch begins

    def set_model(self, model: Any) -> None:
        """Takes the optimizer's rate as the greatest, the first time it sees this optimizer."""
        super().set_model(model)
        optimizer = getattr(model, "optimizer", None)
        if optimizer is None or optimizer is self._optimizer:
            return
        parts = parts_of(optimizer)
        for part in parts:
            _check_can_be_set(part)
        self._optimizer = optimizer
        self._greatest = [float(keras.ops.convert_to_numpy(part.learning_rate)) for part in parts]
        for part in parts:
            look_up_rates(part)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Writes the epoch's rates where its steps look them up."""
        self._told = True
        self.prepare(epoch, (self.params or {}).get("steps"))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Does so for the next epoch in a loop that tells only when an epoch ends."""
        if not self._told:
            self.prepare(epoch + 1)

    def prepare(self, epoch: int, steps: int | None = None) -> None:
        """Sets the rates of an epoch.

        Args:
            epoch: Counted from 0.
            steps: Of the epoch; None, where they are not known, gives it one rate.
        """
        steps = max(int(steps), 1) if steps else 1
        epochs = self.epochs or int((self.params or {}).get("epochs") or epoch + 1)
        grown = self.growth(epoch) if self.growth is not None else 1.0
        shares = [
            grown * self.schedule.factor(epoch * steps + step, epochs * steps)
            for step in range(steps)
        ]
        if self._optimizer is None:
            return  # the loop will make it
        for part, greatest in zip(parts_of(self._optimizer), self._greatest, strict=True):
            self.rates = [greatest * share for share in shares]
            table = getattr(part, "rate_table", None)
            if table is None:
                part.learning_rate.assign(self.rates[0])
            else:  # the next step takes it: until then the rate is that of the last one
                table.rates.assign(self.rates)
                table.start.assign(_updates(part))


class RateTable:
    """The rates of an epoch's steps, as variables of the graph.

    Attributes:
        rates: One a step.
        start: Steps that the optimizer had done when the epoch began.
    """

    def __init__(self, rate: float) -> None:
        options = {"trainable": False, "dtype": "float32"}
        any_length = tf.TensorShape([None])
        self.rates = tf.Variable([rate], shape=any_length, validate_shape=False, **options)
        self.start = tf.Variable(0, trainable=False, dtype="int64")


def parts_of(optimizer: Any) -> list[Any]:
    """Returns the optimizers that have the rates: of one that scales the loss, or that consists of
    several, those within.
    """
    parts = getattr(optimizer, "optimizers", None) or [optimizer]
    return [getattr(part, "inner_optimizer", None) or part for part in parts]


def look_up_rates(optimizer: Any) -> None:
    """Lets an optimizer take its learning rate from a table, step by step.

    One that does so already stays as it is, and so does one whose `apply` was replaced, and one
    under a distribution strategy: those have one rate an epoch.

    Args:
        optimizer: One of `parts_of`; its method `apply` is replaced on this instance only.
    """
    if (
        "apply" in vars(optimizer)
        or not hasattr(optimizer, "apply")
        or tf.distribute.has_strategy()
    ):
        return
    optimizer.rate_table = RateTable(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
    optimizer.apply = MethodType(_apply, optimizer)


def _apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
    table = optimizer.rate_table
    last = tf.shape(table.rates, out_type="int64")[0] - 1
    # of gradients that are gathered over several steps, the last one's update counts
    step = (_updates(optimizer) - table.start) * (optimizer.gradient_accumulation_steps or 1)
    rate = tf.gather(table.rates, tf.clip_by_value(step, 0, last))
    optimizer.learning_rate.assign(tf.cast(rate, optimizer.learning_rate.dtype))
    return type(optimizer).apply(optimizer, grads, trainable_variables)


def _updates(optimizer: Any) -> Any:
    return tf.cast(keras.ops.convert_to_tensor(optimizer.iterations), "int64")


def _check_can_be_set(optimizer: Any) -> None:
    rate = getattr(optimizer, "learning_rate", None)
    if not isinstance(rate, keras.Variable):
        raise UsageError(
            "A schedule sets the learning rate of the optimizer. Expected an optimizer that was "
            f"made with a number. Received: {type(optimizer).__name__} with {type(rate).__name__}. "
            "Make it with a number, or leave out the schedule."
        )
