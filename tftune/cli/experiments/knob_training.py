"""One training of the walk from knob to knob, and the joint search of the same knobs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import keras

from tftune.cli.experiments.best_weights import BestWeights
from tftune.cli.experiments.knob_steps import (
    BATCH_SIZES,
    DROPOUTS,
    LAYERS,
    LEARNING_RATES,
    MOMENTA,
    NODES,
    SHIFTS,
)
from tftune.datasets import digit_images
from tftune.datasets.base import Dataset
from tftune.errors import NoTrialCompletedError, SearchInterrupted
from tftune.journal.run_folder import ExperimentFolder
from tftune.models import knobs
from tftune.models.digit_mlp import DigitMLP, digit_network
from tftune.search.tuner import Tuner

NAME = "joint"  # of the search's run folder
DEFAULT_FOLDER = Path("runs") / "mnist-knob-by-knob"


@lru_cache(maxsize=1)
def _dataset(source: str, seed: int) -> Dataset:
    return digit_images.load(source, seed)


def _shape(data: Dataset) -> tuple[int, int, int, int]:
    """Returns height, width, channels and classes."""
    facts = data.facts
    return facts["height"], facts["width"], facts["channels"], len(data.classes)


def train(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Trains one configuration and looks at the validation split only.

    Args:
        options: Of the experiment: `data`, `seed` of the split, `epochs`.
        cell: Values of knobs, and the `seed` of the training.
    """
    return _trained(options, cell)[1]


def train_and_test(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Does the same and uses the test split, too: of configurations that are chosen already."""
    model, result = _trained(options, cell)
    x, y = _dataset(options.data, options.seed).test.load()
    metrics = model.evaluate(x, y, batch_size=512, verbose=0, return_dict=True)
    return {**result, "test_accuracy": float(metrics["accuracy"])}


def _trained(options: argparse.Namespace, cell: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    data = _dataset(options.data, options.seed)
    values = {name: value for name, value in cell.items() if name != "seed"}
    keras.utils.clear_session()
    keras.utils.set_random_seed(cell["seed"])
    model = digit_network(values, *_shape(data))
    best = BestWeights("val_accuracy", restore=True)
    model.fit(
        *data.train.load(),
        batch_size=values["batch_size"],
        epochs=options.epochs,
        validation_data=data.validation.load(),
        validation_batch_size=512,
        callbacks=[best],
        verbose=0,
    )
    return model, {"val_accuracy": best.score, "best_epoch": best.epoch}


class JointMLP(DigitMLP):
    """The network with all knobs of the walk at once, in the ranges that the walk spans."""

    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares the knobs."""
        joint_values(hp)

    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""
        return digit_network(joint_values(hp), self.height, self.width, self.channels, self.classes)


def joint_values(hp: Any) -> dict[str, Any]:
    """Declares the knobs of the walk in one space and returns their values.

    Example:
        >>> import keras_tuner
        >>> joint_values(keras_tuner.HyperParameters())["optimizer"]
        'adam'
    """
    values = {
        "layers": knobs.layers(hp, LAYERS[0], LAYERS[-1], default=1),
        "nodes": knobs.nodes(hp, NODES[0], NODES[-1], default=NODES[0]),
        "optimizer": knobs.optimizer(hp),
        "batch_size": knobs.batch_size(hp, BATCH_SIZES[0], BATCH_SIZES[-1], default=128),
        "learning_rate": knobs.learning_rate(hp, LEARNING_RATES[0], LEARNING_RATES[-1]),
        "momentum": knobs.momentum(hp, MOMENTA[-1]),
        "beta_1": knobs.beta_1(hp, MOMENTA[0], MOMENTA[-1]),
        "l2": knobs.l2(hp, 1e-7, 1e-3, default=1e-7),
        "l1": knobs.l1(hp, 1e-8, 1e-4, default=1e-8),
        "dropout": knobs.dropout(hp, DROPOUTS[-1], default=0.0),
        "shift": knobs.shift(hp, SHIFTS[-1]),
    }
    return {name: value for name, value in values.items() if value is not None}


def search_jointly(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Searches all knobs at once, in a run folder of its own below `searches/`.

    Args:
        options: Of the experiment.
        cell: `trials` and `search`, the method.
    """
    data = _dataset(options.data, options.seed)
    tuner = Tuner(
        JointMLP(*_shape(data)),
        cell["search"],
        objective="val_accuracy",
        max_trials=cell["trials"],
        confirm=0,
        seed=options.seed,
        directory=ExperimentFolder(options.run_dir or DEFAULT_FOLDER).searches,
        project_name=NAME,
        workers=options.workers if options.workers > 1 else 0,
        early_stopping_patience=0,  # every trial costs the same
        plateau_patience=0,
        report=False,
        references=False,
        listeners=[],
        task="mnist",
        data_summary={**data.summary(), "class_names": list(data.classes)},
    )
    try:
        tuner.search(
            *data.train.load(),
            validation_data=data.validation.load(),
            epochs=options.epochs,
            verbose=0,
        )
    except SearchInterrupted as error:
        raise KeyboardInterrupt from error  # the experiment says how to go on
    best = tuner.state.best()
    if best is None:
        raise NoTrialCompletedError("No trial of the joint search has completed.")
    ended = sorted(tuner.state.trials.values(), key=lambda trial: trial.number)
    return {
        "values": {name: best.values[name] for name in sorted(best.values)},
        "val_accuracy": best.score,
        "scores": [trial.score for trial in ended],
    }
