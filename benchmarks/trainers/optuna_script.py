"""Optuna as its documentation writes it for several processes: a study in a journal file, and the
same script started twice.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna

from benchmarks.trainers.job import Job, build, tell

NAME = "peptides"


def open_study(job: Job, **options: Any) -> Any:
    """Returns the study that all processes share."""
    backend = optuna.storages.journal.JournalFileBackend(str(Path(job.folder) / "optuna.log"))
    storage = optuna.storages.JournalStorage(backend)
    return optuna.create_study(
        study_name=NAME, storage=storage, direction="maximize", load_if_exists=True, **options
    )


def suggested(trial: Any) -> dict[str, Any]:
    """Returns values of the knobs of the core space."""
    return {
        "batch_normalization": trial.suggest_categorical("batch_normalization", [False, True]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "l2": trial.suggest_float("l2", 1e-5, 1e-1, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
    }


def train(job: Job, trial: Any) -> float:
    """The objective: builds, fits, returns the best validation AUC."""
    x, y, validation = job.data()
    model = build(suggested(trial), x.shape[1])
    history = model.fit(
        x, y, batch_size=job.batch_size, epochs=job.epochs, validation_data=validation, verbose=0
    )
    return float(max(history.history["val_auc"]))


def main() -> None:
    """Runs the search; with a number after the job, so many trials of it."""
    job = Job.read()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = open_study(job)
    if len(sys.argv) > 2:
        study.optimize(lambda trial: train(job, trial), n_trials=int(sys.argv[2]))
        return
    for values in job.configurations:
        study.enqueue_trial(values)
    command = [sys.executable, "-m", "benchmarks.trainers.optuna_script", sys.argv[1]]
    shares = [len(job.configurations[part :: job.workers]) for part in range(job.workers)]
    workers = [subprocess.Popen([*command, str(share)]) for share in shares]
    if any(worker.wait() for worker in workers):
        raise SystemExit("A worker failed.")
    tell([trial.value for trial in study.get_trials() if trial.value is not None])


if __name__ == "__main__":
    main()
