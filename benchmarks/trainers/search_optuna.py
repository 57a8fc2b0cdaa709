"""A search by Optuna as its documentation writes it for several processes, with TPE, and with the
pruning callback of its Keras integration: ended as soon as a trial has the target.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import keras
import optuna

from benchmarks.trainers.job import build, one_thread
from benchmarks.trainers.optuna_script import open_study, suggested
from benchmarks.trainers.search_job import SearchJob

CHILD = "--process"  # before the number of one of the processes


class PruningCallback(keras.callbacks.Callback):
    """Reports the validation AUC of each epoch and raises when the pruner says so, as
    `KerasPruningCallback` of optuna-integration does.

    Args:
        trial: Of the study.
    """

    def __init__(self, trial: Any) -> None:
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Reports, and prunes."""
        self.trial.report(float((logs or {})["val_auc"]), step=epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned(f"Trial was pruned at epoch {epoch}.")


def train(job: SearchJob, trial: Any) -> float:
    """The objective: builds, fits, returns the best validation AUC."""
    x, y, validation = job.data()
    model = build(suggested(trial), x.shape[1])
    history = model.fit(
        x,
        y,
        batch_size=job.batch_size,
        epochs=job.epochs,
        validation_data=validation,
        callbacks=[PruningCallback(trial)],
        verbose=0,
    )
    return float(max(history.history["val_auc"]))


def is_reached(study: Any, target: float) -> bool:
    """Whether a trial that ended has the target."""
    trials = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    return any(each.value >= target for each in trials)


def search(job: SearchJob, number: int) -> None:
    """One of the processes: trials until somebody has the target or the time is up."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=1000 * job.seed + number)
    study = open_study(job, sampler=sampler, pruner=optuna.pruners.MedianPruner())

    def check(study: Any, _: Any) -> None:
        late = time.time() > job.began + job.limit
        if late or is_reached(study, job.target):
            study.stop()

    study.optimize(lambda trial: train(job, trial), callbacks=[check])


def main() -> None:
    """Runs the search until a trial has the target or the time is up."""
    job = SearchJob.read()
    if CHILD in sys.argv:
        number = int(sys.argv[sys.argv.index(CHILD) + 1])
        one_thread(number)
        search(job, number)
        return
    study = open_study(job)
    command = [sys.executable, "-m", "benchmarks.trainers.search_optuna", sys.argv[1], CHILD]
    workers = [subprocess.Popen([*command, str(number)]) for number in range(job.workers)]
    while any(worker.poll() is None for worker in workers):
        if is_reached(study, job.target) or time.time() > job.began + job.limit:
            for worker in workers:
                worker.terminate()  # a person would press Ctrl-C
        time.sleep(0.2)
    ended = [each for each in study.get_trials() if each.datetime_complete is not None]
    ended.sort(key=lambda each: each.datetime_complete)
    job.tell_ends([(each.datetime_complete.timestamp(), each.value) for each in ended])


if __name__ == "__main__":
    main()
