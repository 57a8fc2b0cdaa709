"""What a trial is given and what it gives back; both travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tftune.errors import TftuneError
from tftune.journal.status import FailureKind, TrialStatus
from tftune.training.settings import TrainingSettings


@dataclass(frozen=True)
class Keeping:
    """How a trial is kept while it trains, so that it goes on where it was interrupted.

    Attributes:
        path: The file; None keeps nothing, for the reason `why`.
        seconds: That lie between two times at least; 0 keeps each epoch.
        told: The last epoch that the journal tells of an earlier attempt, 0 without one: what is
            kept of later ones does not count. None lets any count.
        asked: Whether the user asked for it, and so wants to know where it cannot be.
        why: Why nothing is kept, in words that follow "because".
    """

    path: str | None
    seconds: float = 0.0
    told: int | None = 0
    asked: bool = False
    why: str | None = None


@dataclass(frozen=True)
class TrialTask:
    """All that a trial needs, ready to travel to another process.

    Attributes:
        trial_id: The trial's id.
        stream: Number of the first trial of this lineage; with the seed it fixes every random
            stream.
        seed: The seed of the search.
        hypermodel: A `keras_tuner.HyperModel`, pickled by cloudpickle.
        hyperparameters: Config of `keras_tuner.HyperParameters` with the trial's values.
        objective: Name of the metric.
        direction: `max` or `min`.
        arguments: Positional arguments of `fit`, arrays shared.
        options: Keyword arguments of `fit`, arrays shared, the user's callbacks among them.
        settings: Early stopping, plateau rule, executions.
        first_epoch: Epochs that the parent has trained, by plan.
        last_epoch: Epoch at which the trial ends at the latest.
        parent_checkpoint: File to continue from, or None.
        restarts: Whether the file is gone, so that the configuration trains from the first epoch.
        checkpoint: File to write at the end, or None.
        fold_of_row: Fold of each row of the arrays in `arguments` and `options`, from 0 (see
            `training.folds`); with folds only.
        cut: Seed of another cut of train and validation than the one given, or of other folds; None
            leaves them.
        groups: An entry per row of train followed by validation, which no cut tears apart, or None.
        keeping: How the trial is kept while it trains; None keeps nothing.
    """

    trial_id: str
    stream: int
    seed: int
    hypermodel: bytes
    hyperparameters: dict[str, Any]
    objective: str
    direction: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    settings: TrainingSettings = TrainingSettings()
    first_epoch: int = 0
    last_epoch: int | None = None
    parent_checkpoint: str | None = None
    restarts: bool = False
    checkpoint: str | None = None
    fold_of_row: Any = None
    cut: int | None = None
    groups: Any = None
    keeping: Keeping | None = None


@dataclass
class Outcome:
    """How a trial ended.

    Attributes:
        status: What became of the trial.
        score: The objective at the best epoch, with folds their mean; or the mean over executions.
        best_epoch: The best epoch, from 1.
        metrics: All finite metrics at that epoch.
        message: The traceback of a failure.
        failure: Why it failed; of a failed trial CRASHED unless something else is said.
        fatal: Of a FATAL failure KerasTuner's class of the exception, such as `FatalTypeError`.
        parameters: Number of weights.
        seconds: Wall-clock time.
        hyperparameters: The config after building, if building declared knobs that were unknown.
        notes: What the user should hear once in a search (see `training.notes`).
    """

    status: TrialStatus
    score: float | None = None
    best_epoch: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    message: str | None = None
    failure: FailureKind | None = None
    fatal: str | None = None
    parameters: int | None = None
    seconds: float = 0.0
    hyperparameters: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.status = TrialStatus(self.status)
        if self.status is TrialStatus.FAILED and self.failure is None:
            self.failure = FailureKind.CRASHED


def fatal_kind(error: BaseException) -> str | None:
    """Returns which of KerasTuner's fatal errors an exception is, such as `FatalTypeError`, or
    None; told by name, which travels between processes.

    Example:
        >>> fatal_kind(ValueError("no")) is None
        True
    """
    if isinstance(error, TftuneError) and isinstance(error, TypeError):
        return "FatalTypeError"
    names = ("FatalValueError", "FatalTypeError", "FatalRuntimeError")
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in names), None)
