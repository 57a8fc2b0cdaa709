"""Ray Tune as its documentation writes it: a function, one core a trial, as many trials at a time
as there are workers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.trainers.job import Job, build, tell


def main() -> None:
    """Runs the search."""
    import ray
    from ray import tune

    job = Job.read()

    def train(config: dict[str, Any]) -> None:
        x, y, validation = job.data()
        model = build(config["values"], x.shape[1])
        history = model.fit(
            x,
            y,
            batch_size=job.batch_size,
            epochs=job.epochs,
            validation_data=validation,
            verbose=0,
        )
        tune.report({"val_auc": float(max(history.history["val_auc"]))})

    ray.init(
        num_cpus=job.workers, include_dashboard=False, log_to_driver=False, logging_level="error"
    )
    tuner = tune.Tuner(
        tune.with_resources(train, {"cpu": 1}),
        param_space={"values": tune.grid_search(job.configurations)},
        tune_config=tune.TuneConfig(metric="val_auc", mode="max"),
        run_config=tune.RunConfig(
            storage_path=str(Path(job.folder).absolute() / "ray_tune"), verbose=0
        ),
    )
    results = tuner.fit()
    tell([result.metrics["val_auc"] for result in results])
    ray.shutdown()


if __name__ == "__main__":
    main()
