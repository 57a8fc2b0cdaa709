"""The state of a training between two epochs, as a checkpoint, and back.

It is all that the next epochs follow from: the weights, the optimizer's variables with the learning
rate, the best epoch and its weights, what the callbacks count with, and Python's and NumPy's random
states. The order of the data follows from the epoch; dropout and augmentation draw from states that
are among the weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tftune.training.callback_states import put_back, states_of
from tftune.training.callbacks import BestEpoch, own_callbacks
from tftune.training.checkpoints import Checkpoint, assign, check_fits, variables_of
from tftune.training.fitting import Together, complete, last_epoch, optimizers_of
from tftune.training.plain_state import pack, unpack
from tftune.training.task import Outcome, TrialTask

if TYPE_CHECKING:
    from tftune.training.recipe import Trainee


@dataclass(frozen=True)
class Start:
    """Where a training begins.

    Attributes:
        epoch: The first that is trained, from 0.
        data: The epoch at which its data began: earlier than `epoch` where it goes on.
        over: Whether nothing is left to train.
        iterations: How often its pipeline was iterated from `data` to `epoch`.
    """

    epoch: int
    data: int
    over: bool = False
    iterations: int = 0


def training_state(
    trainees: Sequence[Trainee], callbacks: Sequence[Any], told: dict[str, Any]
) -> Checkpoint:
    """Returns the state of a training after an epoch.

    Args:
        trainees: The trial's model, or one a fold.
        callbacks: All but those of the user's; among them one `BestEpoch`.
        told: What else is to be among the facts.

    Raises:
        UnknownStateError: If a callback of the user's counts with what cannot be kept.
    """
    models = [trainee.model for trainee in trainees]
    tracker = tracker_of(callbacks)
    arrays: dict[str, np.ndarray] = {}
    users = []
    for number, trainee in enumerate(trainees):
        own: dict[str, np.ndarray] = {}
        users.append(states_of(trainee.users, own))
        arrays |= {f"{number}:{name}": array for name, array in own.items()}
    facts = {
        **told,
        "epoch": tracker.epochs_trained,
        "over": bool(models[0].stop_training),
        "best": tracker.get_state(),
        "seen": tracker.seen,
        "latest": tracker.latest,
        "pruned": tracker.pruned,
        "callbacks": [callback.get_state() for callback in own_callbacks(callbacks)],
        "users": users,
        "stops": [trainee.wants_to_stop for trainee in trainees],
        "random": [
            pack(random.getstate(), "python", arrays),
            pack(np.random.get_state(), "numpy", arrays),
        ],
    }
    optimizer = variables_of(Together(optimizers_of(models)))
    weights = variables_of(Together(models))
    return Checkpoint(weights, optimizer, tracker.weights, facts, states=arrays)


def draw_on(found: Checkpoint) -> None:
    """Lets Python and NumPy draw on from where they were."""
    python, numpy = (unpack(each, found.states) for each in found.facts["random"])
    random.setstate(python)
    np.random.set_state(numpy)


def put_training_back(
    found: Checkpoint, task: TrialTask, trainees: Sequence[Trainee], callbacks: Sequence[Any]
) -> Start:
    """Puts a training in a state and returns where it goes on; changes nothing where that does not
    fit.

    Args:
        found: As `training_state` returned it.
        task: The trial.
        trainees: The trial's model, or one a fold; new.
        callbacks: As there; new.

    Raises:
        RunFolderError: If the weights do not fit the model.
        ValueError: If there are other callbacks than then.
        KeyError: If a fact is missing, as in a file of another version.
    """
    facts, models = found.facts, [trainee.model for trainee in trainees]
    for model in models:
        complete(model, task)
    weights, optimizers = Together(models), Together(optimizers_of(models))
    check_fits(weights, found.last, "weights")
    check_fits(optimizers, found.optimizer, "optimizer state")
    own = list(zip(own_callbacks(callbacks), facts["callbacks"], strict=True))
    each_one = zip(trainees, facts["users"], strict=True)
    users = [list(zip(trainee.users, states, strict=True)) for trainee, states in each_one]
    stops = list(zip(trainees, facts["stops"], strict=True))
    best, pruned, seen, latest = (facts[name] for name in ("best", "pruned", "seen", "latest"))
    over = bool(facts["over"]) or facts["epoch"] >= last_epoch(task)
    start = Start(int(facts["epoch"]), int(facts["data"]), over, int(facts["iterations"]))
    # nothing was changed so far
    assign(weights, found.last, "weights")
    assign(optimizers, found.optimizer, "optimizer state")
    tracker = tracker_of(callbacks)
    tracker.set_state(best, found.best)
    tracker.epochs_trained, tracker.pruned = start.epoch, pruned
    tracker.seen, tracker.latest = seen, latest
    for callback, state in own:
        callback.resumed = state
    for number, pairs in enumerate(users):
        arrays = _of(found.states, f"{number}:")
        for callback, state in pairs:
            put_back(callback, state, arrays, start.epoch)
    for trainee, wants_to_stop in stops:
        trainee.wants_to_stop = wants_to_stop
    for model in models if over else ():
        _finalize(model)
    return start


def _of(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _finalize(model: Any) -> None:
    """Does what Keras does at the end of a training."""
    if getattr(getattr(model, "optimizer", None), "use_ema", False):
        model.optimizer.finalize_variable_values(model.trainable_weights)


def tracker_of(callbacks: Sequence[Any]) -> BestEpoch:
    """Returns the one callback that keeps the best epoch."""
    return next(callback for callback in callbacks if isinstance(callback, BestEpoch))


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """Returns an outcome as JSON-able data, of which `Outcome(**data)` makes one."""
    failure = None if outcome.failure is None else str(outcome.failure)
    return {**asdict(outcome), "status": str(outcome.status), "failure": failure, "notes": []}


def bytes_of(state: Checkpoint) -> int:
    """Returns what the arrays of a state take."""
    groups = (state.last, state.optimizer, state.best or [], state.states.values())
    return sum(array.nbytes for group in groups for array in group)
