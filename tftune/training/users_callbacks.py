"""The user's callbacks in a trial: copied for each training, or made by the user's function.

Every training of a search gets copies of its own, as KerasTuner makes them. A function makes those
that cannot be copied: `callbacks=lambda: [MyCallback()]`, or of the trial, `callbacks=lambda
trial_id: [MyCallback(f"logs/{trial_id}")]`. `callback_paths` makes paths distinct.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tftune.errors import UsageError
from tftune.training.callback_paths import is_kind, make_paths_distinct
from tftune.training.notes import note
from tftune.training.task import TrialTask

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
# These have nothing to carry over from one part of a training to the next.
_WITHOUT_MEMORY = ("CSVLogger", "TensorBoard", "TerminateOnNaN", "History", "ProgbarLogger")


def users_callbacks(task: TrialTask, folder: str) -> list[Any]:
    """Returns the user's callbacks for one training.

    Args:
        task: Its `options["callbacks"]` is what Keras takes (a callback, nested lists of them, a
            `CallbackList`, None) or a function that returns it.
        folder: The training's folder below the paths of the callbacks.

    Raises:
        UsageError: If something is no callback or cannot be copied.
    """
    given = listed(task.options.get("callbacks"))
    copies = _copies([part for part in given if _is_callback(part)])
    callbacks = [
        callback
        for part in given
        for callback in ([copies.pop(0)] if _is_callback(part) else _made_by(part, folder))
    ]
    for callback in callbacks:
        make_paths_distinct(callback, folder)
        if is_kind(callback, "BackupAndRestore"):
            _keep_from_restoring(callback)
    if task.parent_checkpoint is not None:
        _say_what_is_forgotten(callbacks)
    return callbacks


def listed(callbacks: Any) -> list[Any]:
    """Returns callbacks as a flat list; a function that makes some stays a function.

    Example:
        >>> listed(None), listed([(1, [2]), 3])
        ([], [1, 2, 3])
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    elif isinstance(callbacks, Mapping):
        callbacks = list(callbacks.values())
    if callbacks is None:
        return []
    if isinstance(callbacks, list | tuple):
        return [callback for part in callbacks for callback in listed(part)]
    return [callbacks]


def acts_on(callbacks: Sequence[Any], *events: str) -> bool:
    """Whether a callback does something on one of the events, such as `on_train_end`."""
    return any(
        event in getattr(callback, "__dict__", {})
        or getattr(type(callback), event, None) is not getattr(keras.callbacks.Callback, event)
        for callback in callbacks
        for event in events
    )


def _is_callback(value: Any) -> bool:
    return isinstance(value, keras.callbacks.Callback) or (
        hasattr(value, "set_model") and not isinstance(value, type)
    )


def _made_by(function: Any, folder: str) -> list[Any]:
    made = listed(_call(function, folder)) if callable(function) else [function]
    for callback in made:
        if not _is_callback(callback):
            raise UsageError(
                "callbacks must be Keras callbacks, a list of them, or a function that returns "
                f"them, without arguments or of trial_id. Received: {callback!r} of type "
                f"{type(callback).__name__}."
            )
    return made


def _call(function: Any, folder: str) -> Any:
    if isinstance(function, type):
        return function()
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # built-in functions do not tell
        return function()
    needed = [one for one in parameters if one.default is one.empty and one.kind in _POSITIONAL]
    return function(folder.replace("/", "-")) if needed else function()


def _copies(callbacks: list[Any]) -> list[Any]:
    """Copies all at once, so that what they share they share in the copies, too; a model that an
    earlier `fit` left in one is not copied.
    """
    memo = {
        id(model): None
        for callback in callbacks
        if (model := getattr(callback, "model", None)) is not None
    }
    try:
        return copy.deepcopy(callbacks, dict(memo))
    except Exception as error:
        culprit = next((one for one in callbacks if not _can_be_copied(one, dict(memo))), None)
        name = type(culprit or callbacks[0]).__name__
        raise UsageError(
            f"The callback {name} cannot be copied ({type(error).__name__}: {error}). Expected "
            "callbacks that copy.deepcopy() can copy, for each trial needs its own. Pass a "
            f"function that makes them: callbacks=lambda: [{name}(...)]."
        ) from error


def _can_be_copied(callback: Any, memo: dict[int, Any]) -> bool:
    try:
        copy.deepcopy(callback, memo)
    except Exception:
        return False
    return True


def _keep_from_restoring(callback: Any) -> None:
    """Lets `BackupAndRestore` write only: what it would restore is of another attempt, or of a
    trial of another search, and the trial's own continuation restores more.
    """
    callback.on_train_begin = _do_nothing
    note(
        "BackupAndRestore writes its backups in each trial, but restores none: a trial that is "
        "tried again begins anew, and tftune itself continues trials and searches."
    )


def _do_nothing(logs: Any = None) -> None:
    pass


def _say_what_is_forgotten(callbacks: Sequence[Any]) -> None:
    names = sorted(
        {
            type(callback).__name__
            for callback in callbacks
            if not any(is_kind(callback, kind) for kind in _WITHOUT_MEMORY)
        }
    )
    if names:
        note(
            "A trial that continues another one begins with new copies of your callbacks: what "
            f"{', '.join(names)} counted in the first part is not carried over. tftune's own early "
            "stopping and plateau rule go on counting."
        )
