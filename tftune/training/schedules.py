"""Which schedule the learning rate of a trial follows, and what sets it there.

The schedules themselves, with formulas and sources, are those of `tftune.models.schedules`: a
model's knobs choose among them, so they stand below it. A trial follows the knobs of its own that
`tftune.models.knobs.learning_rate_schedule` declares; without them it follows the option
`schedule` of its search. Progress is counted on the longest trial of the search, so that a trial
that is resumed, or promoted by Hyperband, goes on exactly where it was.

Example:
    >>> schedule_of_trial({}, TrainingSettings(schedule="cosine", warmup=0.1))
    Cosine(warmup=0.1, final=0.01)
    >>> schedule_of_trial({"units": 8}, TrainingSettings()) is None
    True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.errors import UsageError
from tftune.models.schedules import SCHEDULES, Schedule, make_schedule
from tftune.models.scheduling import ScheduledRate, schedule_of
from tftune.training.notes import note
from tftune.training.plateau import sets_the_rate
from tftune.training.settings import TrainingSettings
from tftune.training.task import TrialTask

__all__ = ["SCHEDULES", "ScheduledRate", "schedule_of_trial", "scheduled_rate"]


def schedule_of_trial(
    values: Mapping[str, Any], settings: TrainingSettings, usual: Schedule | None = None
) -> Schedule | None:
    """Returns the schedule of a trial, or None where its rate is left to the plateau rule.

    Args:
        values: Of its knobs.
        settings: Of the search.
        usual: What the model follows where neither its knobs nor the search name one.
    """
    tuned = schedule_of(values)
    if tuned is not None:
        if settings.has_schedule:
            note(
                f"The option schedule={settings.schedule!r} is not used: the model has knobs for "
                "the schedule. Fix these to give all trials one schedule."
            )
        return tuned
    if not settings.has_schedule:
        return usual
    return make_schedule(settings.schedule, warmup=settings.warmup)


def scheduled_rate(
    task: TrialTask,
    schedule: Schedule | None,
    model: Any,
    users: Sequence[Any],
) -> list[ScheduledRate]:
    """Returns the callback that sets the rate, or nothing without a schedule.

    Args:
        task: The trial.
        schedule: As `schedule_of_trial` returned it.
        model: Its optimizer has the greatest rate now, before a continuation puts its last one in
            place.
        users: The user's callbacks.

    Raises:
        UsageError: If a callback of the user's sets the rate, too, or it cannot be set.
    """
    if schedule is None:
        return []
    for callback in users:
        if sets_the_rate(callback):
            raise UsageError(
                "Two things would set the learning rate. Expected one. Received: the schedule "
                f"{schedule.name!r} and your callback {type(callback).__name__}. Leave out one of "
                "them."
            )
    epochs = max(task.settings.epochs, task.last_epoch or 0)
    rate = ScheduledRate(schedule, epochs)
    rate.set_model(model)
    return [rate]
