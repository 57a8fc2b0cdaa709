"""What a batch of a dataset costs that was written down for the trials, against one of the same
dataset behind `Dataset.cache()`, in one process and in turns.

    python -m benchmarks.saved_dataset
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trainers.job import RESULT, one_thread

ROUNDS = 30
ROWS, SHAPE, BATCH = 1024, (96, 96, 3), 32  # leaves


def ratio() -> dict[str, float]:
    """Returns the median microseconds a batch and their ratio: `saved`, `cached`, `ratio`."""
    import tensorflow as tf

    from tftune.training.inputs.transport import share, unshare

    rows = np.random.default_rng(0).random((ROWS, *SHAPE), dtype=np.float32)
    labels = np.zeros(ROWS, dtype=np.int64)
    dataset = tf.data.Dataset.from_tensor_slices((rows, labels)).batch(BATCH)
    with tempfile.TemporaryDirectory() as folder:
        readings = {"saved": unshare(share(dataset, Path(folder))), "cached": dataset.cache()}
    times: dict[str, list[float]] = {name: [] for name in readings}
    for reading in readings.values():
        _epoch(reading)  # fills the cache
    for _ in range(ROUNDS):
        for name, reading in readings.items():
            times[name].append(_epoch(reading))
    found = {name: statistics.median(each) for name, each in times.items()}
    return {**found, "ratio": found["saved"] / found["cached"]}


def _epoch(dataset: Any) -> float:
    began, batches = time.perf_counter(), 0
    for _ in dataset:
        batches += 1
    return (time.perf_counter() - began) / batches * 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the measurement and prints it as JSON."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.saved_dataset",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args(argv)
    one_thread(0)
    print(RESULT + json.dumps(ratio()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
