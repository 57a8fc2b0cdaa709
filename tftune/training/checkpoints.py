"""Saving a training so that it can go on: all variables of model and optimizer, the callbacks'
counters, the best weights.

One `.npz` file a trial, written once, without pickle: `last/i` and `optimizer/i` continue a
training, `best/i` are the weights of the best epoch, `assets/...` files that layers keep beside
their variables, `answers/...` what was said of held-out rows, `states/...` arrays that callbacks
count with, `facts` and `model` are JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tftune.errors import RunFolderError
from tftune.support.array_files import open_arrays
from tftune.support.array_writing import write_arrays
from tftune.support.files import atomic_file, own_folder
from tftune.support.refusals import told_as_refusal
from tftune.support.texts import one_line

_BY_NAME = ("assets", "answers", "states")  # groups of arrays that have names


@dataclass
class Checkpoint:
    """What a trial leaves behind.

    Attributes:
        last: Values of `model.variables` after the last epoch; dropout's random state is among
            them.
        optimizer: Values of `model.optimizer.variables`, the learning rate among them.
        best: Values of `model.variables` at the best epoch, or None if no epoch had a finite
            objective.
        facts: JSON-able: epochs trained, best epoch and score, counters of the callbacks.
        assets: Files of the model's layers, as `described_model.assets_of` returns them.
        model: JSON-able: what the model is, as `described_model.describe_model` returns it; empty
            in files of older versions.
        answers: What the model said of rows that were held out, by name; of the trainings after a
            search (see `tftune.search.finish`).
        states: Arrays among the states of callbacks, by name; of a training that is under way.
    """

    last: list[np.ndarray]
    optimizer: list[np.ndarray]
    best: list[np.ndarray] | None
    facts: dict[str, Any]
    assets: dict[str, np.ndarray] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    states: dict[str, np.ndarray] = field(default_factory=dict)


def variables_of(model: Any) -> list[np.ndarray]:
    """Returns a copy of the values of all variables of a Keras model or optimizer, seeds of dropout
    included.
    """
    return [np.array(variable.numpy()) for variable in model.variables]


def check_fits(model: Any, values: list[np.ndarray], what: str) -> None:
    """Checks that values fit the variables of a Keras model or optimizer.

    Raises:
        RunFolderError: If numbers or shapes differ: the code that builds the model has changed
            since.
    """
    received, expected = (
        [value.shape for value in values],
        [tuple(variable.shape) for variable in model.variables],
    )
    if received != expected:
        raise RunFolderError(
            f"The saved {what} does not fit the model. Expected {len(expected)} arrays of shapes "
            f"{expected}. Received: "
            f"{len(received)} of shapes {received}. Was it built by other code than then, or from "
            "other data? Build it as then; tftune.load_run(folder) needs no code where Keras could "
            "serialise the model."
        )


def assign(model: Any, values: list[np.ndarray], what: str) -> None:
    """Puts values back into the variables of a Keras model or optimizer.

    Raises:
        RunFolderError: If they do not fit (see `check_fits`).
    """
    check_fits(model, values, what)
    for variable, value in zip(model.variables, values, strict=True):
        variable.assign(value)


def save_checkpoint(path: Path | str, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint atomically: after a kill either the old file is there, or none, or the
    whole new one.
    """
    told = {"facts": checkpoint.facts, "model": checkpoint.model}
    arrays: dict[str, np.ndarray] = {
        name: np.frombuffer(json.dumps(what).encode(), dtype=np.uint8)
        for name, what in told.items()
    }
    groups = {
        "last": checkpoint.last,
        "optimizer": checkpoint.optimizer,
        "best": checkpoint.best or [],
    }
    for group, values in groups.items():
        arrays |= {f"{group}/{index}": value for index, value in enumerate(values)}
    for group in _BY_NAME:
        named = getattr(checkpoint, group)
        arrays |= {f"{group}/{name}": content for name, content in named.items()}
    with (
        told_as_refusal(path),
        atomic_file(own_folder(Path(path).parent) / Path(path).name) as file,
    ):
        write_arrays(file, arrays)


def load_checkpoint(path: Path | str) -> Checkpoint:
    """Reads a checkpoint; never unpickles.

    Raises:
        RunFolderError: If the file is missing or damaged.
    """
    try:
        with open_arrays(path, None) as file:
            facts = json.loads(file.read("facts").tobytes())
            described = "model" in file  # since version 0.2
            model = json.loads(file.read("model").tobytes()) if described else {}
            groups: dict[str, list[np.ndarray]] = {"last": [], "optimizer": [], "best": []}
            apart: dict[str, dict[str, np.ndarray]] = {group: {} for group in _BY_NAME}
            for name in file:
                group, _, rest = name.partition("/")
                if group in apart:
                    apart[group][rest] = file.read(name)
                elif group in groups:
                    groups[group].append(file.read(name))
            if not isinstance(facts, dict) or not isinstance(model, dict):
                raise ValueError("it does not tell of a model")
    except Exception as error:  # zip, key, JSON or OS error: the same answer for the caller
        reason = one_line(f"{type(error).__name__}: {error}")
        raise RunFolderError(
            f"The weights of a trial cannot be read: {path} ({reason}). "
            "Expected the file that the trial "
            "wrote. Start over with overwrite=True, or restore the folder `checkpoints` from a "
            "copy."
        ) from error
    return Checkpoint(
        groups["last"], groups["optimizer"], groups["best"] or None, facts, model=model, **apart
    )
