"""tftune as its README writes it."""

from __future__ import annotations

import keras_tuner

import tftune
from benchmarks.trainers.job import Job, tell
from tftune.models.peptide_cnn import PeptideCNN


def main() -> None:
    """Runs the search."""
    job = Job.read()
    x, y, validation = job.data()
    tuner = tftune.Tuner(
        PeptideCNN(x.shape[1]),
        "random",
        objective=keras_tuner.Objective("val_auc", "max"),
        max_trials=len(job.configurations),
        confirm=0,
        start=job.configurations,
        early_stopping_patience=0,
        plateau_patience=0,
        references=False,
        workers=job.workers,
        directory=job.folder,
        project_name=f"tftune-{job.workers}",
    )
    tuner.search(x, y, batch_size=job.batch_size, epochs=job.epochs, validation_data=validation)
    tell([trial.score or 0.0 for trial in tuner.state.trials.values()])


if __name__ == "__main__":
    main()
