"""A search by tftune as its README writes it, ended as soon as a trial has the target."""

from __future__ import annotations

import time
from pathlib import Path

import keras_tuner

import tftune
from benchmarks.specs import parse
from benchmarks.trainers.search_job import SearchJob
from benchmarks.trainers.stop_at_target import StopAtTarget
from tftune.errors import NoTrialCompletedError, SearchInterrupted
from tftune.journal.run_folder import RunFolder
from tftune.models.peptide_cnn import PeptideCNN
from tftune.reports.live import LiveView
from tftune.reports.tensorboard_log import TensorBoardLog

MAX_TRIALS = 100_000  # more than the time allows; `auto` does not look at it
PROJECT = "tftune"


def make_tuner(job: SearchJob, width: int, stop: StopAtTarget) -> tftune.Tuner:
    """Returns the tuner; a list of listeners replaces those that a search has by itself, so they
    are named here.
    """
    scheduler, options = parse(job.scheduler)
    return tftune.Tuner(
        PeptideCNN(width),
        "auto",
        objective=keras_tuner.Objective("val_auc", "max"),
        max_trials=MAX_TRIALS,
        confirm=0,
        seed=job.seed,
        scheduler=scheduler,
        scheduler_options=options,
        references=False,
        workers=job.workers,
        timeout=max(
            0.0, job.began + job.limit - time.time()
        ),  # counts from `search`; what ends too late does not count
        listeners=[
            TensorBoardLog(RunFolder(Path(job.folder) / PROJECT).tensorboard),
            LiveView(),
            stop,
        ],
        directory=job.folder,
        project_name=PROJECT,
    )


def main() -> None:
    """Runs the search until a trial has the target or the time is up."""
    job = SearchJob.read()
    x, y, validation = job.data()
    stop = StopAtTarget(job.target)
    tuner = make_tuner(job, x.shape[1], stop)
    try:
        tuner.search(x, y, batch_size=job.batch_size, epochs=job.epochs, validation_data=validation)
    except (SearchInterrupted, NoTrialCompletedError) as error:
        print(error)
    reason = (tuner.state.finish or {}).get("reason")
    if not stop.reached and reason != "timeout":
        raise SystemExit(f"The search ended before its time without the target: {reason}.")
    job.tell_ends(stop.ends)


if __name__ == "__main__":
    main()
