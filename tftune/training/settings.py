"""How every trial of a search is trained: its length, early stopping, the learning rate's schedule
or its plateau rule.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tftune.errors import UsageError
from tftune.models.schedules import SCHEDULES, make_schedule
from tftune.support.checks import check_choice, check_count, check_flag, check_number


@dataclass(frozen=True)
class TrainingSettings:
    """Settings shared by all trials of a search; part of what a resumed search must agree with.

    Args:
        epochs: Epochs a trial trains at the most, at least 1; Hyperband sets its own.
        early_stopping_patience: Epochs without a better objective after which a trial ends, of
            those that have the objective; 0 switches it off. Defaults to 10.
        early_stopping_min_delta: How much better than the last improvement an epoch must be to
            count as one, as in Keras' EarlyStopping, at least 0. It decides when a trial ends, not
            which epoch is the best. Defaults to 0.
        plateau_factor: ReduceLROnPlateau's factor in (0, 1), on `val_loss` (`loss` without
            validation); left out where something else sets the rate (see `training.plateau`).
            Defaults to 0.9.
        plateau_patience: Its patience in epochs; 0 switches it off. Defaults to 5.
        minimum_learning_rate: Its floor, at least 0. Defaults to 1e-5.
        executions_per_trial: Repeated trainings a trial, whose best scores are averaged. Defaults
            to 1.
        folds: Folds K that a trial is cross-validated on, at least 2; 0 trains once, on the
            validation split. Defaults to 0.
        keep_weights: Of which epoch a trial is worth its objective and keeps the weights: `"best"`,
            that of the best objective; or `"last"`, the last one that has the objective, as after
            `model.fit` without callbacks. A trial whose last epoch is no number has failed then.
            Defaults to `"best"`.
        schedule: Of the learning rate, a key of `tftune.models.schedules.SCHEDULES`, for trials
            without a knob `schedule`. Defaults to `constant`, whose rate the plateau rule lowers.
        warmup: Share of all steps in which the rate rises from almost 0, 0 to below 1. Defaults to
            0.
        batch_growth: Whether the batch grows where the schedule would lower the rate (see
            `training.growing`). Defaults to False.
        reshuffle: Whether each trial has another cut of train and validation, or other folds (see
            `training.fresh_cut`). Defaults to False.

    Raises:
        UsageError: If a value is outside its range.

    Example:
        >>> TrainingSettings(epochs=20).plateau_factor
        0.9
    """

    epochs: int = 1
    early_stopping_patience: int = 10
    plateau_factor: float = 0.9
    plateau_patience: int = 5
    minimum_learning_rate: float = 1e-5
    executions_per_trial: int = 1
    folds: int = 0
    early_stopping_min_delta: float = 0.0
    keep_weights: str = "best"
    schedule: str = "constant"
    warmup: float = 0.0
    batch_growth: bool = False
    reshuffle: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "executions_per_trial"):
            check_count(name, getattr(self, name), least=1)
        for name in ("early_stopping_patience", "plateau_patience"):
            check_count(name, getattr(self, name), least=0)
        check_count("folds", self.folds, least=0 if self.folds == 0 else 2)
        check_number("plateau_factor", self.plateau_factor, 0, 1, above=True, below=True)
        check_number("minimum_learning_rate", self.minimum_learning_rate, low=0, example=1e-5)
        check_number("early_stopping_min_delta", self.early_stopping_min_delta, low=0, example=0.01)
        check_choice("keep_weights", self.keep_weights, ("best", "last"))
        check_number("warmup", self.warmup, 0, 1, below=True, example=0.1)
        chosen = make_schedule(self.schedule, warmup=self.warmup)
        check_flag("batch_growth", self.batch_growth)
        check_flag("reshuffle", self.reshuffle)
        if self.batch_growth and not chosen.falls:
            falling = ", ".join(name for name, kind in SCHEDULES.items() if kind.falls)
            raise UsageError(
                "The batch can grow only where the schedule would lower the learning rate. "
                f"Expected one that never rises: {falling}. Received: {self.schedule!r}. Choose "
                "one of these, or leave out batch_growth."
            )

    @property
    def has_schedule(self) -> bool:
        """Whether the rate follows a schedule in trials without a knob for it."""
        return self.schedule != "constant" or self.warmup > 0

    def to_dict(self) -> dict[str, Any]:
        """Returns the settings as JSON-able values; what the oldest journals lack is left out at
        its default.
        """
        return {
            name: value
            for name, value in asdict(self).items()
            if name not in YOUNGER or value != YOUNGER[name]
        }


# settings that older journals lack, with what they stand for there
YOUNGER: dict[str, Any] = {
    name: getattr(TrainingSettings, name)
    for name in (
        *("folds", "early_stopping_min_delta", "keep_weights"),
        *("schedule", "warmup", "batch_growth", "reshuffle"),
    )
}
