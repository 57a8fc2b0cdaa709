"""A trial that survives its process: what it has trained is kept from epoch to epoch, and an
interrupted one goes on there as if it had not been interrupted.

Kept are the weights, the optimizer's variables, those of the best epoch, what the callbacks count
with, Python's and NumPy's random states, and the executions that are done; the order of the data
follows from the epoch. One file a trial, written whole or not at all, which the driver removes when
the trial has ended. Keras' BackupAndRestore keeps weights, optimizer and epoch only, restores what
any training has left in its folder, and starts the callbacks anew.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tftune.errors import RunFolderError
from tftune.training.callback_states import UnknownStateError, put_back, states_of
from tftune.training.callbacks import BestEpoch, Report, own_callbacks
from tftune.training.checkpoints import (
    Checkpoint,
    assign,
    check_fits,
    load_checkpoint,
    save_checkpoint,
    variables_of,
)
from tftune.training.continuable import reason_of_data, reason_of_model
from tftune.training.epoch_metrics import Logs
from tftune.training.fitting import Together, complete, last_epoch, optimizers_of
from tftune.training.notes import note
from tftune.training.plain_state import pack, unpack
from tftune.training.task import Outcome, TrialTask

if TYPE_CHECKING:
    from tftune.training.recipe import Trainee

MOST_BYTES = 4 * 2**30  # of one file
SHARE = 20  # keeping takes at most one in so many seconds, where nobody asked for each epoch


@dataclass(frozen=True)
class Start:
    """Where a training begins.

    Attributes:
        epoch: The first that is trained, from 0.
        data: The epoch at which its data began: earlier than `epoch` where it goes on.
        over: Whether nothing is left to train.
    """

    epoch: int
    data: int
    over: bool = False


class KeptTrial:
    """What is kept of one trial.

    Args:
        task: The trial.
        report: Is told where an earlier attempt goes on.

    Attributes:
        done: Outcomes of the executions that are done.
        reported: The last epoch that was reported; those of the first execution are.
        seconds: That earlier attempts took for what is kept of them.
    """

    def __init__(self, task: TrialTask, report: Report) -> None:
        self.task, self.report = task, report
        self.done: list[Outcome] = []
        self.reported, self.seconds = 0, 0.0
        self._began = time.perf_counter()
        self._found: Checkpoint | None = None

    def look(self) -> None:
        """Reads what an earlier attempt has left, if it fits what the journal tells."""
        keeping = self.task.keeping
        if keeping is None or keeping.path is None or not os.path.exists(keeping.path):
            return
        try:
            found = load_checkpoint(keeping.path)
            done = [Outcome(**each) for each in found.facts["done"]]
            reported, seconds = int(found.facts["reported"]), float(found.facts["seconds"])
        except (RunFolderError, KeyError, TypeError, ValueError) as error:
            self._begin_again(f"what was kept of it cannot be read ({type(error).__name__})")
            return
        if keeping.told is not None and reported > keeping.told:
            self._begin_again("the journal lacks epochs that were kept, after a crash of the disk")
            return
        self._found, self.done = found, done
        self.reported, self.seconds = reported, seconds

    def go_on(
        self, execution: int, trainees: Sequence[Trainee], callbacks: Sequence[Any]
    ) -> Start | None:
        """Puts a training in the state that was kept, if it is the one that was interrupted.

        Args:
            execution: Which of the trial's, from 0.
            trainees: The trial's model, or one a fold.
            callbacks: All but those of the user's; among them one `BestEpoch`.

        Returns:
            Where it goes on, or None where it begins.
        """
        if self._found is None:
            return None
        found, self._found = self._found, None
        try:
            start = _put_back(found, self.task, trainees, callbacks)
        except Exception as error:  # of a model that was built otherwise: it is not changed yet
            self.seconds = 0.0
            text = f"what was kept of it does not fit ({type(error).__name__})"
            self._begin_again(text, self.reported if execution else 0)
            return None
        self.report({"continued": self.reported})
        return start

    def _begin_again(self, why: str, epoch: int = 0) -> None:
        note(_because(why))
        if self.task.keeping is not None and self.task.keeping.path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.task.keeping.path)
        self.report({"continued": epoch})

    def keepers(
        self, execution: int, trainees: Sequence[Trainee], callbacks: Sequence[Any]
    ) -> list[Keeper]:
        """Returns the callback that keeps a training, to be called after all others; none where
        nothing is to be kept or said.

        Args:
            execution: Which of the trial's, from 0.
            trainees: The trial's model, or one a fold.
            callbacks: All but those of the user's.
        """
        if self.task.keeping is None:
            return []
        return [Keeper(self, execution, trainees, callbacks)]

    def so_far(self) -> float:
        """Returns the seconds that the trial has taken, with those of earlier attempts."""
        return self.seconds + time.perf_counter() - self._began


class Keeper(keras.callbacks.Callback):
    """Keeps a training after an epoch, where it is time.

    Args:
        kept: Of the trial.
        execution: Which of its, from 0.
        trainees: The trial's model, or one a fold.
        callbacks: All but those of the user's.

    Attributes:
        start: Where the training began.
    """

    start = Start(0, 0)

    def __init__(
        self,
        kept: KeptTrial,
        execution: int,
        trainees: Sequence[Trainee],
        callbacks: Sequence[Any],
    ) -> None:
        super().__init__()
        self._kept, self._execution = kept, execution
        self._trainees, self._callbacks = trainees, callbacks
        self._keeping = kept.task.keeping
        self._since, self._cost = time.perf_counter(), 0.0
        self._looked = False
        self._random: tuple[Any, Any] | None = None

    def go_on_drawing(self, states: tuple[Any, Any]) -> None:
        """Lets Python and NumPy draw on from their states when the training begins."""
        self._random = states

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self._random is not None:
            random.setstate(self._random[0])
            np.random.set_state(self._random[1])
            self._random = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        keeping = self._keeping
        if keeping is None:
            return
        if not self._looked and (keeping.asked or keeping.told or self._is_due()):
            self._looked = True
            why = self._why_not()
            if why is not None:
                if keeping.asked or keeping.told:
                    note(_because(why))
                self._keeping = None
                return
        if self._is_due():
            began = time.perf_counter()
            self._keep()
            self._since = time.perf_counter()
            self._cost = self._since - began

    def _is_due(self) -> bool:
        every = self._keeping.seconds if self._keeping is not None else 0.0
        wait = max(every, SHARE * self._cost) if every else 0.0
        return time.perf_counter() - self._since >= wait

    def _why_not(self) -> str | None:
        """Returns why the training could not go on in another process, or None."""
        keeping, trainees = self._kept.task.keeping, self._trainees
        if keeping is None or keeping.path is None:
            return keeping.why if keeping is not None else None
        if not all(trainee.fits_as_keras for trainee in trainees):
            return "HyperModel.fit() is the user's own, which may do more than one training"
        if any(callback.growth is not None for callback in _rates(self._callbacks)) and any(
            getattr(optimizer, "use_ema", False)
            for optimizer in optimizers_of([trainee.model for trainee in trainees])
        ):
            return "the batch grows, and the optimizer takes its moving averages over each time"
        models = (reason_of_model(trainee.model) for trainee in trainees)
        return reason_of_data(self._kept.task) or next((why for why in models if why), None)

    def _keep(self) -> None:
        keeping = self._keeping
        if keeping is None or keeping.path is None:
            return
        try:
            checkpoint = self._checkpoint()
            size = _bytes_of(checkpoint)
            if size > MOST_BYTES:
                raise UnknownStateError(
                    f"what is to be kept of it takes {size / 1e9:.1f} GB, more than "
                    f"{MOST_BYTES / 1e9:.1f} GB"
                )
            save_checkpoint(keeping.path, checkpoint)
        except UnknownStateError as error:
            if keeping.asked or keeping.told:
                note(_because(str(error)))
            self._stop_keeping(keeping.path)
        except OSError as error:
            note(_because(f"what is kept of it could not be written ({error.strerror or error})"))
            self._stop_keeping(keeping.path)

    def _stop_keeping(self, path: str) -> None:
        self._keeping = None
        with contextlib.suppress(OSError):
            os.unlink(path)  # of an earlier epoch

    def _checkpoint(self) -> Checkpoint:
        models = [trainee.model for trainee in self._trainees]
        tracker = tracker_of(self._callbacks)
        if self._execution == 0:
            self._kept.reported = tracker.epochs_trained
        arrays: dict[str, np.ndarray] = {}
        users: list[Any] = []
        for trainee in self._trainees:
            known = dict(arrays)
            arrays.clear()
            users.append(states_of(trainee.users, arrays))
            arrays = known | {f"{len(users)}:{name}": each for name, each in arrays.items()}
        facts = {
            "execution": self._execution,
            "epoch": tracker.epochs_trained,
            "data": self.start.data,
            "over": bool(models[0].stop_training),
            "reported": self._kept.reported,
            "seconds": self._kept.so_far(),
            "done": [_plain(outcome) for outcome in self._kept.done],
            "best": tracker.get_state(),
            "seen": tracker.seen,
            "latest": tracker.latest,
            "pruned": tracker.pruned,
            "callbacks": [callback.get_state() for callback in own_callbacks(self._callbacks)],
            "users": users,
            "stops": [bool(getattr(each, "wants_to_stop", False)) for each in self._trainees],
            "random": [
                pack(random.getstate(), "python", arrays),
                pack(np.random.get_state(), "numpy", arrays),
            ],
        }
        weights = variables_of(Together(models))
        optimizer = variables_of(Together(optimizers_of(models)))
        return Checkpoint(weights, optimizer, tracker.weights, facts, states=arrays)


def _put_back(
    found: Checkpoint, task: TrialTask, trainees: Sequence[Trainee], callbacks: Sequence[Any]
) -> Start:
    """Puts a training in the state that was kept; nothing is changed where that does not fit."""
    facts, models = found.facts, [trainee.model for trainee in trainees]
    for model in models:
        complete(model, task)
    weights, optimizers = Together(models), Together(optimizers_of(models))
    check_fits(weights, found.last, "weights")
    check_fits(optimizers, found.optimizer, "optimizer state")
    own = own_callbacks(callbacks)
    pairs = [list(zip(*each, strict=True)) for each in _users(trainees, facts["users"])]
    states = list(zip(own, facts["callbacks"], strict=True))
    drawing = tuple(unpack(each, found.states) for each in facts["random"])
    over = bool(facts["over"]) or facts["epoch"] >= last_epoch(task)
    start = Start(int(facts["epoch"]), int(facts["data"]), over)
    assign(weights, found.last, "weights")
    assign(optimizers, found.optimizer, "optimizer state")
    tracker = tracker_of(callbacks)
    tracker.set_state(facts["best"], found.best)
    tracker.epochs_trained, tracker.pruned = start.epoch, facts["pruned"]
    tracker.seen, tracker.latest = facts["seen"], facts["latest"]
    for callback, state in states:
        callback.resumed = state
    for number, each in enumerate(pairs, start=1):
        prefix = f"{number}:"
        arrays = {
            name.removeprefix(prefix): array
            for name, array in found.states.items()
            if name.startswith(prefix)
        }
        for callback, state in each:
            put_back(callback, state, arrays, start.epoch)
    for trainee, stops in zip(trainees, facts["stops"], strict=True):
        if stops:
            trainee.wants_to_stop = True
    keeper_of(callbacks).go_on_drawing(drawing)
    if over:
        for model in models:
            _finalize(model)
    return start


def _users(trainees: Sequence[Trainee], states: Any) -> list[tuple[Any, Any]]:
    return [(trainee.users, each) for trainee, each in zip(trainees, states, strict=True)]


def _finalize(model: Any) -> None:
    """Does what Keras does at the end of a training."""
    if getattr(getattr(model, "optimizer", None), "use_ema", False):
        model.optimizer.finalize_variable_values(model.trainable_weights)


def tracker_of(callbacks: Sequence[Any]) -> BestEpoch:
    """Returns the one callback that keeps the best epoch."""
    return next(callback for callback in callbacks if isinstance(callback, BestEpoch))


def keeper_of(callbacks: Sequence[Any]) -> Keeper:
    """Returns the callback that keeps a training, the last of all."""
    return next(callback for callback in callbacks if isinstance(callback, Keeper))


def _rates(callbacks: Sequence[Any]) -> list[Any]:
    return [callback for callback in callbacks if hasattr(callback, "growth")]


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {**asdict(outcome), "status": str(outcome.status), "notes": []}


def _bytes_of(checkpoint: Checkpoint) -> int:
    groups: list[Any] = [checkpoint.last, checkpoint.optimizer, checkpoint.best or []]
    groups.append(list(checkpoint.states.values()))
    return sum(array.nbytes for group in groups for array in group)


def _because(why: str) -> str:
    return f"A trial of this search that is interrupted begins again at its first epoch, because {why}."
