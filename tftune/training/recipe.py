"""One training of a trial from the seed to the outcome: the same steps whether it is one model or
one a fold.

1. seed, 2. HyperModel and values, 3. build, 4. speed up, 5. resume, 6. train, 7. checkpoint,
8. outcome. `Trainee` is the first four, `train` the others; who calls it says what the sixth is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle
import keras
import keras_tuner

from tftune.models.hypermodel import AbstractTunableModel
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.support.seeding import derive
from tftune.training.checkpoints import save_checkpoint
from tftune.training.described_model import describe_model
from tftune.training.fitting import build_model, checkpoint_of, outcome_of, resume, speed_up
from tftune.training.graphs import Graphs
from tftune.training.keeping import Keeper, KeptTrial
from tftune.training.metric_names import check_objective_name, tells_its_metrics
from tftune.training.schedules import schedule_of_trial
from tftune.training.task import Outcome, TrialTask
from tftune.training.training_state import Start, tracker_of
from tftune.training.users_callbacks import listed

_HARMLESS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.TerminateOnNaN,
    keras.callbacks.CSVLogger,
)  # of exactly these classes


class Trainee:
    """A model of a trial, built and ready to train.

    Args:
        task: The trial.
        name: Of the random streams: which repetition of the trial, and with folds which fold.
        graphs: Of earlier trials in this process, one of which it may use; None makes its own.

    Attributes:
        hypermodel: A copy of the HyperModel.
        hp: The trial's values.
        schedule: That the learning rate follows, or None.
        model: The Keras model; its `fit` is the quick one.
        described: What the model was when it was built, or None where only its training completes
            it.
        users: The user's callbacks in its training.
        wants_to_stop: Whether its training is to end; of one of several that are trained by turns.
    """

    def __init__(self, task: TrialTask, name: str, graphs: Graphs | None = None) -> None:
        keras.utils.set_random_seed(derive(task.seed, task.stream, f"execution {name}"))
        self.hypermodel = cloudpickle.loads(task.hypermodel)
        self.hp = CheckedHyperParameters.from_config(task.hyperparameters)
        self._known = len(self.hp.space)
        self.users: list[Any] = []
        self.wants_to_stop = False
        self.model = build_model(self.hypermodel, self.hp)
        if tells_its_metrics(self.hypermodel, listed(task.options.get("callbacks"))):
            check_objective_name(task.objective, self.model)
        # before anything of ours changes it
        self.described = describe_model(self.model) if _is_complete(self.model) else None
        usual = getattr(self.hypermodel, "default_schedule", None)
        self.schedule = schedule_of_trial(self.hp.values, task.settings, usual)
        if graphs is not None and _may_share(self.hypermodel, task):
            apart = f"{task.options.get('batch_size')} {self.hp.values.get('batch_size')}"
            apart += " scheduled" if self.schedule is not None else ""
            self.model = graphs.adopt(self.model, apart=apart)
        speed_up(self.model, derive(task.seed, task.stream, f"shuffle {name}"))

    @property
    def fits_as_keras(self) -> bool:
        """Whether the HyperModel leaves training to `model.fit` and returns what that returns."""
        return _fits_as_keras(self.hypermodel)

    def fit(self, *arguments: Any, **options: Any) -> Any:
        """Trains as the HyperModel wishes and returns what it returns.

        A `fit` that takes neither `epochs` nor `verbose` is not given them, as by KerasTuner, which
        passes on only what `search` was given.
        """
        taken = inspect.signature(self.hypermodel.fit).parameters
        if not any(each.kind is each.VAR_KEYWORD for each in taken.values()):
            unwanted = {"epochs", "verbose"} - set(taken)
            options = {name: options[name] for name in options if name not in unwanted}
        return self.hypermodel.fit(self.hp, self.model, *arguments, **options)

    def config_with_new_knobs(self) -> dict[str, Any] | None:
        """Returns the config if building or fitting declared knobs that were unknown, else None."""
        return dict(self.hp.get_config()) if len(self.hp.space) != self._known else None


def _is_complete(model: Any) -> bool:
    """Whether the model is all there: HyperModel.fit() may compile it, its first batch build it."""
    return bool(model.built and model.compiled)


def _may_share(hypermodel: Any, task: TrialTask) -> bool:
    """Whether nobody but us trains the model or looks into it while it trains."""
    return _fits_as_keras(hypermodel) and all(
        type(callback) in _HARMLESS for callback in listed(task.options.get("callbacks"))
    )


def _fits_as_keras(hypermodel: Any) -> bool:
    return type(hypermodel).fit in (keras_tuner.HyperModel.fit, AbstractTunableModel.fit)


def train(
    task: TrialTask,
    execution: int,
    trainees: Sequence[Trainee],
    callbacks: Sequence[Any],
    train_from: Callable[[Start], None],
    kept: KeptTrial,
) -> Outcome:
    """Goes on where an earlier attempt was interrupted, or where the parent stopped, trains, and
    keeps what a continuation needs.

    Args:
        task: The trial.
        execution: Which of its repetitions, from 0; the first one's weights are kept.
        trainees: The trial's model, or one a fold; the first stands for the trial.
        callbacks: Whose state a continuation needs; among them one `BestEpoch`.
        train_from: Trains up to the trial's last epoch. Not called for a trial that continues one
            that was stopped.
        kept: Of the trial.
    """
    models = [trainee.model for trainee in trainees]
    start, done = kept.go_on(execution, trainees, callbacks), None
    if start is None:
        done = resume(task, models, callbacks)
        first = done["epochs_trained"] if done else task.first_epoch
        start = Start(first, first, over=bool(done and done["stopped"]))
    if not start.over:
        for keeper in callbacks:
            if isinstance(keeper, Keeper):
                keeper.start = start
        train_from(start)
    if execution == 0 and task.checkpoint is not None:
        checkpoint = checkpoint_of(task, models, callbacks, done, trainees[0].described)
        save_checkpoint(task.checkpoint, checkpoint)
    outcome = outcome_of(tracker_of(callbacks), models[0])
    outcome.hyperparameters = trainees[0].config_with_new_knobs()
    return outcome
