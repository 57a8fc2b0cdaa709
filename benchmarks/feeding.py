"""How much of a training step goes into feeding it: epochs on the real pipeline against epochs on
one batch that is always there.

    python -m benchmarks.feeding leaf-cnn

To be run in a process of its own, which gets what a trial gets: one core and one thread.
`benchmarks.overheads` does so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np

from benchmarks.trainers.job import RESULT, one_thread
from tftune.models.hypermodel import AbstractTunableModel
from tftune.support.checks import check_choice, check_count
from tftune.training.batches import shuffled_batches
from tftune.training.executions import steps_per_execution
from tftune.training.fitting import speed_up

SEED = 0
Arrays = tuple[np.ndarray, np.ndarray]


def _leaves() -> tuple[AbstractTunableModel, Arrays]:
    from tftune.datasets import bean_leaves
    from tftune.models.leaf_cnn import LeafCNN

    dataset = bean_leaves.load("sample", image_size=64)
    return LeafCNN(image_size=64, classes=len(dataset.classes)), dataset.train.load()


def _peptides() -> tuple[AbstractTunableModel, Arrays]:
    from tftune.datasets import hemolytic_peptides
    from tftune.models.peptide_cnn import PeptideCNN

    dataset = hemolytic_peptides.load("sample", "grouped", 0)
    return PeptideCNN(width=dataset.facts["width"]), dataset.train.load()


MODELS: dict[str, Callable[[], tuple[AbstractTunableModel, Arrays]]] = {
    "leaf-cnn": _leaves,
    "peptide-cnn": _peptides,
}


class EpochTimes(keras.callbacks.Callback):
    """Notes the seconds of each epoch but the first, in which TensorFlow traces the step and the
    pipeline begins.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if epoch > 0:
            self.seconds.append(time.perf_counter() - self._began)


def share(real: Sequence[float], constant: Sequence[float]) -> float:
    """Returns the part of an epoch's time that is not there when the batch is: 1 - constant / real,
    of medians.

    Example:
        >>> share([1.0, 1.25, 9.0], [1.0, 1.0])
        0.2
    """
    return round(1.0 - statistics.median(constant) / statistics.median(real), 12)


def measure(
    name: str, epochs: int = 4, blocks: int = 6, batches: int | None = None
) -> dict[str, float]:
    """Trains a model with its default knobs on generated data, in turns on the real pipeline and on
    one batch.

    Args:
        name: Of `MODELS`.
        epochs: Of each training, at least 2; the first is not counted.
        blocks: Trainings of each kind, at least 1.
        batches: Steps an epoch, at least 1; None takes all whole batches that the data give.

    Returns:
        `share`, what feeding takes of a step; `alone`, the time of running the pipeline without a
        model, as a share of the same step, about what feeding could take at the most; and
        `step_ms`, the milliseconds of a step.

    Raises:
        UsageError: If there is no such model or a number is too small.
    """
    check_choice("name", name, MODELS)
    check_count("epochs", epochs, least=2)
    check_count("blocks", blocks, least=1)
    check_count("batches", batches, least=1, optional=True)
    hypermodel, (x, y) = MODELS[name]()
    size = hypermodel.default_batch_size
    steps = min(len(x) // size, batches or len(x))
    x, y = (
        np.asarray(x[: steps * size]),
        np.asarray(y[: steps * size]),
    )  # whole batches: all steps do the same work
    model = hypermodel.build(keras_tuner.HyperParameters())
    speed_up(model, SEED)
    real, constant = EpochTimes(), EpochTimes()
    trainings: list[Callable[[], Any]] = [
        lambda: model.fit(x, y, batch_size=size, epochs=epochs, verbose=0, callbacks=[real]),
        lambda: _fit_one_batch(model, x[:size], y[:size], steps, epochs, constant),
    ]
    alone = []
    for block in range(blocks):
        for training in (
            trainings if block % 2 == 0 else trainings[::-1]
        ):  # a machine that grows slower is so for both
            training()
        alone.append(_run_pipeline(x, y, size, epochs))
    whole = statistics.median(real.seconds)
    return {
        "share": share(real.seconds, constant.seconds),
        "alone": statistics.median(alone) / whole,
        "step_ms": 1e3 * whole / steps,
    }


def _fit_one_batch(
    model: Any, x: np.ndarray, y: np.ndarray, steps: int, epochs: int, times: EpochTimes
) -> None:
    """Trains on a batch that is kept in memory; it has the types of the real pipeline's, so that
    the same graph runs.
    """
    speed, at_once = model.fit.speed, steps_per_execution(steps)
    if not speed.executions.was_traced_for(model, at_once):
        raise RuntimeError(
            f"The real training did not do {at_once} steps per execution, so that its graph cannot "
            "run on one batch."
        )
    batch = shuffled_batches((x, y), len(x), None, 0, 1).cache().repeat(steps * epochs)
    with speed.joined(model, at_once):
        model.fit(
            batch, epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[times]
        )


def _run_pipeline(x: np.ndarray, y: np.ndarray, size: int, epochs: int) -> float:
    """Returns the seconds that the batches of one epoch take when nothing is trained on them."""
    batches = shuffled_batches((x, y), size, SEED, 0, epochs)
    began = time.perf_counter()
    batches.reduce(np.int64(0), lambda count, _: count + 1)
    return (time.perf_counter() - began) / epochs


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and prints one line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feeding",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=list(MODELS))
    parser.add_argument(
        "--epochs",
        type=int,
        default=4,
        help="epochs of each training; the first is not counted (default 4)",
    )
    parser.add_argument(
        "--blocks", type=int, default=6, help="trainings of each kind, in turns (default 6)"
    )
    options = parser.parse_args(argv)
    one_thread(0)
    print(RESULT + json.dumps(measure(options.name, options.epochs, options.blocks)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
