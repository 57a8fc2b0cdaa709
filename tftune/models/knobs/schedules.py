"""Knobs of the learning rate's course; a search that tunes them sets each trial's rate by them.

tftune's tuner does so for any `build(hp)` that calls `learning_rate_schedule`; tftune's own models
do so under KerasTuner's tuners, too. Elsewhere, pass `tftune.models.scheduling.ScheduledRate` as a
callback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.models.knobs.conditions import only_for, optional
from tftune.models.knobs.ranges import choice, real
from tftune.models.schedules import SCHEDULES, Constant, Schedule
from tftune.models.scheduling import PREFIX, described_schedule


def schedule(hp: Any, default: str = "constant", choices: Sequence[str] = tuple(SCHEDULES)) -> str:
    """Name of the schedule, a key of `tftune.models.schedules.SCHEDULES`; alone it changes nothing,
    `learning_rate_schedule` declares all of a schedule.

    Args:
        hp: The hyper-parameters to declare it in.
        default: Value of a search's first guess.
        choices: Names to choose among.

    Example:
        >>> import keras_tuner
        >>> schedule(keras_tuner.HyperParameters())
        'constant'
    """
    return choice(hp, "schedule", choices, default, SCHEDULES)


def schedule_warmup(hp: Any, maximum: float = 0.2, default: float = 0.0) -> float:
    """Share of all steps in which the rate rises linearly from almost 0 (Goyal et al. 2017).

    Args:
        hp: The hyper-parameters to declare it in.
        maximum: Greatest share, below 1.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> schedule_warmup(keras_tuner.HyperParameters())
        0.0
    """
    return real(hp, "schedule_warmup", 0.0, maximum, default, below=1.0)


def batch_growth(hp: Any, default: bool = False) -> bool | None:
    """Whether the batch grows where the schedule would lower the rate (Smith et al. 2018), in
    trials of tftune's tuner; exists beside a schedule that falls only.

    Args:
        hp: The hyper-parameters to declare it in; call `learning_rate_schedule` first.
        default: Value of a search's first guess.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = learning_rate_schedule(hp, default="step")
        >>> batch_growth(hp)
        False
    """
    falling = [name for name, kind in SCHEDULES.items() if kind.falls and name != "constant"]
    with only_for(hp, "schedule", falling):
        value = hp.Boolean("batch_growth", default=default)
    return optional(value, bool)


def learning_rate_schedule(
    hp: Any, default: str = "constant", choices: Sequence[str] = tuple(SCHEDULES)
) -> Schedule:
    """The whole course of the learning rate: the knobs `schedule`, `schedule_warmup` and those that
    the chosen schedule has, each beside it only.

    The knob `learning_rate` is the greatest rate of every schedule.

    Args:
        hp: The hyper-parameters to declare them in.
        default: Name of the schedule of a search's first guess.
        choices: Names to choose among, of `tftune.models.schedules.SCHEDULES`.

    Returns:
        The schedule; a constant one where its knobs do not apply, as in a `conditional_scope` of
        another value. A build function need not use it: the trainer finds it by the knobs.

    Example:
        >>> import keras_tuner
        >>> learning_rate_schedule(keras_tuner.HyperParameters(), default="cosine")
        Cosine(warmup=0.0, final=0.01)
    """
    schedule(hp, default, choices)
    schedule_warmup(hp)
    with only_for(hp, "schedule", ("exponential", "polynomial", "cosine")):
        hp.Float(PREFIX + "final", 1e-3, 0.3, sampling="log", default=0.01)
    with only_for(hp, "schedule", ("step",)):
        hp.Int(PREFIX + "drops", 1, 4, default=2)
        hp.Float(PREFIX + "drop", 0.1, 0.7, sampling="log", default=0.2)
    with only_for(hp, "schedule", ("polynomial",)):
        hp.Float(PREFIX + "power", 0.5, 3.0, sampling="log", default=1.0)
    with only_for(hp, "schedule", ("triangular",)):
        hp.Int(PREFIX + "cycles", 1, 5, default=2)
        hp.Float(PREFIX + "low", 0.01, 0.5, sampling="log", default=0.1)
    with only_for(hp, "schedule", ("one_cycle",)):
        hp.Float(PREFIX + "rise", 0.1, 0.5, default=0.3)
        hp.Float(PREFIX + "start", 0.01, 0.5, sampling="log", default=0.04)
    values = _values(hp)
    return described_schedule(values) if "schedule" in values else Constant()


def _values(hp: Any) -> dict[str, Any]:
    """Returns the values of the knobs of a schedule, by the names without any scope of names."""
    names = [PREFIX + name for kind in SCHEDULES.values() for name in kind().settings()]
    return {name: hp.get(name) for name in ("schedule", *names) if name in hp}
