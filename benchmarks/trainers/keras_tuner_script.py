"""KerasTuner as its guide writes it: a tuner, `search`, `fit`'s own arguments. The oracle proposes
the given configurations.
"""

from __future__ import annotations

import keras_tuner

from benchmarks.trainers.job import Job, tell
from tftune.models.peptide_cnn import PeptideCNN


class GivenOracle(keras_tuner.oracles.RandomSearchOracle):
    """Proposes what it was given instead of drawing."""

    def __init__(self, configurations: list[dict[str, object]], **options: object) -> None:
        super().__init__(max_trials=len(configurations), **options)
        self.configurations = configurations

    def populate_space(self, trial_id: str) -> dict[str, object]:
        """Returns the next configuration."""
        number = len(self.start_order)
        if number >= len(self.configurations):
            return {"status": keras_tuner.engine.trial.TrialStatus.STOPPED, "values": None}
        return {
            "status": keras_tuner.engine.trial.TrialStatus.RUNNING,
            "values": self.configurations[number],
        }


def main() -> None:
    """Runs the search."""
    job = Job.read()
    x, y, validation = job.data()
    objective = keras_tuner.Objective("val_auc", "max")
    oracle = GivenOracle(job.configurations, objective=objective)
    tuner = keras_tuner.Tuner(
        oracle=oracle,
        hypermodel=PeptideCNN(x.shape[1]),
        directory=job.folder,
        project_name="keras_tuner",
    )
    tuner.search(
        x, y, batch_size=job.batch_size, epochs=job.epochs, validation_data=validation, verbose=0
    )
    tell([trial.score for trial in tuner.oracle.trials.values()])


if __name__ == "__main__":
    main()
