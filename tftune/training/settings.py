"""How every trial of a search is trained: its length, early stopping and the learning rate's
plateau rule.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tftune.errors import UsageError


@dataclass(frozen=True)
class TrainingSettings:
    """Settings shared by all trials of a search; part of what a resumed search must agree with.

    Args:
        epochs: Epochs a trial trains at the most, at least 1; Hyperband sets its own.
        early_stopping_patience: Epochs without a better objective after which a trial ends; 0
            switches it off. Defaults to 10.
        plateau_factor: ReduceLROnPlateau's factor in (0, 1), on `val_loss` (`loss` without
            validation data). Defaults to 0.9.
        plateau_patience: Its patience in epochs; 0 switches it off. Defaults to 5.
        minimum_learning_rate: Its floor, at least 0. Defaults to 1e-5.
        executions_per_trial: Repeated trainings a trial, whose best scores are averaged. Defaults
            to 1.
        folds: Folds K that a trial is cross-validated on, at least 2; 0 trains once, on the
            validation split. Defaults to 0.

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

    def __post_init__(self) -> None:
        self._check("epochs", self.epochs, "an integer of at least 1", _is_count(self.epochs, 1))
        self._check(
            "executions_per_trial",
            self.executions_per_trial,
            "an integer of at least 1",
            _is_count(self.executions_per_trial, 1),
        )
        self._check(
            "folds",
            self.folds,
            "an integer of at least 2, or 0 for none",
            _is_count(self.folds, 0) and self.folds != 1,
        )
        for name in ("early_stopping_patience", "plateau_patience"):
            value = getattr(self, name)
            self._check(
                name, value, "an integer of at least 0 (0 switches it off)", _is_count(value, 0)
            )
        self._check(
            "plateau_factor",
            self.plateau_factor,
            "a number above 0 and below 1",
            0 < self.plateau_factor < 1,
        )
        self._check(
            "minimum_learning_rate",
            self.minimum_learning_rate,
            "a number of at least 0",
            self.minimum_learning_rate >= 0,
        )

    def _check(self, name: str, value: object, expected: str, good: bool) -> None:
        if not good:
            raise UsageError(
                f"{name} is out of range. Expected {expected}. Received: {name}={value!r}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Returns the settings as JSON-able values; folds are left out where there are none, as in
        journals older than they are.
        """
        return {name: value for name, value in asdict(self).items() if name != "folds" or value}


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
