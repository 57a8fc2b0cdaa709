"""What an epoch of a trial costs, beside plain Keras, and by operation.

    python -m benchmarks.trial_cost --data ../shared/data/hemolysis --write-readme

One core, one thread and the kernels of a trial. `turns` trains each model in turns by plain Keras
and as a trial does, and compares the processor time of an epoch with its validation; the first
epoch, in which the graph is traced, stands by itself. `operations` runs an epoch of the peptide CNN
under TensorFlow's profiler: milliseconds and, of what multiplies matrices, the GFLOP/s reached.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import number, table
from benchmarks.operations import SEED, operations, operations_table
from benchmarks.trainers.job import one_thread
from tftune.support.checks import check_count
from tftune.support.tensorflow_import import prefer_fast_kernels, quiet_import

Data = tuple[Any, tuple[Any, Any], tuple[Any, Any]]  # hypermodel, train, validation


def _peptides(data: str) -> Data:
    from tftune.datasets import hemolytic_peptides
    from tftune.models.peptide_cnn import PeptideCNN

    dataset = hemolytic_peptides.load(data, "grouped", SEED)
    model = PeptideCNN(width=dataset.facts["width"])
    return model, dataset.train.load(), dataset.validation.load()


def _leaves(data: str) -> Data:
    from tftune.datasets import bean_leaves
    from tftune.models.leaf_cnn import LeafCNN

    dataset = bean_leaves.load("sample", image_size=64)
    model = LeafCNN(image_size=64, classes=len(dataset.classes))
    return model, dataset.train.load(), dataset.validation.load()


def _digits(data: str) -> Data:
    from tftune.datasets import digit_images
    from tftune.models.digit_mlp import DigitMLP

    dataset = digit_images.load("digits", SEED)
    x, y = dataset.train.load()
    return DigitMLP(*x.shape[1:], y.shape[-1]), (x, y), dataset.validation.load()


MODELS: dict[str, Callable[[str], Data]] = {
    "peptide CNN": _peptides,
    "leaf CNN, 64 pixels": _leaves,
    "digits MLP, 8 x 8": _digits,
}


def turns(name: str, data: str, rounds: int, epochs: int = 3) -> dict[str, dict[str, float]]:
    """Returns milliseconds of processor time of plain Keras and of a trial.

    Args:
        name: Of `MODELS`.
        data: Of the peptides.
        rounds: Trainings of each kind, at least 1.
        epochs: Of each training, at least 2; the first is not counted.

    Returns:
        `{"plain": ..., "trial": ...}`, of each the `first` epoch of all, the `median` of the later
        ones and the `least`.
    """
    import keras

    from tftune.models.knobs import fixed_values
    from tftune.training.fitting import speed_up
    from tftune.training.graphs import Graphs

    check_count("rounds", rounds, least=1)
    check_count("epochs", epochs, least=2)
    hypermodel, (x, y), validation = MODELS[name](data)

    class Times(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.epochs: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._began = time.process_time()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs.append(1e3 * (time.process_time() - self._began))

    models = {kind: hypermodel.build(fixed_values()) for kind in ("plain", "trial")}
    models["trial"] = Graphs().adopt(models["trial"])
    speed_up(models["trial"], SEED)
    plain = models["plain"]
    if name == "peptide CNN":  # as one would write it
        metrics = [keras.metrics.AUC(name="auc"), keras.metrics.AUC(curve="PR", name="pr_auc")]
        plain.compile(plain.optimizer, plain.loss, metrics=[*metrics, "accuracy"])
    spent: dict[str, list[list[float]]] = {kind: [] for kind in models}
    for _ in range(rounds):
        for kind, model in models.items():
            times = Times()
            given = {"batch_size": hypermodel.default_batch_size, "epochs": epochs, "verbose": 0}
            model.fit(x, y, validation_data=validation, callbacks=[times], **given)
            spent[kind].append(times.epochs)
    found = {}
    for kind, trainings in spent.items():
        later = [each for training in trainings for each in training[1:]]
        median, least = statistics.median(later), min(later)
        found[kind] = {"first": trainings[0][0], "median": median, "least": least}
    return found


def turns_table(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Returns the table of `turns`, by the names of the models."""
    rows = []
    for name, kinds in found.items():
        plain, trial = kinds["plain"], kinds["trial"]
        cells = [number(kind[each]) for each in plain for kind in (plain, trial)]
        rows.append([name, *cells, number(trial["median"] / plain["median"], 2)])
    header = [f"{each}, {kind}" for each in ("first", "median", "least") for kind in _TWO]
    return table(["ms an epoch", *header, "of plain Keras"], rows)


_TWO = ("plain", "trial")


def _run(options: argparse.Namespace) -> int:
    prefer_fast_kernels()
    with quiet_import():
        one_thread(options.core)
    hypermodel, train, _ = MODELS["peptide CNN"](options.data)
    spent = operations(hypermodel, *train)
    found = {name: turns(name, options.data, options.rounds) for name in MODELS}
    tables = {"trial-turns": turns_table(found), "trial-operations": operations_table(*spent)}
    show(tables, options)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = parser_of("trial_cost", __doc__)
    add = parser.add_argument
    add("--data", default="sample", help="peptides, as for tftune.hemolysis (default: sample)")
    add("--rounds", type=int, default=6, help="trainings of each kind, in turns (default: 6)")
    add("--core", type=int, help="number of the core to run on (default: any)")
    return run_command(parser, argv, _run)


if __name__ == "__main__":
    sys.exit(main())
