"""What every trainer is given: data, configurations, epochs; and how it tells what came out."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

RESULT = "result: "  # the line on stdout that holds it


@dataclass(frozen=True)
class Job:
    """Trainings to make.

    Attributes:
        folder: A scratch folder, which also holds `data.npz`.
        configurations: Values of the knobs of the core space, one mapping a training.
        epochs: Of each training, all of them.
        workers: Trainings at a time, where the tool can.
        batch_size: Rows a step.
    """

    folder: str
    configurations: list[dict[str, Any]]
    epochs: int
    workers: int = 2
    batch_size: int = 64

    @classmethod
    def read(cls, path: str | None = None) -> Self:
        """Returns the job of the file that the command line names."""
        return cls(**json.loads(Path(path or sys.argv[1]).read_text(encoding="utf-8")))

    def data(self) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Returns training inputs, training targets and the validation pair."""
        arrays = np.load(Path(self.folder) / "data.npz")
        return arrays["x"], arrays["y"], (arrays["x_validation"], arrays["y_validation"])


def build(values: dict[str, Any], width: int) -> Any:
    """Returns the compiled peptide CNN for some values."""
    from tftune.models.knobs import fixed_values
    from tftune.models.peptide_cnn import build_peptide_cnn

    return build_peptide_cnn(fixed_values(**values), width)


def tell(scores: list[float], **more: Any) -> None:
    """Prints the best validation AUC of each training, and what else there is to say."""
    print(RESULT + json.dumps({"scores": [float(score) for score in scores], **more}), flush=True)


def one_thread(core: int | None = None) -> None:
    """Confines this process to one core and TensorFlow to one thread; before TensorFlow's first
    operation.
    """
    import tensorflow as tf

    if core is not None and hasattr(os, "sched_setaffinity"):
        available = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, [available[core % len(available)]])
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
