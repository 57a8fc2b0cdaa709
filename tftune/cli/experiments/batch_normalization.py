"""`python -m tftune.beans batchnorm`: what batch normalisation changes in the leaf classifier.

With and without it, at each learning rate and with each non-linearity, networks of the same initial
kernels are trained and watched (normalization_training.py). Three hypotheses of the lecture
(normalization_claims.py) are each judged by paired differences over seeds with 95 % intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tftune.cli.converters import integer, number, one_of, several_of
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.options import Option

if TYPE_CHECKING:
    from tftune.cli.experiments.measurements import Measurements
    from tftune.reports.views.view import View

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam")
ACTIVATIONS = ("relu", "sigmoid", "tanh", "elu", "gelu", "silu")
activations = several_of(ACTIVATIONS, "activation")


def numbers(text: str) -> str:
    """Converts numbers above 0 with commas between them to the same in rising order, each once.

    Example:
        >>> numbers("0.1,1e-3,0.1")
        '0.001,0.1'
    """
    convert = number(0)
    return ",".join(f"{each:g}" for each in sorted({convert(part) for part in text.split(",")}))


def cells_of(options: argparse.Namespace, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Returns what is trained; all kinds of one seed stand together."""
    rates = [float(each) for each in options.rates.split(",")]
    middle = rates[len(rates) // 2]
    kinds = [(rate, 1.0) for rate in rates]
    kinds += [(middle, scale) for scale in scales_of(options)]
    return [
        {
            "activation": activation,
            "normalized": normalized,
            "rate": rate,
            "scale": scale,
            "seed": seed,
        }
        for seed in seeds
        for activation in options.activations.split(",")
        for rate, scale in kinds
        for normalized in (False, True)
    ]


def scales_of(options: argparse.Namespace) -> list[float]:
    """Returns what initial kernels are multiplied with besides 1."""
    return [float(each) for each in options.scales.split(",") if float(each) != 1]


def run(measurements: Measurements) -> Sequence[View]:
    """Trains and returns what was found."""
    from tftune.cli.experiments.normalization_measures import Trained
    from tftune.cli.experiments.normalization_training import train_once
    from tftune.cli.experiments.normalization_views import views_of

    options = measurements.options
    cells = cells_of(options, measurements.seeds)
    results = measurements.measure(train_once, cells, "networks trained")
    names = ("activation", "normalized", "rate", "scale", "seed")
    trained = Trained(
        [float(each) for each in options.rates.split(",")],
        options.activations.split(","),
        measurements.seeds,
        scales_of(options),
        {
            tuple(cell[name] for name in names): result
            for cell, result in zip(cells, results, strict=True)
        },
    )
    return views_of(trained, options)


_GROUP = "experiment"
EXPERIMENT = Experiment(
    sentence="Measures what batch normalisation changes: epochs to an accuracy, the highest "
    "learning rate\nthat trains, gradient norms, moving against batch statistics.\n\n"
    "The defaults train 84 networks, 28 with each of 3 seeds; --image-size 32 --workers 2 takes\n"
    "about an hour on two cores.",
    seeds=3,
    run=run,
    options=(
        Option(
            "--rates",
            "LIST",
            numbers,
            "0.0001,0.001,0.01,0.1,1",
            "learning rates, with commas",
            _GROUP,
        ),
        Option(
            "--activations",
            "LIST",
            activations,
            "relu,sigmoid",
            "non-linearities, with commas, of " + ", ".join(ACTIVATIONS),
            _GROUP,
        ),
        Option(
            "--scales",
            "LIST",
            numbers,
            "0.1,10",
            "initial kernels times these, too, at the rate in the middle; 1 leaves it out",
            _GROUP,
        ),
        Option(
            "--optimizer",
            "NAME",
            one_of(OPTIMIZERS, "optimizer"),
            "sgd",
            "sgd (Nesterov momentum 0.9), rmsprop, adam, adamw, adagrad or nadam",
            _GROUP,
        ),
        Option("--epochs", "E", integer(1, 10_000), 15, "epochs of each training", _GROUP),
        Option("--batch-size", "N", integer(2, 4096), 32, "photographs a step", _GROUP),
        Option(
            "--target",
            "SHARE",
            number(0, below=1),
            0.7,
            "accuracy to which epochs are counted",
            _GROUP,
        ),
    ),
    examples=(
        ("--image-size 32 --workers 2", "the photographs, in about an hour"),
        (
            "--data sample --image-size 32 --epochs 3 --seeds 2 --rates 0.01,0.1",
            "leaves drawn on the spot, in minutes",
        ),
        ("--image-size 32 --workers 2 --seeds 5 --resume", "two more seeds"),
    ),
)
