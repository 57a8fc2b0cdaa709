"""The one use of the test split: the best trial's weights on data that no choice has seen; and its
model as a file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np

from tftune.errors import RunFolderError, UsageError
from tftune.models.rank_metrics import save_for_plain_keras
from tftune.models.raw_input import for_prediction, for_raw_input
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.support.files import UNFINISHED, as_umask, refuse_special
from tftune.support.refusals import is_refusal, refusal
from tftune.training.checkpoints import Checkpoint, load_checkpoint
from tftune.training.described_model import assert_has_best, fill
from tftune.training.fitting import build_model
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.check import check_call
from tftune.training.inputs.functions import DataFunction, with_functions_called
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.signature import example_batch, signature_of
from tftune.training.inputs.texts import with_texts
from tftune.training.inputs.transport import unshare
from tftune.training.keras_internals import build_optimizer
from tftune.training.predictions import Predictions, batch_size_of, predictions_of


def restore_model(
    hypermodel: bytes,
    hyperparameters: dict[str, Any],
    checkpoint: str,
    signature: Any = None,
) -> Any:
    """Builds a trial's model with the weights of its best epoch.

    Args:
        hypermodel: Pickled by cloudpickle.
        hyperparameters: Config with the trial's values.
        checkpoint: The trial's file.
        signature: Of an input batch (see `inputs.signature`), needed only for a model that builds
            itself on the first one.

    Raises:
        RunFolderError: If there are no such weights, or they do not fit the model.
    """
    hp = CheckedHyperParameters.from_config(hyperparameters)
    saved = load_checkpoint(checkpoint)
    return build_with_weights(cloudpickle.loads(hypermodel), hp, saved, signature)


def build_with_weights(hypermodel: Any, hp: Any, saved: Checkpoint, signature: Any = None) -> Any:
    """Builds a model with the weights of a checkpoint's best epoch.

    Args:
        hypermodel: A `keras_tuner.HyperModel`.
        hp: The trial's values.
        saved: The trial's checkpoint.
        signature: As for `restore_model`.

    Raises:
        RunFolderError: If there are no such weights, or they do not fit the model.
    """
    assert_has_best(saved)
    model = build_model(hypermodel, hp)
    if not model.built and signature is not None:
        model(example_batch(signature))
    elif not model.built:
        _build_as_trained(model, saved)
    fill(model, saved)
    return model


def _build_as_trained(model: Any, saved: Checkpoint) -> None:
    """Builds a model for inputs of the shapes that the trained one had, as Keras notes them."""
    config = saved.model.get("config") or {}
    if config.get("build_config"):
        model.build_from_config(config["build_config"])
    if not model.built:
        raise RunFolderError(
            "The model builds itself on its first batch, and what one looks like is not known "
            "here. Call search() with its data first, or begin the model with keras.Input(shape)."
        )


def evaluate_model(
    report: Any,
    hypermodel: bytes,
    hyperparameters: dict[str, Any],
    checkpoint: str,
    x: Any,
    y: Any,
    model_file: str | None,
    class_names: Sequence[str] | None = None,
    members: Sequence[Mapping[str, Any]] = (),
) -> tuple[dict[str, float], str | None, Predictions | None]:
    """Evaluates a trial's best weights, or a finished model, and saves the whole model.

    Args:
        report: Not used; a job of an executor takes it.
        hypermodel: Pickled by cloudpickle.
        hyperparameters: Config with the trial's values.
        checkpoint: The trial's file.
        x: Inputs, or a dataset with its targets, as `share` returned it.
        y: Targets, likewise, or None.
        model_file: Where to save the model, ending in `.keras`; written atomically; None saves
            nothing.
        class_names: Names of the classes, for a model that answers with them.
        members: Of a finished model, as `mean_of_models.restore_mean` takes them.

    Returns:
        The loss and the metrics that the model was compiled with; why the model could not be saved,
        or None; and what it predicts for each row, where that is understood (see `predictions_of`).
    """
    arguments, _ = with_functions_called((unshare(x), *([] if y is None else [unshare(y)])), {})
    arguments = tuple(map(with_texts, arguments))
    signature = signature_of(arguments[0])
    if members:
        from tftune.training.mean_of_models import restore_mean  # which restores by this module

        model = restore_mean(hypermodel, members, signature)
    else:
        model = restore_model(hypermodel, hyperparameters, checkpoint, signature)
    asked = for_prediction(cloudpickle.loads(hypermodel), model)
    size = batch_size_of(asked) if kind_of(arguments[0]) is InputKind.ARRAYS else None
    metrics = asked.evaluate(*arguments, batch_size=size, verbose=0, return_dict=True)
    told = plain_metrics(metrics)
    predictions = predictions_of(asked, arguments)
    if model_file is None:
        return told, None, predictions
    try:
        save_model(
            for_raw_input(cloudpickle.loads(hypermodel), model, class_names), Path(model_file)
        )
    except Exception as error:  # of Keras or of the user's classes: the metrics are worth keeping
        if is_refusal(error):  # who evaluates again, with room, finds the test split unused
            raise refusal(error, model_file) from error
        return told, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}", predictions
    return told, None, predictions


def plain_metrics(metrics: dict[str, Any]) -> dict[str, float]:
    """Returns what `model.evaluate` told as plain numbers."""
    return {name: float(np.mean(value)) for name, value in metrics.items()}


def checked_test_data(x: Any, y: Any) -> tuple[Any, Any]:
    """Returns the data of an evaluation as `share` takes them.

    Args:
        x: Arrays, nested or not, or what gives (x, y): a dataset, a PyDataset, a generator, a
            function that makes one.
        y: Targets of arrays.

    Raises:
        UsageError: If the two do not fit together.
    """
    call = FitCall.of((x,) if y is None else (x, y), {})
    check_call(call)
    kind = kind_of(call.x)
    if kind is InputKind.GENERATOR:
        raise UsageError(
            "A generator can be read only once. Expected test data that can be read again. Pass "
            "arrays, a tf.data.Dataset, or a function that makes the generator."
        )
    return DataFunction(call.x) if kind is InputKind.FUNCTION else call.x, call.y


def save_model(model: keras.Model, path: Path) -> None:
    """Saves a model as `.keras`; a kill leaves no half-written file under that name."""
    refuse_special(path)
    # or loading would warn of variables that were never made
    build_optimizer(model)
    save_for_plain_keras(model)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED, suffix=path.name)
    os.close(handle)
    try:
        model.save(name)
        as_umask(name)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
