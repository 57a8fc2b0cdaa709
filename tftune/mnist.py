"""Tunes a classifier of handwritten digits: `python -m tftune.mnist --help`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tftune.cli.converters import source
from tftune.cli.options import Option
from tftune.cli.planning import seed_of_splits
from tftune.cli.program import Program, main

SAMPLE = "digits"


def digit_source(text: str) -> str:
    """Converts where digits come from; the sample of this program is scikit-learn's digits.

    Example:
        >>> digit_source("sample"), digit_source("mnist")
        ('digits', 'mnist')
    """
    return SAMPLE if text == "sample" else source(text)


DATA_OPTIONS = (
    Option(
        "--data",
        "SOURCE",
        digit_source,
        "mnist",
        "mnist (the file of keras.datasets; KERAS_HOME is honoured), digits or sample "
        "(scikit-learn's 8 x 8 digits), or an .npz file with x_train, y_train, x_test, y_test; any "
        "classes",
        "data",
    ),
)
EXAMPLES = (
    ("--data digits", "small digits that scikit-learn embeds, no network"),
    ("", "MNIST, by the recommended search"),
    ("--max-trials 50 --scheduler median", "hopeless trials are stopped"),
    ("--search tpe --space full --start lr=1e-3 --fix l2=0", "every knob but L2"),
    ("--search hyperband --epochs 27 --resume", "go on after an interruption"),
)


def load(options: argparse.Namespace) -> Any:
    """Returns the dataset that the options name."""
    from tftune.datasets import digit_images

    return digit_images.load(options.data, seed_of_splits(options))


def make_model(options: argparse.Namespace, dataset: Any) -> Any:
    """Returns the tunable digit classifier for the dataset."""
    from tftune.models.digit_mlp import DigitMLP

    height, width, channels = (dataset.facts[name] for name in ("height", "width", "channels"))
    return DigitMLP(height, width, channels, classes=len(dataset.classes), space=options.space)


PROGRAM = Program(
    task="mnist",
    sentence="Tunes a dense network that reads handwritten digits.",
    objective="val_accuracy",
    direction="max",
    epochs=20,
    sample_epochs=10,
    sample=SAMPLE,
    data_options=DATA_OPTIONS,
    examples=EXAMPLES,
    load=load,
    make_model=make_model,
)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
