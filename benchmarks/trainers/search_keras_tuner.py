"""A random search by KerasTuner as its guide writes it: `RandomSearch`, then `search` with `fit`'s
own arguments.
"""

from __future__ import annotations

import time
from typing import Any

import keras
import keras_tuner

from benchmarks.trainers.search_job import SearchJob
from tftune.models.peptide_cnn import PeptideCNN

# draw i of seed s uses s + i in KerasTuner, so neighbouring seeds would make the same search,
# shifted
STRIDE = 1_000_000


class NotingSearch(keras_tuner.RandomSearch):
    """Notes when each trial ended and what it scored; all else is KerasTuner's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.ends: list[tuple[float, float | None]] = []
        super().__init__(*arguments, **options)

    def on_trial_end(self, trial: Any) -> None:
        """Notes the trial once KerasTuner has written it."""
        super().on_trial_end(trial)
        self.ends.append((time.time(), self.oracle.get_trial(trial.trial_id).score))


def main() -> None:
    """Runs the search."""
    job = SearchJob.read()
    x, y, validation = job.data()
    keras.utils.set_random_seed(job.seed)
    tuner = NotingSearch(
        PeptideCNN(x.shape[1]),
        objective=keras_tuner.Objective("val_auc", "max"),
        max_trials=job.trials,
        seed=1 + STRIDE * job.seed,  # 0 would be no seed at all
        directory=job.folder,
        project_name="keras_tuner",
    )
    tuner.search(
        x, y, batch_size=job.batch_size, epochs=job.epochs, validation_data=validation, verbose=0
    )
    job.tell_ends(tuner.ends)


if __name__ == "__main__":
    main()
