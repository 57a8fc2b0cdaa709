"""Tunes a classifier of bean leaves: `python -m tftune.beans --help`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tftune.cli.converters import integer, place, source
from tftune.cli.options import Option
from tftune.cli.planning import seed_of_splits
from tftune.cli.presets import Preset
from tftune.cli.program import Program, main


def views(text: str) -> int:
    """Converts a number of views.

    Example:
        >>> views("8")
        8
    """
    if text not in ("1", "4", "8"):
        raise argparse.ArgumentTypeError(f"expected 1, 4 or 8. Received: {text!r}.")
    return int(text)


DATA_OPTIONS = (
    Option(
        "--data",
        "SOURCE",
        source,
        "tfds",
        "tfds, sample (drawn from the seed), or a folder or .zip of split/class/image.jpg, or of "
        "class/image.jpg, split by the seed; any classes",
        "data",
    ),
    Option(
        "--data-dir",
        "DIR",
        place,
        None,
        "where TFDS keeps its datasets (default: TFDS_DATA_DIR)",
        "data",
        variable="TFDS_DATA_DIR",
    ),
    Option(
        "--image-size",
        "PIXELS",
        integer(16, 512),
        64,
        "height and width to which photographs are resized",
        "data",
    ),
    Option(
        "--views",
        "N",
        views,
        1,
        "the final model answers by its mean over a photograph (1), its flips (4), or its flips "
        "and quarter turns (8)",
        "training",
    ),
)
# one long training each, see docs/guides/better-leaves.md; --max-trials tunes what is not fixed
_SINGLE = {
    "space": "full",
    "max_trials": 1,
    "scheduler": "none",
    "early_stopping_patience": 0,
    "plateau_patience": 0,
    "keep_weights": "last",
    "views": 8,
    "workers": 0,
}
_FIXED = {
    "optimizer": "adamw",
    "activation": "relu",
    "batch_normalization": True,
    "batch_size": 64,
    "units": 0,
    "loss": "label_smoothing",
    "schedule": "cosine",
    "schedule_warmup": 0.15,
    "schedule_final": 0.001,
}
_START = {
    "learning_rate": 3e-3,
    "weight_decay": 0.05,
    "label_smoothing": 0.1,
    "augmentation": 1.0,
    "dropout": 0.2,
    "l2": 1e-6,
}
PRESETS = {
    "quick": Preset(
        "one small network, ends in 3 minutes on 2 cores",
        {"epochs": 100, "image_size": 64, **_SINGLE},
        {"architecture": "plain", "filters": 16, "depth": 3, **_FIXED},
        _START,
    ),
    "standard": Preset(
        "a wider network and larger photographs, 30 minutes",
        {"epochs": 200, "image_size": 96, **_SINGLE},
        {"architecture": "plain", "filters": 32, "depth": 3, **_FIXED},
        _START,
    ),
    "best": Preset(
        "a residual network, 2 hours",
        {"epochs": 300, "image_size": 128, **_SINGLE},
        {"architecture": "residual", "filters": 32, "depth": 4, **_FIXED},
        _START,
    ),
}
EXAMPLES = (
    ("--data sample", "leaves drawn on the spot, no network"),
    ("", "the real photographs, by the recommended search"),
    ("--max-trials 50 --scheduler median", "hopeless trials are stopped"),
    ("--search tpe --start lr=1e-3 --fix l2=0", "begin with a guess, and do not tune L2"),
    ("--search hyperband --epochs 27 --resume", "go on after an interruption"),
    ("--preset standard --seed 1", "no search: one long training by a proven recipe"),
)


def load(options: argparse.Namespace) -> Any:
    """Returns the dataset that the options name."""
    from tftune.datasets import bean_leaves

    return bean_leaves.load(
        options.data, options.data_dir, options.image_size, seed_of_splits(options)
    )


def make_model(options: argparse.Namespace, dataset: Any) -> Any:
    """Returns the tunable leaf classifier for the dataset."""
    from tftune.models.leaf_cnn import LeafCNN

    model = LeafCNN(options.image_size, len(dataset.classes), options.space, options.views)
    known = getattr(options, "known_knobs", None)  # of the search that is resumed
    earlier = known is not None and "architecture" not in known
    return model.with_earlier_knobs() if earlier else model


PROGRAM = Program(
    task="beans",
    sentence="Tunes a convolutional network that tells healthy bean leaves from two diseases.",
    objective="val_accuracy",
    direction="max",
    epochs=40,
    sample_epochs=10,
    data_options=DATA_OPTIONS,
    examples=EXAMPLES,
    load=load,
    make_model=make_model,
    presets=PRESETS,
)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
