"""The bound: pinned processes of one thread that only call `fit`, an epoch in one execution, each
on its part of the configurations.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys

from benchmarks.trainers.job import RESULT, Job, build, one_thread, tell


def train(job: Job, part: int) -> list[float]:
    """Trains every `workers`-th configuration, beginning with number `part`."""
    one_thread(part)
    x, y, validation = job.data()
    scores = []
    for values in job.configurations[part :: job.workers]:
        model = build(values, x.shape[1])
        model.steps_per_execution = math.ceil(len(x) / job.batch_size)
        history = model.fit(
            x,
            y,
            batch_size=job.batch_size,
            epochs=job.epochs,
            validation_data=validation,
            verbose=0,
        )
        scores.append(float(max(history.history["val_auc"])))
    return scores


def main() -> None:
    """Trains; with a number after the job, one part of it."""
    job = Job.read()
    if len(sys.argv) > 2:
        tell(train(job, int(sys.argv[2])))
        return
    command = [sys.executable, "-m", "benchmarks.trainers.bare_fit", sys.argv[1]]
    parts = [
        subprocess.Popen([*command, str(part)], stdout=subprocess.PIPE, text=True)
        for part in range(job.workers)
    ]
    scores: list[float] = []
    for part in parts:
        lines = part.communicate()[0].splitlines()
        scores += next(
            json.loads(line.removeprefix(RESULT))["scores"]
            for line in lines
            if line.startswith(RESULT)
        )
    tell(scores)


if __name__ == "__main__":
    main()
