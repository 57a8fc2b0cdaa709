"""The search that stands beside the chapter's four models: as many trainings, on validation only.

It is the search of `python -m tftune.hemolysis`: method `auto`, the four knobs of the core space,
as many epochs, the plateau rule, early stopping with patience 10, the weights of the best epoch. It
sees the train and validation rows of the first seed; its run folder is one as of any other search.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from tftune.cli.experiments.chapter_models import BATCH_SIZE, KNOBS, MODELS, rows_of

if TYPE_CHECKING:
    from tftune.cli.experiments.measurements import Measurements

_MOST_WORKERS = 4  # the lag of a reproducible search, which any number up to it repeats


def trials_of(measurements: Measurements) -> int:
    """Returns how many trials a search has: as many as the four models have trainings."""
    trials = measurements.options.trials
    return int(trials if trials is not None else len(MODELS) * len(measurements.seeds))


def best_knobs(measurements: Measurements, split: str) -> dict[str, Any]:
    """Searches, or goes on with a search, and returns the knobs of its best trial.

    Args:
        measurements: Of the experiment, with its run folder.
        split: `random` or `grouped`; `fixed` has the rows of the former.

    Returns:
        The knobs by name; `score` and `trials` besides.
    """
    import tftune
    from tftune.datasets import hemolytic_peptides
    from tftune.models.peptide_cnn import PeptideCNN

    options, seed = measurements.options, measurements.options.seed
    split = rows_of(split, seed, seed)[0]
    dataset = hemolytic_peptides.load(options.data, split, seed)
    trials = trials_of(measurements)
    measurements.say(f"search on the {split} split: {trials} trials")
    workers = min(options.workers, _MOST_WORKERS)
    tuner = tftune.Tuner(
        PeptideCNN(width=dataset.facts["width"]),
        objective="val_auc",
        max_trials=trials,
        confirm=0,  # the trials are what is compared
        seed=seed,
        directory=measurements.folder.searches,
        project_name=split,
        workers=0 if workers == 1 else workers,
        reproducible=_MOST_WORKERS,
        report=False,
        references=False,
        listeners=(),
        task="hemolysis chapter",
        data_summary={**dataset.summary(), "class_names": list(dataset.classes)},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a search that is short
        tuner.search(
            *dataset.train.load(),
            validation_data=dataset.validation.load(),
            epochs=options.epochs,
            batch_size=BATCH_SIZE,
            verbose=0,
        )
    best = tuner.state.best()
    return {**{name: best.values[name] for name in KNOBS}, "score": best.score, "trials": trials}
