"""One measurement of the lecture's assignment: a whole search, or the network before any search.

Every search is one of tftune's own, in a run folder of its own below `searches/` of the experiment,
so that one that was interrupted is resumed trial by trial, and any of them can be looked at with
`tftune show`, `tftune report` and `tftune compare`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tftune.cli.experiments.project_budget import grid_levels
from tftune.datasets import bean_leaves
from tftune.errors import NoTrialCompletedError, SearchInterrupted
from tftune.journal.run_folder import ExperimentFolder
from tftune.models.leaf_cnn import BASELINE, LeafCNN
from tftune.reports.analysis.progress import better_of
from tftune.search.tuner import Tuner

DEFAULT_FOLDER = Path("runs") / "beans-project"


def train_baseline(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Trains the network that nobody has tuned, with or without batch normalisation: a search of
    one trial, so that the epoch is chosen and the test split is used as in the others.

    Args:
        options: Of the experiment.
        cell: `normalized` and `seed`.
    """
    normalized = bool(cell["normalized"])
    fixed = {**BASELINE, "batch_normalization": normalized}
    name = f"baseline-{'with' if normalized else 'without'}-{cell['seed']}"
    return _searched(options, name, "random", 1, cell["seed"], fixed)


def search_once(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Searches the other knobs of the network with batch normalisation.

    Args:
        options: Of the experiment.
        cell: `method` and `seed`.
    """
    fixed = {"batch_normalization": True}
    method = str(cell["method"])
    name = f"{method}-{cell['seed']}"
    return _searched(options, name, method, options.max_trials, cell["seed"], fixed)


def _searched(
    options: argparse.Namespace,
    name: str,
    method: str,
    trials: int,
    seed: int,
    fixed: Mapping[str, Any],
) -> dict[str, Any]:
    dataset = bean_leaves.load(options.data, options.data_dir, options.image_size, options.seed)
    folder = ExperimentFolder(options.run_dir or DEFAULT_FOLDER)
    tuner = Tuner(
        LeafCNN(image_size=options.image_size, classes=len(dataset.classes)),
        method,
        objective="val_accuracy",
        max_trials=trials,
        confirm=0,
        seed=seed,
        oracle_options={"levels": grid_levels(trials)} if method == "grid" else {},
        fixed=fixed,
        directory=folder.searches,
        project_name=name,
        workers=0,
        early_stopping_patience=0,  # every trial costs the same
        plateau_patience=0,
        max_consecutive_failed_trials=trials,
        report=False,
        references=False,
        listeners=[],
        task="beans",
        data_summary={**dataset.summary(), "class_names": list(dataset.classes)},
    )
    try:
        tuner.search(
            *dataset.train.load(),
            validation_data=dataset.validation.load(),
            epochs=options.epochs,
            verbose=0,
        )
    except SearchInterrupted as error:
        raise KeyboardInterrupt from error  # the experiment says how to go on
    test = tuner.evaluate_best(*dataset.test.load(), nearness=dataset.nearness("test"))
    best = tuner.state.best()
    if best is None:  # `evaluate_best` has then raised
        raise NoTrialCompletedError(f"No trial of {name} has completed.")
    ended = sorted(tuner.state.trials.values(), key=lambda trial: trial.number)
    so_far: list[float | None] = []
    for trial in ended:
        so_far.append(better_of(so_far[-1] if so_far else None, trial.score, "max"))
    return {
        "best_so_far": so_far,
        "validation": best.score,
        "test": test["accuracy"],
        "values": {knob: best.values[knob] for knob in sorted(best.values)},
        "seconds": tuner.state.wall_seconds,
    }
