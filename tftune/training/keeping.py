"""A trial that survives its process: what it has trained is kept from epoch to epoch, and an
interrupted one goes on there as if it had not been interrupted.

One file a trial (see `training_state`), written whole or not at all, which the driver removes when
the trial has ended. Keras' BackupAndRestore keeps weights, optimizer and epoch only, restores what
any training has left in its folder, and starts the callbacks anew.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from tftune.errors import RunFolderError, TftuneError
from tftune.training.callback_states import UnknownStateError
from tftune.training.callbacks import Report
from tftune.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from tftune.training.continuable import reason_of_data, reason_of_model
from tftune.training.epoch_metrics import Logs
from tftune.training.fitting import optimizers_of
from tftune.training.inputs.reading_on import counted, iterations_of, read_on
from tftune.training.inputs.transport import SharedPipeline
from tftune.training.notes import note
from tftune.training.task import Outcome, TrialTask
from tftune.training.training_state import (
    Start,
    bytes_of,
    draw_on,
    plain_outcome,
    put_training_back,
    tracker_of,
    training_state,
)

if TYPE_CHECKING:
    from tftune.training.recipe import Trainee

MOST_BYTES = 4 * 2**30  # of one file
SHARE = 20  # keeping takes at most one in so many seconds, where nobody asked for each epoch


class KeptTrial:
    """What is kept of one trial.

    Args:
        task: The trial.
        report: Is told where an earlier attempt goes on.

    Attributes:
        done: Outcomes of the executions that are done.
        reported: The last epoch that was reported; those of the first execution are.
        seconds: That earlier attempts took for what is kept of them.
        pipeline: The dataset that is read, if it travelled as the recipe of its pipeline.
    """

    def __init__(self, task: TrialTask, report: Report) -> None:
        self.task, self.report = task, report
        self.done: list[Outcome] = []
        self.reported, self.seconds = 0, 0.0
        self.pipeline: Any = None
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
            start = put_training_back(found, self.task, trainees, callbacks)
        except Exception as error:  # of a model that was built otherwise: it is not changed yet
            self.seconds = 0.0
            text = f"what was kept of it does not fit ({type(error).__name__})"
            self._begin_again(text, self.reported if execution else 0)
            return None
        next(each for each in callbacks if isinstance(each, Keeper)).found = found
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

    def read_on(
        self, arguments: tuple[Any, ...], options: dict[str, Any], start: Start
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Returns the arguments of `fit` with a pipeline at the place where it is after some
        epochs.

        Args:
            arguments: By position.
            options: By name.
            start: Where the training goes on.
        """
        travelled = self.task.arguments[0] if self.task.arguments else self.task.options.get("x")
        if self.task.keeping is None or not isinstance(travelled, SharedPipeline):
            return arguments, options
        self.pipeline = counted(arguments[0] if arguments else options["x"])
        epochs, steps = start.epoch - start.data, options.get("steps_per_epoch")
        if steps is not None:  # one iteration for all epochs
            self.pipeline = self.pipeline.skip(epochs * int(steps))
        elif epochs:
            read_on(self.pipeline, epochs, start.iterations)
        if arguments:
            return (self.pipeline, *arguments[1:]), options
        return arguments, options | {"x": self.pipeline}

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
        found: The state from which it goes on, or None.
    """

    start = Start(0, 0)
    found: Checkpoint | None = None

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

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self.found is not None:
            draw_on(self.found)  # at last: what comes before draws, too
            self.found = None

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
        rates = [callback for callback in self._callbacks if hasattr(callback, "growth")]
        if any(callback.growth is not None for callback in rates) and any(
            getattr(optimizer, "use_ema", False)
            for optimizer in optimizers_of([trainee.model for trainee in trainees])
        ):
            return "the batch grows, and the optimizer takes its moving averages over each time"
        epochs = tracker_of(self._callbacks).epochs_trained - self.start.data
        read = iterations_of(self._kept.pipeline)
        in_one = self._kept.task.options.get("steps_per_epoch") is not None
        if self._kept.pipeline is not None and not in_one and (not read or read % epochs):
            return "x is a pipeline, of which it is not known how often it was read"
        models = (reason_of_model(trainee.model) for trainee in trainees)
        return reason_of_data(self._kept.task) or next((why for why in models if why), None)

    def _keep(self) -> None:
        keeping = self._keeping
        if keeping is None or keeping.path is None:
            return
        try:
            checkpoint = self._state()
            size = bytes_of(checkpoint)
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
        except (OSError, TftuneError) as error:
            why = getattr(error, "strerror", None) or error
            note(_because(f"what is kept of it could not be written ({why})"))
            self._stop_keeping(keeping.path)

    def _stop_keeping(self, path: str) -> None:
        self._keeping = None
        with contextlib.suppress(OSError):
            os.unlink(path)  # of an earlier epoch

    def _state(self) -> Checkpoint:
        kept = self._kept
        if self._execution == 0:
            kept.reported = tracker_of(self._callbacks).epochs_trained
        told = {
            "execution": self._execution,
            "done": [plain_outcome(outcome) for outcome in kept.done],
            "data": self.start.data,
            "reported": kept.reported,
            "seconds": kept.so_far(),
            "iterations": iterations_of(kept.pipeline),
        }
        return training_state(self._trainees, self._callbacks, told)


def _because(why: str) -> str:
    return (
        "A trial of this search that is interrupted begins again at its first epoch, because "
        f"{why}."
    )
