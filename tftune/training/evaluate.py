"""The one use of the test split: the best trial's weights on data that no choice has seen; and its
model as a file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np

from tftune.errors import RunFolderError
from tftune.space.checked_hyperparameters import CheckedHyperParameters
from tftune.training.arrays import unshare
from tftune.training.checkpoints import Checkpoint, load_checkpoint
from tftune.training.described_model import assert_has_best, fill
from tftune.training.fitting import build_model
from tftune.training.input_specs import example_batch

EVALUATION_BATCH = 256


def restore_model(
    hypermodel: bytes,
    hyperparameters: dict[str, Any],
    checkpoint: str,
    example: Any = None,
    signature: Any = None,
) -> Any:
    """Builds a trial's model with the weights of its best epoch.

    Args:
        hypermodel: Pickled by cloudpickle.
        hyperparameters: Config with the trial's values.
        checkpoint: The trial's file.
        example: An input batch, needed only for a model that builds itself on the first call.
        signature: Of the inputs, which does instead of an example.

    Raises:
        RunFolderError: If there are no such weights, or they do not fit the model.
    """
    hp = CheckedHyperParameters.from_config(hyperparameters)
    saved = load_checkpoint(checkpoint)
    return build_with_weights(cloudpickle.loads(hypermodel), hp, saved, signature, example)


def build_with_weights(
    hypermodel: Any, hp: Any, saved: Checkpoint, signature: Any = None, example: Any = None
) -> Any:
    """Builds a model with the weights of a checkpoint's best epoch.

    Args:
        hypermodel: A `keras_tuner.HyperModel`.
        hp: The trial's values.
        saved: The trial's checkpoint.
        signature: Of the inputs, as `signature_of` returns it.
        example: An input batch, which does instead.

    Raises:
        RunFolderError: If there are no such weights, or they do not fit the model.
    """
    assert_has_best(saved)
    model = build_model(hypermodel, hp)
    if not model.built:
        if example is None and signature is None:
            raise RunFolderError(
                "The model builds itself on its first batch. Pass example=x[:1], an input batch, "
                "to load its weights."
            )
        model(example_batch(signature) if example is None else example)
    fill(model, saved)
    return model


def evaluate_model(
    report: Any,
    hypermodel: bytes,
    hyperparameters: dict[str, Any],
    checkpoint: str,
    x: Any,
    y: Any,
    model_file: str | None,
) -> dict[str, float]:
    """Evaluates a trial's best weights and saves the whole model.

    Args:
        report: Not used; a job of an executor takes it.
        hypermodel: Pickled by cloudpickle.
        hyperparameters: Config with the trial's values.
        checkpoint: The trial's file.
        x: Inputs, an array or a `SharedArray`.
        y: Targets, likewise.
        model_file: Where to save the model, ending in `.keras`; written atomically; None saves
            nothing.

    Returns:
        The loss and the metrics that the model was compiled with.
    """
    inputs, targets = np.asarray(unshare(x)), np.asarray(unshare(y))
    model = restore_model(hypermodel, hyperparameters, checkpoint, inputs[:1])
    metrics = model.evaluate(
        inputs, targets, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True
    )
    if model_file is not None:
        save_model(model, Path(model_file))
    return {name: float(value) for name, value in metrics.items()}


def save_model(model: keras.Model, path: Path) -> None:
    """Saves a model as `.keras`; a kill leaves no half-written file under that name."""
    # or loading would warn of variables that were never made
    model.optimizer.build(model.trainable_variables)
    temporary = path.with_name(f".writing-{path.name}")
    model.save(temporary)
    os.replace(temporary, path)
