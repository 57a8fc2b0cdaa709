"""What the steps of a finish share: the trainings, the rows that judge, and the model so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tftune.journal.recorder import Recorder
from tftune.journal.state import SearchState, TrialRecord
from tftune.search.finish.budget import StepsPlan
from tftune.search.finish.judging import Judge
from tftune.search.finish.rows import SearchRows
from tftune.search.finish.tasks import FinishTasks
from tftune.search.finish.trainings import PREFIX, Training, Trainings
from tftune.search.finish.verdicts import KEPT, SKIPPED, Step, verdict
from tftune.search.finish.winner import cost_of, epochs_of
from tftune.training.checkpoints import Checkpoint, save_checkpoint
from tftune.training.weight_averaging import window


@dataclass
class Model:
    """The model as it stands between the steps.

    Attributes:
        trial: The winner.
        judge: The rows that judge.
        kept: What the kept models answer to them, by trial, the winner first.
        before: Answers of the model so far.
        trained: Whether the winner was trained again.
        file: Name of the file with the weights that take the winner's place, or None.
    """

    trial: TrialRecord
    judge: Judge
    kept: dict[str, Any] = field(default_factory=dict)
    before: Any = None
    trained: bool = False
    file: str | None = None


class Work:
    """A finish under way.

    Args:
        recorder: Of the search.
        tasks: Makes the tasks.
        rows: Which rows train, which judge.
        trainings: Runs and remembers them.
        plan: Which steps fit.
        model: As it stands.
    """

    def __init__(
        self,
        recorder: Recorder,
        tasks: FinishTasks,
        rows: SearchRows,
        trainings: Trainings,
        plan: StepsPlan,
        model: Model,
    ) -> None:
        self.recorder, self.tasks, self.rows, self.trainings = recorder, tasks, rows, trainings
        self.plan, self.model = plan, model
        self.steps: dict[str, Step] = {}
        self.epochs = epochs_of(self.state, model.trial)
        self.window = window(self.epochs)
        records = recorder.journal.records
        self.cost = cost_of(records, model.trial, self.epochs, tasks.plan.training)

    @property
    def state(self) -> SearchState:
        """What the journal tells."""
        return self.recorder.state

    def base(self) -> Training:
        """Returns the training on the training rows."""
        return self.tasks.base(self.model.trial, self.rows, self.epochs, self.window)

    def result(self, training: Training) -> Checkpoint:
        """Returns what a training has left."""
        return self.trainings.result(training)

    def seconds(self, wanted: Sequence[Training]) -> float:
        """Returns how long trainings took."""
        return sum(self.trainings.spent_on(each.key) for each in wanted)

    def skip(self, name: str, why: str, *wanted: Training) -> None:
        """Notes that a step is left out.

        Args:
            name: Of the step.
            why: In words.
            *wanted: Trainings that it took all the same.
        """
        self.steps[name] = Step(name, SKIPPED, why, None, len(wanted), self.seconds(wanted))

    def too_little(self, cost: float) -> str:
        """Returns that a step does not fit any more."""
        left = max(self.trainings.left, 0.0)
        return f"it would take {cost:.1f} s; {left:.1f} s are left"

    def judge_step(
        self, name: str, after: Any, wanted: Sequence[Training], rows: Any = None
    ) -> bool:
        """Notes what a step is worth, and returns whether it is kept.

        Args:
            name: Of the step.
            after: Answers with it, of all rows.
            wanted: Its trainings.
            rows: Which rows judge; None: all.
        """
        gain = self.model.judge.gain(self.model.before, after, rows)
        status, why = verdict(gain)
        self.steps[name] = Step(name, status, why, gain, len(wanted), self.seconds(wanted))
        return status == KEPT

    def take(self, saved: Checkpoint, answers: Any) -> None:
        """Lets the weights of a training take the winner's place.

        Args:
            saved: What the training has left.
            answers: Of the model on the rows that judge.
        """
        model = self.model
        file = f"{PREFIX}{model.trial.trial_id}-finished"
        whole = replace(saved, last=[], answers={})  # without a window the last ones are the best
        save_checkpoint(self.tasks.folder.checkpoint(file), whole)
        model.file, model.before = file, answers
