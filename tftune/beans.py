"""Tunes a classifier of bean leaves: `python -m tftune.beans --help`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tftune.cli.converters import integer, place, source
from tftune.cli.options import Option
from tftune.cli.planning import seed_of_splits
from tftune.cli.program import Program, main

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
)
EXAMPLES = (
    ("--data sample", "leaves drawn on the spot, no network"),
    ("", "the real photographs, by the recommended search"),
    ("--max-trials 50 --scheduler median", "hopeless trials are stopped"),
    ("--search tpe --start lr=1e-3 --fix l2=0", "begin with a guess, and do not tune L2"),
    ("--search hyperband --epochs 27 --resume", "go on after an interruption"),
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

    return LeafCNN(image_size=options.image_size, classes=len(dataset.classes), space=options.space)


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
)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
