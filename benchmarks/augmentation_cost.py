"""What strong augmentation adds to a training step: `python -m benchmarks.augmentation_cost`.

Steps of the network of `--preset quick`, on 64 pictures of 64 x 64: without augmentation, with
`tftune.models.augmentation`, with Keras' flips, rotation and contrast, which the core space has.
The three take turns; the median of the processor time is printed, so that other work on the machine
counts little.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

KINDS = {"none": 0.0, "strong": 1.0, "Keras' three layers": None}
RECIPE = {"architecture": "plain", "filters": 16, "depth": 3, "optimizer": "adamw"}


def measure(steps: int, size: int = 64, batch: int = 64) -> dict[str, float]:
    """Returns the median milliseconds of processor time of a step, by the kind of augmentation.

    Args:
        steps: Of each kind, after one that traces the graph.
        size: Height and width of a picture.
        batch: Pictures a step.
    """
    import keras

    from tftune.models.knobs import fixed_values
    from tftune.models.leaf_cnn import build_leaf_cnn

    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (batch, size, size, 3)).astype("uint8")
    labels = np.eye(3, dtype="float32")[random.integers(0, 3, batch)]
    x, y = keras.ops.convert_to_tensor(pixels), keras.ops.convert_to_tensor(labels)
    models: dict[str, Any] = {}
    for kind, strength in KINDS.items():
        given = {} if strength is None else {"augmentation": strength}
        models[kind] = build_leaf_cnn(fixed_values(**RECIPE, **given), size)
        models[kind].train_on_batch(x, y)
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(steps):
        for kind, model in models.items():
            begin = time.process_time()
            model.train_on_batch(x, y)
            spent[kind].append(time.process_time() - begin)
    return {kind: 1000 * float(np.median(each)) for kind, each in spent.items()}


def main() -> None:
    """Prints a line for each kind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--steps", type=int, default=30, help="steps of each kind (default: 30)")
    found = measure(parser.parse_args().steps)
    for kind, each in found.items():
        print(f"{kind:20} {each:6.1f} ms a step, {each / found['none'] - 1:+.0%}")


if __name__ == "__main__":
    main()
