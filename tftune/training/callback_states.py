"""What the user's callbacks count with, kept and put back when an interrupted trial goes on.

A callback with `get_state()` and `set_state(state)` says itself what it needs: plain data (see
`plain_state`). Of any other one all attributes are kept, if they are plain data; functions among
them may stay if they close over nothing. What it keeps elsewhere, in a global or in an attribute
of its class, nobody sees.

Example:
    >>> class Count(keras.callbacks.Callback):
    ...     epochs = 0
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.epochs += 1
    >>> counting, fresh, arrays = Count(), Count(), {}
    >>> counting.on_epoch_end(0)
    >>> put_back(fresh, state_of(counting, "0", arrays), arrays, epochs=1)
    >>> fresh.on_train_begin()  # as Keras does
    >>> fresh.epochs
    1
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from types import FunctionType
from typing import Any

import keras
import numpy as np

from tftune.support.files import write_atomically
from tftune.training.callback_paths import is_kind
from tftune.training.plain_state import NotPlainError, pack, unpack

_OF_KERAS = {"model", "_model", "params", "_params", "validation_data"}
_DERIVED = {"monitor_op", "schedule"}  # functions that follow from the constructor's arguments
_HOOKS = {name for name in dir(keras.callbacks.Callback) if name.startswith("on_")}
_OPEN = {"append", "append_header", "keys"}  # of a CSVLogger: what it knows of its open file
# of these kinds what is no plain data are open files, or what is made of the others
_OPENS_FILES = ("CSVLogger", "TensorBoard", "BackupAndRestore", "ModelCheckpoint")


class UnknownStateError(Exception):
    """Nobody can say what a callback counts with; the message says why."""


def states_of(callbacks: Sequence[Any], arrays: dict[str, np.ndarray]) -> list[Any]:
    """Returns the states of several callbacks, in order.

    Args:
        callbacks: The user's, of one training.
        arrays: Takes the arrays of the states.

    Raises:
        UnknownStateError: If one has a state that is not known, or two attributes, of one or of two
            callbacks, are the same object: as copies they would no longer change together.
    """
    names: dict[int, str] = {}
    for callback in (each for each in callbacks if not _tells(each)):
        for attribute, value in vars(callback).items():
            if attribute in _OF_KERAS or not isinstance(value, list | dict | set | np.ndarray):
                continue
            name = f"{type(callback).__name__}.{attribute}"
            if id(value) in names:
                raise UnknownStateError(
                    f"{names[id(value)]} and {name} of its callbacks are one object"
                )
            names[id(value)] = name
    return [state_of(each, str(place), arrays) for place, each in enumerate(callbacks)]


def state_of(callback: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """Returns the state of a callback as JSON-able data.

    Args:
        callback: One of the user's.
        name: Of the state, with which the names of its arrays begin.
        arrays: Takes the arrays of the state.

    Raises:
        UnknownStateError: If a part of it is no plain data.
    """
    kind = type(callback).__name__
    if _tells(callback):
        try:
            return {"told": pack(callback.get_state(), name, arrays)}
        except NotPlainError as error:
            raise UnknownStateError(
                f"get_state() of the callback {kind} returns a {error}, which is no plain data"
            ) from None
    kept, passed = {}, _OF_KERAS
    if is_kind(callback, "CSVLogger"):
        passed |= _OPEN
    for attribute, value in vars(callback).items():
        if attribute in passed or _is_free_function(value):
            continue
        try:
            kept[attribute] = pack(value, name, arrays)
        except NotPlainError as error:
            if attribute in _DERIVED and callable(value):
                continue
            if attribute in _HOOKS and _is_ours(value):
                continue
            if any(is_kind(callback, known) for known in _OPENS_FILES):
                continue
            raise UnknownStateError(
                f"the callback {kind} has an attribute {attribute!r}, a {error}, of which only "
                "its own code knows what is in it; with methods get_state() and set_state(state) "
                "it could be kept"
            ) from None
    return {"attributes": kept}


def put_back(callback: Any, state: Any, arrays: dict[str, np.ndarray], epochs: int) -> None:
    """Lets a new copy of a callback go on from a state as soon as Keras has told it that the
    training begins.

    Args:
        callback: The copy.
        state: What `state_of` returned of the other one.
        arrays: Those that it filled in.
        epochs: Trained so far.
    """
    if is_kind(callback, "CSVLogger"):
        _go_on_writing(callback, epochs)
    begin = callback.on_train_begin

    def begin_and_go_on(logs: Any = None) -> None:
        begin(logs)
        if vars(callback).get("on_train_begin") is begin_and_go_on:
            del callback.on_train_begin  # else it is one that stands in for many trainings
        if "told" in state:
            callback.set_state(unpack(state["told"], arrays))
        for name, value in state.get("attributes", {}).items():
            setattr(callback, name, unpack(value, arrays))
        if vars(callback).get("monitor_op", begin) is None and hasattr(callback, "min_delta"):
            # Keras gives it a sign when it first compares, which it did in the other copy
            callback.min_delta = abs(callback.min_delta)

    callback.on_train_begin = begin_and_go_on


def _tells(callback: Any) -> bool:
    return callable(getattr(callback, "get_state", None)) and callable(
        getattr(callback, "set_state", None)
    )


def _is_free_function(value: Any) -> bool:
    return isinstance(value, FunctionType) and not value.__closure__


def _is_ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith("tftune.")


def _go_on_writing(callback: Any, epochs: int) -> None:
    """Lets a CSVLogger go on in its file, without rows of epochs that are trained again."""
    callback.append, path = True, os.fspath(callback.filename)
    try:
        with open(path, newline="", encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return
    rows = list(csv.reader(io.StringIO("".join(lines)), delimiter=callback.sep))
    if len(rows) != len(lines) or not rows or "epoch" not in rows[0]:
        return
    place, kept = rows[0].index("epoch"), lines[:1]
    for line, row in zip(lines[1:], rows[1:], strict=True):
        if len(row) == len(rows[0]) and row[place].isdigit() and int(row[place]) < epochs:
            kept.append(line)
    write_atomically(path, "".join(kept))
