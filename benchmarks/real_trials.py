"""How the memory and the descriptors of the driver and its fork server grow over many trials that
train, with child processes, journal and TensorBoard log.

    python -m benchmarks.real_trials --trials 1000

To be run in a process of its own, whose memory nothing else has used. `benchmarks.overheads` does
so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.many_trials import LEAST_TRIALS, Marks
from benchmarks.trainers.job import RESULT
from tftune.support.checks import check_count

ROWS, FEATURES, EPOCHS = 256, 8, 2


class EndedTrials:
    """Looks at the memory of this process when chosen trials have ended.

    Args:
        marks: Hears of each end.
    """

    def __init__(self, marks: Marks) -> None:
        self.marks = marks

    def on_record(self, record: dict[str, Any], state: Any) -> None:
        """Counts the ends of trials."""
        if record["kind"] == "end":
            self.marks.count()

    def close(self) -> None:
        """Has nothing to close."""


def build(hp: Any) -> Any:
    """Returns a compiled network with one hidden layer."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            keras.layers.Dense(hp.Int("units", 2, 32), activation="relu"),
            keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5)),
            keras.layers.Dense(1),
        ]
    )
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")), "mse"
    )
    return model


def measure(trials: int, folder: Path, workers: int = 2) -> dict[str, float]:
    """Runs a search by random search whose every trial trains, and tells how the driver grew.

    Args:
        trials: At least 20.
        folder: Parent of the run folder.
        workers: Child processes.

    Returns:
        `drift_mb`, the resident memory of this process (10^6 bytes) after the last trial less that
        after the first tenth of the trials; `main_mb`, the former; `descriptors`, how many more
        this process has open than then; `server_drift_mb` and `server_descriptors`, the same of
        the fork server; and `completed`, the number of trials that did.

    Raises:
        UsageError: If `trials` is too small.
    """
    import numpy as np

    from tftune.reports.tensorboard_log import TensorBoardLog
    from tftune.search.tuner import Tuner

    check_count("trials", trials, least=LEAST_TRIALS)
    first = trials // 10
    marks = Marks({first, trials})
    log = TensorBoardLog(folder / "search" / "tensorboard")
    tuner = Tuner(
        build,
        "random",
        objective="val_loss",
        max_trials=trials,
        confirm=0,
        directory=folder,
        references=False,
        workers=workers,
        listeners=[log, EndedTrials(marks)],
    )
    x = np.random.default_rng(0).normal(size=(ROWS, FEATURES)).astype("float32")
    y = x[:, :1] * x[:, 1:2]
    tuner.search(x, y, validation_data=(x[:64], y[:64]), epochs=EPOCHS, batch_size=32, verbose=0)
    return {
        "drift_mb": (marks.bytes[trials] - marks.bytes[first]) / 1e6,
        "main_mb": marks.bytes[trials] / 1e6,
        "descriptors": marks.descriptors[trials] - marks.descriptors[first],
        "server_drift_mb": (marks.servers[trials][0] - marks.servers[first][0]) / 1e6,
        "server_descriptors": marks.servers[trials][1] - marks.servers[first][1],
        "completed": tuner.state.counts()["completed"],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and prints one line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_trials",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--trials", type=int, default=1000, metavar="N", help="trials (default 1000)"
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="child processes (default 2)"
    )
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        print(
            RESULT + json.dumps(measure(options.trials, Path(folder), options.workers)), flush=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
