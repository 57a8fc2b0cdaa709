"""The same training twice: by plain `model.fit`, and as a trial of `tftune.Tuner`.

A history is a list of epochs, each the number of the epoch from 1 and the logs that Keras hands to
callbacks at its end.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf

import tftune
from tests.differential.case import Case
from tftune.support.seeding import derive

History = list[tuple[int, dict[str, Any]]]
DATA_SEED = 11  # of what a Dataset draws while it is made


class _Logs(keras.callbacks.Callback):
    """Keeps what callbacks are told at the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.history: History = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.history.append((epoch + 1, dict(logs or {})))


class _Records:
    """Keeps what the journal is told: the logs of each trial, and why one failed."""

    def __init__(self) -> None:
        self.histories: dict[str, History] = {}
        self.failures: list[str] = []

    def on_record(self, record: dict[str, Any], state: Any) -> None:
        """Takes one line of the journal."""
        if record["kind"] == "epoch":
            history = self.histories.setdefault(record["trial_id"], [])
            history.append((record["epoch"], record["metrics"]))
        if record["kind"] == "end" and record.get("message"):
            self.failures.append(str(record["message"]))

    def close(self) -> None:
        """Does nothing."""


@contextlib.contextmanager
def process_wide(case: Case) -> Iterator[None]:
    """A process as it is before the first model, with the case's own settings for as long."""
    kept = keras.config.floatx(), keras.config.image_data_format(), keras.config.epsilon()
    policy = keras.config.dtype_policy()
    keras.utils.clear_session()
    try:
        if case.process is not None:
            case.process()
        yield
    finally:
        keras.config.set_floatx(kept[0])
        keras.config.set_image_data_format(kept[1])
        keras.config.set_epsilon(kept[2])
        keras.config.set_dtype_policy(policy)


def inputs_of(data: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A case's data, made from the same random state each time."""
    keras.utils.set_random_seed(DATA_SEED)
    return dict(data())


def options_of(case: Case, folder: Path) -> dict[str, Any]:
    """The case's arguments of `fit`, with callbacks that no training has seen."""
    options = dict(case.fit)
    if callable(options.get("callbacks")):
        options["callbacks"] = options["callbacks"](folder)
    elif "callbacks" in options:
        options["callbacks"] = copy.deepcopy(options["callbacks"])
    return options


def plain_histories(case: Case, folder: Path, seed: int = 0) -> list[History]:
    """Trains each of the case's trials by plain `model.fit`.

    Args:
        case: What to train.
        folder: For the files of callbacks.
        seed: Of the search that would have these trials.
    """
    found = []
    for number, values in enumerate(case.values):
        with process_wide(case):
            inputs = inputs_of(case.instead or case.data)
            options = options_of(case, folder / f"plain-{number}")
            inputs |= {
                name: inputs[name]()
                for name in ("x", "validation_data")
                if callable(inputs.get(name)) and not isinstance(inputs[name], type)
            }
            if case.shuffled:
                inputs, options = _in_order(inputs, options, derive(seed, number, "shuffle 0"))
            keras.utils.set_random_seed(derive(seed, number, "execution 0"))
            hp = keras_tuner.HyperParameters()
            hp.values = dict(values)
            logs = _Logs()
            own = options.pop("callbacks", [])
            own = [own] if isinstance(own, keras.callbacks.Callback) else list(own)
            added = copy.deepcopy(list(case.plain.get("callbacks", [])))
            options |= {"verbose": 0, **case.plain, "callbacks": [*own, *added, logs]}
            case.model(hp).fit(**inputs, **options)
            found.append(logs.history)
    return found


def _in_order(
    inputs: dict[str, Any], options: dict[str, Any], seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Replaces arrays by the batches of all epochs, rows in tftune's order: a function of the seed
    and the epoch.
    """
    rows = [np.asarray(inputs.pop(name)) for name in ("x", "y", "sample_weight") if name in inputs]
    size = min(options.pop("batch_size", None) or 32, len(rows[0]))
    batches: list[Any] = []
    for epoch in range(options.get("initial_epoch", 0), options["epochs"]):
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(rows[0])), seed=tf.constant([seed, epoch], tf.int64)
        ).numpy()
        dataset = tf.data.Dataset.from_tensor_slices(tuple(array[order] for array in rows))
        batches.append(dataset.batch(size))
    whole = batches[0]
    for dataset in batches[1:]:
        whole = whole.concatenate(dataset)
    steps = math.ceil(len(rows[0]) / size)
    options = {"steps_per_epoch": steps, "validation_batch_size": size, **options}
    return {**inputs, "x": whole}, options


def tuned_histories(
    case: Case, folder: Path, workers: Any = 0, seed: int = 0
) -> tuple[list[History], list[str]]:
    """Trains the case's trials by `tftune.Tuner`.

    Args:
        case: What to train.
        folder: Of the run, and for the files of callbacks.
        workers: 0, or an executor.
        seed: Of the search.

    Returns:
        A history a trial, and what trials said that failed.
    """
    records = _Records()
    with process_wide(case):
        inputs, options = inputs_of(case.data), options_of(case, folder / "callbacks")
        validated = "validation_data" in inputs or options.get("validation_split")
        objective = case.objective or ("val_loss" if validated else "loss")
        settings: dict[str, Any] = {
            "early_stopping_patience": 0,
            "plateau_patience": 0,
            "max_trials": len(case.values),
            "start": list(case.values),
            "directory": folder,
            "project_name": "run",
            "overwrite": True,
            "listeners": [records],
            **case.tuner,
        }
        tuner = tftune.Tuner(
            case.model,
            "random",
            objective=keras_tuner.Objective(objective, "min"),
            seed=seed,
            workers=workers,
            **settings,
        )
        names = () if case.keywords else ("x", "y")
        rows = [inputs.pop(name) for name in names if name in inputs]
        with contextlib.suppress(tftune.NoTrialCompletedError):  # `failures` says why
            tuner.search(*rows, **inputs, **options)
    histories = [records.histories[trial_id] for trial_id in sorted(records.histories)]
    return histories, records.failures
